"""Reads: worklists by doctor, village, grid, programme and urgency; what one resident or one household is due for.

Who a list showed is written to the access log in the same transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from gongwei.base import audit, clock, prepared, sealed
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.residents import sealing, tags, telephones
from gongwei.residents.queries import files, lists, people
from gongwei.tasks import contacts, cursors, everyday
from gongwei.tasks.models import OPEN, Attempt, Reason, Result, Task

OVERDUE, DUE, SOON, LATER = "overdue", "due", "soon", "later"
URGENCIES = {OVERDUE: "逾期", DUE: "已到期", SOON: "本周到期", LATER: "以后"}
#: Days ahead that count as 本周.
SOON_DAYS = 7
LARGEST_PAGE = 200


@dataclass(frozen=True)
class Filters:
    """The query bar of the worklist; empty means any. `urgencies` empty: all that may be done or will be within a week."""

    doctor_id: UUID | None = None
    area_from: int | None = None
    area_to: int | None = None
    grid_id: UUID | None = None
    programmes: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    urgencies: tuple[str, ...] = ()
    name: str = ""
    tried: bool = False

    def described(self) -> dict[str, Any]:
        """What the access log keeps."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "", (), False)}


@dataclass(frozen=True)
class Try:
    """An attempt that did not come to the contact."""

    on: dt.date
    result: str
    note: str = ""


@dataclass(frozen=True)
class Due:
    """One line of a worklist."""

    id: UUID
    resident_id: UUID
    name: str
    sex: str
    birth_date: dt.date
    contact: str
    title: str
    form_code: str
    programme: str
    earliest: dt.date
    due: dt.date
    latest: dt.date
    state: str
    urgency: str
    days_over: int
    reason: str
    reason_title: str
    area_key: int
    village: str
    address: str
    household_id: UUID | None
    grid_id: UUID | None
    doctor_id: UUID | None
    doctor: str
    attempts: int
    last_attempt: Try | None
    tags: list[Any] = field(default_factory=list)
    phone: str = ""

    @property
    def may_start(self) -> bool:
        """Whether done today it counts."""
        return self.state == "ready"


@dataclass(frozen=True)
class Page:
    """One page of a worklist; `next` is the cursor of the page after, None on the last."""

    rows: list[Due]
    next: str | None
    counts: dict[str, int]


def urgency(earliest: dt.date, due: dt.date, latest: dt.date, today: dt.date) -> str:
    """逾期: its last day is over. 已到期: its day has come. 本周到期: within seven days. 以后: later."""
    if today > latest:
        return OVERDUE
    if today >= due:
        return DUE
    return SOON if due <= today + dt.timedelta(days=SOON_DAYS) else LATER


def _week(today: dt.date) -> dt.date:
    """The last day that counts as 本周."""
    return today + dt.timedelta(days=SOON_DAYS)


def of_urgency(wanted: Sequence[str], today: dt.date) -> Q:
    """The condition on tasks for some urgencies."""
    week = _week(today)
    conditions = {
        OVERDUE: Q(latest__lt=today),
        DUE: Q(due__lte=today, latest__gte=today),
        SOON: Q(due__gt=today, due__lte=week),
        LATER: Q(due__gt=week),
    }
    found = Q()
    for name in wanted:
        if name in conditions:
            found |= conditions[name]
    return found


def open_tasks(actor: Actor) -> QuerySet[Task]:
    """Open tasks within an actor's reach: the one way to them. Row-level security holds below it as well."""
    if not policy.may(actor, policy.RESIDENT_VIEW):
        return Task.objects.none()
    return Task.objects.filter(people.within(actor, "area_key"), state__in=OPEN)


_ready_forms = prepared.Query(
    lambda resident, today: (
        Task.objects.filter(resident=resident, state__in=OPEN, earliest__lte=today)
        .order_by("due")
        .values_list("form_code", "area_key")
    ),
    resident=UUID,
    today=dt.date,
)


def ready_forms(actor: Actor, resident_id: UUID, today: dt.date) -> list[str]:
    """Forms of the contacts of a resident that may be made today, the most urgent first, each once."""
    if not policy.may(actor, policy.RESIDENT_VIEW):
        return []
    found = _ready_forms.rows(resident=resident_id, today=today)
    return list(dict.fromkeys(code for code, area in found if actor.covers(area)))


