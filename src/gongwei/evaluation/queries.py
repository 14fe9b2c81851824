"""Reads of evaluation for pages, reports and settlement. Who sees which sheet is the policy 查看绩效评价, said as conditions.

What settlement asks stands here too: `annual_score`, `annual_scores`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from gongwei.base import scope
from gongwei.base.actors import SYSTEM, Actor
from gongwei.evaluation import national, schemes, scoring, seeing, sheets, trees
from gongwei.evaluation.annual import AnnualScore as AnnualScore
from gongwei.evaluation.annual import RoundPoints as RoundPoints
from gongwei.evaluation.annual import VetoDecision as VetoDecision
from gongwei.evaluation.annual import annual_score as annual_score
from gongwei.evaluation.annual import annual_scores as annual_scores
from gongwei.evaluation.annual import doctor_scores as doctor_scores
from gongwei.evaluation.annual import veto_of as veto_of
from gongwei.evaluation.models import (
    Appeal,
    Round,
    SampledPerson,
    Scheme,
    Score,
    Sheet,
)
from gongwei.measures.models import Run
from gongwei.places import policy
from gongwei.places.models import Account

_PUBLIC = (Round.State.PUBLISHED, Round.State.FINAL)


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item of a sheet with the scores of each stage (the latest version) and the one that counts."""

    part: trees.Branch
    section: trees.Branch
    item: trees.Item
    stages: dict[str, Score]
    counting: Score | None
    versions: int
    evidence: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a round is at one institution (or doctor)."""

    sheet: Sheet
    scored: int
    items: int
    sampled: int
    checked: int
    appeals: int
    place: int | None


def scheme_list(actor: Actor, year: int | None = None) -> QuerySet[Scheme]:
    """The schemes of the actor's county, the newest year first. Drafts only for who makes or approves them."""
    rows = Scheme.objects.order_by("-year", "level", "-version")
    if actor.role != SYSTEM.role:
        rows = rows.filter(county_key=seeing.county_of(actor) or -1)
        if not (policy.may(actor, policy.EVALUATION_EDIT) or policy.may(actor, policy.EVALUATION_APPROVE)):
            rows = rows.filter(state__in=[Scheme.State.APPROVED, Scheme.State.REPLACED])
    return rows if year is None else rows.filter(year=year)


def scheme(actor: Actor, scheme_id: UUID) -> Scheme | None:
    """One scheme an actor may see."""
    return scheme_list(actor).filter(id=scheme_id).first()


def round_list(actor: Actor, year: int | None = None) -> QuerySet[Round]:
    """The rounds of the actor's county, the latest first; those in preparation only for who prepares them."""
    rows = Round.objects.order_by("-year", "-number")
    if actor.role != SYSTEM.role:
        rows = rows.filter(county_key=seeing.county_of(actor) or -1)
        if not (policy.may(actor, policy.EVALUATION_EDIT) or policy.may(actor, policy.EVALUATION_APPROVE)):
            rows = rows.exclude(state=Round.State.DRAFT)
    return rows if year is None else rows.filter(year=year)


def latest_year(actor: Actor) -> int | None:
    """The last year with a round an actor may see."""
    return round_list(actor).values_list("year", flat=True).first()


def round_of(actor: Actor, round_id: UUID) -> Round | None:
    """One round an actor may see."""
    return round_list(actor).filter(id=round_id).first()


def runs_for(round_: Round) -> list[Run]:
    """The frozen runs a round may be scored from: complete, not newer than its cut, with all periods its schemes ask for."""
    from gongwei.evaluation import readings

    needed: set[str] = set()
    for each in round_.schemes.select_related("scheme"):
        needed |= readings.periods_needed(schemes.tree_of(each.scheme), round_)
    rows = Run.objects.filter(
        state=Run.State.COMPLETE, cut_at__lte=round_.cut_at, periods__contains=sorted(needed)
    )
    return list(rows.order_by("-cut_at", "-id")[:30])


def run_of_round(round_: Round) -> Run | None:
    """The frozen run a round is scored from."""
    return None if round_.run_id is None else Run.objects.filter(id=round_.run_id).first()


def sheet_list(actor: Actor, round_: Round, level: str | None = None) -> QuerySet[Sheet]:
    """The sheets of a round an actor may open."""
    rows = seeing.seen(actor, round_.sheets.all(), "organization").select_related(
        "organization", "practitioner"
    )
    return (rows if level is None else rows.filter(level=level)).order_by("seat_key", "name")


def sheet(actor: Actor, sheet_id: UUID) -> Sheet | None:
    """One sheet an actor may open, of a round the actor may see."""
    rows = seeing.seen(actor, Sheet.objects.all(), "organization")
    found = rows.select_related("round", "organization", "practitioner").filter(id=sheet_id).first()
    return found if found is not None and round_of(actor, found.round_id) is not None else None


def ranking(round_: Round, level: str) -> list[tuple[int, Sheet]]:
    """All sheets of a level with their place, the most points first; equal points share a place. Empty before publication."""
    if round_.state not in _PUBLIC:
        return []
    return _places(list(round_.sheets.filter(level=level).select_related("organization")))


