"""Scores on sheets: from the frozen run, by the institution itself, by evaluators; the totals that follow from them.

Nothing is overwritten: a score given again is a new version. Of the stages that count, 申诉 outranks 现场, 复核 and 系统.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base import audit
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused, Several
from gongwei.evaluation import readings, schemes, scoring, trees
from gongwei.evaluation.models import FraudDecision, Round, Score, Sheet
from gongwei.evaluation.scoring import Reading, Scored
from gongwei.evaluation.trees import Item, Tree
from gongwei.places import policy

Stage, State = Score.Stage, Round.State
#: Which stages count, the strongest first. A self-evaluation alone earns nothing.
COUNTING = (Stage.APPEAL, Stage.ON_SITE, Stage.REVIEW, Stage.SYSTEM)
#: In which states of a round a stage may be entered.
OPEN_FOR = {
    Stage.SELF: (State.SELF,),
    Stage.REVIEW: (State.REVIEW, State.ON_SITE),
    Stage.ON_SITE: (State.ON_SITE,),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody enters for an item: points outright, or the quantity its method turns into points.

    quantity: a number (a rate, a count, a place), True or False, or {kind of fault: how many}; `applicable` False: 不涉及.
    """

    item: str
    points: str = ""
    quantity: Any = None
    reason: str = ""
    applicable: bool = True


def score_system(*, by: Actor, at: dt.datetime, round_: Round) -> int:
    """Score the system items of all sheets of a round from its run; how many scores are new. Called by `rounds.choose_run`."""
    made = 0
    for each in round_.schemes.select_related("scheme"):
        tree = schemes.tree_of(each.scheme)
        rows = list(round_.sheets.filter(level=each.level))
        found = readings.of_sheets(round_, tree, rows)
        versions = _versions(rows)
        new = []
        for sheet in rows:
            for item in tree.items():
                one = found.get((sheet.id, item.code))
                if one is None:
                    continue
                scored = scoring.score(item, one.reading)
                former = versions.get((sheet.id, item.code, Stage.SYSTEM))
                said = str(scored.points), scored.state, one.said
                if former is None or (former.exact, former.state, former.reading) != said:
                    new.append(_score(sheet, item, Stage.SYSTEM, scored, one.said, "", former, by, at))
        made += len(Score.objects.bulk_create(new, batch_size=2000))
    total_all(round_, at=at)
    return made


@transaction.atomic
def enter(*, by: Actor, at: dt.datetime, sheet_id: UUID, stage: str, entries: Sequence[Entry]) -> list[Score]:
    """Enter scores of one stage on a sheet, all or none; what stands already the same is left out.

    Raises Refused: a stage the round is not open for; Several with `field` the item's code: unknown or system items
    self-evaluated, points out of bounds, a changed score without a reason; policy.Forbidden.
    """
    sheet = _locked(sheet_id)
    if stage == Stage.SELF:
        policy.require(by, policy.EVALUATION_SELF, organization_id=sheet.organization_id)
    else:
        policy.require(by, policy.EVALUATION_EDIT, area_key=sheet.seat_key)
    if sheet.round.state not in OPEN_FOR.get(Stage(stage), ()):
        raise Refused(f"本轮评价现在不能{Stage(stage).label}评分。", code="not_open")
    if stage == Stage.SELF and sheet.self_submitted_at is not None:
        raise Refused("自评已经提交，不能再改。", code="submitted")
    return _enter(by, at, sheet, Stage(stage), entries)


@transaction.atomic
def submit_self(*, by: Actor, at: dt.datetime, sheet_id: UUID) -> Sheet:
    """Hand the self-evaluation in; from then on the institution no longer changes it. Raises Refused, policy.Forbidden."""
    sheet = _locked(sheet_id)
    policy.require(by, policy.EVALUATION_SELF, organization_id=sheet.organization_id)
    if sheet.round.state != State.SELF:
        raise Refused("本轮评价现在不能自评。", code="not_open")
    if sheet.self_submitted_at is not None:
        raise Refused("自评已经提交。", code="submitted")
    sheet.self_submitted_at, sheet.self_submitted_by = at, by.account_id
    sheet.save(update_fields=["self_submitted_at", "self_submitted_by"])
    _audit(by, at, sheet, "request", {})
    return sheet


