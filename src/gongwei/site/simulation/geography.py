"""Divisions, organizations and staff of the simulated city, as plain values and then as rows.

The province code 66 is assigned to no province (GB/T 2260), so no code, and no identity number made from it,
belongs to anybody.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import numpy as np

from gongwei.base import pinyin
from gongwei.places import models as places
from gongwei.site.simulation.names import Names

PROVINCE, CITY = 660000000000, 660100000000
SINCE = date(2009, 1, 1)
#: Grids of a village: as many as a clinic has doctors at most, so that a household's doctor is its grid's.
GRIDS = 2


@dataclass
class Clinic:
    """A village clinic or community station, its doctors, and the villages it serves."""

    id: uuid.UUID
    name: str
    villages: list[int]
    doctors: list[uuid.UUID] = field(default_factory=list)
    #: GRIDS for each village, in the order of the villages.
    grids: list[uuid.UUID] = field(default_factory=list)


@dataclass
class Township:
    """A township or subdistrict with its centre and clinics."""

    key: int
    name: str
    segment: str
    urban: bool
    centre: uuid.UUID
    clinics: list[Clinic] = field(default_factory=list)


@dataclass
class County:
    """One county: what `build` needs to spread its people over."""

    key: int
    name: str
    office: uuid.UUID
    townships: list[Township] = field(default_factory=list)


class Builder:
    """Makes the world's rows; ids are drawn from the seed so that two runs agree."""

    def __init__(self, rng: np.random.Generator, names: Names, now: datetime) -> None:
        self.rng, self.names, self.now = rng, names, now
        self.areas: list[places.Area] = []
        self.area_names: list[places.AreaName] = []
        self.organizations: list[places.Organization] = []
        self.served: list[places.ServedArea] = []
        self.practitioners: list[places.Practitioner] = []
        self.duties: list[places.Duty] = []
        self.grids: list[places.Grid] = []
        self._codes = 0

    def uuid(self) -> uuid.UUID:
        """A version 7 identifier of the year 2009 from the seed."""
        stamp = int(datetime(2009, 1, 1, tzinfo=UTC).timestamp() * 1000)
        value = bytearray(self.rng.bytes(16))
        value[:6] = stamp.to_bytes(6, "big")
        value[6] = 0x70 | value[6] & 0x0F
        value[8] = 0x80 | value[8] & 0x3F
        return uuid.UUID(bytes=bytes(value))

    def area(self, key: int, level: str, parent: int | None, name: str, **more: object) -> None:
        """Add an area with its first name."""
        below = {"province": 10**10, "city": 10**8, "county": 10**6, "township": 10**3, "village": 1}[level]
        self.areas.append(
            places.Area(
                key=key,
                last_key=key + below - 1,
                level=level,
                parent_id=parent,
                name=name,
                initials=pinyin.word_initials(name),
                valid_from=SINCE,
                **more,
            )
        )
        self.area_names.append(places.AreaName(id=self.uuid(), area_id=key, name=name, from_on=SINCE))

    def organization(
        self, kind: str, name: str, area: int, parent: uuid.UUID | None, serves: list[int]
    ) -> uuid.UUID:
        """Add an organization that serves `serves`."""
        self._codes += 1
        key = self.uuid()
        self.organizations.append(
            places.Organization(
                id=key,
                code=f"GW{self._codes:08d}",
                name=name,
                initials=pinyin.word_initials(name),
                kind=kind,
                parent_id=parent,
                area_id=area,
                active_from=SINCE,
            )
        )
        for served in serves:
            self.served.append(
                places.ServedArea(id=self.uuid(), organization_id=key, area_id=served, from_on=SINCE)
            )
        return key

    def practitioner(self, organization: uuid.UUID, title: str, *roles: str) -> uuid.UUID:
        """Add a practitioner of the organization who holds the roles there, the first one longest: it is what a login opens with."""
        male = bool(self.rng.random() < 0.55)
        year = np.array([int(self.rng.integers(1966, 1999))])
        name = str(
            self.names.draw_surnames(self.rng, 1)[0]
            + self.names.draw_given(self.rng, year, np.array([male]))[0]
        )
        key = self.uuid()
        self.practitioners.append(
            places.Practitioner(
                id=key,
                name=name,
                initials=pinyin.word_initials(name),
                sex="1" if male else "2",
                title=title,
                organization_id=organization,
            )
        )
        for place, role in enumerate(roles):
            self.duties.append(
                places.Duty(
                    id=self.uuid(),
                    practitioner_id=key,
                    role=role,
                    organization_id=organization,
                    from_on=date(2020, 1, 1 + place),
                )
            )
        return key

    def save(self) -> None:
        """Write all rows; parents come before children."""
        for rows in (
            self.areas,
            self.area_names,
            self.organizations,
            self.served,
            self.practitioners,
            self.duties,
            self.grids,
        ):
            type(rows[0]).objects.bulk_create(rows, batch_size=2000)


