"""A decision on divisions as plain values: what it touches, a rehearsal, and the act, at once or by a job.

Everybody who lives in a merged township moves in one transaction. That takes longer than a page may, so what moves
more than `AT_ONCE` rows is handed to a job.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import transaction

from gongwei.base import actors, clock, jobs, problems, scope
from gongwei.base.job_progress import Progress
from gongwei.places import division_codes, operations, policy, reach, succession
from gongwei.places.models import Area, AreaChange, ServedArea

AT_ONCE = 2_000
_WHY = "the administrator decides on divisions and is told numbers only, no persons"


@dataclass(frozen=True)
class Touched:
    """What a decision touches: rows by the Chinese name of their table, and who serves the areas."""

    rows: tuple[tuple[str, int], ...]
    organizations: tuple[str, ...]

    @property
    def moving(self) -> int:
        """How many rows change their code."""
        return sum(count for _, count in self.rows)


def touched(*, by: actors.Actor, kind: str, said: Mapping[str, Any]) -> Touched:
    """Count what a decision moves. `said` is what `decide` takes. Raises policy.Forbidden."""
    moving = _moving(kind, said)
    for key in moving:
        policy.require(by, policy.AREA_EDIT, area_key=key)
    counts: Counter[str] = Counter()
    with scope.as_owner(_WHY):
        if kind == "split":
            key = division_codes.parse(said["key"])
            for grid_id, code in said.get("grids", {}).items():
                if division_codes.parse(code) != key:
                    counts.update(succession.count_grid(UUID(grid_id), key))
        else:
            for key in moving:
                counts.update(succession.count(key, division_codes.last(key)))
    serving = (
        ServedArea.objects.filter(reach.on_day(clock.today()), area__in=moving)
        .order_by("organization__area_id", "organization__code")
        .values_list("organization__name", flat=True)
    )
    return Touched(
        tuple((table_name(table), count) for table, count in sorted(counts.items())),
        tuple(dict.fromkeys(serving)),
    )


def table_name(table: str) -> str:
    """The Chinese name of a table's rows (居民, 家庭 …)."""
    names = {model._meta.db_table: str(model._meta.verbose_name) for model in apps.get_models()}
    return names.get(table, table)


def residents_of(*, by: actors.Actor, key: int) -> dict[str, int]:
    """Count the rows that stand under an area, by Chinese name. Raises policy.Forbidden."""
    policy.require(by, policy.AREA_EDIT, area_key=key)
    with scope.as_owner(_WHY):
        found = succession.count(key, division_codes.last(key))
    return {table_name(table): count for table, count in found.items()}


def _moving(kind: str, said: Mapping[str, Any]) -> list[int]:
    """The areas whose people may change their code."""
    if kind == "merge":
        keys = [division_codes.parse(key) for key in said["keys"]]
        kept = said["into"] if isinstance(said["into"], str) else ""
        return [key for key in keys if division_codes.text(key) != kept]
    return [division_codes.parse(said["key"])] if kind in ("split", "recode") else []


def decide(*, by: actors.Actor, at: dt.datetime, kind: str, said: Mapping[str, Any]) -> AreaChange:
    """Carry out a decision given as JSON values; returns what was kept of it. Raises what the operations raise."""
    if not said["on"]:
        raise problems.Refused("请填写生效日期。", field="on", code="required")
    common = {"by": by, "at": at, "on": dt.date.fromisoformat(said["on"]), "document": said["document"]}
    if kind == "create":
        extra = {
            name: said.get(name) or None for name in ("record_segment", "urban_rural_code") if said.get(name)
        }
        operations.create_area(**common, code=said["code"], name=said["name"], **extra)
    elif kind == "rename":
        operations.rename_area(**common, key=division_codes.parse(said["key"]), name=said["name"])
    elif kind == "recode":
        operations.recode_area(**common, key=division_codes.parse(said["key"]), code=said["code"])
    elif kind == "split":
        operations.split_area(
            **common,
            key=division_codes.parse(said["key"]),
            into=_parts(said["into"]),
            grids={UUID(grid): code for grid, code in said.get("grids", {}).items()},
            continues=said["continues"],
        )
    elif kind == "merge":
        into = said["into"]
        operations.merge_areas(
            **common,
            keys=[division_codes.parse(key) for key in said["keys"]],
            into=division_codes.parse(into) if isinstance(into, str) else _parts([into])[0],
        )
    else:
        raise ValueError(f"no such decision: {kind}")
    return AreaChange.objects.filter(kind=kind, recorded_by=by.account_id).order_by("-id").first()


def _parts(said: Sequence[Mapping[str, str]]) -> list[operations.NewArea]:
    return [operations.NewArea(part["code"], part["name"]) for part in said]


def rehearse(*, by: actors.Actor, at: dt.datetime, kind: str, said: Mapping[str, Any]) -> None:
    """Carry a decision out and take it back: raises exactly what the act would raise, and changes nothing."""
    with transaction.atomic():
        decide(by=by, at=at, kind=kind, said=said)
        transaction.set_rollback(True)


@jobs.job(name="行政区划变更：档案和机构随迁")
def decide_later(progress: Progress, *, kind: str, said: dict[str, Any]) -> dict[str, Any]:
    """Carry out a decision that moves many; started again after a kill, it is not done twice."""
    if progress.checkpoint:
        return dict(progress.checkpoint)
    progress.start(None, "正在随迁档案，完成前请不要办理相关区划的其他变更。")
    with transaction.atomic(), scope.acting(progress.by):
        change = decide(by=progress.by, at=clock.now(), kind=kind, said=said)
        moved = {table_name(table): count for table, count in change.moved.items()}
        with scope.as_owner("the progress of a job is kept by the job, whoever it acts for"):
            progress.keep({"moved": moved})
    return {"moved": moved}


def siblings(area: Area) -> list[Area]:
    """The areas of the same level that could be merged with one: those under the same parent, in use."""
    return list(
        Area.objects.filter(parent=area.parent_id, level=area.level, valid_until=None)
        .exclude(key=area.key)
        .order_by("key")
    )
