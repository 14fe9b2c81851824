"""拨付表 and 明细账 on paper: amounts, sums, the amount in capitals, the document, and lines to sign."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from gongwei.interfaces.excel.fund_sheets import JournalSheet, PaymentSheet
from gongwei.interfaces.print import layout, typesetting
from gongwei.settlement import money

AMOUNT = re.compile(r"-?[0-9,]+\.[0-9]{2}")
NUMBER = re.compile(r"-?[0-9,]+(\.[0-9]+)?％?")
_SIGN = ["审批：", {"k": 40}, "审核：", {"k": 40}, "出纳：", {"k": 40}, "制表："]


def payment_pdf(paper: PaymentSheet, *, foot: str = "") -> bytes:
    """A payment as a table to be signed and stamped."""
    return typesetting.pdf(paper.title, [payment_sheet(paper, foot=foot)])


def payment_sheet(paper: PaymentSheet, *, foot: str = "") -> dict[str, Any]:
    """The sheet of a payment, A4 upright."""
    heads = [("序号", 12.0), ("机构", 66.0), ("任务金额", 36.0), ("拨付金额", 36.0), ("签收", 36.0)]
    rows = [
        [str(number), name, money.yuan(task), money.yuan(fen), ""]
        for number, (name, task, fen) in enumerate(paper.lines, start=1)
    ]
    rows.append(["", "合计", money.yuan(paper.tasks_fen), money.yuan(paper.total_fen), ""])
    rate = f"　预拨比例：{(paper.rate * 100).normalize():f}％" if paper.rate is not None else ""
    return {
        "title": f"{paper.county}{paper.title}{'表' if paper.title.endswith('拨付') else '资金表'}",
        "title_size": 15,
        "lead": [
            {"l": [f"依据文件：{paper.document}{rate}　拨付日期：{layout.day(paper.paid_on)}　单位：元"]}
        ],
        "blocks": [
            table(heads, rows),
            text(10.5, ["合计（大写）：", {"s": money.capitals(paper.total_fen)}]),
            text(10.5, _SIGN),
            text(10.5, ["单位（盖章）：", {"k": 110}, "年　　月　　日"]),
        ],
        "foot": foot,
    }


def journal_pdf(paper: JournalSheet, *, foot: str = "") -> bytes:
    """The journal as a table, A4 across."""
    return typesetting.pdf(paper.title, [journal_sheet(paper, foot=foot)])


def journal_sheet(paper: JournalSheet, *, foot: str = "") -> dict[str, Any]:
    """The sheet of the journal."""
    heads = [
        ("日期", 20.0),
        ("凭证号", 25.0),
        ("业务", 18.0),
        ("科目", 34.0),
        ("机构", 46.0),
        ("摘要", 38.0),
        ("依据文件", 36.0),
        ("借方", 28.0),
        ("贷方", 28.0),
    ]
    rows = [
        [
            f"{each['posting'].posted_on:%Y-%m-%d}",
            each["number"],
            each["kind"],
            each["account"],
            each["organization"],
            "　".join(part for part in (each["posting"].note, each["about"]) if part),
            each["posting"].document,
            money.yuan(each["debit"]) if each["debit"] else "",
            money.yuan(each["credit"]) if each["credit"] else "",
        ]
        for each in paper.lines
    ]
    debit, credit = paper.sums
    rows.append(["合计", "", "", "", "", "", "", money.yuan(debit), money.yuan(credit)])
    return {
        "title": f"{paper.county}{paper.title}",
        "width": 297,
        "height": 210,
        "lead": [{"l": [f"分录{len(paper.lines)}条　单位：元"]}],
        "blocks": [table(heads, rows, size=8), text(10, _SIGN)],
        "foot": foot,
    }


def table(
    heads: Sequence[tuple[str, float]],
    rows: Sequence[Sequence[str]],
    size: float = 10,
    ending: re.Pattern[str] = AMOUNT,
) -> dict[str, Any]:
    """A table whose head is repeated on every page. Words begin at the left of a cell, what `ending` knows ends at its right."""
    cells: list[dict[str, Any]] = [{"c": [{"l": [{"s": text}]}], "h": True, "a": "c"} for text, _ in heads]
    cells += [{"c": [_line(text, ending)]} for row in rows for text in row]
    return {
        "t": "table",
        "columns": [width for _, width in heads],
        "size": size,
        "pad": 1.4,
        "repeat": True,
        "cells": cells,
    }


def _line(text: str, ending: re.Pattern[str]) -> dict[str, Any]:
    return {"l": [], "r": [text]} if ending.fullmatch(text) else {"l": [text]}


def text(size: float, runs: list[layout.Run]) -> dict[str, Any]:
    """A line of words below a table: signatures, seals."""
    return {"t": "text", "size": size, "above": 4, "below": 3, "c": [{"l": runs}]}
