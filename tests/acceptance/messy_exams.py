"""Exams of the year and assessments of older people as they were done: complete, with gaps, fed back or not."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

from tests.acceptance.messy_people import TODAY, Entry, Person

_ALL_WELL: dict[str, Any] = {
    "symptoms": ("01",), "body_temperature": 36.5, "pulse_rate": 72, "respiratory_rate": 18, "height": 160.0, "weight": 58.0,
    "waist": 78, "exercise_frequency": "1", "exercise_minutes": 30, "exercise_years": 5, "exercise_type": "散步",
    "diet_habits": ("1",), "smoking_status": "1", "drinking_frequency": "1", "occupational_exposure": "1", "lips": "1",
    "teeth": ("1",), "pharynx": "1", "vision_left": 4.9, "vision_right": 4.8, "hearing": "1", "motor_function": "1", "skin": "1",
    "lymph_nodes": "1", "breath_sounds": "1", "rales": "1", "heart_rate": 72, "heart_rhythm": "1", "heart_murmur": "1",
    "abdomen_tenderness": "1", "abdomen_mass": "1", "hepatomegaly": "1", "splenomegaly": "1", "dorsalis_pedis": "2",
    "haemoglobin": 135, "wbc": 6.1, "platelets": 210, "urine_protein": "-", "urine_glucose": "-", "urine_ketones": "-",
    "urine_blood": "-", "fasting_glucose": 5.4, "ecg": "1", "hba1c": 5.4, "alt": 22, "ast": 21, "total_bilirubin": 12.5,
    "creatinine": 66, "urea": 5.2, "total_cholesterol": 4.6, "triglycerides": 1.2, "ldl_c": 2.4, "hdl_c": 1.4, "chest_xray": "1",
    "ultrasound_abdomen": "1", "assessment": "1", "guidance": ("2",), "risk_control": ("3", "4"),
}  # fmt: skip
_BLOCKS = (
    ("ecg",), ("urine_protein", "urine_glucose", "urine_ketones", "urine_blood"), ("alt", "ast", "total_bilirubin"), ("hba1c",),
    ("chest_xray",), ("fasting_glucose",), ("teeth",), ("vision_left",), ("skin", "lymph_nodes"), ("guidance", "risk_control"),
    ("dorsalis_pedis",), ("total_cholesterol", "triglycerides", "ldl_c", "hdl_c"), ("heart_murmur",), ("ultrasound_abdomen",),
    ("creatinine",), ("haemoglobin", "wbc", "platelets"),
)  # fmt: skip
_OLDER = ("elderly_self_rated_health", "elderly_self_care", "elderly_cognition", "elderly_emotion")


def exams(rng: Random, person: Person) -> list[Entry]:
    """The exams of somebody, now and then two in a year."""
    made = []
    for year, until in ((2024, 366), (2025, 292)):
        wanted = 0.72 if person.age(TODAY) >= 64 or person.htn_since or person.dm_since else 0.08
        if person.age(dt.date(year, 1, 1)) < 16 or rng.random() > wanted:
            continue
        day = dt.date(year, 1, 1) + dt.timedelta(days=rng.randrange(until))
        made.append(Entry("check_up", person, _exam(rng, person, day)))
        if rng.random() < 0.05 and day + dt.timedelta(days=40) <= TODAY:
            made.append(
                Entry(
                    "check_up",
                    person,
                    _exam(rng, person, day + dt.timedelta(days=40)),
                    ["second exam of the year"],
                )
            )
    return made


def _exam(rng: Random, person: Person, day: dt.date) -> dict[str, Any]:
    answers = {"done_on": day, **_ALL_WELL}
    answers |= {
        "systolic_left": rng.choice((124, 132, 138, 140, 152)),
        "diastolic_left": rng.choice((74, 82, 88)),
    }
    if rng.random() < 0.6:
        answers |= {"systolic_right": rng.choice((122, 136, 146)), "diastolic_right": 80}
    if person.age(day) >= 65:
        answers |= dict(zip(_OLDER, ("1", "1", "1", "1"), strict=True))
    answers["fasting_glucose"] = rng.choice((5.0, 5.6, 6.3, 7.2, 9.0))
    if rng.random() < 0.3:
        for block in rng.sample(_BLOCKS, rng.choice((1, 1, 2, 3))):
            for name in block:
                answers.pop(name, None)
            if block == ("ecg",) and rng.random() < 0.5:
                answers["ecg_not_done"] = "2"
            if block == ("fasting_glucose",) and rng.random() < 0.3:
                answers["fasting_glucose_mg"] = rng.choice((99, 126))
    if rng.random() < 0.6:
        answers |= {
            "reported_on": min(TODAY, day + dt.timedelta(days=rng.choice((0, 7, 20, 45)))),
            "report_mode": "1",
        }
    return answers


_SCORES = {
    "eating": ("0", "0", "3", "5"),
    "grooming": ("0", "1", "3", "7"),
    "dressing": ("0", "0", "3", "5"),
    "toileting": ("0", "1", "5", "10"),
    "mobility": ("0", "1", "5", "10"),
}


def self_care(rng: Random, person: Person) -> list[Entry]:
    """The assessments of somebody."""
    made = []
    for year, until in ((2024, 366), (2025, 292)):
        wanted = 0.6 if year - person.born.year >= 65 else 0.02
        if person.age(TODAY) < 55 or rng.random() > wanted:
            continue
        bad = rng.choices((0, 1, 2, 3), (80, 10, 6, 4))[0]
        scores = {name: values[max(0, bad - rng.randrange(2))] for name, values in _SCORES.items()}
        day = dt.date(year, 1, 1) + dt.timedelta(days=rng.randrange(until))
        made.append(Entry("self_care_assessment", person, {"done_on": day, **scores}))
    return made
