"""Conditions about one record, for all records of a form: joins and windows first, then one column per condition."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

from gongwei.engines.columnar_nodes import Scope, column, key
from gongwei.engines.columnar_sharing import PLAIN, inside, with_shared
from gongwei.language import nodes
from gongwei.language.expressions import Node, walk
from gongwei.language.forms import FieldGroup

if TYPE_CHECKING:
    from gongwei.engines.columnar import Columns

#: The total order of records: no two of one subject are equal in it.
ORDER = ("done_on", "record_id")


def judged(
    form: type[FieldGroup],
    conditions: Mapping[str, Node],
    columns: Columns,
    period: tuple[date, date] | None = None,
) -> ir.Table:
    """Records of the form with a column per condition; of a period only, when one is given.

    The period's records are picked before anything else, with those before it that a condition looks back at.
    """
    looked_back = {
        key(n): n for each in conditions.values() for n in walk(each) if isinstance(n, nodes.Previous)
    }
    low = None
    if period is not None:
        low = _earliest(list(looked_back.values()), period[0], columns)
        columns = columns.within(low or date.min, period[1])
    named = {n.name for each in conditions.values() for n in walk(each) if isinstance(n, nodes.Answer)}
    own = [name for name in form.fields if name in named and name != "done_on"]
    table = columns.form(form).select("subject_id", "record_id", "done_on", "entered_on", *own)
    if period is not None and low is not None:
        table = _within(table, (low, period[1]))
    table = _with_subject(table, list(conditions.values()), columns)

    def scope_of(table: ir.Table, ready: Mapping[str, str]) -> Scope:
        return _scope(table, columns, ready)

    behind = [part for node in looked_back.values() for part in (node.value, node.having) if part is not None]
    table, ready = with_shared(table, [*conditions.values(), *behind], {}, scope_of, _stands_alone)
    if looked_back:
        table, ready = _with_known_parts(table, conditions.values(), columns, ready)
        table, before = _with_previous(table, looked_back, columns, ready)
        ready |= before
        if period is not None:
            table = _within(table, period)
        table, ready = with_shared(table, conditions.values(), ready, scope_of)
    scope = _scope(table, columns, ready)
    values = {name: column(each, scope) for name, each in conditions.items()}
    return table.select("subject_id", "record_id", "done_on", **values)


def _earliest(looked_back: list[nodes.Previous], first: date, columns: Columns) -> date | None:
    """The first day of the records that matter to those from a day on; None when any may, however old."""
    furthest = 0
    for node in looked_back:
        behind = [each for part in (node.value, node.having) if part is not None for each in walk(part)]
        if node.within is None or any(isinstance(each, nodes.Previous) for each in behind):
            return None
        match node.within:
            case nodes.Literal(value=limit):
                limits = [limit]
            case nodes.Parameter(code=code):
                steps = columns.parameters[code]
                # Before its first day a parameter has no value, and no value sets no limit.
                limits = (
                    [value for _, value in steps] if any(since <= first for since, _ in steps) else [None]
                )
            case _:
                return None
        if any(limit is None for limit in limits):
            return None
        furthest = max(furthest, *(math.ceil(limit) for limit in limits))
    return date.fromordinal(max(first.toordinal() - furthest, 1))


def _stands_alone(node: Node) -> bool:
    """Whether it can be computed before previous records are known."""
    return not any(isinstance(each, nodes.Previous) for each in walk(node))


def _within(table: ir.Table, period: tuple[date, date]) -> ir.Table:
    return table.filter(table.done_on.between(ibis.literal(period[0]), ibis.literal(period[1])))


def _name(place: int) -> str:
    return f"previous_{place}"


def _scope(table: ir.Table, columns: Columns, ready: Mapping[str, str]) -> Scope:
    return Scope(
        answer=lambda name: table[name],
        attribute=lambda name: table[f"subject_{name}"],
        steps=columns.parameters,
        day=table.done_on,
        entered_on=table.entered_on,
        starts=lambda kind: table[f"starts_{kind}"],
        ready={text: table[name] for text, name in ready.items()},
    )


def _with_subject(table: ir.Table, conditions: Iterable[Node], columns: Columns) -> ir.Table:
    """The attributes and the starts of episodes that the conditions name, beside each record."""
    named = [inner for each in conditions for inner in walk(each)]
    wanted = sorted({n.name for n in named if isinstance(n, nodes.Attribute)})
    kinds = sorted({n.episode for n in named if isinstance(n, nodes.EpisodeStart)})
    if wanted:
        subjects = columns.subjects
        picked = subjects.select(
            subject_of=subjects.subject_id, **{f"subject_{name}": subjects[name] for name in wanted}
        )
        table = table.left_join(picked, table.subject_id == picked.subject_of).drop("subject_of")
    for kind in kinds:
        episodes = columns.episodes
        starts = (
            episodes.filter(episodes.kind == kind)
            .group_by(subject_of=episodes.subject_id)
            .aggregate(**{f"starts_{kind}": episodes.started_on.collect()})
        )
        table = table.left_join(starts, table.subject_id == starts.subject_of).drop("subject_of")
    return table


def max_by(value: Any, by: Any, where: Any = None) -> Any:
    """The value where `by` is greatest among the rows for which `where` holds. A NULL value must be wrapped in a struct.
    DuckDB and Spark call it alike; ibis's own argmax sorts the group instead."""

    @ibis.udf.agg.builtin(name="max_by", signature=((value.type(), by.type()), value.type()))
    def max_by(value, by): ...

    return max_by(value, by, where=where)


