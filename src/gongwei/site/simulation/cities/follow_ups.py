"""The follow-ups of a stretch of a city: what was owed in each quarter, less what the plan says went wrong.

One encounter serves both diseases where somebody has both. Now and then a value is out of control; then somebody telephones
within two weeks, which no norm counts as a follow-up.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from gongwei import catalogue
from gongwei.site.simulation.cities import planning
from gongwei.site.simulation.cities.filling import Answers
from gongwei.site.simulation.cities.people import DAY, Folk, keys
from gongwei.snapshots.exports import MARK, Export

CLINIC, HOME, TELEPHONE = range(3)
MODES = ["1", "2", "3"]
#: Slots 0 to 3 are the quarters of the year, 4 the call after a value out of control.
QUARTERS = 4
#: Share of those under management who are out of control once in the year, by quarter, and of these who still are when called. [D]
OUT_OF_CONTROL, STILL = (0.1, 0.1, 0.1, 0.45), 0.6


def _drug(times: int, dose: str) -> list[dict[str, Any]]:
    return [{"name": MARK, "times_a_day": times, "dose": Decimal(dose), "dose_unit": "1"}]


DRUGS = {
    "htn_follow_up": [_drug(1, "5"), _drug(1, "30"), _drug(1, "80"), _drug(2, "10"), _drug(1, "12.5")],
    "dm_follow_up": [_drug(2, "500"), _drug(1, "2"), _drug(3, "50")],
}


@dataclass
class Contacts:
    """Everybody's contacts of the year by slot, whether or not each took place: arrays of people × slots."""

    who: np.ndarray
    day: np.ndarray
    owed: np.ndarray
    systolic: np.ndarray
    diastolic: np.ndarray
    glucose: np.ndarray
    home: np.ndarray


def contacts(people: Folk, rng: np.random.Generator) -> Contacts:
    """The rhythm of the year for everybody under management: one contact in each quarter, the first on the day of enrolment."""
    plan = people.plan
    who = np.flatnonzero((plan.hypertension > 0) | (plan.diabetes > 0))
    shape = (len(who), QUARTERS)
    begins = planning.quarter_starts(people.year).astype(int)
    start, finish = np.maximum(plan.start[who], 0).astype(int), plan.finish[who].astype(int)
    first, last = planning.quarter_of(people.year, start), planning.quarter_of(people.year, finish)
    quarter = np.arange(QUARTERS)[None, :]
    owed = (quarter >= first[:, None]) & (quarter <= last[:, None])
    offset = np.clip(rng.integers(3, 72, (len(who), 1)) + rng.integers(-8, 13, shape), 0, 88)
    day = np.maximum(begins[None, :] + offset, start[:, None])
    enrolled = (plan.start[who, None] >= 0) & (quarter == first[:, None])
    day = np.where(enrolled, start[:, None], np.minimum(day, finish[:, None]))
    # Out of control in one quarter at most, mostly in winter: so the class is that of a first time, and the call tells more.
    bad = np.searchsorted(np.cumsum(OUT_OF_CONTROL), rng.random((len(who), 1)), side="right") == quarter
    pulse = rng.integers(0, 20, shape)
    systolic = np.where(bad, 152 + pulse, 116 + pulse)
    return Contacts(
        who,
        day,
        owed,
        systolic,
        np.where(bad, 78, 70) + pulse // 2,
        np.where(bad, rng.integers(72, 118, shape), rng.integers(46, 70, shape)),
        rng.random(shape) < 0.2,
    )


