"""Conditions about one subject in one period, for all subjects: each form is read once, whatever is asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

from gongwei.engines import columnar_records
from gongwei.engines.columnar_dates import moved, truncated, unit_number, units_of
from gongwei.engines.columnar_keys import key, reached
from gongwei.engines.columnar_nodes import Scope, column
from gongwei.engines.columnar_sharing import Place, with_shared
from gongwei.engines.columnar_tables import beside, narrowed, selected, still_there
from gongwei.language import nodes
from gongwei.language.expressions import Node, children
from gongwei.language.forms import FieldGroup
from gongwei.language.intervals import Unit
from gongwei.language.periods import DOORS
from gongwei.language.types import TRUTH

if TYPE_CHECKING:
    from gongwei.engines.columnar import Columns

Period = tuple[date, date]
_EPISODES = (nodes.EpisodeOverlaps, nodes.EpisodeUnits, nodes.EpisodeActiveOn)


@dataclass(frozen=True)
class Part:
    """Something worked out for the subjects that have any of it: a row each, and the column of each node by its key."""

    table: ir.Table
    found: Mapping[str, str]
    nodes: Mapping[str, Node]

    def only(self, asked: Mapping[str, Node]) -> Part:
        """As far as it is asked for."""
        found = {text: name for text, name in self.found.items() if text in asked}
        return Part(self.table, found, {text: self.nodes[text] for text in found})


def facts(conditions: Mapping[str, Node], period: Period, columns: Columns) -> ir.Table:
    """One row per subject with a column per condition."""
    asked = doors(conditions.values())
    table = columns.subjects.select("subject_id", *attributes_in(conditions.values()))
    table, ready = joined(table, parts(asked, period, columns), period, columns)
    return judged(table, ready, conditions, period, columns, keep=("subject_id",))


def attributes_in(conditions: Iterable[Node]) -> list[str]:
    """The attributes the conditions name."""
    return sorted({n.name for each in conditions for n in reached(each) if isinstance(n, nodes.Attribute)})


def doors(conditions: Iterable[Node]) -> dict[str, Node]:
    """All that the conditions ask of records and episodes, by key, each after what it needs itself."""
    asked: dict[str, Node] = {}
    for each in conditions:
        _collect(each, asked)
    return asked


def parts(asked: Mapping[str, Node], period: Period, columns: Columns) -> list[Part]:
    """What is asked of each form and of the episodes, in one pass over each. A subject without any gets what
    `_or_nothing` says."""
    found: list[Part] = []

    def add(nodes_: Mapping[str, Node], made: tuple[ir.Table, dict[str, str]]) -> None:
        found.append(Part(made[0], made[1], nodes_))

    forms: dict[tuple[type[FieldGroup], Period], dict[str, Any]] = {}
    for text, node in asked.items():
        if isinstance(node, nodes.CountIn | nodes.LatestIn):
            ever = isinstance(node, nodes.LatestIn) and node.ever
            days = (date.min, period[1]) if ever else period
            forms.setdefault((node.form, days), {})[text] = node
    for (form, days), wanted in forms.items():
        add(wanted, _records(form, wanted, days, columns))
    episodes = {text: node for text, node in asked.items() if isinstance(node, _EPISODES)}
    if episodes:
        add(episodes, _episodes(episodes, period, columns))
    for text, node in asked.items():
        if isinstance(node, nodes.WidestGapIn):
            add({text: node}, _widest_gap(text, node, period, columns))
        if isinstance(node, nodes.UnansweredIn):
            add({text: node}, _unanswered(text, node, period, columns))
    return found


def joined(
    table: ir.Table,
    found: Iterable[Part],
    period: Period,
    columns: Columns,
    *,
    ready: Mapping[str, str] | None = None,
    inner: Part | None = None,
) -> tuple[ir.Table, dict[str, str]]:
    """Subjects (`subject_id` and attributes) with a column for each node of the parts, and the columns' names by key.

    ready: what earlier parts gave. inner: the part without which a subject is not wanted.
    """
    ready = dict(ready or {})
    names: dict[str, str] = {}
    asked: dict[str, Node] = {}
    others: list[tuple[ir.Table, Mapping[str, str], bool]] = []
    kept = table.columns
    for each in found:
        prefix = f"part_{len(ready) + len(names)}_"
        new = {name: f"{prefix}{name}" for name in each.found.values()}
        others.append((each.table, new, each is inner))
        names |= {text: new[name] for text, name in each.found.items()}
        asked |= each.nodes
    table = beside(table, others)
    # An episode may be asked about on a day that is itself a fact: such questions come after the others.
    later = [[text] for text, node in asked.items() if isinstance(node, nodes.EpisodeActiveOn)]
    for group in [[text for text in asked if [text] not in later], *later]:
        scope = _scope(table, ready, period, columns)
        made = {f"fact_{len(ready) + place}": text for place, text in enumerate(group)}
        values = {name: _or_nothing(asked[text], table[names[text]], scope) for name, text in made.items()}
        table = narrowed(table, values, [*table.columns, *made])
        ready |= {text: name for name, text in made.items()}
    return selected(table, [*kept, *(name for name in ready.values() if name not in kept)], {}), ready


def judged(
    table: ir.Table,
    ready: Mapping[str, str],
    conditions: Mapping[str, Node],
    period: Period,
    columns: Columns,
    *,
    keep: Iterable[str],
) -> ir.Table:
    """The conditions on what `joined` gave, beside the columns to keep."""
    at = Place(lambda table, ready: _scope(table, ready, period, columns), _source, tuple(keep))
    table, ready = with_shared(table, conditions.values(), ready, at)
    scope = at.scope_of(table, ready)
    return selected(table, at.keep, {name: column(each, scope) for name, each in conditions.items()})


def _source(node: Node) -> str | None:
    """The column a node about a subject is read from."""
    return node.name if isinstance(node, nodes.Attribute) else None


def _scope(table: ir.Table, ready: Mapping[str, str], period: Period, columns: Columns) -> Scope:
    return Scope(
        answer=_no_answer,
        attribute=lambda name: table[name],
        steps=columns.parameters,
        period=period,
        ready=still_there(table, ready),
    )


def _no_answer(name: str) -> ir.Value:
    raise LookupError(f"{name}: an answer belongs to a record, not to a period")


def _collect(node: Node, asked: dict[str, Node]) -> None:
    """The doors and episode nodes inside, by key; what stands behind a door belongs to the door."""
    if isinstance(node, nodes.FactValue):
        _collect(node.fact.value, asked)
    elif isinstance(node, DOORS + _EPISODES):
        if isinstance(node, nodes.EpisodeActiveOn):
            _collect(node.day, asked)
        asked.setdefault(key(node), node)
    else:
        for child in children(node):
            _collect(child, asked)


def _or_nothing(node: Node, found: Any, scope: Scope) -> Any:
    """What a subject without any record or episode gets."""
    if isinstance(node, nodes.CountIn | nodes.EpisodeUnits | nodes.UnansweredIn):
        return found.fill_null(0)
    if isinstance(node, nodes.EpisodeOverlaps):
        return found.fill_null(False)
    if isinstance(node, nodes.EpisodeActiveOn):
        day = column(node.day, scope)
        inside = found.filter(
            lambda span: (span["started_on"] <= day) & (span["ended_on"].isnull() | (span["ended_on"] >= day))
        )
        return ibis.ifelse(day.isnull(), ibis.null("boolean"), (inside.length() > 0).fill_null(False))
    return found


def _records(
    form: type[FieldGroup], wanted: Mapping[str, Any], period: Period, columns: Columns
) -> tuple[ir.Table, dict[str, str]]:
    """All counts and latest values of one form, in one pass over its records of the period."""
    conditions: dict[str, Node] = {}
    by_key: dict[str, str] = {}

    def named(node: Node) -> str:
        return by_key.setdefault(key(node), f"c{len(by_key)}")

    for node in wanted.values():
        for inner in (node.where, getattr(node, "value", None)):
            if inner is not None:
                conditions[named(inner)] = inner
    table = columns.records(form, conditions, period)
    if all(isinstance(node, nodes.LatestIn) for node in wanted.values()):
        wheres = {None if node.where is None else named(node.where) for node in wanted.values()}
        if len(wheres) == 1:
            found = {text: named(node.value) for text, node in wanted.items()}
            return _last_records(table, wheres.pop(), list(dict.fromkeys(found.values()))), found
    aggregates: dict[str, Any] = {}
    found = {}
    latest: dict[str | None, list[tuple[str, str]]] = {}
    for place, (text, node) in enumerate(wanted.items()):
        where = None if node.where is None else table[named(node.where)]
        name = f"f{place}"
        if isinstance(node, nodes.CountIn):
            aggregates[name] = _count(table, where, node.distinct_on, period)
            found[text] = name
        else:
            latest.setdefault(None if node.where is None else named(node.where), []).append(
                (text, named(node.value))
            )
    for place, (where_name, values) in enumerate(latest.items()):
        # One packed value per `where`, however many are asked of that record. No two are equal in what comes first in it.
        order = columnar_records.ORDER
        packed = ibis.struct({name: table[name] for name in (*order, *dict.fromkeys(n for _, n in values))})
        where = None if where_name is None else table[where_name]
        aggregates[f"l{place}"] = packed.max(where=where)
    grouped = table.group_by("subject_id").aggregate(**aggregates)
    unpacked: dict[str, Any] = {}
    for place, values in enumerate(latest.values()):
        for text, name in values:
            unpacked[f"l{place}_{name}"] = grouped[f"l{place}"][name]
            found[text] = f"l{place}_{name}"
    counts = [name for name in aggregates if name.startswith("f")]
    return selected(grouped, ["subject_id", *counts], unpacked), found


def _last_records(table: ir.Table, where: str | None, values: list[str]) -> ir.Table:
    """Each subject's last record for which `where` holds: sorted, which is half the work of a group for every subject when
    almost everybody has one record, as of the personal information."""
    if where is not None:
        table = table.filter(table[where])
    last_first = [table[name].desc() for name in columnar_records.ORDER]
    window = ibis.window(group_by=table.subject_id, order_by=last_first)
    table = table.mutate(place=ibis.row_number().over(window))
    return selected(table.filter(table.place == 0), ["subject_id", *values], {})


def _count(table: ir.Table, where: Any, unit: Unit | None, period: Period) -> Any:
    if unit is None:
        return table.count(where=where)
    if unit is Unit.DAY:
        return (
            table.done_on.nunique()
            if where is None
            else ibis.ifelse(where, table.done_on, ibis.null("date")).nunique()
        )
    spans = units_of(*period, unit)
    if len(spans) > 24:
        number = unit_number(table.done_on, unit)
        return number.nunique() if where is None else ibis.ifelse(where, number, ibis.null("int64")).nunique()
    # Few units: a flag for each is a dense sum, where distinct values need a hash table for every subject.
    flags = []
    for first, last in spans:
        inside = table.done_on.between(ibis.literal(first), ibis.literal(last))
        flags.append(ibis.ifelse(inside if where is None else inside & where, 1, 0).cast("int32").max())
    return reduce(lambda a, b: a + b, flags).cast("int64")


def _episodes(
    wanted: Mapping[str, Node], period: Period, columns: Columns
) -> tuple[ir.Table, dict[str, str]]:
    """All that is asked of episodes, in one pass over them."""
    table = columns.episodes
    kinds = sorted({node.episode for node in wanted.values()})
    table = table.filter(table.kind.isin(kinds))
    aggregates: dict[str, Any] = {}
    found: dict[str, str] = {}
    for place, (text, node) in enumerate(wanted.items()):
        of_kind = table.kind == node.episode
        if isinstance(node, nodes.EpisodeOverlaps):
            aggregates[f"e{place}"] = (of_kind & _touches(table, *period)).any()
        elif isinstance(node, nodes.EpisodeUnits):
            flags = [
                ibis.ifelse(of_kind & _touches(table, *span), 1, 0).cast("int32").max()
                for span in units_of(*period, node.unit)
            ]
            aggregates[f"e{place}"] = reduce(lambda a, b: a + b, flags).cast("int64")
        else:
            span = ibis.struct({"started_on": table.started_on, "ended_on": table.ended_on})
            aggregates[f"e{place}"] = span.collect(where=of_kind)
        found[text] = f"e{place}"
    return table.group_by("subject_id").aggregate(**aggregates), found


def _touches(table: ir.Table, first: date, last: date) -> Any:
    return (table.started_on <= ibis.literal(last)) & (
        table.ended_on.isnull() | (table.ended_on >= ibis.literal(first))
    )


def _widest_gap(
    text: str, node: nodes.WidestGapIn, period: Period, columns: Columns
) -> tuple[ir.Table, dict[str, str]]:
    """The days of each span in a row, its first and last day among them; the widest step between neighbours."""
    first, last = (ibis.literal(day) for day in period)
    episodes = columns.episodes
    touching = episodes.filter((episodes.kind == node.episode) & _touches(episodes, *period))
    spans = touching.select(
        "subject_id",
        first=ibis.greatest(touching.started_on, first),
        last=ibis.least(ibis.coalesce(touching.ended_on, last), last),
    )
    spans = spans.filter(spans.first <= spans.last).distinct()
    where = nodes.Literal(True, TRUTH) if node.where is None else node.where
    records = columns.records(node.form, {"counts": where}, period)
    records = records.filter(records.counts).select(subject_of="subject_id", day="done_on")
    inside = spans.join(
        records,
        [spans.subject_id == records.subject_of, spans.first <= records.day, spans.last >= records.day],
    ).select("subject_id", "first", "last", "day")
    stops = spans.mutate(day=spans.first).union(spans.mutate(day=spans["last"])).union(inside)
    window = ibis.window(group_by=[stops.subject_id, stops["first"], stops["last"]], order_by=stops.day)
    steps = stops.mutate(step=stops.day.delta(stops.day.lag(1).over(window), unit="day").cast("int64"))
    return steps.group_by("subject_id").aggregate(gap=steps.step.max()), {text: "gap"}


def _unanswered(
    text: str, node: nodes.UnansweredIn, period: Period, columns: Columns
) -> tuple[ir.Table, dict[str, str]]:
    """Calls whose days have run out, left after those with an answer have been taken away."""
    calls = columns.records(node.form, {"calls": node.where}, period)
    calls = calls.filter(calls.calls).select("subject_id", "record_id", "done_on")
    limits = facts({"within": node.within}, period, columns)
    limits = limits.select(subject_of="subject_id", within="within")
    calls = calls.join(limits, calls.subject_id == limits.subject_of).drop("subject_of")
    calls = calls.filter(calls.within.notnull())
    calls = calls.mutate(deadline=moved(calls.done_on, Unit.DAY, truncated(calls.within)))
    calls = calls.filter(calls.deadline <= ibis.literal(period[1]))
    answer = nodes.Literal(True, TRUTH) if node.answer is None else node.answer
    answers = columns.records(node.answer_form, {"answers": answer})
    answers = answers.filter(answers.answers).select(subject_of="subject_id", answered_on="done_on")
    open_calls = calls.anti_join(
        answers,
        [
            calls.subject_id == answers.subject_of,
            answers.answered_on > calls.done_on,
            answers.answered_on <= calls.deadline,
        ],
    )
    return open_calls.group_by("subject_id").aggregate(open=open_calls.count()), {text: "open"}
