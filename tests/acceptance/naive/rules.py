"""What a follow-up means (hypertension.md §4 H1–H8, diabetes.md §4 D1–D8) and whether an exam is complete (physical_exam.md §1.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.acceptance.naive import months
from tests.acceptance.naive.desk import MANAGED_BY
from tests.acceptance.naive.people import Person
from tests.acceptance.naive.records import Record

#: The rows after which somebody is owed a contact within two weeks.
TWO_WEEKS = {"emergency", "complication", "reaction again", "uncontrolled again", "reaction", "uncontrolled"}
Parameter = Callable[[str, dt.date], Any]


def lookup(known: dict[str, list[tuple[Any, Any]]]) -> Parameter:
    """The value of a dated parameter on a day; numbers as Decimal."""

    def value(code: str, on: dt.date) -> Any:
        held = [each for since, each in known[code] if since <= on]
        said = held[-1] if held else None
        if isinstance(said, bool) or said is None:
            return said
        try:
            return Decimal(str(said))
        except ArithmeticError:
            return said

    return value


class Judge:
    """Judges the follow-ups of a resident, one after the other in the order of their days."""

    def __init__(self, parameter: Parameter) -> None:
        self.parameter = parameter

    def person(self, person: Person) -> None:
        """Put row, proposed class, class and next day into every follow-up in force."""
        for kind in MANAGED_BY:
            mine = live(person, kind)
            for place, record in enumerate(mine):
                before = [each for each in mine[:place] if each.completed and self.measured(each)]
                self._one(record, before[-1] if before else None)

    def _of(self, record: Record, name: str) -> Any:
        return self.parameter(f"{'htn' if record.kind == 'htn_follow_up' else 'dm'}.{name}", record.on)

    def measured(self, record: Record) -> bool:
        """The value the class rests on was taken."""
        if record.kind == "htn_follow_up":
            return record.get("systolic") is not None and record.get("diastolic") is not None
        return record.get("fasting_glucose") is not None

    def controlled(self, record: Record) -> bool | None:
        """Under the goal of the age; None where it was not measured."""
        if not self.measured(record):
            return None
        if record.kind == "dm_follow_up":
            return bool(record.get("fasting_glucose") < self._of(record, "goal_fpg"))
        older = "_65" if record.person.age(record.on) >= self._of(record, "goal_age") else ""
        return bool(
            record.get("systolic") < self._of(record, f"goal_sbp{older}")
            and record.get("diastolic") < self._of(record, f"goal_dbp{older}")
        )

    def reacted(self, record: Record) -> bool:
        """An adverse reaction; frequent hypoglycaemia counts as one where the county says so."""
        frequent = record.kind == "dm_follow_up" and record.get("hypoglycaemia") == "3"
        return record.get("adverse_reaction") == "2" or (
            frequent and self._of(record, "frequent_hypo_is_reaction")
        )

    def emergency(self, record: Record) -> bool:
        """危急情况: both limits included; symptom ticks do not count, danger signs do."""
        sbp, dbp = record.get("systolic"), record.get("diastolic")
        if sbp is not None and sbp >= self._of(record, "emergency_sbp"):
            return True
        if dbp is not None and dbp >= self._of(record, "emergency_dbp"):
            return True
        if (record.get("danger_signs") or frozenset()) - {"0"}:
            return True
        if record.kind == "dm_follow_up":
            for name in ("fasting_glucose", "random_glucose", "postprandial_glucose"):
                glucose = record.get(name)
                high, low = self._of(record, "emergency_high"), self._of(record, "emergency_low")
                if glucose is not None and (glucose >= high or glucose <= low):
                    return True
        return False

    def _one(self, record: Record, before: Record | None) -> None:
        within = self._of(record, "previous_within_days")
        if before is not None and within is not None and (record.on - before.on).days > within:
            before = None
        controlled, reacted = self.controlled(record), self.reacted(record)
        complicated = record.get("complication") in ("1", "2")
        if self.emergency(record):
            row, outcome = "emergency", "4" if complicated else "2"
        elif complicated:
            row, outcome = "complication", "4"
        elif reacted and before is not None and self.reacted(before):
            row, outcome = "reaction again", "3"
        elif controlled is False and before is not None and self.controlled(before) is False:
            row, outcome = "uncontrolled again", "2"
        elif reacted:
            row, outcome = "reaction", "3"
        elif controlled is False:
            row, outcome = "uncontrolled", "2"
        elif controlled:
            row, outcome = "satisfactory", "1"
        else:
            row, outcome = "cannot say", None
        # What the rule filled in when the record came stays on the form, though a correction of an earlier one may say otherwise now.
        said = record.get("outcome") or record.derived.setdefault("filled in", outcome)
        record.derived |= {"row": row, "proposed": outcome, "outcome": said}
        record.derived["differs"] = said is not None and said != outcome

    def due_after(self, record: Record) -> tuple[dt.date, dt.date, dt.date, str]:
        """(earliest, due, latest, reason) of the contact after a follow-up: two weeks, or the routine interval; the day agreed on the
        form comes before it as long as it is not later than the window ends."""
        on = record.on
        if record.derived["row"] in TWO_WEEKS:
            due = on + dt.timedelta(days=int(self._of(record, "two_week_days")))
            latest = due + dt.timedelta(days=int(self._of(record, "two_week_tolerance_days")))
            earliest, reason = on + dt.timedelta(days=1), "advice"
        else:
            due = months.add(on, int(self._of(record, "routine_months")))
            early, late = (int(self._of(record, f"window_{each}_days")) for each in ("early", "late"))
            earliest, latest = (
                max(due - dt.timedelta(days=early), on + dt.timedelta(days=1)),
                due + dt.timedelta(days=late),
            )
            reason = "routine"
        agreed = record.get("next_due_on")
        if agreed is not None and on < agreed <= latest:
            late = int(self._of(record, "window_late_days"))
            return min(earliest, agreed), agreed, min(latest, agreed + dt.timedelta(days=late)), reason
        return earliest, due, latest, reason


def live(person: Person, kind: str) -> list[Record]:
    """Records in force of one form in the order of their days, those of one day as they stand in the package."""
    mine = [each for each in person.records if each.kind == kind and each.status == "final"]
    return sorted(mine, key=lambda each: (each.on, each.serial))


# ---- the exam ----

_EVERYBODY = (
    "symptoms", "exercise_frequency", "diet_habits", "smoking_status", "drinking_frequency", "assessment", "body_temperature",
    "pulse_rate", "respiratory_rate", "height", "weight", "waist", "lips", "teeth", "pharynx", "hearing", "motor_function",
    "vision_left", "vision_right", "skin", "lymph_nodes", "breath_sounds", "rales", "heart_rhythm", "heart_murmur",
    "abdomen_tenderness", "abdomen_mass", "hepatomegaly", "splenomegaly",
)  # fmt: skip
_FOUR = ("elderly_self_rated_health", "elderly_self_care", "elderly_cognition", "elderly_emotion")
_TESTS = (
    "haemoglobin", "wbc", "platelets", "urine_protein", "urine_glucose", "urine_ketones", "urine_blood", "glucose", "alt", "ast",
    "total_bilirubin", "creatinine", "urea", "total_cholesterol", "triglycerides", "ldl_c", "hdl_c", "ecg", "ultrasound_abdomen",
)  # fmt: skip


def guided(exam: Record) -> bool:
    """健康指导 was given: something advised, or a risk named to work on."""
    return bool(exam.get("guidance") or exam.get("risk_control"))


def complete(exam: Record, group: str, parameter: Parameter) -> bool:
    """Every item that the group's norm asks for is there (the table of §1.1); 老年人 of dated items."""

    def there(name: str) -> bool:
        if name == "glucose":
            return exam.get("fasting_glucose") is not None or exam.get("fasting_glucose_mg") is not None
        return exam.get(name) is not None

    wanted = list(_EVERYBODY)
    if exam.person.age(exam.on) >= 65:
        wanted += _FOUR
    if group == "diabetes":
        wanted += ["dorsalis_pedis", "glucose"]
    if group == "older":
        wanted += _TESTS
        added = parameter("older.required_items", exam.on)
        wanted += ["chest_xray"] * (added in ("with_dr", "with_dr_hba1c")) + ["hba1c"] * (
            added in ("with_hba1c", "with_dr_hba1c")
        )
    pressure = any(there(f"systolic_{side}") and there(f"diastolic_{side}") for side in ("left", "right"))
    return pressure and all(map(there, wanted))
