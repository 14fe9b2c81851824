"""Drugs of a resident as the forms tell them: what is taken now, and when it changed."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from gongwei.language import fields, forms
from gongwei.records import columns, definitions
from gongwei.residents.models import Resident

#: What the rows of drugs are called on every form that has them.
ROWS = ("medications", "insulin")
#: The answer beside them: taken as prescribed, now and then, not at all.
ADHERENCE = "medication_adherence"


@cache
def rows_of(form: type[forms.Form]) -> tuple[str, ...]:
    """The fields of a form that hold drugs."""
    return tuple(name for name in ROWS if isinstance(form.fields.get(name), fields.Rows))


def forms_with_drugs() -> list[str]:
    """Codes of the forms with a table that ask for drugs."""
    return [code for code in columns.all_models() if rows_of(definitions.of(code).form)]


@dataclass(frozen=True)
class Prescription:
    """The drugs one filled form names, in words, in its order; `adherence` in the words of the form."""

    form_code: str
    on: dt.date
    response_id: UUID
    drugs: tuple[str, ...]
    adherence: str


@dataclass(frozen=True)
class DrugChange:
    """Drugs begun and stopped between two records of one form; a changed dose is both."""

    on: dt.date
    begun: tuple[str, ...]
    stopped: tuple[str, ...]
    form_code: str
    response_id: UUID

    @property
    def words(self) -> str:
        """In a line: 加用…；停用…."""
        parts = (("加用", self.begun), ("停用", self.stopped))
        return "；".join(f"{what}{'、'.join(drugs)}" for what, drugs in parts if drugs)


def in_words(field: fields.Rows, given: Any) -> list[str]:
    """Rows of drugs as text, each as it would be written: 苯磺酸氨氯地平片 每日1次 每次5mg."""
    return [text for row in given or () if (text := _drug(field, row))]


def _drug(field: fields.Rows, row: Mapping[str, Any]) -> str:
    parts = []
    for name, column in field.row.fields.items():
        value = row.get(name)
        if fields.is_missing(value):
            continue
        text = column.options.label(str(value)) if isinstance(column, fields.Choice) else _plain(value)
        if name == "times_a_day":
            text = f"每日{text}次"
        elif name == "dose":
            text = f"每次{text}"
        elif name == "dose_unit" and parts:
            parts[-1] += text
            continue
        elif isinstance(column, fields.Quantity) and column.unit:
            text += column.unit
        parts.append(text)
    return " ".join(parts)


def _plain(value: Any) -> str:
    """A number without trailing zeros, anything else as it is."""
    text = str(value)
    return text.rstrip("0").rstrip(".") if "." in text and text.replace(".", "", 1).isdigit() else text


def of(resident: Resident, filled: Collection[str]) -> dict[str, list[Prescription]]:
    """What each form has said of drugs, oldest first, by form code; `filled`: the forms there are."""
    found: dict[str, list[Prescription]] = {}
    for code in forms_with_drugs():
        if code not in filled:
            continue
        form = definitions.of(code).form
        names = rows_of(form)
        asks_adherence = ADHERENCE in form.fields
        wanted = ["response_id", "done_on", *names, *([ADHERENCE] if asks_adherence else [])]
        rows = (
            columns.model_for(code)
            .objects.filter(resident_id=resident.pk, live=True)
            .order_by("done_on", "response_id")
            .values(*wanted)
        )
        said = [_prescription(form, code, row, names) for row in rows]
        if said:
            found[code] = said
    return found


def _prescription(
    form: type[forms.Form], code: str, row: Mapping[str, Any], names: Iterable[str]
) -> Prescription:
    adherence = row.get(ADHERENCE)
    field = form.fields.get(ADHERENCE)
    words = field.options.label(str(adherence)) if adherence and isinstance(field, fields.Choice) else ""
    drugs = [text for name in names for text in in_words(form.fields[name], row[name])]
    return Prescription(code, row["done_on"], row["response_id"], tuple(dict.fromkeys(drugs)), words)


def changes(prescriptions: Iterable[Prescription]) -> list[DrugChange]:
    """Where two records that name drugs, one after the other, differ. A record without any says nothing."""
    found = []
    before: Prescription | None = None
    for each in prescriptions:
        if not each.drugs:
            continue
        if before is not None and set(before.drugs) != set(each.drugs):
            found.append(
                DrugChange(
                    each.on,
                    tuple(drug for drug in each.drugs if drug not in before.drugs),
                    tuple(drug for drug in before.drugs if drug not in each.drugs),
                    each.form_code,
                    each.response_id,
                )
            )
        before = each
    return found
