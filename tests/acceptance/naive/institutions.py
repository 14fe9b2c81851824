"""Who serves which village and who stands over whom, from the sheets of institutions and staff (records.md §1: the institution that
serves the address is responsible)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.acceptance.naive import reading, values

CLINIC, CENTRE = "村卫生室", "乡镇卫生院"


@dataclass
class Institutions:
    """Institutions and staff in the order of their sheets: where two are equal in everything the first one comes first."""

    kinds: dict[str, str] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    villages: dict[int, str] = field(default_factory=dict)
    staff: list[str] = field(default_factory=list)

    @property
    def codes(self) -> list[str]:
        """Clinics and centres, in order."""
        return [code for code, kind in self.kinds.items() if kind in (CLINIC, CENTRE)]

    def of_kind(self, kind: str) -> list[str]:
        """Those of one kind, in order."""
        return [code for code in self.codes if self.kinds[code] == kind]

    def centre(self, code: str) -> str | None:
        """The centre of a clinic."""
        return self.parents.get(code)

    def chain(self, village: int) -> tuple[str, ...]:
        """The clinic that serves a village, and its centre: a resident is counted at both."""
        clinic = self.villages[village]
        centre = self.parents.get(clinic)
        return (clinic,) if centre is None else (clinic, centre)


def of(tables: Sequence[reading.Table]) -> Institutions:
    """The institutions of a package."""
    found = Institutions()
    for table in tables:
        for row in table.rows if table.kind == "organizations" else ():
            code, kind = values.text(row.cells["机构代码"]), values.text(row.cells["机构类别"])
            found.kinds[code] = kind
            if kind == CLINIC:
                found.parents[code] = values.text(row.cells["上级机构代码"])
                served = values.text(row.cells.get("服务区划")) or values.text(row.cells["所在区划"])
                for each in re.split("[;,、]", served):
                    found.villages[int(each)] = code
        for row in table.rows if table.kind == "practitioners" else ():
            found.staff.append(f"{values.text(row.cells['姓名'])}@{values.text(row.cells['机构代码'])}")
    return found
