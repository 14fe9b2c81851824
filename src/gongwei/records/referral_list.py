"""Reads of referral loops: those of one resident, and the list of those still open. Row-level security narrows each."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from gongwei.base import audit, clock, prepared
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.records.models import UNSETTLED, Referral
from gongwei.residents import states
from gongwei.residents.queries import people

#: Records of people who are no longer here have nothing left to follow.
_HERE = (states.ACTIVE, states.TRANSFERRING_OUT, states.LOST)


@dataclass(frozen=True)
class Filters:
    """The query bar of 转诊追踪; empty means any. `state`: open (待落实和未到位), a state's code, or all."""

    state: str = "open"
    area_from: int | None = None
    area_to: int | None = None
    organization_id: UUID | None = None
    responsible_doctor_id: UUID | None = None
    form_code: str = ""
    urgent: bool = False
    overdue: bool = False
    advised_from: dt.date | None = None
    advised_to: dt.date | None = None

    def described(self) -> dict[str, Any]:
        """What the access log keeps."""
        return {
            name: str(value) for name, value in asdict(self).items() if value not in (None, "", False, ())
        }


@dataclass(frozen=True)
class Page:
    """One page of referrals, the earliest due first."""

    rows: list[Referral]
    number: int
    pages: int
    total: int

    @property
    def previous(self) -> int | None:
        """Number of the page before."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """Number of the page after."""
        return self.number + 1 if self.number < self.pages else None


def filtered(actor: Actor, filters: Filters, *, on: dt.date) -> QuerySet[Referral]:
    """The referrals an actor sees under these filters, in no order."""
    if not policy.may(actor, policy.RESIDENT_VIEW):
        return Referral.objects.none()
    wanted = Referral.objects.filter(people.within(actor, "area_key"))
    if filters.state == "open":
        wanted = wanted.filter(state__in=UNSETTLED, resident__status__in=_HERE)
    elif filters.state in Referral.State.values:
        wanted = wanted.filter(state=filters.state)
    if filters.area_from is not None and filters.area_to is not None:
        wanted = wanted.filter(area_key__range=(filters.area_from, filters.area_to))
    if filters.organization_id is not None:
        wanted = wanted.filter(resident__managing_organization_id=filters.organization_id)
    if filters.responsible_doctor_id is not None:
        wanted = wanted.filter(resident__responsible_doctor_id=filters.responsible_doctor_id)
    if filters.form_code:
        wanted = wanted.filter(form_code=filters.form_code)
    if filters.urgent:
        wanted = wanted.filter(urgent=True)
    if filters.overdue:
        wanted = wanted.filter(state__in=UNSETTLED, due_on__lt=on)
    if filters.advised_from:
        wanted = wanted.filter(advised_on__gte=filters.advised_from)
    if filters.advised_to:
        wanted = wanted.filter(advised_on__lte=filters.advised_to)
    return wanted


def ordered(wanted: QuerySet[Referral]) -> QuerySet[Referral]:
    """With what a line shows, the earliest due first."""
    return wanted.select_related(
        "resident__area",
        "resident__managing_organization",
        "resident__responsible_doctor",
        "organization",
        "practitioner",
    ).order_by("due_on", "id")


def page(
    actor: Actor, filters: Filters, *, number: int = 1, size: int = 50, on: dt.date | None = None
) -> Page:
    """One page of the list; the query and the residents shown are written to the access log."""
    today = on or clock.today()
    wanted = filtered(actor, filters, on=today)
    total = wanted.count()
    pages = max(1, -(-total // size))
    number = min(max(number, 1), pages)
    rows = list(ordered(wanted)[(number - 1) * size : number * size])
    audit.read(
        by=actor,
        subject_kind="resident",
        subject_ids=list(dict.fromkeys(each.resident_id for each in rows)),
        query={"list": "referrals", **filters.described()},
    )
    return Page(rows, number, pages, total)


def open_count(actor: Actor, *, overdue_on: dt.date | None = None) -> int:
    """How many loops are open in the actor's areas; `overdue_on`: of these, past due on that day."""
    if overdue_on is not None:
        return filtered(actor, Filters(overdue=True), on=overdue_on).count()
    if not policy.may(actor, policy.RESIDENT_VIEW):
        return 0
    inside, reached = people.within_sql(actor, "t.area_key")
    states = ", ".join(f"'{each.value}'" for each in UNSETTLED)
    statement = (
        "select count(*) from records_referral t join residents_resident r on r.id = t.resident_id "
        f"where t.state in ({states}) and r.status = any(%s) and {inside}"
    )
    return int(prepared.execute(statement, [list(_HERE), *reached], planned=False)[0][0])


def of_resident(resident_id: UUID) -> list[Referral]:
    """The referrals of one resident, the latest first. The caller has logged the look."""
    return list(
        Referral.objects.filter(resident_id=resident_id)
        .exclude(state=Referral.State.WITHDRAWN)
        .select_related("organization", "practitioner")
        .order_by("-advised_on", "-id")
    )


def one(actor: Actor, referral_id: UUID) -> Referral:
    """One referral. Raises Refused: none within reach."""
    found = (
        Referral.objects.select_related("resident__area", "organization", "practitioner")
        .filter(pk=referral_id)
        .first()
    )
    if found is None or not policy.may(actor, policy.RESIDENT_VIEW, area_key=found.area_key):
        raise Refused("未找到这次转诊，或不在您的服务范围内", code="referral_not_found")
    return found
