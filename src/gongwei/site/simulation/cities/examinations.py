"""健康体检表 and 自理能力评估 of a stretch of a city: complete ones, and ones that lack what the plan says."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from gongwei import catalogue
from gongwei.site.simulation.answers import NOTHING_FOUND
from gongwei.site.simulation.cities import planning
from gongwei.site.simulation.cities.filling import Answers
from gongwei.site.simulation.cities.people import DAY, Folk, keys
from gongwei.snapshots.exports import MARK, Export

#: 自理能力 of five activities, their total and the level: four of the commonest ways to be. [D]
SELF_CARE = (
    ("0", "0", "0", "0", "0"),
    ("0", "0", "0", "0", "1"),
    ("0", "3", "0", "1", "1"),
    ("3", "3", "3", "1", "5"),
)
ACTIVITIES = ("eating", "grooming", "dressing", "toileting", "mobility")
TOTALS = [sum(map(int, each)) for each in SELF_CARE]
LEVELS = ["1" if total <= 3 else "2" if total <= 8 else "3" for total in TOTALS]
OLD = 65


def days(people: Folk, rng: np.random.Generator) -> np.ndarray:
    """The day of everybody's examination, as a day of the year; of the year before where it was only then."""
    plan, n = people.plan, len(people.plan)
    day = 60 + (rng.beta(2.0, 2.2, n) * 255).astype(int)
    gone = plan.standing != planning.ON_FILE
    day = np.where(gone, 20 + (rng.random(n) * 75).astype(int), day)
    return np.where(plan.exam == planning.LAST_YEAR, day - 365, day)


def fill(
    people: Folk, check_up: Export, self_care: Export, rng: np.random.Generator
) -> tuple[pa.Table, pa.Table]:
    """The examinations, and the assessments of nine in ten of the older ones."""
    who = np.flatnonzero(people.plan.exam != planning.NO_EXAM)
    day = people.day(days(people, rng)[who])
    late = rng.integers(0, 6, len(who))
    old = people.age_on(who, day) >= OLD
    able = np.searchsorted(np.cumsum([0.8, 0.12, 0.05]), rng.random(len(who)), side="right")
    table = _check_up(people, who, day, late, old, able, check_up, rng)
    at = np.flatnonzero(old & (rng.random(len(who)) < 0.9))
    rows = Answers(catalogue.form("self_care_assessment"), self_care, len(at), rng)
    keys(people, rows, 4, who[at], 0, day[at], late[at])
    for place, name in enumerate(ACTIVITIES):
        rows.pick(name, [each[place] for each in SELF_CARE], able[at])
    rows.pick("total", TOTALS, able[at])
    rows.pick("level", LEVELS, able[at])
    people.doctors(rows, "assessor", who[at])
    return table, rows.table()


def _check_up(
    people: Folk,
    who: np.ndarray,
    day: np.ndarray,
    late: np.ndarray,
    old: np.ndarray,
    able: np.ndarray,
    export: Export,
    rng: np.random.Generator,
) -> pa.Table:
    n, plan = len(who), people.plan
    rows = Answers(catalogue.form("check_up"), export, n, rng)
    keys(people, rows, 3, who, 0, day, late)
    people.doctors(rows, "responsible_doctor", who)
    _body(rows, people.male[who], rng)
    _older(rows, old, able)
    _habits(rows, people.male[who], rng)
    rows.same("1", *NOTHING_FOUND)
    rows.same("five_point", "vision_scale")
    rows.tenths("vision_left", rng.integers(42, 53, n))
    rows.tenths("vision_right", rng.integers(42, 53, n))
    for name, share in (("hearing", 0.93), ("motor_function", 0.97)):
        rows.draw(name, ["1", "2"], [share, 1 - share])
    rows.draw("teeth", ["1", "2", "3"], [0.55, 0.35, 0.1])
    rows.draw("dorsalis_pedis", ["2", "3"], [0.97, 0.03])
    _laboratory(rows, plan.diabetes[who] > 0, rng)
    seen = {}
    for name in ("ecg", "chest_xray", "ultrasound_abdomen"):
        seen[name] = rows.draw(name, ["1", "2"], [0.88, 0.12])
        rows.pick(f"{name}_other", [MARK], np.where(seen[name] == 1, 0, -1))
    abnormal = np.any([each == 1 for each in seen.values()], axis=0) & (plan.exam[who] != planning.NO_ECG)
    rows.pick("assessment", ["1", "2"], abnormal.astype(int))
    rows.pick("abnormalities", [[{"finding": MARK}]], np.where(abnormal, 0, -1))
    ill = (plan.hypertension[who] > 0) | (plan.diabetes[who] > 0)
    rows.pick("guidance", [["1"], ["2"]], np.where(ill, 0, np.where(abnormal, 1, -1)))
    rows.draw("risk_control", [["3", "4"], ["4"], ["1", "3"], ["2", "3", "4"]], [0.5, 0.3, 0.1, 0.1])
    told = rng.integers(5, 29, n)
    rows.put("next_due_on", day + 365 * DAY)
    rows.put("reported_on", day + told * DAY)
    rows.draw("report_mode", ["1", "2", "3"], [0.6, 0.3, 0.1])
    _leave_out(rows, plan.exam[who])
    return rows.table()


def _leave_out(rows: Answers, exam: np.ndarray) -> None:
    """What the plan says is missing."""
    rows.only(exam != planning.NO_ECG, "ecg", "ecg_other")
    rows.pick("ecg_not_done", ["3"], np.where(exam == planning.NO_ECG, 0, -1))
    rows.only(exam != planning.NO_SKIN, "skin")
    rows.only(exam != planning.NO_GUIDANCE, "guidance", "risk_control")
    rows.only(exam != planning.NO_FOOT_PULSE, "dorsalis_pedis")


