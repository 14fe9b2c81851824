"""How each node is written as Python source by `compiled`: its value, and whether it is a truth that is looked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from gongwei.language import nodes
from gongwei.language.expressions import Node, children

if TYPE_CHECKING:
    from gongwei.engines.compiled import Source


def is_sure(node: Node) -> bool:
    """Whether a value is never missing, whatever the record."""
    if isinstance(node, nodes.Literal):
        return node.value is not None
    if isinstance(node, nodes.IsMissing | nodes.CountTrue):
        return True
    if isinstance(node, nodes.Not | nodes.And | nodes.Or | nodes.Compare | nodes.IsIn):
        return all(map(is_sure, children(node)))
    if isinstance(node, nodes.Coalesce):
        return any(map(is_sure, node.parts))
    return False


def _literal(source: Source, node: nodes.Literal) -> str:
    # By name: Python warns of `3 is None`, which a question whether something is missing may come to.
    named = node.value is not None and not isinstance(node.value, bool)
    return source.constant(node.value) if named else repr(node.value)


def _answer(source: Source, node: nodes.Answer) -> str:
    return source.answers.setdefault(node.field.name, f"a{len(source.answers)}")


def _parameter(source: Source, node: nodes.Parameter) -> str:
    source.asks_parameters = True
    return f"parameter[{node.code!r}]"


def _previous_source(source: Source, node: nodes.Previous) -> str:
    within = "None" if node.within is None else source.source(node.within)
    return f"previous(record, subject, {within}, {source.where(node.having)}, {source.where(node.value)})"


_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def _compare(source: Source, node: nodes.Compare) -> str:
    return source.unless_missing((node.left, node.right), lambda a, b: f"{a} {_SIGNS[node.op]} {b}")


def _is_in(source: Source, node: nodes.IsIn) -> str:
    known = source.constant(tuple(each.value for each in node.values))
    return source.unless_missing((node.value,), lambda a: f"{a} in {known}")


def _joined(source: Source, node: nodes.And | nodes.Or, decides: bool) -> str:
    if is_sure(node):
        return f"({(' or ' if decides else ' and ').join(map(source.source, node.parts))})"
    read = [source.read(part) for part in node.parts]
    tests = " or ".join(f"{text} is {decides}" for text, _ in read)
    unknown = " or ".join(
        f"{name} is None" for part, (_, name) in zip(node.parts, read, strict=True) if not is_sure(part)
    )
    return f"({decides} if {tests} else None if {unknown} else {not decides})"


def _not(source: Source, node: nodes.Not) -> str:
    return source.unless_missing((node.value,), lambda a: f"not {a}")


def _arithmetic(source: Source, node: nodes.Arithmetic) -> str:
    tests, (left, right) = source.given((node.left, node.right))
    missing = [f"{text} is None" for text in tests]
    said = f"E.{node.op}(Decimal({left}), Decimal({right}))"
    if node.op == "divide":
        missing.append(f"{right} == 0")
        said = f"rounded({said}, Q)"
    return f"(None if {' or '.join(missing)} else {said})" if missing else f"({said})"


def _round(source: Source, node: nodes.Round) -> str:
    return source.unless_missing((node.value,), lambda a: f"rounded(Decimal({a}), {node.digits})")


def _extreme(source: Source, node: nodes.Extreme) -> str:
    which = "min" if node.which == "least" else "max"
    return source.unless_missing(node.parts, lambda *names: f"{which}({', '.join(names)})")


def _last_digit(source: Source, node: nodes.LastDigit) -> str:
    return source.unless_missing((node.value,), lambda a: f"int(abs({a})) % 10")


def _date_distance(source: Source, node: nodes.DateDistance) -> str:
    unit = source.constant(node.unit)
    return source.unless_missing((node.start, node.end), lambda a, b: f"completed({unit}, {a}, {b})")


def _date_add(source: Source, node: nodes.DateAdd) -> str:
    said, unit, sign = (
        node.interval.amount,
        source.constant(node.interval.unit),
        "-" if node.back else "",
    )
    if isinstance(said, int):
        return source.unless_missing((node.start,), lambda a: f"add({a}, {unit}, {sign}{said})")
    return source.unless_missing((node.start, said), lambda a, b: f"add({a}, {unit}, {sign}int({b}))")


def _case(source: Source, node: nodes.Case) -> str:
    whens = "".join(
        f"{source.source(value)} if {source.decides(condition, True)} else "
        for condition, value in node.whens
    )
    return f"({whens}{source.source(node.otherwise)})"


def _coalesce(source: Source, node: nodes.Coalesce) -> str:
    tests = []
    for part in node.parts:
        if is_sure(part):
            return f"({''.join(tests)}{source.source(part)})"
        text, name = source.read(part)
        tests.append(f"{name} if {text} is not None else ")
    return f"({''.join(tests)}None)"


def _has(source: Source, node: nodes.Has) -> str:
    return source.unless_missing((node.value,), lambda a: f"{node.code!r} in {a}")


def _chosen_count(source: Source, node: nodes.ChosenCount) -> str:
    return source.unless_missing((node.value,), lambda a: f"len(set({a}))")


def _rows_count(source: Source, node: nodes.RowsCount) -> str:
    rows = f"({source.source(node.rows)} or ())"
    return (
        f"len{rows}"
        if node.where is None
        else f"rows_where({rows}, {source.constant(node.where)}, record, subject)"
    )


def _count_true(source: Source, node: nodes.CountTrue) -> str:
    return "(" + (" + ".join(f"({source.decides(part, True)})" for part in node.parts) or "0") + ")"


WRITERS: dict[type[Node], Callable[[Source, Any], str]] = {
    nodes.Literal: _literal,
    nodes.Answer: _answer,
    nodes.Attribute: lambda source, node: f"known(attribute({node.name!r}))",
    nodes.RecordDay: lambda source, node: "record.done_on",
    nodes.EntryDay: lambda source, node: "record.entered_on",
    nodes.Parameter: _parameter,
    nodes.EpisodeStart: lambda source, node: f"starts({node.episode!r}, record, subject)",
    nodes.Previous: _previous_source,
    nodes.Compare: _compare,
    nodes.IsIn: _is_in,
    nodes.IsMissing: lambda source, node: (
        "False" if is_sure(node.value) else f"({source.source(node.value)} is None)"
    ),
    nodes.And: lambda source, node: _joined(source, node, False),
    nodes.Or: lambda source, node: _joined(source, node, True),
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


# ---- whether a truth is the one that is looked for: no difference between the others need be made -----------------


def _all_or_any(source: Source, node: nodes.And | nodes.Or, truth: bool) -> str:
    joined = " and " if isinstance(node, nodes.And) is truth else " or "
    return f"({joined.join(source.decides(part, truth) for part in node.parts)})"


def _if_known(source: Source, parts: Sequence[Node], said: Callable[..., str], truth: bool) -> str:
    tests, names = source.given(parts)
    holds = said(*names) if truth else f"not {said(*names)}"
    return f"({' and '.join([*(f'{text} is not None' for text in tests), holds])})"


def _case_decides(source: Source, node: nodes.Case, truth: bool) -> str:
    whens = "".join(
        f"{source.decides(value, truth)} if {source.decides(condition, True)} else "
        for condition, value in node.whens
    )
    return f"({whens}{source.decides(node.otherwise, truth)})"


def _compare_decides(source: Source, node: nodes.Compare, truth: bool) -> str:
    return _if_known(source, (node.left, node.right), lambda a, b: f"({a} {_SIGNS[node.op]} {b})", truth)


def _is_in_decides(source: Source, node: nodes.IsIn, truth: bool) -> str:
    known = source.constant(tuple(each.value for each in node.values))
    return _if_known(source, (node.value,), lambda a: f"({a} in {known})", truth)


def _is_missing_decides(source: Source, node: nodes.IsMissing, truth: bool) -> str:
    if is_sure(node.value):
        return str(not truth)
    return f"({source.source(node.value)} is {'None' if truth else 'not None'})"


TRUTHS: dict[type[Node], Callable[[Source, Any, bool], str]] = {
    nodes.And: _all_or_any,
    nodes.Or: _all_or_any,
    nodes.Not: lambda source, node, truth: source.decides(node.value, not truth),
    nodes.Case: _case_decides,
    nodes.Compare: _compare_decides,
    nodes.IsIn: _is_in_decides,
    nodes.IsMissing: _is_missing_decides,
    nodes.Has: lambda source, node, truth: _if_known(
        source, (node.value,), lambda a: f"({node.code!r} in {a})", truth
    ),
}