def progress(actor: Actor, round_: Round, level: str) -> list[Progress]:
    """How far each institution of a level is, with its place once points are there."""
    rows = list(sheet_list(actor, round_, level))
    chosen = round_.schemes.select_related("scheme").filter(level=level).first()
    items = (
        0
        if chosen is None
        else sum(each.method != trees.VETO for each in schemes.tree_of(chosen.scheme).items())
    )
    standing = sheets.standing_of(rows)
    people = SampledPerson.objects.filter(sample__round=round_)
    drawn = dict(people.values_list("sample__organization").annotate(n=Count("id")).order_by())
    looked = dict(
        people.filter(checks__isnull=False)
        .values_list("sample__organization")
        .annotate(n=Count("id", distinct=True))
        .order_by()
    )
    waiting = dict(
        round_.appeals.filter(state=Appeal.State.MADE)
        .values_list("organization")
        .annotate(n=Count("id"))
        .order_by()
    )
    places = {each.id: place for place, each in _places([each for each in rows if each.points is not None])}
    return [
        Progress(
            each,
            len(standing.get(each.id, {})),
            items,
            0 if each.practitioner_id else drawn.get(each.organization_id, 0),
            0 if each.practitioner_id else looked.get(each.organization_id, 0),
            0 if each.practitioner_id else waiting.get(each.organization_id, 0),
            places.get(each.id),
        )
        for each in rows
    ]


def lines(sheet: Sheet) -> list[ItemLine]:
    """All items of a sheet in the order of its tree, with the scores of each stage side by side."""
    from gongwei.evaluation.models import Evidence

    tree = sheets.tree_for(sheet)
    latest: dict[tuple[str, str], Score] = {}
    versions: dict[str, int] = {}
    for score in Score.objects.filter(sheet=sheet).order_by("version"):
        latest[score.item, score.stage] = score
        versions[score.item] = versions.get(score.item, 0) + 1
    files = dict(
        Evidence.objects.filter(about=Evidence.About.SHEET, subject_id=sheet.id)
        .values_list("item")
        .annotate(n=Count("id"))
        .order_by()
    )
    counting = sheets.standing_of([sheet]).get(sheet.id, {})
    return [
        ItemLine(
            part,
            section,
            item,
            {stage: latest[item.code, stage] for stage in Score.Stage.values if (item.code, stage) in latest},
            counting.get(item.code),
            versions.get(item.code, 0),
            files.get(item.code, 0),
        )
        for part, section, item in tree.rows()
    ]


def samples_of(actor: Actor, round_: Round) -> list[UUID]:
    """The institutions of a round that have been sampled."""
    rows = seeing.seen(actor, round_.samples.all(), "organization")
    return list(rows.values_list("organization", flat=True).distinct())


def history(sheet: Sheet, item: str) -> list[Score]:
    """Every score an item of a sheet was ever given, the latest first."""
    return list(Score.objects.filter(sheet=sheet, item=item).order_by("-at", "-version"))


def yearly(actor: Actor, year: int, level: str, on: dt.date | None = None) -> list[tuple[str, AnnualScore]]:
    """The scores of a year of what an actor may see, with names, the most points first, vetoed ones last."""
    county = seeing.county_of(actor)
    if county is None:
        return []
    if level == national.DOCTOR:
        scores: list[AnnualScore] = list(doctor_scores(year, county, on=on).values())
    else:
        scores = list(annual_scores(year, county, scheme_level=level, on=on).values())
    seen = set(
        seeing.seen(actor, Sheet.objects.filter(round__year=year), "organization").values_list(
            "organization", flat=True
        )
    )
    names = dict(
        Sheet.objects.filter(round__year=year, level=level)
        .order_by("round__number")
        .values_list("id", "name")
    )
    mine = [each for each in scores if each.organization_id in seen]
    rows = [(names.get(each.rounds[-1].sheet_id, ""), each) for each in mine]
    return sorted(rows, key=lambda row: (row[1].veto is not None, -row[1].exact, row[0]))


def account_names(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Who stands behind accounts, by id."""
    wanted = [each for each in ids if each]
    with scope.as_owner("names of staff are no secret; accounts themselves are guarded"):
        rows = Account.objects.filter(id__in=wanted).values_list("id", "practitioner__name", "username")
        return {key: name or username for key, name, username in rows}


def _places(rows: Sequence[Sheet]) -> list[tuple[int, Sheet]]:
    exact = {each.id: Fraction(each.exact or 0) for each in rows}
    ordered = sorted(rows, key=lambda each: (-exact[each.id], each.seat_key, each.name))
    return [(1 + sum(exact[other.id] > exact[each.id] for other in rows), each) for each in ordered]


def bands_of(year: int) -> list[tuple[Any, str]]:
    """The names of results of a year with their lower limits."""
    from gongwei.evaluation import parameters

    return parameters.bands(dt.date(year, 12, 31))


def shown(points: Fraction | Any, year: int) -> str:
    """Points as pages write them: two places, never rounded onto a limit that was not reached."""
    return scoring.shown(points, [limit for limit, _ in bands_of(year)])
