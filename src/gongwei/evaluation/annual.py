"""Scores of a year: what settlement pays by. Only rounds that are final, or published with the objection window over, count."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db.models import Q

from gongwei.base import clock, digests
from gongwei.evaluation import national, schemes, scoring
from gongwei.evaluation.models import FraudDecision, Round, Scheme, Sheet
from gongwei.places import division_codes
from gongwei.places.models import Organization

FINAL, PUBLISHED, PROVISIONAL = "final", "published", "provisional"
STATES = {FINAL: "已定", PUBLISHED: "公示期满", PROVISIONAL: "暂定"}


@dataclass(frozen=True, slots=True)
class RoundPoints:
    """One round of a subject. points: as kept, unrounded to 12 places; exact: the fraction; counts: for the year's score."""

    round_id: UUID
    sheet_id: UUID
    number: int
    title: str
    kind: str
    state: str
    points: Decimal
    exact: Fraction
    counts: bool
    digest: str


@dataclass(frozen=True, slots=True)
class VetoDecision:
    """A confirmed fraud decision: with its document, who proposed and who confirmed it."""

    id: UUID
    document: str
    unit: str
    decided_on: dt.date
    found: str
    evidence: str
    proposed_by: UUID
    confirmed_by: UUID
    confirmed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class AnnualScore:
    """The score of an institution (or of a doctor in it) in a year.

    points: unrounded, cut off at 12 places, from the rounds that count alone; exact: the fraction itself. state: final (every
    round of the year is), published (all count, some only by the window being over), provisional (a round is still under way, or
    the rule of the year does not fit the rounds: `problem` says how). veto beats the points, whatever they are.
    """

    organization_id: UUID
    year: int
    points: Decimal
    rounds: tuple[RoundPoints, ...]
    state: str
    veto: VetoDecision | None
    digest: str
    level: str = ""
    practitioner_id: UUID | None = None
    exact: Fraction = Fraction(0)
    problem: str = ""


def annual_score(
    organization_id: UUID,
    year: int,
    *,
    scheme_level: str | None = None,
    practitioner_id: UUID | None = None,
    on: dt.date | None = None,
) -> AnnualScore | None:
    """The score of an institution in a year (of a doctor in it with `practitioner_id`); None while no round counts.

    scheme_level: where an institution is scored on several; its own kind's otherwise. on: the day the windows are asked for.
    """
    rows = Sheet.objects.filter(round__year=year, organization=organization_id, practitioner=practitioner_id)
    if practitioner_id is None:
        level = scheme_level or level_of(organization_id)
        rows = rows.filter(level=level)
    found = _scores(rows, year, on or clock.today())
    return next(iter(found.values()), None)


def annual_scores(
    year: int, area_key: int, *, scheme_level: str | None = None, on: dt.date | None = None
) -> dict[UUID, AnnualScore]:
    """The scores of all institutions with their seat in an area that have one, by institution; four statements in all."""
    low, high = area_key, division_codes.last(area_key)
    rows = Sheet.objects.filter(round__year=year, seat_key__gte=low, seat_key__lte=high, practitioner=None)
    if scheme_level is not None:
        rows = rows.filter(level=scheme_level)
    return {key[0]: each for key, each in _scores(rows, year, on or clock.today()).items()}


def doctor_scores(
    year: int, area_key: int, *, on: dt.date | None = None
) -> dict[tuple[UUID, UUID], AnnualScore]:
    """The scores of all doctors of institutions in an area, by institution and doctor."""
    low, high = area_key, division_codes.last(area_key)
    rows = Sheet.objects.filter(round__year=year, seat_key__gte=low, seat_key__lte=high).exclude(
        practitioner=None
    )
    found = _scores(rows, year, on or clock.today())
    return {(key[0], key[1]): each for key, each in found.items() if key[1] is not None}


def level_of(organization_id: UUID) -> str:
    """The level an institution is scored on by its kind; empty for other kinds."""
    kind = Organization.objects.filter(id=organization_id).values_list("kind", flat=True).first()
    return next((level for level, kinds in national.KINDS.items() if kind in kinds), "")


def veto_of(organization_id: UUID, year: int, practitioner_id: UUID | None = None) -> VetoDecision | None:
    """The confirmed decision that takes an institution's money of a year, None without one; a doctor's own first."""
    return _vetoes([organization_id], year).get((organization_id, practitioner_id)) or (
        _vetoes([organization_id], year).get((organization_id, None)) if practitioner_id else None
    )


