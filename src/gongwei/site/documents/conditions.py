"""Conditions in Chinese words: what a definition says, for readers who do not read Python.

`phrase` knows every node of the closed list; `words` gives one sentence; `outline` gives long conditions as a nested list.
A parameter is shown with its latest value and its code, under which the chapter of parameters has dates and source.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import singledispatch
from typing import Any

from gongwei.language import intervals, nodes
from gongwei.language.episodes import Episode
from gongwei.language.expressions import Expression, Node, as_node
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
#: A condition longer than this is written as a list.
LONG = 48


@dataclass(frozen=True)
class Names:
    """What codes are called: parameters and kinds of episode."""

    parameters: Mapping[str, ParameterDefinition]
    episodes: Mapping[str, Episode]

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


def words(condition: Expression | Decimal | int, names: Names) -> str:
    """A condition or value as one Chinese sentence without a full stop."""
    return phrase(as_node(condition), names).text


def outline(condition: Expression, names: Names, depth: int = 0) -> list[str]:
    """A condition as lines of a nested Markdown list; a short one as one line."""
    node, indent = condition.node, "  " * depth + "- "
    text = phrase(node, names).text
    if len(text) <= LONG:
        return [indent + text]
    if isinstance(node, nodes.And | nodes.Or):
        head = "以下各项都成立：" if isinstance(node, nodes.And) else "以下任何一项成立："
        return [indent + head, *(line for part in node.parts for line in outline(part, names, depth + 1))]
    if isinstance(node, nodes.Not) and isinstance(node.value, nodes.And | nodes.Or | nodes.Case):
        return [indent + "以下不成立：", *outline(node.value, names, depth + 1)]
    if isinstance(node, nodes.Case) and node.type == TRUTH:
        lines = [indent + "按情况："]
        for when, value in node.whens:
            lines += [f"  {indent}{words(when, names)}时：", *outline(value, names, depth + 2)]
        return [*lines, f"  {indent}其他情况：{words(node.otherwise, names)}"]
    if isinstance(node, nodes.Previous) and node.type == TRUTH:
        return [indent + _previous(node, names) + "：", *outline(node.value, names, depth + 1)]
    return [indent + text]


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
        return Phrase(f"参数“{known.title}”为“是”（默认“{held}”）〔{node.code}〕", RELATION)
    return Phrase(f"参数“{known.title}”（默认{held}）〔{node.code}〕")


@phrase.register
def _episode_start(node: nodes.EpisodeStart, names: Names) -> Phrase:
    return Phrase(f"{names.episode(node.episode)}的纳入日期")


@phrase.register
def _previous_value(node: nodes.Previous, names: Names) -> Phrase:
    inner = phrase(node.value, names)
    joined = "时，" if node.type == TRUTH else "的"
    return Phrase(f"{_previous(node, names)}{joined}{inner.within(RELATION)}", RELATION)


def _previous(node: nodes.Previous, names: Names) -> str:
    limits = []
    if node.within is not None:
        limits.append(f"{words(node.within, names)}之内")
    if node.having is not None:
        limits.append(f"只看{words(node.having, names)}的")
    return f"上一次记录（{'，'.join(limits)}）" if limits else "上一次记录"


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
    options = "、".join(phrase(each, names).text for each in node.values)
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
    return Phrase("，且".join(phrase(part, names).within(RELATION) for part in node.parts), AND)


@phrase.register
def _or(node: nodes.Or, names: Names) -> Phrase:
    return Phrase("，或".join(phrase(part, names).within(RELATION) for part in node.parts), OR)


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
    if isinstance(inner, nodes.Not):
        return phrase(inner.value, names)
    return Phrase(f"以下不成立（{phrase(inner, names).text}）", RELATION)


@phrase.register
def _count_true(node: nodes.CountTrue, names: Names) -> Phrase:
    return Phrase(f"下列成立的项数（{'；'.join(words(part, names) for part in node.parts)}）")


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
        when = "" if isinstance(node.end, nodes.RecordDay) else f"{words(node.end, names)}的"
        return Phrase(f"{when}{AGES[node.unit]}")
    return Phrase(f"从{words(node.start, names)}到{words(node.end, names)}的整{UNITS[node.unit]}数")


@phrase.register
def _date_add(node: nodes.DateAdd, names: Names) -> Phrase:
    where = "之前" if node.back else "之后"
    return Phrase(f"{phrase(node.start, names).within(WORD)}{where}{interval(node.interval, names)}")


@phrase.register
def _case(node: nodes.Case, names: Names) -> Phrase:
    parts = [f"{words(when, names)}时，{words(then, names)}" for when, then in node.whens]
    return Phrase(f"分情况（{'；'.join(parts)}；其他情况，{words(node.otherwise, names)}）")


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


@phrase.register
def _period_edge(node: nodes.PeriodEdge, names: Names) -> Phrase:
    return Phrase("期初日" if node.which == "first" else "期末日")


@phrase.register
def _fact_value(node: nodes.FactValue, names: Names) -> Phrase:
    return Phrase(f"“{node.fact.label}”")


@phrase.register
def _episode_overlaps(node: nodes.EpisodeOverlaps, names: Names) -> Phrase:
    return Phrase(f"期内曾在{names.episode(node.episode)}中", RELATION)


@phrase.register
def _episode_active_on(node: nodes.EpisodeActiveOn, names: Names) -> Phrase:
    return Phrase(f"{phrase(node.day, names).text}在{names.episode(node.episode)}中", RELATION)


@phrase.register
def _episode_units(node: nodes.EpisodeUnits, names: Names) -> Phrase:
    return Phrase(f"期内在{names.episode(node.episode)}中的{CALENDAR[node.unit]}数")


@phrase.register
def _count_in(node: nodes.CountIn, names: Names) -> Phrase:
    what = _records(node.form, node.where, names)
    if node.distinct_on is None:
        return Phrase(f"期内{what}的份数")
    return Phrase(f"期内有{what}的{CALENDAR[node.distinct_on]}数")


@phrase.register
def _latest_in(node: nodes.LatestIn, names: Names) -> Phrase:
    what = f"期内最近一次{_records(node.form, node.where, names)}"
    if node.type == TRUTH:
        return Phrase(f"{what}中，{phrase(node.value, names).within(RELATION)}", RELATION)
    return Phrase(f"{what}的{phrase(node.value, names).within(SUM)}")


@phrase.register
def _widest_gap_in(node: nodes.WidestGapIn, names: Names) -> Phrase:
    what = _records(node.form, node.where, names)
    return Phrase(f"期内在{names.episode(node.episode)}中没有{what}的最长天数")


@phrase.register
def _unanswered_in(node: nodes.UnansweredIn, names: Names) -> Phrase:
    call = _records(node.form, node.where, names)
    answer = _records(node.answer_form, node.answer, names)
    return Phrase(f"期内{call}之后{words(node.within, names)}天内没有{answer}的次数")


def _records(form: type, where: Node | None, names: Names) -> str:
    """Records of a form, with the condition on them."""
    title = f"《{getattr(form, 'title', form.__name__)}》"
    return title if where is None else f"{title}（{words(where, names)}）"
