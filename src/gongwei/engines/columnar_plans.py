"""Facts of many measures over several periods as one plan: each form is read once, whatever is asked of it and for however
many periods; what several groups of measures ask of the same records is worked out once.

A plan is a list of temporary tables to be made in order and, for each group of measures and each period, some tables more
and one query that gives a row for each subject the group is about: everybody for whom the base of some measure of it is
True. Every part is a table of its own, so that a database of little memory holds one of them at a time and what it comes to,
and not the whole of a query; and knows how large each is when it joins them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from gongwei.engines import columnar, columnar_periods, folding
from gongwei.engines.columnar_keys import key
from gongwei.engines.columnar_nodes import Scope, column
from gongwei.engines.columnar_periods import Part
from gongwei.engines.columnar_sharing import PLAIN
from gongwei.engines.columnar_tables import selected
from gongwei.language import nodes
from gongwei.language.expressions import Node
from gongwei.language.forms import FieldGroup
from gongwei.language.measures import Fact, Measure

Period = tuple[date, date]
#: Where somebody is counted: columns that the table of subjects has beside the attributes, as a snapshot's.
PLACE = {"area_key": "int64", "organization_id": "string", "doctor_id": "string"}
SIDES = ("denominator", "numerator", "excluded")


@dataclass(frozen=True)
class Group:
    """Measures that share a table of subjects (a programme's), and their named parts by column."""

    name: str
    measures: tuple[Measure, ...]
    facts: Mapping[str, Fact]


@dataclass(frozen=True)
class Step:
    """A temporary table to be made before a query is run."""

    name: str
    query: ir.Table


@dataclass
class Plan:
    """The steps in order, and the query of each (group, period): `subject_id`, the columns of PLACE, a column per part.

    own: the steps of one (group, period) alone, after those of all.
    """

    steps: list[Step] = field(default_factory=list)
    own: dict[tuple[str, Period], list[Step]] = field(default_factory=dict)
    people: dict[tuple[str, Period], ir.Table] = field(default_factory=dict)

    def every_step(self) -> list[Step]:
        """Those of all, then those of each (group, period): enough to run any of the queries."""
        return [*self.steps, *(step for of_one in self.own.values() for step in of_one)]


def plan(groups: Iterable[Group], periods: Sequence[Period], columns: columnar.Columns) -> Plan:
    """How to find the people of each group in each period."""
    groups, made = tuple(groups), Plan()
    shared = _Shared(columns.parameters, columns.names, columns.carried) if len(periods) > 1 else columns
    later: list[Step] = []
    for number, period in enumerate(periods):
        conditions = {
            group.name: {
                code: folding.folded(fact.node, columns.parameters, period)
                for code, fact in group.facts.items()
            }
            for group in groups
        }
        asked = columnar_periods.doors(each for of in conditions.values() for each in of.values())
        parts = columnar_periods.parts(asked, period, shared)
        wanted = {name: columnar_periods.doors(of.values()) for name, of in conditions.items()}
        for place, part in enumerate(parts):
            asking = [name for name, of in wanted.items() if any(text in of for text in part.found)]
            step = Step(f"part_{number}_{place}", part.table)
            of_one = made.own.setdefault((asking[0], period), [])
            (later if len(asking) > 1 else of_one).append(step)
            parts[place] = Part(ibis.table(part.table.schema(), name=step.name), part.found, part.nodes)
        for group in groups:
            found = [part.only(wanted[group.name]) for part in parts]
            found = [part for part in found if part.found]
            made.people[group.name, period] = _people(group, conditions[group.name], found, period, columns)
    if isinstance(shared, _Shared):
        made.steps += shared.steps()
    made.steps += later
    return made


def sums(people: ir.Table, measures: Iterable[Measure]) -> ir.Table:
    """Where people are counted (PLACE), how many of each measure are in the denominator, in the numerator, excluded:
    columns such as `HTN.1/numerator`. The language builds numerator from denominator, so no figure can pass its base."""
    sides: dict[str, Any] = {}
    for measure in measures:
        for side, value in sides_of(people, measure).items():
            # Integer flags: DuckDB sums them faster, and casts keep a sum a plain integer.
            sides[f"{measure.code}/{side}"] = value.cast("int32").sum().cast("int64")
    return people.group_by(list(PLACE)).aggregate(**sides)


def sides_of(people: ir.Table, measure: Measure) -> dict[str, Any]:
    """Whether each person is in the denominator, in the numerator, or eligible and excluded; never missing."""
    facts = {fact.code: fact for fact in measure.facts}
    scope = Scope(
        answer=lambda name: people[name],
        attribute=lambda name: people[name],
        steps={},
        period=(date.min, date.max),
        ready={key(fact.node): people[code] for code, fact in facts.items()},
    )
    conditions = (
        measure.in_denominator,
        measure.in_numerator,
        measure.base.if_missing(False) & measure.excluded,
    )
    return {side: column(each, scope) for side, each in zip(SIDES, conditions, strict=True)}


def placed(columns: columnar.Columns) -> ir.Table:
    """The table of subjects with where each is counted."""
    subjects = columns.subjects
    return ibis.table({**subjects.schema(), **PLACE}, name=subjects.get_name())


def _people(
    group: Group,
    conditions: Mapping[str, Node],
    parts: list[Part],
    period: Period,
    columns: columnar.Columns,
) -> ir.Table:
    """The base first, on as few subjects as can be told without looking at them; the other parts for these only.

    Where the base leaves out few, all parts are joined before it is judged, those it needs last: a database that took the
    rest for a fifth, as they do, would hold the subjects with all that was found of them in memory instead of a part.
    """
    bases = [conditions[code] for code in dict.fromkeys(measure.base.code for measure in group.measures)]
    asked = columnar_periods.doors(bases)
    first = [part for part in parts if any(text in asked for text in part.found)]
    needed = [_needed(base, first, period, columns) for base in bases]
    attributes = columnar_periods.attributes_in(conditions.values())
    picked = ["subject_id", *attributes, *PLACE]
    table = selected(placed(columns), picked, {})
    rest = [part for part in parts if part not in first]
    inner = None
    if all(needed):
        if all(each is needed[0] for each in needed):
            inner = needed[0]
        else:
            either = [part.table.select("subject_id") for part in {id(p): p for p in needed if p}.values()]
            table = table.semi_join(ibis.union(*either), "subject_id")
    else:
        first, rest = rest + first, []
        told = {f"told_{place}": _told(base) for place, base in enumerate(bases)}
        if not any(isinstance(each, nodes.Literal) for each in told.values()):
            table = columnar_periods.judged(table, {}, told, period, columns, keep=table.columns)
            table = selected(table.filter(ibis.or_(*(table[name] for name in told))), picked, {})
    kept = table.columns
    table, ready = columnar_periods.joined(table, first, period, columns, inner=inner)
    kept = (*kept, *ready.values())
    names = {f"base_{place}": base for place, base in enumerate(bases)}
    table = columnar_periods.judged(table, ready, names, period, columns, keep=kept)
    table = table.filter(ibis.or_(*(table[name] for name in names)))
    # The bases are named parts themselves: what was judged once is not judged again.
    ready |= {key(base): name for name, base in names.items() if not isinstance(base, PLAIN)}
    table, ready = columnar_periods.joined(table, rest, period, columns, ready=ready)
    return columnar_periods.judged(table, ready, conditions, period, columns, keep=("subject_id", *PLACE))


def _told(base: Node) -> Node:
    """What must be True of a subject's attributes for the base to be True; True itself where they tell nothing."""
    match base:
        case nodes.Coalesce(parts=(first, nodes.Literal(value=False))):
            return _told(first)
        case nodes.And(parts=parts):
            found = [each for each in map(_told, parts) if not isinstance(each, nodes.Literal)]
            if len(found) > 1:
                return nodes.And(tuple(found))
            return found[0] if found else nodes.Literal(True, base.type)
    return nodes.Literal(True, base.type) if columnar_periods.doors([base]) else base


def _needed(base: Node, parts: list[Part], period: Period, columns: columnar.Columns) -> Part | None:
    """A part without which nobody is in the base; None when there is none."""
    for part in parts:

        def nothing(node: Node, part: Part = part) -> Node | None:
            return _nothing(node) if key(node) in part.found else None

        left = folding.folded(base, columns.parameters, period, nothing)
        if isinstance(left, nodes.Literal) and left.value is not True:
            return part
    return None


def _nothing(node: Node) -> Node | None:
    """What a subject has that a part does not know."""
    match node:
        case nodes.CountIn() | nodes.EpisodeUnits() | nodes.UnansweredIn():
            return nodes.Literal(0, node.type)
        case nodes.EpisodeOverlaps():
            return nodes.Literal(False, node.type)
        case nodes.EpisodeActiveOn(day=nodes.Literal(value=known)) if known is not None:
            return nodes.Literal(False, node.type)
        case nodes.LatestIn() | nodes.WidestGapIn():
            return nodes.Literal(None, node.type)
    return None


@dataclass(frozen=True)
class _Shared(columnar.Columns):
    """Judged records of a form kept in a table of their own, for whoever asks and for all periods.

    `asked` grows with each question; `steps` then says how the tables are made.
    """

    asked: dict[type[FieldGroup], dict[str, Node]] = field(default_factory=dict)
    bounds: dict[type[FieldGroup], Period] = field(default_factory=dict)

    def records(
        self, form: type[FieldGroup], conditions: Mapping[str, Node], period: Period | None = None
    ) -> ir.Table:
        """As in `Columns`, from the table that will be made."""
        known = self.asked.setdefault(form, {})
        names = {name: self._name(known, node) for name, node in conditions.items()}
        first, last = period or (date.max, date.max)
        if period is None:
            first = date.min
        low, high = self.bounds.get(form, (first, last))
        self.bounds[form] = (min(low, first), max(high, last))
        types = super().records(form, conditions, period).schema()
        schema = {name: types[name] for name in ("subject_id", "record_id", "done_on")}
        table = ibis.table(
            schema | {names[name]: types[name] for name in conditions},
            name=f"judged_{form.code}",  # type: ignore[attr-defined]
        )
        if period is not None:
            table = table.filter(table.done_on.between(ibis.literal(period[0]), ibis.literal(period[1])))
        return table.select(*schema, **{name: table[names[name]] for name in conditions})

    @staticmethod
    def _name(known: dict[str, Node], node: Node) -> str:
        for place, each in enumerate(known.values()):
            if key(each) == key(node):
                return f"c{place}"
        known[f"c{len(known)}"] = node
        return f"c{len(known) - 1}"

    def steps(self) -> list[Step]:
        """The tables, each record judged once."""
        plain = columnar.Columns(self.parameters, self.names, self.carried)
        return [
            Step(f"judged_{form.code}", plain.records(form, known, self.bounds[form]))  # type: ignore[attr-defined]
            for form, known in self.asked.items()
        ]
