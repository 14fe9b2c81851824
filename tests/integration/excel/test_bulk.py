"""Many at once gives what one by one gives: random rows through `bulk.record` and through `record_encounter`, compared."""

import datetime as dt
import random
from decimal import Decimal

import pytest
from tests.integration.records.conftest import FAR, follow_up, resident

from gongwei.base import scope
from gongwei.base.ids import uuid7
from gongwei.base.models import AuditEntry, Change
from gongwei.base.problems import Refused, Several
from gongwei.records import answers, bulk, bulk_keeping, columns, definitions, operations
from gongwei.records.models import Encounter, Episode, Referral, Response

FORM = "htn_follow_up"
RESIDENTS, ROWS_EACH = 12, 6


def random_answers(scene, dice):
    """A follow-up with something unusual about it now and then."""
    now_and_then = dice.random() < 0.35
    systolic = dice.choice([118, 128, 138, 146, 152, 168, 184])
    changes = {
        "systolic": dice.choice([30, 400, systolic]) if now_and_then else systolic,
        "diastolic": dice.choice([66, 78, 88, 92, 104, 112]),
        "symptoms": dice.choice([["1"], ["2", "3"], ["1", "2"] if now_and_then else ["4"]]),
        "adverse_reaction": dice.choice(["1", "1", "2"]),
        "adverse_reaction_note": "干咳",
        "medication_adherence": dice.choice(["1", "2", "3"]),
        "weight": dice.choice([None, Decimal("65.5"), Decimal("88.0")]),
        "cigarettes": dice.choice([0, 5, 20]),
        "cigarettes_goal": dice.choice([0, 10]),
        "outcome": dice.choice([None, None, "1", "2"]),
        "complication": dice.choice(["0", "0", "1"]),
        "danger_signs": dice.choice([None, None, ["1"]]),
        "referral_reason": dice.choice([None, None, None, "1"]),
        "referral_to": None if now_and_then else "县医院心内科",
        "medications": [{"times_a_day": 3}]
        if now_and_then
        else [{"name": "硝苯地平", "times_a_day": 2, "dose": 10, "dose_unit": "1"}],
    }
    return follow_up(scene, **changes)


def state_of(resident_id):
    """Everything that was kept about a resident, without ids."""
    form = definitions.of(FORM).form
    found = []
    for each in (
        Response.objects.filter(resident=resident_id)
        .select_related("encounter")
        .order_by("done_on", "status")
    ):
        typed = columns.model_for(FORM).objects.get(pk=each.pk)
        kept = each.encounter
        found.append(
            (
                each.done_on, each.status, each.form_version, bytes(each.definition_digest), each.outcome, each.differs,
                each.questions, each.measured, each.carried, each.reason, each.entered_at, each.entered_by, typed.live,
                answers.from_columns(form, typed), kept.mode, kept.organization_id, kept.practitioner_id, kept.source,
                kept.programme, kept.area_key, kept.note, kept.entered_by, kept.device_id,
            )
        )  # fmt: skip
    referrals = [
        (each.advised_on, each.state, each.causes, each.urgent, each.first_advised_on, each.referred_to)
        for each in Referral.objects.filter(resident=resident_id).order_by("advised_on", "id")
    ]
    audited = AuditEntry.objects.filter(subject_id=str(resident_id), action="create").count()
    announced = (
        Change.objects.filter(resident_id=resident_id, kind="response").values("subject_id").distinct()
    )
    return found, referrals, audited, announced.count()


def refusals(error):
    problems = error.problems if isinstance(error, Several) else [error]
    return sorted((each.message, each.field or "", each.code) for each in problems)


def recorded(scene, at, rows):
    """Judge and write at once."""
    return bulk.record(by=scene.clerk, at=at, form_code=FORM, rows=rows)


