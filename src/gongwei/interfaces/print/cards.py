"""居民健康档案封面 and 居民健康档案信息卡 (records.md §4): papers about the resident and not about one service."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gongwei.interfaces.print import heads, layout
from gongwei.language import forms

Sheet = dict[str, Any]
#: Chronic diseases the card names, as 既往史 of 个人基本信息表 has them: code there, words here.
CARD_DISEASES = {"2": "高血压", "3": "糖尿病", "7": "脑卒中", "4": "冠心病", "12": "职业病"}


@dataclass(frozen=True)
class Basics:
    """What the card takes from the latest 个人基本信息表, in words; empty while there is none."""

    blood: str = ""
    rh: str = ""
    diseases: str = ""
    allergies: str = ""


def basics(form: type[forms.Form], answers: Mapping[str, Any] | None) -> Basics:
    """Take from 个人基本信息表 what the card shows."""
    if not answers:
        return Basics()
    past = sorted(answers.get("past_diseases") or (), key=str)
    known = [CARD_DISEASES[code] for code in past if code in CARD_DISEASES]
    others = [each for each in past if each not in CARD_DISEASES and each != "1"]
    return Basics(
        *(layout.said(form.fields[name], answers.get(name)) for name in ("blood_abo", "blood_rh")),
        "、".join([*known, *(["其他"] if others else [])]) or ("无" if past else ""),
        layout.said(form.fields["drug_allergies"], answers.get("drug_allergies")),
    )


def cover(head: heads.Head, foot: str = "") -> Sheet:
    """居民健康档案封面."""
    lines = (
        ("姓名", head.name),
        ("现住址", head.address),
        ("户籍地址", head.hukou_address),
        ("联系电话", head.phone),
        ("乡镇（街道）名称", head.township),
        ("村（居）委会名称", head.village),
        (None, None),
        ("建档单位", head.filed_organization),
        ("建档人", head.filed_by),
        ("责任医生", head.doctor),
        ("建档日期", layout.day(head.filed_on)),
    )
    body = [
        {"t": "space", "mm": 12} if label is None else _line(label, value or "") for label, value in lines
    ]
    number: list[layout.Run] = ["编号 "]
    for place, part in enumerate(heads.number(head)):
        number += ["-"] if place else []
        number += [layout.box(digit.replace("_", "")) for digit in part]
    return {
        "margin": 24,
        "blocks": [
            {"t": "text", "a": "r", "size": 12, "c": [{"l": number}]},
            *([{"t": "qr", "qr": heads.qr(head.record_no), "mm": 26}] if head.record_no else []),
            {"t": "space", "mm": 24},
            {"t": "text", "a": "c", "c": [{"l": [{"big": "居民健康档案", "size": 34}]}]},
            {"t": "space", "mm": 26},
            *body,
        ],
        "foot": foot,
    }


def _line(label: str, value: str) -> dict[str, Any]:
    return {
        "t": "text",
        "size": 15,
        "above": 4,
        "below": 4,
        "c": [{"l": [{"wide": f"{label}：", "w": 46}, {"line": value, "w": 100}]}],
    }


def card(head: heads.Head, known: Basics, foot: str = "") -> Sheet:
    """居民健康档案信息卡, front and back on one page, to be cut out."""
    wide = 174.0
    born = (
        f"{head.birth_date.year}年{head.birth_date.month}月{head.birth_date.day}日" if head.birth_date else ""
    )
    sex = {"1": "男", "2": "女"}.get(head.sex, "")
    number = "-".join(heads.number(head)).replace("_", " ")
    front = [
        [("姓名", head.name), ("性别", sex), ("出生日期", born)],
        [("健康档案编号", number)],
        [("ABO血型", known.blood), ("RH血型", known.rh)],
        [("慢性病患病情况（无、高血压、糖尿病、脑卒中、冠心病、哮喘、职业病、其他疾病）", known.diseases)],
        [("过敏史", known.allergies)],
    ]
    back = [
        [("家庭住址", head.address), ("家庭电话", head.phone)],
        [("紧急情况联系人", head.contact_name), ("联系人电话", head.contact_phone)],
        [
            ("建档机构名称", head.filed_organization or head.organization),
            ("联系电话", head.organization_phone),
        ],
        [("责任医生或护士", head.doctor), ("联系电话", head.doctor_phone)],
        [("其他说明", "")],
    ]
    return {
        "margin": 18,
        "blocks": [
            {"t": "text", "a": "c", "c": [{"l": [{"big": "居民健康档案信息卡", "size": 15}]}]},
            *([{"t": "qr", "qr": heads.qr(head.record_no), "mm": 20}] if head.record_no else []),
            _face("（正面）", front, wide),
            {"t": "cut"},
            _face("（反面）", back, wide),
        ],
        "foot": foot,
    }


def _face(title: str, lines: list[list[tuple[str, str]]], width: float) -> dict[str, Any]:
    columns = 6
    cells: list[dict[str, Any]] = [{"c": [{"l": [{"s": title}]}], "cs": columns, "a": "c", "h": True}]
    for line in lines:
        share = columns // len(line)
        cells += [
            {"c": [{"l": [{"s": f"{label}："}, layout.blank(value, 24)]}], "cs": share}
            for label, value in line
        ]
    return {"t": "table", "columns": [width / columns] * columns, "size": 10.5, "pad": 3, "cells": cells}
