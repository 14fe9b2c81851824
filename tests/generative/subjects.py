"""Random subjects with records of two invented forms that lack much of what is asked, and the periods they are asked about.

Days are close together, so that ties, ends of months and neighbouring records are common.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from gongwei.engines import row
from gongwei.language import (
    Choice,
    Choices,
    Code,
    Date,
    Form,
    Moment,
    Options,
    Person,
    Quantity,
    RowGroup,
    Rows,
    Text,
    YesNo,
)
from gongwei.language.intervals import Unit

OUTCOMES = Options("分类", {"1": "满意", "2": "不满意", "3": "不良反应"})

SYMPTOMS = Options("症状", {"1": "无症状", "2": "头痛头晕", "3": "恶心呕吐"}, exclusive=("1",))


class Medicine(RowGroup):
    drug = Text("药物名称")
    times = Quantity("每日次数", between=(0, 9))
    dose = Quantity("每次剂量", between=(0, 999), decimals=2)


class FollowUp(Form):
    code, title, source = "follow_up", "随访", "generated"
    done_on = Date("随访日期", required=True)
    systolic = Quantity("收缩压", between=(-300, 300))
    weight = Quantity("体重", between=(0, 300), decimals=1)
    dose = Quantity("剂量", between=(-99, 99), decimals=3)
    outcome = Choice("分类", OUTCOMES)
    symptoms = Choices("症状", SYMPTOMS)
    smokes = YesNo("吸烟")
    note = Text("备注")
    disease = Code("疾病", "icd10")
    doctor = Person("医生")
    next_on = Date("下次随访日期")
    measured_at = Moment("测量时间")
    medicines = Rows("用药", Medicine)


class CheckUp(Form):
    code, title, source = "check_up", "体检", "generated"
    done_on = Date("体检日期", required=True)
    systolic = Quantity("收缩压", between=(0, 300))
    complete = YesNo("完整")


EPISODES = ("htn", "dm")

DAYS = st.one_of(
    st.dates(date(2024, 1, 25), date(2024, 3, 5)),
    st.dates(date(2023, 9, 1), date(2025, 3, 31)),
    st.sampled_from([date(2024, 2, 29), date(2023, 11, 30), date(2024, 1, 31), date(2024, 12, 31)]),
)

BIRTHS = st.one_of(st.dates(date(1930, 1, 1), date(2024, 6, 1)), st.just(date(1960, 2, 29)))

MOMENTS = st.builds(
    lambda second, micro: datetime(2024, 1, 1, 8, 0, second, micro, tzinfo=UTC),
    st.integers(0, 3),
    st.sampled_from([0, 1000, 123456]),
)

TEXTS = st.sampled_from(["", " ", "a", "b", "硝苯地平", "'"])

UNITS = st.sampled_from([Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.QUARTER, Unit.YEAR])


def decimals(low: int, high: int, places: int) -> st.SearchStrategy[Decimal]:
    """Decimals with exactly so many places."""
    scale = 10**places
    return st.integers(low * scale, high * scale).map(lambda units: Decimal(units).scaleb(-places))


#: Dated values of the parameters conditions may name; from some day on none may be in force.
STEPS = st.fixed_dictionaries(
    {
        code: st.lists(st.tuples(DAYS, value | st.none()), max_size=3, unique_by=lambda step: step[0]).map(
            lambda steps: tuple(sorted(steps, key=lambda step: step[0]))
        )
        for code, value in {
            "t.goal": st.integers(0, 200) | decimals(0, 200, 1),
            "t.days": st.integers(0, 60),
            "t.text": TEXTS.filter(bool),
        }.items()
    }
)


def lookup(steps: Any) -> row.ParameterLookup:
    """The row engine's way to the same values."""

    def value(code: str, day: date) -> Any:
        return next((value for since, value in reversed(steps[code]) if since <= day), None)

    return value


def often_missing(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value, or none."""
    return st.one_of(values, values, st.none())


MEDICINE = st.fixed_dictionaries(
    {
        "drug": often_missing(TEXTS),
        "times": often_missing(st.integers(0, 9)),
        "dose": often_missing(decimals(0, 9, 2)),
    }
)

FOLLOW_UP_ANSWERS = st.fixed_dictionaries(
    {
        "systolic": often_missing(st.integers(85, 95) | st.integers(-300, 300)),
        "weight": often_missing(decimals(0, 300, 1)),
        "dose": often_missing(decimals(-99, 99, 3)),
        "outcome": often_missing(st.sampled_from(["1", "2", "3"])),
        "symptoms": often_missing(st.frozensets(st.sampled_from(["1", "2", "3"]))),
        "smokes": often_missing(st.booleans()),
        "note": often_missing(TEXTS),
        "disease": often_missing(TEXTS),
        "doctor": often_missing(TEXTS),
        "next_on": often_missing(DAYS),
        "measured_at": often_missing(MOMENTS),
        "medicines": often_missing(st.lists(MEDICINE, max_size=3).map(tuple)),
    }
)

CHECK_UP_ANSWERS = st.fixed_dictionaries(
    {"systolic": often_missing(st.integers(0, 300)), "complete": often_missing(st.booleans())}
)


@st.composite
def _records(
    draw: st.DrawFn, form: type[Form], answers: st.SearchStrategy[Any], most: int
) -> list[row.Record]:
    ids = draw(st.lists(st.sampled_from("abcdefgh"), max_size=most, unique=True))
    found = []
    for each in ids:
        done_on = draw(DAYS)
        given = {"done_on": done_on, **draw(answers)}
        found.append(row.Record(form, done_on, given, each, draw(often_missing(DAYS))))
    return found


@st.composite
def _spans(draw: st.DrawFn) -> row.EpisodeSpan:
    started_on = draw(DAYS)
    ended_on = draw(st.none() | DAYS.filter(lambda day: day >= started_on))
    return row.EpisodeSpan(draw(st.sampled_from(EPISODES)), started_on, ended_on)


@st.composite
def subjects(draw: st.DrawFn, steps: Any) -> list[row.Subject]:
    """A few subjects with records of both forms, some without any."""
    found = []
    for _ in range(draw(st.integers(1, 3))):
        records = draw(_records(FollowUp, FOLLOW_UP_ANSWERS, 5)) + draw(
            _records(CheckUp, CHECK_UP_ANSWERS, 3)
        )
        known = {
            "birth_date": draw(often_missing(BIRTHS)),
            "sex": draw(often_missing(st.sampled_from(["1", "2"]))),
            "died_on": draw(often_missing(DAYS)),
        }
        found.append(row.Subject(known, records, draw(st.lists(_spans(), max_size=3)), lookup(steps)))
    return found


@st.composite
def periods(draw: st.DrawFn) -> row.DateRange:
    """A year, or any range of days."""
    if draw(st.booleans()):
        return row.DateRange(date(2024, 1, 1), date(2024, 12, 31))
    first, last = sorted((draw(DAYS), draw(DAYS)))
    return row.DateRange(first, last)
