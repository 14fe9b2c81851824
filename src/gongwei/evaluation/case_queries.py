"""Reads of samples, decided fraud, problems and appeals, of institutions an actor may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from gongwei.base import audit, clock
from gongwei.base.actors import Actor
from gongwei.evaluation import sampling, seeing
from gongwei.evaluation.issues import OPEN
from gongwei.evaluation.models import Appeal, FraudDecision, Issue, Round, Sample, SampleCheck, SampledPerson
from gongwei.places import policy
from gongwei.places import queries as places
from gongwei.residents import queries as residents
from gongwei.residents.queries import masking


@dataclass(frozen=True, slots=True)
class PersonDrawn:
    """One person of a sample as the list shows him: what was found, never what was recorded (blind)."""

    person: SampledPerson
    shown: masking.Shown | None
    village: str
    last: SampleCheck | None
    checks: int


def samples(actor: Actor, round_: Round, organization_id: UUID | None = None) -> QuerySet[Sample]:
    """The samples of a round at institutions an actor may see, without the frames."""
    rows = seeing.seen(actor, round_.samples.all(), "organization")
    if organization_id is not None:
        rows = rows.filter(organization=organization_id)
    return (
        rows.defer("frame", "risks")
        .select_related("organization")
        .order_by("organization__code", "population")
    )


def people_drawn(actor: Actor, round_: Round, organization_id: UUID) -> list[PersonDrawn]:
    """The persons drawn at an institution, list by list in the order of drawing; written to the access log."""
    rows = list(
        SampledPerson.objects.filter(sample__in=samples(actor, round_, organization_id).order_by())
        .select_related("sample", "replaces")
        .order_by("sample__population", "position")
    )
    checks: dict[UUID, list[SampleCheck]] = {}
    for each in SampleCheck.objects.filter(person__in=rows).order_by("version"):
        checks.setdefault(each.person_id, []).append(each)
    known = {
        each.id: each for each in residents.visible_to(actor).filter(id__in=[r.resident_id for r in rows])
    }
    villages = places.names_of_areas({each.area_key for each in rows})
    audit.read(
        by=actor,
        subject_kind="resident",
        subject_ids=[each.resident_id for each in rows],
        query={"round": str(round_.id), "organization": str(organization_id), "sample": True},
        area_key=round_.scope_key,
    )
    today = clock.today()
    return [
        PersonDrawn(
            each,
            masking.masked(known[each.resident_id], on=today) if each.resident_id in known else None,
            villages.get(each.area_key, ""),
            checks[each.id][-1] if each.id in checks else None,
            len(checks.get(each.id, ())),
        )
        for each in rows
    ]


def person_drawn(actor: Actor, person_id: UUID) -> SampledPerson | None:
    """One person drawn, at an institution an actor may see."""
    rows = seeing.seen(actor, SampledPerson.objects.all(), "sample__organization")
    return rows.select_related("sample__round", "sample__organization").filter(id=person_id).first()


def numbers_to_call(actor: Actor, person: SampledPerson) -> tuple[str, ...]:
    """The telephones of a person drawn, whole, for the check by telephone; each look is audited. Nobody's but the evaluators'."""
    policy.require(actor, policy.EVALUATION_EDIT, area_key=person.sample.round.county_key)
    return residents.numbers_to_call(
        actor, person.resident_id, f"绩效评价电话核查：{person.sample.round.title}"[:200]
    )


def checks_of(person: SampledPerson) -> list[SampleCheck]:
    """Every check of a person drawn, the latest first."""
    return list(person.checks.order_by("-version"))


def truth(people: Iterable[PersonDrawn]) -> dict[str, Any]:
    """真实率 of persons drawn, from the random ones (and who stands in for them) alone; how many could not be reached, and why."""
    found = list(people)
    of_chance = [
        each.last
        for each in found
        if each.last is not None
        and (
            each.person.how == sampling.RANDOM
            or (each.person.replaces and each.person.replaces.how == sampling.RANDOM)
        )
    ]
    true, told = sampling.truth(each.verdict for each in of_chance)
    looked = [each.last for each in found if each.last is not None]
    invalid = sum(each.result == SampleCheck.Result.INVALID_NUMBER for each in looked)
    return {
        "true": true,
        "told": told,
        "interval": sampling.wilson(true, told),
        "looked": len(looked),
        "drawn": len(found),
        "untrue": sum(each.verdict == sampling.UNTRUE for each in looked),
        "invalid": invalid,
    }


def fraud_list(actor: Actor, year: int) -> QuerySet[FraudDecision]:
    """The decisions on fraud an actor may see: an institution sees its own once they are confirmed."""
    rows = seeing.seen(actor, FraudDecision.objects.filter(year=year), "organization")
    if not (policy.may(actor, policy.FRAUD_PROPOSE) or policy.may(actor, policy.FRAUD_CONFIRM)):
        rows = rows.filter(state__in=[FraudDecision.State.CONFIRMED, FraudDecision.State.WITHDRAWN])
    return rows.select_related("organization", "practitioner", "round").order_by("-proposed_at")


def issue_list(
    actor: Actor,
    year: int,
    *,
    states: Sequence[str] = (),
    organization_id: UUID | None = None,
    overdue_on: dt.date | None = None,
) -> QuerySet[Issue]:
    """The problems of a year an actor may see, the nearest due day first."""
    rows = seeing.seen(actor, Issue.objects.filter(year=year), "organization")
    if states:
        rows = rows.filter(state__in=states)
    if organization_id is not None:
        rows = rows.filter(organization=organization_id)
    if overdue_on is not None:
        rows = rows.filter(due_on__lt=overdue_on, state__in=OPEN)
    return rows.select_related("organization", "round", "repeat_of").order_by("due_on", "id")


def issue(actor: Actor, issue_id: UUID) -> Issue | None:
    """One problem an actor may see."""
    rows = seeing.seen(actor, Issue.objects.all(), "organization")
    return rows.select_related("organization", "round", "repeat_of").filter(id=issue_id).first()


def rectified(rows: Iterable[Issue], on: dt.date) -> dict[str, int]:
    """Counts of problems: all, closed, closed in time, overdue."""
    found = list(rows)
    closed = [each for each in found if each.state == Issue.State.CLOSED]
    return {
        "all": len(found),
        "closed": len(closed),
        "in_time": sum(each.closed_on is not None and each.closed_on <= each.due_on for each in closed),
        "overdue": sum(each.state in OPEN and each.due_on < on for each in found),
    }


def appeal_list(actor: Actor, year: int, *, states: Sequence[str] = ()) -> QuerySet[Appeal]:
    """The appeals of a year an actor may see, open ones first."""
    rows = seeing.seen(actor, Appeal.objects.filter(year=year), "organization")
    if states:
        rows = rows.filter(state__in=states)
    return rows.select_related("organization", "round", "sheet", "person__sample", "score").order_by(
        "-made_at"
    )


def appeal(actor: Actor, appeal_id: UUID) -> Appeal | None:
    """One appeal an actor may see."""
    rows = seeing.seen(actor, Appeal.objects.all(), "organization")
    found = rows.select_related("organization", "round", "sheet__round", "person__sample", "score")
    return found.filter(id=appeal_id).first()
