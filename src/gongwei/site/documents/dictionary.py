"""The data dictionary: one page a form, one row a field. `describe` is the dictionary's face of a field (house.md §6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch

from gongwei.language import fields
from gongwei.language.expressions import Expression
from gongwei.language.forms import FieldGroup, Form
from gongwei.language.types import Option, Options
from gongwei.site.documents import conditions, markdown, phrases

HEADINGS = ("数据项", "标识", "类型", "单位", "值域", "范围", "填写要求", "标准代码", "启用与停用", "说明")
#: Systems by the names people use; their addresses are identifiers, not places to go to.
SYSTEMS = {"http://loinc.org": "LOINC", fields.OWN_SYSTEM: "同一问题"}
#: Tables of `Code` fields, kept outside the forms.
CODE_TABLES = {"icd10": "ICD-10 疾病编码", "organizations": "本系统登记的机构"}
DAY_FORM, MOMENT_FORM = "年-月-日，如 2025-03-10", "年-月-日 时:分，北京时间"


@dataclass(frozen=True)
class Described:
    """What the dictionary says of a field by its type alone: type, unit, value list, limits."""

    kind: str
    unit: str = ""
    values: str = ""
    limits: str = ""


@singledispatch
def describe(field: fields.Field) -> Described:
    """What the type of a field says.

    Raises:
        NotImplementedError: a field type the dictionary does not know.
    """
    raise NotImplementedError(f"{type(field).__name__} has no place in the data dictionary")


@describe.register
def _text(field: fields.Text) -> Described:
    kind = "多行文字" if field.multiline else "文字"
    form = f"；{field.pattern_hint}" if field.pattern else ""
    return Described(kind, limits=f"最多{field.max_length}字{form}")


@describe.register
def _date(field: fields.Date) -> Described:
    past = "；不晚于录入当日" if field.past or field.name == "done_on" else ""
    return Described("日期", limits=f"{DAY_FORM}{past}")


@describe.register
def _moment(field: fields.Moment) -> Described:
    return Described("日期时间", limits=MOMENT_FORM)


@describe.register
def _yes_no(field: fields.YesNo) -> Described:
    return Described("是否", values="是；否")


@describe.register
def _quantity(field: fields.Quantity) -> Described:
    kind = f"数值，{field.decimals}位小数" if field.decimals else "整数"
    limits = []
    if field.between is not None:
        limits.append(f"必须在{field.between[0]}～{field.between[1]}之间")
    if field.expected is not None:
        limits.append(f"一般在{field.expected[0]}～{field.expected[1]}之间，超出时提示核对")
    return Described(kind, unit=field.unit, limits="；".join(limits))


@describe.register
def _choice(field: fields.Choice) -> Described:
    return Described("单选", values=options(field.options))


@describe.register
def _choices(field: fields.Choices) -> Described:
    return Described("多选", values=options(field.options))


@describe.register
def _code(field: fields.Code) -> Described:
    return Described("代码", values=CODE_TABLES.get(field.table, field.table))


@describe.register
def _person(field: fields.Person) -> Described:
    return Described("医务人员", values="本系统登记的医务人员")


@describe.register
def _rows(field: fields.Rows) -> Described:
    return Described("明细表", values=f"见下“{field.label}”", limits=f"最多{field.at_most}行")


def options(listed: Options) -> str:
    """A value list: the number on the form, the words, and what is special about an option."""
    shown = "；".join(_option(item) for item in listed.items)
    return f"{shown}〔{listed.standard}〕" if listed.standard else shown


def _option(item: Option) -> str:
    notes = [f"标准代码{item.standard_code}"] if item.standard_code else []
    notes += ["不与其他项同选"] if item.exclusive else []
    notes += [f"自{item.since.isoformat()}起"] if item.since else []
    notes += [f"到{item.until.isoformat()}为止"] if item.until else []
    return f"{item.code} {item.label}" + (f"（{'，'.join(notes)}）" if notes else "")


def row(field: fields.Field, names: phrases.Names) -> tuple[str, ...]:
    """One row of the dictionary, in the order of `HEADINGS`."""
    said = describe(field)
    return (
        field.label,
        f"`{field.name}`",
        said.kind,
        said.unit,
        said.values,
        said.limits,
        "；".join(_demands(field, names)),
        "；".join(_standards(field)),
        "；".join(_dates(field)),
        "；".join(part for part in (field.note, f"出处：{field.source}" if field.source else "") if part),
    )


def _demands(field: fields.Field, names: phrases.Names) -> Iterator[str]:
    if field.only_if is not None:
        yield f"仅当{conditions.words(field.only_if, names)}时填写"
    if field.computed is not None:
        yield f"自动计算：{conditions.words(field.computed, names)}"
    elif isinstance(field.required, Expression):
        yield f"{conditions.words(field.required, names)}时必填"
    elif field.required:
        yield "填写时必填" if field.only_if is not None else "必填"
    elif field.only_if is None:
        yield "选填"
    if field.carry:
        yield "带入上次的值，须核对"


def _standards(field: fields.Field) -> Iterator[str]:
    if field.code is not None:
        yield f"{SYSTEMS.get(field.code.system, field.code.system)} {field.code.code}"
    if field.element:
        yield f"WS 365 {field.element}"


def _dates(field: fields.Field) -> Iterator[str]:
    if field.since is not None:
        yield f"{field.since.isoformat()}起"
    if field.until is not None:
        yield f"到{field.until.isoformat()}为止"


def page(form: type[Form], programme: str, names: phrases.Names) -> str:
    """The dictionary of one form."""
    head = f"- 标识：`{form.code}`，第{form.version}版\n- 所属服务：{programme}\n- 出处：{form.source}"
    if form.fill_notes:
        head += f"\n- 填表说明：{form.fill_notes}"
    return markdown.page(f"数据字典：{form.title}", head, *_sections(form, names), *_row_groups(form, names))


def _sections(form: type[FieldGroup], names: phrases.Names) -> Iterator[str]:
    """The fields under the headings of the form, in its order; a heading that comes back is written again."""
    title, rows = "", list[tuple[str, ...]]()
    for field in form.fields.values():
        if field.section != title and rows:
            yield _section(title, rows)
            rows = []
        title = field.section
        rows.append(row(field, names))
    yield _section(title, rows)


def _section(title: str, rows: list[tuple[str, ...]]) -> str:
    return (f"## {title}\n\n" if title else "") + markdown.table(HEADINGS, rows)


def _row_groups(form: type[FieldGroup], names: phrases.Names) -> Iterator[str]:
    for field in form.fields.values():
        if isinstance(field, fields.Rows):
            columns = (row(each, names) for each in field.row.fields.values())
            yield f"## 明细：{field.label}\n\n" + markdown.table(HEADINGS, columns)
