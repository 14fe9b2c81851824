"""拨付表 and 明细账 as workbooks: amounts as numbers of yuan, sums, the amount in capitals, and the document they rest on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gongwei.interfaces.excel import exports, sheets
from gongwei.settlement import money

PAYMENT_HEAD = ("序号", "机构", "任务金额（元）", "拨付金额（元）", "签收")
JOURNAL_HEAD = (
    "日期",
    "凭证号",
    "业务",
    "摘要",
    "科目代码",
    "科目",
    "机构",
    "来源或支出类别",
    "预算年度",
    "资金类别",
    "借方（元）",
    "贷方（元）",
    "依据文件",
)


@dataclass(frozen=True)
class PaymentSheet:
    """A payment to be written or printed: (institution, task, amount) in fen, the document, the day, the rate of a prepayment."""

    title: str
    county: str
    document: str
    paid_on: dt.date
    lines: Sequence[tuple[str, int, int]]
    rate: Decimal | None = None

    @property
    def total_fen(self) -> int:
        """The sum of it."""
        return sum(fen for _, _, fen in self.lines)

    @property
    def tasks_fen(self) -> int:
        """The sum of the tasks."""
        return sum(task for _, task, _ in self.lines)

    def workbook(self) -> bytes:
        """The payment as a workbook."""
        rows: list[list[sheets.Cell]] = [
            [number, name, money.yuan_decimal(task), money.yuan_decimal(fen), ""]
            for number, (name, task, fen) in enumerate(self.lines, start=1)
        ]
        rows.append(["", "合计", money.yuan_decimal(self.tasks_fen), money.yuan_decimal(self.total_fen), ""])
        rows.append(["", "大写金额", money.capitals(self.total_fen)])
        rows.append(["", "依据文件", self.document])
        rows.append(["", "拨付日期", self.paid_on])
        rows.append(["", "审批人：", "审核人：", "制表人："])
        return exports.rows_workbook("拨付表", PAYMENT_HEAD, rows)


@dataclass(frozen=True)
class JournalSheet:
    """Entries of the journal, as `presenters.funds.entries` makes them."""

    title: str
    county: str
    lines: Sequence[Mapping[str, Any]]

    @property
    def sums(self) -> tuple[int, int]:
        """Debits and credits, in fen."""
        return sum(each["debit"] for each in self.lines), sum(each["credit"] for each in self.lines)

    def workbook(self) -> bytes:
        """The journal as a workbook."""
        rows: list[list[sheets.Cell]] = [
            [
                each["posting"].posted_on,
                each["number"],
                each["kind"],
                each["posting"].note,
                each["code"],
                each["account"],
                each["organization"],
                each["about"],
                each["year"],
                each["pot"],
                money.yuan_decimal(each["debit"]) if each["debit"] else None,
                money.yuan_decimal(each["credit"]) if each["credit"] else None,
                each["posting"].document,
            ]
            for each in self.lines
        ]
        debit, credit = self.sums
        rows.append(["合计", *([""] * 9), money.yuan_decimal(debit), money.yuan_decimal(credit), ""])
        return exports.rows_workbook("明细账", JOURNAL_HEAD, rows)
