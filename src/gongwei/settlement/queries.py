"""Reads of settlements for pages, papers and commands: runs, statements of institutions and doctors, why a record did not count,
what changed between two runs. Amounts are fen; `settlement.money.yuan` writes them.

    runs(actor, 2025); statement(actor, run, organization_id); encounters(actor, run, organization_id, "htn.follow_up", counted=False)

Institutions see settlements that are published; who edits or approves funds sees all of the county (`seen`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from gongwei import catalogue
from gongwei.base.actors import SYSTEM, Actor
from gongwei.base.problems import Refused
from gongwei.places import division_codes, policy, reach
from gongwei.places.models import Organization, Practitioner
from gongwei.settlement import county_codes, reasons, run_towns, schemes, successions
from gongwei.settlement.run_differences import CAUSES as CAUSES
from gongwei.settlement.run_differences import LineDifference as LineDifference
from gongwei.settlement.run_differences import difference as difference
from gongwei.settlement.run_differences import unit_difference as unit_difference
from gongwei.settlement.run_encounters import EncounterLine as EncounterLine
from gongwei.settlement.run_encounters import EncounterPage as EncounterPage
from gongwei.settlement.run_encounters import encounters as encounters
from gongwei.settlement.run_encounters import line_of_record as line_of_record
from gongwei.settlement.run_models import RunLine, RunStaff, RunTally, RunUnit, SettlementRun
from gongwei.settlement.run_models import SettlementScheme as SettlementScheme
from gongwei.settlement.run_towns import TownRow as TownRow
from gongwei.settlement.run_towns import towns as towns

State = SettlementRun.State
#: What a line without a service is: the part of an institution that is divided by residents where nobody did any work.
BY_PEOPLE = "按服务人口"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement: service → count → price → coefficient → share → amount.

    origin_id differs from organization_id where a centre shares in a clinic's service. records: how many; quantity: with late entry
    and remoteness weighed in; weight: equivalents of one; unit_fen: the price of one, None where a whole is divided; declined: how
    many records were not counted, by reason.
    """

    organization_id: UUID
    origin_id: UUID
    origin: str
    practitioner_id: UUID | None
    practitioner: str
    service_code: str
    service: str
    pot: str
    records: int
    quantity: Decimal
    weight: Decimal
    unit_fen: Decimal | None
    coefficient: Decimal
    share: Decimal
    equivalents: Decimal
    amount_fen: int


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """The lines of one service of an institution together, of one origin; declined: not counted, by reason (own services)."""

    service_code: str
    service: str
    origin_id: UUID
    origin: str
    records: int
    quantity: Decimal
    weight: Decimal
    unit_fen: Decimal | None
    coefficient: Decimal
    share: Decimal
    equivalents: Decimal
    amount_fen: int
    declined: Mapping[str, int] = field(default_factory=dict)

    @property
    def declined_count(self) -> int:
        """How many records were not counted."""
        return sum(self.declined.values())


@dataclass(frozen=True, slots=True)
class StaffLine:
    """What of an institution's due falls to one practitioner; without one, to the institution."""

    practitioner_id: UUID | None
    practitioner: str
    equivalents: Decimal
    base_fen: int
    due_fen: int
    coefficient: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Statement:
    """The statement (结算单) of one institution: its services, its base, its score's ratio, due, withheld, prepaid, final.

    formers: what the same settlement found for the institutions it took over; heir: who took it over.
    """

    run: SettlementRun
    unit: RunUnit
    scheme: str
    document: str
    services: tuple[ServiceLine, ...]
    staff: tuple[StaffLine, ...]
    not_counted: Mapping[str, int]
    points_of: str
    total_fen: int
    formers: tuple[RunUnit, ...] = ()
    heir: str = ""

    @property
    def together(self) -> dict[str, int]:
        """The sums of the institution and those it took over, in fen."""
        return {
            name: sum(getattr(each, name) for each in (self.unit, *self.formers)) for name in run_towns.SUMS
        }

    @property
    def ratio_percent(self) -> Decimal:
        """The ratio in per cent, as it is shown."""
        return self.unit.ratio * 100

    @property
    def reason_words(self) -> dict[str, str]:
        """The words of every reason that occurs."""
        return {code: reasons.words(code) for code in self.not_counted}


