"""Reading: the timeline, a form as it was filled, earlier values, who changed and who looked; under both defences."""

import datetime as dt
import random
import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.integration.records.conftest import FAR, SIBLING, TODAY, follow_up, record, resident

from gongwei.base import scope
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused
from gongwei.language import fields
from gongwei.places import policy
from gongwei.programmes.hypertension.models import FollowUp
from gongwei.records import answers, columns, definitions, operations, queries
from gongwei.records.models import Encounter, Response
from gongwei.residents.models import Resident


def days(count):
    """So many days up to a week ago, newest first."""
    return [TODAY - dt.timedelta(days=7 * number) for number in range(1, count + 1)]


def test_the_timeline_is_one_statement_and_pages_by_key(scene, at):
    for day in days(7):
        record(scene, at, day)
    operations.start_episode(
        by=scene.doctor,
        at=at,
        resident_id=scene.resident.pk,
        kind="hypertension",
        started_on=days(7)[-1],
        reason="确诊",
    )
    with CaptureQueriesContext(
        connection,
    ) as captured:
        first = queries.timeline(scene.doctor, scene.resident.pk, limit=5)
    assert len([q for q in captured if "base_auditentry" not in q["sql"]]) <= 2
    assert [each.on for each in first] == days(5)
    rest = queries.timeline(scene.doctor, scene.resident.pk, before=first[-1].key, limit=5)
    assert [each.kind for each in rest].count("episode") == 1
    assert len(rest) == 3
    assert first[0].detail["responses"][0]["title"] == "高血压患者随访服务记录表"
    assert first[0].detail["responses"][0]["outcome"] == "控制满意，按期随访"
    with pytest.raises(Refused):
        queries.timeline(scene.doctor, scene.resident.pk, before="x|y")


def test_every_look_is_logged(scene, at):
    (kept,) = record(scene, at, days(1)[0]).responses
    for look in (
        lambda: queries.timeline(scene.doctor, scene.resident.pk),
        lambda: queries.response(scene.doctor, kept.pk),
        lambda: queries.history(scene.doctor, scene.resident.pk, "htn_follow_up"),
    ):
        before = AuditEntry.objects.filter(action="view").count()
        look()
        assert (
            AuditEntry.objects.filter(action="view", subject_id=str(scene.resident.pk)).count() == before + 1
        )
    assert {each.action for each in queries.changes_of(scene.doctor, scene.resident.pk)} == {"create"}
    readers = queries.readers_of(scene.doctor, scene.resident.pk)
    assert {each.who for each in readers} == {scene.doctor.practitioner_id}


def test_the_policy_alone_keeps_others_out(scene, at):
    (kept,) = record(scene, at, days(1)[0]).responses
    for look in (
        lambda: queries.timeline(scene.far, scene.resident.pk),
        lambda: queries.response(scene.far, kept.pk),
        lambda: queries.history(scene.far, scene.resident.pk, "htn_follow_up"),
        lambda: queries.changes_of(scene.far, scene.resident.pk),
    ):
        with pytest.raises(Refused) as refusal:
            look()
        assert "未找到" in str(refusal.value)


def test_row_level_security_alone_keeps_others_out(scene, at, monkeypatch):
    record(scene, at, days(1)[0])
    monkeypatch.setattr(policy, "may", lambda *a, **k: True)
    with scope.acting(scene.far):
        assert not Encounter.objects.exists()
        assert not Response.objects.exists()
        assert not FollowUp.objects.exists()
        with pytest.raises(Refused):
            queries.timeline(scene.far, scene.resident.pk)
    with scope.acting(scene.doctor):
        assert Encounter.objects.count() == Response.objects.count() == FollowUp.objects.count() == 1


def test_everything_works_in_the_restricted_role(scene, at):
    """What a request does, it does as gongwei_app: record, correct, withdraw, read."""
    with scope.acting(scene.centre):
        (old,) = record(scene, at, days(1)[0], by=scene.centre).responses
        new = operations.supersede_response(
            by=scene.centre, at=at, response_id=old.pk, answers=follow_up(scene, systolic=130), reason="录错"
        )
        operations.enter_in_error(by=scene.centre, at=at, response_id=new.pk, reason="串户")
        episode = operations.start_episode(
            by=scene.centre, at=at, resident_id=scene.resident.pk, kind="hypertension", started_on=days(1)[0]
        )
        operations.end_episode(by=scene.centre, at=at, episode_id=episode.pk, ended_on=TODAY, end_reason="4")
        assert len(queries.timeline(scene.centre, scene.resident.pk)) == 3
    assert not FollowUp.objects.filter(live=True).exists()