def make_world(rng: np.random.Generator, residents: int, names: Names, now: datetime) -> list[County]:
    """Make divisions, organizations and staff fit for `residents` people, write them and return the counties."""
    builder = Builder(rng, names, now)
    builder.area(PROVINCE, "province", None, "示范省")
    builder.area(CITY, "city", PROVINCE, "示范市")
    counties = max(1, round(residents / 680_000))
    towns = max(4, round(residents / counties / 68_000))
    clinics = max(5, round(residents / counties / towns / 9_094))
    result = [_county(builder, rng, k, towns, clinics) for k in range(counties)]
    builder.save()
    return result


def _county(builder: Builder, rng: np.random.Generator, number: int, towns: int, clinics: int) -> County:
    key = CITY + (number + 1) * 10**6
    name = "示范县" if number == 0 else f"示范{'一二三四五六七八九十'[number % 10]}县"
    builder.area(key, "county", CITY, name)
    office = builder.organization("county_commission", f"{name}卫生健康局", key, None, [key])
    builder.practitioner(office, "科长", "county_officer", "evaluator")
    builder.practitioner(office, "副科长", "county_officer")
    builder.practitioner(office, "副主任", "evaluator")
    builder.practitioner(office, "工程师", "system_admin")
    builder.practitioner(office, "工程师", "security_admin")
    builder.practitioner(office, "审计员", "audit_admin")
    finance = builder.organization("finance_bureau", f"{name}财政局", key, None, [key])
    builder.practitioner(finance, "会计师", "finance_officer")
    for kind, label in (
        ("hospital", "人民医院"),
        ("cdc", "疾病预防控制中心"),
        ("mch", "妇幼保健院"),
        ("mental_health", "精神卫生中心"),
        ("supervision", "卫生监督所"),
    ):
        builder.organization(kind, name + label, key, office, [key])
    county = County(key, name, office)
    town_names = rng.permutation(builder.names.places["township_names"])
    street_names = rng.permutation(builder.names.places["street_names"])
    for index in range(towns):
        urban = index >= towns - max(1, towns // 5)
        county.townships.append(
            _township(
                builder,
                rng,
                county,
                index,
                urban,
                str((street_names if urban else town_names)[index]),
                clinics,
            )
        )
    return county


def _township(
    builder: Builder,
    rng: np.random.Generator,
    county: County,
    index: int,
    urban: bool,
    name: str,
    clinics: int,
) -> Township:
    number = index + 1 if urban else 100 + index
    key = county.key + number * 1000
    label = f"{name}{'街道' if urban else '镇'}"
    segment = f"{number:03d}"
    builder.area(key, "township", county.key, label, urban=urban, record_segment=segment)
    kind, suffix = ("community_centre", "社区卫生服务中心") if urban else ("township_centre", "中心卫生院")
    centre = builder.organization(kind, label + suffix, key, county.office, [key])
    builder.practitioner(centre, "主任医师", "township_director")
    builder.practitioner(centre, "统计师", "township_clerk")
    for number in range(3):
        # One of them also keeps the records: two duties, one login.
        also = ("township_clerk",) if number == 0 else ()
        builder.practitioner(centre, "主治医师", "township_doctor", *also)
    township = Township(key, label, segment, urban, centre)
    used: set[str] = set()
    village_number = 0
    for _ in range(clinics):
        villages = []
        for _ in range(2 if rng.random() < 0.7 else 1):
            village_number += 1
            village = _place_name(builder, rng, urban, used)
            # Statistical codes number neighbourhood committees from 001 and village committees from 200; record
            # numbers use 001-099 and 101-199 (records.md §2).
            code = key + (village_number if urban else 199 + village_number)
            builder.area(
                code,
                "village",
                key,
                village,
                urban=urban,
                record_segment=f"{village_number if urban else 100 + village_number:03d}",
                urban_rural_code="111" if urban else "220",
            )
            villages.append(code)
        first = builder.areas[-len(villages)].name
        kind, suffix = ("community_station", "卫生服务站") if urban else ("village_clinic", "卫生室")
        clinic_name = f"{label}{first.removesuffix('民委员会') if not urban else first}{suffix}"
        clinic = Clinic(
            builder.organization(kind, clinic_name, villages[0], centre, villages), clinic_name, villages
        )
        for _ in range(2 if rng.random() < 0.35 else 1):
            clinic.doctors.append(
                builder.practitioner(clinic.id, "乡村医生" if not urban else "全科医师", "village_doctor")
            )
        for village in villages:
            for part in range(GRIDS):
                clinic.grids.append(builder.uuid())
                builder.grids.append(
                    places.Grid(
                        id=clinic.grids[-1],
                        organization_id=clinic.id,
                        area_id=village,
                        name=f"第{part + 1}网格",
                        responsible_doctor_id=clinic.doctors[part % len(clinic.doctors)],
                    )
                )
        township.clinics.append(clinic)
    return township


def _place_name(builder: Builder, rng: np.random.Generator, urban: bool, used: set[str]) -> str:
    while True:
        if urban:
            name = f"{rng.choice(builder.names.places['community_names'])}{rng.choice(['', '一', '二', '三'])}社区"
        else:
            name = f"{rng.choice(builder.names.places['village_first'])}{rng.choice(builder.names.places['village_last'])}村".replace(
                "村村", "村"
            )
        if name not in used:
            used.add(name)
            return name
