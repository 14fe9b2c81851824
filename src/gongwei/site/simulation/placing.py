"""Where the people of one county live, who keeps their records, since when, and who has left. Arrays only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gongwei.site.simulation import geography, loading
from gongwei.site.simulation.people import DAY, People

# More residents than stay: these died or moved away while the record existed. [D]
GONE = 0.012
DIED, MOVED = "1", "2"
Clinics = list[tuple[geography.Township, geography.Clinic]]


@dataclass
class Placed:
    """Where each person lives, who keeps the record, and since when."""

    village: np.ndarray  # area keys
    clinic: np.ndarray  # index into the county's clinics
    doctor: np.ndarray  # index into the county's list of doctors
    grid: np.ndarray  # index into the county's list of grids
    household_id: np.ndarray  # (households, 16)
    resident_id: np.ndarray  # (n, 16)
    filed_on: np.ndarray
    left_on: np.ndarray
    reason: np.ndarray  # '' here, DIED, MOVED
    serial: np.ndarray
    segment: np.ndarray  # 12 digits as objects


def place(
    rng: np.random.Generator,
    people: People,
    county: geography.County,
    clinics: Clinics,
    gone: int,
    today: np.datetime64,
) -> Placed:
    """Spread households over the villages; `gone` of the people have died or moved away by `today`."""
    n = len(people)
    households = int(people.household.max()) + 1
    villages = [(key, number) for number, (_, clinic) in enumerate(clinics) for key in clinic.villages]
    keys = np.array([key for key, _ in villages])
    of_clinic = np.array([number for _, number in villages])
    weight = rng.gamma(4, 1, len(keys))
    home = rng.choice(len(keys), households, p=weight / weight.sum())[people.household]
    doctors_before = np.cumsum([0] + [len(clinic.doctors) for _, clinic in clinics])
    of_household = rng.integers(0, geography.GRIDS, households)[people.household]
    clinic = of_clinic[home]
    staff = np.array([len(c.doctors) for _, c in clinics])
    doctor = doctors_before[clinic] + of_household % staff[clinic]

    # Most records come from the campaigns of 2009 to 2013, the rest from births and people who moved in.
    campaign = np.datetime64("2009-10-01") + (rng.beta(1.6, 3.5, n) * 1600).astype(int) * DAY
    later = (
        np.datetime64("2014-01-01")
        + (rng.random(n) * (today - np.datetime64("2014-01-01")).astype(int)).astype(int) * DAY
    )
    filed = np.where(rng.random(n) < 0.18, later, campaign)
    born_later = people.birth >= filed
    filed = np.where(born_later, people.birth + rng.integers(3, 60, n) * DAY, filed)
    filed = np.minimum(filed, today)
    left = np.full(n, np.datetime64("NaT"), dtype="datetime64[D]")
    reason = np.full(n, "", dtype="U1")
    age = people.age_on(today)
    risk = np.interp(age, [0, 20, 50, 65, 75, 85, 100], [0.2, 1.0, 1.0, 3, 8, 25, 60])
    leaving = rng.choice(n, gone, replace=False, p=risk / risk.sum())
    since = np.maximum(filed[leaving], today - 730 * DAY)
    left[leaving] = since + (rng.random(gone) * np.maximum((today - since).astype(int), 1)).astype(int) * DAY
    reason[leaving] = np.where(age[leaving] > 55, DIED, MOVED)

    segment_of = np.array(
        [_segment(county, township, index) for township, _, index in _villages(county, clinics)], dtype=object
    )
    order = np.lexsort((people.household, filed, home))
    first = np.searchsorted(home[order], home[order], side="left")
    serial = np.empty(n, dtype=np.int64)
    serial[order] = np.arange(n) - first + 1
    if serial.max() > 99_999:
        raise ValueError("a village holds more residents than record numbers")
    return Placed(
        keys[home],
        clinic,
        doctor,
        geography.GRIDS * home + of_household,
        loading.seeded_ids(rng, np.full(households, milliseconds(np.datetime64("2009-10-01")))),
        loading.seeded_ids(rng, milliseconds(filed) + rng.integers(0, 86_400_000, n)),
        filed,
        left,
        reason,
        serial,
        segment_of[home],
    )


def _villages(county: geography.County, clinics: Clinics) -> Iterator[tuple[geography.Township, int, int]]:
    for township, clinic in clinics:
        for key in clinic.villages:
            yield township, key, key % 1000


def _segment(county: geography.County, township: geography.Township, village: int) -> str:
    """The first twelve digits of the record numbers of a village (records.md §2)."""
    third = village if township.urban else village - 99
    return f"{county.key // 10**6:06d}{township.segment}{third:03d}"


def milliseconds(days: np.ndarray | np.datetime64) -> Any:
    """Days as milliseconds since 1970."""
    return np.asarray(days).astype("datetime64[ms]").astype(np.int64)
