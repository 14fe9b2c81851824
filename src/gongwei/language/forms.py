"""Forms: a class whose attributes are both the questions and the words conditions are made of.

    class FollowUp(Form):
        code, title = "htn_follow_up", "高血压患者随访服务记录表"
        done_on = Date("随访日期", required=True)
        systolic = Quantity("收缩压", unit="mmHg", between=(40, 300), required=True)

Every form has the Date field `done_on`, the day the service was done, which is never after the day of entry.
`conditions(form)` says in one order and one wording what every surface enforces.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from gongwei.language import periods
from gongwei.language.attributes import DONE_ON
from gongwei.language.errors import DefinitionError
from gongwei.language.expressions import Expression, Node, as_node, children
from gongwei.language.fields import Choice, Choices, Coding, Date, Field, Quantity, Rows
from gongwei.language.intervals import Unit
from gongwei.language.operators import IsMissing, Not, RowsCount
from gongwei.language.record_nodes import Answer, EntryDay
from gongwei.language.types import ASK, BLOCK, RESIDENT, WARN, About, Options, Severity
from gongwei.language.words import all_hold

if TYPE_CHECKING:
    from gongwei.language.episodes import Episode


class FieldGroup:
    """A class whose Field attributes are collected, in order, in `fields`."""

    fields: ClassVar[Mapping[str, Field]] = MappingProxyType({})

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.fields:
            raise DefinitionError(
                f"{cls.__name__}: a form is not made from another form; write its fields out"
            )
        found: dict[str, Field] = {}
        for name, value in vars(cls).items():
            if isinstance(value, Field):
                if name.startswith("_") or hasattr(FieldGroup, name) or hasattr(Form, name):
                    raise DefinitionError(
                        f"{cls.__name__}.{name}: this name is taken; choose another for the field"
                    )
                if value.owner is not cls or value.name != name:
                    raise DefinitionError(
                        f"{cls.__name__}.{name}: a field belongs to one form; write it again instead of sharing it"
                    )
                found[name] = value
        cls.fields = MappingProxyType(found)


class Form(FieldGroup):
    """An official form. `version` goes up when a question begins or ends; `about` says whom it is about."""

    code: ClassVar[str] = ""
    title: ClassVar[str] = ""
    source: ClassVar[str] = ""
    version: ClassVar[int] = 1
    about: ClassVar[About] = RESIDENT
    fill_notes: ClassVar[str] = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for what in ("code", "title", "source"):
            if not getattr(cls, what):
                raise DefinitionError(f"{cls.__name__}: write {what} = ...")
        if not isinstance(cls.fields.get("done_on"), Date):
            raise DefinitionError(
                f"{cls.__name__}: every form has a Date called done_on, the day it was done"
            )
        labels = [each.label for each in cls.fields.values()]
        for label in labels:
            if labels.count(label) > 1:
                raise DefinitionError(
                    f"{cls.__name__}: two fields are labelled {label}; a reader could not tell them apart"
                )
        for each in cls.fields.values():
            for expression in (each.only_if, each.required, each.computed):
                if isinstance(expression, Expression):
                    check_forms(expression.node, cls, f"{cls.__name__}.{each.name}")

    @classmethod
    def any_in(cls, period: periods.Period, where: Any = None) -> Node:
        """At least one of these in the period."""
        periods.check_period(period, "any_in")
        return periods.any_in(cls, where)

    @classmethod
    def never_in(cls, period: periods.Period, where: Any = None) -> Node:
        """None of these in the period."""
        periods.check_period(period, "never_in")
        return periods.never_in(cls, where)

    @classmethod
    def count_in(
        cls, period: periods.Period, where: Any = None, distinct_on: Unit | None = None
    ) -> periods.CountIn:
        """How many of these in the period, or on how many distinct days, months, quarters or years."""
        periods.check_period(period, "count_in")
        return periods.CountIn(cls, None if where is None else as_node(where), distinct_on)

    @classmethod
    def latest_in(cls, period: periods.Period, value: Any, where: Any = None) -> periods.LatestIn:
        """`value` at the latest of these in the period."""
        periods.check_period(period, "latest_in")
        return periods.LatestIn(cls, as_node(value), None if where is None else as_node(where))

    @classmethod
    def latest_until(cls, period: periods.Period, value: Any, where: Any = None) -> periods.LatestIn:
        """`value` at the latest of these up to the period's last day, however long ago."""
        periods.check_period(period, "latest_until")
        return periods.LatestIn(cls, as_node(value), None if where is None else as_node(where), ever=True)

    @classmethod
    def widest_gap_in(
        cls, period: periods.Period, episode: Episode, where: Any = None
    ) -> periods.WidestGapIn:
        """The greatest number of days without one of these while under management in the period."""
        periods.check_period(period, "widest_gap_in")
        return periods.WidestGapIn(cls, None if where is None else as_node(where), episode.code)

    @classmethod
    def unanswered_in(
        cls,
        period: periods.Period,
        *,
        where: Any,
        within: Any,
        answer: Any = None,
        by: type[Form] | None = None,
    ) -> periods.UnansweredIn:
        """How many of these call for another contact (a record of `by`, else of this form) that did not come in time."""
        periods.check_period(period, "unanswered_in")
        answered = None if answer is None else as_node(answer)
        return periods.UnansweredIn(cls, as_node(where), by or cls, answered, as_node(within))


