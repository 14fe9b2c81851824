"""The people of one county as arrays: ages, sexes, households, kinship, names, identity numbers.

Nothing here knows a database. Arrays of one county have one entry per resident, in order of household.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gongwei.site.simulation.names import Names

# Share of five-year age groups in percent, 0-4 to 90+. [K] Seventh national census, 2020.
AGE_GROUPS = np.array(
    [
        5.52,
        6.39,
        6.05,
        5.15,
        5.31,
        6.52,
        8.80,
        7.03,
        6.59,
        8.12,
        8.59,
        7.19,
        5.21,
        5.25,
        3.52,
        2.21,
        1.44,
        0.76,
        0.35,
    ]
)
# Men per 100 women by the same groups. [K]
MEN_PER_100_WOMEN = np.array(
    [110, 113, 115, 117, 113, 107, 104, 104, 104, 103, 101, 101, 99, 96, 93, 86, 78, 66, 48]
)
HEAD, SPOUSE, SON, DAUGHTER, FATHER, MOTHER = "02", "10", "20", "30", "51", "52"
ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
ID_CHECK = np.frombuffer(b"10X98765432", dtype="S1")
DAY = np.timedelta64(1, "D")


@dataclass
class People:
    """One county's residents; every array has the same length."""

    household: np.ndarray  # int32, 0-based within the county
    relation: np.ndarray  # code of the relation to the head
    male: np.ndarray  # bool
    birth: np.ndarray  # datetime64[D]
    surname: np.ndarray  # str objects
    given: np.ndarray
    id_number: np.ndarray  # str objects, '' where the person has none yet

    def __len__(self) -> int:
        return len(self.male)

    @property
    def name(self) -> np.ndarray:
        """Full names as str objects."""
        return self.surname + self.given

    def age_on(self, day: np.datetime64) -> np.ndarray:
        """Completed years on `day`."""
        return completed_years(self.birth, day)


