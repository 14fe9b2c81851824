"""体检结果反馈: an exam told to the resident, in large type and plain words, what is abnormal first."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gongwei.interfaces.print import heads, layout, papers, typesetting
from gongwei.language import expressions, fields, forms, record_nodes
from gongwei.language.abnormal import Abnormal

Sheet = dict[str, Any]
#: Millimetres of the columns: item, this time, last time, what is usual.
WIDTHS = (62.0, 42.0, 42.0, 40.0)


@dataclass(frozen=True)
class Report:
    """What the report tells. `before` is the exam of an earlier year; `appointments` are (what, when) lines."""

    form: type[forms.Form]
    answers: Mapping[str, Any]
    done_on: dt.date
    head: heads.Head
    age: int | None = None
    abnormal: Sequence[Abnormal] = ()
    before: Mapping[str, Any] | None = None
    before_on: dt.date | None = None
    appointments: Sequence[tuple[str, str]] = ()
    organization: str = ""
    doctor: str = ""
    phone: str = ""
    foot: str = ""
    names: layout.Names = field(default_factory=layout.Names)


def report_pdf(report: Report) -> bytes:
    """The report as PDF."""
    return typesetting.pdf("健康体检结果反馈", [sheet(report)])


def sheet(report: Report) -> Sheet:
    """The report as a sheet."""
    head = report.head
    called = {"1": "先生", "2": "女士"}.get(head.sex, "")
    age = f"{report.age}岁" if report.age is not None else ""
    blocks: list[dict[str, Any]] = [
        _text(12.5, [f"{head.name}{called}（{age}）：您好！"]),
        _text(
            12.5,
            [
                f"您于{layout.day(report.done_on)}在{report.organization or head.organization}做了健康体检，结果如下，请您仔细阅读并保存。"
            ],
        ),
        _heading("一、需要您注意的结果"),
    ]
    if report.abnormal:
        for number, each in enumerate(report.abnormal, start=1):
            blocks += _finding(number, each, report)
    else:
        blocks.append(_text(12.5, ["本次检查的项目没有发现异常，请继续保持良好的生活习惯，每年体检一次。"]))
    blocks += [_heading("二、医生给您的建议"), *_advice(report)]
    blocks += [_heading("三、下次服务"), *_appointments(report)]
    blocks += [_heading("四、主要结果与上次比较"), _comparison(report)]
    blocks.append(
        _text(
            12.5,
            [
                {"s": "体检医生："},
                report.doctor or head.doctor,
                "　　",
                {"s": "咨询电话："},
                report.phone or head.organization_phone or "请向体检机构询问",
            ],
        )
    )
    blocks.append(
        _text(
            9,
            [
                "本报告根据健康体检表生成，不能代替医生的诊断。扫描右上角二维码可得到您的健康档案编号，就诊时请出示。"
            ],
        )
    )
    return {
        "title": "健康体检结果反馈",
        "title_size": 22,
        "lead": [{"l": [f"健康档案编号：{head.record_no}"]}],
        **({"qr": heads.qr(head.record_no)} if head.record_no else {}),
        "blocks": blocks,
        "foot": report.foot,
    }


def _text(size: float, runs: list[layout.Run]) -> dict[str, Any]:
    return {"t": "text", "size": size, "lead": 7, "above": 1.5, "below": 2.5, "c": [{"l": runs}]}


def _heading(words: str) -> dict[str, Any]:
    return {"t": "text", "size": 14, "above": 4, "below": 2, "c": [{"l": [{"s": words}]}]}


def _finding(number: int, each: Abnormal, report: Report) -> list[dict[str, Any]]:
    first: list[layout.Run] = [{"s": f"{number}．{each.name}"}]
    for shown in _looked_at(each, report):
        usual = papers.usual_range(shown, report.head.sex, report.done_on)
        first += [f"　{shown.label}：", {"s": measured(shown, report.answers.get(shown.name), report.names)}]
        first += [f"（一般{usual}）"] if usual else []
    if each.urgent:
        first.append({"s": "　※请立即就医"})
    elif each.refer:
        first.append({"s": "　※建议到上级医院就诊"})
    told: list[layout.Run] = [each.explain]
    advised: list[layout.Run] = [{"s": "怎么办："}, each.advise]
    return [
        {
            "t": "table",
            "columns": [186],
            "size": 12,
            "lead": 6.5,
            "pad": 2,
            "cells": [{"c": [{"l": first}, {"l": told}, {"l": advised}]}],
        }
    ]


def _looked_at(each: Abnormal, report: Report) -> list[fields.Field]:
    """The item the finding is about, and other answers the condition asks: both halves of a blood pressure."""
    found = {each.field.name: each.field}
    for node in expressions.walk(each.node):
        if isinstance(node, record_nodes.Answer) and node.field.owner is report.form:
            found.setdefault(node.field.name, node.field)
    answered = [one for one in found.values() if not fields.is_missing(report.answers.get(one.name))]
    return [each.field] if len(answered) > 2 else answered or [each.field]


def _advice(report: Report) -> list[dict[str, Any]]:
    found = []
    for name in ("guidance", "risk_control"):
        each = report.form.fields.get(name)
        if each is not None and not fields.is_missing(report.answers.get(name)):
            found.append(f"{each.label}：{layout.said(each, report.answers[name])}。")
    goal = report.answers.get("target_weight")
    if goal is not None:
        found.append(f"减重目标：{goal}kg。")
    return [_text(12.5, [words]) for words in found] or [
        _text(12.5, ["低盐低油，适量运动，戒烟限酒，保持心情舒畅。"])
    ]


def _appointments(report: Report) -> list[dict[str, Any]]:
    lines = [_text(12.5, [f"{what}：", {"s": when}]) for what, when in report.appointments]
    return lines or [_text(12.5, ["请于明年再来做健康体检；身体不适请随时就诊。"])]


def _comparison(report: Report) -> dict[str, Any]:
    """The measured items: this time, last time, what is usual; abnormal ones first and marked ※."""
    marked = {each.field.name for each in report.abnormal}
    last = layout.day(report.before_on) if report.before_on else "上次"
    headings = (
        "项目",
        f"本次\n{layout.day(report.done_on)}",
        f"上次\n{last if report.before_on else '无'}",
        "一般范围",
    )
    cells = [
        {"c": [{"l": [{"s": part}]} for part in text.split("\n")], "h": True, "a": "c"} for text in headings
    ]
    shown = [
        each
        for each in report.form.fields.values()
        if isinstance(each, fields.Quantity)
        and each.code is not None
        and (
            not fields.is_missing(report.answers.get(each.name))
            or not fields.is_missing((report.before or {}).get(each.name))
        )
    ]
    shown.sort(key=lambda each: each.name not in marked)
    for each in shown:
        now = report.answers.get(each.name)
        before = (report.before or {}).get(each.name)
        mark = "※" if each.name in marked else ""
        cells += [
            {"c": [{"l": [f"{mark}{each.label}"]}]},
            {"c": [{"l": [{"s": measured(each, now, report.names)}, _arrow(now, before)]}], "a": "c"},
            {"c": [{"l": [measured(each, before, report.names)]}], "a": "c"},
            {"c": [{"l": [papers.usual_range(each, report.head.sex, report.done_on)]}], "a": "c"},
        ]
    return {"t": "table", "columns": list(WIDTHS), "size": 11, "pad": 1.5, "repeat": True, "cells": cells}


def _arrow(now: Any, before: Any) -> str:
    if now is None or before is None or now == before:
        return ""
    return " ↑" if now > before else " ↓"


def measured(field: fields.Field, value: Any, names: layout.Names | None = None) -> str:
    """An answer with its unit; — when there is none."""
    if fields.is_missing(value):
        return "—"
    said = layout.said(field, value)
    return f"{said}{field.unit}" if isinstance(field, fields.Quantity) else said
