"""Money of a year as lines of pages: overview, budgets, documents, payments, the ledger."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from gongwei.base.actors import Actor
from gongwei.settlement import (
    fund_parameters,
    fund_queries,
    ledger_accounts,
    money,
    prepay,
    spending,
    standards,
)
from gongwei.settlement.ledger_balances import Balance

STATES = {"draft": "待审批", "approved": "已批准", "replaced": "已调整", "withdrawn": "已撤回"}
TONES = {"draft": "bg-yellow-lt", "approved": "bg-green-lt", "replaced": "", "withdrawn": ""}
POTS = {"": "全部资金", **standards.POTS}


def journal(**asked: Any) -> str:
    """The address of the journal, filtered."""
    query = {name: str(value) for name, value in asked.items() if value not in (None, "")}
    return f"{reverse('ledger')}?{urlencode(query)}"


def tiles(found: fund_queries.Overview) -> list[dict[str, Any]]:
    """The chain 预算 → 分配 → 到账 → 拨付 → 支出, each with its share of the one before, and where it opens to."""
    year, pot = found.year, found.pot
    a = ledger_accounts
    return [
        _tile("年度预算", found.budget_fen, None, "", reverse("fund-budgets") + f"?year={year}"),
        _tile("已分配", found.allotted_fen, found.budget_fen, "占预算", journal(year=year, pot=pot, kind=a.ALLOCATION)),
        _tile("已到账", found.arrived_fen, found.budget_fen, "到位率", journal(year=year, pot=pot, kind=a.ARRIVAL)),
        _tile("已拨付", found.paid_fen, found.arrived_fen, "执行率", reverse("fund-payments") + f"?year={year}"),
        _tile("机构已支出", found.spent_fen, found.paid_fen, "占拨付", journal(year=year, pot=pot, kind=a.SPENDING)),
        _tile("专户余额", found.treasury_fen, None, "", journal(year=year, pot=pot, account=a.TREASURY)),
    ]  # fmt: skip


def of_today(actor: Actor, today: dt.date) -> dict[str, Any]:
    """The first page of an office of funds: the latest year's money, what the calendar asks of it and what waits for somebody."""
    county = fund_queries.county_of(actor)
    year = None if county is None else fund_queries.latest_year(county)
    found = None if year is None else fund_queries.overview(actor, year)
    if county is None or year is None or found is None:
        return {"tiles": [{"title": "还没有资金", "count": "编制预算", "url": reverse("fund-budgets")}]}
    return {
        "money": True,
        "year": year,
        "tiles": [
            {"title": f"{year}年{each['title']}（元）", "count": each["amount"], "url": each["url"]} for each in tiles(found)
        ],
        "calendar": calendar(found, today),
        "sources": sources(found),
        "waiting": waiting(county),
    }  # fmt: skip


def waiting(county: int) -> list[dict[str, Any]]:
    """What waits for a second person in a county, and where it is approved."""
    return [
        {"title": title, "words": f"{number}项待审批", "count": number, "url": reverse(page)}
        for page, title, number in fund_queries.waiting(county)
        if number
    ]


def _tile(title: str, fen: int, whole: int | None, word: str, url: str) -> dict[str, Any]:
    share = None if whole is None else fund_queries.rate(fen, whole)
    return {"title": title, "amount": money.yuan(fen), "share": share, "word": word, "url": url}


def calendar(found: fund_queries.Overview, today: dt.date) -> list[dict[str, Any]]:
    """What the calendar asks: half by 30 June, all in the year; met, not met, or still to come."""
    half = fund_queries.rate(found.arrived_half_fen, found.budget_fen)
    all_paid = fund_queries.rate(found.paid_fen, found.budget_fen)
    year_end = dt.date(found.year, 12, 31)
    return [
        {
            "title": f"{found.half_day:%m月%d日}前到位不低于{(found.half_share * 100).normalize():f}％",
            "share": half,
            "wide": _wide(half),
            "light": _light(found.half_kept, today > found.half_day, found.budget_fen),
            "said": f"截止日到账{money.yuan(found.arrived_half_fen)}元",
        },
        {
            "title": "当年资金当年全部拨付",
            "share": all_paid,
            "wide": _wide(all_paid),
            "light": _light(found.disbursed, today > year_end, found.budget_fen),
            "said": f"已拨付{money.yuan(found.paid_fen)}元，未拨付{money.yuan(found.budget_fen - found.paid_fen)}元",
        },
    ]


def _light(kept: bool, over: bool, budget_fen: int) -> tuple[str, str]:
    if not budget_fen:
        return "没有预算", ""
    if kept:
        return "达到", "bg-green-lt"
    return ("未达到", "bg-red-lt") if over else ("未到期限", "bg-yellow-lt")


def _wide(share: Any) -> int:
    return 0 if share is None else max(0, min(100, int(share)))


