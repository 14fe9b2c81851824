"""Divisions: made, renamed, split, merged, given another code. People and organizations follow in the same transaction.

Large ones (a whole township) take long: pages hand them to a job.
"""

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import count
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from gongwei.base import actors, audit, changes, clock, pinyin, problems, scope
from gongwei.places import division_codes, lineage, policy, succession
from gongwei.places.models import Area, AreaChange, AreaName, Grid, ServedArea


@dataclasses.dataclass(frozen=True)
class NewArea:
    """An area to be made: its 12-digit code and name, and what cannot be told from the code."""

    code: str
    name: str
    record_segment: str | None = None
    urban_rural_code: str | None = None


@transaction.atomic
def create_area(
    *,
    by: actors.Actor,
    at: dt.datetime,
    code: str,
    name: str,
    on: dt.date,
    document: str,
    record_segment: str | None = None,
    urban_rural_code: str | None = None,
) -> Area:
    """Make an area under the one its code names. The record segment is proposed from the code when not given.

    Raises policy.Forbidden; problems.Refused for a bad, used or orphaned code.
    """
    key = division_codes.parse(code)
    policy.require(by, policy.AREA_EDIT, area_key=key)
    _check_decision(on, document, at)
    area = _make(NewArea(code, name, record_segment, urban_rural_code), on)
    _decide(by, at, AreaChange.Kind.CREATE, on, document, [], [key], Counter())
    return area


@transaction.atomic
def rename_area(
    *, by: actors.Actor, at: dt.datetime, key: int, name: str, on: dt.date, document: str
) -> Area:
    """Call an area by another name from a day on; the former name stays in its history."""
    area = _alive(by, key, on)
    _check_decision(on, document, at)
    if area.name == (name := _name(name)):
        raise problems.Refused("新名称与现用名称相同。", field="name", code="same_name")
    AreaName.objects.filter(area=area, from_on__gte=on).update(from_on=on, name=name)
    if not AreaName.objects.filter(area=area, from_on=on).exists():
        AreaName.objects.filter(area=area, until_on=None).update(until_on=on)
        AreaName.objects.create(area=area, name=name, from_on=on)
    area.name, area.initials = name, pinyin.word_initials(name)
    area.save(update_fields=["name", "initials"])
    _decide(by, at, AreaChange.Kind.RENAME, on, document, [key], [key], Counter())
    return area


@transaction.atomic
def split_area(
    *,
    by: actors.Actor,
    at: dt.datetime,
    key: int,
    into: Sequence[NewArea],
    on: dt.date,
    document: str,
    grids: Mapping[UUID, str] | None = None,
    continues: bool = True,
) -> list[Area]:
    """Divide a village. With `continues` the old one goes on beside the new ones, else it ends on the day.

    Households and residents move with their grid (`grids`: grid id → code of a part). Those of no grid stay under the
    old code, also when it has ended, until somebody gives them a new one.
    Raises policy.Forbidden, problems.Refused.
    """
    area = _alive(by, key, on)
    _check_decision(on, document, at)
    if area.level != "village":
        raise problems.Refused(
            "目前只支持拆分村（居）委会；乡级拆分请先设立新乡镇，再变更所属村的代码。", code="level"
        )
    if not into or (not continues and len(into) < 2):
        raise problems.Refused("拆分后应至少有两个区划。", field="into", code="parts")
    parts = [_make(new, on, beside=area) for new in into]
    targets = {part.key for part in parts} | ({key} if continues else set())
    moved: Counter[str] = Counter()
    for grid_id, code in (grids or {}).items():
        target = division_codes.parse(code, field="grids")
        if target not in targets or not Grid.objects.filter(id=grid_id, area=key).exists():
            raise problems.Refused("网格应属于被拆分的村，并分到拆分后的村之一。", field="grids", code="grid")
        if target != key:
            with scope.as_owner("residents follow their grid; the administrator may not see them"):
                moved.update(succession.move_grid(grid_id, key, target))
    _serve_as_before([area], parts, on)
    if not continues:
        _end(area, on)
    _decide(by, at, AreaChange.Kind.SPLIT, on, document, [key], sorted(targets), moved)
    return parts


