"""The residents of a stretch of a city: who they are, where they belong, their episodes, basic forms and 接诊记录."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from gongwei import catalogue
from gongwei.engines.columnar_schemas import beside_record
from gongwei.site.simulation.answers import NO_HISTORY
from gongwei.site.simulation.cities import planning
from gongwei.site.simulation.cities.filling import Answers, Rows, ids, texts
from gongwei.site.simulation.cities.planning import Plan
from gongwei.snapshots.exports import Export

DAY = np.timedelta64(1, "D")
RESIDENT, ORGANIZATION, DOCTOR, RECORD, ENCOUNTER = range(1, 6)
#: Province 66 is nobody's (GB/T 2260).
CITY, COUNTIES, TOWNSHIPS = 660100000000, 8, 11
VILLAGE_SIZE = 3600
MALE, FEMALE = "1", "2"


@dataclass
class Folk:
    """Residents of a stretch: the plan, their numbers in the city, and what the forms ask about them."""

    plan: Plan
    year: int
    number: np.ndarray
    village: np.ndarray
    area_key: np.ndarray
    male: np.ndarray
    birth: np.ndarray
    new_year: np.datetime64

    def day(self, of_year: np.ndarray) -> np.ndarray:
        """Days of the year as dates."""
        return self.new_year + of_year.astype("timedelta64[D]")

    def age_on(self, who: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Completed years; nobody here is born on 29 February."""
        birth = self.birth[who]
        born, now = birth.astype("datetime64[Y]"), day.astype("datetime64[Y]")
        months = day.astype("datetime64[M]") - now, birth.astype("datetime64[M]") - born
        before = (months[0].astype(int) * 32 + _of_month(day)) < (
            months[1].astype(int) * 32 + _of_month(birth)
        )
        return now.astype(int) - born.astype(int) - before

    def doctors(self, rows: Rows, name: str, who: np.ndarray) -> None:
        """The doctor of the village signs."""
        known, which = np.unique(self.village[who], return_inverse=True)
        rows.pick(name, texts(DOCTOR, known), which)


def _of_month(day: np.ndarray) -> np.ndarray:
    return (day - day.astype("datetime64[M]").astype("datetime64[D]")).astype(int)


def place_of(village: np.ndarray) -> np.ndarray:
    """The division codes of villages by number: counties and townships of a size, so that every level has something."""
    county, township = village % COUNTIES, village // COUNTIES % TOWNSHIPS
    return CITY + (county + 1) * 10**6 + (township + 1) * 1000 + 201 + village // (COUNTIES * TOWNSHIPS)


def folk(plan: Plan, first: int, year: int, rng: np.random.Generator) -> Folk:
    """Residents from number `first` on, born so that they are of the age the plan says."""
    n = len(plan)
    number = np.arange(first, first + n)
    village = number // VILLAGE_SIZE
    group = plan.group
    diseased = (plan.hypertension > 0) | (plan.diabetes > 0)
    # Completed years on 31 December.
    age = np.select(
        [group == planning.CHILD, group == planning.ADULT],
        [rng.integers(0, 7, n), np.where(diseased, rng.integers(38, 65, n), rng.integers(7, 65, n))],
        65 + np.minimum(rng.exponential(7.5, n), 36).astype(int),
    )
    gone = np.isin(plan.standing, (planning.DIED, planning.CANCELLED)) & ~diseased
    age = np.where(gone, 58 + np.minimum(rng.exponential(16, n), 42).astype(int), age)
    new_year = np.datetime64(f"{year}-01-01")
    birth_year = np.datetime64(f"{year}", "Y") - age.astype("timedelta64[Y]")
    # The 28th at the latest: no birthday that some years do not have.
    birth = (birth_year.astype("datetime64[M]") + rng.integers(0, 12, n).astype("timedelta64[M]")).astype(
        "datetime64[D]"
    ) + rng.integers(0, 28, n) * DAY
    found = Folk(
        plan, year, number, village, place_of(village), rng.random(n) < np.where(age >= 65, 0.47, 0.51),
        birth, new_year,
    )  # fmt: skip
    found.birth = np.minimum(found.birth, new_year + 300 * DAY)
    return found


