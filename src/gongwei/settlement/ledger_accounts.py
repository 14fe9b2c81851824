"""The chart of accounts of the fund ledger (资金台账): few, and each with one meaning. Pure.

How money runs through it (every posting adds to zero; evaluation_and_funds.md §4–§6):

    budget approved     应收补助资金        / 项目资金
    money arrived       项目资金专户        / 应收补助资金
    share allotted      项目资金            / 已分配资金 (institution)
    prepaid             预拨资金 (inst.)    / 项目资金专户          and in the institution: 机构专户结存 / 机构到位资金
    settled             已分配资金 (inst.)  / 应付机构资金 (inst.) + 扣减资金
    prepayment set off  应付机构资金        / 预拨资金
    paid too much       应收回资金 (inst.)  / 应付机构资金
    paid out            应付机构资金        / 项目资金专户          and in the institution: 机构专户结存 / 机构到位资金
    local top-up owed   应收地方补足资金    / 应付补足资金 (inst.)
    reward              扣减资金            / 应付机构资金 (inst.)
    spent               项目支出 (class)    / 机构专户结存
    taken over          机构专户结存 (heir) / 机构专户结存 (former institution)
"""

from __future__ import annotations

from dataclasses import dataclass

RECEIVABLE, TREASURY, PREPAID, TO_RECOVER, TOPUP_DUE = "1001", "1002", "1101", "1102", "1103"
FUND, ALLOTTED, PAYABLE, POOL, RETURNABLE, CARRIED, TOPUP_PAYABLE = (
    "2001",
    "2002",
    "2101",
    "2201",
    "2202",
    "2203",
    "2301",
)
HELD, RECEIVED, SPENT = "3001", "3002", "3101"
DEBIT, CREDIT = "debit", "credit"


@dataclass(frozen=True)
class Account:
    """One account. side: on which side its balance stands. by_organization: every entry names the institution it
    is about; in the other accounts it may."""

    code: str
    title: str
    side: str
    by_organization: bool = False


ACCOUNTS: dict[str, Account] = {
    each.code: each
    for each in (
        Account(RECEIVABLE, "应收补助资金", DEBIT),
        Account(TREASURY, "项目资金专户", DEBIT),
        Account(PREPAID, "预拨资金", DEBIT, by_organization=True),
        Account(TO_RECOVER, "应收回资金", DEBIT, by_organization=True),
        Account(TOPUP_DUE, "应收地方补足资金", DEBIT),
        Account(FUND, "项目资金", CREDIT),
        Account(ALLOTTED, "已分配资金", CREDIT, by_organization=True),
        Account(PAYABLE, "应付机构资金", CREDIT, by_organization=True),
        Account(POOL, "扣减资金（奖励池）", CREDIT),
        Account(RETURNABLE, "应退回上级资金", CREDIT),
        Account(CARRIED, "结转下年资金", CREDIT),
        Account(TOPUP_PAYABLE, "应付补足资金", CREDIT, by_organization=True),
        Account(HELD, "机构专户结存", DEBIT, by_organization=True),
        Account(RECEIVED, "机构到位资金", CREDIT, by_organization=True),
        Account(SPENT, "项目支出", DEBIT, by_organization=True),
    )
}
#: What a posting is for.
(
    BUDGET,
    ARRIVAL,
    ALLOCATION,
    PREPAYMENT,
    SETTLEMENT,
    PAYMENT,
    RECOVERY,
    TOPUP,
    SPENDING,
    SUCCESSION,
    REVERSAL,
) = (
    "budget",
    "arrival",
    "allocation",
    "prepayment",
    "settlement",
    "payment",
    "recovery",
    "topup",
    "spending",
    "succession",
    "reversal",
)
KINDS = {
    BUDGET: "预算下达",
    ARRIVAL: "资金到账",
    ALLOCATION: "分配下达",
    PREPAYMENT: "预拨",
    SETTLEMENT: "结算",
    PAYMENT: "结算拨付",
    RECOVERY: "收回",
    TOPUP: "地方补足",
    SPENDING: "机构支出",
    SUCCESSION: "机构承继",
    REVERSAL: "冲正",
}
