"""Rows dated before records that are there, many at once: the same as one by one, for the classes of what comes after them too.

An old county imports its past after it has begun to work, so that this is the common case of an import.
"""

import datetime as dt
import random

import pytest
from tests.integration.excel.test_bulk import (
    FORM,
    copy_of,
    kept_and_recorded,
    random_answers,
    recorded,
    state_of,
)
from tests.integration.records.conftest import follow_up, resident
from tests.integration.tasks.test_catching import told

from gongwei.base import scope
from gongwei.base.ids import uuid7
from gongwei.base.models import AuditEntry, Change
from gongwei.base.problems import Refused
from gongwei.records import (
    answers,
    bulk,
    bulk_keeping,
    definitions,
    key_values,
    latest_records,
    openings,
    operations,
)
from gongwei.records.models import Encounter, Episode, Referral, Response
from gongwei.residents.models import Resident
from gongwei.tasks import following
from gongwei.tasks.models import Task

FIRST = dt.date(2023, 1, 1)
LATE = dt.date(2024, 6, 1)


def single(scene, at, person, day, told_answers, **more):
    """One follow-up typed in by the village doctor."""
    filled = operations.Filled(FORM, told_answers, claimed=more.pop("claimed", None))
    with scope.acting(scene.doctor):
        return operations.record_encounter(
            by=scene.doctor, at=at, resident_id=person.pk, done_on=day, mode="home", responses=[filled], **more
        ).responses[0]  # fmt: skip


def uncontrolled(scene, dice):
    """A follow-up whose class hangs on the one before it, more often than not."""
    return follow_up(
        scene,
        systolic=dice.choice([128, 146, 152, 158, 166]),
        diastolic=dice.choice([78, 88, 94]),
        adverse_reaction=dice.choice(["1", "1", "2"]),
        adverse_reaction_note="干咳",
        danger_signs=dice.choice([None, None, None, ["1"]]),
        referral_to="县医院心内科",
        referral_arrived=dice.choice([None, None, None, "1", "2"]),
        outcome=dice.choice([None, None, None, "1"]),
    )


def already_working(scene, at, dice, twins):
    """What a county has typed in before it imports its past: classes sent by a phone, a correction, a referral closed by hand."""
    days = sorted(dice.sample(range(300), 5))
    for place, number in enumerate(days):
        day = LATE + dt.timedelta(days=number)
        content = uncontrolled(scene, dice)
        claimed = {"row": "satisfactory"} if dice.random() < 0.3 else None
        corrected = dice.random() < 0.25
        closed = dice.random() < 0.3
        for person in twins:
            made = single(scene, at, person, day, content, claimed=claimed)
            with scope.acting(scene.doctor):
                if corrected and place < 4:
                    operations.supersede_response(
                        by=scene.doctor, at=at, response_id=made.pk, answers=content | {"systolic": 168}, reason="笔误"
                    )  # fmt: skip
                open_now = Referral.objects.filter(
                    resident=person.pk, state__in=["open", "not_arrived"]
                ).first()
                if closed and open_now:
                    operations.close_referral(
                        by=scene.doctor, at=at, referral_id=open_now.pk, reason="recovered", on_date=day
                    )  # fmt: skip


def seen_of(scene, person):
    """What pages show and followers derive: the file's latest record, what was true last time, referrals in full, tasks."""
    days = dict(Response.objects.filter(resident=person.pk).values_list("id", "done_on"))
    referrals = [
        (
            days[each.response_id], each.state, each.causes, each.urgent, each.first_advised_on, each.due_on, each.answered_on,
            days.get(each.answered_by_response_id), each.continued_by and days[each.continued_by.response_id],
            each.organization_id, each.practitioner_id, each.area_key, each.reason, bool(each.closed_at), each.ended is None,
        )
        for each in Referral.objects.filter(resident=person.pk).order_by("advised_on", "id")
    ]  # fmt: skip
    with scope.acting(scene.doctor):
        opened = openings.opening(scene.doctor, person.pk, [FORM])
    history = [(each.done_on, dict(each.answers)) for each in opened.history[FORM]]
    latest = latest_records.latest(person, [FORM])[FORM]
    lines = key_values.of(person, [(FORM, key) for key in days])
    names = (
        "programme", "contact", "form_code", "anchor", "reason", "earliest", "due", "latest", "state", "completed_on",
        "cancel_code", "rule",
    )  # fmt: skip
    tasks = [
        (days.get(key), *rest)
        for key, *rest in Task.objects.filter(resident=person.pk).values_list("response_id", *names)
    ]
    episodes = Episode.objects.filter(resident=person.pk).values_list(
        "kind", "state", "started_on", "found_by"
    )
    return {
        "referrals": referrals,
        "history": history,
        "latest": (latest.done_on, dict(latest.answers)),
        "lines": sorted((days[key], str(line)) for key, line in lines.items()),
        "tasks": sorted(tasks, key=str),
        "episodes": sorted(episodes, key=str),
        "opened": AuditEntry.objects.filter(subject_id=str(person.pk), action="open_referral").count(),
        "heard": sorted(
            days[key]
            for key in Change.objects.filter(resident_id=person.pk, kind="response").values_list(
                "subject_id", flat=True
            )
            if key in days
        ),
    }


