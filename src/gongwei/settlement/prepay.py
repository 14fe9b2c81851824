"""Paying institutions: prepayments by half-year out of an approved allocation, then what settlements owe; recovery; top-ups.

Village clinics get 70 % of each half-year's task in advance (先预拨、后结算, evaluation_and_funds.md §4); whoever approves posts it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from gongwei.base import clock
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.settlement import (
    county_codes,
    fund_approval,
    fund_parameters,
    ledger_accounts,
    ledger_balances,
    ledger_posting,
    money,
    ratios,
    standards,
    successions,
)
from gongwei.settlement.budget_models import AllocationLine
from gongwei.settlement.fund_approval import State
from gongwei.settlement.fund_models import Payment, PaymentLine
from gongwei.settlement.ledger_posting import Draft, Line

Kind = Payment.Kind
#: Which account shows what is still to be paid, owed back or topped up, and on which kind of posting it is paid.
_OPEN = {
    Kind.SETTLEMENT: (ledger_accounts.PAYABLE, ledger_accounts.PAYMENT),
    Kind.RECOVERY: (ledger_accounts.TO_RECOVER, ledger_accounts.RECOVERY),
    Kind.TOPUP: (ledger_accounts.TOPUP_PAYABLE, ledger_accounts.TOPUP),
}


@dataclass(frozen=True, slots=True)
class Due:
    """What one institution is to get (or give back), of which task, in fen."""

    organization_id: UUID
    task_fen: int
    amount_fen: int


def prepayment(*, area_key: int, year: int, pot: str, kind: str, rate: Decimal | None = None) -> list[Due]:
    """What clinics are prepaid for a half-year: the rate (70 %) of the half's task of the approved allocation.

    Raises Refused: no approved allocation, or a rate outside 0..1.
    """
    county = county_codes.county_of(area_key)
    part = usual_rate(kind, year, county) if rate is None else rate
    if not part.is_finite() or not 0 <= part <= 1:
        raise Refused("预拨比例应在0～100％之间。", field="rate", code="rate")
    # Two counties that were joined in the year have an allocation each.
    lines = AllocationLine.objects.filter(
        allocation__area_key__in=county_codes.all_of(county),
        allocation__year=year,
        allocation__pot=pot,
        allocation__state=State.APPROVED,
    )
    if not lines.exists():
        raise Refused("还没有批准的分配方案，不能预拨。", code="allocation")
    place = 0 if kind == Kind.FIRST else 1
    found = []
    for line in lines.filter(level="village").order_by("id"):
        tasks = [line.first_fen, line.second_fen]
        found.append(Due(line.organization_id, tasks[place], ratios.prepayments(tasks, part)[place]))
    return [each for each in found if each.amount_fen]


def owed(*, area_key: int, year: int, pot: str, kind: str) -> list[Due]:
    """What the ledger says is still to be paid (结算拨付), owed back (收回) or topped up (地方补足), institution by institution."""
    account = _OPEN[Payment.Kind(kind)][0]
    held = ledger_balances.by_organization(ledger_posting.county_of(area_key), year, pot=pot)
    amounts = {key: found[account].balance_fen for key, found in held.items() if account in found}
    return [Due(key, fen, fen) for key, fen in sorted(amounts.items()) if fen > 0]


def due_day(kind: str, year: int, county: int) -> dt.date:
    """By when it is to be paid: half-years by 30 June and 31 December (dated parameters), all else inside the budget year."""
    name = {Kind.FIRST: "prepay_first_due", Kind.SECOND: "prepay_second_due"}.get(Payment.Kind(kind))
    return fund_parameters.day_of_year(name, year, county) if name else dt.date(year, 12, 31)


def usual_rate(kind: str, year: int, county: int) -> Decimal:
    """The share that is prepaid where nobody says otherwise: the parameter's on the day it is due."""
    return fund_parameters.number("prepay_share", due_day(kind, year, county), county)


@transaction.atomic
def draft(
    *,
    by: Actor,
    at: dt.datetime,
    area_key: int,
    year: int,
    pot: str,
    kind: str,
    paid_on: dt.date,
    document: str,
    rate: Decimal | None = None,
    note: str = "",
) -> Payment:
    """Prepare a payment of what is due; a draft of the same kind that waited is replaced.

    Raises Refused: no document, nothing due, a half-year already prepaid; policy.Forbidden.
    """
    county = ledger_posting.county_of(area_key)
    policy.require(by, policy.FUND_EDIT, area_key=county)
    if not document.strip():
        raise Refused("请填写依据的文件。", field="document", code="required")
    halves = kind in (Kind.FIRST, Kind.SECOND)
    same = {"year": year, "pot": pot, "kind": kind}
    place = same | {"area_key": county}
    before = Payment.objects.filter(**same, area_key__in=county_codes.all_of(county), state=State.APPROVED)
    if halves and before.exists():
        raise Refused("这个半年已经预拨。", field="kind", code="twice")
    found = (
        prepayment(area_key=county, year=year, pot=pot, kind=kind, rate=rate)
        if halves
        else owed(area_key=county, year=year, pot=pot, kind=kind)
    )
    if not found:
        raise Refused("没有应拨付的金额。", code="nothing")
    for former in Payment.objects.select_for_update().filter(**place, state=State.DRAFT):
        fund_approval.end(former, State.WITHDRAWN, by=by, at=at, reason="重新编制")
    last = before.aggregate(Max("batch"))["batch__max"] or 0
    used = usual_rate(kind, year, county) if rate is None else rate
    made = Payment.objects.create(
        **place,
        batch=last + 1,
        due_on=due_day(kind, year, county),
        paid_on=paid_on,
        rate=used if halves else None,
        total_fen=sum(each.amount_fen for each in found),
        document=document.strip(),
        note=note.strip(),
        recorded_at=at,
        recorded_by=by.account_id,
    )
    PaymentLine.objects.bulk_create(
        [
            PaymentLine(
                payment=made,
                organization_id=each.organization_id,
                task_fen=each.task_fen,
                amount_fen=each.amount_fen,
            )
            for each in found
        ]
    )
    fund_approval.audited(made, "create", by=by, at=at)
    return made


