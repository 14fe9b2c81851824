"""Person-years by the row engine (as compiled in `compiled_periods`), and what they count for. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from gongwei.engines import compiled_periods, row
from gongwei.language import nodes
from gongwei.language.expressions import walk
from gongwei.language.measures import Fact, Measure
from gongwei.measures import columns

Values = dict[str, bool | None]


@dataclass(frozen=True, slots=True)
class Sides:
    """Which parts decide on which side of a measure a person-year stands, by column."""

    measure: str
    base: str
    exclusions: tuple[str, ...]
    numerator: tuple[str, ...]

    def of(self, values: Mapping[str, bool | None]) -> tuple[int, int, int]:
        """(denominator, numerator, excluded), each 0 or 1; only True counts, as `Measure.in_denominator` says."""
        if values[self.base] is not True:
            return 0, 0, 0
        if any(values[code] is True for code in self.exclusions):
            return 0, 0, 1
        return 1, int(all(values[code] is True for code in self.numerator)), 0


@cache
def sides(table: columns.Table) -> tuple[Sides, ...]:
    """The measures of a table by their columns."""
    return tuple(
        Sides(
            each.code,
            each.base.code,
            tuple(fact.code for fact in each.exclusions.facts),
            tuple(fact.code for fact in each.numerator.facts) if each.numerator else (),
        )
        for each in table.measures
    )


def year_of(year: int) -> row.DateRange:
    """The calendar year as a period: the live period is always the whole year."""
    return row.DateRange(dt.date(year, 1, 1), dt.date(year, 12, 31))


@cache
def _asked(
    table: columns.Table,
) -> tuple[tuple[str, ...], compiled_periods.Values, tuple[str, ...], compiled_periods.Values]:
    """The bases of a table and its other parts, each compiled into one function: what they share is worked out once."""
    bases = tuple(dict.fromkeys(each.base for each in sides(table)))
    others = tuple(code for code in table.facts if code not in bases)
    first, then = (
        compiled_periods.values_of([table.facts[code].node for code in some]) for some in (bases, others)
    )
    return bases, first, others, then


def values_of(table: columns.Table, subject: row.Subject, year: int) -> Values | None:
    """A subject's parts in a year; None when no measure of the table is about the subject."""
    period = year_of(year)
    bases, first, others, then = _asked(table)
    values = dict(zip(bases, map(_truth, first(subject, period)), strict=True))
    if True not in values.values():
        return None
    return values | dict(zip(others, map(_truth, then(subject, period)), strict=True))


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


@cache
def answers_read() -> dict[str, tuple[str, ...]]:
    """Per form code the answers that any part reads: what a subject must hold to be asked."""
    return _answers(fact for table in columns.tables() for fact in table.facts.values())


@cache
def forms_of(measure: Measure) -> frozenset[str]:
    """Codes of the forms the parts of one measure read."""
    return frozenset(_answers(measure.facts))


def _answers(facts: Iterable[Fact]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for node in _nodes(facts):
        for name in ("form", "answer_form"):
            form = getattr(node, name, None)
            if isinstance(form, type) and hasattr(form, "code"):
                found.setdefault(form.code, set())
        if isinstance(node, nodes.Answer) and node.form_code:
            found.setdefault(node.form_code, set()).add(node.name)
    return {code: tuple(sorted(names)) for code, names in sorted(found.items())}


@cache
def reads_entry_days() -> bool:
    """Whether some part asks on which day a record was entered."""
    facts = (fact for table in columns.tables() for fact in table.facts.values())
    return any(isinstance(node, nodes.EntryDay) for node in _nodes(facts))


def parameters_read() -> tuple[str, ...]:
    """Codes of the parameters any part names."""
    facts = (fact for table in columns.tables() for fact in table.facts.values())
    return tuple(sorted({node.code for node in _nodes(facts) if isinstance(node, nodes.Parameter)}))


def _nodes(facts: Iterable[Fact]) -> Iterable[nodes.Node]:
    for fact in facts:
        yield from walk(fact.node)