def after_appeal(
    *, by: Actor, at: dt.datetime, sheet_id: UUID, item: str, points: str, answer: str, appeal: UUID
) -> Score:
    """The score an appeal that was granted gives; the old ones stay. Called by `appeals.decide` in its transaction."""
    sheet = _locked(sheet_id)
    entry = Entry(item, points=points, reason=answer)
    made = _enter(by, at, sheet, Stage.APPEAL, [entry], {"appeal": str(appeal)})
    if not made:
        raise Refused("改后的得分与原来相同。", field="points", code="same")
    return made[0]


def standing_of(rows: Iterable[Sheet]) -> dict[UUID, dict[str, Score]]:
    """The score that counts of each item of sheets."""
    found: dict[UUID, dict[str, Score]] = defaultdict(dict)
    latest = _versions(list(rows))
    for stage in reversed(COUNTING):
        for (sheet_id, item, of), score in latest.items():
            if of == stage:
                found[sheet_id][item] = score
    return found


def total_all(round_: Round, *, at: dt.datetime) -> None:
    """Add all sheets of a round up again."""
    for each in round_.schemes.select_related("scheme"):
        total(list(round_.sheets.filter(level=each.level)), schemes.tree_of(each.scheme), at=at)


def total(rows: Sequence[Sheet], tree: Tree, *, at: dt.datetime) -> None:
    """Add sheets of one level up from the scores that count."""
    standing = standing_of(rows)
    decided = _decided(rows)
    for sheet in rows:
        scored = {
            code: Scored(Fraction(each.exact), each.state)
            for code, each in standing.get(sheet.id, {}).items()
        }
        for item in tree.items():
            if item.method == trees.VETO:
                scored[item.code] = scoring.score(item, Reading(decided=sheet.id in decided))
        found = scoring.total(tree, scored)
        sheet.points, sheet.exact = scoring.kept(found.points), str(found.points)
        sheet.branches = {code: str(points) for code, points in found.branches.items()}
        sheet.missing, sheet.not_applicable = list(found.missing), list(found.not_applicable)
        sheet.vetoed, sheet.computed_at = found.vetoed, at
    Sheet.objects.bulk_update(
        rows,
        ["points", "exact", "branches", "missing", "not_applicable", "vetoed", "computed_at"],
        batch_size=500,
    )


def tree_for(sheet: Sheet) -> Tree:
    """The tree a sheet is scored by."""
    return schemes.tree_of(sheet.round.schemes.select_related("scheme").get(level=sheet.level).scheme)


def _enter(
    by: Actor,
    at: dt.datetime,
    sheet: Sheet,
    stage: Stage,
    entries: Sequence[Entry],
    said: Mapping[str, Any] | None = None,
) -> list[Score]:
    tree = tree_for(sheet)
    latest = _versions([sheet])
    new, wrong = [], []
    for entry in entries:
        try:
            one = _entered(by, at, sheet, tree, stage, entry, latest, dict(said or {}))
        except (Refused, ValueError, TypeError, KeyError) as error:
            words = str(error) if isinstance(error, Refused | ValueError) and str(error) else "填写不正确"
            code = error.code if isinstance(error, Refused) else "entry"
            wrong.append(
                Refused(words if words.endswith("。") else f"{words}。", field=entry.item, code=code)
            )
            continue
        if one is not None:
            new.append(one)
    if wrong:
        raise Several(wrong)
    Score.objects.bulk_create(new)
    if new and stage != Stage.SELF:
        total([sheet], tree, at=at)
    if new:
        _audit(by, at, sheet, "update", {"stage": stage, "items": [each.item for each in new]})
    return new