def subjects(people: Folk, export: Export, rng: np.random.Generator) -> pa.Table:
    """What definitions may ask of each resident, and where each belongs."""
    plan, n = people.plan, len(people.plan)
    rows = Rows(export, n, rng)
    gone = people.day(plan.finish)
    rows.put("subject_id", ids(RESIDENT, people.number))
    rows.pick("sex", [FEMALE, MALE], people.male.astype(int))
    rows.put("birth_date", people.birth)
    rows.draw("residence_type", ["1", "2"], [0.8, 0.2])
    moved = rng.random(n) < 0.12
    since = people.new_year - rng.integers(400, 5000, n) * DAY
    newcomer = plan.group == planning.NEWCOMER
    since = np.where(newcomer, people.new_year + rng.integers(215, 340, n) * DAY, since)
    rows.put("lives_here_since", _days(np.maximum(since, people.birth), (moved | newcomer)))
    filed = people.new_year - rng.integers(30, 3200, n) * DAY
    quiet = (plan.exam == 0) & (plan.hypertension == 0) & (plan.diabetes == 0) & (plan.notes == 0)
    late = quiet & (plan.standing == planning.ON_FILE) & (rng.random(n) < 0.03)
    filed = np.where(late, people.new_year + rng.integers(305, 360, n) * DAY, filed)
    filed = np.maximum(filed, people.birth + 28 * DAY)
    filed = np.where(newcomer, people.new_year + rng.integers(341, 360, n) * DAY, filed)
    unfiled = plan.standing == planning.UNFILED
    filed = np.where(unfiled, people.new_year + rng.integers(370, 420, n) * DAY, filed)
    rows.put("filed_on", _days(filed, ~(unfiled & (rng.random(n) < 0.6))))
    rows.put("left_on", _days(gone, plan.standing == planning.LEFT))
    ended = np.isin(plan.standing, (planning.DIED, planning.LEFT, planning.CANCELLED))
    rows.put("cancelled_on", _days(gone, ended))
    rows.put("died_on", _days(gone, plan.standing == planning.DIED))
    rows.put("area_key", people.area_key)
    rows.put("organization_id", ids(ORGANIZATION, people.area_key // 1000))
    rows.put("doctor_id", ids(DOCTOR, people.village))
    rows.pick("status", ["active", "cancelled"], ended.astype(int))
    return rows.table()


def _days(days: np.ndarray, where: np.ndarray) -> pa.Array:
    return pa.array(days.astype("datetime64[D]"), mask=~where)


def episodes(people: Folk, export: Export, rng: np.random.Generator) -> pa.Table:
    """Who is under management since when, and until when."""
    plan, parts = people.plan, []
    for kind, managed in (("hypertension", plan.hypertension), ("diabetes", plan.diabetes)):
        who = np.flatnonzero(managed)
        rows = Rows(export, len(who), rng)
        rows.put("subject_id", ids(RESIDENT, people.number[who]))
        rows.same(kind, "kind")
        before = people.new_year - rng.integers(20, 2400, len(who)) * DAY
        rows.put("started_on", np.where(plan.start[who] < 0, before, people.day(plan.start[who])))
        ended = np.isin(plan.standing[who], (planning.DIED, planning.LEFT))
        rows.put("ended_on", _days(people.day(plan.finish[who]), ended))
        rows.put("area_key", people.area_key[who])
        parts.append(rows.table())
    return pa.concat_tables(parts)


def keys(
    people: Folk, rows: Rows, form: int, who: np.ndarray, slot: Any, day: np.ndarray, late: np.ndarray
) -> None:
    """Whose record it is, which one, of when and when it was entered (`late` days after)."""
    rows.put("subject_id", ids(RESIDENT, people.number[who]))
    rows.pick(beside_record("sex"), [FEMALE, MALE], people.male[who].astype(int))
    rows.put(beside_record("birth_date"), people.birth[who])
    rows.put("record_id", ids(RECORD + 16 * form, people.number[who] * 16 + slot))
    rows.put("entered_on", day + late.astype("timedelta64[D]"))
    rows.put("done_on", day)
    rows.put("area_key", people.area_key[who])


def basic_information(people: Folk, export: Export, rng: np.random.Generator) -> pa.Table:
    """个人基本信息表: complete, or with one required item not filled."""
    plan = people.plan
    who = np.flatnonzero(plan.basic != planning.NO_FORM)
    n = len(who)
    form = catalogue.form("basic_information")
    rows = Answers(form, export, n, rng)
    day = people.new_year - rng.integers(1, 3000, n) * DAY
    keys(people, rows, 1, who, 0, day, rng.integers(0, 4, n))
    rows.draw("ethnicity", ["01", "02", "03", "11"], [0.96, 0.02, 0.01, 0.01])
    rows.draw("blood_abo", ["1", "2", "3", "4", "5"], [0.24, 0.24, 0.27, 0.07, 0.18])
    rows.draw("blood_rh", ["2", "3", "1"], [0.7, 0.297, 0.003])
    rows.draw("education", ["8", "7", "6", "3", "2"], [0.25, 0.4, 0.17, 0.1, 0.08])
    rows.draw("occupation", ["4", "5", "3", "1", "8"], [0.3, 0.25, 0.2, 0.1, 0.15])
    child = (people.age_on(who, day) < 20).astype(int)
    rows.pick("marital_status", ["2", "1"], child)
    rows.draw("payment_methods", ["1", "2", "7"], [0.5, 0.47, 0.03])
    rows.draw("drug_allergies", ["1", "2", "3"], [0.955, 0.035, 0.01])
    ill = np.where(plan.hypertension[who] > 0, 1, 0) + np.where(plan.diabetes[who] > 0, 2, 0)
    rows.pick("past_diseases", [["1"], ["2"], ["3"], ["2", "3"]], ill)
    rows.same("1", *NO_HISTORY)
    rows.draw("kitchen_exhaust", ["2", "1"], [0.8, 0.2])
    rows.draw("fuel_type", ["3", "1"], [0.7, 0.3])
    rows.same("1", "water_source", "toilet_type", "livestock_pen")
    lacking = rng.integers(0, 4, n)
    for place, name in enumerate(("blood_abo", "education", "occupation", "family_father")):
        rows.only((plan.basic[who] != planning.GAPS) | (lacking != place), name)
    return rows.table()


def outpatient_notes(people: Folk, export: Export, rng: np.random.Generator) -> pa.Table:
    """接诊记录 of the year, or of the year before only."""
    notes = people.plan.notes
    who = np.repeat(np.arange(len(notes)), np.abs(notes))
    n = len(who)
    rows = Answers(catalogue.form("outpatient_note"), export, n, rng)
    slot = np.arange(n) - np.searchsorted(who, who)
    last_year = notes[who] < 0
    of_year = rng.integers(0, 100, n) + slot * 120
    # Not before somebody had lived for a month or the year had begun.
    born = (people.birth[who] - people.new_year).astype(int)
    of_year = np.where(last_year, of_year - 300, np.maximum(of_year, np.minimum(born + 30, 362)))
    keys(people, rows, 2, who, slot, people.day(of_year), rng.integers(0, 3, n))
    rows.same("…", "subjective", "objective", "assessment", "plan")
    people.doctors(rows, "doctor", who)
    return rows.table()