@transaction.atomic
def merge_areas(
    *, by: actors.Actor, at: dt.datetime, keys: Sequence[int], into: NewArea | int, on: dt.date, document: str
) -> Area:
    """Make one area of several of the same level: a new one, or one of them that goes on.

    Everybody and everything below moves; villages of merged townships get a code below the new one (`recode_area`).
    """
    _check_decision(on, document, at)
    merged = [_alive(by, key, on) for key in dict.fromkeys(keys)]
    if len({area.level for area in merged}) != 1 or len(merged) < 2:
        raise problems.Refused("合并应选择两个以上同级区划。", field="keys", code="parts")
    if isinstance(into, NewArea):
        target = _make(into, on, beside=merged[0])
    else:
        found = next((area for area in merged if area.key == into), None)
        if found is None:
            raise problems.Refused("合并后沿用的区划应是被合并的区划之一。", field="into", code="parts")
        target = found
    ended = [area for area in merged if area.key != target.key]
    _serve_as_before(ended, [target], on)
    moved: Counter[str] = Counter()
    for area in ended:
        moved += _follow(by, at, area, target, on, document)
        _end(area, on)
    _decide(by, at, AreaChange.Kind.MERGE, on, document, sorted(a.key for a in merged), [target.key], moved)
    return target


@transaction.atomic
def recode_area(
    *, by: actors.Actor, at: dt.datetime, key: int, code: str, on: dt.date, document: str
) -> Area:
    """Give an area another code (撤县设区, a village under another township): it ends and goes on under the new one."""
    area = _alive(by, key, on)
    policy.require(by, policy.AREA_EDIT, area_key=division_codes.parse(code))
    _check_decision(on, document, at)
    return _recode(by, at, area, code, on, document)


def _recode(by: actors.Actor, at: dt.datetime, area: Area, code: str, on: dt.date, document: str) -> Area:
    new = _make(NewArea(code, area.name, None, area.urban_rural_code), on, beside=area)
    _serve_as_before([area], [new], on)
    moved = _follow(by, at, area, new, on, document)
    _end(area, on)
    _decide(by, at, AreaChange.Kind.RECODE, on, document, [area.key], [new.key], moved)
    return new


def _follow(
    by: actors.Actor, at: dt.datetime, old: Area, new: Area, on: dt.date, document: str
) -> Counter[str]:
    """Move what stands right under an area, and recode the areas below it; returns the rows changed by table."""
    width = division_codes.last(old.key) - old.key + 1
    for child in Area.objects.filter(parent=old, valid_until=None).order_by("key"):
        wanted = new.key + child.key % width
        if Area.objects.filter(key=wanted).exists():
            wanted = _free_code(new, child)
        _recode(by, at, child, division_codes.text(wanted), on, document)
    with scope.as_owner("residents follow their area; the administrator may not see them"):
        _tell_grids_apart(old, new)
        return Counter(succession.move(old.key, new.key))


def _tell_grids_apart(old: Area, new: Area) -> None:
    """Two villages may both have a 第一网格: the one that comes in carries the name of its village from then on."""
    taken = set(Grid.objects.filter(area=new, active_until=None).values_list("name", flat=True))
    for grid in Grid.objects.filter(area=old, active_until=None, name__in=taken):
        wished = (f"{old.name}{grid.name}{number or ''}"[-50:] for number in count())
        name = next(each for each in wished if each not in taken)
        taken.add(name)
        Grid.objects.filter(id=grid.id).update(name=name)


def _free_code(parent: Area, child: Area) -> int:
    """The next free code below a parent, in the child's hundred (居委会, 村委会) and then in the others of its kind."""
    step = division_codes.last(child.key) - child.key + 1
    own = (child.key % (division_codes.last(parent.key) - parent.key + 1)) // step
    used = set(Area.objects.filter(parent=parent).values_list("key", flat=True))
    hundred = own // 100 * 100
    for number in [*range(own, hundred + 100), *range(max(1, hundred), own)]:
        key = parent.key + number * step
        if key <= parent.last_key and key not in used:
            return key
    raise problems.Refused(f"{parent.name}之下没有空余的区划代码。", code="division_code")


def _make(new: NewArea, on: dt.date, *, beside: Area | None = None) -> Area:
    key = division_codes.parse(new.code)
    division_codes.check_kind(key)
    level = division_codes.level(key)
    if beside is not None and division_codes.level(beside.key) != level:
        raise problems.Refused("新区划应与原区划同级。", field="code", code="level")
    with connection.cursor() as cursor:  # siblings are made one after another: segments are handed out
        cursor.execute("select pg_advisory_xact_lock(%s)", [-(division_codes.parent(key) or 1)])
    if Area.objects.filter(key=key).exists():
        raise problems.Refused(f"区划代码 {new.code} 已被使用过，不能再用。", field="code", code="code_used")
    parent = _parent_of(key, on)
    segment = new.record_segment
    taken = (
        set(Area.objects.filter(parent=parent).values_list("record_segment", flat=True)) if parent else set()
    )
    if segment is None:
        segment = division_codes.record_segment(key, taken)
    elif level in {"township", "village"}:
        division_codes.check_segment(key, segment)
    if segment is not None and segment in taken:
        raise problems.Refused(
            f"档案编号段 {segment} 已被同级区划使用。", field="record_segment", code="segment"
        )
    if new.urban_rural_code and new.urban_rural_code not in division_codes.URBAN_RURAL:
        raise problems.Refused(
            "城乡分类代码不在国家代码表之内。", field="urban_rural_code", code="code_table"
        )
    area = Area.objects.create(
        key=key,
        last_key=division_codes.last(key),
        level=level,
        parent=parent,
        name=(name := _name(new.name)),
        initials=pinyin.word_initials(name),
        urban=division_codes.is_urban(key),
        urban_rural_code=new.urban_rural_code or None,
        record_segment=segment,
        valid_from=on,
    )
    AreaName.objects.create(area=area, name=name, from_on=on)
    return area


