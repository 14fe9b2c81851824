"""Several forms on one page, filled in one contact: what they ask alike is asked once, by the first of them.

A sheet is one of the forms: its boxes, what carries over from last time, the values before. Sheets read what was sent;
what may stand is said by the operation.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache
from html import escape
from typing import Any

from django.http import QueryDict
from django.template.loader import get_template
from django.utils.safestring import SafeString

from gongwei.base import problems
from gongwei.engines import row
from gongwei.interfaces.web import plates, questionnaires
from gongwei.language import fields
from gongwei.language import forms as definitions
from gongwei.records import measured_elsewhere

#: Earlier values shown beside a measurement.
EARLIER = 3


@dataclass
class Sheet:
    """One form on the page.

    elsewhere: its fields that another sheet asks, by name: (code of that form, the field's name there).
    carried: answers it opens with from an earlier record, by field name.
    """

    definition: type[definitions.Form]
    elsewhere: dict[str, tuple[str, str]] = field(default_factory=dict)
    carried: dict[str, "Carried"] = field(default_factory=dict)
    history: Sequence[row.Record] = ()
    initial: dict[str, Any] = field(default_factory=dict)
    beside: dict[str, dict[str, Any]] = field(default_factory=dict)
    people: Sequence[tuple[str, str]] = ()
    #: What was sent, read by a Django form; None while nothing was.
    questionnaire: Any = None

    @property
    def code(self) -> str:
        """Code of the form; also the prefix of its boxes."""
        return self.definition.code

    @property
    def body(self) -> SafeString:
        """Its sections, each a box with a heading."""
        return SafeString(
            "".join(
                [
                    f'<fieldset class="card gw-form" id="{part["anchor"]}" data-part><div class="card-header">'
                    f'<h3 class="card-title">{escape(part["title"])}</h3></div>'
                    f'<div class="card-body gw-items">{part["html"]}</div></fieldset>'
                    for part in self.parts
                ]
            )
        )

    @property
    def jumps(self) -> SafeString:
        """The way to each section."""
        return SafeString(
            "".join(
                [
                    f'<li><a href="#{part["anchor"]}" data-jump>{escape(part["title"])}<small data-left></small></a></li>'
                    for part in self.parts
                ]
            )
        )

    @cached_property
    def parts(self) -> list[dict[str, Any]]:
        """Its sections, with an anchor each; one without a heading is called by its first questions."""
        if self.questionnaire is not None:
            drawn = [
                (title, [item["field"] for item in items], [_drawn(item) for item in items])
                for title, items in self.questionnaire.sections()
            ]
        else:
            drawn = [
                (part.title, [each.field for each in asked], [self._filled(each) for each in asked])
                for part in plates.parts(self.definition)
                if (asked := [each for each in part.plates if each.name not in self.elsewhere])
            ]
        return [
            {
                "title": title or _called(asked),
                "html": "".join(html),  # partials
                "anchor": f"{self.code}-part-{number}",
            }
            for number, (title, asked, html) in enumerate(drawn)
        ]

    def _filled(self, plate: plates.Plate) -> str:
        return plates.filled(
            plate, self.initial.get(plate.name), self.beside.get(plate.name, {}), self.people
        )


def _drawn(item: Mapping[str, Any]) -> str:
    return str(get_template(item["template"]).render({"item": item}))


def _called(asked: Sequence[fields.Field]) -> str:
    labels = [each.label for each in asked]
    return "、".join(labels[:2]) + ("等" if len(labels) > 2 else "")


@dataclass(frozen=True)
class Carried:
    """An answer from last time: what, of which day, of which response."""

    value: Any
    on: Any
    response: str


def asked_once(chosen: Sequence[type[definitions.Form]]) -> dict[str, dict[str, tuple[str, str]]]:
    """By form code and field name, where a question is asked when an earlier form on the page asks the same.

    The day of the contact is one for all; else the definitions say what means the same (`forms.shared`).
    """
    return {code: dict(asked) for code, asked in _asked_once(tuple(chosen)).items()}


@lru_cache(maxsize=500)
def _asked_once(chosen: tuple[type[definitions.Form], ...]) -> dict[str, dict[str, tuple[str, str]]]:
    found: dict[str, dict[str, tuple[str, str]]] = {form.code: {} for form in chosen}
    for form in chosen[1:]:
        found[form.code]["done_on"] = (chosen[0].code, "done_on")
    for alike in definitions.shared(chosen).values():
        first, first_name = alike[0]
        for form, name in alike[1:]:
            found[form.code][name] = (first.code, first_name)
    return found


@lru_cache(maxsize=500)
def goes_along(form: type[definitions.Form], chosen: tuple[type[definitions.Form], ...]) -> bool:
    """Whether a form costs little when it is filled together with others: a third of its questions are asked there."""
    return len(asked_once([*chosen, form])[form.code]) * 3 >= len(form.fields)


def sheets(
    chosen: Sequence[type[definitions.Form]], *, people: Iterable[tuple[str, str]], data: QueryDict | None
) -> list[Sheet]:
    """The sheets of a page. people: offered in fields that name one. data: what was sent, if anything."""
    elsewhere = asked_once(chosen)
    people = list(people)
    found = [Sheet(form, elsewhere[form.code], people=people) for form in chosen]
    for sheet in found if data is not None else ():
        made = questionnaires.questionnaire(sheet.definition, people=people)
        sheet.questionnaire = made(data, prefix=sheet.code)
        sheet.questionnaire.asked_elsewhere = sheet.elsewhere
    return found


def remember(
    found: Sequence[Sheet],
    *,
    history: Mapping[str, Sequence[row.Record]],
    first_values: Mapping[str, Any],
    signer: str,
    day: Any,
    data: QueryDict | None,
    elsewhere: Mapping[measured_elsewhere.Key, Sequence[measured_elsewhere.Value]] | None = None,
) -> None:
    """Give sheets what is known of the resident.

    history: earlier records by form code, newest first. elsewhere: what other forms measured. first_values: what every form opens with, by field name.
    signer: the practitioner offered in fields that name one. day: of the contact.
    """
    for sheet in found:
        sheet.history = history.get(sheet.code, ())
        sheet.carried = _carried(sheet.definition, sheet.history, day)
    _take_newest(found)
    for sheet in found:
        sheet.initial = {
            **{name: value for name, value in first_values.items() if name in sheet.definition.fields},
            **dict.fromkeys(questionnaires.people_of(sheet.definition), signer),
            **{name: each.value for name, each in sheet.carried.items()},
        }
        sheet.beside = _beside(sheet, data, elsewhere or {})
        if sheet.questionnaire is not None:
            sheet.questionnaire.beside = sheet.beside


def _carried(form: type[definitions.Form], history: Sequence[row.Record], day: Any) -> dict[str, Carried]:
    """Answers that carry over, of the latest record that has any: a note that somebody was not reached has none.

    Measurements never carry over, but for those the form says so of (身高).
    """
    names = [
        name for name, each in form.fields.items() if each.carry and (each.until is None or day <= each.until)
    ]
    for record in history:
        found = {
            name: Carried(record.answers[name], record.done_on, record.id)
            for name in names
            if not fields.is_missing(record.answers.get(name))
        }
        if found:
            return found
    return {}


def _take_newest(found: Sequence[Sheet]) -> None:
    """Of an answer that several forms carry, the first form shows the newest."""
    by_code = {sheet.code: sheet for sheet in found}
    for sheet in found:
        for name, (code, first_name) in sheet.elsewhere.items():
            mine, shown = sheet.carried.get(name), by_code[code].carried.get(first_name)
            if mine is not None and (shown is None or shown.on < mine.on):
                by_code[code].carried[first_name] = mine


def _beside(
    sheet: Sheet,
    data: QueryDict | None,
    elsewhere: Mapping[measured_elsewhere.Key, Sequence[measured_elsewhere.Value]],
) -> dict[str, dict[str, Any]]:
    """What stands beside the boxes: 上次 and its day, the last values of measurements with their days, and of those
    another form measured its name."""
    still = None if data is None else set(data.getlist("carried"))
    found: dict[str, dict[str, Any]] = {}
    for name, each in sheet.carried.items():
        key = f"{sheet.code} {name} {each.response}"
        if still is None or key in still:
            found[name] = {"carried": {"on": each.on, "key": key}}
    for name, each in sheet.definition.fields.items():
        if not isinstance(each, fields.Quantity) or (each.carry and each.code is None):
            continue
        values = _earlier(sheet, name, elsewhere)
        if values and name not in found:
            found.setdefault(name, {})["earlier"] = values
    return found


def _earlier(
    sheet: Sheet,
    name: str,
    elsewhere: Mapping[measured_elsewhere.Key, Sequence[measured_elsewhere.Value]],
) -> list[dict[str, Any]]:
    """The last values of a measurement, newest first: the form's own, and other forms' with their form."""
    values: list[dict[str, Any]] = [
        {"words": str(record.answers[name]), "on": record.done_on}
        for record in sheet.history
        if not fields.is_missing(record.answers.get(name))
    ][:EARLIER]
    # One contact that filled two forms measured once.
    mine = {(each["on"], Decimal(each["words"])) for each in values}
    key = measured_elsewhere.key_of(sheet.definition.fields[name])
    for each in elsewhere.get(key, ()) if key else ():
        if (each.on, Decimal(each.words)) not in mine:
            values.append({"words": each.words, "on": each.on, "form": each.form})
    return sorted(values, key=lambda each: each["on"], reverse=True)[:EARLIER]


def answers(found: Sequence[Sheet]) -> dict[str, dict[str, Any]]:
    """What was read by form code, with what another sheet asked. Call after all were valid."""
    said = {sheet.code: sheet.questionnaire.answers() for sheet in found}
    for sheet in found:
        mine = said[sheet.code]
        for name, (code, first_name) in sheet.elsewhere.items():
            mine.pop(name, None)
            if first_name in said[code]:
                mine[name] = said[code][first_name]
    return said


def left_as_last_time(found: Sequence[Sheet], data: QueryDict) -> dict[str, dict[str, str]]:
    """By form code, the fields the page says were left as they came from last time: {field: response id}."""
    said: dict[str, dict[str, str]] = {sheet.code: {} for sheet in found}
    for key in data.getlist("carried"):
        code, _, rest = key.partition(" ")
        name, _, response = rest.partition(" ")
        if code in said:
            said[code][name] = response
    for sheet in found:
        for name, (code, first_name) in sheet.elsewhere.items():
            if first_name in said[code]:
                said[sheet.code][name] = said[code][first_name]
    return said


def show_problems(refused: problems.Refused, found: Sequence[Sheet]) -> None:
    """Put refusals beside the boxes that ask; what belongs to none stands at the top."""
    by_code = {sheet.code: sheet for sheet in found}
    for problem in refused.problems if isinstance(refused, problems.Several) else [refused]:
        text = f"{problem.message}{problem.hint}" if problem.hint else problem.message
        sheet = by_code.get(problem.details.get("form", ""), found[0])
        sheet, name = _where(by_code, sheet, problem.field or "")
        known = name in sheet.questionnaire.fields
        if known and text in sheet.questionnaire.errors.get(name, ()):
            continue  # two forms say the same of the question they share
        sheet.questionnaire.add_error(name if known else None, text)


def show_questions(questions: Iterable[tuple[str, Mapping[str, Any]]], found: Sequence[Sheet]) -> list[str]:
    """Put (form code, question) beside the boxes that ask; returns those that belong to no box."""
    by_code = {sheet.code: sheet for sheet in found}
    stray = []
    for code, question in questions:
        sheet, name = _where(by_code, by_code[code], question["field"])
        if name not in sheet.questionnaire.fields:
            stray.append(question["message"])
            continue
        beside = dict(sheet.questionnaire.beside)
        own = dict(beside.get(name, {}))
        own["questions"] = list(dict.fromkeys([*own.get("questions", ()), question["message"]]))
        beside[name] = own
        sheet.questionnaire.beside = beside
    return stray


def _where(by_code: Mapping[str, Sheet], sheet: Sheet, name: str) -> tuple[Sheet, str]:
    if name in sheet.elsewhere:
        code, name = sheet.elsewhere[name]
        return by_code[code], name
    return sheet, name
