"""The web face of a form's fields: one function over the ten field types (house.md §6).

`face(field)` gives a Django form field, which reads what was typed, and the template partial that draws it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from gongwei.interfaces.web import typing_in
from gongwei.language import fields

#: Up to so many options are shown as buttons, as on the paper form; more become a list to choose from.
MOST_BUTTONS = 13


@dataclass(frozen=True)
class Face:
    """How a field is read and drawn."""

    field: forms.Field
    template: str


def _options(field: fields.Field) -> dict[str, Any]:
    """What all faces share. `required` is a condition of the form, not of the box."""
    return {"label": field.label, "required": False, "help_text": field.note}


@singledispatch
def face(field: fields.Field) -> Face:
    """The face of a field. A new field type must be registered here (tests/architecture/test_fields_faces.py)."""
    raise NotImplementedError(f"no web face for {type(field).__name__}")


@face.register
def _(field: fields.Text) -> Face:
    widget = forms.Textarea(attrs={"rows": 2}) if field.multiline else forms.TextInput()
    return Face(
        typing_in.TextField(max_length=field.max_length, widget=widget, **_options(field)),
        "web/fields/text.html",
    )


@face.register
def _(field: fields.Date) -> Face:
    return Face(typing_in.DateField(**_options(field)), "web/fields/date.html")


@face.register
def _(field: fields.Moment) -> Face:
    return Face(typing_in.MomentField(**_options(field)), "web/fields/moment.html")


@face.register
def _(field: fields.YesNo) -> Face:
    return Face(typing_in.YesNoField(**_options(field)), "web/fields/yes_no.html")


@face.register
def _(field: fields.Quantity) -> Face:
    return Face(typing_in.NumberField(decimals=field.decimals, **_options(field)), "web/fields/quantity.html")


def _choices(field: fields.Choice | fields.Choices) -> list[tuple[str, str]]:
    return [(option.code, option.label) for option in field.options.items]


@face.register
def _(field: fields.Choice) -> Face:
    choices = _choices(field)
    if len(choices) <= MOST_BUTTONS:
        return Face(
            typing_in.ChoiceField(choices=choices, widget=forms.RadioSelect, **_options(field)),
            "web/fields/choice.html",
        )
    numbered = [(code, f"{code} {label}") for code, label in choices]
    return Face(
        typing_in.ChoiceField(choices=[("", "请选择"), *numbered], **_options(field)),
        "web/fields/choice_list.html",
    )


@face.register
def _(field: fields.Choices) -> Face:
    return Face(
        typing_in.ChoicesField(choices=_choices(field), **_options(field)),
        "web/fields/choices.html",
    )


@face.register
def _(field: fields.Code) -> Face:
    return Face(typing_in.DigitsField(max_length=40, **_options(field)), "web/fields/code.html")


@face.register
def _(field: fields.Person) -> Face:
    return Face(typing_in.ChoiceField(choices=[("", "请选择")], **_options(field)), "web/fields/person.html")


@face.register
def _(field: fields.Rows) -> Face:
    return Face(RowsField(field, **_options(field)), "web/fields/rows.html")


class RowsWidget(forms.Widget):
    """Reads `name-0-column`, `name-1-column` … from what was posted; the partial draws the boxes."""

    def __init__(self, row: Mapping[str, forms.Field], at_most: int) -> None:
        super().__init__()
        self.row, self.at_most = row, at_most

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, Any]]:
        start = f"{name}-"
        sent = {key.removeprefix(start).partition("-")[0] for key in data if key.startswith(start)}
        return [
            {
                column: box.widget.value_from_datadict(data, files, f"{name}-{number}-{column}")
                for column, box in self.row.items()
            }
            if str(number) in sent
            else {}
            for number in range(self.at_most)
        ]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(key.startswith(f"{name}-") for key in data)


class RowsField(forms.Field):
    """A small table inside a form; rows with nothing in them are left out."""

    def __init__(self, field: fields.Rows, **options: Any) -> None:
        self.columns = {name: face(column) for name, column in field.row.fields.items()}
        super().__init__(
            widget=RowsWidget({name: each.field for name, each in self.columns.items()}, field.at_most),
            **options,
        )

    def clean(self, value: Any) -> tuple[dict[str, Any], ...]:
        rows, errors = [], []
        for number, raw in enumerate(value or (), start=1):
            if not raw:
                continue
            row = {}
            for name, each in self.columns.items():
                try:
                    row[name] = each.field.clean(raw.get(name))
                except ValidationError as error:
                    errors += [f"第{number}行“{each.field.label}”：{text}" for text in error.messages]
            present = {name: answer for name, answer in row.items() if not fields.is_missing(answer)}
            if present:
                rows.append(present)
        if errors:
            raise ValidationError(errors)
        return tuple(rows)
