"""Every measure, over several periods at once: the columns say of each person what the row engine says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import ibis.expr.operations as ops
import pyarrow as pa
import pytest
from tests.generative import engines, people

from gongwei import catalogue
from gongwei.engines import columnar, columnar_plans, row
from gongwei.engines.columnar_keys import key
from gongwei.language import nodes
from gongwei.language.parameters import DatedValue, Override, ParameterSet
from gongwei.language.types import DATE, NUMBER, TRUTH
from gongwei.measures import periods

PERIODS = ("2025", "2025-01..2025-06", "2025Q4", "2025-03")
#: What a county may choose: branches of the definitions that the defaults leave out.
STRICT = {
    "htn.standard_level": "strict",
    "dm.standard_level": "strict",
    "htn.denominator": "active_at_year_end",
    "dm.hba1c_yearly_required": True,
    "older.standard_definition": "strict",
}
LENIENT = {"htn.standard_level": "lenient", "htn.face_to_face_only": False}


def parameters(own: dict[str, Any]) -> ParameterSet:
    since = date(2017, 2, 28)
    return catalogue.parameters(
        Override(code, DatedValue(since, value, "本县文件")) for code, value in own.items()
    )


def groups() -> list[columnar_plans.Group]:
    found = []
    for programme in catalogue.programmes():
        facts = {fact.code: fact for measure in programme.measures for fact in measure.facts}
        if facts:
            found.append(columnar_plans.Group(programme.code, programme.measures, facts))
    return found


def database(folk: list[row.Subject]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    engines.load_subjects(connection, folk)
    for form in people.forms_asked():
        engines.load_form(connection, form, folk)
    placed = [
        {
            "subject_id": str(n),
            "area_key": 660101001201 + n % 3,
            "organization_id": f"o{n % 2}",
            "doctor_id": None,
        }
        for n in range(len(folk))
    ]
    texts = ("subject_id", "organization_id", "doctor_id")
    schema = pa.schema([("area_key", pa.int64()), *((name, pa.string()) for name in texts)])
    connection.register("placed", pa.Table.from_pylist(placed, schema=schema))
    connection.execute(
        "create or replace table subjects as select * from subjects join placed using (subject_id)"
    )
    return connection


def run(connection: duckdb.DuckDBPyConnection, codes: tuple[str, ...], own: ParameterSet) -> Any:
    facts = [fact.node for group in groups() for fact in group.facts.values()]
    columns = columnar.Columns(columnar.parameter_steps(own, facts), carried=True)
    made = columnar_plans.plan(groups(), [periods.parse(code).days for code in codes], columns)
    for step in made.every_step():
        connection.execute(f'create or replace temp table "{step.name}" as {columnar.sql(step.query)}')
    return made


@pytest.mark.parametrize(
    ("own", "codes"),
    [({}, PERIODS), (STRICT, PERIODS[1:3]), (LENIENT, ("2025-01..2025-11-17",)), ({}, ("2024",))],
    ids=["default", "strict", "lenient", "one period"],
)
def test_every_part_of_every_measure(own: dict[str, Any], codes: tuple[str, ...]) -> None:
    chosen = parameters(own)
    folk = people.subjects(len(own), 40, chosen, people.forms_asked(), [e.code for e in catalogue.episodes()])
    compared = 0
    with database(folk) as connection:
        made = run(connection, codes, chosen)
        for code in codes:
            days = row.DateRange(*periods.parse(code).days)
            for group in groups():
                query = made.people[group.name, periods.parse(code).days]
                found = {int(each["subject_id"]): each for each in columnar.run(query, connection)}
                wanted = {
                    place
                    for place, subject in enumerate(folk)
                    if any(row.evaluate_period(m.base.node, subject, days) is True for m in group.measures)
                }
                assert set(found) == wanted, f"{code} {group.name}"
                for place in wanted:
                    said = {c: row.evaluate_period(f.node, folk[place], days) for c, f in group.facts.items()}
                    assert {c: found[place][c] for c in said} == said, f"{code} {group.name} {place}"
                    compared += len(said)
                _sides_agree(connection, made, group, code, folk)
    assert compared > 100


def _sides_agree(connection: Any, made: Any, group: Any, code: str, folk: list[row.Subject]) -> None:
    days = row.DateRange(*periods.parse(code).days)
    query = made.people[group.name, periods.parse(code).days]
    lines = columnar.run(columnar_plans.sums(query, group.measures), connection)
    for measure in group.measures:
        sides = {
            "denominator": measure.in_denominator,
            "numerator": measure.in_numerator,
            "excluded": measure.base.if_missing(False) & measure.excluded,
        }
        for side, condition in sides.items():
            wanted = sum(row.evaluate_period(condition, subject, days) is True for subject in folk)
            assert sum(line[f"{measure.code}/{side}"] for line in lines) == wanted, f"{measure.code} {side}"
            assert sum(Decimal(line["area_key"] // 1000) == 660101001 for line in lines) == len(lines)


def test_people_are_found_from_tables_of_their_own_parts() -> None:
    """No query reads a form itself: each part is worked out before, alone, and only for whom it is asked."""
    chosen = parameters({})
    facts = [fact.node for group in groups() for fact in group.facts.values()]
    columns = columnar.Columns(columnar.parameter_steps(chosen, facts), carried=True)
    days = [periods.parse(code).days for code in PERIODS[:2]]
    made = columnar_plans.plan(groups(), days, columns)
    names = [step.name for step in made.every_step()]
    assert len(set(names)) == len(names)
    common = {step.name for step in made.steps}
    for group in groups():
        for each in days:
            own = {step.name for step in made.own.get((group.name, each), ())}
            read = {table.name for table in made.people[group.name, each].op().find(ops.UnboundTable)}
            assert read <= {"subjects"} | common | own, group.name
            assert own <= read, group.name


def test_subjects_without_the_attributes_of_a_base_are_left_out_first() -> None:
    """What a base asks of attributes is asked of subjects before anything is joined; what it asks of records is not."""
    born = nodes.Compare("le", nodes.Attribute("birth_date", DATE), nodes.Literal(date(1960, 1, 1), DATE))
    seen = nodes.Compare("ge", nodes.CountIn(catalogue.form("check_up")), nodes.Literal(1, NUMBER))
    nothing, sure = nodes.Literal(True, TRUTH), nodes.Literal(False, TRUTH)
    for base, wanted in (
        (nodes.Coalesce((nodes.And((born, seen)), sure)), born),
        (born, born),
        (nodes.Or((born, seen)), nothing),
        (nodes.Not(nodes.And((born, seen))), nothing),
        (seen, nothing),
    ):
        assert key(columnar_plans._told(base)) == key(wanted)