def classes(person):
    """The class of each record by its day."""
    return {
        day: (outcome["row"], differs)
        for day, outcome, differs in Response.objects.filter(
            resident=person.pk, status="final", done_on__gte=LATE
        ).values_list("done_on", "outcome", "differs")
    }


@pytest.mark.parametrize("write", [recorded, kept_and_recorded])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_past_in_sets_is_what_it_is_one_by_one(scene, at, seed, write):
    dice = random.Random(f"earlier{seed}")
    pairs, rows = [], []
    for number in range(8):
        twins = [resident(scene.world, number=10 + number * 2 + twin) for twin in (0, 1)]
        for one in twins:
            Episode.objects.create(
                resident=one, area_key=one.area_id, kind="hypertension", state="active",
                started_on=FIRST, organization=one.managing_organization,
            )  # fmt: skip
        already_working(scene, at, dice, twins)
        pairs.append(twins)
    before = {other.pk: classes(other) for _, other in pairs}
    open_before = {
        other.pk: list(Referral.objects.filter(resident=other.pk).values_list("id", "state"))
        for _, other in pairs
    }
    for one, other in pairs:
        taken = set(Response.objects.filter(resident=one.pk).values_list("done_on", flat=True))
        # From before the first to between the last ones.
        possible = [FIRST + dt.timedelta(days=day) for day in range(330, 810, 3)]
        for day in sorted(dice.sample([each for each in possible if each not in taken], 7)):
            content = uncontrolled(scene, dice) if dice.random() < 0.8 else random_answers(scene, dice)
            try:
                with scope.acting(scene.clerk):
                    operations.record_encounter(
                        by=scene.clerk, at=at, resident_id=one.pk, done_on=day, mode="outpatient", responses=[(FORM, content)],
                        source="import", organization_id=scene.doctor.organization_id,
                        practitioner_id=scene.doctor.practitioner_id,
                    )  # fmt: skip
            except Refused:
                pass
            values, _ = answers.read(definitions.of(FORM).form, content)
            rows.append(
                bulk.Row(
                    uuid7(), other.pk, day, "outpatient", values, scene.doctor.organization_id, scene.doctor.practitioner_id
                )
            )  # fmt: skip
    dice.shuffle(rows)
    written = Encounter.objects.count()
    verdicts = write(scene, at, rows)
    assert Encounter.objects.count() == written + sum(each.accepted for each in verdicts)
    following.take(told(), at)
    for one, other in pairs:
        assert state_of(other.pk) == state_of(one.pk)
        assert seen_of(scene, other) == seen_of(scene, one)
    moved = [
        (key, day)
        for key, known in before.items()
        for day, said in classes(Resident(pk=key)).items()
        if day in known and known[day] != said
    ]
    assert len(moved) > 1
    changed = [
        key
        for states in open_before.values()
        for key, state in states
        if Referral.objects.get(pk=key).state != state
    ]
    assert changed


def test_rows_before_others_are_kept_with_the_check(scene, at):
    """None of them is left to be judged once more, and what they move is written with them."""
    later = [single(scene, at, scene.resident, LATE, follow_up(scene, systolic=152, diastolic=84))]
    assert later[0].outcome["row"] == "adjust_treatment"
    values, _ = answers.read(
        definitions.of(FORM).form, follow_up(scene, systolic=156, diastolic=84, referral_to="县医院")
    )
    day = LATE - dt.timedelta(days=20)
    row = bulk.Row(uuid7(), scene.resident.pk, day, "outpatient", values, scene.doctor.organization_id)
    _, batch = bulk_keeping.judge(by=scene.clerk, at=at, form_code=FORM, rows=[copy_of(row)])
    assert (len(batch.kept), batch.again) == (1, [])
    assert Response.objects.get(pk=later[0].pk).outcome["row"] == "adjust_treatment"
    bulk_keeping.record(by=scene.clerk, at=at, form_code=FORM, batch=batch)
    moved = Response.objects.get(pk=later[0].pk)
    assert moved.outcome["row"] == "refer_uncontrolled"
    assert Referral.objects.get(response=moved).state == "open"
