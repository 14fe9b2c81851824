"""From cells to answers: each row's values and what is wrong with it, cell by cell."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.interfaces.excel import cells, layouts
from gongwei.interfaces.excel.cells import Raw, Unreadable
from gongwei.interfaces.excel.directory import Directory
from gongwei.interfaces.excel.headings import Plan
from gongwei.interfaces.excel.layouts import Column, Layout
from gongwei.records import acceptance
from gongwei.residents import bulk as residents
from gongwei.residents import identity, old_numbers, typed_text


@dataclass(slots=True)
class Wrong:
    """What is wrong with one cell, or with the row: shown in the list of errors and in the file that goes back."""

    column: str
    heading: str
    identifier: str
    value: str
    reason: str
    hint: str = ""
    rule: str = ""
    severity: str = "block"

    @property
    def as_json(self) -> dict[str, str]:
        """As a staged row keeps it, sealed."""
        return {
            "column": self.column,
            "heading": self.heading,
            "identifier": self.identifier,
            "value": self.value,
            "reason": self.reason,
            "hint": self.hint,
            "rule": self.rule,
            "severity": self.severity,
        }


@dataclass(slots=True)
class Line:
    """One row on its way: where it stands, its cells, its values by identifier, what is wrong, who it is about."""

    position: int
    sheet: int
    number: int
    cells: list[Raw]
    values: dict[str, Any] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)
    resident_id: UUID | None = None
    key: UUID | None = None
    #: Of a line that several people fit: who they are.
    candidates: list[UUID] = field(default_factory=list)
    #: Cells that say nothing in so many words: (heading, what stands there).
    emptied: list[tuple[str, str]] = field(default_factory=list)

    def __reduce__(self) -> tuple[Any, ...]:
        """As another process takes it, before it is judged: a third of the time the default takes."""
        return Line, (
            self.position, self.sheet, self.number, self.cells, self.values, self.wrong, self.resident_id,
        )  # fmt: skip


#: Instead of a reason: what stands in the cell counts as nothing there.
_NOTHING = Unreadable("", "emptied")


#: Columns whose cells hardly ever repeat themselves: remembering them would cost memory and nothing else.
_RARELY_TWICE = frozenset(
    {
        layouts.RECORD_NO, layouts.NAME, layouts.ID_NUMBER, layouts.PROFILE_RECORD_NO, "=name", "=id_number", "=phone",
        "=contact_phone", "=contact_name", "=address", "=hukou_address",
    }
)  # fmt: skip


class Parser:
    """Reads the rows of one upload; remembers what equal cells of a column mean."""

    def __init__(
        self,
        layout: Layout,
        plans: Sequence[Plan],
        names: Directory,
        options: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """`options`: by identifier, what an old system's values are called here (a saved mapping)."""
        self.layout, self.names = layout, names
        self._columns = layout.by_identifier
        self._options = options or {}
        self._known: dict[tuple[str, type, Raw], tuple[Any, Unreadable | None]] = {}
        self._plans = {plan.place: plan for plan in plans}
        #: By sheet and identifier, the column as counted from 0.
        self._places: dict[int, dict[str, int]] = {}
        self._who: dict[int, list[tuple[int, str]]] = {}
        self._what: dict[int, list[tuple[int, str]]] = {}
        for plan in plans:
            used = [(place, identifier) for place, identifier in enumerate(plan.columns) if identifier]
            # Of a column that is there twice the first.
            self._places[plan.place] = {identifier: place for place, identifier in reversed(used)}
            self._who[plan.place] = [each for each in used if each[1] in layouts.WHO]
            self._what[plan.place] = [each for each in used if each[1] not in layouts.WHO]

    def parse_who(self, line: Line) -> None:
        """Read the cells that say whom the line is about; what cannot be read is put into `wrong`."""
        self._parse(line, self._who[line.sheet])

    def parse(self, line: Line) -> None:
        """Read all other cells."""
        self._parse(line, self._what[line.sheet])

    def _parse(self, line: Line, wanted: Sequence[tuple[int, str]]) -> None:
        row, known = line.cells, self._known
        for place, identifier in wanted:
            raw = row[place] if place < len(row) else None
            if raw is None or raw == "":
                continue
            key = (identifier, type(raw), raw)
            found = known.get(key)
            if found is None:
                found = self._read(identifier, raw)
                if len(known) < 200_000 and identifier not in _RARELY_TWICE:
                    known[key] = found
            value, wrong = found
            if wrong is _NOTHING:
                line.emptied.append((self._columns[identifier].heading, cells.shown(raw).strip()))
            elif wrong is not None:
                line.wrong.append(self.wrong(line, identifier, wrong.message, wrong.hint, wrong.code))
            elif value is not None:
                line.values[identifier] = value

    def _read(self, identifier: str, raw: Raw) -> tuple[Any, Unreadable | None]:
        if cells.is_empty(raw):
            return None, None
        column = self._columns[identifier]
        if isinstance(raw, str) and cells.narrow_or(raw) in column.empties and not self._says(column, raw):
            return None, _NOTHING
        renamed = self._options.get(identifier)
        if renamed:
            raw = renamed.get(cells.shown(raw).strip(), raw)
        try:
            return column.read(raw, self.names), None
        except Unreadable as wrong:
            return None, wrong

    def _says(self, column: Column, raw: Raw) -> bool:
        """Whether the mapping gives the words a meaning, or they are one of the column's options."""
        if cells.shown(raw).strip() in self._options.get(column.identifier, ()):
            return True
        try:
            return bool(column.limits.options) and column.read(raw, self.names) is not None
        except Unreadable:
            return False

    def wrong(
        self,
        line: Line,
        identifier: str,
        reason: str,
        hint: str = "",
        rule: str = "",
        severity: str = "block",
    ) -> Wrong:
        """A problem of a line with its column's letter, heading and content; of the whole row without an identifier."""
        plan = self._plans[line.sheet]
        place = self._places[line.sheet].get(identifier)
        column = self._columns.get(identifier)
        heading = plan.headings[place] if place is not None else column.heading if column else ""
        raw = line.cells[place] if place is not None and place < len(line.cells) else None
        letter = letters(place) if place is not None else ""
        return Wrong(letter, heading, identifier, cells.shown(raw)[:200], reason, hint, rule, severity)


