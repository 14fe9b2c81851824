"""From a form definition to a Django form, its sections, and what the page's script needs to know.

The Django form reads what was typed; the operation judges it by the form's own conditions, so the same text
comes up on paper, phone and page.
"""

import copy
import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from html import escape
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django import forms
from django.forms.boundfield import BoundField
from django.forms.utils import ErrorDict
from django.utils.safestring import SafeString

from gongwei.engines import phone
from gongwei.interfaces.web import fields as faces
from gongwei.language import fields
from gongwei.language import forms as definitions
from gongwei.records import wordings
from gongwei.residents.queries import printed


class Questionnaire(forms.Form):
    """A Django form made from a definition; made by `questionnaire`."""

    definition: type[definitions.Form]
    templates: Mapping[str, str]
    #: What a page shows beside single boxes, by field name: where the answer comes from, earlier values, questions.
    beside: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    #: Fields that are not drawn because another form on the page asks them.
    asked_elsewhere: Collection[str] = ()

    def __init__(self, *args: Any, people: Sequence[tuple[str, str]] = (), **options: Any) -> None:
        """people: (id, name) of the practitioners a Person field offers."""
        super().__init__(*args, **options)
        for name in people_of(self.definition):
            if name in self.fields:
                self.fields[name].choices = [("", "请选择"), *people]

    def sections(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """The boxes under the headings of the paper form, in its order."""
        found: list[tuple[str, list[dict[str, Any]]]] = []
        for name, field in self.definition.fields.items():
            if name not in self.fields or name in self.asked_elsewhere:
                continue
            if not found or found[-1][0] != field.section:
                found.append((field.section, []))
            found[-1][1].append(self.item(name))
        return found

    def item(self, name: str) -> dict[str, Any]:
        """What the partial of one field draws."""
        box, field = self[name], self.definition.fields[name]
        beside = self.beside.get(name, {})
        return {
            "name": name,
            "field": field,
            "box": box,
            "template": self.templates[name],
            "kind": type(field).__name__.lower(),
            "required": field.required is True or (field.required is not False and field.only_if is None),
            "wide": isinstance(field, fields.Choices | fields.Rows)
            or (isinstance(field, fields.Choice) and len(field.options.codes) > 4),
            "exclusive": " ".join(
                option.code
                for option in getattr(getattr(field, "options", None), "items", ())
                if option.exclusive
            ),
            "options": _options(box)
            if isinstance(field, fields.Choice | fields.Choices | fields.YesNo)
            else [],
            "rows": _rows(box) if isinstance(field, fields.Rows) else [],
            "beside": words_beside(beside),
            "questions": beside.get("questions", ()),
        }

    def script(self) -> dict[str, Any]:
        """What `forms.js` needs: the kind of each answer, and when a field is asked (nested arrays)."""
        return {
            "prefix": self.prefix or "",
            "fields": {
                name: {"kind": field.value_type.kind.value, "asked": _asked(field)}
                for name, field in self.definition.fields.items()
                if name in self.fields
            },
        }

    def unjudged(self) -> None:
        """Draw what was typed without a word about it: it is half a page taken up again, and nobody has sent it."""
        self._errors = ErrorDict()

    def answers(self) -> dict[str, Any]:
        """What was read, missing answers left out. Call after `is_valid`."""
        return {name: value for name, value in self.cleaned_data.items() if not fields.is_missing(value)}


def questionnaire(
    definition: type[definitions.Form],
    *,
    leave_out: Iterable[str] = (),
    people: Iterable[tuple[str, str]] = (),
) -> Callable[..., Questionnaire]:
    """What makes the Django form of a definition.

    leave_out: fields the page asks elsewhere. people: (id, name) of the practitioners a Person field offers.
    """
    return partial(_made(definition, frozenset(leave_out)), people=tuple(people))


class _Boxes(dict[str, forms.Field]):
    """The boxes of a form class. Django copies them for each form it makes, though nothing in them is ever changed but the
    people offered in those that name one: so only these are copied."""

    def __init__(self, boxes: Mapping[str, forms.Field], own: Collection[str]) -> None:
        super().__init__(boxes)
        self._own = own

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, forms.Field]:
        return {name: copy.deepcopy(box, memo) if name in self._own else box for name, box in self.items()}


@lru_cache(maxsize=500)
def _made(definition: type[definitions.Form], left_out: frozenset[str]) -> type[Questionnaire]:
    found = {name: faces.face(field) for name, field in definition.fields.items() if name not in left_out}
    made = type(definition.__name__, (Questionnaire,), {name: each.field for name, each in found.items()})
    made.base_fields = _Boxes(made.base_fields, frozenset(people_of(definition)))
    made.definition = definition
    made.templates = {name: each.template for name, each in found.items()}
    return made


