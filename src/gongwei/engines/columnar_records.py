"""Conditions about one record, for all records of a form: joins and windows first, then one column per condition."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from gongwei.engines.columnar_keys import key
from gongwei.engines.columnar_nodes import Scope, column
from gongwei.engines.columnar_schemas import CARRIED, beside_record
from gongwei.engines.columnar_sharing import PLAIN, Place, inside, with_shared
from gongwei.engines.columnar_tables import beside, narrowed, selected, still_there
from gongwei.language import nodes
from gongwei.language.expressions import Node, walk
from gongwei.language.forms import FieldGroup

if TYPE_CHECKING:
    from gongwei.engines.columnar import Columns

#: The total order of records: no two of one subject are equal in it.
ORDER = ("done_on", "record_id")
#: What every record shows beside the conditions about it.
KEPT = ("subject_id", "record_id", "done_on")


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
    if any(isinstance(n, nodes.EntryDay) for each in conditions.values() for n in walk(each)):
        own.append("entered_on")
    asked = {n.name for each in conditions.values() for n in walk(each) if isinstance(n, nodes.Attribute)}
    carried = [name for name in CARRIED if columns.carried and name in asked]
    table = selected(columns.form(form), [*KEPT, *own, *map(beside_record, carried)], {})
    if period is not None and low is not None:
        table = _within(table, (low, period[1]))
    table = _with_subject(table, sorted(asked.difference(carried)), list(conditions.values()), columns)

    at = Place(lambda table, ready: _scope(table, columns, ready), _source, KEPT)
    behind = [part for node in looked_back.values() for part in (node.value, node.having) if part is not None]
    table, ready = with_shared(table, [*conditions.values(), *behind], {}, at, _stands_alone)
    if looked_back:
        table, ready = _with_known_parts(table, conditions.values(), behind, at, ready)
        table, ready = _with_previous(table, looked_back, conditions.values(), at, ready)
        if period is not None:
            table = _within(table, period)
        table, ready = with_shared(table, conditions.values(), ready, at)
    scope = _scope(table, columns, ready)
    values = {name: column(each, scope) for name, each in conditions.items()}
    return selected(table, KEPT, values)


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


def _source(node: Node) -> str | None:
    """The column a node of a record is read from. `done_on`, which parameters and starts of episodes need too, is kept."""
    match node:
        case nodes.Answer():
            return node.name
        case nodes.Attribute():
            return beside_record(node.name)
        case nodes.EpisodeStart():
            return f"starts_{node.episode}"
        case nodes.EntryDay():
            return "entered_on"
    return None


def _scope(table: ir.Table, columns: Columns, ready: Mapping[str, str]) -> Scope:
    return Scope(
        answer=lambda name: table[name],
        attribute=lambda name: table[beside_record(name)],
        steps=columns.parameters,
        day=table.done_on,
        entered_on=table["entered_on"] if "entered_on" in table.columns else None,
        starts=lambda kind: table[f"starts_{kind}"],
        ready=still_there(table, ready),
    )


def _with_subject(
    table: ir.Table, wanted: Iterable[str], conditions: Iterable[Node], columns: Columns
) -> ir.Table:
    """These attributes and the starts of episodes that the conditions name, beside each record."""
    kinds = sorted(
        {n.episode for each in conditions for n in walk(each) if isinstance(n, nodes.EpisodeStart)}
    )
    others: list[tuple[ir.Table, Mapping[str, str], bool]] = []
    if wanted:
        picked = selected(columns.subjects, ["subject_id", *wanted], {})
        others.append((picked, {name: beside_record(name) for name in wanted}, False))
    for kind in kinds:
        episodes = columns.episodes
        starts = (
            episodes.filter(episodes.kind == kind)
            .group_by("subject_id")
            .aggregate(starts=episodes.started_on.collect())
        )
        others.append((starts, {"starts": f"starts_{kind}"}, False))
    return beside(table, others)


def _with_known_parts(
    table: ir.Table, conditions: Iterable[Node], behind: Iterable[Node], at: Place, ready: Mapping[str, str]
) -> tuple[ir.Table, dict[str, str]]:
    """A column for each largest part that needs no previous record. The records are sorted to find those before: what
    goes through the sort is then a few truths instead of the answers they come from."""
    conditions = list(conditions)
    parts = {key(part): part for each in conditions for part in _known_parts(each) if key(part) not in ready}
    if not parts:
        return table, dict(ready)
    scope = at.scope_of(table, ready)
    found = {text: column(part, scope) for text, part in parts.items()}
    # What is the same for every record need not be sorted with it.
    found = {text: value for text, value in found.items() if not isinstance(value.op(), ops.Literal)}
    names = {text: f"known_{place}" for place, text in enumerate(found)}
    values = {names[text]: value for text, value in found.items()}
    ready = {**ready, **names}
    return narrowed(table, values, at.read([*conditions, *behind], ready)), ready


def _known_parts(node: Node) -> Iterator[Node]:
    if not _stands_alone(node):
        for each in inside(node):
            yield from _known_parts(each)
    elif not isinstance(node, PLAIN):
        yield node


def _with_previous(
    table: ir.Table,
    looked_back: Mapping[str, nodes.Previous],
    conditions: Iterable[Node],
    at: Place,
    ready: Mapping[str, str],
) -> tuple[ir.Table, dict[str, str]]:
    """A column for each `previous(...)` in the conditions. The values are worked out on every record first and then fetched from the
    earlier one, so that each is judged on its own day. Those with the same `having` share a window."""
    scope = at.scope_of(table, ready)
    names = {text: _name(place) for place, text in enumerate(looked_back)}
    ready = {**ready, **names}
    limits = [node.within for node in looked_back.values() if node.within is not None]
    left = at.read([*conditions, *limits], ready)
    groups: dict[str, list[int]] = {}
    prepared: dict[str, Any] = {}
    for place, node in enumerate(looked_back.values()):
        prepared[f"value_{place}"] = column(node.value, scope)
        group = "" if node.having is None else key(node.having)
        if group and group not in groups:
            prepared[f"having_{place}"] = column(node.having, scope)
        groups.setdefault(group, []).append(place)
    table = narrowed(table, prepared, [*left, *prepared])
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
    table = narrowed(table, found, [*left, *found])
    scope = at.scope_of(table, ready)
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
    return narrowed(table, results, at.read(conditions, ready)), ready
