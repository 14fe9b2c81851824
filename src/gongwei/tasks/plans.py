"""A day's plan for a village on paper: house by house, who is due for what, what was found last time, the telephone."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from gongwei.base import audit, clock
from gongwei.base.actors import Actor
from gongwei.places import policy
from gongwei.places.models import Grid
from gongwei.records import key_values
from gongwei.records.models import Response
from gongwei.residents import sealing
from gongwei.residents.models import Household, Resident
from gongwei.tasks import queries
from gongwei.tasks.queries import Due, Filters

#: More people than anybody sees in a day; a longer list is cut and says so.
MOST = 100
URGENT = (queries.OVERDUE, queries.DUE, queries.SOON)


@dataclass(frozen=True)
class Stop:
    """One person of the plan with all that is due."""

    resident_id: UUID
    first: Due
    due: list[Due]
    phone: str
    last: list[str]


@dataclass(frozen=True)
class Round:
    """The stops of one grid, household by household."""

    grid: str
    houses: list[tuple[str, list[Stop]]]


@dataclass(frozen=True)
class Plan:
    """A plan; `cut`: there is more than fits."""

    rounds: list[Round]
    people: int
    tasks: int
    cut: bool


def day_plan(actor: Actor, filters: Filters) -> Plan:
    """The plan of what a query bar asks for.

    Telephones are whole for a duty that may see them, since the paper is for calling; the log says so.
    """
    today = clock.today()
    found = queries.filtered(actor, filters, today)
    # Whoever has something due now or within a week; and then all that may be done for them on the same occasion.
    urgent = found.filter(queries.of_urgency(filters.urgencies or URGENT, today))
    people_due = list(dict.fromkeys(urgent.order_by("due", "id").values_list("resident_id", flat=True)))
    wanted = found.filter(queries.shown(filters, today), resident__in=people_due[:MOST]).order_by("due", "id")
    rows = queries.lines(actor, list(wanted.values_list("id", flat=True)), today)
    by_person: dict[UUID, list[Due]] = {}
    for row in rows:
        by_person.setdefault(row.resident_id, []).append(row)
    people = {each.pk: each for each in Resident.objects.filter(pk__in=by_person)}
    whole = policy.may(actor, policy.FULL_ID_VIEW)
    audit.record(
        by=actor,
        action="print",
        subject_kind="resident",
        detail={
            "what": "day_plan",
            "ids": [str(key) for key in by_person],
            "telephones": whole,
            **filters.described(),
        },
    )
    last = _last_values(people, rows)
    stops = [
        Stop(
            key,
            due[0],
            due,
            (sealing.open_column(people[key], sealing.RESIDENT, "phone_cipher") or "")
            if whole
            else due[0].phone,
            last.get(key, []),
        )
        for key, due in by_person.items()
        if key in people
    ]
    return Plan(_rounds(stops), len(stops), len(rows), len(people_due) > MOST)


def _rounds(stops: list[Stop]) -> list[Round]:
    grids = dict(
        Grid.objects.filter(pk__in={s.first.grid_id for s in stops if s.first.grid_id}).values_list(
            "pk", "name"
        )
    )
    homes = dict(
        Household.objects.filter(
            pk__in={s.first.household_id for s in stops if s.first.household_id}
        ).values_list("pk", "number")
    )
    ordered = sorted(
        stops,
        key=lambda s: (
            s.first.area_key,
            grids.get(s.first.grid_id, "～"),
            homes.get(s.first.household_id, "～"),
            s.first.address,
        ),
    )
    found: dict[str, dict[str, list[Stop]]] = {}
    for stop in ordered:
        place = " ".join(filter(None, (stop.first.village, grids.get(stop.first.grid_id, ""))))
        house = str(stop.first.household_id or stop.resident_id)
        found.setdefault(place, {}).setdefault(house, []).append(stop)
    return [
        Round(place, [(members[0].first.address, members) for members in houses.values()])
        for place, houses in found.items()
    ]


def _last_values(people: dict[UUID, Resident], rows: list[Due]) -> dict[UUID, list[str]]:
    """What the latest form of each kind that is due said, in a line, by resident."""
    latest = (
        Response.objects.filter(
            resident__in=people, form_code__in={row.form_code for row in rows}, status=Response.Status.FINAL
        )
        .order_by("resident", "form_code", "-done_on", "-id")
        .distinct("resident", "form_code")
        .values_list("resident_id", "form_code", "id", "done_on")
    )
    wanted: dict[UUID, list[tuple[str, UUID]]] = {}
    days = {}
    for resident_id, form_code, response_id, done_on in latest:
        wanted.setdefault(resident_id, []).append((form_code, response_id))
        days[response_id] = done_on
    found: dict[UUID, list[str]] = {}
    for resident_id, responses in wanted.items():
        said = key_values.of(people[resident_id], responses)
        found[resident_id] = [
            f"{days[key]:%m-%d} "
            + "，".join([*(f"{v.label}{v.words}" for v in each.values[:3]), *each.said[:1]])
            for key, each in said.items()
            if each.values or each.said
        ]
    return found
