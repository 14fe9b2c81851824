"""Who is filed and who is not: the rows of 建档 one after the other (records.md §3 to §5), and who is under management."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.acceptance.naive import reading, values

APPLIED, EXISTING, WAITING, REFUSED = "applied", "existing", "waiting", "refused"


@dataclass
class Verdict:
    """What becomes of a row, with the classes of what stops it."""

    row: reading.Row
    kind: str
    state: str
    why: frozenset[str] = frozenset()
    person: Person | None = None
    record: Any = None


@dataclass
class Span:
    """A time under management, both ends inclusive."""

    kind: str
    first: dt.date
    last: dt.date | None


@dataclass(eq=False)
class Person:
    """A resident on file."""

    name: str
    sex: str
    born: dt.date
    id_number: str | None
    village: int
    address: str
    phone: str
    filed_on: dt.date
    since: dt.date | None
    old_numbers: set[str] = field(default_factory=set)
    spans: list[Span] = field(default_factory=list)
    records: list[Any] = field(default_factory=list)
    died_on: dt.date | None = None
    left_on: dt.date | None = None

    @property
    def key(self) -> str:
        """What both sides call him by."""
        return self.id_number or f"{self.name} {self.born} {self.village}"

    @property
    def ended_on(self) -> dt.date | None:
        """The day his file ended."""
        return min((each for each in (self.died_on, self.left_on) if each), default=None)

    def age(self, on: dt.date) -> int:
        """Completed years (实足年龄)."""
        return on.year - self.born.year - ((on.month, on.day) < (self.born.month, self.born.day))


@dataclass
class Register:
    """Everybody on file and how to find him."""

    people: list[Person] = field(default_factory=list)
    by_number: dict[str, Person] = field(default_factory=dict)
    by_old: dict[str, Person] = field(default_factory=dict)
    by_name: dict[tuple[str, dt.date], list[Person]] = field(default_factory=lambda: defaultdict(list))
    #: Who is not on file until somebody has looked, by identity number and by old number: what is about them waits with them.
    waiting: dict[str, Person] = field(default_factory=dict)


def villages(tables: list[reading.Table]) -> dict[str, int]:
    """Village codes by code, by name where it is the only one, and by township and name."""
    areas = {
        int(values.text(r.cells["区划代码"])): values.text(r.cells["名称"])
        for t in tables
        if t.kind == "areas"
        for r in t.rows
    }
    found: dict[str, list[int]] = defaultdict(list)
    for key, name in areas.items():
        if key % 1000:
            town = areas.get(key // 1000 * 1000, "")
            for spelling in (str(key), name, town + name):
                found[spelling].append(key)
    return {spelling: keys[0] for spelling, keys in found.items() if len(keys) == 1}


def file_all(tables: list[reading.Table], today: dt.date) -> tuple[Register, list[Verdict]]:
    """File every resident of the package who can be filed."""
    register, verdicts, known = Register(), [], villages(tables)
    for table in tables:
        if table.kind == "residents":
            for row in table.rows:
                verdicts.append(_one(row, register, known, today))
    return register, verdicts


def _one(row: reading.Row, register: Register, known: dict[str, int], today: dt.date) -> Verdict:
    cells, why = row.cells, set()

    def told(name: str, read: Any, wrong: str = "shape") -> Any:
        try:
            return read(cells.get(name))
        except values.Wrong:
            why.add(wrong)
            return None

    name = re.sub(r"\s", "", values.text(cells.get("=name")))
    if not name:
        why.add("required")
    elif any(each.isdigit() for each in name):
        why.add("name")
    sex = told(
        "=sex",
        lambda raw: (
            {"男": "1", "女": "2"}.get(values.text(raw).removesuffix("性"), values.text(raw)[:1]) or None
        ),
    )
    born, since = told("=birth_date", values.day), told("=resident_since", values.day)
    filed, number = told("=filed_on", values.day) or today, None
    village = known.get(values.text(cells.get("=area")))
    if village is None:
        why.add("area" if cells.get("=area") else "required")
    if not cells.get("=residence_type"):
        why.add("required")
    if cells.get("=id_number"):
        try:
            number, said_born, said_sex = values.identity(cells["=id_number"])
        except values.Wrong:
            why.add("identity")
        else:
            if (born is not None and born != said_born) or (sex is not None and sex != said_sex):
                why.add("disagrees")
            born, sex = said_born, said_sex
    elif not cells.get("=no_id_reason") and not (born is not None and today.year - born.year <= 1):
        why.add("required")
    if number is None and "identity" not in why and (born is None or sex is None):
        why.add("required")
    if filed > today or (born is not None and born > today):
        why.add("future")
    if born is not None and (filed < born or (since is not None and since < born)):
        why.add("before_birth")
    if why:
        return Verdict(row, "residents", REFUSED, frozenset(why))
    assert born is not None
    assert village is not None
    old = values.text(cells.get("=record_no"))
    same = register.by_number.get(number) if number else None
    if same is not None:
        if same.name != name:
            return Verdict(row, "residents", REFUSED, frozenset({"duplicate"}))
        if old:
            same.old_numbers.add(old)
            register.by_old.setdefault(old, same)
        return Verdict(row, "residents", EXISTING, person=same)
    phone = re.sub(r"\D", "", values.text(cells.get("=phone")))
    person = Person(
        name, sex or "", born, number, village, values.text(cells.get("=address")), phone, filed, since
    )
    namesakes = register.by_name[person.name, person.born]
    if any(_alike(person, each) for each in namesakes):
        register.waiting |= {each: person for each in (number, old) if each}
        return Verdict(row, "residents", WAITING, frozenset({"alike"}))
    if old:
        person.old_numbers.add(old)
        register.by_old[old] = person
    if number:
        register.by_number[number] = person
    register.people.append(person)
    namesakes.append(person)
    return Verdict(row, "residents", APPLIED, person=person)


def _alike(new: Person, old: Person) -> bool:
    """Levels strong and medium of records.md §5: somebody has to look before a second file is made."""
    if (new.name, new.born) != (old.name, old.born) or (new.id_number and old.id_number):
        return False
    near = new.village == old.village or (bool(new.phone) and new.phone == old.phone)
    return (new.sex == old.sex and near) or not (new.id_number and old.id_number)


def find(register: Register, cells: dict[str, Any], names: tuple[str, str, str]) -> tuple[Person | None, str]:
    """Whom a row is about: by the record number it bears, else by the identity number; the name must agree.

    Somebody whose own row waits is found with the word `waiting`.
    """
    number, old, name = (values.text(cells.get(each)) for each in names)
    if not number and not old:
        return None, "required"
    found = register.by_old.get(old) if old else None
    why, document = "", ""
    if found is None and number:
        try:
            document = values.identity(number)[0]
        except values.Wrong:
            return None, "identity"
        found = register.by_number.get(document)
    if found is None:
        found, why = register.waiting.get(old) or register.waiting.get(document), "waiting"
    if found is None:
        return None, "unknown"
    if re.sub(r"\s", "", name) != found.name:
        return None, "name" if name else "required"
    return found, why


KINDS = {
    "高血压患者管理": "hypertension", "2型糖尿病患者管理": "diabetes",
    "高血压高危人群管理": "htn_high_risk", "糖尿病高危人群管理": "dm_high_risk",
}  # fmt: skip


def enrol_all(tables: list[reading.Table], register: Register, today: dt.date) -> list[Verdict]:
    """Put everybody of 专案 under management from the day his row says."""
    verdicts = []
    for table in tables:
        if table.kind != "episodes":
            continue
        for row in table.rows:
            person, why = find(register, row.cells, ("证件号码", "档案编号", "姓名"))
            if person is None or why:
                state = WAITING if why == WAITING else REFUSED
                verdicts.append(Verdict(row, "episodes", state, frozenset({why})))
                continue
            kind = KINDS[values.text(row.cells["管理病种"])]
            first, last = values.day(row.cells["纳入管理日期"]), values.day(row.cells.get("结束日期"))
            assert first is not None
            person.spans.append(Span(kind, first, last))
            verdicts.append(Verdict(row, "episodes", APPLIED, person=person))
    return verdicts
