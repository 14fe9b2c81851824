"""Persons drawn from the files of a real run: again the same, replaced, looked at, seen by whom."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import DatabaseError, transaction
from tests.integration.evaluation.conftest import TREE, approved, opened
from tests.integration.records.conftest import VILLAGE, resident

from gongwei import catalogue
from gongwei.base import clock, scope
from gongwei.base.actors import SYSTEM
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused
from gongwei.evaluation import appeals, case_queries, drawing, rounds, sampling
from gongwei.evaluation.models import Sample, SampledPerson
from gongwei.language.measures import Sampled
from gongwei.measures import periods, running
from gongwei.places import policy
from gongwei.residents import sealing
from gongwei.residents.models import Resident
from gongwei.snapshots import operations as snapshots

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def drawn(staff, at):
    """Twelve files in a village, a run over them, a round with its seed published, four persons of the clinic drawn."""
    for number in range(1, 13):
        resident(staff.world, VILLAGE, number=number, birth_date=dt.date(1940 + number, 3, 1))
    taken = snapshots.take(by=SYSTEM, at=at, reason="试")
    run = running.run(by=SYSTEM, at=at, snapshot=taken, periods=[periods.parse("2025Q2")], title="试算")
    tree = {"total": "100", "parts": [TREE["parts"][1] | {"points": "100"}]}
    tree["parts"][0] = {
        "code": "A",
        "title": "抽查",
        "points": "100",
        "children": [
            {
                "code": "A1",
                "title": "档案",
                "points": "100",
                "children": [
                    {"code": "A1.1", "title": "完整率", "points": "100", "method": "ratio_to_target",
                     "settings": {"target": "100"}, "measure": "HR.6"},
                ],
            }
        ],
    }  # fmt: skip
    approved(staff, at, level="village_clinic", tree=tree)
    made = opened(
        staff, at, period="2025Q2", levels=("village_clinic",), cut_on=dt.date(2099, 1, 1)
    )  # a snapshot is cut by the database's own clock
    rounds.choose_run(by=staff.evaluator, at=at, round_id=made.id, run_id=run.id)
    with pytest.raises(Refused, match="先公布抽样种子"):
        draw(staff, at, made)
    rounds.publish_seed(by=staff.evaluator, at=at, round_id=made.id, seed="2025Q2-0617")
    return made


def draw(staff, at, made, **given):
    """The clinic's sample, in the name of the evaluator."""
    clinic = staff.world.organizations["village_a"]
    with scope.acting(staff.evaluator):
        return drawing.draw(
            **{"by": staff.evaluator, "at": at, "round_id": made.id, "organization_id": clinic.id} | given
        )


def test_a_sample_can_be_drawn_again_from_what_is_kept(staff, at, drawn):
    """By hand, from frame and seed; and nobody draws twice, changes the frame, or the seed."""
    made = draw(staff, at, drawn, sizes={"RECORD": 4}, risk_share=0)
    sample = Sample.objects.get()
    assert [each.id for each in made] == [sample.id]
    clinic = staff.world.organizations["village_a"]
    assert sample.seed == f"2025Q2-0617|{clinic.code}|RECORD"
    assert len(sample.frame) == 12
    again = sampling.ordered(sample.seed, map(str, sample.frame))[:4]
    people = list(sample.people.order_by("position"))
    assert [str(each.resident_id) for each in people] == again
    assert drawing.is_reproducible(sample)
    with pytest.raises(Refused, match="已经抽过样"):
        draw(staff, at, drawn)
    with pytest.raises(Refused, match="种子已经公布"):
        rounds.publish_seed(by=staff.evaluator, at=at, round_id=drawn.id, seed="别的")
    with pytest.raises(DatabaseError), transaction.atomic():
        Sample.objects.update(frame=[])


def test_who_is_dead_is_replaced_by_the_next(staff, at, drawn):
    """With a reason, once."""
    draw(staff, at, drawn, sizes={"RECORD": 4}, risk_share=0)
    sample = Sample.objects.get()
    first = sample.people.get(position=1)
    with pytest.raises(Refused, match="只有死亡或迁出"):
        drawing.replace(by=staff.evaluator, at=at, person_id=first.id, reason="busy")
    stand_in = drawing.replace(by=staff.evaluator, at=at, person_id=first.id, reason="dead")
    fifth = sampling.ordered(sample.seed, map(str, sample.frame))[4]
    assert (str(stand_in.resident_id), stand_in.position) == (fifth, 5)
    with pytest.raises(Refused, match="已经替补过"):
        drawing.replace(by=staff.evaluator, at=at, person_id=first.id, reason="moved")
    assert drawing.is_reproducible(sample)


