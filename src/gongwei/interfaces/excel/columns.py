"""The Excel face of a form: one column per field (house.md §6).

A field becomes a heading, a drop-down or a limit, a comment with range, unit and options; a cell becomes a value or an
error; a value becomes a cell that is read back as the same value. Options are shown as “1 控制满意” and read as code, as
label, or as both. A table inside a form is one cell with a line for each row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, Protocol
from uuid import UUID

from gongwei.interfaces.excel import cell_lines, cells, option_text
from gongwei.interfaces.excel.cells import Raw, Unreadable
from gongwei.language import expressions, fields, forms, types
from gongwei.records import answers

SEPARATOR = cell_lines.SEPARATOR
_SEPARATORS = (SEPARATOR, ";", "\n", "、", "，", ",", "|", "/")


class Names(Protocol):
    """Who is meant by a name in a cell, and the name of whom an id means."""

    def practitioner(self, text: str, label: str) -> UUID:
        """The practitioner of a name. Raises Unreadable."""

    def practitioner_title(self, key: str) -> str:
        """The name by which `practitioner` finds the id again."""


@dataclass(frozen=True)
class Limits:
    """What Excel itself refuses or offers while somebody types: options of a drop-down, or a range."""

    options: tuple[str, ...] = ()
    between: tuple[Any, Any] | None = None
    whole: bool = False


def heading(field: fields.Field) -> str:
    """The heading of a field's column: the label and the unit."""
    unit = getattr(field, "unit", "")
    return f"{field.label}（{unit}）" if unit else field.label


def is_required(field: fields.Field) -> bool:
    """Whether every row must answer it; what is required on a condition is said in the comment."""
    return field.required is True and field.only_if is None and field.computed is None


def comment(field: fields.Field) -> str:
    """What the heading's comment says: whether it must be filled, what is taken, range, unit, options, note."""
    lines = [_demand(field), told(field)]
    if field.since:
        lines.append(f"自{field.since.isoformat()}起的服务填写")
    if field.until:
        lines.append(f"填写到{field.until.isoformat()}为止")
    if field.note:
        lines.append(field.note)
    return "\n".join(line for line in lines if line)


def _demand(field: fields.Field) -> str:
    if field.computed is not None:
        return "可不填，由系统计算"
    if is_required(field):
        return "必填"
    if isinstance(field.required, expressions.Expression) or field.required:
        return "按其他填报内容，需要时必填"
    return "选填"


@singledispatch
def told(field: fields.Field) -> str:
    """What a cell of this column takes, in one or more lines."""
    raise NotImplementedError(f"no Excel column for {type(field).__name__}")


@singledispatch
def limits(field: fields.Field) -> Limits:
    """What Excel offers and refuses."""
    return Limits()


@singledispatch
def from_cell(field: fields.Field, raw: Raw, names: Names) -> Any:
    """The value of a cell that is not empty. Raises Unreadable."""
    raise NotImplementedError(f"no Excel column for {type(field).__name__}")


@singledispatch
def to_cell(field: fields.Field, value: Any, names: Names) -> Any:
    """The cell of a value that is not missing; `from_cell` gives the value back."""
    raise NotImplementedError(f"no Excel column for {type(field).__name__}")


def value_of(field: fields.Field, raw: Raw, names: Names) -> Any:
    """The value of a cell with its shape checked; None for an empty one. Raises Unreadable."""
    if cells.is_empty(raw):
        return None
    value = from_cell(field, raw, names)
    if fields.is_missing(value):
        return None
    wrong = field.shape_problem(value)
    if wrong:
        raise Unreadable(wrong)
    return value


@told.register
def _(field: fields.Text) -> str:
    return f"文字，最多{field.max_length}个字" + (f"，{field.pattern_hint}" if field.pattern else "")


@from_cell.register
def _(field: fields.Text, raw: Raw, names: Names) -> str:
    return cells.words(raw, field.label)


@to_cell.register
def _(field: fields.Text, value: Any, names: Names) -> str:
    return str(value)


@told.register
def _(field: fields.Code) -> str:
    return "代码"


@from_cell.register
def _(field: fields.Code, raw: Raw, names: Names) -> str:
    return cells.narrow(raw, field.label)


