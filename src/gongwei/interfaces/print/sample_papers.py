"""现场核查表 on paper: the persons drawn at an institution, one block each with boxes to fill in by hand; nothing that was recorded.

An evaluator takes it along where there is no network. Names are masked as on the page, telephones are not on it: who must be called
is opened on the page, where the look is written down.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gongwei.interfaces.print import layout, typesetting

#: Columns of the list with their widths in mm, A4 across; the last ones are empty, to be written in.
_HEADS = (
    ("人群、序号", 27.0), ("姓名", 20.0), ("性别年龄", 19.0), ("村（居）委会、住址", 50.0), ("途径", 25.0),
    ("本人（家属）说法", 55.0), ("复测血压", 22.0), ("复测血糖", 18.0), ("判定", 36.0),
)  # fmt: skip
_WAYS = "□电话 □入户"
_VERDICTS = "□合格 □不合格\n□不真实 □不能判定"


@dataclass(frozen=True)
class SamplePaper:
    """What the sheet says. rows: the persons as the page shows them (`presenters.evaluation_cases.person`), in order of drawing."""

    round_title: str
    organization: str
    seed: str
    drawn_on: dt.date | None
    rows: Sequence[Mapping[str, Any]]


def sample_pdf(paper: SamplePaper, *, foot: str = "") -> bytes:
    """The sheet, ready to be printed and signed."""
    return typesetting.pdf("现场核查表", [sample_sheet(paper, foot=foot)])


def sample_sheet(paper: SamplePaper, *, foot: str = "") -> dict[str, Any]:
    """The sheet as data, A4 across; its head is repeated on every page."""
    cells: list[dict[str, Any]] = [{"c": [{"l": [{"s": text}]}], "h": True, "a": "c"} for text, _ in _HEADS]
    for each in paper.rows:
        cells += [{"c": [{"l": [part]} for part in text.split("\n")]} for text in _line(each)]
    drawn = f"　抽样日期：{layout.day(paper.drawn_on)}" if paper.drawn_on else ""
    return {
        "title": f"{paper.organization}现场核查表",
        "width": 297,
        "height": 210,
        "lead": [{"l": [f"{paper.round_title}　共{len(paper.rows)}人　抽样种子：{paper.seed}{drawn}"]}],
        "blocks": [
            {
                "t": "table",
                "columns": [width for _, width in _HEADS],
                "size": 9,
                "pad": 1.6,
                "repeat": True,
                "cells": cells,
            },
            _text("先问、先测，再与档案对照；判为不真实的，写明依据并由本人或家属签字。"),
            _text(["核查人（2人）：", {"k": 70}, "被核查机构：", {"k": 60}, "日期：　　年　　月　　日"]),
        ],
        "foot": foot,
    }


def _line(each: Mapping[str, Any]) -> tuple[str, ...]:
    who = f"{each['sex']}　{each['age']}岁" if each["sex"] else ""
    how = "（按疑点）" if each["how_code"] == "risk" else ""
    place = f"{each['village']}{each['address']}"
    return (
        f"{each['population']}{each['position']}号\n{how}", each["name"], who, place, _WAYS, "\n", "　　／", "", _VERDICTS,
    )  # fmt: skip


def _text(runs: str | list[layout.Run]) -> dict[str, Any]:
    return {
        "t": "text",
        "size": 10,
        "above": 4,
        "below": 3,
        "c": [{"l": [runs] if isinstance(runs, str) else runs}],
    }