def completed_years(birth: np.ndarray, day: np.datetime64 | np.ndarray) -> np.ndarray:
    """Completed years between `birth` and `day` (datetime64[D]); 29 February counts from 1 March."""
    day = np.asarray(day, dtype="datetime64[D]")

    def parts(d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        year = d.astype("datetime64[Y]")
        month = d.astype("datetime64[M]")
        in_year = (month - year.astype("datetime64[M]")).astype(int) * 100 + (
            d - month.astype("datetime64[D]")
        ).astype(int)
        return year.astype(int), in_year

    birth_year, birth_day = parts(birth)
    year, in_year = parts(day)
    return year - birth_year - (in_year < birth_day)


def make_people(
    rng: np.random.Generator, n: int, today: np.datetime64, county_code: str, names: Names
) -> People:
    """Make `n` residents of a county as they stand on `today`, assembled into households.

    `county_code`: six digits, the first segment of their identity numbers.
    """
    group = rng.choice(len(AGE_GROUPS), size=n, p=AGE_GROUPS / AGE_GROUPS.sum())
    days = (group * 5 * 365.2425 + rng.random(n) * 5 * 365.2425).astype(int)
    days = np.where(group == len(AGE_GROUPS) - 1, (90 * 365.2425 + rng.exponential(900, n)).astype(int), days)
    birth = today - np.minimum(days, 106 * 365) * DAY
    men = MEN_PER_100_WOMEN[group]
    male = rng.random(n) < men / (men + 100)
    age = days / 365.2425

    household, relation, surname_of = _assemble(rng, age, male)
    order = np.lexsort((relation, household))
    birth, male, household, relation = birth[order], male[order], household[order], relation[order]
    position = np.empty(n, dtype=np.int64)
    position[order] = np.arange(n)
    surname_of = position[surname_of[order]]

    surname = names.draw_surnames(rng, n)
    for _ in range(3):  # father's surname reaches children and grandchildren
        surname = surname[surname_of]
    given = names.draw_given(rng, birth.astype("datetime64[Y]").astype(int) + 1970, male)
    numbers = _id_numbers(rng, birth, male, county_code)
    newborn = (today - birth) < 60 * DAY
    numbers[newborn & (rng.random(n) < 0.5)] = ""
    numbers[rng.random(n) < 0.002] = ""
    return People(household.astype(np.int32), relation, male, birth, surname, given, numbers)


def _assemble(
    rng: np.random.Generator, age: np.ndarray, male: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Put individuals into households.

    Returns household number, relation code, and for each person the index of the person whose surname is shared.
    """
    n = len(age)
    household = np.full(n, -1, dtype=np.int64)
    relation = np.full(n, HEAD, dtype="U2")
    surname_of = np.arange(n)

    # Couples: men and women sorted by age side by side, so that partners are of an age.
    married = rng.random(n) < np.interp(
        age, [21, 24, 28, 33, 60, 75, 90], [0, 0.25, 0.72, 0.9, 0.88, 0.66, 0.25]
    )
    husbands = np.flatnonzero(male & married)
    wives = np.flatnonzero(~male & married)
    pairs = min(len(husbands), len(wives))
    husbands = np.sort(rng.choice(husbands, pairs, replace=False))
    wives = np.sort(rng.choice(wives, pairs, replace=False))
    husbands = husbands[np.argsort(age[husbands] + rng.normal(0, 1.2, pairs))]
    wives = wives[np.argsort(age[wives] + rng.normal(0, 1.2, pairs))]
    relation[wives] = SPOUSE
    couple_of = np.full(n, -1)
    couple_of[husbands] = couple_of[wives] = np.arange(pairs)
    wife_age = age[wives]

    # Children and unmarried young adults join a couple some 20 to 40 years older.
    young = np.flatnonzero((couple_of < 0) & (age < 32))
    young = young[(age[young] < 20) | (rng.random(len(young)) < 0.7)]
    parents = _matched_by_age(
        rng, age[young], np.flatnonzero((wife_age > 21) & (wife_age < 66)), wife_age, 26.5
    )
    relation[young] = np.where(male[young], SON, DAUGHTER)
    surname_of[young] = husbands[parents]
    # Elders, couple or alone, live in the house of a married child in some 45 % of cases.
    old_couple = np.flatnonzero((wife_age > 60) & (rng.random(pairs) < 0.42))
    hosts = np.flatnonzero((wife_age > 28) & (wife_age < 60))
    host_of_old = _matched_by_age(rng, wife_age[old_couple] - 25, hosts, wife_age, 0)
    home_of_couple = np.arange(pairs)
    taken = np.zeros(pairs, dtype=bool)
    for old, host in zip(old_couple, host_of_old, strict=True):
        if not taken[host]:
            taken[host] = True
            home_of_couple[old] = host
            relation[husbands[old]], relation[wives[old]] = FATHER, MOTHER
            surname_of[husbands[host]] = husbands[old]
    household[husbands] = household[wives] = home_of_couple
    household[young] = home_of_couple[parents]

    single = np.flatnonzero(household < 0)
    old_single = single[(age[single] > 62) & (rng.random(len(single)) < 0.55)]
    free = hosts[~taken[hosts]]
    host = _matched_by_age(rng, age[old_single] - 25, free, wife_age, 0)
    seen: set[int] = set()
    for person, couple in zip(old_single, host, strict=True):
        if couple not in seen:
            seen.add(int(couple))
            household[person] = couple
            relation[person] = FATHER if male[person] else MOTHER
            if male[person]:
                surname_of[husbands[couple]] = person
    alone = np.flatnonzero(household < 0)
    household[alone] = pairs + np.arange(len(alone))
    relation[alone] = HEAD
    _, household = np.unique(household, return_inverse=True)
    return household, relation, surname_of


def _matched_by_age(
    rng: np.random.Generator, ages: np.ndarray, candidates: np.ndarray, candidate_age: np.ndarray, gap: float
) -> np.ndarray:
    """For each age pick a candidate about `gap` years older; returns entries of `candidates`."""
    by_age = candidates[np.argsort(candidate_age[candidates])]
    wanted = ages + gap + rng.normal(0, 2.5, len(ages))
    place = (
        np.searchsorted(candidate_age[by_age], wanted)
        + rng.integers(-200, 201, len(ages)) * len(by_age) // 20_000
    )
    return by_age[np.clip(place, 0, len(by_age) - 1)]


def _id_numbers(
    rng: np.random.Generator, birth: np.ndarray, male: np.ndarray, county_code: str
) -> np.ndarray:
    """Valid 18-character identity numbers (GB 11643), unique within the county.

    The county code is a reserved one, so no number belongs to a living person.
    """
    n = len(birth)
    day_number = (birth - np.datetime64("1900-01-01")).astype(int)
    group = day_number * 2 + male
    order = np.argsort(group, kind="stable")
    sorted_group = group[order]
    first = np.searchsorted(sorted_group, sorted_group, side="left")
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n) - first
    if rank.max(initial=0) >= 500:
        raise ValueError(
            "more than 500 births of one sex on one day in one county: the sequence is exhausted"
        )
    # 500 sequence numbers of the right parity, walked in a stride that is coprime to 500 from a start per day.
    start = (day_number * 7919) % 500
    sequence = ((start + rank * 83) % 500) * 2 + male
    year = birth.astype("datetime64[Y]").astype(int) + 1970
    month = birth.astype("datetime64[M]").astype(int) % 12 + 1
    day = (birth - birth.astype("datetime64[M]").astype("datetime64[D]")).astype(int) + 1
    digits = np.empty((n, 17), dtype=np.int64)
    digits[:, :6] = [int(c) for c in county_code]
    body = ((year * 100 + month) * 100 + day) * 1000 + sequence
    for column in range(16, 5, -1):
        digits[:, column] = body % 10
        body //= 10
    check = ID_CHECK[(digits * ID_WEIGHTS).sum(axis=1) % 11]
    text = np.empty((n, 18), dtype="S1")
    text[:, :17] = (digits + 48).astype(np.uint8).view("S1")
    text[:, 17] = check
    return text.view("S18").ravel().astype("U18").astype(object)
