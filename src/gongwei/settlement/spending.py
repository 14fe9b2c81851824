"""What institutions spend of the money they were given, by classes of expense that are allowed or forbidden (专款专用)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from uuid import UUID

import yaml
from django.db import transaction

from gongwei.base import clock, ids
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy, reach
from gongwei.settlement import ledger_accounts, ledger_balances, ledger_posting, money, standards
from gongwei.settlement.fund_models import Spending
from gongwei.settlement.ledger_posting import Line


@dataclass(frozen=True)
class Classes:
    """Classes of expense by code, and the document they come from."""

    allowed: Mapping[str, str]
    forbidden: Mapping[str, str]
    source: str


@cache
def classes() -> Classes:
    """What the policy allows and forbids."""
    text = resources.files("gongwei").joinpath("policies/national/expense_classes.yaml").read_text("utf-8")
    data = yaml.safe_load(text)
    return Classes(data["allowed"], data["forbidden"], data["source"])


@transaction.atomic
def record(
    *,
    by: Actor,
    at: dt.datetime,
    organization_id: UUID,
    year: int,
    pot: str,
    spent_on: dt.date,
    amount_fen: int,
    expense_class: str,
    voucher: str,
    note: str = "",
) -> Spending:
    """Register what an institution spent: 项目支出 against 机构专户结存.

    Raises Refused: a forbidden or unknown class, no voucher, the voucher registered already, more than the institution holds,
    a day in the future, a closed month; policy.Forbidden.
    """
    policy.require(by, policy.FUND_EDIT, organization_id=organization_id)
    known = classes()
    if expense_class in known.forbidden:
        raise Refused(
            f"项目资金不得用于“{known.forbidden[expense_class]}”。",
            field="expense_class",
            code="forbidden_class",
            hint=known.source,
        )
    if expense_class not in known.allowed:
        raise Refused("请选择支出类别。", field="expense_class", code="class")
    if pot not in standards.POTS:
        raise Refused("请选择资金类别。", field="pot", code="pot")
    if amount_fen <= 0:
        raise Refused("金额应大于0。", field="amount", code="amount")
    if not voucher.strip():
        raise Refused("请填写凭证号。", field="voucher", code="required")
    if spent_on > clock.day_of(at):
        raise Refused("支出日期不能晚于今天。", field="spent_on", code="future")
    seat = reach.seat_of(organization_id)
    if seat is None:
        raise Refused("没有这个机构。", field="organization", code="organization")
    book = ledger_posting.held(seat)
    place = {"organization_id": organization_id, "year": year}
    if Spending.objects.filter(**place, voucher=voucher.strip(), expense_class=expense_class).exists():
        raise Refused("这张凭证的同类支出已经登记。", field="voucher", code="twice")
    held = ledger_balances.balances(book.area_key, year=year, pot=pot, organization_id=organization_id)
    there = held[ledger_accounts.HELD].balance_fen if ledger_accounts.HELD in held else 0
    if amount_fen > there:
        raise Refused(f"机构专户结存{money.yuan(there)}元，不足支出。", field="amount", code="more")
    made = Spending.objects.create(
        id=ids.uuid7(),
        area_key=book.area_key,
        pot=pot,
        spent_on=spent_on,
        amount_fen=amount_fen,
        expense_class=expense_class,
        voucher=voucher.strip(),
        note=note.strip(),
        recorded_at=at,
        recorded_by=by.account_id,
        **place,
    )
    about = {"organization_id": organization_id, "year": year, "pot": pot}
    ledger_posting.post(
        kind=ledger_accounts.SPENDING,
        on=spent_on,
        entries=[
            Line(ledger_accounts.SPENT, debit_fen=amount_fen, expense_class=expense_class, **about),
            Line(ledger_accounts.HELD, credit_fen=amount_fen, **about),
        ],
        cause_kind="spending",
        cause_id=made.id,
        document=voucher.strip(),
        by=by,
        at=at,
        key=f"spending:{made.id}",
        area_key=book.area_key,
        note=known.allowed[expense_class],
    )
    return made
