"""The list of residents: filters, stable orders, pages that stay fast on millions (docs/decisions/0007-search.md).

The next and the previous page go by a cursor (the order's value and the id of the last row); a jump to page N
counts off the ids in the index only and fetches the rows of one page. Totals above 10 000 are the planner's
estimate and say 约.
"""

import base64
import datetime as dt
import json
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from gongwei.base import audit, clock, sealed
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.language import intervals
from gongwei.residents import sealing, search_terms, tags
from gongwei.residents.models import Resident
from gongwei.residents.queries import people, search

EXACT_UP_TO = 10_000
#: A name filter brings at most so many rows.
NAMED_UP_TO = 5_000
ORDERS = {"name_sort": False, "record_no": True, "birth_date": False, "filed_on": True}
LARGEST_PAGE = 200


@dataclass(frozen=True)
class Filters:
    """The query bar: 姓名, 身份证, 机构, 人群分类 (任意满足), 状态, 年龄段 and more; empty means any."""

    name: str = ""
    id_number: str = ""
    area_from: int | None = None
    area_to: int | None = None
    organization_id: UUID | None = None
    tags: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    age_from: int | None = None
    age_to: int | None = None
    sex: str = ""
    residence_type: str = ""
    responsible_doctor_id: UUID | None = None
    grid_id: UUID | None = None
    filed_from: dt.date | None = None
    filed_to: dt.date | None = None

    def described(self) -> dict[str, Any]:
        """Return what the access log keeps: the conditions, the identity number only as 有."""
        said = {name: value for name, value in asdict(self).items() if value not in (None, "", ())}
        return {**said, "id_number": "有"} if self.id_number else said


@dataclass(frozen=True)
class Count:
    """How many rows a list has; `exact` False: an estimate (约)."""

    value: int
    exact: bool

    def __str__(self) -> str:
        return f"{self.value:,}" if self.exact else f"约{self.value:,}"


@dataclass(frozen=True)
class Page:
    """One page of a list, with the cursors that lead on from it (None: there is no further page that way)."""

    rows: list[Resident]
    count: Count
    number: int | None
    next_cursor: str | None
    previous_cursor: str | None
    tags: "dict[UUID, list[tags.Tag]]" = field(default_factory=dict)


def page(
    actor: Actor,
    filters: Filters | None = None,
    sort: str = "name_sort",
    *,
    after: str | None = None,
    number: int | None = None,
    size: int = 20,
) -> Page:
    """Return a page of residents; the query and the ids shown are written to the access log.

    `sort` is one of ORDERS, with `-` before it for the other way round. `after` is a cursor from an earlier page,
    `number` (from 1) a jump. Raises Refused for an order or a cursor that is none.
    """
    filters, today = filters or Filters(), clock.today()
    column, descending = sort.removeprefix("-"), sort.startswith("-")
    if column not in ORDERS or not 1 <= size <= LARGEST_PAGE:
        raise Refused("排序或每页行数不正确。", code="order")
    wanted = filtered(actor, filters, on=today)
    cursor = _Cursor.read(after, sort) if after else None
    backward = bool(cursor and cursor.backward)
    if cursor:
        keys = _beyond(wanted, column, descending != backward, cursor, size + 1)
    else:
        start = ((number or 1) - 1) * size
        keys = list(
            _ordered(wanted, column, descending).values_list("id", flat=True)[start : start + size + 1]
        )
    more = len(keys) > size
    keys = keys[:size]
    if backward:
        keys.reverse()
    by_id = {
        row.id: row
        for row in people.visible_to(actor)
        .filter(id__in=keys)
        .select_related("area", "managing_organization", "responsible_doctor")
    }
    rows = [by_id[key] for key in keys if key in by_id]
    audit.read(
        by=actor, subject_kind="resident", subject_ids=keys, query={**filters.described(), "sort": sort}
    )
    first = cursor is None and (number or 1) == 1
    has_next = more if not backward else True
    has_previous = (more if backward else not first) and bool(rows)
    return Page(
        rows=rows,
        count=count_estimate(actor, filters),
        number=number or (1 if cursor is None else None),
        next_cursor=_Cursor.after(rows[-1], column, sort) if rows and has_next else None,
        previous_cursor=_Cursor.before(rows[0], column, sort) if has_previous else None,
        tags=tags.of(rows, today),
    )


def filtered(actor: Actor, filters: Filters, *, on: dt.date) -> QuerySet[Resident]:
    """Return the residents of an actor that a query bar asks for, in no order."""
    wanted = people.visible_to(actor)
    if filters.area_from is not None:
        wanted = wanted.filter(
            area_id__gte=filters.area_from, area_id__lte=filters.area_to or filters.area_from
        )
    simple = {
        "managing_organization": filters.organization_id,
        "responsible_doctor": filters.responsible_doctor_id,
        "grid": filters.grid_id,
        "sex": filters.sex,
        "residence_type": filters.residence_type,
        "filed_on__gte": filters.filed_from,
        "filed_on__lte": filters.filed_to,
    }
    wanted = wanted.filter(**{name: value for name, value in simple.items() if value})
    if filters.statuses:
        wanted = wanted.filter(status__in=filters.statuses)
    born_from, born_to = _births(filters, on)
    if born_from:
        wanted = wanted.filter(birth_date__gte=born_from)
    if born_to:
        wanted = wanted.filter(birth_date__lte=born_to)
    if filters.tags:
        wanted = wanted.filter(tags.carrying(filters.tags, on))
    if filters.id_number:
        wanted = wanted.filter(_numbered(filters.id_number, on))
    if filters.name:
        wanted = wanted.filter(id__in=_named(filters.name))
    return wanted


