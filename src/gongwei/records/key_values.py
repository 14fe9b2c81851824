"""What a line of the timeline says of a filled form: its measurements, its class, what was abnormal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from gongwei import catalogue
from gongwei.engines import judging, row
from gongwei.language import fields, forms
from gongwei.records import answers as answering
from gongwei.records import columns, definitions, judgement, observations
from gongwei.records.columns import TypedResponse
from gongwei.residents.models import Resident

#: Answers that say in a word what came out, by the names they have on every form; besides what is measured.
SAID = ("result", "outcome", "level", "assessment", "diagnosis", "to_org", "back_to_org", "cause")
LONGEST = 40
_FINE = ("", False)
MOST_VALUES = 6


@dataclass(frozen=True)
class Value:
    """One measured value in words: 血压 152/94 mmHg. `abnormal`: what is wrong with it, `grave` when a hospital should see it."""

    label: str
    words: str
    abnormal: str = ""
    grave: bool = False


@dataclass(frozen=True)
class KeyValues:
    """What one filled form says in a line. `good`: the class is the best of its list (None: there is no class)."""

    values: tuple[Value, ...] = ()
    said: tuple[str, ...] = ()
    abnormal: tuple[tuple[str, bool], ...] = ()
    good: bool | None = None

    @property
    def other_abnormal(self) -> tuple[tuple[str, bool], ...]:
        """What is abnormal besides the values shown, and whether a hospital should see it."""
        shown = {each.abnormal for each in self.values}
        return tuple(each for each in self.abnormal if each[0] not in shown)


def abnormal_of(resident: Resident, record: row.Record) -> list[Any]:
    """What is abnormal in a record (`language.abnormal`), the gravest of each quantity: of two arms one is said."""
    found: dict[str, Any] = {}
    for each in abnormal_items(resident, record):
        code = each.field.code.code if each.field.code else each.field.name
        if code not in found or _rank(record.form, each) < _rank(record.form, found[code]):
            found[code] = each
    return list(found.values())


def abnormal_items(resident: Resident, record: row.Record) -> list[Any]:
    """What is abnormal in a record, item by item of the form."""
    items = catalogue.abnormal(record.form)
    return judging.abnormal(record, plain_subject(resident), items) if items else []


def _rank(form: type[forms.Form], found: Any) -> int:
    """How far down a finding stands among those of its item: the gravest is the first."""
    return [each for each in catalogue.abnormal(form) if each.field is found.field].index(found)


def plain_subject(resident: Resident) -> row.Subject:
    """The resident without episodes and other records: enough for what is said of one record alone."""
    return row.Subject(judgement.attributes(resident), parameters=definitions.parameter)


def record_of(form: type[forms.Form], typed: TypedResponse) -> row.Record:
    """A typed row as the row engine's record."""
    answers = {**answering.from_columns(form, typed), "done_on": typed.done_on}
    return row.Record(form, typed.done_on, answers, str(typed.pk))


def of(resident: Resident, responses: Iterable[tuple[str, UUID]]) -> dict[UUID, KeyValues]:
    """The key values of filled forms (form code, id) of one resident: one statement a form."""
    wanted: dict[str, list[UUID]] = {}
    for code, key in responses:
        wanted.setdefault(code, []).append(key)
    found: dict[UUID, KeyValues] = {}
    tables = columns.all_models()
    for code, keys in wanted.items():
        if code not in tables:
            continue
        form = definitions.of(code).form
        for typed in tables[code].objects.filter(pk__in=keys):
            found[typed.pk] = _line(resident, record_of(form, typed))
    return found


def _line(resident: Resident, record: row.Record) -> KeyValues:
    wrong = abnormal_of(resident, record)
    named = {each.field.name: (each.name, each.refer) for each in wrong}
    said, good = _said(record)
    return KeyValues(
        tuple(_measured(resident, record, named))[:MOST_VALUES],
        tuple(said),
        tuple(dict.fromkeys((each.name, each.refer) for each in wrong)),
        good,
    )


def _measured(
    resident: Resident, record: row.Record, named: Mapping[str, tuple[str, bool]]
) -> Iterable[Value]:
    """The measurements, blood pressure as one; in the order of the series."""
    asked = observations.asked_by(record.form)
    values = {
        "response_id": record.id,
        "done_on": record.done_on,
        **{each.name: record.answers.get(each.name) for each in asked},
    }
    found = {
        (each.series, each.line): each.value
        for each in observations.read(resident, record.form.code, [values])
    }
    for series in observations.SERIES:
        names = [each.name for each in asked if each.series == series.code]
        wrong = next((named[name] for name in names if name in named), _FINE)
        if series is observations.PRESSURE:
            high, low = found.get((series.code, "systolic")), found.get((series.code, "diastolic"))
            if high is not None and low is not None:
                yield Value(
                    series.title,
                    f"{observations.shown(high)}/{observations.shown(low)} {series.unit}",
                    *wrong,
                )
            continue
        for line in series.lines:
            value: Decimal | None = found.get((series.code, line.code))
            if value is None:
                continue
            own = next(
                (named[each.name] for each in asked if each.line == line.code and each.name in named), _FINE
            )
            title = series.brief or (line.title if len(series.lines) > 1 else series.title)
            yield Value(title, f"{observations.shown(value)} {series.unit}".strip(), *own)


def _said(record: row.Record) -> tuple[list[str], bool | None]:
    """The class and other answers that say what came out; a follow-up that took place says so by its class."""
    words: list[str] = []
    good: bool | None = None
    for name in SAID:
        field, value = record.form.fields.get(name), record.answers.get(name)
        if field is None or fields.is_missing(value):
            continue
        if isinstance(field, fields.Choice):
            first = next(iter(field.options.codes))
            if name == "result" and value == first:
                continue
            good = value == first if good is None else good and value == first
            words.append(field.options.label(str(value)))
        elif isinstance(field, fields.Text):
            text = str(value)
            words.append(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")
    return words, good
