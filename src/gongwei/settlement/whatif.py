"""What if: the money of a settlement worked out again with other prices, weights, shares or scores, before anything is published.

The services that were counted are taken as they are and only weighed and priced anew, by the same arithmetic; nothing is stored.
What would change the counting itself (claims, findings, the days of late entry, remote villages) asks for a new run.

    whatif.compare(run, {"village_share": "0.45", "items": {"htn.follow_up": {"weight": "1.2"}}}, scores={clinic: "91"})
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from gongwei.base.problems import Refused
from gongwei.settlement import apportioning, gathering, running, schemes
from gongwei.settlement.run_models import RunTally, RunUnit, SettlementRun

#: Parts of a scheme that decide which records count: a change of these is a new run.
COUNTING = ("claims", "findings")


@dataclass(frozen=True, slots=True)
class Moved:
    """One institution or township before and after, in fen."""

    id: UUID
    name: str
    level: str
    town_id: UUID
    before_base_fen: int
    after_base_fen: int
    before_due_fen: int
    after_due_fen: int
    before_final_fen: int
    after_final_fen: int

    @property
    def difference_fen(self) -> int:
        """What it is due more (less)."""
        return self.after_due_fen - self.before_due_fen


@dataclass(frozen=True)
class Comparison:
    """A settlement beside what it would be. by_service: amount of each service before and after. village: the check of the
    village share before and after. The sums of towns are the sums of units; `total` is both wholes."""

    scheme: schemes.Scheme
    units: tuple[Moved, ...]
    towns: tuple[Moved, ...]
    by_service: Mapping[str, tuple[int, int]]
    village: tuple[Any, Any]
    total: tuple[int, int]

    @property
    def due(self) -> tuple[int, int]:
        """All that is due, before and after."""
        return sum(each.before_due_fen for each in self.units), sum(each.after_due_fen for each in self.units)


def case_of(
    run: SettlementRun,
    changes: Mapping[str, Any] | None = None,
    *,
    scores: Mapping[UUID, str] | None = None,
    total_fen: int | None = None,
) -> apportioning.Case:
    """The case of a settlement, with some of its inputs changed.

    Raises:
        Refused: a change that would count other records, an unknown part, or a scheme that is none.
    """
    stood = run.inputs["scheme"]["content"]
    scheme = schemes.read(_changed(stood, changes or {}))
    units = {
        row.organization_id: apportioning.Unit(row.organization_id, row.level, row.town_id, row.persons)
        for row in RunUnit.objects.filter(run=run)
    }
    judged = {
        UUID(key): apportioning.Judged(Fraction(said["exact"]), said["veto"] is not None)
        for key, said in run.inputs["scores"].items()
    }
    for key, points in (scores or {}).items():
        try:
            number = Fraction(points)
        except ValueError:
            raise Refused("请填写得分，如91.5。", field="scores", code="number") from None
        judged[key] = apportioning.Judged(number, judged.get(key, apportioning.Judged(None)).veto)
    taken_over = {UUID(former): UUID(heir) for former, heir in run.inputs.get("successions", ())}
    judged |= gathering.inherited(judged, taken_over)
    stood_total = run.inputs["money"]["total_fen"]
    bases = run.inputs["bases"]
    return apportioning.Case(
        scheme,
        units,
        running.works(RunTally.objects.filter(run=run, reason=""), scheme),
        total_fen if total_fen is not None else stood_total if stood_total is not None else run.total_fen,
        judged,
        {UUID(key): amount for key, amount in run.inputs["prepaid"].items()},
        # Another whole or village share asks for other bases than those of the approved allocation.
        None
        if bases is None or total_fen is not None or "village_share" in (changes or {})
        else {UUID(key): amount for key, amount in bases.items()},
        {
            (UUID(unit), UUID(person)): Fraction(exact)
            for unit, person, exact in run.inputs.get("staff_scores", ())
        },
    )


def compare(
    run: SettlementRun,
    changes: Mapping[str, Any] | None = None,
    *,
    scores: Mapping[UUID, str] | None = None,
    total_fen: int | None = None,
) -> Comparison:
    """A settlement beside what it would be. Raises as `case_of`; Refused where there is nothing to divide by."""
    return between(run, case_of(run), case_of(run, changes, scores=scores, total_fen=total_fen))


def schemes_beside(run: SettlementRun, first: Mapping[str, Any], second: Mapping[str, Any]) -> Comparison:
    """Two schemes side by side on the services and people of one settlement: each is the content of a whole scheme."""
    return between(run, case_of(run, first), case_of(run, second))


def between(run: SettlementRun, one: apportioning.Case, two: apportioning.Case) -> Comparison:
    """Two cases of one settlement, institution by institution and township by township."""
    try:
        before, after = apportioning.apportion(one), apportioning.apportion(two)
    except ValueError as problem:
        raise Refused(f"{problem}。", code="cannot_divide") from None
    names = dict(
        RunUnit.objects.filter(run=run).order_by("seat_key", "level").values_list("organization_id", "name")
    )
    moved = [
        Moved(
            key,
            name,
            one.units[key].level,
            one.units[key].town,
            *_beside(before.results[key], after.results[key]),
        )
        for key, name in names.items()
    ]
    groups: dict[UUID, list[Moved]] = defaultdict(list)
    for each in moved:
        groups[each.town_id].append(each)
    towns = [
        Moved(
            town,
            names.get(town, ""),
            apportioning.TOWN,
            town,
            *(sum(column) for column in zip(*map(_sums, own), strict=True)),
        )
        for town, own in groups.items()
    ]
    services: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for place, made in enumerate((before, after)):
        for line in made.lines:
            services[line.service][place] += line.amount_fen
    return Comparison(
        two.scheme,
        tuple(moved),
        tuple(towns),
        {service: (old, new) for service, (old, new) in sorted(services.items())},
        (before.village, after.village),
        (before.total_fen, after.total_fen),
    )


def _beside(old: apportioning.Result, new: apportioning.Result) -> tuple[int, ...]:
    return (
        old.payment.base_fen, new.payment.base_fen, old.payment.due_fen, new.payment.due_fen,
        old.payment.final_fen, new.payment.final_fen,
    )  # fmt: skip


def _sums(each: Moved) -> tuple[int, ...]:
    return (
        each.before_base_fen, each.after_base_fen, each.before_due_fen, each.after_due_fen,
        each.before_final_fen, each.after_final_fen,
    )  # fmt: skip


def _changed(stood: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A scheme's content with some parts changed; parts of parts (items, ratio, late ...) are laid over what stands."""
    content = deepcopy(dict(stood))
    for name, value in changes.items():
        if name not in content:
            raise Refused(f"分配方案没有“{name}”这一部分。", code="unknown_part")
        if name in COUNTING and value != content[name]:
            raise Refused("计入规则（只付一次、疑点）改变后应重新计算，不能试算。", code="recount")
        if isinstance(value, Mapping) and isinstance(content[name], dict):
            _laid_over(content[name], value)
        else:
            content[name] = deepcopy(value)
    if (
        any(content["late"].get(name) != stood["late"].get(name) for name in ("days", "moved_in"))
        or content["remote"]["areas"] != stood["remote"]["areas"]
    ):
        raise Refused("迟录天数、迁入记录的迟录、边远村名单改变后应重新计算，不能试算。", code="recount")
    return content


def _laid_over(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for name, value in above.items():
        if isinstance(value, Mapping) and isinstance(below.get(name), dict):
            _laid_over(below[name], value)
        else:
            below[name] = deepcopy(value)
