"""Which rows of the forms become records and what stops the others (physical_exam.md, hypertension.md, diabetes.md §3, elderly.md §3)."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.acceptance.naive import months, people, reading, values
from tests.acceptance.naive.people import APPLIED, EXISTING, REFUSED, Person, Register, Verdict

FORMS = (
    "basic_information",
    "check_up",
    "htn_first_pressure",
    "htn_follow_up",
    "dm_follow_up",
    "self_care_assessment",
)
MANAGED_BY = {"htn_follow_up": "hypertension", "dm_follow_up": "diabetes"}


@dataclass(eq=False)
class Record:
    """One filled form. `serial` is its place in the package; `status` final, superseded or entered_in_error."""

    kind: str
    person: Person
    on: dt.date
    says: dict[str, Any]
    doctor: str
    organization: str
    serial: int
    status: str = "final"
    derived: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """An answer; one nobody gave is None unless it was derived."""
        return self.says.get(name)

    @property
    def completed(self) -> bool:
        """The contact took place: 随访结果 not answered means it did."""
        return self.says.get("result") in (None, "1")


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
_DAYS = {"done_on", "death_on", "next_due_on", "reported_on", "hba1c_date"}
_TEXTS = {
    "@name", "@record_no", "@id_number", "@practitioner", "@organization", "responsible_doctor", "assessor", "not_completed_reason",
    "death_cause", "symptoms_other", "adverse_reaction_note", "adverse_reaction_detail", "outcome_reason", "medications", "referral_to",
    "note", "exercise_type", "ecg_other", "abnormalities", "causes", "guidance_text",
}  # fmt: skip
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
_SIGNED = {"basic_information": "@practitioner", "self_care_assessment": "assessor"}


@dataclass
class Staff:
    """Who is who among the staff."""

    by_name: dict[str, list[tuple[str, str]]]

    def find(self, said: str) -> tuple[str, str] | None:
        """(name@institution, code of the institution); None where nobody or more than one is meant."""
        found = self.by_name.get(said.replace(" ", ""), [])
        return found[0] if len(found) == 1 else None


def staff(tables: list[reading.Table]) -> Staff:
    """The staff of the package, by name and by name with institution."""
    names = {
        values.text(r.cells["机构代码"]): values.text(r.cells["机构名称"])
        for t in tables
        if t.kind == "organizations"
        for r in t.rows
    }
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for table in tables:
        for row in table.rows if table.kind == "practitioners" else ():
            name, place = (values.text(row.cells[each]) for each in ("姓名", "机构代码"))
            found[name].append((f"{name}@{place}", place))
            found[f"{name}({names[place]})"].append((f"{name}@{place}", place))
    return Staff(found)


def take_all(tables: list[reading.Table], register: Register, known: Staff, today: dt.date) -> list[Verdict]:
    """Every row of every form: a record, one that is there already, or why not."""
    verdicts = []
    serial = 0
    for kind in FORMS:
        for table in tables:
            if table.kind == kind:
                for row in table.rows:
                    serial += 1
                    verdicts.append(_one(kind, row, register, known, today, serial))
    return verdicts


def _one(
    kind: str, row: reading.Row, register: Register, known: Staff, today: dt.date, serial: int
) -> Verdict:
    says, why = _read(kind, row.cells)
    person, who = people.find(register, row.cells, ("@id_number", "@record_no", "@name"))
    if who:
        why.add(who)
    signed = values.text(row.cells.get(_SIGNED.get(kind, "responsible_doctor")))
    doctor = known.find(signed)
    if doctor is None:
        why.add("staff" if signed else "required")
    on = says.get("done_on")
    if on is None and "done_on" not in row.cells:
        why.add("required")
    if on is not None and on > today:
        why.add("future")
    if person is not None and on is not None:
        if on < person.born:
            why.add("before_birth")
        why |= _rules(kind, says, on, person)
    if why or person is None or on is None or doctor is None:
        return Verdict(row, kind, REFUSED, frozenset(why), person)
    comparable = {name: value for name, value in says.items() if not name.startswith("@")}
    for each in person.records:
        if (each.kind, each.on) == (kind, on):
            # The same again is there already; another one of the day is for a person to look at, who may correct the first.
            if each.derived["as written"] == comparable:
                return Verdict(row, kind, EXISTING, person=person, record=each)
            return Verdict(row, kind, REFUSED, frozenset({"same day"}), person)
    made = Record(kind, person, on, dict(says), doctor[0], doctor[1], serial)
    made.derived["as written"] = comparable
    person.records.append(made)
    return Verdict(row, kind, APPLIED, person=person, record=made)


def _read(kind: str, cells: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    says: dict[str, Any] = {}
    why: set[str] = set()
    for name, raw in cells.items():
        column = values.SHEETS[kind][name]
        try:
            if name == "@mode":
                says[name] = values.text(raw)
            elif name in _DAYS:
                says[name] = values.day(raw)
            elif "options" in column:
                read = values.several if column.get("many") else values.option
                says[name] = read(column["options"], raw)
            elif name in _TEXTS:
                says[name] = values.text(raw)
            else:
                says[name] = values.number(raw, column["heading"])
        except values.Wrong:
            why.add("shape")
    return says, why


def _rules(kind: str, says: dict[str, Any], on: dt.date, person: Person) -> set[str]:
    why: set[str] = set()
    completed = says.get("result") in (None, "1")
    for name in REQUIRED[kind]:
        if says.get(name) is None and (completed or kind not in MANAGED_BY):
            why.add("required")
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
        why |= _follow_up_rules(kind, says, on, completed)
    elif kind == "check_up":
        why |= _exam_rules(says, on, person)
    elif kind == "htn_first_pressure" and says.get("not_measured") is None:
        why |= {"required"} if says.get("systolic") is None or says.get("diastolic") is None else set()
    return why


def _follow_up_rules(kind: str, says: dict[str, Any], on: dt.date, completed: bool) -> set[str]:
    why = set()
    if not completed:
        asked = ("death_on", "death_cause") if says["result"] == "3" else ("not_completed_reason",)
        if any(says.get(each) is None for each in asked):
            why.add("required")
    if says.get("medication_adherence") in ("1", "2") and not says.get("medications"):
        why.add("required")
    note = "adverse_reaction_note" if kind == "htn_follow_up" else "adverse_reaction_detail"
    if says.get("adverse_reaction") == "2" and not says.get(note):
        why.add("required")
    if says.get("referral_reason") and not says.get("referral_to"):
        why.add("required")
    following = says.get("next_due_on")
    if following is not None and not on < following <= months.add(on, 4):
        why.add("rule")
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


def happened(path: Any, register: Register) -> None:
    """What happened afterwards: deaths, departures, corrections, withdrawals."""
    import csv

    if not path.exists():
        return
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            person = register.by_number.get(row["证件号码"])
            if person is None:
                continue
            if row["动作"] in ("死亡", "迁出"):
                _ended(person, row["动作"], dt.date.fromisoformat(row["日期"]))
            else:
                _changed(person, row)


def _ended(person: Person, how: str, on: dt.date) -> None:
    """The file ends, and with it what was open under management."""
    if how == "死亡":
        person.died_on = on
    else:
        person.left_on = on
    for span in person.spans:
        if span.last is None:
            span.last = max(on, span.first)


def _changed(person: Person, row: dict[str, str]) -> None:
    on = dt.date.fromisoformat(row["服务日期"])
    mine = [
        each for each in person.records if (each.kind, each.on, each.status) == (row["表单"], on, "final")
    ]
    if len(mine) != 1:
        return
    if row["动作"] == "作废":
        mine[0].status = "entered_in_error"
        return
    value: Any = Decimal(row["新值"]) if re.fullmatch(r"\d{2,}", row["新值"]) else row["新值"]
    # What the rules derive is left to them again, as the paper of a correction does.
    kept = {
        name: said
        for name, said in mine[0].says.items()
        if name not in ("outcome", "outcome_reason", "next_due_on")
    }
    new = Record(
        mine[0].kind,
        person,
        on,
        kept | {row["项目"]: value},
        mine[0].doctor,
        mine[0].organization,
        mine[0].serial,
    )
    new.derived["corrects"] = mine[0]
    mine[0].status = "superseded"
    person.records.append(new)