def kept_and_recorded(scene, at, rows):
    """Judge, keep what came out as text, write it later; what cannot be kept is judged again, as an upload does."""
    verdicts, batch = bulk_keeping.judge(by=scene.clerk, at=at, form_code=FORM, rows=rows)
    batch = bulk_keeping.Batch.loads(batch.dumps())
    accepted = {str(each.row.key) for each in verdicts if each.accepted}
    assert {*(each.key for each in batch.kept), *batch.again} == accepted
    assert batch.kept
    written = bulk_keeping.record(by=scene.clerk, at=at, form_code=FORM, batch=batch)
    assert len(written) == len(batch.kept)
    again = [copy_of(each) for each in rows if str(each.key) in batch.again]
    assert all(each.accepted for each in bulk.record(by=scene.clerk, at=at, form_code=FORM, rows=again))
    return verdicts


@pytest.mark.parametrize("write", [recorded, kept_and_recorded])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_batch_gives_what_single_services_give(scene, at, seed, write):
    dice = random.Random(seed)
    pairs = []
    for number in range(RESIDENTS):
        sex, born = dice.choice(["1", "2"]), dt.date(dice.choice([1950, 1961, 1990]), 5, 6)
        twins = [
            resident(scene.world, number=10 + number * 2 + twin, sex=sex, birth_date=born) for twin in (0, 1)
        ]
        if number % 3 == 0:
            for one in twins:
                Episode.objects.create(
                    resident=one, area_key=one.area_id, kind="hypertension", state="active",
                    started_on=dt.date(2021, 1, 1), organization=one.managing_organization,
                )  # fmt: skip
        pairs.append(twins)
    histories = {}
    for number, (one, other) in enumerate(pairs):
        days = sorted(dice.sample(range(1, 900), ROWS_EACH + 3))
        dates = [dt.date(2022, 10, 1) + dt.timedelta(days=day) for day in days]
        # Half of them have records among the new ones, half only before.
        before = {dates[1], dates[4], dates[7]} if number % 2 else set(dates[:3])
        histories[one.pk] = (
            other,
            [(day, random_answers(scene, dice)) for day in dates if day not in before],
        )
        for day in sorted(before):
            told = follow_up(scene, systolic=dice.choice([138, 152, 160]), diastolic=84, referral_to="县医院")
            for person in (one, other):
                with scope.acting(scene.doctor):
                    operations.record_encounter(
                        by=scene.doctor, at=at, resident_id=person.pk, done_on=day, mode="home", responses=[(FORM, told)]
                    )  # fmt: skip
    told_singly, rows = {}, []
    for key, (other, services) in histories.items():
        for day, told in services:
            try:
                with scope.acting(scene.clerk):
                    operations.record_encounter(
                        by=scene.clerk, at=at, resident_id=key, done_on=day, mode="outpatient", responses=[(FORM, told)],
                        source="import", organization_id=scene.doctor.organization_id,
                        practitioner_id=scene.doctor.practitioner_id,
                    )  # fmt: skip
            except Refused as error:
                told_singly[other.pk, day] = refusals(error)
            values, wrong = answers.read(definitions.of(FORM).form, told)
            assert wrong == []
            rows.append(
                bulk.Row(
                    uuid7(), other.pk, day, "outpatient", values, scene.doctor.organization_id, scene.doctor.practitioner_id
                )
            )  # fmt: skip
    dice.shuffle(rows)
    previewed = bulk.judge(by=scene.clerk, at=at, form_code=FORM, rows=[copy_of(each) for each in rows])
    written = Encounter.objects.count()
    verdicts = write(scene, at, rows)
    assert Encounter.objects.count() == written + sum(each.accepted for each in verdicts)
    assert [each.accepted for each in previewed] == [each.accepted for each in verdicts]
    told_together = {
        (each.row.resident_id, each.row.done_on): sorted(
            (one.message, one.field or "", one.code) for one in each.refusals
        )
        for each in verdicts
        if not each.accepted
    }
    assert told_together == told_singly
    assert told_singly
    assert len(told_singly) < len(rows)
    for one, other in pairs:
        assert state_of(other.pk) == state_of(one.pk)


