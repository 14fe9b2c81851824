"""What each node of the closed list is called in Chinese; period nodes are in `period_phrases`.

A parameter is shown with its latest value and its code, under which the chapter of parameters has dates and source.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import singledispatch
from itertools import groupby
from typing import Any

from gongwei.language import intervals, nodes
from gongwei.language.episodes import Episode
from gongwei.language.expressions import Node
from gongwei.language.parameters import ParameterDefinition
from gongwei.language.types import NUMBER, TRUTH, Kind

#: How tightly a phrase holds together; a looser one inside a tighter one is put in brackets.
OR, AND, RELATION, SUM, PRODUCT, WORD = range(6)

SIGNS = {"eq": "＝", "ne": "≠", "lt": "＜", "le": "≤", "gt": "＞", "ge": "≥"}
CONTRARY = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}
OPERATORS = {
    "add": ("＋", SUM),
    "subtract": ("－", SUM),
    "multiply": ("×", PRODUCT),
    "divide": ("÷", PRODUCT),
}
UNITS = {
    intervals.DAY: "天",
    intervals.WEEK: "周",
    intervals.MONTH: "个月",
    intervals.QUARTER: "个季度",
    intervals.YEAR: "年",
}
CALENDAR = {
    intervals.DAY: "日期",
    intervals.WEEK: "周",
    intervals.MONTH: "月份",
    intervals.QUARTER: "季度",
    intervals.YEAR: "年份",
}
AGES = {intervals.DAY: "日龄", intervals.WEEK: "周龄", intervals.MONTH: "月龄", intervals.YEAR: "周岁年龄"}


@dataclass(frozen=True)
class Names:
    """What codes are called: parameters, kinds of episode, results of decision tables."""

    parameters: Mapping[str, ParameterDefinition]
    episodes: Mapping[str, Episode]
    #: Long expressions that have a name of their own, by what they are made of (`key`): the result of a decision table.
    known: Mapping[str, str] = field(default_factory=dict)
    #: What the codes of such a result are called.
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def episode(self, code: str) -> str:
        """An episode by its title; the code for one nobody defined."""
        return f"“{self.episodes[code].title if code in self.episodes else code}”"


@dataclass(frozen=True)
class Phrase:
    """Words, and how tightly they hold together."""

    text: str
    strength: int = WORD

    def within(self, strength: int) -> str:
        """The words as part of something that holds together so tightly."""
        return self.text if self.strength >= strength else f"（{self.text}）"


def value(given: Any, of: Node | None = None) -> str:
    """A plain value as users read it; a code by its label where the node knows its value list."""
    if given is None:
        return "空"
    if isinstance(given, bool):
        return "是" if given else "否"
    if isinstance(given, date):
        return given.isoformat()
    if of is not None and of.type.options is not None and isinstance(given, str):
        return f"“{of.type.options.label(given)}”"
    return f"“{given}”" if isinstance(given, str) else str(given)


def interval(span: intervals.Interval, names: Names) -> str:
    """An interval, as in `3个月`."""
    if isinstance(span.amount, int):
        return f"{span.amount}{UNITS[span.unit]}"
    definition = names.parameters.get(span.amount.code)
    number = value(definition.values[-1].value) if definition else "？"
    return f"{number}{UNITS[span.unit]}〔{span.amount.code}〕"


def key(node: Node) -> str:
    """What a node is made of, as text: equal for nodes that mean the same."""
    return str(node.written())


@singledispatch
def phrase(node: Node, names: Names) -> Phrase:
    """The words for a node.

    Raises:
        NotImplementedError: a node this face does not know.
    """
    raise NotImplementedError(f"{type(node).__name__} has no Chinese words")


@phrase.register
def _literal(node: nodes.Literal, names: Names) -> Phrase:
    return Phrase(value(node.value, node))


@phrase.register
def _answer(node: nodes.Answer, names: Names) -> Phrase:
    return Phrase(f"{node.field.label}为“是”", RELATION) if node.type == TRUTH else Phrase(node.field.label)


@phrase.register
def _attribute(node: nodes.Attribute, names: Names) -> Phrase:
    return Phrase(node.label or node.name)


@phrase.register
def _record_day(node: nodes.RecordDay, names: Names) -> Phrase:
    return Phrase("服务日期")


@phrase.register
def _entry_day(node: nodes.EntryDay, names: Names) -> Phrase:
    return Phrase("录入当日")


@phrase.register
def _parameter(node: nodes.Parameter, names: Names) -> Phrase:
    known = names.parameters.get(node.code)
    if known is None:
        return Phrase(f"参数〔{node.code}〕")
    held = value(known.values[-1].value)
    if node.type == NUMBER:
        return Phrase(f"{held}{known.unit}〔{node.code}〕")
    if node.type == TRUTH:
        return Phrase(_truth(node, names, "是"), RELATION)
    return Phrase(f"参数“{known.title}”（默认{held}）〔{node.code}〕")


def _truth(node: nodes.Parameter, names: Names, wanted: str) -> str:
    known = names.parameters[node.code]
    return f"参数“{known.title}”为“{wanted}”（默认“{value(known.values[-1].value)}”）〔{node.code}〕"


@phrase.register
def _episode_start(node: nodes.EpisodeStart, names: Names) -> Phrase:
    return Phrase(f"{names.episode(node.episode)}的纳入日期")


@phrase.register
def _previous_value(node: nodes.Previous, names: Names) -> Phrase:
    inner = phrase(node.value, names)
    joined = "时，" if node.type == TRUTH else "的"
    return Phrase(f"{previous_record(node, names)}{joined}{inner.within(RELATION)}", RELATION)


def previous_record(node: nodes.Previous, names: Names) -> str:
    """Which earlier record is meant."""
    limits = []
    if node.within is not None:
        limits.append(f"{number_of_days(node.within, names)}之内")
    if node.having is not None:
        limits.append(f"只看{phrase(node.having, names).text}的")
    return f"上一次记录（{'，'.join(limits)}）" if limits else "上一次记录"


def number_of_days(node: Node, names: Names) -> str:
    """A number that means days; a parameter says its unit itself."""
    said = phrase(node, names)
    return f"{said.text}天" if isinstance(node, nodes.Literal) else said.within(WORD)


@phrase.register
def _compare(node: nodes.Compare, names: Names) -> Phrase:
    return _comparison(node.op, node, names)


def _comparison(op: str, node: nodes.Compare, names: Names) -> Phrase:
    left, right = phrase(node.left, names).within(SUM), phrase(node.right, names).within(SUM)
    if node.left.type.kind is Kind.CODE and op in ("eq", "ne"):
        return Phrase(f"{left}{'为' if op == 'eq' else '不是'}{right}", RELATION)
    return Phrase(f"{left}{SIGNS[op]}{right}", RELATION)


@phrase.register
def _is_in(node: nodes.IsIn, names: Names) -> Phrase:
    labels = names.labels.get(key(node.value), {}) if isinstance(node.value, nodes.Case) else {}
    options = "、".join(
        f"“{labels[str(each.value)]}”" if each.value in labels else phrase(each, names).text
        for each in node.values
    )
    return Phrase(f"{phrase(node.value, names).within(SUM)}为{options}之一", RELATION)


@phrase.register
def _is_missing(node: nodes.IsMissing, names: Names) -> Phrase:
    return Phrase(f"{_named(node.value, names)}{_lacking(node.value)}", RELATION)


def _named(node: Node, names: Names) -> str:
    return node.field.label if isinstance(node, nodes.Answer) else phrase(node, names).within(SUM)


def _lacking(node: Node) -> str:
    return "未填写" if isinstance(node, nodes.Answer) else "未知"


@phrase.register
def _and(node: nodes.And, names: Names) -> Phrase:
    if title := names.known.get(key(node)):
        return Phrase(title, RELATION)
    return Phrase("，且".join(phrase(part, names).within(RELATION) for part in node.parts), AND)


@phrase.register
def _or(node: nodes.Or, names: Names) -> Phrase:
    parts = alternatives(node)
    if len(parts) == 1:
        chosen = [part for part in node.parts if isinstance(part, nodes.Has)]
        options = "、".join(_option(part) for part in chosen)
        return Phrase(f"{phrase(chosen[0].value, names).text}选了{options}之一", RELATION)
    return Phrase("，或".join(phrase(part, names).within(RELATION) for part in parts), OR)


def alternatives(node: nodes.Or) -> list[Node]:
    """The parts, with neighbouring options of one question (`has_any`) put together again."""
    found: list[Node] = []
    for _, group in groupby(
        node.parts, lambda part: key(part.value) if isinstance(part, nodes.Has) else id(part)
    ):
        same = tuple(group)
        found.append(same[0] if len(same) == 1 else nodes.Or(same))
    return found


@phrase.register
def _not(node: nodes.Not, names: Names) -> Phrase:
    inner = node.value
    if isinstance(inner, nodes.Compare):
        return _comparison(CONTRARY[inner.op], inner, names)
    if isinstance(inner, nodes.IsMissing):
        filled = "已填写" if isinstance(inner.value, nodes.Answer) else "已知"
        return Phrase(f"{_named(inner.value, names)}{filled}", RELATION)
    if isinstance(inner, nodes.Answer):
        return Phrase(f"{inner.field.label}为“否”", RELATION)
    if isinstance(inner, nodes.Has):
        return Phrase(f"{phrase(inner.value, names).text}未选{_option(inner)}", RELATION)
    if isinstance(inner, nodes.Parameter) and inner.code in names.parameters:
        return Phrase(_truth(inner, names, "否"), RELATION)
    if isinstance(inner, nodes.Not):
        return phrase(inner.value, names)
    return Phrase(f"以下不成立（{phrase(inner, names).text}）", RELATION)


@phrase.register
def _count_true(node: nodes.CountTrue, names: Names) -> Phrase:
    return Phrase(f"下列成立的项数（{'；'.join(phrase(part, names).text for part in node.parts)}）")


@phrase.register
def _arithmetic(node: nodes.Arithmetic, names: Names) -> Phrase:
    sign, strength = OPERATORS[node.op]
    # a − (b − c) and a ÷ (b × c) need their brackets; a + b + c does not.
    tighter = strength + (node.op in ("subtract", "divide"))
    left, right = phrase(node.left, names).within(strength), phrase(node.right, names).within(tighter)
    return Phrase(f"{left}{sign}{right}", strength)


@phrase.register
def _round(node: nodes.Round, names: Names) -> Phrase:
    digits = f"保留{node.digits}位小数" if node.digits else "取整数"
    return Phrase(f"{phrase(node.value, names).within(WORD)}（四舍五入，{digits}）")


@phrase.register
def _extreme(node: nodes.Extreme, names: Names) -> Phrase:
    least, greatest = ("较小者", "较大者") if node.type == NUMBER else ("较早者", "较晚者")
    parts = "、".join(phrase(part, names).within(SUM) for part in node.parts)
    return Phrase(f"{parts}中的{least if node.which == 'least' else greatest}")


@phrase.register
def _last_digit(node: nodes.LastDigit, names: Names) -> Phrase:
    return Phrase(f"{phrase(node.value, names).within(WORD)}的个位数")


@phrase.register
def _date_distance(node: nodes.DateDistance, names: Names) -> Phrase:
    if isinstance(node.start, nodes.Attribute) and node.start.name == "birth_date" and node.unit in AGES:
        when = "" if isinstance(node.end, nodes.RecordDay) else f"{phrase(node.end, names).text}的"
        return Phrase(f"{when}{AGES[node.unit]}")
    return Phrase(
        f"从{phrase(node.start, names).text}到{phrase(node.end, names).text}的整{UNITS[node.unit]}数"
    )


@phrase.register
def _date_add(node: nodes.DateAdd, names: Names) -> Phrase:
    where = "之前" if node.back else "之后"
    return Phrase(f"{phrase(node.start, names).within(WORD)}{where}{interval(node.interval, names)}")


@phrase.register
def _case(node: nodes.Case, names: Names) -> Phrase:
    if title := names.known.get(key(node)):
        return Phrase(title)
    parts = [f"{phrase(when, names).text}时，{phrase(then, names).text}" for when, then in node.whens]
    return Phrase(f"分情况（{'；'.join(parts)}；其他情况，{phrase(node.otherwise, names).text}）")


@phrase.register
def _coalesce(node: nodes.Coalesce, names: Names) -> Phrase:
    first, *rest = (phrase(part, names) for part in node.parts)
    instead = "，再未知".join(f"按{each.text}" for each in rest)
    return Phrase(f"{first.within(RELATION)}（未知时{instead}）", RELATION if node.type == TRUTH else WORD)


@phrase.register
def _has(node: nodes.Has, names: Names) -> Phrase:
    return Phrase(f"{phrase(node.value, names).text}选了{_option(node)}", RELATION)


def _option(node: nodes.Has) -> str:
    options = node.value.type.options
    return f"“{options.label(node.code) if options else node.code}”"


@phrase.register
def _chosen_count(node: nodes.ChosenCount, names: Names) -> Phrase:
    return Phrase(f"{phrase(node.value, names).text}所选项数")


@phrase.register
def _rows_count(node: nodes.RowsCount, names: Names) -> Phrase:
    which = "" if node.where is None else f"中{phrase(node.where, names).within(RELATION)}"
    return Phrase(f"{phrase(node.rows, names).text}{which}的行数")