def filtered(actor: Actor, filters: Filters, today: dt.date) -> QuerySet[Task]:
    """The open tasks a query bar asks for, in no order."""
    found = open_tasks(actor)
    if filters.doctor_id:
        found = found.filter(doctor=filters.doctor_id)
    if filters.area_from is not None:
        found = found.filter(area_key__gte=filters.area_from)
    if filters.area_to is not None:
        found = found.filter(area_key__lte=filters.area_to)
    if filters.grid_id:
        found = found.filter(resident__grid=filters.grid_id)
    if filters.programmes:
        found = found.filter(programme__in=filters.programmes)
    if filters.contacts:
        found = found.filter(contact__in=filters.contacts)
    if filters.tried:
        found = found.filter(attempts__gt=0)
    if filters.name:
        named = lists.filtered(actor, lists.Filters(name=filters.name), on=today)
        found = found.filter(resident__in=named.values("id"))
    return found


def worklist(actor: Actor, filters: Filters | None = None, after: str | None = None, limit: int = 50) -> Page:
    """Tasks in the order of their day, with the counts of the query bar without its urgency.

    Raises Refused for a cursor that is none.
    """
    filters, today = filters or Filters(), clock.today()
    if not 1 <= limit <= LARGEST_PAGE:
        raise Refused("每页行数不正确。", code="size")
    if filters == Filters() and not after:
        keys = everyday.first_keys(actor, today, _week(today), limit + 1)
    else:
        found = filtered(actor, filters, today).filter(shown(filters, today))
        if after:
            day, key = cursors.read(after)
            found = found.filter(Q(due__gt=day) | Q(due=day, id__gt=key))
        keys = list(found.order_by("due", "id").values_list("id", flat=True)[: limit + 1])
    rows = lines(actor, keys[:limit], today)
    audit.read(
        by=actor,
        subject_kind="resident",
        subject_ids=list(dict.fromkeys(each.resident_id for each in rows)),
        query={"what": "worklist", **filters.described()},
    )
    more = len(keys) > limit and bool(rows)
    return Page(
        rows,
        cursors.written(rows[-1].due, rows[-1].id) if more else None,
        counts(actor, replace(filters, urgencies=())),
    )


def wanted(actor: Actor, filters: Filters, most: int) -> list[UUID]:
    """Ids of the tasks a query bar asks for, in the order of the worklist. Who reads them writes the access log."""
    today = clock.today()
    found = filtered(actor, filters, today).filter(shown(filters, today))
    return list(found.order_by("due", "id").values_list("id", flat=True)[:most])


def shown(filters: Filters, today: dt.date) -> Q:
    """What a worklist shows when no urgency is asked for: what may be done now, and what is due within a week."""
    if filters.urgencies:
        return of_urgency(filters.urgencies, today)
    return Q(earliest__lte=today) | of_urgency((OVERDUE, DUE, SOON), today)


def lines(actor: Actor, task_ids: Sequence[UUID], today: dt.date) -> list[Due]:
    """Some tasks as lines of a list, in the order given. The caller writes the access log."""
    if not task_ids:
        return []
    found = {each.id: each for each in map(_Row._make, prepared.execute(_LINES, [list(task_ids)]))}
    tasks = [found[key] for key in task_ids if key in found]
    people = {each.resident_id: _Person(each.resident_id, each.birth_date) for each in tasks}
    carried = tags.of(people.values(), today)
    tries = _latest_tries([each.id for each in tasks if each.attempts])
    return [_line(each, today, carried.get(each.resident_id, []), tries.get(each.id)) for each in tasks]


class _Person(NamedTuple):
    """What tags ask of a resident."""

    id: UUID
    birth_date: dt.date


class _Row(NamedTuple):
    """A line as `_LINES` reads it: of the resident only what a list shows, the telephone still sealed."""

    id: UUID
    resident_id: UUID
    contact: str
    form_code: str
    programme: str
    earliest: dt.date
    due: dt.date
    latest: dt.date
    state: str
    reason: str
    area_key: int
    doctor_id: UUID | None
    attempts: int
    name: str
    sex: str
    birth_date: dt.date
    address: str
    household_id: UUID | None
    grid_id: UUID | None
    phone_cipher: bytes | None
    village: str
    doctor: str


