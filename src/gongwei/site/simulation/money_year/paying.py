"""The year's settlement: computed, handed in, approved by the county, posted, published, paid; too much prepaid comes back."""

from __future__ import annotations

import datetime as dt

from gongwei.base import clock
from gongwei.base.problems import Refused
from gongwei.evaluation import appeals
from gongwei.measures.models import Run
from gongwei.settlement import appealing, prepay, reasons, run_encounters, run_operations, running
from gongwei.settlement.run_models import RunTally, SettlementRun
from gongwei.site.simulation.money_year.funding import POT
from gongwei.site.simulation.money_year.judging import own_clinic
from gongwei.site.simulation.money_year.people import Staff, on
from gongwei.snapshots import queries as snapshots


def settle(staff: Staff, year: int, run: Run) -> SettlementRun:
    """Settle on the snapshot the measures were run over."""
    snapshot = snapshots.of(run.snapshot_id)
    if snapshot is None:
        raise LookupError("the snapshot of the year is gone")
    with clock.fixed(on(year, 12, 25)):
        made = running.compute(
            by=staff.finance, at=clock.now(), county_key=staff.county, year=year, snapshot=snapshot, pot=POT,
            title=f"{year}年度结算",
        )  # fmt: skip
    run_operations.submit(by=staff.finance, at=on(year, 12, 25, 14), run_id=made.id)
    run_operations.approve(by=staff.officer, at=on(year, 12, 26), run_id=made.id)
    run_operations.post(by=staff.officer, at=on(year, 12, 26, 15), run_id=made.id)
    made = run_operations.publish(by=staff.officer, at=on(year, 12, 29), run_id=made.id)
    for kind in (prepay.Kind.SETTLEMENT, prepay.Kind.RECOVERY, prepay.Kind.TOPUP):
        try:
            payment = prepay.draft(
                by=staff.finance, at=on(year, 12, 29, 14), area_key=staff.county, year=year, pot=POT, kind=kind,
                paid_on=dt.date(year, 12, 30), document=f"县卫健〔{year}〕40号（模拟数据）",
            )  # fmt: skip
        except Refused as nothing:
            if nothing.code != "nothing":
                raise
            continue
        prepay.approve(by=staff.officer, at=on(year, 12, 30), payment_id=payment.id)
    _objection(staff, year, made)
    return made


def _objection(staff: Staff, year: int, made: SettlementRun) -> None:
    """The demonstration doctor's clinic objects to a record that came too early; the county explains why it stays uncounted."""
    clinic = own_clinic(staff)
    tally = (
        RunTally.objects.filter(run=made, organization_id=clinic.id, reason=reasons.TOO_EARLY)
        .order_by("-records", "service")
        .first()
    )
    if tally is None:
        return
    page = run_encounters.encounters(
        staff.doctor, made, clinic.id, tally.service, counted=False, reason=reasons.TOO_EARLY, limit=1
    )
    appeal = appealing.make(
        by=staff.doctor, at=on(year, 12, 30), run=made, organization_id=clinic.id, record_id=page.lines[0].record_id,
        text="当日是居民因头晕主动来测血压，按随访表填写，请计入。",
    )  # fmt: skip
    appeals.decide(
        by=staff.officer, at=on(year, 12, 31), appeal_id=appeal.id, granted=False,
        answer="距上次计价随访不足规定间隔，服务已在档案中保留，按方案不另计价。",
    )  # fmt: skip