@transaction.atomic
def approve(*, by: Actor, at: dt.datetime, payment_id: UUID) -> Payment:
    """Approve a payment and post it, one posting an institution.

    Raises Refused: as `fund_approval.approve`; what is due has changed since; not enough money arrived; policy.Forbidden.
    """
    row = fund_approval.locked(Payment, payment_id)
    policy.require(by, policy.FUND_APPROVE, area_key=county_codes.now(row.area_key))
    ledger_posting.held(row.area_key)
    lines = list(row.lines.order_by("id"))
    if row.state == State.DRAFT:
        _still_due(row, lines)
        _enough(row)
    fund_approval.approve(row, by=by, at=at)
    on = ledger_posting.day_for(row.area_key, min(row.paid_on, clock.day_of(at)), at)
    heirs = successions.heirs(county_codes.now(row.area_key))
    drafts = [
        Draft(
            kind=ledger_accounts.PREPAYMENT
            if row.kind in (Kind.FIRST, Kind.SECOND)
            else _OPEN[Kind(row.kind)][1],
            on=on,
            entries=_ENTRIES.get(Kind(row.kind), _prepaid)(
                row, line, heirs.get(line.organization_id, line.organization_id)
            ),
            cause_kind="payment",
            cause_id=str(row.id),
            key=f"payment:{row.id}:{line.organization_id}",
            document=row.document,
            note=f"{row.year}年{row.get_kind_display()}",
        )
        for line in lines
    ]
    ledger_posting.post_many(area_key=row.area_key, drafts=drafts, by=by, at=at)
    return row


@transaction.atomic
def withdraw(*, by: Actor, at: dt.datetime, payment_id: UUID, reason: str) -> Payment:
    """Take a draft back. Raises as `fund_approval.withdraw`."""
    row = fund_approval.locked(Payment, payment_id)
    fund_approval.withdraw(row, by=by, at=at, reason=reason)
    return row


def _still_due(row: Payment, lines: list[PaymentLine]) -> None:
    """That nothing has moved between preparing and approving."""
    if row.kind in (Kind.FIRST, Kind.SECOND):
        found = prepayment(area_key=row.area_key, year=row.year, pot=row.pot, kind=row.kind, rate=row.rate)
    else:
        found = owed(area_key=row.area_key, year=row.year, pot=row.pot, kind=row.kind)
    now = {each.organization_id: each.amount_fen for each in found}
    if now != {line.organization_id: line.amount_fen for line in lines}:
        raise Refused("应拨付的金额已经变化，请重新编制。", code="changed")


def _enough(row: Payment) -> None:
    """No payment out of money that has not arrived."""
    if row.kind in (Kind.TOPUP, Kind.RECOVERY):
        return
    county = county_codes.now(row.area_key)
    held = ledger_balances.balances(county, year=row.year, pot=row.pot).get(ledger_accounts.TREASURY)
    there = 0 if held is None else held.balance_fen
    if there < row.total_fen:
        raise Refused(
            f"专户余额{money.yuan(there)}元，不足拨付{money.yuan(row.total_fen)}元。",
            code="money",
            hint="请先登记资金到账。",
        )


def _moved(
    account: str, row: Payment, line: PaymentLine, heir: UUID, counter: str = ledger_accounts.TREASURY
) -> list[Line]:
    """Money goes to an institution: out of the special account, into its own; into that of whoever took it over (heir)."""
    return [
        _line(account, line.amount_fen, 0, row, line.organization_id),
        _line(counter, 0, line.amount_fen, row, line.organization_id),
        _line(ledger_accounts.HELD, line.amount_fen, 0, row, heir),
        _line(ledger_accounts.RECEIVED, 0, line.amount_fen, row, heir),
    ]


def _line(account: str, debit: int, credit: int, row: Payment, organization_id: UUID) -> Line:
    return Line(account, debit, credit, organization_id, row.year, row.pot)


def _prepaid(row: Payment, line: PaymentLine, heir: UUID) -> list[Line]:
    return _moved(ledger_accounts.PREPAID, row, line, heir)


def _settled(row: Payment, line: PaymentLine, heir: UUID) -> list[Line]:
    return _moved(ledger_accounts.PAYABLE, row, line, heir)


def _topped_up(row: Payment, line: PaymentLine, heir: UUID) -> list[Line]:
    return _moved(ledger_accounts.TOPUP_PAYABLE, row, line, heir, ledger_accounts.TOPUP_DUE)


def _recovered(row: Payment, line: PaymentLine, heir: UUID) -> list[Line]:
    """Money comes back: the mirror image of a payment."""
    return [
        Line(each.account, each.credit_fen, each.debit_fen, each.organization_id, each.year, each.pot)
        for each in _moved(ledger_accounts.TO_RECOVER, row, line, heir)
    ]


_ENTRIES: dict[Payment.Kind, Callable[[Payment, PaymentLine, UUID], list[Line]]] = {
    Kind.SETTLEMENT: _settled,
    Kind.RECOVERY: _recovered,
    Kind.TOPUP: _topped_up,
}


def title(row: Payment) -> str:
    """What a payment is called on paper."""
    batch = f"（第{row.batch}批）" if row.batch > 1 else ""
    return f"{row.year}年基本公共卫生服务补助资金（{standards.POTS[row.pot]}）{row.get_kind_display()}{batch}"
