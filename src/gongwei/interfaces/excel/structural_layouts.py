"""The columns of the sheets that say where, who and in which family: areas, organizations, staff, families, managed diseases.

Identifiers begin with `=` as on the sheet of 建档; the resident a row is about is told by the same columns as on forms.
"""

from collections.abc import Callable
from typing import Any

from gongwei import catalogue
from gongwei.interfaces.excel import cells, columns, layouts, option_text
from gongwei.interfaces.excel.cells import Raw, Unreadable
from gongwei.interfaces.excel.directory import Directory
from gongwei.interfaces.excel.layouts import Column, Layout
from gongwei.language.types import Options
from gongwei.places import division_codes, roles
from gongwei.places.operations import organizations as organization_operations
from gongwei.residents import codes

TITLES = {
    layouts.AREAS: "行政区划",
    layouts.ORGANIZATIONS: "机构",
    layouts.PRACTITIONERS: "人员与岗位",
    layouts.HOUSEHOLDS: "家庭成员",
    layouts.EPISODES: "专案",
}
_DAY = "日期，如 2025-03-10"
_SEX = Options("性别", {"1": "男", "2": "女"})
_RELATION_WORDS = {
    "本人": "02", "户主本人": "02", "丈夫": "11", "妻子": "12", "儿子": "20", "女儿": "30", "父": "51", "母": "52",
    "爷爷": "61", "奶奶": "62", "外公": "63", "外婆": "64", "哥哥": "71", "弟弟": "73", "姐姐": "75", "妹妹": "77",
}  # fmt: skip


def of(kind: str) -> Layout:
    """The layout of a structural kind. Raises KeyError."""
    made: dict[str, Callable[[], tuple[Column, ...]]] = {
        layouts.AREAS: _areas,
        layouts.ORGANIZATIONS: _organizations,
        layouts.PRACTITIONERS: _practitioners,
        layouts.HOUSEHOLDS: _households,
        layouts.EPISODES: _episodes,
    }
    besides = layouts.who_besides() if kind in (layouts.HOUSEHOLDS, layouts.EPISODES) else ()
    return Layout(kind, TITLES[kind], 1, made[kind](), besides=besides)


def _empties(required: bool) -> frozenset[str]:
    return frozenset() if required else cells.STROKES | cells.DASHES | cells.NONE


def _text(name: str, label: str, note: str, *, required: bool = False, at_most: int = 200) -> Column:
    def read(raw: Raw, names: Directory) -> str:
        found = " ".join(cells.words(raw, label).split())
        if len(found) > at_most:
            raise Unreadable(f"“{label}”超过{at_most}个字")
        return found

    return Column(f"={name}", label, note, read, required=required, empties=_empties(required))


def _number(name: str, label: str, note: str, *, required: bool = False, at_most: int = 40) -> Column:
    def read(raw: Raw, names: Directory) -> str:
        found = cells.long_number(raw, label)
        if len(found) > at_most:
            raise Unreadable(f"“{label}”超过{at_most}位")
        return found

    return Column(f"={name}", label, note, read, required=required, empties=_empties(required))


def _day(name: str, label: str, note: str, *, required: bool = False) -> Column:
    return Column(
        f"={name}",
        label,
        f"{note}\n{_DAY}",
        lambda raw, names: cells.day(raw, label),
        required=required,
        empties=_empties(required),
    )


def _choice(
    name: str,
    label: str,
    options: Options,
    note: str,
    *,
    required: bool = False,
    words: dict[str, str] | None = None,
) -> Column:
    def read(raw: Raw, names: Directory) -> str:
        found = option_text.option_of(options, raw, label) or (words or {}).get(cells.narrow(raw, label))
        if found is None:
            few = "、".join(option_text.shown(each) for each in options.items[:12])
            raise Unreadable(f"“{label}”没有“{cells.shown(raw)}”这个选项", "option", f"可填：{few}。")
        return found

    shown = tuple(option_text.shown(each) for each in options.items)
    return Column(
        f"={name}",
        label,
        f"{note}\n" + "\n".join(shown),
        read,
        columns.Limits(shown),
        required=required,
        empties=_empties(required),
    )