def people_of(definition: type[definitions.Form]) -> list[str]:
    """The fields that name a practitioner: whoever fills the form is offered first."""
    return [name for name, field in definition.fields.items() if isinstance(field, fields.Person)]


def initial_values(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Stored answers as the initial values of the boxes."""
    return {
        name: sorted(value) if isinstance(value, frozenset | set) else value
        for name, value in answers.items()
    }


def words_beside(beside: Mapping[str, Any]) -> SafeString:
    """What stands under a box: 上次 with its day, or the last values with theirs."""
    found = ""
    if carried := beside.get("carried"):
        found += (
            f'<small class="gw-carried" data-carried>上次 {carried["on"]:%Y-%m-%d}'
            f'<input type="hidden" name="carried" value="{escape(carried["key"])}"></small>'
        )
    if earlier := beside.get("earlier"):
        values = "".join(
            f"<span><b>{escape(each['words'])}</b> {each['on']:%y-%m-%d}"
            f"{f' <i>{escape(source)}</i>' if (source := each.get('form')) else ''}</span>"
            for each in earlier
        )
        found += f'<small class="gw-earlier">{values}</small>'
    return SafeString(found)  # escaped above


@dataclass(frozen=True)
class Shown:
    """One answer of a filled form in words. carried: it was taken over from an earlier response: (its id, its day)."""

    label: str
    words: str
    carried: tuple[UUID, dt.date] | None = None


def shown(
    form: wordings.Worded,
    answers: Mapping[str, Any],
    carried: Mapping[str, tuple[UUID, dt.date]] | None = None,
    names: Mapping[str, str] = MappingProxyType({}),
) -> list[Shown]:
    """A filled form in the words it was filled with, in the form's order, without what was not answered.

    names: of practitioners and organizations in it (`names_in`).
    """
    return [
        Shown(
            field.label,
            names.get(str(answers[name])) or words(field, answers[name]),
            (carried or {}).get(name),
        )
        for name, field in form.fields.items()
        if not fields.is_missing(answers.get(name))
    ]


def names_in(form: wordings.Worded, answers: Mapping[str, Any]) -> dict[str, str]:
    """Names of the practitioners and organizations in some answers, by the id or code that stands there."""
    given = [(each, str(answers[name])) for name, each in form.fields.items() if answers.get(name)]
    people = [value for each, value in given if isinstance(each, fields.Person)]
    places = [
        value for each, value in given if isinstance(each, fields.Code) and each.table == "organizations"
    ]
    found = printed.names_of_people(people) if people else {}
    if places:
        found |= {code: name for (_, code), name in printed.names_of_organizations(places).items()}
    return found


def words(field: fields.Field, value: Any) -> str:
    """An answer in the words of the form."""
    if fields.is_missing(value):
        return ""
    if isinstance(field, fields.Choice):
        return field.options.label(str(value))
    if isinstance(field, fields.Choices):
        chosen = {str(code) for code in value}
        known = [code for code in field.options.codes if code in chosen]
        return "、".join(field.options.label(code) for code in [*known, *sorted(chosen - set(known))])
    if isinstance(field, fields.YesNo):
        return "是" if value else "否"
    if isinstance(field, fields.Quantity):
        return f"{value} {field.unit}".strip()
    if isinstance(field, fields.Rows):
        return "；".join(
            " ".join(
                words(column, row.get(name)) for name, column in field.row.fields.items() if row.get(name)
            )
            for row in value
        )
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return str(value)


def _options(box: BoundField) -> list[dict[str, Any]]:
    """The options of a choice with what is chosen; drawn as plain boxes, which is many times quicker than widgets."""
    value = box.value()
    chosen = (
        {str(each) for each in value} if isinstance(value, list | tuple | set | frozenset) else {str(value)}
    )
    return [
        {"code": code, "label": label, "id": f"{box.auto_id}_{number}", "chosen": code in chosen}
        for number, (code, label) in enumerate(box.field.choices)
    ]


def _asked(field: fields.Field) -> Any:
    condition = definitions.asked(field)
    return None if condition is None else phone.to_json(condition)


def _rows(box: BoundField) -> list[list[dict[str, Any]]]:
    """The rows of a Rows field as boxes: those filled, and blank ones for a page without scripts."""
    rows_field = box.field
    value = box.value() or []
    filled = [row for row in value if any(not fields.is_missing(each) for each in row.values())]
    count = min(len(filled) + 1, rows_field.widget.at_most)
    padded = [*filled, *({} for _ in range(count - len(filled)))]
    return [
        [
            {
                "label": each.field.label,
                "name": f"{box.html_name}-{number}-{name}",
                "column": name,
                "choices": getattr(each.field, "choices", None),
                "value": each.field.prepare_value(row.get(name)) or "",
            }
            for name, each in rows_field.columns.items()
        ]
        for number, row in enumerate(padded)
    ]
