"""Canary residents: one in every jurisdiction and state, each with a name, numbers and address found nowhere else.

Whatever an answer holds is searched for them: what belongs to a place the asker has nothing to do with is a leak.
"""

import datetime as dt
import re
from dataclasses import dataclass
from uuid import UUID

from tests.integration.places.worlds import World, key

from gongwei.base import ids
from gongwei.places.models import Practitioner
from gongwei.quality.models import Finding
from gongwei.records import operations
from gongwei.records.models import Episode, Referral, Response
from gongwei.residents import identity, record_numbers, sealing, states
from gongwei.residents.models import Household, HouseholdMembership, Resident, Transfer
from gongwei.tasks.models import Task

# Letters that occur nowhere else in the world of these tests.
PLACES = {
    "own village": ("鸢", key(660101, 101, 201), "village_a"),
    "sibling village": ("鹭", key(660101, 101, 202), "village_b"),
    "other township": ("鸮", key(660101, 102, 201), "other_village"),
    "other county": ("鹮", key(660102, 101, 201), "far_village"),
}
STATES = tuple(states.STATES)
BIRTH = dt.date(1950, 1, 1)


@dataclass(frozen=True)
class Canary:
    """One of them, with everything by which it could be recognised in an answer."""

    id: UUID
    place: str
    state: str
    name: str
    marks: tuple[str, ...]


def release(world: World) -> list[Canary]:
    """Put the canaries into the database, as the owner of the tables."""
    made, rows, households, members = [], [], [], []
    for place, (letter, area, organization) in PLACES.items():
        unit = world.organizations[organization]
        doctor = Practitioner.objects.filter(organization=unit).first()
        survivor = None
        for number, state in enumerate(STATES, start=1):
            resident_id = ids.uuid7()
            name = f"{letter}金丝雀{number}"
            card = _card(area, number)
            phone = f"139{tuple(PLACES).index(place) + 1}{number:07d}"
            address = f"{letter}笼巷{number}号"
            segment = record_numbers.segment(
                f"{area:012d}"[:6], f"{area:012d}"[6:9], f"{area % 100 + 100:03d}"
            )
            filed = state not in {states.DRAFT, states.RETURNED}
            record_no = record_numbers.compose(segment, number) if filed else None
            resident = Resident(
                id=resident_id,
                record_no=record_no,
                name=name,
                name_sort=f"canary{letter}{number}",
                initials=["jsq"],
                pinyin=["jinsique"],
                sex="1",
                birth_date=BIRTH,
                id_type=identity.RESIDENT_CARD,
                area_id=area,
                address=address,
                residence_type="1",
                managing_organization=unit,
                responsible_doctor=doctor,
                status=state,
                status_since=BIRTH,
                cancel_reason="9" if state == states.CANCELLED else "",
                merged_into=survivor if state == states.MERGED else None,
                filed_on=dt.date(2020, 1, 1) if filed else None,
                origin="page",
                created_at=world.at,
                updated_at=world.at,
                **sealing.id_columns(resident_id, identity.RESIDENT_CARD, card),
                **sealing.phone_columns(resident_id, phone),
            )
            if state == states.ACTIVE:
                survivor = resident
                household = Household(
                    number=f"{area}{number:05d}", area_id=area, address=address, created_at=world.at
                )
                households.append(household)
                resident.household, resident.relation_to_head = household, "02"
                members.append(
                    HouseholdMembership(resident=resident, household=household, relation="02", from_on=BIRTH)
                )
            rows.append(resident)
            marks = tuple(filter(None, (name, card, phone, address, record_no)))
            made.append(Canary(resident_id, place, state, name, marks))
    Household.objects.bulk_create(households)
    Resident.objects.bulk_create(rows)
    HouseholdMembership.objects.bulk_create(members)
    return made


def serve(world: World, released: list[Canary]) -> dict[str, UUID]:
    """Fill one form for the active canary of each place; returns the response of each."""
    made = {}
    for canary in released:
        if canary.state == states.ACTIVE:
            doctor = world.actor(f"village_doctor@{PLACES[canary.place][2]}")
            care = dict.fromkeys(("eating", "grooming", "dressing", "toileting", "mobility"), "0")
            kept = operations.record_encounter(
                by=doctor,
                at=world.at,
                resident_id=canary.id,
                done_on=dt.date(2026, 2, 2),
                mode="outpatient",
                responses=[("self_care_assessment", care | {"assessor": str(doctor.practitioner_id)})],
            )
            made[canary.place] = kept.responses[0].pk
    return made


