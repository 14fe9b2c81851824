"""A made-up county and its people: areas, institutions, staff, residents with families. The truth, before it is written badly."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.acceptance import messy_cells as cells

TODAY = dt.date(2025, 10, 20)
PROVINCE, CITY, COUNTY = 660000000000, 660200000000, 660201000000
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜"
_GIVEN = "建国桂英秀兰志强玉珍德明淑芳永福春梅国华凤霞文军丽华金山美玲长青翠平"


@dataclass
class Institution:
    """One institution; `serves` are villages."""

    code: str
    name: str
    kind: str
    parent: str
    seat: int
    serves: list[int] = field(default_factory=list)


@dataclass
class Doctor:
    """One member of staff."""

    number: str
    name: str
    sex: str
    organization: str
    role: str
    account: str


@dataclass
class Person:
    """A resident as he is, and the village's doctor who sees him. `events` holds his death or departure."""

    number: int
    name: str
    sex: str
    born: dt.date
    village: int
    address: str
    phone: str
    id_number: str
    old_number: str
    filed_on: dt.date
    residence: str = "1"
    since: dt.date | None = None
    htn_since: dt.date | None = None
    dm_since: dt.date | None = None
    doctor: Doctor | None = None
    died_on: dt.date | None = None
    left_on: dt.date | None = None
    household: int = 0
    head: bool = False
    without_number: bool = False

    def age(self, on: dt.date) -> int:
        """Completed years."""
        return on.year - self.born.year - ((on.month, on.day) < (self.born.month, self.born.day))

    @property
    def number_told(self) -> str | None:
        """The number he can show."""
        return None if self.without_number else self.id_number


@dataclass
class Entry:
    """One row of a form about a person: answers by identifier, and why it is written so."""

    kind: str
    person: Person
    answers: dict[str, Any]
    why: list[str] = field(default_factory=list)

    @property
    def on(self) -> dt.date:
        """The day it was done, as it is meant."""
        day = self.answers.get("done_on")
        return day if isinstance(day, dt.date) else TODAY


@dataclass
class County:
    """All of it."""

    areas: list[tuple[int, str, str]]
    institutions: list[Institution]
    staff: list[Doctor]
    people: list[Person]

    def doctors_of(self, village: int) -> list[Doctor]:
        """Those of the clinic that serves a village."""
        clinic = next(i for i in self.institutions if i.kind == "village_clinic" and village in i.serves)
        return [
            each for each in self.staff if each.organization == clinic.code and each.role == "village_doctor"
        ]

    def centre_of(self, village: int) -> Institution:
        """The township centre of a village."""
        return next(
            i for i in self.institutions if i.kind == "township_centre" and i.seat == village // 1000 * 1000
        )


def build(rng: Random, number: int) -> County:
    """The county of so many people."""
    towns = 2 if number < 1500 else 3
    villages_each = 3 if number < 1500 else 4
    areas = [(PROVINCE, "演示省", ""), (CITY, "演示市", ""), (COUNTY, "巫溪县", "")]
    institutions = [Institution("WX0001", "巫溪县卫生健康委员会", "county_commission", "", COUNTY, [])]
    staff = [
        Doctor("9001", "顾明远", "1", "WX0001", "county_officer", "gumingyuan"),
        Doctor("9002", "罗书琴", "2", "WX0001", "finance_officer", "luoshuqin"),
        Doctor("9003", "丁若水", "2", "WX0001", "evaluator", "dingruoshui"),
    ]
    villages = []
    for town in range(1, towns + 1):
        seat = COUNTY + (100 + town) * 1000
        title = f"{'城厢文峰长桂'[2 * town - 2 : 2 * town]}镇"
        areas.append((seat, title, ""))
        centre = Institution(f"WX{town}000", f"{title}卫生院", "township_centre", "WX0001", seat, [seat])
        institutions.append(centre)
        staff += [
            Doctor(f"{town}001", f"{_name(rng)}", "1", centre.code, "township_doctor", f"ys{town}"),
            Doctor(f"{town}002", f"{_name(rng)}", "2", centre.code, "township_clerk", f"da{town}"),
            Doctor(f"{town}003", f"{_name(rng)}", "1", centre.code, "township_director", f"yz{town}"),
        ]
        for place in range(1, villages_each + 1):
            key = seat + 200 + place
            name = f"{'东西南北'[place - 1]}{'坪沟岭坝'[(town + place) % 4]}村"
            areas.append((key, name, "220"))
            clinic = Institution(
                f"WX{town}{place}00", f"{title}{name}卫生室", "village_clinic", centre.code, key, [key]
            )
            institutions.append(clinic)
            villages.append(key)
            # Two doctors of one name in two villages: a cell must say which.
            name = "王芳" if place == 1 else _name(rng)
            staff.append(
                Doctor(f"{town}{place}1", name, "2", clinic.code, "village_doctor", f"cy{town}{place}")
            )
    county = County(areas, institutions, staff, [])
    _settle(rng, county, villages, number)
    return county


