"""Parameters with their dates, key populations, and code tables."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from typing import Any

import yaml

from gongwei.language.parameters import ParameterDefinition
from gongwei.language.programmes import Programme
from gongwei.residents import codes
from gongwei.site.documents import markdown, phrases

#: Parameters that the apps below the programmes read, by the package whose parameters.yaml holds them.
PACKAGES = {"gongwei.residents": "居民档案", "gongwei.places": "机构与登录"}
PLACES_TITLES = {
    "sign_in_attempts": "连续登录失败次数上限",
    "sign_in_lock_minutes": "登录失败后的锁定时间",
    "address_failures": "同一网络地址的失败次数上限",
    "address_failure_minutes": "同一网络地址失败的计数时间",
    "session_idle_minutes": "无操作自动退出时间",
    "session_hours": "一次登录的最长时间",
    "password_length": "密码最少位数",
    "password_kinds": "密码最少字符类数",
    "password_days": "密码有效期",
}
#: Tags that follow from the birth date: the parameter, and what the age must be to it (residents.tags.AGE_TAGS).
AGE_TAGS = {"KP01": ("child_tag_age", "未满"), "KP03": ("elderly_tag_age", "满")}
GENERAL = "KP99"


def parameters(definitions: Iterable[ParameterDefinition]) -> str:
    """Every dated parameter: those of the programmes, then those of the apps."""
    parts = [
        "一条记录按服务当日有效的取值判断。“可由县区规定”的参数，县区可以另定取值，须写明依据文件。"
        "出处中，[S] 为规范原文，[K] 为通行做法，[?] 为尚待核实的默认值。",
        "## 服务项目\n\n" + markdown.table(HEADINGS, _of_programmes(definitions)),
    ]
    for package, title in PACKAGES.items():
        rows = _of_package(_read(package), PLACES_TITLES if package == "gongwei.places" else {})
        parts.append(f"## {title}\n\n" + markdown.table(HEADINGS, rows))
    return markdown.page("参数", *parts)


HEADINGS = ("参数", "标识", "取值", "单位", "自", "出处", "可由县区规定", "允许的取值", "待定问题")


def _of_programmes(definitions: Iterable[ParameterDefinition]) -> Iterator[tuple[object, ...]]:
    for each in sorted(definitions, key=lambda definition: definition.code):
        choices = "、".join(phrases.value(choice) for choice in each.choices)
        for dated in each.values:
            held = (phrases.value(dated.value), each.unit, dated.since.isoformat(), dated.source)
            local = "是" if each.local else "否"
            yield (each.title, f"`{each.code}`", *held, local, choices, each.open_question)


def _of_package(known: Mapping[str, Any], titles: Mapping[str, str]) -> Iterator[tuple[object, ...]]:
    """The two files differ: with a title, unit and values, or a bare list of dated values each with its unit."""
    for name, entry in known.items():
        about = entry if isinstance(entry, dict) else {"values": entry}
        local = "是" if about.get("local") else "否"
        for dated in about["values"]:
            unit = about.get("unit") or dated.get("unit", "")
            since: dt.date = dated["since"]
            held = (_plain(dated["value"]), unit, since.isoformat(), dated["source"])
            yield (about.get("title") or titles[name], f"`{name}`", *held, local, "", "")


def _read(package: str) -> dict[str, Any]:
    text = resources.files(package).joinpath("parameters.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(str(each) for each in value)
    return phrases.value(value).strip("“”")


def key_populations(programmes: Iterable[Programme]) -> str:
    """The tags, each with what it is worked out from."""
    ages = _read("gongwei.residents")
    managed = {e.tag: (p, e) for p in programmes for e in p.episodes if e.tag}
    rows = []
    for code in codes.table("key_population").codes.values():
        if code.code in AGE_TAGS:
            name, relation = AGE_TAGS[code.code]
            dated = ages[name]["values"][-1]
            how = f"由出生日期算出：{relation}{dated['value']}周岁〔{name}〕；出处：{dated['source']}"
        elif code.code in managed:
            programme, episode = managed[code.code]
            how = f"在“{episode.title}”中（{programme.title}）"
        else:
            how = "没有以上任何一类" if code.code == GENERAL else "尚未启用"
        rows.append((code.code, code.zh, how))
    note = "人群分类都由系统算出，不能手工填写；一人可有多类。"
    return markdown.page("人群分类", note, markdown.table(("代码", "名称", "如何得出"), rows))


def code_tables() -> str:
    """Every code table with its standard, dates and counterparts."""
    tables = list(codes.tables().values())
    listed = markdown.table(
        ("代码表", "标识", "标准", "自", "到", "条数"),
        (
            (t.title, f"`{t.table_id}`", t.standard, t.valid_from, t.valid_until or "", len(t.codes))
            for t in tables
        ),
    )
    note = "代码从不改变含义：停用的保留，新的另编。“只接受”的代码可以导入，不向外发送。"
    parts = [f"## {t.title}（`{t.table_id}`）\n\n" + _codes(t, tables) for t in tables]
    return markdown.page("代码表", note, listed, *parts)


def _codes(table: codes.Table, tables: list[codes.Table]) -> str:
    titles = {each.table_id: each.title for each in tables}
    rows = []
    for each in table.codes.values():
        maps = "；".join(f"{titles.get(to, to)} {code}" for to, code in each.maps.items())
        notes = [each.letters, "" if each.emit else "只接受", "县区自定" if each.local else ""]
        notes += ["不与其他项同选" if each.exclusive else "", "须补充文字" if each.needs_text else ""]
        notes += [f"现称{each.today}" if each.today else ""]
        rows.append((each.code, each.zh, maps, "；".join(note for note in notes if note)))
    return markdown.table(("代码", "名称", "对照", "说明"), rows)
