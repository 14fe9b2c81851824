"""Random people of a small county, with records of the real forms: what the engines are asked about every measure.

Not lifelike: values are drawn from what each field allows, so that rare branches of definitions come up; records lie near
the edges of periods, several on one day; some forms are filled completely, some hardly.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from gongwei import catalogue
from gongwei.engines import row
from gongwei.language import fields
from gongwei.language.forms import FieldGroup, Form
from gongwei.language.parameters import ParameterSet

DAYS = (date(2023, 7, 1), date(2026, 1, 31))


def subjects(
    seed: int, number: int, parameters: ParameterSet, forms: Sequence[type[Form]], episodes: Sequence[str]
) -> list[row.Subject]:
    """So many people, the same for the same seed."""
    drawn = random.Random(seed)
    return [_subject(drawn, place, parameters, forms, episodes) for place in range(number)]


def _day(drawn: random.Random, first: date = DAYS[0], last: date = DAYS[1]) -> date:
    day = first + timedelta(days=drawn.randint(0, (last - first).days))
    edges = [date(day.year, 1, 1), date(day.year, 12, 31), date(day.year, 6, 30), date(day.year, 7, 1)]
    inside = [each for each in edges if first <= each <= last]
    return drawn.choice(inside) if inside and drawn.random() < 0.1 else day


def _subject(
    drawn: random.Random,
    place: int,
    parameters: ParameterSet,
    forms: Sequence[type[Form]],
    episodes: Sequence[str],
) -> row.Subject:
    maybe = lambda share: _day(drawn) if drawn.random() < share else None  # noqa: E731
    known: dict[str, Any] = {
        "sex": drawn.choice(["1", "2"]),
        "birth_date": _day(drawn, date(1930, 1, 1), date(2020, 12, 31))
        if drawn.random() < 0.5
        else _day(drawn, date(1955, 1, 1), date(1962, 12, 31)),
        "residence_type": drawn.choice(["1", "2"]),
        "lives_here_since": maybe(0.5),
        "left_on": maybe(0.1),
        "filed_on": maybe(0.9),
        "cancelled_on": maybe(0.1),
        "died_on": maybe(0.1),
    }
    records = [
        _record(drawn, form, f"{place}-{form.code}-{number}")
        for form in forms
        for number in range(drawn.choice([0, 0, 1, 2, 4, 6]))
    ]
    return row.Subject(known, records, _spans(drawn, episodes), parameters)


def _spans(drawn: random.Random, kinds: Sequence[str]) -> list[row.EpisodeSpan]:
    found = []
    for kind in kinds:
        for _ in range(drawn.choice([0, 1, 1, 2])):
            first = _day(drawn)
            found.append(row.EpisodeSpan(kind, first, _day(drawn, first) if drawn.random() < 0.4 else None))
    return found


def _record(drawn: random.Random, form: type[Form], identity: str) -> row.Record:
    missing = drawn.choice([0.0, 0.02, 0.2, 0.6])
    done_on = _day(drawn)
    answers = {
        name: None if drawn.random() < missing else _value(drawn, each) for name, each in form.fields.items()
    }
    return row.Record(
        form,
        done_on,
        answers | {"done_on": done_on},
        identity,
        done_on + timedelta(days=drawn.randint(0, 40)),
    )


def _value(drawn: random.Random, each: fields.Field) -> Any:
    match each:
        case fields.YesNo():
            return drawn.random() < 0.5
        case fields.Choice() | fields.Code() if getattr(each, "options", None):
            return drawn.choice([option.code for option in each.options.items])
        case fields.Choices():
            codes = [option.code for option in each.options.items]
            return frozenset(drawn.sample(codes, drawn.randint(1, min(3, len(codes)))))
        case fields.Quantity():
            return _number(drawn, each)
        case fields.Date():
            return _day(drawn)
        case fields.Moment():
            return datetime(2025, 3, 1, 8, tzinfo=UTC) + timedelta(hours=drawn.randint(0, 2000))
        case fields.Rows():
            return tuple(_row(drawn, each.row) for _ in range(drawn.randint(0, 2)))
    return drawn.choice(["甲", "乙"])


def _row(drawn: random.Random, of: type[FieldGroup]) -> dict[str, Any]:
    return {name: _value(drawn, each) for name, each in of.fields.items()}


def _number(drawn: random.Random, each: fields.Quantity) -> Any:
    low, high = each.between or (Decimal(0), Decimal(1000))
    unit = Decimal(1).scaleb(-each.decimals)
    steps = int((Decimal(high) - Decimal(low)) / unit)
    value = Decimal(low) + drawn.randint(0, steps) * unit
    return value if each.decimals else int(value)


def forms_asked() -> list[type[Form]]:
    """The forms the measures look at."""
    from gongwei.engines import columnar

    found: dict[str, type[Form]] = {}
    for measure in catalogue.measures():
        for fact in measure.facts:
            for node in columnar.reached(fact.node):
                for name in ("form", "answer_form"):
                    if isinstance(form := getattr(node, name, None), type):
                        found[form.code] = form
    return list(found.values())