def _births(filters: Filters, on: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """The span of birth dates of an age band: 65 to 74 are those who have completed 65 and not yet 75 years."""
    born_from = born_to = None
    if filters.age_to is not None:
        born_from = intervals.before(on, intervals.years(filters.age_to + 1)) + dt.timedelta(days=1)
    if filters.age_from is not None:
        born_to = intervals.before(on, intervals.years(filters.age_from))
    return born_from, born_to


def _numbered(number: str, on: dt.date) -> Q:
    typed = "".join(number.split()).upper()
    if len(typed) == 4:
        return Q(id_last4_key__in=sealed.blinds(typed, purpose=sealing.LAST4_PURPOSE))
    if len(typed) == 6:
        return Q(id_last6_key__in=sealed.blinds(typed, purpose=sealing.LAST6_PURPOSE))
    return Q(id_key__in=search.document_keys(typed, on))


def _named(text: str) -> list[UUID]:
    found: list[UUID] = []
    with connection.cursor() as database:
        for lookup in search_terms.recognise(text):
            if lookup.kind in {"name", "inside", "surname", "initials", "pinyin", "pinyin_prefix"}:
                database.execute(
                    "select id from residents_find(%s, %s, null, %s, %s, '', %s)",
                    [lookup.kind, lookup.term, lookup.born_from, lookup.born_to, NAMED_UP_TO],
                )
                found += [row[0] for row in database.fetchall()]
    return list(dict.fromkeys(found))[:NAMED_UP_TO]


def count_estimate(actor: Actor, filters: Filters | None = None) -> Count:
    """Return how many residents a query bar asks for: exact up to 10 000, above that the planner's estimate."""
    filters, today = filters or Filters(), clock.today()
    wanted = filtered(actor, filters, on=today).order_by()
    with connection.cursor() as database:
        guess = _guess(database, filters, today)
        if guess is not None and guess > 3 * EXACT_UP_TO:
            return Count(_rounded(guess), False)
        counted = wanted.values("id")[: EXACT_UP_TO + 1].count()
        if counted <= EXACT_UP_TO:
            return Count(counted, True)
        return Count(_rounded(max(guess or 0, counted)), False)


def _guess(database: Any, filters: Filters, on: dt.date) -> int | None:
    if filters.name or filters.id_number or filters.grid_id or filters.responsible_doctor_id:
        return None
    if not tags.are_stored(filters.tags):
        return None
    born_from, born_to = _births(filters, on)
    database.execute(
        "select residents_estimate(%s, %s, %s, %s, %s, %s)",
        [
            filters.area_from,
            filters.area_to or filters.area_from,
            list(filters.statuses) or None,
            born_from,
            born_to,
            filters.organization_id,
        ],
    )
    people = int(database.fetchone()[0])
    if not filters.tags:
        return people
    # As common here as everywhere: to count them one by one takes seconds in a county of half a million.
    database.execute("select residents_tag_share(%s, %s)", [list(filters.tags), on])
    return round(people * database.fetchone()[0])


def _rounded(number: int) -> int:
    """Three significant figures: an estimate should look like one."""
    digits = max(len(str(number)) - 3, 0)
    return round(number, -digits)


def _ordered(wanted: QuerySet[Resident], column: str, descending: bool) -> QuerySet[Resident]:
    # PostgreSQL's own place for nulls (last upwards, first downwards), so that one index serves both ways.
    return wanted.order_by(f"{'-' if descending else ''}{column}", "-id" if descending else "id")


def _beyond(
    wanted: QuerySet[Resident], column: str, descending: bool, cursor: "_Cursor", size: int
) -> list[UUID]:
    """The ids beyond a cursor. Rows without a value (drafts) come last upwards and first downwards."""
    beyond = TupleLessThan if descending else TupleGreaterThan
    filled, empty = (
        wanted.filter(**{f"{column}__isnull": False}),
        wanted.filter(**{f"{column}__isnull": True}),
    )
    parts: list[QuerySet[Resident]] = []
    if cursor.value is None:
        parts.append(empty.filter(**{"id__lt" if descending else "id__gt": cursor.id}))
        if descending:
            parts.append(filled)
    else:
        parts.append(wanted.filter(beyond(Tuple(F(column), F("id")), (cursor.value, cursor.id))))
        if not descending and ORDERS[column]:
            parts.append(empty)
    found: list[UUID] = []
    for part in parts:
        if len(found) < size:
            found += _ordered(part, column, descending).values_list("id", flat=True)[: size - len(found)]
    return found


@dataclass(frozen=True)
class _Cursor:
    """A place between two rows of one order."""

    sort: str
    value: Any
    id: UUID
    backward: bool

    @classmethod
    def after(cls, row: Resident, column: str, sort: str) -> str:
        return cls(sort, getattr(row, column), row.id, False)._text()

    @classmethod
    def before(cls, row: Resident, column: str, sort: str) -> str:
        return cls(sort, getattr(row, column), row.id, True)._text()

    def _text(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, dt.date) else self.value
        plain = json.dumps([self.sort, value, str(self.id), self.backward], ensure_ascii=False)
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, sort: str) -> "_Cursor":
        """Read a cursor; raises Refused for anything but one of ours for this order."""
        try:
            plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            said, value, key, backward = json.loads(plain)
            if said != sort or not isinstance(backward, bool) or not isinstance(value, str | None):
                raise ValueError(text)
            if value is not None and "\x00" in value:
                raise ValueError(text)
            if value is not None and sort.removeprefix("-") in {"birth_date", "filed_on"}:
                value = dt.date.fromisoformat(value)
            return cls(sort, value, UUID(key), backward)
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise Refused("翻页位置无效，请从第一页重新查询。", code="cursor") from None