def seen(actor: Actor) -> QuerySet[SettlementRun]:
    """Settlements an actor may know: all of the county for who keeps or approves funds, published ones for institutions."""
    rows = SettlementRun.objects.exclude(state__in=[State.RUNNING, State.FAILED])
    if actor.role == SYSTEM.role:
        return rows
    seat = reach.seat_of(actor.organization_id)
    if seat is None or policy.relation(actor.role, policy.STATEMENT_VIEW) is policy.Relation.NONE:
        return rows.none()
    low, high = division_codes.county_range(seat)
    rows = rows.filter(
        Q(county_key__gte=low, county_key__lte=high) | Q(county_key__in=county_codes.all_of(low))
    )
    if policy.relation(actor.role, policy.FUND_VIEW) is policy.Relation.COUNTY:
        return rows
    return rows.filter(state=State.PUBLISHED)


def runs(actor: Actor, year: int | None = None) -> QuerySet[SettlementRun]:
    """Settlements an actor may know (of a year), the latest first."""
    rows = seen(actor).select_related("scheme").order_by("-year", "-at")
    return rows if year is None else rows.filter(year=year)


def run(actor: Actor, run_id: UUID) -> SettlementRun:
    """One settlement. Raises Refused: none such, or not for this actor."""
    found = seen(actor).select_related("scheme", "follows").filter(id=run_id).first()
    if found is None:
        raise Refused("没有这次结算，或尚未公布。", code="no_such_run")
    return found


def units(actor: Actor, of: SettlementRun, *, town_id: UUID | None = None) -> list[RunUnit]:
    """The institutions of a settlement an actor may see the statements of, centre before clinics, by code of their seat."""
    rows = RunUnit.objects.filter(run=of)
    if town_id is not None:
        rows = rows.filter(town_id=town_id)
    if actor.role != SYSTEM.role:
        match policy.relation(actor.role, policy.STATEMENT_VIEW):
            case policy.Relation.OWN_ORGANIZATION:
                rows = rows.filter(organization_id__in=_own(actor))
            case policy.Relation.BELOW:
                below = Q(town_id=actor.organization_id) | Q(organization_id__in=_own(actor))
                rows = rows.filter(below)
            case policy.Relation.COUNTY:
                pass
            case _:
                rows = rows.none()
    # A centre's seat has the township's code, which comes before those of its villages.
    return list(rows.order_by("seat_key", "level", "name"))


def _own(actor: Actor) -> frozenset[UUID]:
    """The actor's institution and those whose money it took over."""
    return successions.with_formers([actor.organization_id] if actor.organization_id else [])


def lines(of: SettlementRun, organization_id: UUID | None = None) -> list[Line]:
    """The lines of a settlement (of one institution), by service and practitioner."""
    rows = RunLine.objects.filter(run=of)
    if organization_id is not None:
        rows = rows.filter(organization_id=organization_id)
    rows = rows.order_by("organization_id", "service", "origin_id", "practitioner_id")
    found = list(rows)
    names = run_towns.names(of, {each.origin_id for each in found})
    doctors = _doctors({each.practitioner_id for each in found})
    titles = titles_of(of)
    return [
        Line(
            each.organization_id,
            each.origin_id,
            names.get(each.origin_id, ""),
            each.practitioner_id,
            doctors.get(each.practitioner_id, ""),
            each.service,
            titles.get(each.service, each.service),
            of.pot,
            each.records,
            each.quantity,
            each.weight,
            each.unit_fen,
            each.coefficient,
            each.share,
            each.equivalents,
            each.amount_fen,
        )
        for each in found
    ]


