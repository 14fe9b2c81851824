"""Settling in the background, asked for on a page. Begins anew after a kill; what was half written is swept away, by the next
settlement and every hour."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from procrastinate.contrib.django import app

from gongwei.base import clock, jobs
from gongwei.base.actors import Actor
from gongwei.base.job_progress import Progress
from gongwei.base.models import JobRun
from gongwei.measures.jobs import snapshot
from gongwei.places import policy

TITLE = "结算"


@jobs.job(name=TITLE, queue="measures")
def settle(
    progress: Progress,
    *,
    county_key: int,
    year: int,
    pot: str = "original",
    first: str | None = None,
    last: str | None = None,
    scheme_id: str | None = None,
    total_fen: int | None = None,
    title: str = "",
    note: str = "",
) -> dict[str, Any]:
    """Settle a county's pot over a fresh snapshot."""
    from gongwei.settlement import running

    def told(message: str) -> None:
        progress.step(1, message)

    told("准备数据快照")
    made = running.compute(
        by=progress.by,
        at=clock.now(),
        county_key=county_key,
        year=year,
        snapshot=snapshot(progress.by),
        pot=pot,
        first=None if first is None else dt.date.fromisoformat(first),
        last=None if last is None else dt.date.fromisoformat(last),
        scheme_id=None if scheme_id is None else UUID(scheme_id),
        total_fen=total_fen,
        title=title,
        note=note,
        told=told,
    )
    return {"settlement": str(made.id), "名称": made.title, "用时（秒）": round(made.seconds, 1)}


@app.periodic(cron="11 * * * *", periodic_id="settlement.sweep")
@app.task(name="gongwei.settlement.jobs.sweep", queue="ground", queueing_lock="settlement.sweep")
def sweep(timestamp: int) -> None:
    """Settlements a killed process left are marked as failed, their folders taken away."""
    from gongwei.settlement import run_sweeping

    run_sweeping.sweep(at=clock.now())


def ask(*, by: Actor, county_key: int, **given: Any) -> JobRun:
    """Have a county's pot settled in the background (see `settle`). Raises policy.Forbidden."""
    policy.require(by, policy.FUND_EDIT, area_key=county_key)
    return jobs.enqueue(settle, by=by, county_key=county_key, **given)