def sources(found: fund_queries.Overview) -> list[dict[str, Any]]:
    """Who pays: budget, arrived, what is still to come."""
    return [
        {
            "title": standards.SOURCES.get(source, source),
            "budget": budget,
            "arrived": came,
            "left": budget - came,
            "share": fund_queries.rate(came, budget),
            "url": journal(year=found.year, pot=found.pot, kind=ledger_accounts.ARRIVAL),
        }
        for source, (budget, came) in found.by_source.items()
    ]


#: Columns of the list of institutions: title, the amount of `Standing`, the account it opens to, the kind of act.
COLUMNS = (
    ("分配", "allotted_fen", ledger_accounts.ALLOTTED, ledger_accounts.ALLOCATION),
    ("预拨", "prepaid_fen", ledger_accounts.PREPAID, ledger_accounts.PREPAYMENT),
    ("结算应拨", "due_fen", "", ledger_accounts.SETTLEMENT),
    ("扣减", "withheld_fen", ledger_accounts.POOL, ledger_accounts.SETTLEMENT),
    ("已拨付", "paid_fen", "", ""),
    ("待拨付", "open_fen", ledger_accounts.PAYABLE, ""),
    ("应收回", "recover_fen", ledger_accounts.TO_RECOVER, ""),
    ("地方待补足", "topup_fen", ledger_accounts.TOPUP_PAYABLE, ""),
    ("机构结存", "held_fen", ledger_accounts.HELD, ""),
)


def institutions(found: fund_queries.Overview) -> list[dict[str, Any]]:
    """One line an institution, each amount with the entries it is made of."""
    return [standing(each, found.year, found.pot) for each in found.rows]


def standing(each: fund_queries.Standing, year: int, pot: str = "") -> dict[str, Any]:
    """One institution's amounts with their addresses."""
    about = {"year": year, "pot": pot, "organization": each.organization_id}
    return {
        "id": each.organization_id,
        "name": each.name,
        "village": each.kind in ("village_clinic", "community_station"),
        "heir": each.heir,
        "cells": [
            {
                "title": title,
                "fen": getattr(each, name),
                "url": journal(account=account, kind=kind, **about),
                "warn": name == "recover_fen" and getattr(each, name) > 0,
            }
            for title, name, account, kind in COLUMNS
        ],
    }


def totals(found: fund_queries.Overview) -> list[int]:
    """The sum of every column."""
    return sums(found.rows)


def sums(rows: Sequence[fund_queries.Standing]) -> list[int]:
    """The sum of every column over some institutions."""
    return [sum(getattr(each, name) for each in rows) for _, name, _, _ in COLUMNS]


def approval(row: Any, people: Mapping[UUID, str], me: Any) -> dict[str, Any]:
    """Whatever one prepares and another approves: its state, who did what when."""
    return {
        "row": row,
        "id": row.id,
        "state": STATES[row.state],
        "tone": TONES[row.state],
        "draft": row.state == "draft",
        "own": row.recorded_by is not None and row.recorded_by == me,
        "recorded": {"by": people.get(row.recorded_by, "系统"), "at": row.recorded_at},
        "approved": {"by": people.get(row.approved_by, "系统"), "at": row.approved_at} if row.approved_at else None,
    }  # fmt: skip


def version(row: Any, people: Mapping[UUID, str], me: Any) -> dict[str, Any]:
    """One budget, allocation or payment: the same with its pot and amount."""
    return {
        **approval(row, people, me),
        "pot": standards.POTS[row.pot],
        "total": row.total_fen,
        "capitals": money.capitals(row.total_fen),
    }


#: Choices of parameters in words.
CHOICES = {"multiplicative": "相乘（中央补助×绩效因素）", "additive": "另加（中央补助＋绩效奖励）"}


def parameter_value(definition: Any, value: Any) -> str:
    """A parameter's value as people write it: shares in per cent, days as days."""
    if value in CHOICES:
        return CHOICES[value]
    if definition.code.endswith("_share"):
        return f"{(Decimal(value) * 100).normalize():f}％"
    if definition.code.endswith(("_due", "_day")):
        month, _, day = str(value).partition("-")
        return f"{int(month)}月{int(day)}日"
    return f"{Decimal(value).normalize():f}" if definition.of.kind.name == "NUMBER" else str(value)


def parameters(found: Sequence[Any]) -> list[dict[str, Any]]:
    """The parameters of money as they hold on a day."""
    return [
        {
            "code": each.definition.code,
            "title": each.definition.title,
            "value": parameter_value(each.definition, each.value),
            "since": each.since,
            "source": each.source,
            "own": each.own,
            "local": each.definition.local,
            "open": each.definition.open_question,
        }
        for each in found
    ]


