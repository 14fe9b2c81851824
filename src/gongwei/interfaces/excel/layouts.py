"""What columns a sheet has: who the row is about and how the service was done, then the form's own fields.

`@…` identifiers are about the row itself, `=…` are items of a resident's profile, all others are the form's field names.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from gongwei import catalogue
from gongwei.base.problems import Refused
from gongwei.interfaces.excel import cells, columns, option_text
from gongwei.interfaces.excel.cells import Raw, Unreadable
from gongwei.interfaces.excel.directory import Directory
from gongwei.language import forms, types
from gongwei.language.types import Options
from gongwei.records import definitions, operations
from gongwei.residents import codes, identity, profile, telephones

RESIDENTS = "residents"
#: The kinds of a package that are no forms, in the order they are applied; the forms follow (`codes_with_layout`).
AREAS, ORGANIZATIONS, PRACTITIONERS = "areas", "organizations", "practitioners"
HOUSEHOLDS, EPISODES = "households", "episodes"
STRUCTURE = (AREAS, ORGANIZATIONS, PRACTITIONERS, RESIDENTS, HOUSEHOLDS, EPISODES)
RECORD_NO, NAME, ID_NUMBER = "@record_no", "@name", "@id_number"
BIRTH_DATE, AREA = "@birth_date", "@area"
MODE, ORGANIZATION, PRACTITIONER = "@mode", "@organization", "@practitioner"
#: When the old system of a package was told, as a day or with the time; the first that is there.
ENTERED_ON, ENTERED_AT = ("@entered_on", "录入日期"), ("@entered_at", "录入时间")
#: 档案编号 on the sheet of 建档.
PROFILE_RECORD_NO = "=record_no"
#: The columns by which a row finds its resident.
WHO = frozenset({RECORD_NO, NAME, ID_NUMBER, BIRTH_DATE, AREA})

_NO_LIMITS = columns.Limits()
MODES = Options("服务方式", dict(operations.Mode.choices))


@dataclass(frozen=True)
class Column:
    """One column. `read` gives the value of a cell that is not empty; `is_long` marks numbers Excel would round."""

    identifier: str
    heading: str
    comment: str
    read: Callable[[Raw, Directory], Any]
    limits: columns.Limits = _NO_LIMITS
    required: bool = False
    is_text: bool = True
    offers: str = ""  # "doctors", "organizations", "villages": a drop-down that depends on who asks
    is_computed: bool = False
    #: What counts as nothing in this column, besides an empty cell.
    empties: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Layout:
    """The columns of one kind of sheet. `code` is the form's, or RESIDENTS for 建档."""

    code: str
    title: str
    version: int
    columns: tuple[Column, ...]
    form: type[forms.Form] | None = None
    #: Columns that are read where a sheet has them, but stand in no template.
    besides: tuple[Column, ...] = ()

    @property
    def readable(self) -> tuple[Column, ...]:
        """Every column that can be read."""
        return (*self.columns, *self.besides)

    @property
    def by_identifier(self) -> dict[str, Column]:
        """The columns by identifier."""
        return {each.identifier: each for each in self.readable}

    @property
    def mark(self) -> str:
        """What stands in the first cell of the hidden row."""
        return f"#gongwei/{self.code}/{self.version}"


def codes_with_layout() -> list[tuple[str, str]]:
    """(code, title) of every sheet there is: 建档, then each form about residents, in the order of the catalogue."""
    found = [(RESIDENTS, "居民建档")]
    for programme in catalogue.programmes():
        for form in programme.forms:
            if form.about is types.RESIDENT:
                found.append((form.code, form.title))
    return found


def structural() -> list[tuple[str, str]]:
    """(code, title) of the sheets of a package that are neither residents nor forms."""
    from gongwei.interfaces.excel import structural_layouts  # it stands above this module

    return list(structural_layouts.TITLES.items())


def every() -> list[tuple[str, str]]:
    """(code, title) of all kinds of sheet, in the order a package is applied."""
    titles = dict([*structural(), *codes_with_layout()])
    return [(code, titles[code]) for code in dict.fromkeys([*STRUCTURE, *titles])]


