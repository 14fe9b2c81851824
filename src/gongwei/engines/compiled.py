"""The reference engine made fast for very many records: conditions about a record written out as Python source once.

Nothing means anything here that it does not mean in `row`: each node below says the same in source, any other node is run
by `row` itself, and the generated tests hold the two equal (tests/generative/test_compiled_agrees.py). Used where one
definition is run on a hundred thousand records of as many residents (import, findings in bulk); for a single record
`row` is quicker, since nothing needs to be compiled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from gongwei.engines import row
from gongwei.engines.row import Record, Subject
from gongwei.language import fields, intervals, nodes
from gongwei.language.expressions import Node, children
from gongwei.language.record_nodes import QUOTIENT_DIGITS

#: `values(record, subject)` gives the value of each condition, in order.
Values = Callable[[Record, Subject], tuple[Any, ...]]
#: Nodes whose value takes long enough to find that it is kept for the next time it is asked for in the same record.
_CHEAP = (nodes.Literal, nodes.Answer, nodes.RecordDay, nodes.EntryDay, nodes.Attribute)


class _Unset:
    """Not worked out yet: None is a value."""


def values_of(wanted: Sequence[Node], *, plain: bool = False) -> Values:
    """Compile some conditions into one function; what they share is worked out once for each record.

    `plain`: the caller promises that no record holds a missing answer or a changeable set of options, so that answers are
    taken as they stand. The same holds for `first_true` and `value_of`.
    """
    source = Source(wanted, plain=plain)
    return source.compile(f"return ({''.join(f'{{{place}}}, ' for place in range(len(wanted)))})")


def first_true(wanted: Sequence[Node], *, plain: bool = False) -> Callable[[Record, Subject], int]:
    """Compile conditions into a function that gives the place of the first that is True, -1 when none is."""
    lines = [f"if {{{place}}} is True: return {place}" for place in range(len(wanted))]
    return Source(wanted, plain=plain).compile("\n    ".join([*lines, "return -1"]))


def value_of(node: Node, *, plain: bool = False) -> Callable[[Record, Subject], Any]:
    """Compile one condition."""
    return Source([node], plain=plain).compile("return {0}")


def evaluate(node: Node, record: Record, subject: Subject) -> Any:
    """As `row.evaluate`, for conditions of definitions asked again and again: compiled at the first call."""
    return _kept(node)(record, subject)


# Nodes are told apart by identity, and what is kept keeps its node alive.
@lru_cache(16_384)
def _kept(node: Node) -> Callable[[Record, Subject], Any]:
    return value_of(node)


class Source:
    """One function in the making: names of answers, of kept values and of constants."""

    arguments = "record, subject"

    def __init__(self, wanted: Sequence[Node], *, plain: bool = False) -> None:
        self.wanted, self.plain = wanted, plain
        self.constants: dict[str, Any] = {
            "U": _Unset, "Decimal": Decimal, "E": row._EXACT, "known": _known, "previous": _previous, "starts": _starts,
            "rounded": row._rounded, "completed": intervals.completed, "add": intervals.add, "run": _run_by_reference,
            "rows_where": _rows_where, "Q": QUOTIENT_DIGITS,
        }  # fmt: skip
        self.answers: dict[str, str] = {}
        self.kept: dict[int, str] = {}
        #: Source of what is asked of the subject under a name (a parameter, a start of care) → its local name.
        self.asked: dict[str, str] = {}
        self.temporaries = 0
        self.uses = Counter(id(inner) for node in wanted for inner in self.all_in(node))

    def compile(self, body: str) -> Callable[..., Any]:
        """The function; each `{n}` of the body becomes the source of the n-th condition."""
        sources = [self.source(node) for node in self.wanted]
        head = ["    attribute = subject.attributes.get"]
        if self.answers:
            head.append("    answers = record.answers.get")
        read = "answers({!r})" if self.plain else "known(answers({!r}))"
        head += [f"    {name} = {read.format(field)}" for field, name in self.answers.items()]
        head += [f"    {name} = U" for name in (*self.kept.values(), *self.asked.values())]
        text = (
            f"def compiled({self.arguments}):\n" + "\n".join(head) + "\n    " + body.format(*sources) + "\n"
        )
        exec(compile(text, "<conditions>", "exec"), self.constants)
        found: Callable[..., Any] = self.constants["compiled"]
        return found

    def all_in(self, node: Node) -> Iterator[Node]:
        """A node and those within it that are worked out in the same place."""
        return _all_in(node)

    def constant(self, value: Any) -> str:
        """The name of a value the source needs."""
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    def temporary(self) -> str:
        """A fresh local name."""
        self.temporaries += 1
        return f"t{self.temporaries}"

    def source(self, node: Node) -> str:
        """A Python expression for a node's value; kept in a local when the node is asked for more than once."""
        if isinstance(node, _CHEAP) or self.uses[id(node)] < 2:
            return self.written(node)
        name = self.kept.setdefault(id(node), f"c{len(self.kept)}")
        # Whether it was worked out already depends on the way through the conditions before.
        return f"({name} if {name} is not U else ({name} := {self.written(node)}))"

    def once(self, asking: str) -> str:
        """A call that gives the same throughout the function, made at most once."""
        name = self.asked.setdefault(asking, f"q{len(self.asked)}")
        return f"({name} if {name} is not U else ({name} := {asking}))"

    def written(self, node: Node) -> str:
        """The expression itself."""
        writer = self.writer(type(node))
        if writer is None:
            return f"run({self.constant(node)}, {self.arguments})"
        return writer(self, node)

    def writer(self, kind: type[Node]) -> Callable[[Any, Any], str] | None:
        """How a node of this kind is written; None leaves it to the reference."""
        return WRITERS.get(kind)