def fill(
    people: Folk, code: str, form: int, of: Contacts, export: Export, rng: np.random.Generator
) -> pa.Table:
    """The follow-up sheets of one disease. form: what its record ids begin with."""
    plan, is_dm = people.plan, code == "dm_follow_up"
    managed, fault, made = (
        (plan.diabetes, plan.dm_fault, plan.dm_made)
        if is_dm
        else (plan.hypertension, plan.htn_fault, plan.htn_made)
    )
    has = managed[of.who] > 0
    fault, made = fault[of.who], made[of.who].astype(int)
    # Of the contacts owed the first `made` of a turn that differs from person to person took place.
    turn = (np.arange(QUARTERS)[None, :] + people.number[of.who][:, None]) % QUARTERS
    turn = np.where(of.owed, turn, QUARTERS)
    rank = np.argsort(np.argsort(turn, axis=1), axis=1)
    done = of.owed & (rank < made[:, None]) & has[:, None]
    missed = of.owed & (rank == made[:, None]) & has[:, None] & (fault == planning.LOST)[:, None]
    flawed = done & (rank == 0)
    day = of.day
    if (at := np.flatnonzero(fault == planning.CLUSTERED)).size:
        late = planning.quarter_starts(people.year)[3] + 6 + np.arange(QUARTERS)[None, :] * 21
        day = day.copy()
        day[at] = late + people.number[of.who[at]][:, None] % 12
    out = (of.glucose >= 70) if is_dm else (of.systolic >= 150)
    calls = done & out & (day + 14 <= plan.finish[of.who][:, None])
    place, slot = np.nonzero(done | missed)
    extra, of_slot = np.nonzero(calls)
    row, slots = np.concatenate([place, extra]), np.concatenate([slot, of_slot])
    call = np.arange(len(row)) >= len(place)
    who = of.who[row]
    when = people.day(day[row, slots] + np.where(call, 9 + people.number[who] % 6, 0))
    lost = missed[row, slots] & ~call
    spoilt = flawed[row, slots] & ~call
    still = call & (rng.random(len(row)) < STILL)
    bad = np.where(call, still, out[row, slots])
    rows = Answers(catalogue.form(code), export, len(row), rng)
    keys(people, rows, form, who, slots + np.where(call, QUARTERS, 0), when, rng.integers(0, 5, len(row)))
    people.doctors(rows, "responsible_doctor", who)
    by_phone = call | (spoilt & (fault[row] == planning.BY_TELEPHONE))
    mode = np.where(by_phone, TELEPHONE, np.where(of.home[row, slots], HOME, CLINIC))
    rows.pick("result", ["1", "2"], lost.astype(int))
    rows.pick("mode", MODES, mode)
    better = call & ~still
    rows.put("systolic", np.where(better, 118 + of.systolic[row, slots] % 20, of.systolic[row, slots]))
    rows.put("diastolic", np.where(better, 76, of.diastolic[row, slots]))
    rows.pick("outcome", ["1", "2"], bad.astype(int))
    rows.pick("next_step", ["1", "2", "3"], np.where(still, 2, bad))
    rows.pick("referral_reason", ["1"], np.where(still, 0, -1))
    rows.pick("referral_to", [MARK], np.where(still, 0, -1))
    rows.pick("referral_arrived", ["1", "2"], np.where(still, rng.integers(0, 2, len(row)), -1))
    rows.put("next_due_on", when + np.where(bad, 14, 91) * DAY)
    _common(rows, code, people.male[who], rng)
    if is_dm:
        _diabetes(rows, np.where(better, 60, of.glucose[row, slots]), rng)
        rows.only(~(spoilt & (fault[row] == planning.NO_GLUCOSE)), "fasting_glucose")
        rows.only(~(spoilt & (fault[row] == planning.NOT_FILLED)), "staple_food")
    else:
        rows.draw("heart_rate", range(60, 92))
        rows.draw("salt", ["1", "2", "3"], [0.45, 0.42, 0.13])
        rows.same("1", "salt_goal")
        rows.only(~(spoilt & (fault[row] == planning.NOT_FILLED)), "heart_rate")
    rows.unanswered(lost, but=("done_on", "result", "responsible_doctor"))
    rows.pick("not_completed_reason", [MARK], np.where(lost, 0, -1))
    return rows.table()


def _common(rows: Answers, code: str, male: np.ndarray, rng: np.random.Generator) -> None:
    """What both sheets ask."""
    n = rows.n
    rows.draw("symptoms", ["1", "2"], [0.9, 0.1])
    rows.same("0", "danger_signs", "complication")
    height = np.where(male, rng.integers(1600, 1790, n), rng.integers(1500, 1670, n))
    weight = np.round(rng.integers(200, 290, n) * (height / 1000) ** 2).astype(int)
    rows.tenths("height", height)
    rows.tenths("weight", weight)
    rows.tenths("bmi", np.floor(weight / (height / 1000) ** 2 + 0.5).astype(int))
    smokes = male & (rng.random(n) < 0.4)
    rows.pick("cigarettes", [0, 5, 10, 20], np.where(smokes, rng.integers(1, 4, n), 0))
    rows.pick("cigarettes_goal", [0, 5], smokes.astype(int))
    rows.tenths("alcohol_liang", np.where(male & (rng.random(n) < 0.3), rng.integers(5, 30, n), 0))
    rows.same(Decimal(0), "alcohol_liang_goal")
    rows.draw("exercise_per_week", range(8))
    rows.draw("exercise_minutes", [10, 20, 30, 40, 60])
    rows.same(5, "exercise_per_week_goal")
    rows.same(30, "exercise_minutes_goal")
    rows.draw("psychological_adjustment", ["1", "2", "3"], [0.86, 0.12, 0.02])
    rows.draw("compliance", ["1", "2", "3"], [0.84, 0.13, 0.03])
    adherence = rows.draw("medication_adherence", ["1", "2", "3"], [0.8, 0.15, 0.05])
    rows.same("1", "adverse_reaction")
    rows.draw("medications", DRUGS[code])
    rows.only(adherence < 2, "medications")


def _diabetes(rows: Answers, glucose: np.ndarray, rng: np.random.Generator) -> None:
    rows.tenths("fasting_glucose", glucose)
    rows.draw("glucose_sample", ["1", "2"], [0.85, 0.15])
    rows.same("1", "dorsalis_pedis")
    rows.draw("staple_food", range(200, 601, 50))
    rows.same(300, "staple_food_goal")
    rows.draw("hypoglycaemia", ["1", "2"], [0.95, 0.05])