def _with_known_parts(
    table: ir.Table, conditions: Iterable[Node], columns: Columns, ready: Mapping[str, str]
) -> tuple[ir.Table, dict[str, str]]:
    """A column for each largest part that needs no previous record. The records are sorted to find those before: what
    goes through the sort is then a few truths instead of the answers they come from."""
    parts = {key(part): part for each in conditions for part in _known_parts(each) if key(part) not in ready}
    scope = _scope(table, columns, ready)
    names = {text: f"known_{place}" for place, text in enumerate(parts)}
    table = (
        table.mutate(**{names[text]: column(part, scope) for text, part in parts.items()}) if parts else table
    )
    return table, {**ready, **names}


def _known_parts(node: Node) -> Iterator[Node]:
    if not _stands_alone(node):
        for each in inside(node):
            yield from _known_parts(each)
    elif not isinstance(node, PLAIN):
        yield node


def _with_previous(
    table: ir.Table, looked_back: Mapping[str, nodes.Previous], columns: Columns, ready: Mapping[str, str]
) -> tuple[ir.Table, dict[str, str]]:
    """A column for each `previous(...)`. The values are worked out on every record first and then fetched from the
    earlier one, so that each is judged on its own day. Those with the same `having` share a window."""
    scope = _scope(table, columns, ready)
    groups: dict[str, list[int]] = {}
    prepared: dict[str, Any] = {}
    for place, node in enumerate(looked_back.values()):
        prepared[f"value_{place}"] = column(node.value, scope)
        group = "" if node.having is None else key(node.having)
        if group and group not in groups:
            prepared[f"having_{place}"] = column(node.having, scope)
        groups.setdefault(group, []).append(place)
    table = table.mutate(**prepared)
    in_order = {"group_by": table.subject_id, "order_by": [table[name] for name in ORDER]}
    earlier = ibis.window(**in_order, preceding=(None, 1), following=None)
    found: dict[str, Any] = {}
    for number, (group, places) in enumerate(groups.items()):
        packed = ibis.struct({"done_on": table.done_on} | {f"value_{p}": table[f"value_{p}"] for p in places})
        if group:
            # The last of those that have it: what is missing is passed over.
            known = ibis.ifelse(table[f"having_{places[0]}"], packed, ibis.null(packed.type()))
            found[f"earlier_{number}"] = known.last().over(earlier)
        else:
            found[f"earlier_{number}"] = packed.lag(1).over(ibis.window(**in_order))
    table = table.mutate(**found)
    scope = _scope(table, columns, ready)
    results: dict[str, Any] = {}
    nodes_by_place = list(looked_back.values())
    for number, places in enumerate(groups.values()):
        packed = table[f"earlier_{number}"]
        for place in places:
            value, within = packed[f"value_{place}"], nodes_by_place[place].within
            if within is not None:
                age, limit = table.done_on.delta(packed["done_on"], unit="day"), column(within, scope)
                value = ibis.ifelse((age <= limit).fill_null(limit.isnull()), value, ibis.null(value.type()))
            results[_name(place)] = value
    return table.mutate(**results), {text: _name(place) for place, text in enumerate(looked_back)}