def counts(round_: Round, on: dt.date) -> bool:
    """Whether a round counts for money on a day."""
    if round_.state == Round.State.FINAL:
        return True
    over = round_.objection_until is not None and on > round_.objection_until
    return round_.state == Round.State.PUBLISHED and over


_Key = tuple[UUID, UUID | None]


def _scores(rows: Iterable[Sheet], year: int, on: dt.date) -> dict[_Key, AnnualScore]:
    sheets: dict[_Key, list[Sheet]] = defaultdict(list)
    wanted = rows.exclude(round__state=Round.State.DRAFT) if hasattr(rows, "exclude") else rows
    for sheet in wanted.select_related("round").order_by("round__number"):
        sheets[sheet.organization_id, sheet.practitioner_id].append(sheet)
    vetoes = _vetoes({key[0] for key in sheets}, year)
    known = rules(year, {each.round.county_key for own in sheets.values() for each in own})
    found = {}
    for key, own in sheets.items():
        one = _score(key, year, own, known, vetoes.get(key) or vetoes.get((key[0], None)), on)
        if one is not None:
            found[key] = one
    return found


def _score(
    key: _Key,
    year: int,
    own: Sequence[Sheet],
    known: dict[tuple[int, str], dict[str, object]],
    veto: VetoDecision | None,
    on: dt.date,
) -> AnnualScore | None:
    rounds = tuple(_round(each, on) for each in own)
    counting = [each for each in rounds if each.counts]
    if not counting:
        return None
    rule = known.get((own[0].round.county_key, own[0].level), {})
    parts = [scoring.RoundPoints(each.number, each.kind, each.exact) for each in counting]
    problem = ""
    try:
        exact = scoring.annual(parts, rule)
    except scoring.Unclear as unclear:
        problem, exact = str(unclear), scoring.annual(parts, {})
    if problem or len(counting) < len(rounds):
        state = PROVISIONAL
    else:
        state = FINAL if all(each.state == Round.State.FINAL for each in counting) else PUBLISHED
    said = {
        "organization": key[0],
        "practitioner": None if key[1] is None else str(key[1]),
        "year": year,
        "exact": str(exact),
        "rule": rule,
        "rounds": [[str(each.round_id), each.digest, str(each.exact)] for each in counting],
        "veto": None if veto is None else str(veto.id),
    }
    return AnnualScore(
        organization_id=key[0],
        practitioner_id=key[1],
        year=year,
        points=scoring.kept(exact),
        exact=exact,
        rounds=rounds,
        state=state,
        veto=veto,
        digest=hashlib.sha256(digests.canonical(said)).hexdigest(),
        level=own[0].level,
        problem=problem,
    )


def _round(sheet: Sheet, on: dt.date) -> RoundPoints:
    return RoundPoints(
        round_id=sheet.round_id,
        sheet_id=sheet.id,
        number=sheet.round.number,
        title=sheet.round.title,
        kind=sheet.round.kind,
        state=sheet.round.state,
        points=sheet.points if sheet.points is not None else Decimal(0),
        exact=Fraction(sheet.exact or 0),
        counts=counts(sheet.round, on),
        digest=sheet.digest,
    )


def rules(year: int, counties: Iterable[int]) -> dict[tuple[int, str], dict[str, object]]:
    """How rounds make a year, by county and level: as the scheme in force says."""
    rows = Scheme.objects.filter(year=year, county_key__in=list(counties), state=Scheme.State.APPROVED)
    return {(each.county_key, each.level): dict(schemes.tree_of(each).annual) for each in rows}


def _vetoes(organizations: Iterable[UUID], year: int) -> dict[_Key, VetoDecision]:
    rows = FraudDecision.objects.filter(
        Q(state=FraudDecision.State.CONFIRMED), organization__in=list(organizations), year=year
    ).order_by("-confirmed_at")
    return {
        (each.organization_id, each.practitioner_id): VetoDecision(
            each.id,
            each.document,
            each.unit,
            each.decided_on,
            each.found,
            each.evidence,
            each.proposed_by,
            each.confirmed_by,
            each.confirmed_at,
        )
        for each in rows
        if each.confirmed_by is not None and each.confirmed_at is not None
    }
