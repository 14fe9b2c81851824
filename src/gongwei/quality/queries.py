"""Reading findings: the list with its query bar, the counts by rule, institution and doctor, one finding with its steps.

All run in the actor's scope. Whoever lists findings sees residents' names: every list is written to the access log.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from gongwei.base import audit
from gongwei.base.actors import Actor
from gongwei.places import policy
from gongwei.places.models import Organization, Practitioner
from gongwei.places.roles import Role
from gongwei.quality import models, rules
from gongwei.quality.models import LIVE, Finding, Run, State
from gongwei.records.models import Response
from gongwei.residents.models import Resident
from gongwei.residents.queries import people

EXACT_UP_TO = 10_000
SIZE = 30
MOST_EXPORTED = 50_000


@dataclass(frozen=True)
class Filters:
    """The query bar: 规则 严重程度 维度 机构 医生 承办人 状态 日期; empty means any, `states` empty means live ones."""

    rule: str = ""
    severities: tuple[str, ...] = ()
    dimension: str = ""
    states: tuple[str, ...] = ()
    organization_id: UUID | None = None
    area_from: int | None = None
    area_to: int | None = None
    practitioner_id: UUID | None = None
    assigned_to_id: UUID | None = None
    unassigned: bool = False
    overdue_on: dt.date | None = None
    form_code: str = ""
    first: dt.date | None = None
    last: dt.date | None = None

    def described(self) -> dict[str, Any]:
        """What the access log keeps."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "", (), False)}


