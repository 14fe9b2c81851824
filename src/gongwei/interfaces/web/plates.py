"""A form's boxes drawn once and filled in many times: opening a page must not run hundreds of small templates.

A plate is the partial of a field drawn without an answer. What is known of a resident is put into copies of it. A page
that comes back with errors is drawn by the partials themselves.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

from django.template.loader import get_template
from django.utils.safestring import SafeString

from gongwei.interfaces.web import questionnaires
from gongwei.language import fields
from gongwei.language import forms as definitions

#: Where in the partial what stands beside a box goes (templates/web/fields/frame.html).
BESIDE = "<!--beside-->"


@dataclass(frozen=True)
class Plate:
    """One field without an answer: its HTML, and what filling it needs."""

    name: str
    field: fields.Field
    face: Any
    box_id: str
    box_name: str
    html: str


@dataclass(frozen=True)
class Part:
    """One section of a form."""

    title: str
    plates: tuple[Plate, ...]


def parts(form: type[definitions.Form]) -> tuple[Part, ...]:
    """The sections of a form as plates; the names of the boxes begin with the form's code."""
    return _parts(form)


@lru_cache(maxsize=200)
def _parts(form: type[definitions.Form]) -> tuple[Part, ...]:
    blank = questionnaires.questionnaire(form)(None, prefix=form.code)
    found = []
    for title, items in blank.sections():
        plates = []
        for item in items:
            box = item["box"]
            html = get_template(item["template"]).render({"item": item})
            plates.append(Plate(item["name"], item["field"], box.field, box.auto_id, box.html_name, html))
        found.append(Part(title, tuple(plates)))
    return tuple(found)


def filled(
    plate: Plate, value: Any, beside: Mapping[str, Any], people: Sequence[tuple[str, str]]
) -> SafeString:
    """A copy of a plate with an answer and what stands beside it. `people` are offered in a field that names one."""
    html, field = plate.html, plate.field
    if isinstance(field, fields.Rows) and not fields.is_missing(value):
        return _rows(plate, value, beside)
    if not fields.is_missing(value):
        html = html.replace('<option value="" selected>', '<option value="">', 1)
    if isinstance(field, fields.Person):
        offered = "".join(
            f'<option value="{escape(key)}"{" selected" if key == str(value) else ""}>{escape(name)}</option>'
            for key, name in people
        )
        html = html.replace("</select>", f"{offered}</select>", 1)
    elif not fields.is_missing(value):
        html = _with_value(plate, html, value)
    if beside:
        html = html.replace(BESIDE, questionnaires.words_beside(beside), 1)
    return SafeString(html)  # a partial, with escaped answers put in


def _with_value(plate: Plate, html: str, value: Any) -> str:
    field = plate.field
    if isinstance(field, fields.Choice | fields.Choices | fields.YesNo):
        shown = plate.face.prepare_value(value)
        for code in sorted(shown) if isinstance(shown, frozenset | set | list | tuple) else [str(shown)]:
            html = html.replace(f'value="{escape(code)}" id=', f'value="{escape(code)}" checked id=', 1)
            html = html.replace(
                f'<option value="{escape(code)}">', f'<option value="{escape(code)}" selected>', 1
            )
        return html
    text = escape(str(plate.face.prepare_value(value)))
    if isinstance(field, fields.Text) and field.multiline:
        return html.replace("</textarea>", f"{text}</textarea>", 1)
    return html.replace(f'id="{plate.box_id}"', f'id="{plate.box_id}" value="{text}"', 1)


def _rows(plate: Plate, value: Any, beside: Mapping[str, Any]) -> SafeString:
    """A small table with answers: one row more than are filled."""
    filled = [row for row in value if any(not fields.is_missing(each) for each in row.values())]
    parts = list(_table(plate.field.owner, plate.name, min(len(filled) + 1, plate.face.widget.at_most)))
    for place in range(1, len(parts), 2):
        number, _, column = parts[place].partition(" ")
        row = filled[int(number)] if int(number) < len(filled) else {}
        face = plate.face.columns[column].field
        shown = str(face.prepare_value(row.get(column)) or "")
        if getattr(face, "choices", None) is None:
            parts[place] = escape(shown)
            continue
        # The hole of a choice stands before its options.
        parts[place] = ""
        option = f'<option value="{escape(shown)}"'
        if shown:
            parts[place + 1] = parts[place + 1].replace(f"{option}>", f"{option} selected>", 1)
    html = "".join(parts)
    if beside:
        html = html.replace(BESIDE, questionnaires.words_beside(beside), 1)
    return SafeString(html)  # a partial, with escaped answers put in


_HOLE = re.compile("\ue000([0-9]+ [a-z0-9_]+)\ue001")  # no text has characters of the private area


@lru_cache(maxsize=500)
def _table(form: type[definitions.Form], name: str, count: int) -> tuple[str, ...]:
    """A table of so many rows: text, and by turns the row and the column of a cell."""
    others = [each for each in form.fields if each != name]
    sheet = questionnaires.questionnaire(form, leave_out=others)(None, prefix=form.code)
    item = sheet.item(name)
    box = item["box"]
    rows = [
        [
            {
                "label": each.field.label,
                "name": f"{box.html_name}-{number}-{column}",
                "choices": getattr(each.field, "choices", None),
                "value": f"\ue000{number} {column}\ue001",
            }
            for column, each in box.field.columns.items()
        ]
        for number in range(count)
    ]
    html = get_template(item["template"]).render({"item": {**item, "rows": rows}})
    for row in rows:
        for cell in row:
            if cell["choices"] is not None:  # drawn without a value: leave the hole before the options
                start = f'name="{cell["name"]}"'
                html = html.replace(start, f"{cell['value']}{start}", 1)
    return tuple(_HOLE.split(html))
