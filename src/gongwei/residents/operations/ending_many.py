"""Files cancelled and families left by the thousand, as an import that is taken back has them: `cancel` and `leave_household`.

The same checks in the same words, the same traces, events, audit lines and changes; tests/integration/packages holds them equal.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from psycopg.types.json import Jsonb

from gongwei.base import audit_many, clock, copy_text, ids, scope
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.residents import codes, queries, states
from gongwei.residents.models import Resident
from gongwei.residents.operations import ending, writing

_TRACE = (
    "id", "resident_id", "version", "field", "old", "new", "business", "at", "account_id", "practitioner_id",
    "organization_id",
)  # fmt: skip
_EVENT = (
    "id", "resident_id", "kind", "on_date", "reason", "detail", "area_key", "organization_id", "at", "account_id",
    "practitioner_id", "reverses_id",
)  # fmt: skip
_ASKED = (
    "id", "area", "birth_date", "household", "relation_to_head", "managing_organization", "status", "status_since",
    "cancel_reason", "cancel_note", "death_on", "death_cause", "version",
)  # fmt: skip
_CHANGE = ("at", "kind", "subject_id", "resident_id", "done_on")
_OUT_OF_FAMILIES = """
with gone as (
    update residents_householdmembership set until_on = greatest(%(day)s::date, from_on)
    where resident_id = any(%(residents)s::uuid[]) and until_on is null returning household_id, resident_id
)
update residents_household h set head_id = null from gone where h.id = gone.household_id and h.head_id = gone.resident_id
"""
_REASON = "COPY does not pass row-level security; each resident is looked for within the actor's reach"


class Leaving(NamedTuple):
    """Somebody who leaves the household an import put them into."""

    resident_id: UUID
    household_id: UUID


def cancel_many(
    *, by: Actor, at: dt.datetime, resident_ids: Iterable[UUID], reason: str, note: str
) -> dict[UUID, Refused | None]:
    """End files today for another reason than death or merging; for each None, or why it stays. Raises Refused as `cancel`."""
    if reason not in {ending.MOVED_OUT, ending.LOST_REASON, ending.REFUSED, ending.OTHER}:
        raise Refused("请选择注销原因。", field="reason", code="required")
    text = ending._said(note, "去向" if reason == ending.MOVED_OUT else "注销说明", "note")
    day, wanted = clock.day_of(at), list(resident_ids)
    with transaction.atomic():
        people, told = _looked_for(by, wanted, policy.RESIDENT_END, states.CANCEL)
        for each in people.values():
            if day < each.birth_date:
                told[each.id] = Refused("注销日期早于出生日期。", field="on", code="before_birth")
        going = [each for key, each in people.items() if told[key] is None]
        if not going:
            return told
        title = codes.name("cancel_reason", reason)
        with scope.as_owner(_REASON):
            _out_of_families(going, day)
            before = {each.id: ending._now(each) for each in going}
            for each in going:
                writing.set_status(each, writing.after(each, states.CANCEL), day)
                each.cancel_reason, each.cancel_note = reason, text
            for after in sorted({each.status for each in going}):
                _update(
                    by,
                    at,
                    [each for each in going if each.status == after],
                    status=after,
                    status_since=day,
                    cancel_reason=reason,
                    cancel_note=text,
                )
            _trace(by, at, going, before, {each.id: ending._now(each) for each in going}, "注销")
            copy_text.copy(
                "residents_lifecycleevent",
                _EVENT,
                (
                    copy_text.line(
                        (
                            ids.uuid7(), each.id, "cancelled", day, f"{title}：{text}"[:200], Jsonb({"code": reason}),
                            each.area_id, each.managing_organization_id, at, by.account_id, by.practitioner_id, None,
                        )
                    )
                    for each in going
                ),
            )  # fmt: skip
            _audited(by, at, going, "cancel", {"reason": reason}, "resident.cancelled", day)
    return told


def leave_many(*, by: Actor, at: dt.datetime, rows: Sequence[Leaving]) -> dict[UUID, Refused | None]:
    """End memberships today; by resident None, or why it stays: somebody who is in another household by now stays there."""
    day = clock.day_of(at)
    with transaction.atomic():
        people, told = _looked_for(by, [row.resident_id for row in rows], policy.RESIDENT_EDIT, states.EDIT)
        for row in rows:
            resident = people.get(row.resident_id)
            if resident is not None and resident.household_id != row.household_id:
                told[row.resident_id] = Refused("该居民后来已换了家庭", code="other_household")
        going = [each for key, each in people.items() if told[key] is None]
        if not going:
            return told
        before = {
            each.id: {"household": str(each.household_id or ""), "relation_to_head": each.relation_to_head}
            for each in going
        }
        now = {each.id: {"household": "", "relation_to_head": ""} for each in going}
        with scope.as_owner(_REASON):
            _out_of_families(going, day)
            _update(by, at, going)
            _trace(by, at, going, before, now, "家庭变更")
            _audited(by, at, going, "update", {"items": ["household"]}, "resident", day)
    return told


def _looked_for(
    by: Actor, wanted: Sequence[UUID], action: str, doing: str
) -> tuple[dict[UUID, Resident], dict[UUID, Refused | None]]:
    """The residents, locked in one order, and what `writing.locked` would refuse of each."""
    people = {
        each.id: each
        for each in queries.visible_to(by)
        .select_for_update(of=("self",))
        .only(*_ASKED)
        .filter(id__in=set(wanted))
        .order_by("id")
    }
    told: dict[UUID, Refused | None] = {}
    allowed: dict[int, Refused | None] = {}
    for key in wanted:
        resident = people.get(key)
        if resident is None:
            told[key] = Refused(writing.NOT_FOUND, code="not_found")
            continue
        area = resident.area_id
        if area not in allowed:
            allowed[area] = _forbidden(by, action, area)
        told[key] = allowed[area] or _impossible(resident, doing)
    return people, told


def _forbidden(by: Actor, action: str, area: int) -> Refused | None:
    try:
        policy.require(by, action, area_key=area)
    except Refused as refused:
        return refused
    return None


def _impossible(resident: Resident, doing: str) -> Refused | None:
    try:
        writing.after(resident, doing)
    except Refused as refused:
        return refused
    return None


def _out_of_families(going: Sequence[Resident], day: dt.date) -> None:
    """See `households.end_membership`."""
    with connection.cursor() as cursor:
        cursor.execute(_OUT_OF_FAMILIES, {"day": day, "residents": [each.id for each in going]})


def _update(by: Actor, at: dt.datetime, going: Sequence[Resident], **values: object) -> None:
    """The next version of each, in no household."""
    Resident.objects.filter(id__in=[each.id for each in going]).update(
        **values,
        household=None,
        relation_to_head="",
        version=F("version") + 1,
        updated_at=at,
        updated_by=by.account_id,
    )
    for each in going:
        each.version += 1


def _trace(
    by: Actor,
    at: dt.datetime,
    going: Sequence[Resident],
    before: Mapping[UUID, Mapping[str, str]],
    now: Mapping[UUID, Mapping[str, str]],
    business: str,
) -> None:
    """See `writing.keep_changes`."""
    copy_text.copy(
        "residents_residentchange",
        _TRACE,
        (
            copy_text.line(
                (
                    ids.uuid7(), each.id, each.version, name, before[each.id][name], value, business, at, by.account_id,
                    by.practitioner_id, by.organization_id,
                )
            )
            for each in going
            for name, value in now[each.id].items()
            if before[each.id][name] != value
        ),
    )  # fmt: skip


def _audited(
    by: Actor,
    at: dt.datetime,
    going: Sequence[Resident],
    action: str,
    detail: Mapping[str, object],
    kind: str,
    day: dt.date,
) -> None:
    """See `writing.audited`."""
    series = audit_many.Series(by=by, at=at, action=action, subject_kind="resident", detail=detail)
    audit_many.copy(series.line(each.id, each.area_id) for each in going)
    now = clock.now()
    copy_text.copy(
        "base_change", _CHANGE, (copy_text.line((now, kind, each.id, each.id, day)) for each in going)
    )