def copy_of(each):
    return bulk.Row(each.key, each.resident_id, each.done_on, each.mode, dict(each.values), each.organization_id, each.practitioner_id)  # fmt: skip


def rows_of(scene, *days, **changes):
    values, _ = answers.read(definitions.of(FORM).form, follow_up(scene, **changes))
    return [bulk.Row(uuid7(), scene.resident.pk, day, "outpatient", dict(values)) for day in days]


def test_what_tells_a_row_from_another_is_that_of_a_single_service(scene, at):
    """A record sent again under its id by another way is the same record."""
    row = rows_of(scene, dt.date(2025, 3, 1), weight=Decimal("65.50"), symptoms=["2", "3"])[0]
    bulk.record(by=scene.clerk, at=at, form_code=FORM, rows=[row])
    with scope.acting(scene.doctor):
        again = operations.record_encounter(
            by=scene.doctor, at=at, resident_id=row.resident_id, done_on=row.done_on, mode=row.mode,
            responses=[(FORM, dict(row.values))], encounter_id=row.key,
        )  # fmt: skip
    assert again.repeated
    assert Encounter.objects.count() == 1


def test_the_same_rows_again_write_nothing(scene, at):
    rows = rows_of(scene, dt.date(2025, 3, 1), dt.date(2025, 6, 1))
    again = [copy_of(each) for each in rows]
    assert [each.accepted for each in bulk.record(by=scene.clerk, at=at, form_code=FORM, rows=rows)] == [
        True,
        True,
    ]
    verdicts = bulk.record(by=scene.clerk, at=at, form_code=FORM, rows=again)
    assert [each.existing for each in verdicts] == [each.key for each in again]
    other_keys = rows_of(scene, dt.date(2025, 3, 1), dt.date(2025, 6, 1))
    verdicts = bulk.record(by=scene.clerk, at=at, form_code=FORM, rows=other_keys)
    assert all(each.existing for each in verdicts)
    assert Encounter.objects.count() == Response.objects.count() == 2


def test_another_content_on_the_same_day_is_refused(scene, at):
    day = dt.date(2025, 3, 1)
    rows = [*rows_of(scene, day), *rows_of(scene, day, systolic=150), *rows_of(scene, day)]
    first, other, same = bulk.record(by=scene.clerk, at=at, form_code=FORM, rows=rows)
    assert first.accepted
    assert [each.code for each in other.refusals] == ["other_on_same_day"]
    assert same.existing == first.judged.id
    assert Response.objects.count() == 1


def test_nothing_is_written_outside_the_areas_of_whoever_imports(scene, at):
    far = resident(scene.world, area_key=FAR, organization="far_village", number=7)
    rows = [
        bulk.Row(uuid7(), far.pk, dt.date(2025, 3, 1), "outpatient", {}),
        *rows_of(scene, dt.date(2025, 3, 1)),
    ]
    for actor in (scene.clerk, scene.far, scene.doctor):
        verdicts = bulk.record(by=actor, at=at, form_code=FORM, rows=[copy_of(each) for each in rows])
        assert [each.code for each in verdicts[0].refusals] == ["resident_not_found"]
        assert verdicts[1].accepted is (actor is scene.clerk)
    assert Encounter.objects.filter(resident=far).count() == 0


def test_who_was_thought_lost_is_found_by_a_service(scene, at):
    lost = resident(scene.world, number=8, status="lost", status_since=dt.date(2025, 1, 1))
    values, _ = answers.read(definitions.of(FORM).form, follow_up(scene))
    row = bulk.Row(uuid7(), lost.pk, dt.date(2025, 3, 1), "outpatient", values, scene.doctor.organization_id)
    assert bulk.record(by=scene.officer, at=at, form_code=FORM, rows=[row])[0].accepted
    lost.refresh_from_db()
    assert lost.status == "active"
