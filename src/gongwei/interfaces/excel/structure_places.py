"""Areas and organizations of a package, written by the operations of places, those above before those below."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from gongwei.base import clock
from gongwei.base.problems import Refused
from gongwei.interfaces.excel import structure
from gongwei.interfaces.excel.cells import Unreadable
from gongwei.interfaces.excel.parsing import Line
from gongwei.interfaces.excel.structure import Made, Outcome, State
from gongwei.places import division_codes, operations, queries
from gongwei.residents import queries as residents

DOCUMENT = "数据迁移导入"


class Areas(structure.OneByOne):
    """区划: a code once; another name or classification of a code that is there is no change but a question."""

    def _write(self, at: dt.datetime, lines: Sequence[Line]) -> list[Outcome]:
        # A code above ends in more zeros, so that counties come before townships and these before villages.
        order = sorted(lines, key=lambda line: (-_zeros(line.values["=code"]), line.position))
        found = {line.position: self.one(line, lambda line=line: self._area(at, line)) for line in order}  # type: ignore[misc]
        return [found[line.position] for line in lines]

    def _area(self, at: dt.datetime, line: Line) -> Outcome:
        key, values = line.values["=code"], line.values
        there = queries.area(key)
        if there is not None:
            named = {each.name for each in queries.area_names(key)}
            name = values["=name"] if values["=name"] in named else there.name
            kept = {
                "=name": (name, there.name),
                "=urban_rural_code": (there.urban_rural_code, there.urban_rural_code or "空"),
                "=from_on": (
                    max(there.valid_from, values.get("=from_on") or there.valid_from),
                    there.valid_from.isoformat(),
                ),
            }
            return (State.REJECTED if self.differing(line, kept) else State.EXISTING), UUID(int=key)
        made = operations.create_area(
            by=self.by,
            at=at,
            code=division_codes.text(key),
            name=values["=name"],
            on=self._since(at, line, division_codes.ancestors(key)),
            document=values.get("=document") or DOCUMENT,
            urban_rural_code=values.get("=urban_rural_code"),
        )
        return State.APPLIED, UUID(int=made.key)

    def _since(self, at: dt.datetime, line: Line, above: Sequence[int]) -> dt.date:
        """The day it is in use from: not before the area above, which a county often gave the day it began with."""
        said: dt.date | None = line.values.get("=from_on")
        first = next((area.valid_from for key in above if (area := queries.area(key))), None)
        if said is None:
            return first or clock.day_of(at)
        if first is not None and said < first:
            self.say(
                line,
                "=from_on",
                f"早于上级区划的启用日期，按上级的{first.isoformat()}登记",
                rule="clamped",
                severity="warn",
            )
            return first
        return said

    def _undo(self, at: dt.datetime, row: Made) -> None:
        raise Refused("区划代码用过即不能收回，区划仍保留", hint="确不再使用的，请在“行政区划”中合并。")


def _zeros(key: int) -> int:
    return len(str(key)) - len(str(key).rstrip("0"))


class Organizations(structure.OneByOne):
    """机构 with whom they serve; parents first, whatever order the rows stand in."""

    def _write(self, at: dt.datetime, lines: Sequence[Line]) -> list[Outcome]:
        found = {}
        for line in _parents_first(lines):
            found[line.position] = self.one(line, lambda line=line: self._organization(at, line))  # type: ignore[misc]
        return [found[line.position] for line in lines]

    def _organization(self, at: dt.datetime, line: Line) -> Outcome:
        values = line.values
        area = self._area(line, "=area", values["=area"])
        served = [
            self._area(line, "=served", each.strip())
            for each in values.get("=served", "").replace(";", "；").replace("、", "；").split("；")
            if each.strip()
        ]
        parent = self._parent(values.get("=parent"))
        there = queries.organization_of_code(values["=code"])
        if there is not None:
            serves = {each.area_id for each in queries.served_areas(there.id) if each.until_on is None}
            same_area = values["=area"] if area == there.area_id else there.area_id
            kept = {
                "=name": (there.name, there.name),
                "=kind": (there.kind, there.get_kind_display()),
                "=parent": (
                    values.get("=parent") if parent == there.parent_id else None,
                    there.parent.code if there.parent else "空",
                ),
                "=area": (same_area, there.area.name),
                "=credit_code": (there.credit_code, there.credit_code or "空"),
                "=phone": (there.phone, there.phone or "空"),
                "=served": (values.get("=served") if set(served) <= serves else None, "其他区划"),
            }
            closed = there.active_until is not None and self.taken_back(there.id)
            if closed:
                kept.pop("=served")
            if self.differing(line, kept):
                return State.REJECTED, there.id
            if closed:
                self._again(at, there.id, served)
                return State.APPLIED, there.id
            return State.EXISTING, there.id
        seat = queries.area(area)
        since = values.get("=from_on") or (seat.valid_from if seat else clock.day_of(at))
        made = operations.create_organization(
            by=self.by,
            at=at,
            code=values["=code"],
            name=values["=name"],
            kind=values["=kind"],
            area_key=area,
            parent_id=parent,
            credit_code=values.get("=credit_code"),
            phone=values.get("=phone", ""),
            active_from=since,
        )
        for key in dict.fromkeys(served):
            begins = queries.area(key)
            operations.set_served_area(
                by=self.by,
                at=at,
                organization_id=made.id,
                area_key=key,
                from_on=max(since, begins.valid_from) if begins else since,
            )
        return State.APPLIED, made.id

    def _again(self, at: dt.datetime, key: UUID, served: Sequence[int]) -> None:
        operations.reopen_organization(by=self.by, at=at, organization_id=key)
        for area in dict.fromkeys(served):
            operations.set_served_area(
                by=self.by, at=at, organization_id=key, area_key=area, from_on=self._free_from(at, key, area)
            )

    @staticmethod
    def _free_from(at: dt.datetime, key: UUID, area: int) -> dt.date:
        """Today, or the day on which what was served before ends."""
        ends = [each.until_on for each in queries.served_areas(key) if each.area_id == area and each.until_on]
        return max([clock.day_of(at), *ends])

    def _area(self, line: Line, identifier: str, text: str) -> int:
        try:
            return self.parser.names.area(text, self.parser.layout.by_identifier[identifier].heading)
        except Unreadable as wrong:
            raise Refused(wrong.message, field=identifier[1:], code=wrong.code, hint=wrong.hint) from None

    @staticmethod
    def _parent(code: str | None) -> UUID | None:
        if not code:
            return None
        found = queries.organization_of_code(code)
        if found is None:
            raise Refused(
                f"没有机构代码为“{code}”的上级机构",
                field="parent",
                code="unknown",
                hint="请先导入上级机构，或核对代码。",
            )
        return found.id

    def _undo(self, at: dt.datetime, row: Made) -> None:
        organization = queries.organization(row.made)
        if organization is None or organization.active_until is not None:
            return
        if residents.managed_by(organization.id):
            raise Refused("有居民档案由该机构管理")
        if queries.running_duties(organization.id, clock.day_of(at)):
            raise Refused("有人在该机构任职")
        on = max(clock.day_of(at), organization.active_from + dt.timedelta(days=1))
        operations.close_organization(by=self.by, at=at, organization_id=organization.id, on=on)


def _parents_first(lines: Sequence[Line]) -> list[Line]:
    """Lines so that each parent in the file stands before those under it; a circle is left in its order and refused later."""
    codes = {line.values["=code"].upper() for line in lines}
    waiting, done, ordered = list(lines), set(), []
    while waiting:
        ready = [
            line
            for line in waiting
            if (line.values.get("=parent") or "").upper() not in codes - done
            or line.values.get("=parent", "").upper() == line.values["=code"].upper()
        ]
        if not ready:
            return ordered + waiting
        ordered += ready
        done |= {line.values["=code"].upper() for line in ready}
        left = {line.position for line in ready}
        waiting = [line for line in waiting if line.position not in left]
    return ordered