_LINES = """
select t.id, t.resident_id, t.contact, t.form_code, t.programme, t.earliest, t.due, t.latest, t.state, t.reason,
    t.area_key, t.doctor_id, t.attempts, r.name, r.sex, r.birth_date, r.address, r.household_id, r.grid_id,
    r.phone_cipher, a.name, coalesce(d.name, '')
from tasks_task t join residents_resident r on r.id = t.resident_id join places_area a on a.key = r.area_key
left join places_practitioner d on d.id = t.doctor_id
where t.id = any(%s)
"""


def task(actor: Actor, task_id: UUID) -> tuple[Task, list[Attempt]] | None:
    """One task with its attempts, the latest first; None when there is none within reach. The caller logs the look."""
    if not policy.may(actor, policy.RESIDENT_VIEW):
        return None
    found = Task.objects.filter(people.within(actor, "area_key"), pk=task_id).first()
    return (found, list(found.tries.order_by("-on_date", "-id"))) if found else None


def telephone(actor: Actor, resident_id: UUID) -> str:
    """The whole telephone number of somebody on a worklist; audited. Raises Refused, Forbidden."""
    found = files.full_id(actor, resident_id, "按待办联系居民")
    return found["phone"] or found["contact_phone"]


def _latest_tries(task_ids: Sequence[UUID]) -> dict[UUID, Try]:
    if not task_ids:
        return {}
    rows = (
        Attempt.objects.filter(task__in=list(task_ids)).order_by("task", "-on_date", "-id").distinct("task")
    )
    return {each.task_id: Try(each.on_date, Result(each.result).label, each.note) for each in rows}


def _line(task: _Row, today: dt.date, carried: list[Any], last: Try | None) -> Due:
    # The telephone alone is opened: `masked` would open the identity number of everybody on the list as well.
    number = sealed.decrypt(
        task.phone_cipher, table=sealing.RESIDENT, column="phone_cipher", row_id=task.resident_id
    )
    return Due(
        id=task.id,
        resident_id=task.resident_id,
        name=task.name,
        sex=task.sex,
        birth_date=task.birth_date,
        contact=task.contact,
        title=contacts.title_of(task.contact),
        form_code=task.form_code,
        programme=task.programme,
        earliest=task.earliest,
        due=task.due,
        latest=task.latest,
        state=task.state,
        urgency=urgency(task.earliest, task.due, task.latest, today),
        days_over=max((today - task.latest).days, 0),
        reason=task.reason,
        reason_title=Reason(task.reason).label,
        area_key=task.area_key,
        village=task.village,
        address=task.address,
        household_id=task.household_id,
        grid_id=task.grid_id,
        doctor_id=task.doctor_id,
        doctor=task.doctor,
        attempts=task.attempts,
        last_attempt=last,
        tags=carried,
        phone=telephones.masked(number),
    )


def due_of(actor: Actor, resident_id: UUID) -> list[Due]:
    """Everything one resident is due for, the most urgent first; part of showing the file, which logs the look."""
    today = clock.today()
    found = open_tasks(actor).filter(resident=resident_id).order_by("due", "id")
    return lines(actor, list(found.values_list("id", flat=True)), today)


def household_due(actor: Actor, household_id: UUID) -> list[Due]:
    """Who in a household is due for what, now or within a week: by person, the most urgent first."""
    today = clock.today()
    found = open_tasks(actor).filter(resident__household=household_id).filter(shown(Filters(), today))
    rows = lines(actor, list(found.order_by("due", "id").values_list("id", flat=True)), today)
    audit.read(
        by=actor,
        subject_kind="resident",
        subject_ids=list(dict.fromkeys(each.resident_id for each in rows)),
        query={"what": "household_due"},
    )
    first = {}
    for place, each in enumerate(rows):
        first.setdefault(each.resident_id, place)
    return sorted(rows, key=lambda each: first[each.resident_id])


def counts(actor: Actor, filters: Filters | None = None) -> dict[str, int]:
    """How many open tasks: 待办 (may be done now), 逾期, 已到期, 本周到期, 以后."""
    today = clock.today()
    filters = filters or Filters()
    if filters == Filters():
        return dict(zip(("open", *URGENCIES), everyday.counts(actor, today, _week(today)), strict=True))
    found = filtered(actor, filters, today)
    said = found.aggregate(
        n_open=Count("id", filter=Q(earliest__lte=today)),
        **{f"n_{name}": Count("id", filter=of_urgency((name,), today)) for name in URGENCIES},
    )
    return {name.removeprefix("n_"): count for name, count in said.items()}