def division_code(raw: Raw, label: str) -> int:
    """A 12-digit division code of a cell. Raises Unreadable."""
    text = cells.long_number(raw, label)
    try:
        key = division_codes.parse(text)
        division_codes.check_kind(key)
    except division_codes.problems.Refused as refused:
        raise Unreadable(refused.message.rstrip("。"), refused.code or "", refused.hint or "") from None
    return key


def _areas() -> tuple[Column, ...]:
    urban = Options("城乡分类代码", division_codes.URBAN_RURAL)
    return (
        Column("=code", "区划代码", "必填，12位统计用区划代码，各级均可，请按文本填写", lambda raw, names: division_code(raw, "区划代码"), required=True),
        _text("name", "名称", "必填，区划名称", required=True, at_most=70),
        _choice("urban_rural_code", "城乡分类代码", urban, "选填"),
        _day("from_on", "启用日期", "选填，不填与上级区划的启用日期相同"),
        _text("document", "依据文件", "选填，不填为“数据迁移导入”"),
    )  # fmt: skip


def _organizations() -> tuple[Column, ...]:
    kinds = Options("机构类别", dict(organization_operations.Kind.choices))
    return (
        _number("code", "机构代码", "必填，本县区内唯一，请按文本填写", required=True, at_most=22),
        _text("name", "机构名称", "必填，机构全称", required=True, at_most=100),
        _choice("kind", "机构类别", kinds, "必填", required=True),
        _number("parent", "上级机构代码", "选填，上级机构的机构代码", at_most=22),
        _text("area", "所在区划", "必填，12位区划代码，或“乡镇名称村名称”", required=True),
        _number("credit_code", "统一社会信用代码", "选填，18位"),
        _number("phone", "联系电话", "选填", at_most=20),
        _day("from_on", "启用日期", "选填，不填与所在区划的启用日期相同"),
        _text("served", "服务区划", "选填，服务的村（居）、乡镇的区划代码或名称，多个用“；”分开", at_most=4000),
    )  # fmt: skip


def _practitioners() -> tuple[Column, ...]:
    held = Options(
        "角色", {code: title for code, title in roles.Role.choices if code not in roles.ADMINISTRATORS}
    )
    administrators = {title for code, title in roles.Role.choices if code in roles.ADMINISTRATORS}

    def several(raw: Raw, names: Directory) -> tuple[str, ...]:
        found: list[str] = []
        for part in (
            cells.narrow(raw, "角色").replace(";", "；").replace("、", "；").replace(",", "；").split("；")
        ):
            if not part.strip():
                continue
            code = option_text.option_of(held, part.strip(), "角色")
            if part.strip() in administrators | set(roles.ADMINISTRATORS):
                raise Unreadable(
                    f"“{part.strip()}”不能通过导入授予", "administrator", "请在“账号与岗位”中办理。"
                )
            if code is None:
                few = "、".join(each.label for each in held.items)
                raise Unreadable(f"“角色”没有“{part.strip()}”这个选项", "option", f"可填：{few}。")
            if code not in found:
                found.append(code)
        return tuple(found)

    labels = tuple(each.label for each in held.items)
    return (
        _number("number", "人员编号", "选填，原系统的人员编号；一人多个岗位分几行填写时，用它认出同一人"),
        _text("name", "姓名", "必填", required=True, at_most=50),
        _choice("sex", "性别", _SEX, "选填"),
        _text("title", "职称", "选填", at_most=50),
        _text("organization", "机构代码", "必填，机构代码或机构全称", required=True, at_most=100),
        _number("phone", "联系电话", "选填", at_most=20),
        Column("=username", "用户名", "选填，填写则建立账号，首次登录须修改密码", lambda raw, names: cells.narrow(raw, "用户名").lower()),
        Column("=roles", "角色", "选填，多个用“；”分开；系统管理员、安全保密管理员、安全审计员不能通过导入授予：\n" + "\n".join(labels), several, columns.Limits(labels)),
        _day("from_on", "岗位起始日期", "选填，不填为导入当天"),
        _day("until_on", "岗位截止日期", "选填，不含当日；不填为至今"),
    )  # fmt: skip


