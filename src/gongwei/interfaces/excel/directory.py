"""Whom and what a name in a cell means: staff, organizations and villages of what somebody looks after, asked once."""

from collections import defaultdict
from functools import cached_property
from typing import Any
from uuid import UUID

from gongwei.base import actors, clock
from gongwei.interfaces.excel import cells
from gongwei.interfaces.excel.cells import Raw, Unreadable
from gongwei.places import queries as places


class Directory:
    """Names of an actor's places both ways. Somebody who has left is still found: the services were done."""

    def __init__(self, actor: actors.Actor) -> None:
        self.actor = actor

    def load(self) -> None:
        """Ask for all names now: those of a moment that will be taken back (the preview of a package)."""
        for each in (
            self._staff_by_name,
            self._organizations,
            self._organization_of,
            self._villages,
            self.village_titles,
        ):
            len(each)

    @cached_property
    def _organizations(self) -> list[dict[str, Any]]:
        return list(places.organizations(self.actor).values("id", "code", "name"))

    @cached_property
    def _staff(self) -> list[dict[str, Any]]:
        rows = places.organizations(self.actor).filter(staff__isnull=False)
        return list(rows.values("id", "name", "staff__id", "staff__name", "staff__active_until"))

    @cached_property
    def _staff_by_name(self) -> dict[str, list[UUID]]:
        found: dict[str, dict[UUID, None]] = defaultdict(dict)
        for row in self._staff:
            for spelling in (
                row["staff__name"],
                f"{row['staff__name']}({row['name']})",
                str(row["staff__id"]),
            ):
                found[_key(spelling)][row["staff__id"]] = None
        return {name: list(keys) for name, keys in found.items()}

    @cached_property
    def _titles(self) -> dict[str, str]:
        names = [row["staff__name"] for row in self._staff]
        return {
            str(row["staff__id"]): row["staff__name"]
            if names.count(row["staff__name"]) == 1
            else f"{row['staff__name']}（{row['name']}）"
            for row in self._staff
        }

    def practitioner(self, text: str, label: str) -> UUID:
        """The practitioner of a name or of “姓名（机构）”. Raises Unreadable when there is none or more than one."""
        found = self._staff_by_name.get(_key(text), [])
        if len(found) == 1:
            return found[0]
        if found:
            raise Unreadable(
                f"“{label}”的“{text}”有{len(found)}位同名", "ambiguous_name", "请写成“姓名（机构名称）”。"
            )
        raise Unreadable(
            f"“{label}”没有“{text}”这位医务人员", "unknown_name", "请核对姓名，或先在“机构与人员”中登记。"
        )

    def practitioner_title(self, key: str) -> str:
        """The name `practitioner` finds the id again by; the id itself for somebody of another place."""
        return self._titles.get(key, key)

    @cached_property
    def _organization_of(self) -> dict[UUID, UUID]:
        return {row["staff__id"]: row["id"] for row in self._staff}

    def organization_of(self, practitioner_id: UUID | None) -> UUID | None:
        """Where a practitioner works."""
        return self._organization_of.get(practitioner_id) if practitioner_id else None

    @cached_property
    def doctors(self) -> tuple[str, ...]:
        """Names for the drop-down of a template: those who work here now, at most 500."""
        today = clock.today()
        alive = [
            row
            for row in self._staff
            if row["staff__active_until"] is None or row["staff__active_until"] > today
        ]
        return tuple(sorted({self._titles[str(row["staff__id"])] for row in alive}))[:500]

    def organization(self, raw: Raw, label: str) -> UUID:
        """The organization of a name or a code. Raises Unreadable."""
        text = cells.narrow(raw, label)
        found = {
            row["id"] for row in self._organizations if text in (row["code"], cells.narrow(row["name"], ""))
        }
        if len(found) == 1:
            return found.pop()
        what = "有同名的机构" if found else f"没有“{text}”这个机构"
        raise Unreadable(f"“{label}”{what}", "unknown_organization", "请写机构全称或机构编码。")

    @cached_property
    def organization_titles(self) -> dict[UUID, str]:
        """Names of organizations; the code where two have one name."""
        names = [row["name"] for row in self._organizations]
        return {
            row["id"]: row["name"] if names.count(row["name"]) == 1 else row["code"]
            for row in self._organizations
        }

    @cached_property
    def _villages(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for area in places.areas_in(self.actor.areas).filter(level="village").select_related("parent"):
            for spelling in (
                str(area.key),
                area.name,
                f"{area.parent.name}{area.name}" if area.parent else area.name,
            ):
                found[_key(spelling)].add(area.key)
        return found

    @cached_property
    def _areas(self) -> dict[str, set[int]]:
        """Areas of every level by code, name, and name with those above it."""
        found: dict[str, set[int]] = defaultdict(set)
        ranges = self.actor.areas or places.ranges(self.actor)
        for area in places.areas_in(ranges).select_related("parent__parent"):
            spelling, above = "", area
            found[_key(str(area.key))].add(area.key)
            while above is not None and above.level not in ("province", "city"):
                spelling = above.name + spelling
                found[_key(spelling)].add(area.key)
                above = above.parent if above.parent_id and "parent" in above._state.fields_cache else None
        return found

    def area(self, text: str, label: str) -> int:
        """The area of any level of a 12-digit code or a name (“乡镇名称村名称”). Raises Unreadable."""
        found = self._areas.get(_key(text), set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            raise Unreadable(
                f"“{label}”的“{text}”有同名的区划", "ambiguous_name", "请写成“乡镇名称村名称”或12位区划代码。"
            )
        raise Unreadable(
            f"“{label}”没有“{text}”这个区划", "unknown_area", "请写区划全称或12位区划代码，或先导入区划。"
        )

    @cached_property
    def village_titles(self) -> dict[int, str]:
        """Names of villages for drop-downs and exports, with the township where two have one name."""
        villages = list(
            places.areas_in(self.actor.areas).filter(level="village").select_related("parent").order_by("key")
        )
        names = [each.name for each in villages]
        return {
            each.key: each.name
            if names.count(each.name) == 1 or not each.parent
            else f"{each.parent.name}{each.name}"
            for each in villages
        }

    def village(self, raw: Raw, label: str) -> int:
        """The village of a name, of township and village, or of its 12-digit code. Raises Unreadable."""
        text = cells.shown(raw) if isinstance(raw, int | float) else cells.narrow(raw, label)
        found = self._villages.get(_key(text), set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            raise Unreadable(
                f"“{label}”的“{text}”有同名的村（居）",
                "ambiguous_name",
                "请写成“乡镇名称村名称”或12位区划代码。",
            )
        raise Unreadable(
            f"“{label}”没有“{text}”这个村（居）", "unknown_area", "请写村（居）委会全称或12位区划代码。"
        )


def _key(text: str) -> str:
    return cells.narrow(text, "").replace(" ", "")
