"""Rows of households, residents, memberships and events of one county, appended in chunks."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from gongwei.base import pinyin, sealed
from gongwei.residents import models as residents
from gongwei.residents import sealing
from gongwei.site.simulation import loading, placing, rows
from gongwei.site.simulation.people import DAY, People
from gongwei.site.simulation.placing import milliseconds

CHUNK = 50_000
DUPLICATES = 0.0015  # filed twice, the second time without an identity number [D]


class PeopleRows:
    """Writes one county's people; the arrays have one entry per resident."""

    def __init__(
        self,
        copy: loading.Copy,
        rng: np.random.Generator,
        people: People,
        placed: placing.Placed,
        clinics: placing.Clinics,
    ) -> None:
        self.copy, self.rng, self.people, self.placed = copy, rng, people, placed
        self.organization = loading.id_array([clinic.id for _, clinic in clinics])
        self.doctor = loading.id_array([key for _, clinic in clinics for key in clinic.doctors])
        self.grid = loading.id_array([key for _, clinic in clinics for key in clinic.grids])
        n = len(people)
        self.names = people.name
        self.phones = _phones(rng, n)
        self.phones[people.age_on(placed.filed_on) < 12] = ""
        self.house_number = rng.integers(1, 300, int(people.household.max()) + 1)[people.household]
        self.filed_twice = rng.random(n) < DUPLICATES

    def write(self) -> Iterator[int]:
        """Write and commit chunk by chunk; yields the number of people written."""
        self._households()
        for start in range(0, len(self.people), CHUNK):
            chunk = np.arange(start, min(start + CHUNK, len(self.people)))
            self._residents(chunk)
            self.copy.commit()
            yield len(chunk)
        self._duplicates(np.flatnonzero(self.filed_twice & (self.placed.reason == "")))
        self.copy.commit()

    def _ids(self, days: np.ndarray) -> pa.Array:
        return loading.uuid_column(loading.seeded_ids(self.rng, milliseconds(days)))

    def _households(self) -> None:
        count = len(self.placed.household_id)
        first = np.searchsorted(self.people.household, np.arange(count))
        number = np.array(
            [f"{segment}{k:06d}" for k, segment in enumerate(self.placed.segment[first])], dtype=object
        )
        for start in range(0, count, CHUNK):
            chunk = np.arange(start, min(start + CHUNK, count))
            at = first[chunk]
            self.copy.append(
                residents.Household._meta.db_table,
                rows.columns_of(
                    residents.Household,
                    {
                        "id": loading.uuid_column(self.placed.household_id[chunk]),
                        "number": number[chunk],
                        "area_id": self.placed.village[at],
                        "head_id": loading.uuid_column(self.placed.resident_id[at]),
                        "address": np.full(len(chunk), ""),
                        "grid_id": loading.uuid_column(self.grid[self.placed.grid[at]]),
                        "created_at": loading.instants_column(self.placed.filed_on[at]),
                    },
                    len(chunk),
                ),
            )

    def _columns(
        self, chunk: np.ndarray, resident_id: np.ndarray, numbers: np.ndarray, record_no: np.ndarray
    ) -> dict[str, Any]:
        """Columns of the resident table for some people; `numbers` are identity numbers, '' for none."""
        n = len(chunk)
        keys = [uuid.UUID(bytes=value.tobytes()) for value in resident_id]
        name = self.names[chunk]
        id_type = np.where(numbers == "", "99", "01")
        left = self.placed.reason[chunk] != ""
        died = self.placed.reason[chunk] == placing.DIED
        household = self.placed.household_id[self.people.household[chunk]]
        return {
            "id": loading.uuid_column(resident_id),
            "record_no": record_no,
            "record_no_aliases": pa.array([[]] * n, pa.list_(pa.string())),
            "name": name,
            "name_sort": pa.array([pinyin.sort_key(x) for x in name]),
            "initials": pa.array([list(pinyin.initials(x)) for x in name], pa.list_(pa.string())),
            "pinyin": pa.array([list(pinyin.spellings(x)) for x in name], pa.list_(pa.string())),
            "sex": np.where(self.people.male[chunk], "1", "2"),
            "birth_date": self.people.birth[chunk],
            "id_type": id_type,
            "no_id_reason": np.where(numbers == "", "未提供", ""),
            **_sealed(
                keys,
                list(numbers),
                {
                    "id_key": (sealing.ID_PURPOSE, lambda v: sealing.document("01", v)),
                    "id_last4_key": (sealing.LAST4_PURPOSE, lambda v: v[-4:]),
                    "id_last6_key": (sealing.LAST6_PURPOSE, lambda v: v[-6:]),
                },
                "id_cipher",
            ),
            **_sealed(
                keys,
                list(self.phones[chunk]),
                {
                    "phone_key": (sealing.PHONE_PURPOSE, lambda v: v),
                    "phone_last4_key": (sealing.PHONE4_PURPOSE, lambda v: v[-4:]),
                },
                "phone_cipher",
            ),
            "area_id": self.placed.village[chunk],
            "address": np.char.add(self.house_number[chunk].astype("U4"), "号").astype(object),
            "residence_type": np.where(self.people.household[chunk] % 9 == 0, "2", "1"),
            "resident_since": np.maximum(self.people.birth[chunk], self.placed.filed_on[chunk] - 400 * DAY),
            "household_id": loading.uuid_column(household),
            "relation_to_head": self.people.relation[chunk],
            "grid_id": loading.uuid_column(self.grid[self.placed.grid[chunk]]),
            "managing_organization_id": loading.uuid_column(self.organization[self.placed.clinic[chunk]]),
            "responsible_doctor_id": loading.uuid_column(self.doctor[self.placed.doctor[chunk]]),
            "status": np.where(left, "cancelled", "active"),
            "status_since": np.where(left, self.placed.left_on[chunk], self.placed.filed_on[chunk]),
            "cancel_reason": self.placed.reason[chunk],
            "death_on": np.where(died, self.placed.left_on[chunk], np.datetime64("NaT")),
            "filed_on": self.placed.filed_on[chunk],
            "filed_by_id": loading.uuid_column(self.doctor[self.placed.doctor[chunk]]),
            "filed_organization_id": loading.uuid_column(self.organization[self.placed.clinic[chunk]]),
            "origin": np.full(n, "simulated"),
            "created_at": loading.instants_column(self.placed.filed_on[chunk]),
            "updated_at": loading.instants_column(
                np.where(left, self.placed.left_on[chunk], self.placed.filed_on[chunk])
            ),
        }

    def _residents(self, chunk: np.ndarray) -> None:
        """Residents with their memberships and the events of their records."""
        people, placed = self.people, self.placed
        n = len(chunk)
        ids = placed.resident_id[chunk]
        record_no = np.array(
            [
                f"{segment}{serial:05d}"
                for segment, serial in zip(placed.segment[chunk], placed.serial[chunk], strict=True)
            ],
            dtype=object,
        )
        columns = self._columns(chunk, ids, people.id_number[chunk], record_no)
        self.copy.append(residents.Resident._meta.db_table, rows.columns_of(residents.Resident, columns, n))
        left = placed.reason[chunk] != ""
        self.copy.append(
            residents.HouseholdMembership._meta.db_table,
            rows.columns_of(
                residents.HouseholdMembership,
                {
                    "id": self._ids(placed.filed_on[chunk]),
                    "resident_id": loading.uuid_column(ids),
                    "household_id": columns["household_id"],
                    "relation": people.relation[chunk],
                    "from_on": placed.filed_on[chunk],
                    "until_on": np.where(left, placed.left_on[chunk], np.datetime64("NaT")),
                },
                n,
            ),
        )
        self._events(chunk, "filed", placed.filed_on)
        for reason, kind in ((placing.DIED, "died"), (placing.MOVED, "moved_out")):
            gone = chunk[placed.reason[chunk] == reason]
            self._events(gone, kind, placed.left_on)

    def _events(self, who: np.ndarray, kind: str, on: np.ndarray) -> None:
        n = len(who)
        if not n:
            return
        self.copy.append(
            residents.LifecycleEvent._meta.db_table,
            rows.columns_of(
                residents.LifecycleEvent,
                {
                    "id": self._ids(on[who]),
                    "resident_id": loading.uuid_column(self.placed.resident_id[who]),
                    "kind": np.full(n, kind),
                    "on_date": on[who],
                    "area_key": self.placed.village[who],
                    "organization_id": loading.uuid_column(self.organization[self.placed.clinic[who]]),
                    "at": loading.instants_column(on[who]),
                },
                n,
            ),
        )

    def _duplicates(self, doubles: np.ndarray) -> None:
        """A second active record of the same person, filed without the identity number."""
        n = len(doubles)
        highest = dict.fromkeys(np.unique(self.placed.segment.astype(str)), 0)
        for segment, serial in zip(self.placed.segment, self.placed.serial, strict=True):
            highest[segment] = max(highest[segment], int(serial))
        numbers = []
        for k in doubles:
            segment = self.placed.segment[k]
            highest[segment] += 1
            numbers.append(f"{segment}{highest[segment]:05d}")
        residents.RecordNumberSeries.objects.bulk_create(
            [
                residents.RecordNumberSeries(segment=segment, last=last)
                for segment, last in highest.items()
                if last
            ]
        )
        if not n:
            return
        ids = loading.seeded_ids(self.rng, milliseconds(self.placed.filed_on[doubles]))
        columns = self._columns(doubles, ids, np.full(n, "", dtype=object), np.array(numbers, dtype=object))
        columns["household_id"] = pa.nulls(n, pa.binary())
        columns["relation_to_head"] = np.full(n, "")
        self.copy.append(residents.Resident._meta.db_table, rows.columns_of(residents.Resident, columns, n))


def _phones(rng: np.random.Generator, n: int) -> np.ndarray:
    """Telephone numbers of a range that is given to nobody (154), 3 % mistyped as practice has it."""
    digits = rng.integers(0, 10**8, n)
    phones = np.char.add("154", np.char.zfill(digits.astype("U8"), 8)).astype(object)
    missing = rng.random(n) < 0.03
    phones[missing] = ""
    return phones


def _sealed(
    resident_ids: list[Any], values: list[str], purposes: dict[str, Any], column: str
) -> dict[str, pa.Array]:
    table = residents.Resident._meta.db_table
    given = [value or None for value in values]
    result = {
        column: pa.array(
            sealed.encrypt_many(zip(resident_ids, given, strict=True), table=table, column=column)
        )
    }
    for name, (purpose, part) in purposes.items():
        result[name] = pa.array(
            sealed.blind_many((part(v) if v else None for v in given), purpose=purpose), pa.binary()
        )
    return result
