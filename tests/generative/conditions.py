"""Random conditions that make sense: drawn by the type of their value down to a depth; every node of the language can come up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from tests.generative.subjects import (
    DAYS,
    EPISODES,
    MOMENTS,
    TEXTS,
    UNITS,
    CheckUp,
    FollowUp,
    Medicine,
    decimals,
)

from gongwei.engines import phone
from gongwei.language import (
    PERIOD,
    Form,
    attributes,
    nodes,
)
from gongwei.language.expressions import Node
from gongwei.language.intervals import Interval, Unit
from gongwei.language.measures import Fact
from gongwei.language.types import DATE, MOMENT, NUMBER, TEXT, TRUTH, ValueType

Draw = Callable[[st.SearchStrategy[Any]], Any]


class Conditions:
    """Draws nodes of a wanted type. `form` is set where a record's answers may be named, None in a period; `deep` says
    whether previous(...) may still be drawn."""

    def __init__(self, draw: Draw, form: type[Form] | None, looks_back: bool = True) -> None:
        self.draw, self.form, self.looks_back = draw, form, looks_back

    def pick(self, makers: list[Callable[[], Node]]) -> Node:
        """One of the ways to make a node."""
        return self.draw(st.sampled_from(makers))()

    def answers(self, of: ValueType) -> list[Callable[[], Node]]:
        """The fields of that type, as nodes."""
        group = self.form.fields.values() if self.form is not None else ()
        found = [each.node for each in group if each.value_type == of]
        return [lambda: self.draw(st.sampled_from(found))] if found else []

    def of(self, wanted: ValueType, depth: int) -> Node:
        """Any node of that type."""
        if wanted == TRUTH:
            return self.truth(depth)
        if wanted == NUMBER:
            return self.number(depth)
        if wanted == DATE:
            return self.day(depth)
        return self.other(wanted, depth)

    def any_type(self) -> ValueType:
        """A type a record knows."""
        types = [TRUTH, NUMBER, DATE, TEXT, FollowUp.outcome.value_type]
        if self.form is FollowUp:
            types += [MOMENT, FollowUp.symptoms.value_type, FollowUp.doctor.value_type]
        return self.draw(st.sampled_from(types))

    def shared(self, wanted: ValueType, depth: int) -> list[Callable[[], Node]]:
        """Ways that exist for every type."""
        ways: list[Callable[[], Node]] = [
            lambda: nodes.Case(
                tuple(
                    (self.truth(depth - 1), self.of(wanted, depth - 1))
                    for _ in range(self.draw(st.integers(1, 2)))
                ),
                self.of(wanted, depth - 1),
            ),
            lambda: nodes.Coalesce(
                tuple(self.of(wanted, depth - 1) for _ in range(self.draw(st.integers(1, 3))))
            ),
        ]
        if self.form is not None and self.looks_back:
            ways.append(lambda: self.previous(wanted, depth))
        if self.form is None:
            ways.append(lambda: self.latest(wanted, depth))
            ways.append(lambda: nodes.FactValue(self.fact(wanted, depth)))
        return ways

    def fact(self, wanted: ValueType, depth: int) -> Fact:
        """A fact, sometimes with a value for when there is none."""
        value = self.of(wanted, depth - 1)
        instead = {TRUTH: False, NUMBER: Decimal("0.5"), DATE: date(2024, 1, 1)}.get(wanted)
        return Fact("事实", value, if_none=self.draw(st.sampled_from([None, instead])))

    def previous(self, wanted: ValueType, depth: int) -> Node:
        """previous(...), which may not stand in another."""
        inner = Conditions(self.draw, self.form, looks_back=False)
        having = inner.truth(depth - 1) if self.draw(st.booleans()) else None
        within = self.draw(
            st.sampled_from(
                [None, nodes.Literal(30, NUMBER), nodes.Parameter("t.days"), nodes.Literal(None, NUMBER)]
            )
        )
        return nodes.Previous(inner.of(wanted, depth - 1), having, within)

    def latest(self, wanted: ValueType, depth: int) -> Node:
        """The value at the latest record of the period."""
        form = self.draw(st.sampled_from([FollowUp, CheckUp]))
        inner = Conditions(self.draw, form)
        where = inner.truth(depth - 1) if self.draw(st.booleans()) else None
        return nodes.LatestIn(form, inner.of(wanted, depth - 1), where, self.draw(st.booleans()))

    def literal(self, wanted: ValueType) -> Node:
        """A fixed value, now and then a missing one."""
        values = {
            TRUTH: st.booleans(),
            NUMBER: st.integers(-300, 300) | decimals(-99, 99, 2),
            DATE: DAYS,
            TEXT: TEXTS.filter(bool),
            MOMENT: MOMENTS,
            FollowUp.outcome.value_type: st.sampled_from(["1", "2", "3"]),
            FollowUp.symptoms.value_type: st.frozensets(st.sampled_from(["1", "2", "3"]), min_size=1),
        }.get(wanted, st.sampled_from(["a", "b"]))
        return nodes.Literal(self.draw(st.one_of(values, values, values, st.none())), wanted)

    def truth(self, depth: int) -> Node:
        """A condition."""
        ways: list[Callable[[], Node]] = [lambda: self.literal(TRUTH), *self.answers(TRUTH)]
        if depth > 0:
            ways = [
                *self.answers(TRUTH),
                lambda: self.compare(depth),
                lambda: self.compare(depth),
                lambda: self.is_in(depth),
                lambda: nodes.IsMissing(self.of(self.any_type(), depth - 1)),
                lambda: nodes.And(tuple(self.truth(depth - 1) for _ in range(self.draw(st.integers(1, 3))))),
                lambda: nodes.Or(tuple(self.truth(depth - 1) for _ in range(self.draw(st.integers(1, 3))))),
                lambda: nodes.Not(self.truth(depth - 1)),
                *self.shared(TRUTH, depth),
            ]
            if self.form is FollowUp:
                codes = FollowUp.symptoms.value_type
                ways.append(
                    lambda: nodes.Has(self.other(codes, depth - 1), self.draw(st.sampled_from("123")))
                )
            if self.form is None:
                ways.append(lambda: nodes.EpisodeOverlaps(self.draw(st.sampled_from(EPISODES))))
                ways.append(
                    lambda: nodes.EpisodeActiveOn(self.draw(st.sampled_from(EPISODES)), self.day(depth - 1))
                )
        return self.pick(ways)

    def compare(self, depth: int) -> Node:
        """A comparison of two values of one type."""
        wanted = self.any_type()
        if wanted in (TRUTH, FollowUp.symptoms.value_type):
            wanted = NUMBER
        signs = ["eq", "ne", "lt", "le", "gt", "ge"] if wanted in (NUMBER, DATE, MOMENT) else ["eq", "ne"]
        sign = self.draw(st.sampled_from(signs))
        return nodes.Compare(sign, self.of(wanted, depth - 1), self.of(wanted, depth - 1))

    def is_in(self, depth: int) -> Node:
        """One of fixed values."""
        wanted = self.draw(st.sampled_from([NUMBER, DATE, TEXT, FollowUp.outcome.value_type]))
        values = tuple(self.literal(wanted) for _ in range(self.draw(st.integers(1, 3))))
        return nodes.IsIn(self.of(wanted, depth - 1), values)

    def number(self, depth: int) -> Node:
        """A number."""
        ways = [lambda: self.literal(NUMBER), lambda: nodes.Parameter("t.goal"), *self.answers(NUMBER)]
        if depth > 0:
            signs = st.sampled_from(["add", "subtract", "multiply", "divide"])
            ways = [
                *self.answers(NUMBER),
                lambda: nodes.Parameter("t.goal"),
                lambda: nodes.Arithmetic(self.draw(signs), self.number(depth - 1), self.number(depth - 1)),
                lambda: nodes.Arithmetic(self.draw(signs), self.number(depth - 1), self.number(depth - 1)),
                lambda: nodes.Round(self.number(depth - 1), self.draw(st.integers(0, 3))),
                lambda: nodes.Extreme(
                    self.draw(st.sampled_from(["least", "greatest"])),
                    (self.number(depth - 1), self.number(depth - 1)),
                ),
                lambda: nodes.LastDigit(self.number(depth - 1)),
                lambda: nodes.DateDistance(self.draw(UNITS), self.day(depth - 1), self.day(depth - 1)),
                lambda: nodes.CountTrue(
                    tuple(self.truth(depth - 1) for _ in range(self.draw(st.integers(1, 3))))
                ),
                *self.shared(NUMBER, depth),
            ]
            if self.form is FollowUp:
                ways.append(lambda: nodes.ChosenCount(self.other(FollowUp.symptoms.value_type, depth - 1)))
                ways.append(lambda: self.rows_count(depth))
            if self.form is None:
                ways.append(lambda: self.count(depth))
                ways.append(lambda: self.count(depth))
                ways.append(lambda: self.unanswered(depth))
                ways.append(lambda: self.gap(depth))
                ways.append(
                    lambda: nodes.EpisodeUnits(
                        self.draw(st.sampled_from(EPISODES)),
                        self.draw(st.sampled_from([Unit.MONTH, Unit.QUARTER, Unit.YEAR])),
                    )
                )
        return self.pick(ways)

    def rows_count(self, depth: int) -> Node:
        """Rows, all or those of which something holds."""
        rows = FollowUp.medicines.node
        if self.draw(st.booleans()):
            return nodes.RowsCount(rows)
        drug, times = Medicine.drug.node, Medicine.times.node
        about_rows = [
            nodes.Compare("ge", times, nodes.Literal(self.draw(st.integers(0, 9)), NUMBER)),
            nodes.Compare("eq", drug, nodes.Literal("a", TEXT)),
            nodes.And((nodes.IsMissing(drug), nodes.Compare("lt", Medicine.dose.node, times))),
            nodes.Compare("gt", times, nodes.Parameter("t.goal")),
        ]
        return nodes.RowsCount(rows, self.draw(st.sampled_from(about_rows)))

    def where(self, form: type[Form], depth: int) -> Node | None:
        """A condition about the form's records, or none."""
        return Conditions(self.draw, form).truth(depth - 1) if self.draw(st.booleans()) else None

    def count(self, depth: int) -> Node:
        """Records, or the days, months, quarters, years they lie in."""
        form = self.draw(st.sampled_from([FollowUp, CheckUp]))
        unit = self.draw(st.sampled_from([None, Unit.DAY, Unit.MONTH, Unit.QUARTER, Unit.YEAR]))
        return nodes.CountIn(form, self.where(form, depth), unit)

    def gap(self, depth: int) -> Node:
        """The widest gap."""
        form = self.draw(st.sampled_from([FollowUp, CheckUp]))
        return nodes.WidestGapIn(form, self.where(form, depth), self.draw(st.sampled_from(EPISODES)))

    def unanswered(self, depth: int) -> Node:
        """Calls without an answer."""
        form, answer_form = (self.draw(st.sampled_from([FollowUp, CheckUp])) for _ in range(2))
        where = Conditions(self.draw, form).truth(depth - 1)
        within = self.draw(
            st.sampled_from(
                [nodes.Literal(14, NUMBER), nodes.Parameter("t.days"), nodes.Literal(None, NUMBER)]
            )
        )
        if self.draw(st.integers(0, 4)) == 0:
            within = nodes.CountIn(CheckUp)
        return nodes.UnansweredIn(form, where, answer_form, self.where(answer_form, depth), within)

    def day(self, depth: int) -> Node:
        """A day."""
        known = st.sampled_from([attributes.BIRTH_DATE, attributes.DIED_ON])
        ways = [lambda: self.literal(DATE), lambda: self.draw(known), *self.answers(DATE)]
        if self.form is None:
            ways.append(lambda: self.draw(st.sampled_from([PERIOD.first, PERIOD.last])))
        else:
            ways += [nodes.RecordDay, nodes.EntryDay]
            ways.append(lambda: nodes.EpisodeStart(self.draw(st.sampled_from(EPISODES))))
        if depth > 0:
            amounts = st.integers(0, 40) | st.just(nodes.Parameter("t.days"))
            ways += [
                lambda: nodes.DateAdd(
                    self.day(depth - 1),
                    Interval(self.draw(UNITS), self.draw(amounts)),
                    self.draw(st.booleans()),
                ),
                lambda: nodes.Extreme(
                    self.draw(st.sampled_from(["least", "greatest"])),
                    (self.day(depth - 1), self.day(depth - 1)),
                ),
                *self.shared(DATE, depth),
            ]
        return self.pick(ways)

    def other(self, wanted: ValueType, depth: int) -> Node:
        """Text, codes, persons, moments: answered, fixed, or picked by a condition."""
        ways = [lambda: self.literal(wanted), *self.answers(wanted) * 2]
        if wanted == TEXT:
            ways.append(lambda: nodes.Parameter("t.text", TEXT))
        if depth > 0:
            ways += self.shared(wanted, depth)
        return self.pick(ways)


class Bundle(dict[str, Node]):
    """Conditions by name, shown the way the phone reads them: short enough to be read in a failure."""

    def __repr__(self) -> str:
        return repr({name: phone.to_json(node) for name, node in self.items()})


@st.composite
def about_records(draw: st.DrawFn, form: type[Form], count: int, depth: int) -> dict[str, Node]:
    """So many conditions about one record of a form."""
    made = Conditions(draw, form)
    return Bundle((f"c{place}", made.of(made.any_type(), depth)) for place in range(count))


@st.composite
def about_periods(draw: st.DrawFn, count: int, depth: int) -> dict[str, Node]:
    """So many conditions about one subject in one period."""
    made = Conditions(draw, None)
    kinds = st.sampled_from([TRUTH, NUMBER, DATE, TEXT])
    return Bundle((f"c{place}", made.of(draw(kinds), depth)) for place in range(count))