def _body(rows: Answers, male: np.ndarray, rng: np.random.Generator) -> None:
    n = rows.n
    rows.draw("symptoms", ["01", "02", "03", "14"], [0.86, 0.05, 0.05, 0.04])
    rows.tenths("body_temperature", rng.integers(361, 370, n))
    rows.put("pulse_rate", rng.integers(58, 93, n))
    rows.put("heart_rate", rng.integers(58, 93, n))
    rows.put("respiratory_rate", rng.integers(15, 21, n))
    systolic = rng.integers(108, 152, n)
    for side in ("left", "right"):
        rows.put(f"systolic_{side}", systolic + rng.integers(-4, 5, n))
        rows.put(f"diastolic_{side}", systolic // 2 + rng.integers(4, 16, n))
    height = np.where(male, rng.integers(1600, 1790, n), rng.integers(1500, 1670, n))
    index = rng.integers(190, 290, n)
    weight = index * (height / 1000) ** 2
    weight = np.round(weight).astype(int)
    rows.tenths("height", height)
    rows.tenths("weight", weight)
    rows.tenths("bmi", np.floor(weight / (height / 1000) ** 2 + 0.5).astype(int))
    rows.tenths("waist", 400 + index * 2 + rng.integers(-40, 41, n))


def _older(rows: Answers, old: np.ndarray, able: np.ndarray) -> None:
    rows.draw("elderly_self_rated_health", ["1", "2", "3"], [0.6, 0.3, 0.1])
    rows.pick("elderly_self_care", LEVELS, able)
    cognition = rows.draw("elderly_cognition", ["1", "2"], [0.96, 0.04])
    emotion = rows.draw("elderly_emotion", ["1", "2"], [0.97, 0.03])
    rows.draw("mmse_score", range(12, 23))
    rows.draw("gds_score", range(11, 24))
    rows.only(old, "elderly_self_rated_health", "elderly_self_care", "elderly_cognition", "elderly_emotion")
    rows.only(old & (cognition == 1), "mmse_score")
    rows.only(old & (emotion == 1), "gds_score")


def _habits(rows: Answers, male: np.ndarray, rng: np.random.Generator) -> None:
    moves = rows.draw("exercise_frequency", ["1", "2", "3", "4"], [0.3, 0.25, 0.2, 0.25]) != 3
    rows.draw("exercise_minutes", [20, 30, 40, 60])
    rows.tenths("exercise_years", rng.integers(1, 20, rows.n) * 10)
    rows.same(MARK, "exercise_type")
    rows.only(moves, "exercise_minutes", "exercise_years", "exercise_type")
    smokes = rng.random(rows.n) < np.where(male, 0.42, 0.02)
    rows.pick("smoking_status", ["1", "3"], smokes.astype(int))
    rows.draw("cigarettes_per_day", [5, 10, 15, 20])
    rows.draw("smoking_start_age", range(16, 30))
    rows.only(smokes, "cigarettes_per_day", "smoking_start_age")
    drinks = rng.random(rows.n) < np.where(male, 0.35, 0.04)
    rows.pick("drinking_frequency", ["1", "2"], drinks.astype(int))
    rows.tenths("alcohol_liang_per_day", rng.integers(5, 30, rows.n))
    rows.same("1", "drinking_quit")
    rows.draw("drinking_start_age", range(18, 35))
    rows.draw("drunk_last_year", ["1", "2"], [0.15, 0.85])
    rows.draw("alcohol_types", ["1", "2", "4"], [0.7, 0.2, 0.1])
    rows.only(
        drinks,
        "alcohol_liang_per_day",
        "drinking_quit",
        "drinking_start_age",
        "drunk_last_year",
        "alcohol_types",
    )


def _laboratory(rows: Answers, diabetic: np.ndarray, rng: np.random.Generator) -> None:
    """Blood and urine; results of one decimal in tenths, of two in hundredths."""
    n = rows.n
    rows.put("haemoglobin", np.clip(rng.normal(137, 13, n), 80, 185).astype(int))
    rows.put("platelets", np.clip(rng.normal(210, 50, n), 70, 440).astype(int))
    glucose = np.where(diabetic, rng.integers(52, 105, n), rng.integers(42, 62, n))
    for name, values in (
        ("wbc", np.clip(rng.normal(62, 14, n), 25, 140)),
        ("fasting_glucose", glucose),
        ("hba1c", glucose * 0.5 + 26),
        ("alt", np.clip(rng.lognormal(5.2, 0.4, n), 60, 1500)),
        ("ast", np.clip(rng.lognormal(5.3, 0.3, n), 90, 1500)),
        ("total_bilirubin", np.clip(rng.normal(130, 35, n), 40, 400)),
        ("creatinine", np.clip(rng.normal(700, 130, n), 300, 1500)),
    ):
        rows.tenths(name, np.asarray(values).astype(int))
    for name, mean, spread, low, high in (
        ("urea", 540, 120, 180, 1400),
        ("total_cholesterol", 480, 85, 220, 880),
        ("triglycerides", 150, 55, 40, 600),
        ("ldl_c", 280, 65, 80, 560),
        ("hdl_c", 130, 25, 60, 250),
    ):
        rows.hundredths(name, np.clip(rng.normal(mean, spread, n), low, high).astype(int))
    rows.same("-", "urine_protein", "urine_ketones", "urine_blood")
    rows.pick("urine_glucose", ["-", "+"], (glucose >= 100).astype(int))
