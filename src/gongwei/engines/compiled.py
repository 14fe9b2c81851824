"""The reference engine made fast for very many records: conditions about a record written out as Python source once.

Nothing means anything here that it does not mean in `row`: each node below says the same in source, any other node is run
by `row` itself, and the generated tests hold the two equal (tests/generative/test_compiled_agrees.py). Used where one
definition is run on a hundred thousand records of as many residents (import, findings in bulk); for a single record
`row` is quicker, since nothing needs to be compiled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields as dataclass_fields
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from gongwei.engines import compiled_nodes, daily_parameters, row
from gongwei.engines.row import Record, Subject
from gongwei.language import fields, intervals, nodes
from gongwei.language.expressions import Node, children
from gongwei.language.operators import QUOTIENT_DIGITS

#: `values(record, subject)` gives the value of each condition, in order.
Values = Callable[[Record, Subject], tuple[Any, ...]]
#: `places(record, subject)` gives where those conditions stand that have the truth looked for.
Places = Callable[[Record, Subject], list[int]]
#: Nodes whose value takes long enough to find that it is kept for the next time it is asked for in the same record.
_CHEAP = (
    nodes.Literal, nodes.Answer, nodes.RecordDay, nodes.EntryDay, nodes.Attribute, nodes.Parameter,
)  # fmt: skip
#: What a truth is found of as quickly as its value would be kept.
_LIGHT = (*_CHEAP, nodes.IsMissing, nodes.Compare, nodes.IsIn, nodes.Has, nodes.And, nodes.Or, nodes.Not)


class _Unset:
    """Not worked out yet: None is a value."""


def values_of(wanted: Sequence[Node], *, plain: bool = False) -> Values:
    """Compile some conditions into one function; what they share is worked out once for each record.

    `plain`: the caller promises that no record holds a missing answer or a changeable set of options, so that answers are
    taken as they stand. The same holds for `first_true`, `places` and `value_of`.
    """
    source = Source(wanted, plain=plain)
    values = "".join(f"{source.source(node)}, " for node in wanted)
    return source.compile(f"return ({values})")


def first_true(wanted: Sequence[Node], *, plain: bool = False) -> Callable[[Record, Subject], int]:
    """Compile conditions into a function that gives the place of the first that is True, -1 when none is."""
    source = Source(wanted, plain=plain)
    lines = [f"if {source.decides(node, True)}: return {place}\n    " for place, node in enumerate(wanted)]
    return source.compile(f"{''.join(lines)}return -1")


def places(wanted: Sequence[Node], truth: bool, *, plain: bool = False) -> Places:
    """Compile conditions into a function that gives the places of those that are `truth`, in order."""
    source = Source(wanted, plain=plain)
    lines = [
        f"if {source.decides(node, truth)}: found.append({place})\n    " for place, node in enumerate(wanted)
    ]
    return source.compile(f"found = []\n    {''.join(lines)}return found")


def value_of(node: Node, *, plain: bool = False) -> Callable[[Record, Subject], Any]:
    """Compile one condition."""
    source = Source([node], plain=plain)
    return source.compile(f"return {source.source(node)}")


def evaluate(node: Node, record: Record, subject: Subject) -> Any:
    """As `row.evaluate`, for conditions of definitions asked again and again: compiled at the first call."""
    return _kept(node)(record, subject)


# Nodes are told apart by identity, and what is kept keeps its node alive.
@lru_cache(16_384)
def _kept(node: Node) -> Callable[[Record, Subject], Any]:
    return value_of(node)


class Source:
    """One function in the making: names of answers, of kept values and of constants.

    Nodes that say the same are one: told apart by their shape, not by identity.
    """

    arguments = "record, subject"
    #: The day parameters are asked of.
    day = "record.done_on"

    def __init__(self, wanted: Sequence[Node], *, plain: bool = False) -> None:
        self.wanted, self.plain = wanted, plain
        self.constants: dict[str, Any] = {
            "U": _Unset, "Decimal": Decimal, "E": row._EXACT, "known": _known, "previous": _previous, "starts": _starts,
            "rounded": row._rounded, "completed": intervals.completed, "add": intervals.add, "run": _run_by_reference,
            "rows_where": _rows_where, "Q": QUOTIENT_DIGITS, "of_day": daily_parameters.of_day,
        }  # fmt: skip
        self.answers: dict[str, str] = {}
        #: By shape, the local name of a value that is kept.
        self.kept: dict[int, str] = {}
        self.asks_parameters = False
        self.temporaries = 0
        self._shapes: dict[Any, int] = {}
        self._shape_of: dict[int, int] = {}
        self._texts: dict[int, str] = {}
        self._heavy: dict[int, bool] = {}
        self.uses: Counter[int] = Counter()
        for node in wanted:
            self._count(node)

    def _count(self, node: Node) -> None:
        """Count how often each shape is asked for, those within it once for all its uses."""
        shape = self.shape(node)
        self.uses[shape] += 1
        if self.uses[shape] == 1:
            for inner in self.inside(node):
                self._count(inner)

    def compile(self, body: str) -> Callable[..., Any]:
        """The function of a body written with `source` and `decides`."""
        head = ["    attribute = subject.attributes.get"]
        if self.answers:
            head.append("    answers = record.answers.get")
        if self.asks_parameters:
            head.append(f"    parameter = of_day(subject.parameters, {self.day})")
        read = "answers({!r})" if self.plain else "known(answers({!r}))"
        head += [f"    {name} = {read.format(field)}" for field, name in self.answers.items()]
        head += [f"    {name} = U" for name in self.kept.values()]
        text = f"def compiled({self.arguments}):\n" + "\n".join(head) + "\n    " + body + "\n"
        exec(compile(text, "<conditions>", "exec"), self.constants)
        found: Callable[..., Any] = self.constants["compiled"]
        return found

    def inside(self, node: Node) -> Iterator[Node]:
        """The nodes directly within one that are worked out in the same place: about the same record."""
        if isinstance(node, nodes.Previous):
            return iter(() if node.within is None else (node.within,))
        if isinstance(node, nodes.RowsCount):
            return iter((node.rows,))
        return children(node)

    def shape(self, node: Node) -> int:
        """A number that is the same for nodes that say the same."""
        found = self._shape_of.get(id(node))
        if found is None:
            parts = (type(node), *(self._part(getattr(node, each.name)) for each in dataclass_fields(node)))
            found = self._shape_of[id(node)] = self._shapes.setdefault(parts, len(self._shapes))
        return found

    def _part(self, value: Any) -> Any:
        if isinstance(value, Node):
            return self.shape(value)
        if isinstance(value, tuple):
            return tuple(map(self._part, value))
        if isinstance(value, intervals.Interval):
            return value.unit, self._part(value.amount)
        # By their writing, for numbers may be equal and written otherwise; anything else only when it is the same thing.
        known = value is None or isinstance(value, str | int | Decimal | date)
        return (type(value), repr(value)) if known else id(value)

    def constant(self, value: Any) -> str:
        """The name of a value the source needs."""
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    def where(self, node: Node | None) -> str:
        """The name of a condition about another record, compiled; None where there is none."""
        return "None" if node is None else self.constant(value_of(node, plain=self.plain))

    def temporary(self) -> str:
        """A fresh local name."""
        self.temporaries += 1
        return f"t{self.temporaries}"

    def source(self, node: Node) -> str:
        """A Python expression for a node's value; kept in a local when the node is asked for more than once."""
        shape = self.shape(node)
        text = self._texts.get(shape)
        if text is None:
            text = self.written(node)
            if not isinstance(node, _CHEAP) and self.uses[shape] > 1:
                name = self.kept[shape] = f"c{len(self.kept)}"
                # Whether it was worked out already depends on the way through the conditions before.
                text = f"({name} if {name} is not U else ({name} := {text}))"
            self._texts[shape] = text
        return text

    def read(self, node: Node) -> tuple[str, str]:
        """What finds a node's value, and what the value is called from then on."""
        text = self.source(node)
        if text.isidentifier():
            return text, text
        name = self.kept.get(self.shape(node))
        if name is not None:
            return text, name
        name = self.temporary()
        return f"({name} := {text})", name

    def given(self, parts: Sequence[Node]) -> tuple[list[str], list[str]]:
        """What must not be None of some values before they are used, in order, and what they are called then."""
        tests, names = [], []
        for node in parts:
            if compiled_nodes.is_sure(node):
                names.append(self.source(node))
            else:
                text, name = self.read(node)
                tests.append(text)
                names.append(name)
        return tests, names

    def unless_missing(self, parts: Sequence[Node], said: Callable[..., str]) -> str:
        """What is said of some values, None when one of them is missing."""
        tests, names = self.given(parts)
        if not tests:
            return f"({said(*names)})"
        return f"(None if {' or '.join(f'{text} is None' for text in tests)} else {said(*names)})"

    def decides(self, node: Node, truth: bool) -> str:
        """A Python condition: whether a node's value is `truth` (True or False), which None is not."""
        writer = compiled_nodes.TRUTHS.get(type(node))
        if writer is None or (self.uses[self.shape(node)] > 1 and self.heavy(node)):
            return f"({self.source(node)} is {truth})"
        return writer(self, node, truth)

    def heavy(self, node: Node) -> bool:
        """Whether a value takes longer to find than to keep."""
        shape = self.shape(node)
        found = self._heavy.get(shape)
        if found is None:
            light = isinstance(node, _LIGHT)
            found = self._heavy[shape] = not light or any(self.heavy(each) for each in self.inside(node))
        return found

    def written(self, node: Node) -> str:
        """The expression itself."""
        writer = self.writer(type(node))
        if writer is None:
            return f"run({self.constant(node)}, {self.arguments})"
        return writer(self, node)

    def writer(self, kind: type[Node]) -> Callable[[Any, Any], str] | None:
        """How a node of this kind is written; None leaves it to the reference."""
        return compiled_nodes.WRITERS.get(kind)