class RowGroup(FieldGroup):
    """The columns of a Rows field."""


def answers_in(node: Node) -> list[Answer]:
    """The answers a condition names, those about the rows of a Rows field and of other forms left out."""
    if isinstance(node, Answer):
        return [node]
    if isinstance(node, RowsCount):
        return answers_in(node.rows)
    if isinstance(node, periods.DOORS):
        return []
    return [answer for child in children(node) for answer in answers_in(child)]


def check_forms(node: Node, form: type[FieldGroup], what: str) -> None:
    """Refuse a condition that names answers of another form.

    Raises:
        DefinitionError: names the stray field.
    """
    for answer in answers_in(node):
        if answer.field.owner is not form and answer.field.owner is not None:
            raise DefinitionError(
                f"{what} is about {form.__name__}, but names {answer!r}; use that form's own fields"
            )


@dataclass(frozen=True)
class Condition:
    """What must hold of a form's answers. It complains only where `holds` is False."""

    field: Field
    holds: Node
    message: str
    severity: Severity
    rule: str  # required, between, expected, only_if, since, until, exclusive, dated_option, past, computed


_CONDITIONS: dict[type[FieldGroup], tuple[Condition, ...]] = {}


def conditions(form: type[FieldGroup]) -> tuple[Condition, ...]:
    """All conditions that follow from the fields themselves, in the order of the form, in the words users read."""
    # Kept, because every record asks for them: building the nodes anew costs ten times running them.
    if form not in _CONDITIONS:
        _CONDITIONS[form] = tuple(found for each in form.fields.values() for found in _conditions_of(each))
    return _CONDITIONS[form]


def asked(each: Field) -> Node | None:
    """When the field is asked at all (only_if, since, until together); None: always."""
    parts: list[Node] = []
    if each.since is not None:
        parts.append(DONE_ON >= each.since)
    if each.until is not None:
        parts.append(DONE_ON <= each.until)
    if each.only_if is not None:
        parts.append(each.only_if.node)
    return all_hold(*parts) if parts else None


