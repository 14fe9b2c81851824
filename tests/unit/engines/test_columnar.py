"""The columnar engine beside its equality with the reference: column types, the shape of queries, both dialects."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from tests.generative import engines
from tests.generative.subjects import CheckUp, FollowUp, Medicine, lookup

from gongwei.engines import columnar, columnar_numbers, columnar_records, row
from gongwei.language import MONTH, PERIOD, Date, Form, Parameter, Quantity, case, count_true, nodes, previous
from gongwei.language.errors import DefinitionError
from gongwei.language.expressions import as_node
from gongwei.language.measures import Fact, Measure, all_of
from gongwei.language.parameters import DatedValue, Override, ParameterSet, from_mapping
from gongwei.language.periods import EpisodeOverlaps
from gongwei.language.types import DATE, TEXT

FIRST, LAST = date(2024, 1, 1), date(2024, 12, 31)
STEPS = {"t.goal": [(date(2020, 1, 1), 140)]}
COLUMNS = columnar.Columns(STEPS)


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        (FollowUp.note, pa.string()),
        (FollowUp.outcome, pa.string()),
        (FollowUp.disease, pa.string()),
        (FollowUp.doctor, pa.string()),
        (FollowUp.next_on, pa.date32()),
        (FollowUp.measured_at, pa.timestamp("us", tz="UTC")),
        (FollowUp.smokes, pa.bool_()),
        (FollowUp.systolic, pa.int32()),
        (FollowUp.weight, pa.decimal128(18, 1)),
        (FollowUp.symptoms, pa.list_(pa.string())),
        (Quantity("次", between=(0, 5_000_000_000)), pa.int64()),
    ],
    ids=str,
)
def test_arrow_type(field: Any, wanted: pa.DataType) -> None:
    assert columnar.arrow_type(field) == wanted


def test_rows_are_lists_of_structs() -> None:
    found = columnar.arrow_type(FollowUp.medicines)
    names = [found.value_type.field(place).name for place in range(found.value_type.num_fields)]
    assert names == list(Medicine.fields)


def test_a_forms_table_begins_with_who_and_which() -> None:
    assert columnar.arrow_schema(CheckUp).names == [
        "subject_id",
        "record_id",
        "entered_on",
        "done_on",
        "systolic",
        "complete",
    ]


MANAGED = Fact("年内已管理", EpisodeOverlaps("htn"))
MEASURE = Measure(
    "T.1",
    "规范管理率",
    denominator=MANAGED,
    numerator=all_of(
        {
            "随访": FollowUp.count_in(PERIOD, distinct_on=MONTH) >= 2,
            "体检": CheckUp.any_in(PERIOD, CheckUp.complete),
            "达标": FollowUp.latest_in(PERIOD, FollowUp.systolic < Parameter("t.goal")),
        }
    ),
    exclusions=all_of({"复查": FollowUp.any_in(PERIOD, previous(FollowUp.systolic) > 180)}),
    source="tests",
)


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
def test_a_measures_query_only_selects(dialect: str) -> None:
    text = columnar.sql(columnar.figures([MEASURE], FIRST, LAST, COLUMNS), dialect)
    assert text.lstrip().upper().startswith(("SELECT", "WITH"))
    assert not re.search(
        r"\b(insert|update|delete|create|drop|attach|copy|pragma|install|load)\b", text, re.IGNORECASE
    )


def test_each_form_is_read_once() -> None:
    plain = Measure(
        "T.2", "无", denominator=MANAGED, numerator=all_of(*MEASURE.numerator.facts), source="tests"
    )
    text = columnar.sql(columnar.measured([plain], FIRST, LAST, COLUMNS))
    assert text.count('FROM "follow_up"') == 1
    assert text.count('FROM "check_up"') == 1
    assert text.count('FROM "episodes"') == 1


def people() -> list[row.Subject]:
    steps = lookup(STEPS)

    def one(*readings: tuple[date, int | None], exam: bool = True, managed: bool = True) -> row.Subject:
        records = [
            row.Record(FollowUp, day, {"done_on": day, "systolic": value}, str(place))
            for place, (day, value) in enumerate(readings)
        ]
        if exam:
            records.append(row.Record(CheckUp, date(2024, 5, 1), {"complete": True}, "e"))
        spans = [row.EpisodeSpan("htn", date(2023, 1, 1))] if managed else []
        return row.Subject({}, records, spans, steps)

    jan, feb, mar = date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)
    return [
        one((jan, 150), (feb, 130)),  # counts
        one((jan, 130), (feb, 150)),  # last reading too high
        one((jan, 130), (feb, None)),  # last reading unknown: unknown never earns
        one((jan, 130), (feb, 130), exam=False),
        one((jan, 190), (feb, 130), (mar, 120)),  # excluded
        one((jan, 130), (feb, 130), managed=False),
        one(exam=False),
        one((jan, 190), (feb, 130), (mar, 120), managed=False),  # outside the base nobody is excluded
    ]


def test_figures() -> None:
    subjects = people()
    database = engines.DuckDB()
    database.load(subjects, [FollowUp, CheckUp])
    found = columnar.run(columnar.figures([MEASURE], FIRST, LAST, COLUMNS), database.connection)
    assert found == [{"T.1/denominator": 5, "T.1/numerator": 1, "T.1/excluded": 1}]
    rows = columnar.run(columnar.measured([MEASURE], FIRST, LAST, COLUMNS), database.connection)
    by_subject = {int(each["subject_id"]): each for each in rows}
    assert by_subject[2]["T.1/达标"] is None
    assert by_subject[3]["T.1/体检"] is False
    assert by_subject[6] == {
        "subject_id": "6",
        "T.1/denominator": True,
        "T.1/numerator": False,
        "T.1/excluded": False,
        "T.1/年内已管理": True,
        "T.1/复查": False,
        "T.1/随访": False,
        "T.1/体检": False,
        "T.1/达标": None,
    }
    for each in rows:
        assert each["T.1/denominator"] or not each["T.1/numerator"]


def test_a_local_value_replaces_the_national_one_from_its_day_on() -> None:
    known = ParameterSet(
        from_mapping(
            {
                "t.goal": {
                    "title": "目标",
                    "type": "number",
                    "local": True,
                    "values": [
                        {"since": date(2017, 1, 1), "value": 140, "source": "a"},
                        {"since": date(2025, 1, 1), "value": 130, "source": "b"},
                    ],
                }
            }
        ),
        [Override("t.goal", DatedValue(date(2024, 1, 1), 135, "c"))],
    )
    steps = columnar.parameter_steps(known, [MEASURE.in_numerator])
    assert steps == {"t.goal": ((date(2017, 1, 1), 140), (date(2024, 1, 1), 135), (date(2025, 1, 1), 135))}


def test_what_stands_beside_a_record_is_read_there_and_no_subject_looked_up() -> None:
    born = nodes.Compare("le", nodes.Attribute("birth_date", DATE), nodes.Literal(date(1960, 1, 1), DATE))
    here = nodes.IsMissing(nodes.Attribute("lives_here_since", DATE))
    subjects = [
        row.Subject(
            {"birth_date": day, "lives_here_since": since},
            [row.Record(CheckUp, date(2024, 5, 1), {"complete": True}, "e")],
            [],
            lookup(STEPS),
        )
        for day, since in ((date(1950, 1, 1), None), (date(1970, 1, 1), date(2020, 1, 1)), (None, None))
    ]
    database = engines.DuckDB()
    database.load(subjects, [CheckUp])
    carried = columnar.Columns(STEPS, carried=True)
    for conditions, looked_up in (({"born": born}, False), ({"born": born, "here": here}, True)):
        plain = columnar_records.judged(CheckUp, conditions, COLUMNS)
        beside = columnar_records.judged(CheckUp, conditions, carried)
        assert '"subjects"' in columnar.sql(plain)
        assert ('"subjects"' in columnar.sql(beside)) is looked_up
        for each in (plain, beside):
            found = {line["subject_id"]: line for line in columnar.run(each, database.connection)}
            assert [found[n]["born"] for n in "012"] == [True, False, None]
            assert not looked_up or [found[n]["here"] for n in "012"] == [True, False, True]


class Wide(Form):
    code, title, source = "wide", "宽", "tests"
    done_on = Date("日期")
    a = Quantity("a", decimals=6, between=(0, 10**9))
    b = Quantity("b", decimals=6, between=(0, 10**9))


def test_a_quotient_too_wide_to_be_exact_is_refused_when_the_query_is_made() -> None:
    with pytest.raises(DefinitionError, match="between="):
        columnar.judged(Wide, {"q": Wide.a / (Wide.b * Wide.b)}, columnar.Columns())


def test_too_many_decimals_are_refused_when_the_query_is_made() -> None:
    with pytest.raises(DefinitionError, match="round"):
        columnar.judged(Wide, {"q": Wide.a * Wide.b * Wide.a * Wide.b * Wide.a}, columnar.Columns())


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (0, (1, 0)),
        (140, (3, 0)),
        (-300, (3, 0)),
        (Decimal("16.7"), (2, 1)),
        (Decimal("0.05"), (1, 2)),
        (Decimal("1E+3"), (4, 0)),
    ],
)
def test_size_of_a_number(value: Any, wanted: tuple[int, int]) -> None:
    assert columnar_numbers.size_of_value(value) == wanted


def test_a_number_compared_with_itself_is_missing_where_it_is_missing() -> None:
    """ibis takes `x == NULL` for a question whether x is missing; the language does not."""
    records = [row.Record(FollowUp, FIRST, {}, "a")]
    asked = {"same": as_node(Parameter("t.goal") == Parameter("t.goal"))}
    found = engines.DuckDB().of_records(FollowUp, asked, [row.Subject({}, records)], {"t.goal": ()})
    assert found == {(0, "a"): {"same": None}}


def test_a_text_whose_value_has_ended_before_all_records_can_be_compared() -> None:
    """DuckDB 2.0.0 stops where its statistics leave nothing of a CASE but NULL, and that is compared with a text."""
    records = [row.Record(FollowUp, day, {"disease": ""}, f"{day:%m}") for day in (FIRST, LAST)]
    steps = {"t.text": ((date(2020, 1, 1), "a"), (date(2023, 1, 1), None))}
    ended = Parameter("t.text", TEXT)
    asked = {
        "eq": (FollowUp.disease == ended).node,
        "ne": (ended != "a").node,
        "in": ended.is_in("a").node,
        "case": (case((FollowUp.done_on < date(2023, 1, 1), "a"), otherwise=ended) == "a").node,
    }
    subjects = [row.Subject({}, records, parameters=lookup(steps))]
    database = engines.DuckDB()
    for (
        name,
        node,
    ) in asked.items():  # each alone: what several ask is a column of its own, which DuckDB can compare
        found = database.of_records(FollowUp, {name: node}, subjects, steps)
        assert found == {(0, "01"): {name: None}, (0, "12"): {name: None}}


HIGH, NO_OUTCOME = FollowUp.systolic > 140, FollowUp.outcome.is_missing()


@pytest.mark.parametrize(
    ("part", "of_nothing", "of_answers"),
    [
        (HIGH, 0, 1),
        (~HIGH, 0, 0),
        (HIGH & NO_OUTCOME, 0, 1),
        (HIGH | ~NO_OUTCOME, 0, 1),
        (~(HIGH & NO_OUTCOME), 0, 0),
        (HIGH.if_missing(FollowUp.smokes), 0, 1),
        (HIGH.if_missing(True), 1, 1),
        (HIGH.if_missing(False), 0, 1),
        (~HIGH.if_missing(False), 1, 0),
        (NO_OUTCOME & HIGH.if_missing(True), 1, 1),
        (NO_OUTCOME, 1, 1),
    ],
    ids=str,
)
def test_a_part_that_is_missing_counts_for_none(part: Any, of_nothing: int, of_answers: int) -> None:
    """Counting leaves the case out where a condition is never missing: whatever it takes for that must be so."""
    records = [
        row.Record(FollowUp, FIRST, {}, "a"),
        row.Record(FollowUp, FIRST, {"systolic": 150, "smokes": True}, "b"),
    ]
    asked = {"count": count_true(part, FollowUp.note.is_missing()).node}
    found = engines.DuckDB().of_records(FollowUp, asked, [row.Subject({}, records)], {})
    assert found == {(0, "a"): {"count": of_nothing + 1}, (0, "b"): {"count": of_answers + 1}}