@cache
def of(code: str) -> Layout:
    """The layout of a form's code, of RESIDENTS or of a structural kind. Raises Refused for a form that is none."""
    if code == RESIDENTS:
        return Layout(RESIDENTS, "居民建档", 1, tuple(_profile_columns()))
    if code in STRUCTURE:
        from gongwei.interfaces.excel import structural_layouts  # it stands above this module

        return structural_layouts.of(code)
    form = definitions.of(code).form
    return Layout(
        code,
        form.title,
        form.version,
        (*_about_row(), *map(_field_column, form.fields.values())),
        form,
        who_besides(),
    )


def who_columns() -> tuple[Column, ...]:
    """The columns that say whom a row is about."""
    return (
        Column(RECORD_NO, "档案编号", "17位居民档案编号，或原系统的档案编号。档案编号和证件号码至少填一项", lambda raw, names: cells.long_number(raw, "档案编号")),
        Column(NAME, "姓名", "必填，应与居民档案一致，用于核对", lambda raw, names: cells.words(raw, "姓名"), required=True),
        Column(ID_NUMBER, "证件号码", "身份证号等证件号码，请按文本填写。档案编号和证件号码至少填一项", lambda raw, names: _starred_number(raw, "证件号码")),
    )  # fmt: skip


def who_besides() -> tuple[Column, ...]:
    """What tells a resident where old systems gave no number: 姓名, 出生日期 and 现住村（居） together."""
    return (
        Column(BIRTH_DATE, "出生日期", "", lambda raw, names: cells.day(raw, "出生日期")),
        Column(AREA, profile.label("area"), "", lambda raw, names: names.village(raw, profile.label("area")), offers="villages"),
    )  # fmt: skip


@cache
def in_package(code: str) -> Layout:
    """The layout of a kind in a package of an old system: of a form also when a row was entered there. Raises as `of`.

    Not in an ordinary upload: whoever enters late must not be the one who says when it was entered.
    """
    layout = of(code)
    if layout.form is None:
        return layout
    entered = tuple(_entered(*each) for each in (ENTERED_ON, ENTERED_AT))
    return replace(layout, besides=(*layout.besides, *entered))


def _entered(identifier: str, heading: str) -> Column:
    return Column(
        identifier, heading, "", lambda raw, names: cells.day(raw, heading), empties=_EMPTIES["Date"]
    )


def _about_row() -> tuple[Column, ...]:
    def mode(raw: Raw, names: Directory) -> str:
        found = option_text.option_of(MODES, raw, "服务方式")
        if found is None:
            raise Unreadable(
                f"“服务方式”没有“{cells.shown(raw)}”这个选项",
                "option",
                f"可填：{'、'.join(each.label for each in MODES.items)}。",
            )
        return found

    return (
        *who_columns(),
        Column(MODE, "服务方式", "门诊、家庭、电话、短信、网络、其他；表中已有随访方式的可不填", mode, columns.Limits(tuple(each.label for each in MODES.items))),
        Column(ORGANIZATION, "服务机构", "机构全称或编码；不填为服务人员所在机构", lambda raw, names: names.organization(raw, "服务机构"), offers="organizations"),
        Column(PRACTITIONER, "服务人员", "医务人员姓名；不填为表中签名的医生", lambda raw, names: names.practitioner(cells.words(raw, "服务人员"), "服务人员"), offers="doctors"),
    )  # fmt: skip


def _field_column(field: Any) -> Column:
    kind = type(field).__name__
    return Column(
        identifier=field.name,
        heading=columns.heading(field),
        comment=columns.comment(field),
        read=lambda raw, names: columns.value_of(field, raw, names),
        limits=columns.limits(field),
        required=columns.is_required(field),
        is_text=kind != "Quantity",
        offers="doctors" if kind == "Person" else "",
        is_computed=field.computed is not None,
        empties=_EMPTIES.get(kind, cells.STROKES),
    )


_NOT_MEASURED = cells.STROKES | cells.DASHES | cells.NOT_DONE
#: By kind of field what counts as nothing. Text keeps a “-” and a “无”, which may be findings; 无 is no number, since it may
#: mean 0.
_EMPTIES = {
    "Quantity": _NOT_MEASURED,
    "Choice": _NOT_MEASURED,
    "Choices": _NOT_MEASURED,
    "Date": _NOT_MEASURED | cells.NONE,
    "Moment": _NOT_MEASURED | cells.NONE,
    "Person": cells.STROKES | cells.DASHES | cells.NONE,
    "Rows": cells.STROKES | cells.DASHES | cells.NONE,
}
#: On the sheet of 建档: no telephone, no document, no employer.
_EMPTY_ITEM = cells.STROKES | cells.DASHES | cells.NONE