def set_parameter(row: Any, definition: Any, people: Mapping[UUID, str], me: Any) -> dict[str, Any]:
    """One value a county set or prepared."""
    return {
        **approval(row, people, me),
        "title": definition.title,
        "value": parameter_value(definition, fund_parameters.typed(definition, row.value)),
    }


def budget(row: Any, people: Mapping[UUID, str], me: Any) -> dict[str, Any]:
    """One version of a budget with what each tier pays."""
    lines = [
        {
            "source": standards.SOURCES.get(each.source, each.source),
            "fen": each.amount_fen,
            "purpose": each.purpose,
        }
        for each in row.lines.all()
    ]
    order = list(standards.SOURCES.values())
    lines.sort(key=lambda each: (bool(each["purpose"]), order.index(each["source"])))
    return {**version(row, people, me), "lines": lines}


def proposal(found: Any) -> dict[str, Any]:
    """A budget worked out, before it is prepared."""
    return {
        "found": found,
        "lines": [(standards.SOURCES[source], fen) for source, fen in found.parts.items()],
        "formula": "相乘" if found.rule.formula == standards.MULTIPLICATIVE else "另加",
    }


def payment(row: Any, people: Mapping[UUID, str], me: Any) -> dict[str, Any]:
    """One payment."""
    late = row.state != "draft" and row.paid_on > row.due_on
    return {
        **version(row, people, me),
        "title": prepay.title(row),
        "kind": row.get_kind_display(),
        "late": late,
    }


def document(row: Any, postings: Mapping[str, Any], today: dt.date, days: int) -> dict[str, Any]:
    """One document with its arrivals, what is still to come, and whether its targets were filed in time."""
    arrivals = []
    for each in sorted(row.arrivals.all(), key=lambda one: (one.arrived_on, one.id)):
        posting = postings.get(str(each.id))
        gone = posting is not None and getattr(posting, "reversed_by", None) is not None
        arrivals.append({"row": each, "posting": posting, "gone": gone})
    came = sum(each["row"].amount_fen for each in arrivals if not each["gone"])
    due = row.issued_on + dt.timedelta(days=days)
    return {
        "row": row,
        "source": standards.SOURCES.get(row.source, row.source),
        "pot": standards.POTS[row.pot],
        "arrivals": arrivals,
        "came": came,
        "left": row.amount_fen - came,
        "open": came < row.amount_fen or row.targets_filed_on is None,
        "targets_due": due,
        "targets_late": row.targets_filed_on is None and today > due,
    }


def trial(balances: Mapping[str, Balance]) -> dict[str, Any]:
    """The trial balance: every account with turnovers and balance, and both sums."""
    rows = [
        {
            "code": each.account,
            "title": each.title,
            "debit": each.debit_fen,
            "credit": each.credit_fen,
            "side": "借" if ledger_accounts.ACCOUNTS[each.account].side == ledger_accounts.DEBIT else "贷",
            "balance": each.balance_fen,
        }
        for each in balances.values()
    ]
    debit, credit = sum(each["debit"] for each in rows), sum(each["credit"] for each in rows)
    return {"rows": rows, "debit": debit, "credit": credit, "even": debit == credit}


def entries(rows: Sequence[Any], names: Mapping[UUID, str]) -> list[dict[str, Any]]:
    """Lines of the journal."""
    classes = spending.classes().allowed
    return [
        {
            "posting": row.posting,
            "number": number(row.posting),
            "kind": ledger_accounts.KINDS[row.posting.kind],
            "account": ledger_accounts.ACCOUNTS[row.account].title,
            "code": row.account,
            "organization": names.get(row.organization_id, "") if row.organization_id else "",
            "about": _about(row, classes),
            "year": row.year,
            "pot": standards.POTS[row.pot],
            "debit": row.debit_fen,
            "credit": row.credit_fen,
        }
        for row in rows
    ]


def _about(row: Any, classes: Mapping[str, str]) -> str:
    """Where the money comes from or what it was spent on, unless the posting says so itself."""
    said = (standards.SOURCES.get(row.source, ""), classes.get(row.expense_class, ""))
    return "、".join(each for each in said if each and each not in row.posting.note)


def number(posting: Any) -> str:
    """A voucher's number as people say it: 2025-06-0012."""
    return f"{posting.month:%Y-%m}-{posting.number:04d}"


def cause(posting: Any) -> str:
    """Where a posting's cause is to be seen; empty where it has no page."""
    if posting.cause_kind == "payment":
        return reverse("fund-payment", args=[posting.cause_id])
    if posting.cause_kind == "allocation":
        return reverse("fund-allocation", args=[posting.cause_id])
    pages = {"budget": "fund-budgets", "arrival": "fund-documents", "succession": "fund-successions"}
    return reverse(pages[posting.cause_kind]) if posting.cause_kind in pages else ""
