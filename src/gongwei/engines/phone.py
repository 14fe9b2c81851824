"""Definitions as JSON for the phone: nested arrays that `evaluate.js` runs with the meaning `row.py` gives them.

A node becomes `[name of its class, *operands]`. Numbers become texts, because JSON's numbers are binary fractions to
the phone; days become ISO texts. The phone gets what it needs to judge a record and nothing it would have to guess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import singledispatch
from typing import Any

from gongwei.engines import row
from gongwei.language import intervals, nodes
from gongwei.language.expressions import Node
from gongwei.language.types import NUMBER, Value

Json = Any


def value_json(value: Value) -> Json:
    """A value as the phone reads it: numbers as plain texts, days and instants as ISO texts, codes as a sorted list."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return sorted(value)
    return [{name: value_json(each) for name, each in row.items()} for row in value]


@singledispatch
def to_json(node: Node) -> Json:
    """A condition as nested arrays.

    Raises:
        NotImplementedError: a node the phone does not run.
    """
    raise NotImplementedError(f"the phone engine has no {type(node).__name__}")


def _optional(node: Node | None) -> Json:
    return None if node is None else to_json(node)


def _all(parts: tuple[Node, ...]) -> Json:
    return [to_json(part) for part in parts]


@to_json.register
def _(node: nodes.Literal) -> Json:
    return ["Literal", node.type.kind, value_json(node.value)]


@to_json.register
def _(node: nodes.Answer) -> Json:
    return ["Answer", node.type.kind, node.name]


@to_json.register
def _(node: nodes.Attribute) -> Json:
    return ["Attribute", node.type.kind, node.name]


@to_json.register(nodes.RecordDay)
@to_json.register(nodes.EntryDay)
def _(node: Node) -> Json:
    return [type(node).__name__]


@to_json.register
def _(node: nodes.Parameter) -> Json:
    return ["Parameter", node.type.kind, node.code]


@to_json.register
def _(node: nodes.EpisodeStart) -> Json:
    return ["EpisodeStart", node.episode]


@to_json.register
def _(node: nodes.Previous) -> Json:
    return ["Previous", to_json(node.value), _optional(node.having), _optional(node.within)]


@to_json.register
def _(node: nodes.Compare) -> Json:
    return ["Compare", node.op, node.left.type.kind, to_json(node.left), to_json(node.right)]


@to_json.register
def _(node: nodes.IsIn) -> Json:
    return ["IsIn", node.value.type.kind, to_json(node.value), _all(node.values)]


@to_json.register(nodes.IsMissing)
@to_json.register(nodes.Not)
@to_json.register(nodes.LastDigit)
@to_json.register(nodes.ChosenCount)
def _(node: nodes.IsMissing | nodes.Not | nodes.LastDigit | nodes.ChosenCount) -> Json:
    return [type(node).__name__, to_json(node.value)]


@to_json.register(nodes.And)
@to_json.register(nodes.Or)
@to_json.register(nodes.CountTrue)
@to_json.register(nodes.Coalesce)
def _(node: nodes.And | nodes.Or | nodes.CountTrue | nodes.Coalesce) -> Json:
    return [type(node).__name__, _all(node.parts)]


@to_json.register
def _(node: nodes.Arithmetic) -> Json:
    return ["Arithmetic", node.op, to_json(node.left), to_json(node.right)]


@to_json.register
def _(node: nodes.Round) -> Json:
    return ["Round", to_json(node.value), node.digits]


@to_json.register
def _(node: nodes.Extreme) -> Json:
    return ["Extreme", node.which, node.type.kind, _all(node.parts)]


@to_json.register
def _(node: nodes.DateDistance) -> Json:
    return ["DateDistance", node.unit, to_json(node.start), to_json(node.end)]


@to_json.register
def _(node: nodes.DateAdd) -> Json:
    return ["DateAdd", to_json(node.start), *interval_json(node.interval), node.back]


@to_json.register
def _(node: nodes.Case) -> Json:
    return ["Case", [[to_json(when), to_json(then)] for when, then in node.whens], to_json(node.otherwise)]


@to_json.register
def _(node: nodes.Has) -> Json:
    return ["Has", to_json(node.value), node.code]


@to_json.register
def _(node: nodes.RowsCount) -> Json:
    return ["RowsCount", to_json(node.rows), _optional(node.where)]


@to_json.register
def _(node: nodes.PeriodEdge) -> Json:
    return ["PeriodEdge", node.which]


@to_json.register
def _(node: nodes.FactValue) -> Json:
    instead = nodes.Literal(node.fact.if_none, node.type)
    return ["FactValue", to_json(node.fact.value), to_json(instead)]


@to_json.register
def _(node: nodes.EpisodeOverlaps) -> Json:
    return ["EpisodeOverlaps", node.episode]


@to_json.register
def _(node: nodes.EpisodeActiveOn) -> Json:
    return ["EpisodeActiveOn", node.episode, to_json(node.day)]


@to_json.register
def _(node: nodes.EpisodeUnits) -> Json:
    return ["EpisodeUnits", node.episode, node.unit]


@to_json.register
def _(node: nodes.CountIn) -> Json:
    return ["CountIn", node.form.code, _optional(node.where), node.distinct_on]


@to_json.register
def _(node: nodes.LatestIn) -> Json:
    return ["LatestIn", node.form.code, to_json(node.value), _optional(node.where), node.ever]


@to_json.register
def _(node: nodes.WidestGapIn) -> Json:
    return ["WidestGapIn", node.form.code, _optional(node.where), node.episode]


@to_json.register
def _(node: nodes.UnansweredIn) -> Json:
    called = [node.form.code, to_json(node.where)]
    return ["UnansweredIn", *called, node.answer_form.code, _optional(node.answer), to_json(node.within)]


def interval_json(interval: intervals.Interval) -> Json:
    """`[unit, amount]`, the amount a node: a number or a dated parameter."""
    amount = interval.amount
    node = amount if isinstance(amount, Node) else nodes.Literal(amount, NUMBER)
    return [interval.unit, to_json(node)]


def record_json(record: row.Record) -> Json:
    """A record as the phone reads it (`Entry` in contexts.js)."""
    return {
        "id": record.id,
        "doneOn": value_json(record.done_on),
        "enteredOn": value_json(record.entered_on),
        "answers": {name: value_json(value) for name, value in record.answers.items()},
    }


def subject_json(subject: row.Subject, steps: Mapping[str, Sequence[tuple[date, Value]]]) -> Json:
    """A subject as the phone reads it (`Subject` in contexts.js), records by the code of their form. `steps` are the
    values of parameters over time, as `ParameterSet.steps` gives them."""
    records: dict[str, list[Json]] = {}
    for record in subject.records:
        records.setdefault(getattr(record.form, "code", ""), []).append(record_json(record))
    episodes: dict[str, list[Json]] = {}
    for span in subject.episodes:
        episodes.setdefault(span.kind, []).append([value_json(span.started_on), value_json(span.ended_on)])
    return {
        "attributes": {name: value_json(value) for name, value in subject.attributes.items()},
        "episodes": episodes,
        "parameters": {
            code: [[value_json(since), value_json(value)] for since, value in values]
            for code, values in steps.items()
        },
        "records": records,
    }