_CODED = {"sex": "sex", "id_type": "id_document", "residence_type": "residence_type"}
#: Words old systems write where the code table has longer ones.
_ALSO = {
    "sex": {"男": "1", "女": "2"},
    "id_type": {"身份证": "01", "二代身份证": "01"},
    "residence_type": {"户籍人口": "1", "常住户籍": "1", "非户籍人口": "2", "流动人口": "2"},
}
_NUMBERS = ("id_number", "phone", "contact_phone", "hukou_area_code")
_LEFT_OUT = ("grid", "birth_date_estimated")
#: How numbers are written where they do not leave whole.
MASKS = {"id_number": identity.masked, "phone": telephones.masked, "contact_phone": telephones.masked}


def _starred_number(raw: Raw, label: str) -> str:
    """A number as text; one that an export has masked stays as it is, for comparison with what is kept."""
    if isinstance(raw, str) and "*" in raw:
        return cells.narrow(raw, label)
    return cells.long_number(raw, label)


def _profile_columns() -> list[Column]:
    record_no = Column(
        PROFILE_RECORD_NO,
        "档案编号",
        "新建档案不填，由系统编号；导出的表带有编号，上传时据此认出已有档案",
        lambda raw, names: cells.long_number(raw, "档案编号"),
    )
    record_no = replace(record_no, empties=_EMPTY_ITEM)
    items = [_profile_column(name) for name in profile.ITEMS if name not in _LEFT_OUT]
    found = [
        record_no,
        *(replace(each, empties=_EMPTY_ITEM) if not each.required else each for each in items),
    ]
    filed_on = Column(
        "=filed_on",
        "建档日期",
        "选填，不填为导入当天",
        lambda raw, names: cells.day(raw, "建档日期").isoformat(),
    )
    return [*found, replace(filed_on, empties=_EMPTY_ITEM)]


def _profile_column(name: str) -> Column:
    label = profile.label(name)
    required = name in profile.REQUIRED and name not in ("sex", "birth_date")
    if name in _CODED:
        options = Options(label, dict(codes.table(_CODED[name]).choices()))

        def coded(raw: Raw, names: Directory) -> str:
            code = option_text.option_of(options, raw, label) or _ALSO.get(name, {}).get(
                cells.narrow(raw, label)
            )
            if code is None:
                few = "、".join(option_text.shown(each) for each in options.items[:12])
                raise Unreadable(f"“{label}”没有“{cells.shown(raw)}”这个选项", "option", f"可填：{few}。")
            return code

        shown = tuple(option_text.shown(each) for each in options.items)
        note = "必填" if required else "有身份证号的可不填" if name == "sex" else "不填为居民身份证"
        return Column(
            f"={name}", label, f"{note}\n" + "\n".join(shown), coded, columns.Limits(shown), required
        )
    if name == "area":
        return Column(
            "=area", label, "必填，村（居）委会全称或12位区划代码", lambda raw, names: names.village(raw, label), required=True, offers="villages"
        )  # fmt: skip
    if name == "responsible_doctor":
        return Column(
            f"={name}", label, "选填，医务人员姓名", lambda raw, names: names.practitioner(cells.words(raw, label), label), offers="doctors"
        )  # fmt: skip
    if name in ("birth_date", "resident_since"):
        note = "有身份证号的可不填" if name == "birth_date" else "选填"
        return Column(
            f"={name}",
            label,
            f"{note}\n日期，如 1977-11-25",
            lambda raw, names: cells.day(raw, label).isoformat(),
        )
    if name in _NUMBERS:
        return Column(f"={name}", label, "请按文本填写", lambda raw, names: _starred_number(raw, label))
    return Column(
        f"={name}",
        label,
        "必填" if required else "选填",
        lambda raw, names: cells.words(raw, label),
        required=required,
    )


def available(code: str) -> Layout:
    """The layout, or Refused in the words of a page."""
    if code not in dict(codes_with_layout()):
        raise Refused("没有这种表格模板。", code="unknown_form")
    return of(code)