def statement(actor: Actor, of: SettlementRun, organization_id: UUID) -> Statement:
    """The statement of one institution.

    Raises:
        Refused: no such institution in this settlement; policy.Forbidden.
    """
    policy.require(actor, policy.STATEMENT_VIEW, organization_id=successions.heir(organization_id))
    unit = RunUnit.objects.filter(run=of, organization_id=organization_id).first()
    if unit is None:
        raise Refused("这次结算中没有这个机构。", code="no_such_unit")
    declined: dict[str, dict[str, int]] = defaultdict(dict)
    for service, reason, number in (
        RunTally.objects.filter(run=of, organization_id=organization_id)
        .exclude(reason="")
        .order_by()
        .values_list("service", "reason")
        .annotate(n=Sum("records"))
    ):
        declined[service][reason] = number
    services = _together(lines(of, organization_id), declined, organization_id, of)
    staff = list(RunStaff.objects.filter(run=of, organization_id=organization_id).order_by("-due_fen", "id"))
    doctors = _doctors({each.practitioner_id for each in staff})
    scheme = schemes.read(of.inputs["scheme"]["content"])
    all_reasons: dict[str, int] = defaultdict(int)
    for own in declined.values():
        for reason, number in own.items():
            all_reasons[reason] += number
    return Statement(
        run=of,
        unit=unit,
        scheme=schemes.described(scheme),
        document=scheme.document,
        services=services,
        staff=tuple(
            StaffLine(
                each.practitioner_id,
                doctors.get(each.practitioner_id, ""),
                each.equivalents,
                each.base_fen,
                each.due_fen,
                each.coefficient,
            )
            for each in staff
        ),
        not_counted={code: all_reasons[code] for code in reasons.REASONS if code in all_reasons},
        points_of=""
        if unit.points_of in (None, organization_id)
        else run_towns.names(of, {unit.points_of}).get(unit.points_of, ""),
        total_fen=sum(each.amount_fen for each in services),
        formers=tuple(
            RunUnit.objects.filter(
                run=of, organization_id__in=successions.formers([organization_id])
            ).order_by("name")
        ),
        heir=_heir(organization_id),
    )


def _heir(organization_id: UUID) -> str:
    """What the institution is called that took one over; empty where nobody did."""
    heir = successions.heir(organization_id)
    if heir == organization_id:
        return ""
    return str(Organization.objects.filter(id=heir).values_list("name", flat=True).first() or "")


def doctor_statement(
    actor: Actor, of: SettlementRun, organization_id: UUID, practitioner_id: UUID
) -> tuple[Statement, list[Line], dict[str, int]]:
    """What one practitioner did and what of the institution's due falls to it: the statement of the institution, the lines of
    the practitioner, and how many of the practitioner's records were not counted by reason. Raises as `statement`."""
    whole = statement(actor, of, organization_id)
    own = [each for each in lines(of, organization_id) if each.practitioner_id == practitioner_id]
    declined = dict(
        RunTally.objects.filter(run=of, organization_id=organization_id, practitioner_id=practitioner_id)
        .exclude(reason="")
        .order_by()
        .values_list("reason")
        .annotate(n=Sum("records"))
    )
    return whole, own, {code: declined[code] for code in reasons.REASONS if code in declined}


def titles_of(of: SettlementRun) -> dict[str, str]:
    """What services are called: as the scheme of the run names them, else as the programmes do."""
    named = {code: item["title"] for code, item in of.inputs["scheme"]["content"]["items"].items()}
    return {each.code: each.title for each in catalogue.services()} | named | {"": BY_PEOPLE}


def _together(
    own: list[Line], declined: Mapping[str, Mapping[str, int]], organization_id: UUID, of: SettlementRun
) -> tuple[ServiceLine, ...]:
    groups: dict[tuple[str, UUID], list[Line]] = defaultdict(list)
    for line in own:
        groups[line.service_code, line.origin_id].append(line)
    found = []
    for (service, origin), lines_ in groups.items():
        first = lines_[0]
        found.append(
            ServiceLine(
                service,
                first.service,
                origin,
                first.origin,
                sum(each.records for each in lines_),
                sum((each.quantity for each in lines_), Decimal(0)),
                first.weight,
                first.unit_fen,
                first.coefficient,
                first.share,
                sum((each.equivalents for each in lines_), Decimal(0)),
                sum(each.amount_fen for each in lines_),
                dict(declined.get(service, {})) if origin == organization_id else {},
            )
        )
    counted = {each.service_code for each in found if each.origin_id == organization_id}
    titles, nought, one = titles_of(of), Decimal(0), Decimal(1)
    for service, own_reasons in declined.items():
        if service not in counted:
            found.append(
                ServiceLine(
                    service, titles.get(service, service), organization_id, "", 0, nought, nought, None, one, one, nought, 0,
                    dict(own_reasons),
                )
            )  # fmt: skip
    order = {code: place for place, code in enumerate(of.inputs["services"])}
    return tuple(
        sorted(
            found,
            key=lambda each: (
                each.origin_id != organization_id,
                order.get(each.service_code, 999),
                each.origin,
            ),
        )
    )


def doctor_names(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """The names of practitioners, by id."""
    return _doctors(set(ids))


def _doctors(ids: set[UUID | None]) -> dict[UUID | None, str]:
    return dict(Practitioner.objects.filter(id__in=[each for each in ids if each]).values_list("id", "name"))
