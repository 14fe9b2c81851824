"""Registering documents money comes with, its arrival, and the targets an area files for it."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from gongwei.base import audit, clock, ids
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused, Several
from gongwei.places import policy
from gongwei.settlement import (
    county_codes,
    fund_parameters,
    ledger_accounts,
    ledger_balances,
    ledger_posting,
    money,
    standards,
)
from gongwei.settlement.fund_models import Arrival, FundDocument
from gongwei.settlement.ledger_posting import Line


@dataclass(frozen=True)
class Notice:
    """What is written on a document. direct: 中央直达资金; the items of the budget are the national ones when left empty."""

    number: str
    title: str
    issuer: str
    issued_on: dt.date
    year: int
    pot: str
    source: str
    amount_fen: int
    direct: bool = False
    expenditure_item: str = ""
    income_item: str = ""


@transaction.atomic
def register(*, by: Actor, at: dt.datetime, area_key: int, notice: Notice) -> FundDocument:
    """Register a document. Raises Several with all that is wrong, Refused: its number stands already; policy.Forbidden."""
    county = ledger_posting.county_of(area_key)
    policy.require(by, policy.FUND_EDIT, area_key=county)
    wrong = [
        Refused(f"请填写{title}。", field=name, code="required")
        for name, title in (("number", "文号"), ("title", "文件名称"), ("issuer", "发文单位"))
        if not getattr(notice, name).strip()
    ]
    if notice.amount_fen <= 0:
        wrong.append(Refused("金额应大于0。", field="amount", code="amount"))
    if notice.pot not in standards.POTS:
        wrong.append(Refused("请选择资金类别。", field="pot", code="pot"))
    if notice.source not in standards.SOURCES:
        wrong.append(Refused("请选择资金来源。", field="source", code="source"))
    if notice.issued_on > clock.day_of(at):
        wrong.append(Refused("发文日期不能晚于今天。", field="issued_on", code="future"))
    if wrong:
        raise Several(wrong)
    number = notice.number.strip()
    standing = FundDocument.objects.filter(
        area_key__in=county_codes.all_of(county),
        number=number,
        pot=notice.pot,
        source=notice.source,
        withdrawn_at=None,
    )
    if standing.exists():
        raise Refused("这个文号的同类资金已经登记。", field="number", code="twice")
    day = notice.issued_on
    made = FundDocument.objects.create(
        area_key=county,
        year=notice.year,
        pot=notice.pot,
        source=notice.source,
        number=number,
        title=notice.title.strip(),
        issuer=notice.issuer.strip(),
        issued_on=day,
        amount_fen=notice.amount_fen,
        direct=notice.direct,
        expenditure_item=notice.expenditure_item.strip()
        or str(fund_parameters.value("expenditure_item", day, county)),
        income_item=notice.income_item.strip() or str(fund_parameters.value("income_item", day, county)),
        recorded_at=at,
        recorded_by=by.account_id,
    )
    _audit(made, "create", by, at)
    return made


@transaction.atomic
def withdraw(*, by: Actor, at: dt.datetime, document_id: UUID, reason: str) -> FundDocument:
    """Take a document back that no money has come with. Raises Refused: no reason, or money has arrived; policy.Forbidden."""
    row = _locked(document_id)
    policy.require(by, policy.FUND_EDIT, area_key=county_codes.now(row.area_key))
    if not reason.strip():
        raise Refused("请填写作废的理由。", field="reason", code="required")
    if arrived_fen(row):
        raise Refused("这份文件的资金已有到账，不能作废；请先冲正到账。", code="arrived")
    row.withdrawn_at, row.withdrawn_by, row.reason = at, by.account_id, reason.strip()[:200]
    row.save(update_fields=["withdrawn_at", "withdrawn_by", "reason"])
    _audit(row, "withdraw", by, at)
    return row


@transaction.atomic
def file_targets(*, by: Actor, at: dt.datetime, document_id: UUID, filed_on: dt.date) -> FundDocument:
    """Say on which day the area filed its performance targets for a document. Raises Refused: not between its issue and today;
    policy.Forbidden."""
    row = _locked(document_id)
    policy.require(by, policy.FUND_EDIT, area_key=county_codes.now(row.area_key))
    if not row.issued_on <= filed_on <= clock.day_of(at):
        raise Refused("报送日期应在发文日期和今天之间。", field="filed_on", code="day")
    row.targets_filed_on = filed_on
    row.save(update_fields=["targets_filed_on"])
    _audit(row, "update", by, at)
    return row


@transaction.atomic
def arrive(
    *,
    by: Actor,
    at: dt.datetime,
    document_id: UUID,
    arrived_on: dt.date,
    amount_fen: int,
    voucher: str = "",
    arrival_id: UUID | None = None,
) -> Arrival:
    """Money of a document arrived: 项目资金专户 against 应收补助资金. arrival_id: given by whoever sends twice.

    Raises Refused: more than the document gives, a day before it or in the future, a closed month; policy.Forbidden.
    """
    row = _locked(document_id)
    policy.require(by, policy.FUND_EDIT, area_key=county_codes.now(row.area_key))
    known = Arrival.objects.filter(id=arrival_id).first() if arrival_id else None
    if known is not None:
        return known
    if amount_fen <= 0:
        raise Refused("金额应大于0。", field="amount", code="amount")
    if not row.issued_on <= arrived_on <= clock.day_of(at):
        raise Refused("到账日期应在发文日期和今天之间。", field="arrived_on", code="day")
    left = row.amount_fen - arrived_fen(row)
    if amount_fen > left:
        raise Refused(f"超过文件金额，尚未到账{money.yuan(left)}元。", field="amount", code="more")
    made = Arrival.objects.create(
        id=arrival_id or ids.uuid7(),
        fund_document=row,
        arrived_on=arrived_on,
        amount_fen=amount_fen,
        voucher=voucher.strip(),
        recorded_at=at,
        recorded_by=by.account_id,
    )
    about = {"year": row.year, "pot": row.pot, "source": row.source}
    ledger_posting.post(
        kind=ledger_accounts.ARRIVAL,
        on=arrived_on,
        entries=[
            Line(ledger_accounts.TREASURY, debit_fen=amount_fen, **about),
            Line(ledger_accounts.RECEIVABLE, credit_fen=amount_fen, **about),
        ],
        cause_kind="arrival",
        cause_id=made.id,
        document=row.number,
        by=by,
        at=at,
        key=f"arrival:{made.id}",
        area_key=row.area_key,
        note=f"{standards.SOURCES[row.source]}资金到账",
    )
    return made


def arrived_fen(row: FundDocument) -> int:
    """What has arrived of a document; arrivals whose posting was reversed do not count."""
    rows = Arrival.objects.filter(fund_document=row)
    standing = ledger_balances.of_cause("arrival", rows.values_list("id", flat=True)).filter(
        reverses=None, reversed_by=None
    )
    kept = [UUID(each) for each in standing.values_list("cause_id", flat=True)]
    return int(rows.filter(id__in=kept).aggregate(total=Sum("amount_fen"))["total"] or 0)


def _locked(document_id: UUID) -> FundDocument:
    row = FundDocument.objects.select_for_update().filter(id=document_id, withdrawn_at=None).first()
    if row is None:
        raise Refused("没有这份资金文件，或已经作废。", code="gone")
    return row


def _audit(row: FundDocument, action: str, by: Actor, at: dt.datetime) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="funddocument",
        subject_id=row.id,
        area_key=row.area_key,
        detail={"year": row.year, "pot": row.pot, "source": row.source, "fen": str(row.amount_fen)},
        at=at,
    )
