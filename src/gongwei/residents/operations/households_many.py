"""Families by the thousand: what `change_household` does for one member, done for the rows of a sheet at once.

The same checks in the same words, the same rows, traces and audit lines; tests/integration/residents holds the two equal.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection, transaction

from gongwei.base import audit_many, clock, copy_text, ids, scope
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.residents import codes, queries, states
from gongwei.residents.models import Household, HouseholdMembership, Resident, ResidentChange
from gongwei.residents.operations import numbering, writing
from gongwei.residents.operations.households import HEAD

PARENTS = frozenset({"50", "51", "52"})


@dataclass(frozen=True)
class Joining:
    """A member of a family: `family` joins the rows of one, `relation` is 与户主关系, `on` the day of joining (today)."""

    family: str
    resident_id: UUID
    relation: str
    address: str = ""
    on: dt.date | None = None


@dataclass
class JoinVerdict:
    """What became of a row: refused, there already, or joined the household."""

    household_id: UUID | None = None
    existing: bool = False
    refused: Refused | None = None


@dataclass
class _Family:
    """A household with what is about to change of it."""

    household: Household
    new: bool
    head: Resident | None = None
    joined: list[tuple[Resident, Joining, dt.date]] = field(default_factory=list)


def join_many(*, by: Actor, at: dt.datetime, rows: Sequence[Joining]) -> list[JoinVerdict]:
    """Put residents into families; a family none of whose members has one is founded.

    A member who is in the family already stays as it is (`existing`); with another relation, or in another family, the row is
    refused. All rows of a family belong into one call.
    """
    with transaction.atomic():
        return _joined(by, at, rows)


def _joined(by: Actor, at: dt.datetime, rows: Sequence[Joining]) -> list[JoinVerdict]:
    wanted = {row.resident_id for row in rows}
    people = {
        each.id: each
        for each in queries.visible_to(by)
        .select_for_update(of=("self",))
        .filter(id__in=wanted)
        .order_by("id")
    }
    _there = {each.household_id for each in people.values() if each.household_id}
    households = {
        each.id: each
        for each in Household.objects.select_for_update(of=("self",)).filter(id__in=_there).order_by("id")
    }
    heads = Resident.objects.in_bulk([each.head_id for each in households.values() if each.head_id])
    verdicts = [JoinVerdict() for _ in rows]
    families: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        families[row.family].append(place)
    changed: list[_Family] = []
    for places in families.values():
        # The head first: whether the others fit is asked of the head.
        places.sort(key=lambda place: (rows[place].relation != HEAD, place))
        kept = [place for place in places if _fit(by, at, rows[place], people, verdicts[place])]
        if kept:
            family = _family(
                at, [(rows[place], people[rows[place].resident_id]) for place in kept], households, heads
            )
            for place in kept:
                _member(at, family, rows[place], people[rows[place].resident_id], verdicts[place])
            if family.joined:
                changed.append(family)
    with scope.as_owner(
        "COPY does not pass row-level security; each resident is looked for within the actor's reach"
    ):
        _write(by, at, changed)
    return verdicts


def _fit(
    by: Actor, at: dt.datetime, row: Joining, people: dict[UUID, Resident], verdict: JoinVerdict
) -> bool:
    resident = people.get(row.resident_id)
    try:
        if resident is None:
            raise Refused(writing.NOT_FOUND, code="not_found")
        policy.require(by, policy.RESIDENT_EDIT, area_key=resident.area_id)
        if row.relation not in codes.table("relation_to_head").codes:
            raise Refused("请选择与户主的关系。", field="relation", code="relation")
        if row.on is not None:
            writing.day_not_future(row.on, "变更日期", at, "on")
        if not resident.household_id:
            writing.after(resident, states.EDIT)
    except Refused as refused:
        verdict.refused = refused
    return verdict.refused is None


def _family(
    at: dt.datetime,
    rows: Sequence[tuple[Joining, Resident]],
    households: dict[UUID, Household],
    heads: dict[UUID, Resident],
) -> _Family:
    """The household the rows are about: the one their first member is in who has one, else a new one."""
    for _, resident in rows:
        if resident.household_id:
            household = households[resident.household_id]
            return _Family(household, False, heads.get(household.head_id) if household.head_id else None)
    _, first = rows[0]
    address = next((each.address for each, _ in rows if each.address), "") or first.address
    household = Household(id=ids.uuid7(), area_id=first.area_id, address=address[:200], created_at=at)
    return _Family(household, True)


def _member(at: dt.datetime, family: _Family, row: Joining, resident: Resident, verdict: JoinVerdict) -> None:
    household = family.household
    verdict.household_id = household.id
    table = codes.table("relation_to_head").codes
    if resident.household_id == household.id:
        verdict.existing = resident.relation_to_head == row.relation
        if not verdict.existing:
            kept = table[resident.relation_to_head].zh if resident.relation_to_head in table else "空"
            verdict.refused = Refused(
                f"已在该家庭，与户主关系不同，系统中为“{kept}”。", field="relation", code="differs"
            )
        return
    problem: Refused | None = None
    if resident.household_id:
        problem = Refused("该居民已在另一个家庭。", field="number", code="other_household")
    elif household.area_id != resident.area_id:
        problem = Refused("家庭与居民不在同一村（居）。", field="number", code="other_village")
    elif row.relation == HEAD and family.head is not None:
        problem = Refused(
            "该家庭已有户主。", field="relation", code="two_heads", hint="请先变更原户主与户主的关系。"
        )
    elif (
        row.relation in PARENTS and family.head is not None and resident.birth_date >= family.head.birth_date
    ):
        problem = Refused("父母的出生日期应早于户主。", field="relation", code="younger_parent")
    if problem is not None:
        verdict.refused = problem
        return
    if row.relation == HEAD:
        family.head = resident
        household.head_id = resident.id
    family.joined.append((resident, row, row.on or clock.day_of(at)))
    resident.household_id, resident.relation_to_head = household.id, row.relation


def _write(by: Actor, at: dt.datetime, families: Sequence[_Family]) -> None:
    if not families:
        return
    new = [each.household for each in families if each.new]
    _number(new)
    # The head is a resident who is on file; the household must be there before the residents name it.
    Household.objects.bulk_create(new)
    joined = [(family, *each) for family in families for each in family.joined]
    HouseholdMembership.objects.bulk_create(
        HouseholdMembership(resident=resident, household=family.household, relation=row.relation, from_on=on)
        for family, resident, row, on in joined
    )
    _update(
        "update residents_household h set head_id = n.head, version = h.version + 1 "
        "from unnest(%s::uuid[], %s::uuid[]) as n(id, head) where h.id = n.id",
        [
            (each.household.id, each.household.head_id)
            for each in families
            if not each.new and any(row.relation == HEAD for _, row, _ in each.joined)
        ],
    )
    _update(
        "update residents_resident r set household_id = n.household, relation_to_head = n.relation, "
        "grid_id = coalesce(r.grid_id, n.grid), version = r.version + 1 "
        "from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::uuid[]) as n(id, household, relation, grid) where r.id = n.id",
        [
            (resident.id, family.household.id, row.relation, family.household.grid_id)
            for family, resident, row, _ in joined
        ],
    )
    _trace(by, at, [(family.household.id, resident, row) for family, resident, row, _ in joined])
    founded = audit_many.Series(by=by, at=at, action="create", subject_kind="household")
    moved = audit_many.Series(
        by=by, at=at, action="update", subject_kind="resident", detail={"items": ["household"]}
    )
    audit_many.copy(
        [
            *(founded.line(each.id, each.area_id) for each in new),
            *(moved.line(resident.id, resident.area_id) for _, resident, _, _ in joined),
        ]
    )
    now = clock.now()
    copy_text.copy(
        "base_change",
        ("at", "kind", "subject_id", "resident_id", "done_on"),
        (copy_text.line((now, "resident", resident.id, resident.id, on)) for _, resident, _, on in joined),
    )


def _number(new: Sequence[Household]) -> None:
    """Numbers by village; the series are locked in one order, so that two batches never wait in a ring."""
    wanted = Counter(each.area_id for each in new)
    free = {area: numbering.next_serials(f"H{area}", wanted[area]) for area in sorted(wanted)}
    for each in new:
        each.number = f"H{each.area_id}{free[each.area_id]:05d}"
        free[each.area_id] += 1


def _trace(by: Actor, at: dt.datetime, joined: Iterable[tuple[UUID, Resident, Joining]]) -> None:
    rows = []
    for household, resident, row in joined:
        for name, now in (("household", str(household)), ("relation_to_head", row.relation)):
            rows.append(
                ResidentChange(
                    id=ids.uuid7(),
                    resident=resident,
                    version=resident.version + 1,
                    field=name,
                    business="家庭变更",
                    old="",
                    new=now,
                    at=at,
                    account_id=by.account_id,
                    practitioner_id=by.practitioner_id,
                    organization_id=by.organization_id,
                )
            )
    ResidentChange.objects.bulk_create(rows)


def _update(statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])
