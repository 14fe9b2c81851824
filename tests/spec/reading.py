"""Reading the cells of worked examples: what stands in a table, as answers, subjects and expected values."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from gongwei.engines.row import DateRange, EpisodeSpan, Record, Subject
from gongwei.language import fields, intervals
from gongwei.language.attributes import FEMALE, MALE
from gongwei.language.examples import NOTHING, Example
from gongwei.language.forms import Form
from gongwei.language.parameters import DatedValue, Override, ParameterSet
from gongwei.language.types import Kind, Options, Value, ValueType

TRUTHS = {"是": True, "否": False}
DATED = {
    "迁入": "lives_here_since",
    "迁出": "left_on",
    "死亡": "died_on",
    "建档": "filed_on",
    "注销": "cancelled_on",
}
#: A setting of this name gives records of the form with every item answered: `完整健康体检表：2025-06-01（缺心电图、健康指导）`.
COMPLETE = "完整"


def period_of(text: str) -> DateRange:
    """`2025-01-01 至 2025-12-31`."""
    first, last = (date.fromisoformat(each.strip()) for each in text.split("至"))
    return DateRange(first, last)


def option_code(options: Options, text: str) -> str:
    """The code of an option written as its code or its label."""
    for item in options.items:
        if text in (item.label, item.code):
            return item.code
    raise AssertionError(f"{options.title} has no option {text}")


def answer(field: fields.Field, text: str) -> Any:
    """A cell as the answer to a field."""
    if isinstance(field, fields.Quantity):
        return Decimal(text) if "." in text else int(text)
    if isinstance(field, fields.Date):
        return date.fromisoformat(text)
    if isinstance(field, fields.YesNo):
        return TRUTHS[text]
    if isinstance(field, fields.Choice):
        return option_code(field.options, text)
    if isinstance(field, fields.Choices):
        return frozenset(option_code(field.options, each) for each in text.split("、"))
    if isinstance(field, fields.Rows):
        names = list(field.row.fields)
        return tuple(
            {
                name: answer(field.row.fields[name], cell)
                for name, cell in zip(names, line.split("："), strict=False)
                if cell
            }
            for line in text.split("；")
        )
    return text


def expected(of: ValueType, text: str) -> Value:
    """A cell under → as a value of a type."""
    if text == NOTHING:
        return None
    if of.kind is Kind.TRUTH:
        return TRUTHS[text]
    if of.kind is Kind.NUMBER:
        return Decimal(text)
    if of.kind is Kind.DATE:
        return date.fromisoformat(text)
    if of.kind is Kind.CODE and of.options is not None:
        return option_code(of.options, text)
    return text


def attributes(example: Example, first_day: date) -> dict[str, Value]:
    """`居民：64岁，女` (that age on the first day, half a year past the birthday) or `居民：1960-04-01出生，男，2025-09-15迁入，
    2025-10-01死亡，2025-10-01迁出`."""
    found: dict[str, Value] = {}
    for part in example.settings.get("居民", "").split("，"):
        if match := re.fullmatch(r"(\d+)岁", part):
            birthday = intervals.add(first_day, intervals.YEAR, -int(match[1]))
            found["birth_date"] = intervals.add(birthday, intervals.DAY, -180)
        elif match := re.fullmatch(r"(\d{4}-\d\d-\d\d)出生", part):
            found["birth_date"] = date.fromisoformat(match[1])
        elif match := re.fullmatch(r"(\d{4}-\d\d-\d\d)(迁入|迁出|死亡|建档|注销)", part):
            found[DATED[match[2]]] = date.fromisoformat(match[1])
        elif part:
            found["sex"] = {"男": MALE, "女": FEMALE}[part]
    return found


def episodes(example: Example, kind: str) -> list[EpisodeSpan]:
    """`纳入管理：2024-03-01` or `2024-03-01 至 2024-12-31`, several divided by `，`."""
    spans = []
    for part in filter(None, example.settings.get("纳入管理", "").split("，")):
        days = [date.fromisoformat(each.strip()) for each in part.split("至")]
        spans.append(EpisodeSpan(kind, days[0], days[1] if len(days) > 1 else None))
    return spans


def parameters(example: Example, known: ParameterSet) -> ParameterSet:
    """`设定：htn.standard_level=strict`, as if a county had overridden it long ago."""
    overrides = []
    for part in filter(None, example.settings.get("设定", "").split("，")):
        code, _, text = part.partition("=")
        of = known.definitions[code].of
        value: Value = text
        if of.kind is Kind.NUMBER:
            value = Decimal(text)
        elif of.kind is Kind.TRUTH:
            value = TRUTHS[text]
        overrides.append(Override(code, DatedValue(date(1900, 1, 1), value, "worked example")))
    return known.with_overrides(overrides)


def records(example: Example, form: type[Form]) -> list[Record]:
    """One record for each line; `号` names its id, `录入日期` the day of entry, both optional."""
    by_label = {field.label: field for field in form.fields.values()}
    found = []
    for place, line in enumerate(example.rows):
        given = dict(line.given)
        identity = given.pop("号", f"{place:04}")
        entered = given.pop("录入日期", None)
        answers = {by_label[label].name: answer(by_label[label], text) for label, text in given.items()}
        entered_on = date.fromisoformat(entered) if entered else answers["done_on"]
        found.append(Record(form, answers["done_on"], answers, identity, entered_on))
    return found


def complete(form: type[Form], text: str, identity: str) -> Record:
    """A record with every question answered in the most ordinary way, but those left out in brackets by label."""
    day, _, missing = text.removesuffix("）").partition("（缺")
    left_out = set(filter(None, missing.split("、")))
    labels = {field.label for field in form.fields.values()}
    assert left_out <= labels, f"{form.title} has no {left_out - labels}"
    done_on = date.fromisoformat(day)
    answers = {
        name: done_on if isinstance(field, fields.Date) else ordinary(field)
        for name, field in form.fields.items()
        if field.label not in left_out
    }
    return Record(form, done_on, {**answers, "done_on": done_on}, identity, done_on)


def ordinary(field: fields.Field) -> Any:
    """An answer in the middle of what is expected; the first option; nothing for tables and reasons why it was not done.
    A day is the day of the record."""
    if isinstance(field, fields.Quantity):
        low, high = field.expected or field.between or (0, 2)
        return (
            round((Decimal(low) + Decimal(high)) / 2, field.decimals)
            if field.decimals
            else int(low + high) // 2
        )
    if isinstance(field, fields.Choice):
        return None if field.label.endswith("未查原因") else field.options.codes[0]
    if isinstance(field, fields.Choices):
        return frozenset(field.options.codes[:1])
    return "有" if isinstance(field, fields.Text) else None


def subject(
    example: Example, form: type[Form], kind: str, known: ParameterSet, others: dict[str, type[Form]]
) -> Subject:
    """The subject of an example. `others`: forms of which a setting `表名：2025-06-01，2025-07-01` gives empty records."""
    own = records(example, form)
    first_day = min(record.done_on for record in own)
    more = [
        Record(other, date.fromisoformat(day), {"done_on": date.fromisoformat(day)}, f"x{place:04}")
        for title, other in others.items()
        for place, day in enumerate(filter(None, example.settings.get(title, "").split("，")))
    ]
    more += [
        complete(other, day, f"y{place:04}")
        for title, other in others.items()
        for place, day in enumerate(filter(None, example.settings.get(COMPLETE + title, "").split("，")))
    ]
    return Subject(
        attributes(example, first_day), (*own, *more), episodes(example, kind), parameters(example, known)
    )
