"""Opening a round, choosing the frozen run its system items are scored from, moving it on, publishing it, making it final."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q

from gongwei.base import audit, clock, digests
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.evaluation import national, parameters, proposing, readings, schemes, sheets
from gongwei.evaluation.models import Appeal, Round, RoundScheme, Scheme, Score, Sheet
from gongwei.measures import periods
from gongwei.measures import queries as measures
from gongwei.places import division_codes, policy, reach
from gongwei.places.models import Duty, Organization

State = Round.State
#: In which order a round moves on by hand; steps may be left out, never taken back.
ORDER = (State.DRAFT, State.SELF, State.REVIEW, State.ON_SITE)
_DOCTORS = ("village_doctor", "township_doctor")


@transaction.atomic
def open_round(
    *,
    by: Actor,
    at: dt.datetime,
    county_key: int,
    year: int,
    period: str,
    levels: Sequence[str],
    cut_on: dt.date,
    kind: str = Round.Kind.STAGE,
    title: str = "",
    scope_key: int | None = None,
    seed: str = "",
) -> Round:
    """Open a round of a year: a sheet for every institution (or doctor) of the levels in the scope, by the schemes in force.

    cut_on: the last day whose data may be used (its end is the cut). seed: of the samples; the period where nothing is said.
    Raises Refused: unknown period or level, a level without an approved scheme, a scope outside the county; policy.Forbidden.
    """
    policy.require(by, policy.EVALUATION_EDIT, area_key=county_key)
    span = _period(period, year)
    scope = scope_key or county_key
    if not county_key <= scope <= division_codes.last(county_key):
        raise Refused("评价范围应在本县区内。", field="scope", code="scope")
    if cut_on < span.first:
        raise Refused("数据截止日不能早于评价期。", field="cut_on", code="cut")
    if kind not in Round.Kind.values:
        raise Refused("请选择评价种类。", field="kind", code="kind")
    chosen = _schemes(county_key, year, levels)
    last = Round.objects.filter(county_key=county_key, year=year).aggregate(Max("number"))["number__max"]
    number = int(last or 0) + 1
    made = Round.objects.create(
        county_key=county_key,
        scope_key=scope,
        year=year,
        number=number,
        kind=kind,
        title=title.strip()[:100] or f"{span.title}绩效评价",
        period=period,
        levels=list(chosen),
        cut_at=clock.start_of(cut_on + dt.timedelta(days=1)),
        seed=seed.strip()[:60] or period,
        opened_at=at,
        opened_by=by.account_id,
    )
    for level, scheme in chosen.items():
        RoundScheme.objects.create(round=made, level=level, scheme=scheme, digest=scheme.digest)
    count = len(Sheet.objects.bulk_create(_sheets(made, span.last)))
    _audit(by, at, made, "create", {"sheets": count})
    return made


@transaction.atomic
def choose_run(*, by: Actor, at: dt.datetime, round_id: UUID, run_id: UUID) -> Round:
    """Freeze the run system items are scored from, and score them.

    Raises Refused: the round is published, no such run, a run whose data is newer than the round's cut, or one that lacks a
    period the schemes ask for; policy.Forbidden.
    """
    found = _locked(by, round_id, policy.EVALUATION_EDIT)
    _refuse_after_publication(found)
    run = measures.run_of(run_id)
    if run is None:
        raise Refused("没有这个指标结果。", field="run", code="no_such_run")
    if run.cut_at > found.cut_at:
        day = clock.day_of(found.cut_at - dt.timedelta(microseconds=1))
        raise Refused(
            f"这个指标结果的数据截止到{clock.day_of(run.cut_at):%Y-%m-%d}，晚于本轮评价的截止日{day:%Y-%m-%d}。",
            field="run",
            code="newer_than_cut",
            hint="评价不得使用晚于截止时刻的快照，请选择较早的指标结果。",
        )
    needed = {
        code
        for each in found.schemes.select_related("scheme")
        for code in readings.periods_needed(schemes.tree_of(each.scheme), found)
    }
    if lacking := sorted(needed - set(run.periods)):
        titles = "、".join(periods.parse(code).title for code in lacking)
        raise Refused(f"这个指标结果没有{titles}的数字。", field="run", code="period_missing")
    found.run_id, found.run_cut_at, found.snapshot_id = run.id, run.cut_at, run.snapshot_id
    found.save(update_fields=["run_id", "run_cut_at", "snapshot_id"])
    scored = sheets.score_system(by=by, at=at, round_=found)
    _audit(by, at, found, "update", {"run": str(run.id), "scored": scored})
    return found


@transaction.atomic
def advance(*, by: Actor, at: dt.datetime, round_id: UUID, to: str) -> Round:
    """Move a round on to self-evaluation, review or on-site scoring. Raises Refused: not forward; policy.Forbidden."""
    found = _locked(by, round_id, policy.EVALUATION_EDIT)
    if (
        to not in ORDER
        or found.state not in ORDER
        or ORDER.index(State(to)) <= ORDER.index(State(found.state))
    ):
        raise Refused("评价只能向后推进，请刷新后再办。", code="order")
    found.state = to
    found.save(update_fields=["state"])
    _audit(by, at, found, "update", {"state": to})
    return found


@transaction.atomic
def publish_seed(*, by: Actor, at: dt.datetime, round_id: UUID, seed: str = "") -> Round:
    """Publish the seed of the samples; from then on it stands, and persons may be drawn.

    Raises Refused: already published; policy.Forbidden.
    """
    found = _locked(by, round_id, policy.EVALUATION_EDIT)
    if found.seed_published_at is not None:
        raise Refused("抽样种子已经公布，不能再改。", code="seed_published")
    _refuse_after_publication(found)
    found.seed, found.seed_published_at = seed.strip()[:60] or found.seed, at
    if "|" in found.seed:
        raise Refused("抽样种子不能含“|”。", field="seed", code="seed")
    found.save(update_fields=["seed", "seed_published_at"])
    _audit(by, at, found, "update", {"seed": found.seed})
    return found


@transaction.atomic
def publish(*, by: Actor, at: dt.datetime, round_id: UUID) -> Round:
    """Publish the results and open the objection window; every sheet is totalled once more and digested, and items scored too
    low become problems that evaluators look at (`proposing`).

    Raises Refused: not reviewed yet, or nothing was scored; policy.Forbidden.
    """
    found = _locked(by, round_id, policy.EVALUATION_APPROVE)
    if found.state not in (State.REVIEW, State.ON_SITE):
        raise Refused("复核或现场评价之后才能公示，请刷新后再办。", code="order")
    if not Score.objects.filter(sheet__round=found).exclude(stage=Score.Stage.SELF).exists():
        raise Refused("还没有评分，不能公示。", code="nothing_scored")
    sheets.total_all(found, at=at)
    _digest_sheets(found)
    day = clock.day_of(at)
    found.state, found.published_at, found.published_by = State.PUBLISHED, at, by.account_id
    found.objection_until = parameters.after_working_days(day, parameters.number("objection_days", day))
    found.save(update_fields=["state", "published_at", "published_by", "objection_until"])
    _audit(by, at, found, "confirm", {"until": found.objection_until.isoformat()})
    proposing.of_round(by=by, at=at, round_=found)
    return found


@transaction.atomic
def finish(*, by: Actor, at: dt.datetime, round_id: UUID) -> Round:
    """Make a published round final: nothing in it changes any more.

    Raises Refused: not published, the objection window is open, or an appeal is; policy.Forbidden.
    """
    found = _locked(by, round_id, policy.EVALUATION_APPROVE)
    if found.state != State.PUBLISHED or found.objection_until is None:
        raise Refused("公示之后才能定案，请刷新后再办。", code="order")
    if clock.day_of(at) <= found.objection_until:
        raise Refused(f"申诉期到{found.objection_until:%Y-%m-%d}为止，之后才能定案。", code="window_open")
    waiting = found.appeals.filter(state=Appeal.State.MADE).count()
    if waiting:
        raise Refused(f"还有{waiting}件申诉没有办结，不能定案。", code="appeals_open")
    sheets.total_all(found, at=at)
    _digest_sheets(found)
    found.state, found.final_at, found.final_by = State.FINAL, at, by.account_id
    found.save(update_fields=["state", "final_at", "final_by"])
    _audit(by, at, found, "confirm", {"state": "final"})
    return found


def _period(code: str, year: int) -> periods.Period:
    try:
        span = periods.parse(code)
    except ValueError:
        raise Refused("请选择评价期。", field="period", code="period") from None
    if span.year != year:
        raise Refused(f"评价期应在{year}年内。", field="period", code="period")
    return span


def _schemes(county_key: int, year: int, levels: Sequence[str]) -> dict[str, Scheme]:
    if not levels or set(levels) - set(national.LEVELS):
        raise Refused("请选择评价对象。", field="levels", code="levels")
    rows = Scheme.objects.filter(county_key=county_key, year=year, state=Scheme.State.APPROVED)
    known = {each.level: each for each in rows}
    for level in levels:
        if level not in known:
            raise Refused(
                f"{year}年{national.LEVELS[level]}还没有审定的评价方案。", field="levels", code="no_scheme"
            )
    return {level: known[level] for level in national.LEVELS if level in levels}


def _sheets(made: Round, on: dt.date) -> list[Sheet]:
    low, high = made.scope_key, division_codes.last(made.scope_key)
    alive = reach.on_day(on, "active_from", "active_until")
    found = []
    for level in made.levels:
        if level == national.DOCTOR:
            kinds = [kind for each in national.KINDS.values() for kind in each]
            duties = (
                Duty.objects.filter(
                    reach.on_day(on),
                    role__in=_DOCTORS,
                    organization__kind__in=kinds,
                    organization__area_id__gte=low,
                    organization__area_id__lte=high,
                )
                .select_related("practitioner", "organization")
                .order_by("organization__area_id", "organization__code", "practitioner_id")
            )
            people = {(each.organization_id, each.practitioner_id): each for each in duties}
            found += [
                Sheet(
                    round=made,
                    level=level,
                    organization=duty.organization,
                    practitioner=duty.practitioner,
                    seat_key=duty.organization.area_id,
                    name=f"{duty.practitioner.name}（{duty.organization.name}）"[:120],
                )
                for duty in people.values()
            ]
            continue
        organizations = Organization.objects.filter(
            alive, Q(area_id__gte=low, area_id__lte=high), kind__in=national.KINDS[level]
        ).order_by("area_id", "code")
        found += [
            Sheet(round=made, level=level, organization=each, seat_key=each.area_id, name=each.name)
            for each in organizations
        ]
    return found


def _digest_sheets(found: Round) -> None:
    """The digest of each sheet: its total and the score that counts of each item."""
    levels = {each.level: each.digest for each in found.schemes.all()}
    rows = list(found.sheets.all())
    standing = sheets.standing_of(rows)
    for sheet in rows:
        said = {
            "sheet": sheet.id,
            "scheme": levels[sheet.level],
            "run": found.run_id,
            "exact": sheet.exact,
            "scores": {code: [str(score.id), score.exact] for code, score in standing[sheet.id].items()},
        }
        sheet.digest = hashlib.sha256(digests.canonical(said)).hexdigest()
    Sheet.objects.bulk_update(rows, ["digest"])


def _refuse_after_publication(found: Round) -> None:
    if found.state in (State.PUBLISHED, State.FINAL):
        raise Refused("结果已经公示，不能再改。", code="published")


def _locked(by: Actor, round_id: UUID, action: str) -> Round:
    found = Round.objects.select_for_update().filter(id=round_id).first()
    if found is None:
        raise Refused("没有这个评价轮次。", code="gone")
    policy.require(by, action, area_key=found.county_key)
    return found


def _audit(by: Actor, at: dt.datetime, found: Round, action: str, detail: dict[str, object]) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="evaluation_round",
        subject_id=found.id,
        area_key=found.scope_key,
        detail={"year": found.year, "number": found.number, **detail},
        at=at,
    )