def _conditions_of(each: Field) -> list[Condition]:
    label = f"“{each.label}”"
    missing = IsMissing(each.node)
    found: list[Condition] = []

    def must(holds: Node, message: str, severity: Severity, rule: str) -> None:
        found.append(Condition(each, holds, message, severity, rule))

    when_asked = asked(each)
    if each.required is not False and each.computed is None:
        demands = [when_asked] if when_asked is not None else []
        if isinstance(each.required, Expression):
            demands.append(each.required.node)
        known = Not(missing)
        verb = "请选择" if isinstance(each, Choice | Choices) else "请填写"
        must(Not(all_hold(*demands)) | known if demands else known, f"{verb}{label}", BLOCK, "required")
    if isinstance(each, Choices):
        for option in each.options.items:
            if option.exclusive:
                alone = ~each.has(option.code) | (each.count() == 1)
                must(alone, f"{label}选了“{option.label}”，不能再选其他项", BLOCK, "exclusive")
    if isinstance(each, Choice | Choices):
        _dated_options(each, each.options, must)
    if isinstance(each, Quantity):
        _ranges(each, must)
    if isinstance(each, Date) and (each.past or each.name == "done_on"):
        must(each.node <= EntryDay(), f"{label}不能晚于今天", BLOCK, "past")
    if each.computed is not None:
        must(each.node == each.computed.node, f"{label}与计算结果不符，请核对", ASK, "computed")
    if each.only_if is not None:
        must(missing | each.only_if.node, f"按其他填报内容，{label}不需填写", WARN, "only_if")
    if each.since is not None:
        must(missing | (DONE_ON >= each.since), f"{label}自{each.since.isoformat()}起填写", WARN, "since")
    if each.until is not None:
        must(missing | (DONE_ON <= each.until), f"{label}填写到{each.until.isoformat()}为止", WARN, "until")
    return found


def _ranges(each: Quantity, must: Any) -> None:
    label, unit = f"“{each.label}”", f" {each.unit}" if each.unit else ""
    if each.between is not None:
        low, high = each.between
        within = (each.node >= low) & (each.node <= high)
        must(within, f"{label}应在{low}～{high}{unit}之间", BLOCK, "between")
    if each.expected is not None:
        low, high = each.expected
        within = (each.node >= low) & (each.node <= high)
        must(within, f"{label}一般在{low}～{high}{unit}之间，请核对", ASK, "expected")


def _dated_options(each: Choice | Choices, options: Options, must: Any) -> None:
    for option in options.items:
        chosen = each.has(option.code) if isinstance(each, Choices) else each.node == option.code
        for day, sign in ((option.since, "起"), (option.until, "止")):
            if day is not None:
                in_force = DONE_ON >= day if sign == "起" else DONE_ON <= day
                until = f"自{day.isoformat()}起可选" if sign == "起" else f"可选到{day.isoformat()}为止"
                must(~chosen | in_force, f"“{each.label}”的“{option.label}”{until}", BLOCK, "dated_option")


def bmi(weight: Expression, height: Expression) -> Node:
    """体质指数, kg/m², from kilograms and centimetres, rounded half up to one decimal (physical_exam.md §2.3)."""
    return (weight.node * 10000 / (height.node * height.node)).round(1)


def shared(forms: Iterable[type[Form]]) -> dict[Coding, list[tuple[type[Form], str]]]:
    """What several forms of one encounter ask alike: code → (form, field name), in the order of the forms.

    A question is asked once when forms carry the same code for it and mean the same thing: the same kind of value, value list,
    unit and decimals. A code that stands twice in one form (left and right arm) is not shared: which one was meant?
    """
    found: dict[Coding, list[tuple[type[Form], str]]] = {}
    for form in forms:
        codes = [each.code for each in form.fields.values() if each.code is not None]
        for name, each in form.fields.items():
            if each.code is None or codes.count(each.code) > 1 or isinstance(each, Rows):
                continue
            alike = found.setdefault(each.code, [])
            if all(_means_the_same(each, other.fields[other_name]) for other, other_name in alike):
                alike.append((form, name))
    return {code: alike for code, alike in found.items() if len(alike) > 1}


def _means_the_same(one: Field, other: Field) -> bool:
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        return (one.unit, one.decimals) == (other.unit, other.decimals)
    return type(one) is type(other) and one.value_type == other.value_type
