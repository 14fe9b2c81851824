"""What changed between two settlements of the same money, line by line and institution by institution, and because of what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gongwei.settlement import appealing
from gongwei.settlement.run_models import RunLine, RunUnit, SettlementRun


@dataclass(frozen=True, slots=True)
class LineDifference:
    """What changed between two settlements at one institution, practitioner and service, and because of what: `causes` of
    records, granted, price, coefficient, share, whole, score, prepaid (words in CAUSES)."""

    organization_id: UUID
    practitioner_id: UUID | None
    service_code: str
    before_fen: int
    after_fen: int
    before_records: int
    after_records: int
    causes: tuple[str, ...]

    @property
    def difference_fen(self) -> int:
        """What it is more (less) now."""
        return self.after_fen - self.before_fen


#: Why a line or an institution's amount differs.
CAUSES = {
    "records": "计入的服务次数",
    "granted": "申诉认定",
    "price": "单价或当量",
    "coefficient": "质量系数",
    "share": "分担比例",
    "whole": "总额或其他机构的工作量",
    "score": "年度得分或一票否决",
    "base": "基数",
    "prepaid": "已预拨金额",
}


def difference(before: SettlementRun, after: SettlementRun) -> list[LineDifference]:
    """Line by line what a later settlement gives otherwise, with the causes; lines that are the same are left out."""
    one, two = _keyed(before), _keyed(after)
    decided = appealing.decided_between(before, after)
    whole = before.total_fen != after.total_fen
    found = []
    for key in sorted({*one, *two}, key=lambda each: tuple(str(part) for part in each)):
        old, new = one.get(key), two.get(key)
        if (
            old is not None
            and new is not None
            and (old["amount_fen"], old["records"]) == (new["amount_fen"], new["records"])
        ):
            continue
        causes = _causes(old, new, whole)
        if (key[1], key[3]) in decided and "records" in causes:
            causes = ("granted", *causes)
        found.append(
            LineDifference(
                key[0],
                key[2],
                key[3],
                0 if old is None else old["amount_fen"],
                0 if new is None else new["amount_fen"],
                0 if old is None else old["records"],
                0 if new is None else new["records"],
                causes,
            )
        )
    return found


def unit_difference(
    before: SettlementRun, after: SettlementRun
) -> list[tuple[RunUnit | None, RunUnit | None, tuple[str, ...]]]:
    """Institution by institution what a later settlement gives otherwise: the unit before, after, and the causes (CAUSES)."""
    one = {each.organization_id: each for each in RunUnit.objects.filter(run=before)}
    two = {each.organization_id: each for each in RunUnit.objects.filter(run=after)}
    found = []
    for key in sorted({*one, *two}, key=str):
        old, new = one.get(key), two.get(key)
        causes = []
        if old is None or new is None or old.base_fen != new.base_fen:
            causes.append("base")
        if old is not None and new is not None:
            if (old.points, old.veto, old.ratio) != (new.points, new.veto, new.ratio):
                causes.append("score")
            if old.prepaid_fen != new.prepaid_fen:
                causes.append("prepaid")
        if causes:
            found.append((old, new, tuple(causes)))
    return found


#: What a line is known by in every settlement of the same money.
_KEY = ("organization_id", "origin_id", "practitioner_id", "service")


def _keyed(of: SettlementRun) -> dict[tuple[Any, ...], dict[str, Any]]:
    columns = ("records", "quantity", "weight", "unit_fen", "coefficient", "share", "amount_fen")
    rows = RunLine.objects.filter(run=of).values(*_KEY, *columns)
    return {tuple(row[name] for name in _KEY): row for row in rows}


def _causes(old: dict[str, Any] | None, new: dict[str, Any] | None, whole: bool) -> tuple[str, ...]:
    if old is None or new is None:
        return ("records",)
    found = [
        cause
        for cause, names in (
            ("records", ("records", "quantity")),
            ("price", ("weight", "unit_fen")),
            ("coefficient", ("coefficient",)),
            ("share", ("share",)),
        )
        if any(old[name] != new[name] for name in names)
    ]
    # In a pool an amount also moves when the whole does, or somebody else's work.
    if not found or (whole and new["unit_fen"] is None):
        found.append("whole")
    return tuple(found)