@to_cell.register
def _(field: fields.Code, value: Any, names: Names) -> str:
    return str(value)


@told.register
def _(field: fields.Date) -> str:
    return "日期，如 2025-03-10、2025.3.10、2025/3/10、20250310"


@from_cell.register
def _(field: fields.Date, raw: Raw, names: Names) -> Any:
    return cells.day(raw, field.label)


@to_cell.register
def _(field: fields.Date, value: Any, names: Names) -> Any:
    return value


@told.register
def _(field: fields.Moment) -> str:
    return "日期和时间，如 2025-03-10 08:30"


@from_cell.register
def _(field: fields.Moment, raw: Raw, names: Names) -> Any:
    text = raw.isoformat(" ") if hasattr(raw, "isoformat") else cells.narrow(raw, field.label)
    try:
        return answers.value_of(field, text.replace("/", "-"))
    except answers.Unreadable as wrong:
        raise Unreadable(str(wrong)) from None


@to_cell.register
def _(field: fields.Moment, value: Any, names: Names) -> str:
    return value.astimezone(answers.SHANGHAI).isoformat(" ").removesuffix("+08:00")


@told.register
def _(field: fields.YesNo) -> str:
    return "是或否"


@limits.register
def _(field: fields.YesNo) -> Limits:
    return Limits(("是", "否"))


_TRUTHS = {
    "是": True,
    "否": False,
    "有": True,
    "无": False,
    "Y": True,
    "N": False,
    "TRUE": True,
    "FALSE": False,
}


@from_cell.register
def _(field: fields.YesNo, raw: Raw, names: Names) -> bool:
    if isinstance(raw, bool):
        return raw
    found = _TRUTHS.get(cells.narrow(raw, field.label).upper())
    if found is None:
        raise Unreadable(f"“{field.label}”应为是或否")
    return found


@to_cell.register
def _(field: fields.YesNo, value: Any, names: Names) -> str:
    return "是" if value else "否"


@told.register
def _(field: fields.Quantity) -> str:
    unit = f" {field.unit}" if field.unit else ""
    lines = [f"数字，最多{field.decimals}位小数" if field.decimals else "整数"]
    if field.between:
        lines.append(f"应在{field.between[0]}～{field.between[1]}{unit}之间")
    if field.expected:
        lines.append(f"一般在{field.expected[0]}～{field.expected[1]}{unit}之间")
    return "\n".join(lines)


@limits.register
def _(field: fields.Quantity) -> Limits:
    return Limits(between=field.between, whole=field.decimals == 0)


@from_cell.register
def _(field: fields.Quantity, raw: Raw, names: Names) -> Any:
    found = cells.amount(raw, field.label, field.unit)
    return int(found) if found == found.to_integral_value() and field.decimals == 0 else found


@to_cell.register
def _(field: fields.Quantity, value: Any, names: Names) -> Any:
    return value


def _listed(options: types.Options) -> str:
    return "\n".join(option_text.shown(each) for each in options.items)


def _no_option(field: fields.Field, options: types.Options, raw: Raw) -> Unreadable:
    few = "、".join(option_text.shown(each) for each in options.items[:12])
    more = "等" if len(options.items) > 12 else ""
    return Unreadable(f"“{field.label}”没有“{cells.shown(raw)}”这个选项", "option", f"可填：{few}{more}。")


@told.register
def _(field: fields.Choice) -> str:
    return f"选一项，可填代码、名称或“代码 名称”：\n{_listed(field.options)}"


@limits.register
def _(field: fields.Choice) -> Limits:
    return Limits(tuple(option_text.shown(each) for each in field.options.items))


@from_cell.register
def _(field: fields.Choice, raw: Raw, names: Names) -> str:
    found = option_text.option_of(field.options, raw, field.label)
    if found is None:
        raise _no_option(field, field.options, raw)
    return found


@to_cell.register
def _(field: fields.Choice, value: Any, names: Names) -> str:
    option = field.options.by_code.get(value)
    return option_text.shown(option) if option else str(value)


@told.register
def _(field: fields.Choices) -> str:
    return f"可选多项，各项之间用“{SEPARATOR}”分开：\n{_listed(field.options)}"