def _parent_of(key: int, on: dt.date) -> Area | None:
    above = division_codes.ancestors(key)
    if not above:
        return None
    for code in above:
        # A city without counties, or a county straight under its province: the nearest that exists.
        found = Area.objects.filter(key=code).first()
        if found is None:
            continue
        if not lineage.was_alive(found, on):
            raise problems.Refused(f"上级区划“{found.name}”在生效日期不在用。", field="code", code="parent")
        expected = {"village": {"township"}, "township": {"county", "city"}}
        if found.level in expected.get(division_codes.level(key), {"city", "province"}):
            return found
        break
    raise problems.Refused(
        f"没有代码为 {division_codes.text(above[0])} 的上级区划，请先设立上级。", field="code", code="parent"
    )


def _end(area: Area, on: dt.date) -> None:
    if area.valid_from >= on:
        raise problems.Refused(f"“{area.name}”在该日期尚未启用，不能停用。", field="on", code="date")
    area.valid_until = on
    area.save(update_fields=["valid_until"])
    AreaName.objects.filter(area=area, until_on=None).update(until_on=on)


def _serve_as_before(old: Sequence[Area], new: Sequence[Area], on: dt.date) -> None:
    """Whoever served an old area by name serves the new ones from the day on; nobody loses or gains more than that."""
    for row in ServedArea.objects.filter(Q(until_on=None) | Q(until_on__gt=on), area__in=old):
        for area in new:
            clash = ServedArea.objects.filter(organization=row.organization_id, area=area)
            if not clash.filter(Q(until_on=None) | Q(until_on__gt=on)).exists():
                ServedArea.objects.create(
                    organization_id=row.organization_id,
                    area=area,
                    from_on=max(on, row.from_on),
                    until_on=row.until_on,
                )


def _alive(by: actors.Actor, key: int, on: dt.date) -> Area:
    policy.require(by, policy.AREA_EDIT, area_key=key)
    area = Area.objects.select_for_update().filter(key=key).first()
    if area is None or not lineage.was_alive(area, on) or area.valid_until is not None:
        raise problems.Refused("没有这个区划，或在生效日期不在用。", field="key", code="unknown")
    return area


def _check_decision(on: dt.date, document: str, at: dt.datetime) -> None:
    if on > clock.day_of(at):
        raise problems.Refused(
            "生效日期在今天之后。",
            field="on",
            code="future",
            hint="请到生效日当天再办理，其间的档案仍归原区划。",
        )
    if not document.strip():
        raise problems.Refused("请填写依据文件。", field="document", code="required")


def _name(text: str) -> str:
    name = "".join(text.split())
    if not name or len(name) > 70:
        raise problems.Refused("请填写区划名称（不超过 70 字）。", field="name", code="required")
    return name


def _decide(
    by: actors.Actor,
    at: dt.datetime,
    kind: str,
    on: dt.date,
    document: str,
    old: list[int],
    new: list[int],
    moved: Mapping[str, int],
) -> None:
    change = AreaChange.objects.create(
        kind=kind,
        on_date=on,
        document=document.strip(),
        from_areas=old,
        to_areas=new,
        moved=dict(moved),
        recorded_at=at,
        recorded_by=by.account_id,
    )
    # It names no resident: it may concern everybody who lives there, and snapshots are then written anew.
    changes.announce(kind="area", subject_id=change.id, done_on=on)
    action = {"create": "create", "rename": "rename", "split": "split", "merge": "merge", "recode": "move"}[
        kind
    ]
    audit.record(
        by=by,
        action=action,
        subject_kind="area",
        subject_id=new[0],
        area_key=new[0],
        detail={"change": str(change.id), "on": on.isoformat(), "moved": dict(moved)},
        at=at,
    )