def _name(rng: Random) -> str:
    at = 2 * rng.randrange(len(_GIVEN) // 2)
    return rng.choice(_SURNAMES) + _GIVEN[at : at + 2]


def _born(rng: Random) -> dt.date:
    age = rng.choices(
        (rng.randint(0, 17), rng.randint(18, 34), rng.randint(35, 63), rng.randint(64, 92)), (6, 9, 45, 40)
    )[0]
    if age in (64, 65) or rng.random() < 0.02:
        # Birthdays at the edges of a year, of 35 and of 65.
        year = TODAY.year - rng.choice((64, 65, 35, 66))
        return rng.choice(
            (dt.date(year, 12, 31), dt.date(year, 1, 1), dt.date(year, 6, 15), dt.date(year + 1, 1, 1))
        )
    return dt.date(TODAY.year - age, 1, 1) + dt.timedelta(days=rng.randrange(365)) - dt.timedelta(days=365)


def _settle(rng: Random, county: County, villages: list[int], number: int) -> None:
    household, left = 0, 0
    seen: set[str] = set()
    village = villages[0]
    while len(county.people) < number:
        if left == 0:
            household, left, village = household + 1, rng.randint(1, 4), rng.choice(villages)
            head = True
        born, sex = _born(rng), rng.choice("12")
        sequence = rng.randrange(1, 500) * 2 - (1 if sex == "1" else 0)
        card = cells.id_number(f"{rng.choice(('660201', '660202', '110105', '320723'))}", born, sequence)
        if card in seen or born > TODAY:
            continue
        seen.add(card)
        count = len(county.people) + 1
        filed = max(born, dt.date(2010, 1, 1) + dt.timedelta(days=rng.randrange(5500)))
        person = Person(
            count, _name(rng), sex, born, village, f"{household}号", f"139{count:08d}", card, f"JK-{count:06d}",
            min(filed, TODAY), household=household, head=head,
        )  # fmt: skip
        head = False
        person.doctor = rng.choice(county.doctors_of(village))
        if rng.random() < 0.08:
            person.residence = "2"
        if rng.random() < 0.12:
            since = TODAY - dt.timedelta(days=rng.choice((rng.randrange(60, 400), rng.randrange(400, 4000))))
            person.since = max(since, born)
        if person.age(TODAY) < 1 or rng.random() < 0.015:
            person.without_number = True
        _diseases(rng, person)
        _ends(rng, person)
        county.people.append(person)
        left -= 1


def _diseases(rng: Random, person: Person) -> None:
    age = person.age(TODAY)
    if age >= 20 and rng.random() < (0.05 if age < 35 else 0.45):
        person.htn_since = _enrolled(rng, person)
    if age >= 20 and rng.random() < (0.02 if age < 35 else 0.22):
        person.dm_since = _enrolled(rng, person)


def _enrolled(rng: Random, person: Person) -> dt.date:
    day = rng.choice(
        (
            dt.date(2018, 1, 1) + dt.timedelta(days=rng.randrange(2100)),
            dt.date(2024, 1, 1) + dt.timedelta(days=rng.randrange(650)),
            dt.date(2022, 6, 1) + dt.timedelta(days=rng.randrange(500)),
        )
    )
    return max(day, person.born + dt.timedelta(days=6600))


def _ends(rng: Random, person: Person) -> None:
    if rng.random() < 0.03:
        person.died_on = dt.date(2024, 3, 1) + dt.timedelta(days=rng.randrange(560))
    elif rng.random() < 0.02:
        person.left_on = dt.date(2024, 3, 1) + dt.timedelta(days=rng.randrange(560))
    for name in ("died_on", "left_on"):
        day = getattr(person, name)
        if day is not None and (day <= person.born or day < person.filed_on):
            setattr(person, name, None)


def row_of(person: Person, county: County) -> dict[str, Any]:
    """The resident's row of 建档 as it should be written."""
    return {
        "=record_no": person.old_number,
        "=name": person.name,
        "=sex": person.sex,
        "=birth_date": person.born,
        "=id_number": None if person.without_number else person.id_number,
        "=no_id_reason": "证件遗失，正在补办" if person.without_number else None,
        "=phone": person.phone,
        "=area": person.village,
        "=address": person.address,
        "=residence_type": person.residence,
        "=resident_since": person.since,
        "=filed_on": person.filed_on,
    }