@from_cell.register
def _(field: fields.Choices, raw: Raw, names: Names) -> frozenset[str]:
    whole = option_text.option_of(field.options, raw, field.label)
    if whole is not None:
        return frozenset({whole})
    text = cells.narrow(raw, field.label)
    for separator in _SEPARATORS:
        # NFKC has made the full-width signs half-width.
        parts = [part.strip() for part in text.split(cells.narrow(separator, "") or "\n") if part.strip()]
        found = [option_text.option_of(field.options, part, field.label) for part in parts]
        if len(parts) > 1 and all(found):
            # “3、饮食、4、锻炼”: a code and its label, parted by the very sign that parts the options.
            found = [
                code
                for place, code in enumerate(found)
                if not (place and found[place - 1] == code == parts[place - 1] != parts[place])
            ]
            if len(set(found)) < len(found):
                raise Unreadable(f"“{field.label}”的选项有重复")
            return frozenset(code for code in found if code)
    wrong = next(
        (
            part
            for part in text.replace("\n", ";").split(";")
            if option_text.option_of(field.options, part, field.label) is None
        ),
        text,
    )
    raise _no_option(field, field.options, wrong.strip())


@to_cell.register
def _(field: fields.Choices, value: Any, names: Names) -> str:
    return SEPARATOR.join(option_text.shown(each) for each in field.options.items if each.code in value)


@told.register
def _(field: fields.Person) -> str:
    return "医务人员姓名；有同名的写“姓名（机构名称）”"


@from_cell.register
def _(field: fields.Person, raw: Raw, names: Names) -> str:
    return str(names.practitioner(cells.words(raw, field.label), field.label))


@to_cell.register
def _(field: fields.Person, value: Any, names: Names) -> str:
    return names.practitioner_title(str(value))


@told.register
def _(field: fields.Rows) -> str:
    parts = SEPARATOR.join(f"{heading(each)}：…" for each in field.row.fields.values())
    return f"最多{field.at_most}行，每行一条（单元格内换行用 Alt+Enter），写成：\n{parts}\n不写项目名称时，按以上顺序填写各项"


@from_cell.register
def _(field: fields.Rows, raw: Raw, names: Names) -> tuple[Mapping[str, Any], ...]:
    found = []
    lines = [line for line in cells.words(raw, field.label).split("\n") if line.strip()]
    for number, line in enumerate(lines, 1):
        try:
            found.append(_row_of(field.row, line, names))
        except Unreadable as wrong:
            raise Unreadable(
                f"“{field.label}”第{number}行：{wrong.message}", wrong.code, wrong.hint
            ) from None
    return tuple(row for row in found if row)


def _row_of(group: type[forms.FieldGroup], line: str, names: Names) -> dict[str, Any]:
    inside = list(group.fields.values())
    by_label = {
        spelling: each
        for each in inside
        for spelling in (each.label, heading(each), cells.narrow(heading(each), ""))
    }
    parts = cell_lines.split(line)
    if len(parts) > len(inside):
        raise Unreadable(
            f"多于{len(inside)}项", "shape", f"各项依次为：{'、'.join(each.label for each in inside)}。"
        )
    values: dict[str, Any] = {}
    for place, part in enumerate(parts):
        label, colon, rest = part.partition("：")
        if not colon:
            label, colon, rest = part.partition(":")
        named = by_label.get(label.strip()) if colon else None
        each, text = (named, rest) if named is not None else (inside[place], part)
        value = value_of(each, text, names)
        if value is None:
            continue
        if each.name in values:
            raise Unreadable(f"“{each.label}”写了两次")
        values[each.name] = value
    return values


@to_cell.register
def _(field: fields.Rows, value: Any, names: Names) -> str:
    lines = []
    for row in value:
        parts = [
            f"{each.label}：{cell_lines.escaped(_plain_text(to_cell(each, row[name], names)))}"
            for name, each in field.row.fields.items()
            if not fields.is_missing(row.get(name))
        ]
        lines.append(SEPARATOR.join(parts))
    return "\n".join(lines)


def _plain_text(value: Any) -> str:
    return value if isinstance(value, str) else cells.shown(value) if isinstance(value, float) else str(value)