def _all_in(node: Node) -> Iterator[Node]:
    """A node and those within it that are about the same record."""
    yield node
    if not isinstance(node, nodes.Previous | nodes.RowsCount):
        for child in children(node):
            yield from _all_in(child)


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
    return max(
        (e.started_on for e in subject.episodes if e.kind == kind and e.started_on <= record.done_on),
        default=None,
    )


def _rows_where(rows: Any, where: Node, record: Record, subject: Subject) -> int:
    frame = row._Frame(subject, record, None)
    return sum(row._run(where, frame.of(row.replace(record, answers=each))) is True for each in rows)


# ---- one writer for each node -----------------------------------------------------------------------------------


def _literal(source: Source, node: nodes.Literal) -> str:
    return (
        repr(node.value)
        if node.value is None or type(node.value) in (int, str, bool)
        else source.constant(node.value)
    )


def _answer(source: Source, node: nodes.Answer) -> str:
    return source.answers.setdefault(node.field.name, f"a{len(source.answers)}")


def _parameter(source: Source, node: nodes.Parameter) -> str:
    return source.once(f"subject.parameters({node.code!r}, record.done_on)")


def _previous_source(source: Source, node: nodes.Previous) -> str:
    within = "None" if node.within is None else source.source(node.within)
    having = "None" if node.having is None else source.constant(value_of(node.having, plain=source.plain))
    value = source.constant(value_of(node.value, plain=source.plain))
    return f"previous(record, subject, {within}, {having}, {value})"


_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def _compare(source: Source, node: nodes.Compare) -> str:
    left, right = source.temporary(), source.temporary()
    return (
        f"(None if ({left} := {source.source(node.left)}) is None or ({right} := {source.source(node.right)}) is None"
        f" else {left} {_SIGNS[node.op]} {right})"
    )


def _is_in(source: Source, node: nodes.IsIn) -> str:
    value, known = source.temporary(), source.constant(tuple(each.value for each in node.values))
    return f"(None if ({value} := {source.source(node.value)}) is None else {value} in {known})"


def _joined(source: Source, node: nodes.And | nodes.Or, decides: str, otherwise: str) -> str:
    names = [source.temporary() for _ in node.parts]
    tests = [
        f"({name} := {source.source(part)}) is {decides}"
        for name, part in zip(names, node.parts, strict=True)
    ]
    unknown = " or ".join(f"{name} is None" for name in names)
    return f"({decides} if {' or '.join(tests)} else None if {unknown} else {otherwise})"


def _not(source: Source, node: nodes.Not) -> str:
    value = source.temporary()
    return f"(None if ({value} := {source.source(node.value)}) is None else not {value})"


def _arithmetic(source: Source, node: nodes.Arithmetic) -> str:
    left, right = source.temporary(), source.temporary()
    both = f"None if ({left} := {source.source(node.left)}) is None or ({right} := {source.source(node.right)}) is None"
    if node.op == "divide":
        return f"({both} or {right} == 0 else rounded(E.divide(Decimal({left}), Decimal({right})), Q))"
    return f"({both} else E.{node.op}(Decimal({left}), Decimal({right})))"


def _round(source: Source, node: nodes.Round) -> str:
    value = source.temporary()
    return f"(None if ({value} := {source.source(node.value)}) is None else rounded(Decimal({value}), {node.digits}))"


