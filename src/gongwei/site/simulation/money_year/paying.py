"""The year's settlement: computed, handed in, approved by the county, posted, published, paid; too much prepaid comes back."""

from __future__ import annotations

import datetime as dt

from gongwei.base import clock
from gongwei.base.problems import Refused
from gongwei.measures.models import Run
from gongwei.settlement import prepay, run_operations, running
from gongwei.settlement.run_models import SettlementRun
from gongwei.site.simulation.money_year.funding import POT
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
    return made