@dataclass(frozen=True)
class Page:
    """One page of the list. `total` is exact up to 10 000 and then says at least that many."""

    rows: list[Finding]
    number: int
    total: int
    exact: bool

    @property
    def pages(self) -> int:
        """How many pages that can be turned to."""
        return max(1, -(-self.total // SIZE))

    @property
    def previous(self) -> int | None:
        """Number of the page before."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """Number of the page after."""
        return self.number + 1 if self.number < self.pages else None


def visible_to(actor: Actor) -> QuerySet[Finding]:
    """The findings an actor may see: of the areas served. Row-level security holds below it as well."""
    if not policy.may(actor, policy.FINDING_VIEW):
        return Finding.objects.none()
    return Finding.objects.filter(people.within(actor, "area_key"))


def filtered(actor: Actor, filters: Filters) -> QuerySet[Finding]:
    """The findings a query bar asks for, in no order."""
    wanted = visible_to(actor).filter(state__in=filters.states or LIVE)
    simple = {
        "dimension": filters.dimension,
        "organization": filters.organization_id,
        "practitioner": filters.practitioner_id,
        "assigned_to": filters.assigned_to_id,
        "form_code": filters.form_code,
        "done_on__gte": filters.first,
        "done_on__lte": filters.last,
        "due_on__lt": filters.overdue_on,
    }
    wanted = wanted.filter(**{name: value for name, value in simple.items() if value})
    if filters.rule:
        wanted = wanted.filter(Q(rule=filters.rule) | Q(title=filters.rule))
    if filters.severities:
        wanted = wanted.filter(severity__in=filters.severities)
    if filters.area_from is not None:
        wanted = wanted.filter(
            area_key__gte=filters.area_from, area_key__lte=filters.area_to or filters.area_from
        )
    if filters.unassigned:
        wanted = wanted.filter(assigned_to=None)
    return wanted


def findings(actor: Actor, filters: Filters | None = None, *, number: int = 1) -> Page:
    """One page of findings, the latest service first; the query and the residents shown go to the access log."""
    filters = filters or Filters()
    wanted = filtered(actor, filters)
    total = wanted.order_by().values("id")[: EXACT_UP_TO + 1].count()
    shown = min(total, EXACT_UP_TO)
    number = max(1, min(number, -(-shown // SIZE) or 1))
    start = (number - 1) * SIZE
    rows = list(_told(wanted).order_by("-done_on", "-id")[start : start + SIZE])
    _log(actor, rows, {**filters.described(), "what": "findings"})
    return Page(rows, number, shown, total <= EXACT_UP_TO)


def _told(wanted: QuerySet[Finding]) -> QuerySet[Finding]:
    """With what a line shows."""
    return wanted.select_related("resident", "practitioner", "organization", "assigned_to")


def _log(actor: Actor, rows: Iterable[Finding], query: dict[str, Any]) -> None:
    shown = list(dict.fromkeys(row.resident_id for row in rows if row.resident_id))
    audit.read(by=actor, subject_kind="resident", subject_ids=shown, query=query)


def export_batches(actor: Actor, filters: Filters, *, size: int = 1000) -> Iterator[list[Finding]]:
    """The findings of a query bar for a workbook, at most MOST_EXPORTED, each batch written to the access log."""
    wanted = _told(filtered(actor, filters)).order_by("-done_on", "-id")
    for start in range(0, MOST_EXPORTED, size):
        batch = list(wanted[start : min(start + size, MOST_EXPORTED)])
        if batch:
            shown = list(dict.fromkeys(str(row.resident_id) for row in batch if row.resident_id))
            audit.record(
                by=actor,
                action="export",
                subject_kind="finding",
                detail={"query": filters.described(), "ids": shown},
            )
            yield batch
        if len(batch) < size:
            return


@dataclass(frozen=True)
class Group:
    """How many findings a rule, an institution or a doctor has, by severity."""

    key: str
    title: str
    severity: str
    open: int
    confirmed: int
    overdue: int
    total: int


GROUPS = {"rule": "规则", "organization": "机构", "practitioner": "医生"}


def grouped(actor: Actor, filters: Filters, by: str, *, today: dt.date, most: int = 500) -> list[Group]:
    """The findings of a query bar counted by rule, institution or doctor, the most first."""
    if by not in GROUPS:
        raise KeyError(by)
    names = ("rule", "title", "severity") if by == "rule" else (f"{by}_id", f"{by}__name")
    rows = (
        filtered(actor, filters)
        .order_by()
        .values_list(*names)
        .annotate(
            open=Count("id", filter=Q(state=State.OPEN)),
            confirmed=Count("id", filter=Q(state=State.CONFIRMED)),
            overdue=Count("id", filter=Q(due_on__lt=today, state__in=LIVE)),
            total=Count("id"),
        )
        .order_by("-total", *names[:1])[:most]
    )
    found = []
    for row in rows:
        *who, opened, confirmed, overdue, total = row
        key, title = str(who[0] or ""), who[1] or "未指明"
        severity = str(who[2]) if by == "rule" else ""
        found.append(Group(key, title, severity, opened, confirmed, overdue, total))
    return found


def finding(actor: Actor, finding_id: UUID) -> Finding | None:
    """One finding, or None when it is not there or not the actor's; looking at it is logged."""
    found = _told(visible_to(actor)).filter(id=finding_id).first()
    if found is not None and found.resident_id:
        audit.read(
            by=actor, subject_kind="resident", subject_ids=[found.resident_id], area_key=found.area_key
        )
    return found


def steps_of(found: Finding) -> QuerySet[models.FindingStep]:
    """What happened to it, the first step first."""
    return found.steps.select_related("by_practitioner", "to_practitioner").order_by("at", "id")


def of_resident(actor: Actor, resident_id: UUID) -> list[Finding]:
    """The live findings about a resident's file and records, the gravest first. The caller logs that the file is read."""
    order = {severity.value: place for place, severity in enumerate(rules.Severity)}
    rows = visible_to(actor).filter(resident=resident_id, state__in=LIVE)
    return sorted(rows, key=lambda row: (order[row.severity], row.done_on or dt.date.min, row.id))


def counts(actor: Actor, *, today: dt.date) -> dict[str, int]:
    """For the menu and the first page: live findings given to this practitioner, and of these overdue ones."""
    if not policy.may(actor, policy.FINDING_VIEW) or actor.practitioner_id is None:
        return {"mine": 0, "overdue": 0}
    mine = visible_to(actor).filter(assigned_to=actor.practitioner_id, state__in=LIVE)
    row = mine.aggregate(mine=Count("id"), overdue=Count("id", filter=Q(due_on__lt=today)))
    return {"mine": row["mine"], "overdue": row["overdue"]}


def staff_of(actor: Actor, found: Iterable[Finding], *, today: dt.date) -> list[Practitioner]:
    """Who a finding may be given to: those with a duty in its institution, the one above, or the actor's own."""
    own = {row.organization_id for row in found if row.organization_id} | {actor.organization_id}
    above = set(Organization.objects.filter(id__in=own).values_list("parent_id", flat=True))
    running = Q(duties__until_on=None) | Q(duties__until_on__gt=today)
    return list(
        Practitioner.objects.filter(
            running,
            duties__organization__in=own | (above - {None}),
            duties__from_on__lte=today,
            duties__role__in=[
                role
                for role in Role.values
                if policy.relation(role, policy.FINDING_EXPLAIN) is not policy.Relation.NONE
            ],
        )
        .select_related("organization")
        .distinct()
        .order_by("organization__code", "initials", "id")[:300]
    )


def runs(limit: int = 10) -> list[Run]:
    """The latest bulk runs."""
    return list(Run.objects.exclude(kind=Run.Kind.FOLLOW).order_by("-at", "-id")[:limit])


def record_count(form_codes: list[str], first: dt.date | None, last: dt.date | None) -> int:
    """How many records a bulk run will look at."""
    wanted = Response.objects.filter(form_code__in=form_codes, status="final")
    if first:
        wanted = wanted.filter(done_on__gte=first)
    if last:
        wanted = wanted.filter(done_on__lte=last)
    return wanted.count()


def file_count(wanted: bool) -> int:
    """How many files a bulk run will look at."""
    return Resident.objects.count() if wanted else 0