def letters(place: int) -> str:
    """The letters of a column counted from 0: A, B … AA."""
    text, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(65 + rest) + text
    return text


def identify(by: Actor, parser: Parser, lines: Sequence[Line], on: dt.date) -> None:
    """Find out whom each line is about: by record number (ours or an old system's), else by document, else by name, birth
    date and village. The name must agree. A line that has its resident already is left alone; one that several people fit
    gets them as `candidates`.
    """
    lines = [line for line in lines if line.resident_id is None]
    known = _Known(by, parser, lines, on)
    for line in lines:
        _identified(parser, line, known)


class _Known:
    """Who is on file of those a portion may be about, looked up a few times for all of them."""

    def __init__(self, by: Actor, parser: Parser, lines: Sequence[Line], on: dt.date) -> None:
        self.documents: dict[int, str] = {}
        for line in lines:
            text = line.values.get(layouts.ID_NUMBER)
            if text and "*" not in text:
                try:
                    self.documents[line.position] = _document(text, on)
                except typed_text.BadText as bad:
                    if layouts.RECORD_NO in line.values:
                        continue  # the record number and the name tell who it is
                    line.wrong.append(
                        parser.wrong(
                            line, layouts.ID_NUMBER, bad.message.rstrip("。"), bad.hint or "", bad.code
                        )
                    )
        # Nobody is asked for in a county that moves in: a document would be looked for once for each kind of document.
        lines, documents = (lines, self.documents.values()) if residents.anybody(by) else ((), ())
        records = {line.values[layouts.RECORD_NO] for line in lines if layouts.RECORD_NO in line.values}
        self._ours = residents.by_record_number(by, [each for each in records if len(each) == 17])
        self._theirs = old_numbers.by_old_number(by, records)
        self._by_document = residents.by_document(by, documents)
        asked = {key for line in lines if (key := self._person(line)) is not None}
        self._by_person = residents.by_person(by, asked)

    def by_record(self, line: Line) -> list[residents.Known]:
        """Whose number it is, with us or in an old system."""
        number = line.values.get(layouts.RECORD_NO)
        found = {each.id: each for each in self._theirs.get(number, ())} if number else {}
        if number and (ours := self._ours.get(number)) is not None:
            found.setdefault(ours.id, ours)
        return list(found.values())

    def by_document(self, line: Line) -> residents.Known | None:
        """Whose document it is."""
        return self._by_document.get(self.documents.get(line.position, ""))

    def by_person(self, line: Line) -> list[residents.Known]:
        """Who has the name, the birth date and lives in the village."""
        key = self._person(line)
        return self._by_person.get(key, []) if key else []

    @staticmethod
    def _person(line: Line) -> tuple[str, dt.date, int] | None:
        """Asked only where no number tells the person."""
        values = line.values
        if layouts.RECORD_NO in values or layouts.ID_NUMBER in values:
            return None
        name, born, area = (values.get(each) for each in (layouts.NAME, layouts.BIRTH_DATE, layouts.AREA))
        return (_plain_name(name), born, area) if name and born and area else None


def _plain_name(text: str) -> str:
    try:
        return typed_text.person_name(text)
    except typed_text.BadText:
        return text


