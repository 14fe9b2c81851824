"""Which rows of the forms become records and what stops the others (physical_exam.md, hypertension.md, diabetes.md §3, elderly.md §3)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.acceptance.naive import desk, people, reading, values
from tests.acceptance.naive.people import APPLIED, EXISTING, REFUSED, WAITING, Person, Register, Verdict

FORMS = (
    "basic_information",
    "check_up",
    "htn_first_pressure",
    "htn_follow_up",
    "dm_follow_up",
    "self_care_assessment",
    "htn_high_risk_contact",
    "dm_high_risk_check",
)


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


_DAYS = {"done_on", "death_on", "next_due_on", "reported_on", "hba1c_date", "@entered_on"}
_TEXTS = {
    "@name", "@record_no", "@id_number", "@practitioner", "@organization", "responsible_doctor", "assessor", "not_completed_reason",
    "death_cause", "symptoms_other", "adverse_reaction_note", "adverse_reaction_detail", "outcome_reason", "medications", "referral_to",
    "note", "exercise_type", "ecg_other", "abnormalities", "causes", "guidance",
}  # fmt: skip
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
    if who and who != WAITING:
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
        why |= desk.stops(kind, says, on, person)
    if why or person is None or on is None or doctor is None:
        return Verdict(row, kind, REFUSED, frozenset(why), person)
    if who == WAITING:
        return Verdict(row, kind, WAITING, frozenset({who}), person)
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