def find(world: World, responses: dict[str, UUID]) -> dict[str, UUID]:
    """One finding about the response of each place; returns their ids."""
    made = {}
    for place, made_of in responses.items():
        response = Response.objects.select_related("encounter").get(pk=made_of)
        made[place] = Finding.objects.create(
            rule="QA010",
            title="必填项缺失",
            severity="major",
            dimension="C",
            resident_id=response.resident_id,
            area_key=response.encounter.area_key,
            response=response,
            form_code=response.form_code,
            done_on=response.done_on,
            practitioner_id=response.encounter.practitioner_id,
            organization_id=response.encounter.organization_id,
            digest="0",
            detected_at=world.at,
        ).pk
    return made


def refer(world: World, released: list[Canary]) -> dict[str, UUID]:
    """Refer the active canary of each place to a hospital, by the sheet; returns the open referral of each."""
    made = {}
    for canary in released:
        if canary.state == states.ACTIVE:
            doctor = world.actor(f"village_doctor@{PLACES[canary.place][2]}")
            kept = operations.record_encounter(
                by=doctor,
                at=world.at,
                resident_id=canary.id,
                done_on=dt.date(2026, 2, 3),
                mode="outpatient",
                responses=[
                    (
                        "referral",
                        {
                            "to_org": "县人民医院",
                            "to_dept": "心内科",
                            "initial_impression": "胸闷待查",
                            "history_summary": "胸闷三天",
                            "referring_doctor": str(doctor.practitioner_id),
                            "from_org": "卫生室",
                        },
                    )
                ],
            )
            made[canary.place] = Referral.objects.get(response=kept.responses[0]).pk
    return made


def ask_to_move(world: World, released: list[Canary]) -> dict[str, UUID]:
    """A pending transfer in each place, from the clinic to its centre: both ends lie in the place."""
    made = {}
    for canary in released:
        if canary.state == states.TRANSFERRING_OUT:
            _, area, unit = PLACES[canary.place]
            transfer = Transfer.objects.create(
                resident_id=canary.id,
                asked_by_side="from",
                from_organization=world.organizations[unit],
                to_organization=world.organizations[unit].parent,
                from_area_id=area,
                to_area_id=area,
                moved_on=dt.date(2026, 2, 1),
                state="pending",
                expires_on=dt.date(2026, 4, 1),
                requested_at=world.at,
            )
            made[canary.place] = transfer.id
    return made


def _card(area: int, number: int) -> str:
    """A valid number that names its place and state: the sequence is made of both."""
    first = f"{area // 10**6:06d}{BIRTH:%Y%m%d}{area // 1000 % 10 * 100 + area % 10 * 10 + number % 10:03d}"
    return first + identity.check_character(first)


def leaked(text: str, canaries: list[Canary], allowed: set[str]) -> list[str]:
    """The marks of canaries from places that are not allowed, found in an answer."""
    return [
        mark
        for canary in canaries
        if canary.place not in allowed
        for mark in canary.marks
        # Most marks are not in most answers; a pattern for each of hundreds of marks would be compiled again and again.
        if mark in text and re.search(rf"(?<!\d){re.escape(mark)}(?!\d)", text)
    ]


def expect(world: World, made: list[Canary]) -> tuple[dict[str, UUID], dict[str, UUID]]:
    """At each place a contact the active canary is due for, and a suspicion of hypertension."""
    tasks, episodes = {}, {}
    for canary in made:
        if canary.state != states.ACTIVE:
            continue
        resident = Resident.objects.get(id=canary.id)
        episode = Episode.objects.create(
            resident=resident,
            area_key=resident.area_id,
            kind="hypertension",
            state="suspected",
            started_on=dt.date(2026, 1, 5),
            organization=resident.managing_organization,
        )
        task = Task.objects.create(
            resident=resident,
            area_key=resident.area_id,
            doctor=resident.responsible_doctor,
            programme="older_people",
            contact="older.check_up",
            form_code="check_up",
            anchor="year:2026",
            reason="yearly",
            earliest=dt.date(2026, 1, 1),
            due=dt.date(2026, 12, 31),
            latest=dt.date(2026, 12, 31),
            state="ready",
            planned_at=world.at,
        )
        tasks[canary.place], episodes[canary.place] = task.id, episode.id
    return tasks, episodes