def test_records_move_with_the_resident(scene, at):
    record(scene, at, days(1)[0])
    Resident.objects.filter(pk=scene.resident.pk).update(area_id=FAR)
    assert Encounter.objects.get().area_key == FAR
    with scope.acting(scene.far):
        assert Encounter.objects.count() == FollowUp.objects.count() == 1
    with scope.acting(scene.doctor):
        assert not Encounter.objects.exists()


def test_nobody_can_put_a_record_into_another_place(scene, at):
    elsewhere = resident(scene.world, area_key=SIBLING, organization="village_b", number=2)
    with scope.acting(scene.doctor), pytest.raises(Refused, match="未找到这位居民"):
        record(scene, at, days(1)[0], resident_id=elsewhere.pk)
    assert not Encounter.objects.exists()


def test_a_new_form_opens_with_last_times_habits_and_no_measurement(scene, at):
    record(scene, at, days(1)[0], answers=follow_up(scene, cigarettes=5, cigarettes_goal=3))
    carried = queries.carried(scene.doctor, scene.resident.pk, "htn_follow_up", TODAY)
    assert (carried["cigarettes"], carried["salt"]) == (5, "1")
    assert carried["medications"][0]["dose"] == Decimal("10")
    for measured in ("systolic", "diastolic", "heart_rate", "weight", "outcome", "symptoms"):
        assert measured not in carried


def test_assessing_writes_nothing(scene, at):
    found = queries.assess(
        scene.doctor,
        scene.resident.pk,
        "htn_follow_up",
        follow_up(scene, systolic=185),
        done_on=days(1)[0],
        entered_on=TODAY,
    )
    assert found["outcome"]["row"] == "refer_urgently"
    assert {each["rule"] for each in found["questions"]} >= {"expected"}
    assert not Response.objects.exists()


def random_answers(form, source, practitioner):
    """Answers of the right shape to about half of a form's fields, ranges kept, conditions ignored."""
    found = {}
    for name, field in form.fields.items():
        if name == "done_on" or source.random() < 0.5:
            continue
        if isinstance(field, fields.Quantity):
            low, high = field.between or (0, 999)
            steps = 10**field.decimals
            value = source.randint(int(Decimal(low) * steps), int(Decimal(high) * steps))
            found[name] = Decimal(value) / steps if field.decimals else value
        elif isinstance(field, fields.Choice):
            found[name] = source.choice(field.options.codes)
        elif isinstance(field, fields.Choices):
            found[name] = frozenset(
                source.sample(field.options.codes, source.randint(1, min(3, len(field.options.codes))))
            )
        elif isinstance(field, fields.Date):
            found[name] = dt.date(2024, 1, 1) + dt.timedelta(days=source.randint(0, 300))
        elif isinstance(field, fields.Person):
            found[name] = str(practitioner.pk)
        elif isinstance(field, fields.Rows):
            rows = [random_answers(field.row, source, practitioner) for _ in range(source.randint(1, 3))]
            found[name] = tuple(row for row in rows if row) or None
        elif isinstance(field, fields.Text | fields.Code):
            found[name] = (
                "字" * source.randint(1, min(getattr(field, "max_length", 40), 12))
                if not getattr(field, "pattern", "")
                else None
            )
    return {name: value for name, value in found.items() if value is not None}


def test_a_thousand_random_responses_come_back_as_they_went_in(scene, at):
    """Every form: values → columns → values, and values → JSON → values, are the identity (seed printed on failure)."""
    seed = 20250602
    source = random.Random(seed)
    forms = [definitions.of(code).form for code in sorted(columns.all_models())]
    encounter = record(scene, at, days(1)[0]).encounter
    kept = Response.objects.bulk_create(
        Response(
            id=uuid.UUID(int=source.getrandbits(128)),
            encounter=encounter,
            resident=scene.resident,
            form_code=forms[number % len(forms)].code,
            form_version=1,
            definition_digest=b"x",
            done_on=encounter.done_on,
            entered_at=at,
        )
        for number in range(1000)
    )
    by_form = {}
    for response in kept:
        form = definitions.of(response.form_code).form
        values = random_answers(form, source, scene.practitioner)
        by_form.setdefault(form, []).append((response, values))
    for form, pairs in by_form.items():
        model = columns.model_for(form.code)
        model.objects.bulk_create(
            model(
                response=response,
                resident=scene.resident,
                done_on=encounter.done_on,
                **answers.to_columns(form, values),
            )
            for response, values in pairs
        )
        rows = model.objects.in_bulk([response.pk for response, _ in pairs])
        for response, values in pairs:
            known = {**values, "done_on": encounter.done_on}
            assert answers.from_columns(form, rows[response.pk]) == known, (seed, form.code)
            assert answers.read(form, answers.plain(values)) == (values, []), (seed, form.code)