def _extreme(source: Source, node: nodes.Extreme) -> str:
    names = [source.temporary() for _ in node.parts]
    given = " or ".join(
        f"({name} := {source.source(part)}) is None" for name, part in zip(names, node.parts, strict=True)
    )
    return f"(None if {given} else {'min' if node.which == 'least' else 'max'}({', '.join(names)}))"


def _last_digit(source: Source, node: nodes.LastDigit) -> str:
    value = source.temporary()
    return f"(None if ({value} := {source.source(node.value)}) is None else int(abs({value})) % 10)"


def _date_distance(source: Source, node: nodes.DateDistance) -> str:
    start, end = source.temporary(), source.temporary()
    return (
        f"(None if ({start} := {source.source(node.start)}) is None or ({end} := {source.source(node.end)}) is None"
        f" else completed({source.constant(node.unit)}, {start}, {end}))"
    )


def _date_add(source: Source, node: nodes.DateAdd) -> str:
    start, amount = source.temporary(), source.temporary()
    said = node.interval.amount
    value = str(said) if isinstance(said, int) else source.source(said)
    return (
        f"(None if ({start} := {source.source(node.start)}) is None or ({amount} := {value}) is None"
        f" else add({start}, {source.constant(node.interval.unit)}, {'-' if node.back else ''}int({amount})))"
    )


def _case(source: Source, node: nodes.Case) -> str:
    whens = "".join(
        f"{source.source(value)} if {source.source(condition)} is True else "
        for condition, value in node.whens
    )
    return f"({whens}{source.source(node.otherwise)})"


def _coalesce(source: Source, node: nodes.Coalesce) -> str:
    tests = []
    for part in node.parts:
        name = source.temporary()
        tests.append(f"{name} if ({name} := {source.source(part)}) is not None else ")
    return f"({''.join(tests)}None)"


def _has(source: Source, node: nodes.Has) -> str:
    value = source.temporary()
    return f"(None if ({value} := {source.source(node.value)}) is None else {node.code!r} in {value})"


def _chosen_count(source: Source, node: nodes.ChosenCount) -> str:
    value = source.temporary()
    return f"(None if ({value} := {source.source(node.value)}) is None else len(set({value})))"


def _rows_count(source: Source, node: nodes.RowsCount) -> str:
    rows = f"({source.source(node.rows)} or ())"
    return (
        f"len{rows}"
        if node.where is None
        else f"rows_where({rows}, {source.constant(node.where)}, record, subject)"
    )


def _count_true(source: Source, node: nodes.CountTrue) -> str:
    return "(" + (" + ".join(f"({source.source(part)} is True)" for part in node.parts) or "0") + ")"


WRITERS: dict[type[Node], Callable[[Source, Any], str]] = {
    nodes.Literal: _literal,
    nodes.Answer: _answer,
    nodes.Attribute: lambda source, node: f"known(attribute({node.name!r}))",
    nodes.RecordDay: lambda source, node: "record.done_on",
    nodes.EntryDay: lambda source, node: "record.entered_on",
    nodes.Parameter: _parameter,
    nodes.EpisodeStart: lambda source, node: source.once(f"starts({node.episode!r}, record, subject)"),
    nodes.Previous: _previous_source,
    nodes.Compare: _compare,
    nodes.IsIn: _is_in,
    # Named, for `5 is None` is a warning.
    nodes.IsMissing: lambda source, node: f"(({source.temporary()} := {source.source(node.value)}) is None)",
    nodes.And: lambda source, node: _joined(source, node, "False", "True"),
    nodes.Or: lambda source, node: _joined(source, node, "True", "False"),
    nodes.Not: _not,
    nodes.CountTrue: _count_true,
    nodes.Arithmetic: _arithmetic,
    nodes.Round: _round,
    nodes.Extreme: _extreme,
    nodes.LastDigit: _last_digit,
    nodes.DateDistance: _date_distance,
    nodes.DateAdd: _date_add,
    nodes.Case: _case,
    nodes.Coalesce: _coalesce,
    nodes.Has: _has,
    nodes.ChosenCount: _chosen_count,
    nodes.RowsCount: _rows_count,
}


def remembering(parameters: row.ParameterLookup) -> row.ParameterLookup:
    """A parameter lookup that remembers: a batch asks for the same few parameters on the same few days."""
    known: dict[tuple[str, Any], Any] = {}

    def lookup(code: str, day: Any) -> Any:
        found = known.get((code, day), _Unset)
        if found is _Unset:
            found = known[code, day] = parameters(code, day)
        return found

    return lookup