def _entered(
    by: Actor,
    at: dt.datetime,
    sheet: Sheet,
    tree: Tree,
    stage: Stage,
    entry: Entry,
    latest: Mapping[tuple[UUID, str, str], Score],
    said: dict[str, Any],
) -> Score | None:
    try:
        item = tree.item(entry.item)
    except KeyError:
        raise Refused("没有这个指标。", code="unknown_item") from None
    if item.method == trees.VETO:
        raise Refused("一票否决只由弄虚作假认定产生，不能评分。", code="veto")
    if stage == Stage.SELF and item.is_system:
        raise Refused("这一项由系统取数，不需自评。", code="system_item")
    reading = _reading(item, entry)
    scored = scoring.score(item, reading)
    if scored.state == scoring.MISSING:
        raise Refused("请填写得分。", code="required")
    if entry.quantity is not None and not entry.points:
        said["quantity"] = entry.quantity if isinstance(entry.quantity, bool | dict) else str(entry.quantity)
    own = latest.get((sheet.id, item.code, stage))
    reason = entry.reason.strip()[:400]
    if own is not None and (own.exact, own.state, own.reason) == (str(scored.points), scored.state, reason):
        return None
    before = next(
        (
            found
            for each in (Stage.ON_SITE, Stage.REVIEW, Stage.SYSTEM, Stage.SELF)
            if each != stage and (found := latest.get((sheet.id, item.code, each))) is not None
        ),
        None,
    )
    changes = scored.points < item.points if before is None else before.exact != str(scored.points)
    if stage != Stage.SELF and not reason and (changes or scored.state == scoring.NOT_APPLICABLE):
        raise Refused("与前一环节不同或未得满分的，请写明理由。", code="reason")
    return _score(sheet, item, stage, scored, said, reason, own, by, at)


def _reading(item: Item, entry: Entry) -> Reading:
    if not entry.applicable:
        return Reading(applicable=False)
    if entry.points:
        return Reading(given=Fraction(trees.number(entry.points, "得分")))
    value = entry.quantity
    if value is None or value == "":
        return Reading()
    match item.method:
        case "yes_no":
            return Reading(holds=bool(value))
        case "deduct":
            counts = {str(kind): int(count) for kind, count in dict(value).items()}
            if any(count < 0 for count in counts.values()):
                raise ValueError("处数不能为负")
            return Reading(defects=counts)
        case "bonus":
            return Reading(count=_whole(value))
        case "rank":
            return Reading(place=_whole(value))
        case "manual":
            return Reading(given=Fraction(trees.number(value, "得分")))
    number = trees.number(value, "数值")
    if number < 0:
        raise ValueError("数值不能为负")
    return Reading(value=Fraction(number))


def _whole(value: Any) -> int:
    number = trees.number(value, "数量")
    if number != int(number) or number < 0:
        raise ValueError("应为不小于0的整数")
    return int(number)


def _versions(rows: Sequence[Sheet]) -> dict[tuple[UUID, str, str], Score]:
    """The latest version of each stage of each item."""
    found = Score.objects.filter(sheet__in=[each.id for each in rows]).order_by("version")
    return {(each.sheet_id, each.item, each.stage): each for each in found}


def _decided(rows: Sequence[Sheet]) -> set[UUID]:
    """The sheets of whose institution (or doctor) a confirmed decision of this round stands."""
    if not rows:
        return set()
    standing = FraudDecision.objects.filter(
        round=rows[0].round_id, state=FraudDecision.State.CONFIRMED
    ).values_list("organization_id", "practitioner_id")
    subjects = set(standing)
    return {
        each.id
        for each in rows
        if (each.organization_id, each.practitioner_id) in subjects
        or (each.practitioner_id is not None and (each.organization_id, None) in subjects)
    }


def _score(
    sheet: Sheet,
    item: Item,
    stage: Stage,
    scored: Scored,
    said: Mapping[str, Any],
    reason: str,
    former: Score | None,
    by: Actor,
    at: dt.datetime,
) -> Score:
    return Score(
        sheet=sheet,
        item=item.code,
        stage=stage,
        version=1 if former is None else former.version + 1,
        points=scoring.kept(scored.points),
        exact=str(scored.points),
        state=scored.state,
        reading=dict(said),
        reason=reason,
        at=at,
        by=by.account_id,
    )


def _locked(sheet_id: UUID) -> Sheet:
    sheet = Sheet.objects.select_for_update().filter(id=sheet_id).first()
    if sheet is None:
        raise Refused("没有这张评分表。", code="gone")
    return sheet


def _audit(by: Actor, at: dt.datetime, sheet: Sheet, action: str, detail: dict[str, Any]) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="evaluation_sheet",
        subject_id=sheet.id,
        area_key=sheet.seat_key,
        detail=detail,
        at=at,
    )
