"""Dated parameters: what held on a day, and what a county may say for itself."""

from datetime import date
from decimal import Decimal

import pytest

from gongwei.language import DefinitionError
from gongwei.language.parameters import DatedValue, Override, ParameterSet, from_mapping

ENTRY = {
    "title": "目标",
    "type": "number",
    "unit": "mmHg",
    "local": True,
    "values": [
        {"since": date(2011, 1, 1), "value": 140, "source": "二版"},
        {"since": date(2017, 2, 28), "value": "139.5", "source": "三版"},
        {"since": date(2026, 3, 1), "value": None, "source": "废止"},
    ],
}
NATIONAL = {**ENTRY, "local": False}


def entry(**changes):
    return from_mapping({"x.goal": {**ENTRY, **changes}})


def test_the_value_of_a_day():
    known = ParameterSet(entry())
    assert known("x.goal", date(2010, 12, 31)) is None
    assert known("x.goal", date(2011, 1, 1)) == 140
    assert known("x.goal", date(2017, 2, 27)) == 140
    assert known.at(date(2017, 2, 28))("x.goal") == Decimal("139.5")
    assert known("x.goal", date(2026, 3, 1)) is None
    with pytest.raises(KeyError):
        known("x.unknown", date(2025, 1, 1))


def test_a_county_overrides_from_a_day_on():
    known = ParameterSet(entry())
    county = known.with_overrides([Override("x.goal", DatedValue(date(2020, 1, 1), 130, "县文件"))])
    assert county("x.goal", date(2019, 12, 31)) == Decimal("139.5")
    assert county("x.goal", date(2020, 1, 1)) == 130
    assert county("x.goal", date(2027, 1, 1)) == 130
    assert known("x.goal", date(2020, 1, 1)) == Decimal("139.5")


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: entry(type="colour"), "type as one of"),
        (lambda: entry(title=""), "write title"),
        (lambda: entry(values=[]), "at least one value"),
        (lambda: entry(colour=1), "unknown ['colour']"),
        (lambda: entry(values=[{"since": date(2020, 1, 1), "value": 1}]), "write source"),
        (lambda: entry(values=[{"since": date(2020, 1, 1), "value": 1.5, "source": "s"}]), "quotation marks"),
        (
            lambda: entry(values=[{"since": date(2020, 1, 1), "value": True, "source": "s"}]),
            "is not a number",
        ),
        (lambda: entry(type="text"), "is not a text"),
        (lambda: entry(values=list(reversed(ENTRY["values"]))), "in order of since"),
        (lambda: entry(choices=[130, 140]), "none of"),
        (lambda: from_mapping({"goal": ENTRY}), "programme and name"),
        (lambda: ParameterSet([*entry(), *entry()]), "defined twice"),
        (
            lambda: ParameterSet([], [Override("x.goal", DatedValue(date(2020, 1, 1), 1, "s"))]),
            "unknown parameter",
        ),
        (
            lambda: ParameterSet(
                from_mapping({"x.goal": NATIONAL}),
                [Override("x.goal", DatedValue(date(2020, 1, 1), 1, "s"))],
            ),
            "only parameters marked local",
        ),
        (
            lambda: ParameterSet(entry(), [Override("x.goal", DatedValue(date(2020, 1, 1), 1, ""))]),
            "write source",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(build, words):
    with pytest.raises(DefinitionError) as caught:
        build()
    assert words in str(caught.value)


def test_other_types():
    known = ParameterSet(
        from_mapping(
            {
                "x.flag": {
                    "title": "开关",
                    "type": "truth",
                    "values": [{"since": date(2020, 1, 1), "value": False, "source": "s"}],
                },
                "x.day": {
                    "title": "日",
                    "type": "date",
                    "open_question": "?",
                    "values": [{"since": date(2020, 1, 1), "value": date(2025, 1, 1), "source": "s"}],
                },
            }
        )
    )
    assert known("x.flag", date(2025, 1, 1)) is False
    assert known("x.day", date(2025, 1, 1)) == date(2025, 1, 1)


def test_steps_for_engines_that_cannot_call_back():
    county = ParameterSet(entry()).with_overrides(
        [Override("x.goal", DatedValue(date(2020, 1, 1), 130, "县文件"))]
    )
    assert county.steps("x.goal") == (
        (date(2011, 1, 1), 140),
        (date(2017, 2, 28), Decimal("139.5")),
        (date(2020, 1, 1), 130),
        (date(2026, 3, 1), 130),
    )
    with pytest.raises(KeyError):
        county.steps("x.unknown")
