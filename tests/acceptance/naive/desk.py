"""What stops a filled form at the desk: what is required, hard limits, answers that exclude one another (physical_exam.md,
hypertension.md, diabetes.md §3, elderly.md §3; [D] hard refuses, soft only asks)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from tests.acceptance.naive import months
from tests.acceptance.naive.people import Person

#: Follow-ups of people under management: what is required is required of completed ones.
MANAGED_BY = {"htn_follow_up": "hypertension", "dm_follow_up": "diabetes"}
#: Hard limits of the reference [D]; anything else is no value at all.
LIMITS: dict[str, tuple[Any, Any]] = {
    "systolic": (40, 300), "diastolic": (20, 200), "weight": (2, 300), "heart_rate": (20, 250), "cigarettes": (0, 200),
    "cigarettes_goal": (0, 200), "alcohol_liang": (0, 50), "alcohol_liang_goal": (0, 50), "exercise_per_week": (0, 50),
    "exercise_minutes": (0, 600), "exercise_per_week_goal": (0, 50), "exercise_minutes_goal": (0, 600), "height": (50, 250),
    "fasting_glucose": (Decimal("0.5"), 50), "hba1c": (3, 20), "postprandial_glucose": (Decimal("0.5"), 60),
    "random_glucose": (Decimal("0.5"), 60), "staple_food": (0, 2000), "body_temperature": (30, 45), "pulse_rate": (20, 250),
    "respiratory_rate": (4, 60), "systolic_left": (40, 300), "systolic_right": (40, 300), "diastolic_left": (20, 200),
    "diastolic_right": (20, 200), "waist": (30, 200), "haemoglobin": (20, 300),
}  # fmt: skip
WHOLE = {"systolic", "diastolic", "heart_rate", "cigarettes", "pulse_rate"}
_EVERY_FOLLOW_UP = (
    "mode", "symptoms", "systolic", "diastolic", "cigarettes", "alcohol_liang", "exercise_per_week", "exercise_minutes",
    "psychological_adjustment", "compliance", "medication_adherence", "adverse_reaction",
)  # fmt: skip
REQUIRED = {
    "htn_follow_up": (
        *_EVERY_FOLLOW_UP, "heart_rate", "salt", "salt_goal", "cigarettes_goal", "alcohol_liang_goal", "exercise_per_week_goal",
        "exercise_minutes_goal",
    ),
    "dm_follow_up": (*_EVERY_FOLLOW_UP, "fasting_glucose", "dorsalis_pedis", "staple_food", "hypoglycaemia"),
    "check_up": (
        "symptoms", "body_temperature", "pulse_rate", "respiratory_rate", "height", "weight", "waist", "exercise_frequency",
        "diet_habits", "smoking_status", "drinking_frequency", "occupational_exposure", "assessment",
    ),
    "htn_high_risk_contact": ("risk_factors", "systolic", "diastolic", "guidance"),
    "dm_high_risk_check": ("risk_factors", "guidance"),
    "self_care_assessment": ("eating", "grooming", "dressing", "toileting", "mobility"),
    "htn_first_pressure": ("occasion", "known_hypertension"),
    "basic_information": (
        "ethnicity", "blood_abo", "blood_rh", "education", "occupation", "marital_status", "payment_methods", "drug_allergies",
        "exposures", "past_diseases", "surgery", "injury", "transfusion", "family_father", "family_mother", "family_siblings",
        "family_children", "genetic_disease", "disabilities",
    ),
}  # fmt: skip
_ALONE = {
    "htn_follow_up": {"symptoms": "1", "danger_signs": "0"},
    "dm_follow_up": {"symptoms": "1", "danger_signs": "0"},
    "check_up": {"symptoms": "01", "teeth": "1"},
}


def lacking(kind: str, says: dict[str, Any]) -> bool:
    """Whether an item the form requires is empty; of somebody not met only the reason is required."""
    completed = says.get("result") in (None, "1")
    if (completed or kind not in MANAGED_BY) and any(says.get(name) is None for name in REQUIRED[kind]):
        return True
    if kind not in MANAGED_BY:
        return False
    if not completed:
        asked = ("death_on", "death_cause") if says["result"] == "3" else ("not_completed_reason",)
        if any(says.get(each) is None for each in asked):
            return True
    note = "adverse_reaction_note" if kind == "htn_follow_up" else "adverse_reaction_detail"
    return bool(
        (says.get("medication_adherence") in ("1", "2") and not says.get("medications"))
        or (says.get("adverse_reaction") == "2" and not says.get(note))
        or (says.get("referral_reason") and not says.get("referral_to"))
    )


def stops(kind: str, says: dict[str, Any], on: dt.date, person: Person) -> set[str]:
    """The classes of what is wrong with a form of a day."""
    why = {"required"} if lacking(kind, says) else set()
    for name, value in says.items():
        low, high = LIMITS.get(name, (None, None))
        if low is not None and isinstance(value, Decimal) and not low <= value <= high:
            why.add("range")
    for name, alone in _ALONE.get(kind, {}).items():
        chosen = says.get(name) or frozenset()
        if alone in chosen and len(chosen) > 1:
            why.add("rule")
    for high, low in (
        ("systolic", "diastolic"),
        ("systolic_left", "diastolic_left"),
        ("systolic_right", "diastolic_right"),
    ):
        if says.get(high) is not None and says.get(low) is not None and says[high] <= says[low]:
            why.add("rule")
    if kind in MANAGED_BY:
        following = says.get("next_due_on")
        if following is not None and not on < following <= months.add(on, 4):
            why.add("rule")
    elif kind == "check_up":
        why |= _exam_rules(says, on, person)
    elif kind == "htn_first_pressure" and says.get("not_measured") is None:
        why |= {"required"} if says.get("systolic") is None or says.get("diastolic") is None else set()
    return why


def _exam_rules(says: dict[str, Any], on: dt.date, person: Person) -> set[str]:
    why = set()
    if not any(says.get(f"systolic_{side}") and says.get(f"diastolic_{side}") for side in ("left", "right")):
        why.add("required")
    if person.age(on) >= 65:
        four = ("elderly_self_rated_health", "elderly_self_care", "elderly_cognition", "elderly_emotion")
        if any(says.get(each) is None for each in four):
            why.add("required")
    if says.get("smoking_status") == "1" and says.get("cigarettes_per_day") is not None:
        why.add("rule")
    if len((says.get("diet_habits") or frozenset()) & {"1", "2", "3"}) > 1:
        why.add("rule")
    if says.get("reported_on") is not None and says["reported_on"] < on:
        why.add("rule")
    if says.get("fasting_glucose") is not None and says.get("fasting_glucose_mg") is not None:
        why.add("rule")
    return why