def relation(raw: Raw, label: str) -> str:
    """与户主关系 of a cell: two digits (GB/T 4761), a label, or the one digit of older family books.

    “2” is either 02 户主 whose zero Excel dropped, or 子 of the one-digit table: it is refused. Raises Unreadable.
    """
    text = cells.narrow(raw, label).replace(" ", "")
    if text == "2":
        raise Unreadable(
            f"“{label}”的“2”可能是“02 户主”，也可能是一位码的“2 子”", "option", "请写名称或两位代码。"
        )
    table = codes.table("relation_to_head")
    found = option_text.option_of(_relations(), text, label) or _RELATION_WORDS.get(text)
    if found is not None:
        return found
    for code in codes.table("relation_one_digit").codes.values():
        if text in (code.code, code.zh, f"{code.code}{code.zh}", f"{code.code}.{code.zh}"):
            return code.maps["relation_to_head"]
    few = "、".join(f"{each.code} {each.zh}" for each in list(table.codes.values())[:10])
    raise Unreadable(f"“{label}”没有“{cells.shown(raw)}”这个选项", "option", f"可填：{few}等。")


_kept: list[Options] = []


def _relations() -> Options:
    if not _kept:
        _kept.append(Options("与户主关系", dict(codes.table("relation_to_head").choices())))
    return _kept[0]


def _households() -> tuple[Column, ...]:
    shown = tuple(option_text.shown(each) for each in _relations().items)
    return (
        _number("number", "家庭编号", "必填，原系统的家庭编号；编号相同的各行是一家人", required=True),
        *layouts.who_columns(),
        Column("=relation", "与户主关系", "必填", lambda raw, names: relation(raw, "与户主关系"), columns.Limits(shown), required=True),
        _text("address", "住址", "选填，门牌；家庭的住址"),
        _day("from_on", "起始日期", "选填，不填为导入当天"),
    )  # fmt: skip


#: The states an old system may give, in its words.
STATES = {"管理中": "active", "在管": "active", "已纳入": "active", "疑似": "suspected", "已核实": "verified", "已结束": "ended", "终止管理": "ended", "结案": "ended"}  # fmt: skip


def _episodes() -> tuple[Column, ...]:
    stored = [each for each in catalogue.episodes() if not each.automatic]
    kinds = Options("管理病种", {each.code: each.title for each in stored})
    automatic = {each.title: each.title for each in catalogue.episodes() if each.automatic}
    # An episode is called 高血压患者管理, the disease 高血压: both are said.
    short = {
        word: each.code
        for each in stored
        for word in (each.title.removesuffix("患者管理"), each.title.removesuffix("管理"))
    }

    def kind(raw: Raw, names: Directory) -> str:
        text = cells.narrow(raw, "管理病种")
        found = option_text.option_of(kinds, raw, "管理病种") or short.get(text.replace(" ", ""))
        if found is not None:
            return found
        if text in automatic:
            raise Unreadable(f"“{text}”由系统按年龄自动纳入，不必导入", "automatic")
        few = "、".join(each.label for each in kinds.items)
        raise Unreadable(f"“管理病种”没有“{cells.shown(raw)}”这个选项", "option", f"可填：{few}。")

    state = Options(
        "状态", {"active": "管理中", "suspected": "疑似", "verified": "已核实", "ended": "已结束"}
    )
    return (
        *layouts.who_columns(),
        Column("=kind", "管理病种", "必填\n" + "\n".join(each.label for each in kinds.items), kind, columns.Limits(tuple(each.label for each in kinds.items)), required=True),
        _day("diagnosed_on", "确诊日期", "选填"),
        _day("started_on", "纳入管理日期", "必填", required=True),
        _text("found_by", "发现途径", "选填", at_most=20),
        Column("=doctor", "责任医生", "选填，医务人员姓名", lambda raw, names: names.practitioner(cells.words(raw, "责任医生"), "责任医生"), offers="doctors"),
        Column("=organization", "责任机构", "选填，机构全称或机构代码；不填为居民的管理机构", lambda raw, names: names.organization(raw, "责任机构"), offers="organizations"),
        _choice("state", "状态", state, "选填，不填为管理中；填了结束日期为已结束", words=STATES),
        _day("ended_on", "结束日期", "结束管理的必填"),
        _text("end_reason", "结束原因", "结束管理的必填：死亡、迁出、失访、拒绝等，或其代码", at_most=40),
    )  # fmt: skip


def end_reason(kind: str, text: str) -> str | None:
    """The code of a reason for ending, said by code or label; None when the kind has no such reason."""
    options: Any = catalogue.episode(kind).end_reasons
    return option_text.option_of(options, text, "结束原因") if options else text[:20]
