"""A filled form is shown and printed in the words of its own form version, and says what was taken over from last time."""

import datetime as dt

import pytest
from tests.integration.print.conftest import NOW
from tests.integration.print.test_printing import acting
from tests.integration.records.conftest import follow_up
from tests.unit.print import reading

from gongwei.base import ids, scope
from gongwei.interfaces.print import gathering, papers
from gongwei.interfaces.web import questionnaires
from gongwei.language import fields
from gongwei.records import columns, definitions, operations, printing, queries, wordings
from gongwei.records.models import FormVersion, Response

pytestmark = pytest.mark.django_db
FORM = "htn_follow_up"
DIGEST = bytes(range(32))


@pytest.fixture
def older(known):
    """The wording of an earlier version, under which one follow-up of the resident was filled."""
    said = definitions.described(definitions.of(FORM).form)
    said["title"] = "高血压随访表（旧）"
    said["fields"] = [each for each in said["fields"] if each["name"] != "complication"]
    for each in said["fields"]:
        if each["name"] == "heart_rate":
            each |= {"label": "脉搏", "unit": "次每分"}
        if each["name"] == "psychological_adjustment":
            each["options"] = [["1", "好"], ["2", "中"], ["3", "坏"]]
        if each["name"] == "medications":
            each["row"]["fields"][0]["label"] = "药名"
    FormVersion.objects.create(digest=DIGEST, form_code=FORM, version=1, definition=said, first_used_at=NOW)
    wordings._known.pop(DIGEST, None)
    # Responses are never changed, so a copy of one is written as it would stand had it been filled then.
    table = columns.model_for(FORM)
    like, day = Response.objects.get(pk=known.followed[1]), dt.date(2025, 4, 7)
    answers, encounter = table.objects.get(pk=like.pk), like.encounter
    like.pk, like.definition_digest, like.done_on = ids.uuid7(), DIGEST, day
    encounter.pk, encounter.done_on = ids.uuid7(), day
    encounter.save(force_insert=True)
    like.encounter = encounter
    like.save(force_insert=True)
    answers.response, answers.done_on = like, day
    answers.save(force_insert=True)
    return like.pk


def answered(filled):
    """A shown response as {label: words}."""
    names = questionnaires.names_in(filled.worded, filled.answers)
    shown = questionnaires.shown(filled.worded, filled.answers, names=names)
    return {each.label: each.words for each in shown}


def read(known, response):
    """A response as its page reads it."""
    with scope.acting(known.doctor):
        return queries.response(known.doctor, response)


def test_the_page_speaks_the_words_of_then(known, older):
    filled = read(known, older)
    then = answered(filled)
    assert filled.worded.title == "高血压随访表（旧）"
    assert then["脉搏"] == "72 次每分"
    assert then["心理调整"] == "好"
    assert "心率" not in then
    now = answered(read(known, known.followed[2]))
    assert (now["心率"], now["心理调整"]) == ("72 次/分钟", "良好")
    assert set(now) - set(then) >= {"心率"}
    assert now["随访医生签名"] == known.practitioner.name


def test_the_present_wording_is_the_form_itself(known):
    form = definitions.of(FORM).form
    assert read(known, known.followed[2]).worded is form
    assert wordings.of(form, b"\x01" * 32) is form  # no wording of that digest was ever kept


def test_every_form_written_out_and_laid_over_itself_is_the_same():
    from gongwei import catalogue

    for form in catalogue.forms():
        said = definitions.described(form)
        made = wordings.as_worded(form, said, form.version)
        assert list(made.fields) == list(form.fields)
        assert [each.label for each in made.fields.values()] == [each.label for each in form.fields.values()]
        for name, field in form.fields.items():
            if isinstance(field, fields.Choice | fields.Choices):
                assert made.fields[name].options is field.options
        assert definitions.described(made) == said


def test_the_paper_prints_them_and_a_year_of_two_wordings_stands_on_two_sheets(known, older):
    alone = reading.words(
        acting(known.doctor, gathering.response, older, NOW, whole_year=False, notes=False).content
    )
    assert "1好" in alone.replace(" ", "")
    assert "脉搏" in alone
    year = acting(known.doctor, gathering.response, older, NOW, whole_year=True, notes=False).content
    said = reading.words(year).replace(" ", "")
    assert "1好" in said
    assert "1良好" in said
    with scope.acting(known.doctor):
        mine = printing.of_residents([known.resident.pk], FORM, dt.date(2025, 1, 1), dt.date(2025, 12, 31))
    cut = printing.by_wording(mine[known.resident.pk])
    assert [len(alike) for _, alike in cut] == [2, 1, 1]


def test_the_national_papers_in_their_own_words_are_themselves():
    from gongwei import catalogue

    for form in catalogue.forms():
        made = wordings.as_worded(form, definitions.described(form), form.version)
        now, then = papers.paper_of(form), papers.paper_of(made)
        assert list(then.named()) == list(now.named())
        assert len(then.rows) == len(now.rows)
        assert then.columns == now.columns


def test_what_was_taken_over_says_from_which_day_and_a_correction_keeps_it(known, at):
    before = known.followed[-1]
    answers = follow_up(known, systolic=132)
    made = operations.record_encounter(
        by=known.doctor,
        at=at,
        resident_id=known.resident.pk,
        done_on=dt.date(2025, 5, 20),
        mode="outpatient",
        responses=[
            operations.Filled(FORM, answers, carried={"cigarettes": str(before), "salt": str(before)})
        ],
    ).responses[0]
    shown = questionnaires.shown(
        read(known, made.pk).worded, read(known, made.pk).answers, read(known, made.pk).carried
    )
    day = Response.objects.get(pk=before).done_on
    assert {each.label: each.carried for each in shown if each.carried} == {
        "日吸烟量": (before, day),
        "摄盐情况": (before, day),
    }
    corrected = operations.supersede_response(
        by=known.doctor,
        at=at,
        response_id=made.pk,
        answers=answers | {"cigarettes": 6},
        reason="吸烟量录错",
    )
    assert corrected.carried == {"salt": str(before)}


def test_a_finding_about_an_answer_taken_over_says_so(known, at):
    from gongwei.quality import probes

    form = definitions.of(FORM).form
    probe = next(
        each for each in probes.of(form) if not each.together and each.key.startswith("目标日吸烟量")
    )
    values = {"cigarettes": 5, "cigarettes_goal": 9}
    plain = probes.complaints(form, [probe], values)[0]
    said = probes.complaints(form, [probe], values, {"cigarettes_goal"})[0]
    assert "上次带入" not in plain.found
    assert "上次带入" in said.found
    assert said.evidence["carried"] == ["cigarettes_goal"]