def test_what_is_found_gives_a_rate_with_an_interval(staff, at, drawn):
    """Two true, one untrue, one not reached; an appeal turns the untrue one."""
    draw(staff, at, drawn, sizes={"RECORD": 4}, risk_share=0)
    people = list(SampledPerson.objects.order_by("position"))
    looks = [
        ("phone", "confirmed", "qualified"),
        ("home", "partly", "defective"),
        ("home", "denied", "untrue"),
    ]
    for person, (contact, result, verdict) in zip(people, looks, strict=False):
        given = {
            "by": staff.evaluator,
            "at": at,
            "person_id": person.id,
            "contact": contact,
            "result": result,
        }
        if verdict == "untrue":
            with pytest.raises(Refused, match="写明依据"):
                drawing.check(**given, verdict=verdict)
        drawing.check(**given, verdict=verdict, note="本人当面说明", measured={"systolic": "152"})
    given = {"by": staff.evaluator, "at": at, "person_id": people[3].id, "contact": "phone"}
    with pytest.raises(Refused, match="不能判定"):
        drawing.check(**given, result="unreachable_no_answer", verdict="untrue", note="无人接听")
    drawing.check(**given, result="unreachable_number_invalid")
    clinic = staff.world.organizations["village_a"]
    with scope.acting(staff.evaluator):
        found = case_queries.people_drawn(staff.evaluator, drawn, clinic.id)
    rate = case_queries.truth(found)
    assert (rate["true"], rate["told"], rate["looked"], rate["invalid"]) == (2, 3, 4, 1)
    rounds.advance(by=staff.evaluator, at=at, round_id=drawn.id, to="review")
    rounds.publish(by=staff.officer, at=at, round_id=drawn.id)
    appeal = appeals.about_person(by=staff.clinic, at=at, person_id=people[2].id, text="本人记错")
    appeals.decide(
        by=staff.officer, at=at, appeal_id=appeal.id, granted=True, answer="再次入户核实", verdict="qualified"
    )
    assert [each.verdict for each in case_queries.checks_of(people[2])] == ["qualified", "untrue"]
    with pytest.raises(Refused, match="已经公示"):
        drawing.check(**given, result="confirmed", verdict="qualified")


def test_who_sees_whom_and_that_it_is_written_down(staff, at, drawn):
    """Each look is in the access log; another county, and another clinic, see nobody, by two defences."""
    draw(staff, at, drawn, sizes={"RECORD": 4})
    clinic = staff.world.organizations["village_a"]
    with scope.acting(staff.evaluator):
        found = case_queries.people_drawn(staff.evaluator, drawn, clinic.id)
    entry = AuditEntry.objects.filter(action="list", subject_kind="resident").latest("at")
    assert set(entry.detail["ids"]) == {str(each.person.resident_id) for each in found}
    for other in (staff.far_officer, staff.world.actor("village_doctor@other_village"), staff.finance):
        with scope.acting(other):
            assert not SampledPerson.objects.exists()
            assert not Sample.objects.exists()
            assert case_queries.people_drawn(other, drawn, clinic.id) == []
    with pytest.raises(policy.Forbidden):
        drawing.draw(by=staff.officer, at=at, round_id=drawn.id, organization_id=clinic.id)


def test_who_evaluates_is_given_the_number_to_call_and_that_is_written_down(staff, at, drawn):
    draw(staff, at, drawn, sizes={"RECORD": 4}, risk_share=0)
    person = SampledPerson.objects.order_by("position").first()
    Resident.objects.filter(id=person.resident_id).update(
        **sealing.phone_columns(person.resident_id, "13900000001"), contact_phone_cipher=None
    )
    with scope.acting(staff.evaluator):
        assert case_queries.numbers_to_call(staff.evaluator, person) == ("13900000001",)
    line = AuditEntry.objects.filter(action="view_full").latest("at")
    assert (line.subject_id, drawn.title in line.detail["reason"]) == (str(person.resident_id), True)
    with scope.acting(staff.director), pytest.raises(policy.Forbidden):
        case_queries.numbers_to_call(staff.director, person)


def test_a_programme_that_names_a_list_is_sampled_without_a_line_of_evaluation(staff, at, drawn, monkeypatch):
    """A programme made here: its measure says whom on-site checks draw from, and everything else follows."""
    known = catalogue.current()
    borrowed = known.measures["HR.6"]
    listed = replace(
        borrowed,
        code="COPD.1",
        title="慢阻肺患者健康服务率",
        sampled=Sampled("COPD", "慢阻肺患者"),
        known_as=(),
    )
    made = replace(
        known.programme("health_record"), measures=(listed, *known.programme("health_record").measures)
    )
    programmes = [made if each.code == made.code else each for each in known.programmes]
    monkeypatch.setattr(
        catalogue, "current", lambda: catalogue.Catalogue(programmes, known.parameters.definitions.values())
    )
    assert drawing.usual_sizes(clock.day_of(at))["COPD"] == 5, (
        "the size of lists without a parameter of their own"
    )
    assert drawing.title_of("COPD") == "慢阻肺患者"
    draw(staff, at, drawn, sizes={"COPD": 3}, risk_share=0)
    sample = Sample.objects.get()
    clinic = staff.world.organizations["village_a"]
    assert (sample.population, sample.seed) == ("COPD", f"2025Q2-0617|{clinic.code}|COPD")
    assert len(sample.frame) == 12
    assert sample.people.count() == 3


def test_a_list_whose_programme_is_gone_is_called_by_its_code():
    assert drawing.title_of("OLD") == "OLD"


def test_the_lists_of_the_four_programmes(at):
    """evaluation_and_funds.md §9: 10 files, 5 older people, 5 of each disease."""
    assert drawing.usual_sizes(clock.day_of(at)) == {"RECORD": 10, "ELDER": 5, "HTN": 5, "DM": 5}
    assert {code: each.measure for code, each in drawing.populations().items()} == {
        "RECORD": "HR.6", "ELDER": "EL.2", "HTN": "HTN.2", "DM": "DM.2",
    }  # fmt: skip