# ---- what the source calls --------------------------------------------------------------------------------------


def _known(value: Any) -> Any:
    """As `row` reads an answer: what is missing is None, several options are a frozenset."""
    if value is None or fields.is_missing(value):
        return None
    return frozenset(value) if isinstance(value, set | list) else value


def _run_by_reference(node: Node, record: Record, subject: Subject) -> Any:
    return row._run(node, row._Frame(subject, record, None))


def _previous(
    record: Record,
    subject: Subject,
    within: Any,
    having: Callable[..., Any] | None,
    value: Callable[..., Any],
) -> Any:
    """As `row._previous`."""
    here = (record.done_on, record.id)
    for earlier in subject.newest_first(record.form):
        if (earlier.done_on, earlier.id) >= here:
            continue
        if within is not None and (record.done_on - earlier.done_on).days > within:
            return None
        if having is None or having(earlier, subject) is True:
            return value(earlier, subject)
    return None


def _starts(kind: str, record: Record, subject: Subject) -> Any:
    found = None
    for each in subject.episodes:
        if (
            each.kind == kind
            and each.started_on <= record.done_on
            and (found is None or each.started_on > found)
        ):
            found = each.started_on
    return found


def _rows_where(rows: Any, where: Node, record: Record, subject: Subject) -> int:
    frame = row._Frame(subject, record, None)
    return sum(row._run(where, frame.of(row.replace(record, answers=each))) is True for each in rows)