def _document(text: str, on: dt.date) -> str:
    if len(text) in (15, 18) and text[:-1].isdigit():
        return identity.parse_id_number(text, on=on).number
    return text


def _identified(parser: Parser, line: Line, known: _Known) -> None:
    told = {each.identifier for each in line.wrong}
    if told & {layouts.RECORD_NO, layouts.ID_NUMBER}:
        return
    values = line.values
    record, document = values.get(layouts.RECORD_NO), known.documents.get(line.position)
    by_record, by_document = known.by_record(line), known.by_document(line)
    by_person = known.by_person(line)
    if record is None and document is None and not by_person:
        _nobody(parser, line)
        return
    name = values.get(layouts.NAME)
    if name is None:
        if layouts.NAME not in told:
            line.wrong.append(parser.wrong(line, layouts.NAME, "请填写姓名，用于核对", "", "required"))
        return
    named = [each for each in by_record if same_name(name, each.name)]
    if by_document is not None and same_name(name, by_document.name):
        # The document decides between people of one number; a number of somebody else of this name is a contradiction.
        if named and by_document.id not in {each.id for each in named}:
            line.wrong.append(
                parser.wrong(
                    line, layouts.RECORD_NO, "档案编号与证件号码不是同一人", "请核对两个号码。", "two_people"
                )
            )
            return
        line.resident_id = by_document.id
        return
    found = named or ([] if by_record else [each for each in by_person if same_name(name, each.name)])
    if len(found) == 1:
        line.resident_id = found[0].id
    elif found:
        line.candidates = [each.id for each in found]
        where = layouts.RECORD_NO if record else layouts.NAME
        line.wrong.append(
            parser.wrong(
                line,
                where,
                f"有{len(found)}位居民符合，不能确定是哪一位",
                "请填写证件号码或档案编号。",
                "several_people",
            )
        )
    else:
        other = next(iter(by_record), by_document)
        where = layouts.RECORD_NO if record else layouts.ID_NUMBER
        if other is None:
            line.wrong.append(
                parser.wrong(
                    line,
                    where,
                    "没有这位居民的档案，或不在您的服务范围内",
                    "请核对号码；尚未建档的请先建档。",
                    "resident_not_found",
                )
            )
            return
        shown = other.name[0] + "*" * (len(other.name) - 1)
        line.wrong.append(
            parser.wrong(
                line, layouts.NAME, f"姓名与档案不符，档案为“{shown}”", "请核对号码和姓名。", "other_name"
            )
        )


def _nobody(parser: Parser, line: Line) -> None:
    """Say what is lacking to tell who the line is about."""
    values = line.values
    if all(values.get(each) for each in (layouts.NAME, layouts.BIRTH_DATE, layouts.AREA)):
        line.wrong.append(
            parser.wrong(
                line,
                layouts.NAME,
                "没有这位居民的档案，或不在您的服务范围内",
                "请填写证件号码或档案编号；尚未建档的请先建档。",
                "resident_not_found",
            )
        )
        return
    starred = "*" in values.get(layouts.ID_NUMBER, "")
    what = "证件号码不完整（带*号），请填写完整号码或档案编号" if starred else "请填写档案编号或证件号码"
    where = layouts.ID_NUMBER if starred else layouts.RECORD_NO
    line.wrong.append(parser.wrong(line, where, what, "", "required"))


def same_name(typed: str, kept: str) -> bool:
    """Whether a name as typed is the one on file."""
    if typed == kept:
        return True
    try:
        return typed_text.person_name(typed) == kept
    except typed_text.BadText:
        return False


def mode_of(line: Line) -> str | None:
    """How the service was done: the column 服务方式, else the form's own 随访方式."""
    mode = line.values.get(layouts.MODE)
    if mode is None and "mode" in line.values:
        return next(
            (name for name, code in acceptance.MODE_CODES.items() if code == line.values["mode"]), None
        )
    return mode


def answers_of(line: Line, layout: Layout) -> dict[str, Any]:
    """The line's answers to the form, its day apart."""
    assert layout.form is not None
    fields = layout.form.fields
    return {name: value for name, value in line.values.items() if name in fields and name != "done_on"}


def refused(parser: Parser, line: Line, problems: Sequence[Refused], severity: str = "block") -> None:
    """Put what the rules say beside the line's cells."""
    for problem in problems:
        identifier = problem.field or ""
        if identifier not in parser.layout.by_identifier and f"={identifier}" in parser.layout.by_identifier:
            identifier = f"={identifier}"
        line.wrong.append(
            parser.wrong(
                line,
                identifier,
                problem.message.rstrip("。"),
                problem.hint or "",
                problem.code or "",
                severity,
            )
        )
