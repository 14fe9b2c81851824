"""Background work of the checks: bulk runs as jobs with progress; following and nightly runs by the clock."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app

from gongwei.base import jobs
from gongwei.quality import catching, probes, queries
from gongwei.quality.models import Run

FILES = "files"
NOBODY = str(UUID(int=0))
FOLLOW_SECONDS = 8.0


@jobs.job(name="质量核查", queue="quality")
def check(
    progress: Any, *, form_codes: list[str], files: bool, first: str | None = None, last: str | None = None
) -> dict[str, Any]:
    """Check the records of these forms done in a period, and the files. Goes on at its checkpoint after a kill."""
    from gongwei.quality import (
        bulk,
    )  # ibis and DuckDB: every process imports this module, only a bulk run wants them

    asked = {form.code: form for form in probes.asked_forms()}
    state = progress.checkpoint or {"done": [], "after": NOBODY}
    progress.start(queries.record_count(form_codes, _day(first), _day(last)) + queries.file_count(files))
    runs: list[Run] = []
    for code in form_codes:
        if code in state["done"] or code not in asked:
            continue

        def kept(until: UUID, state: dict[str, Any] = state) -> None:
            state["after"] = str(until)
            progress.keep(state)

        runs.append(
            bulk.check_form(
                asked[code],
                first=_day(first),
                last=_day(last),
                by=progress.by.account_id,
                after=UUID(state["after"]),
                kept=kept,
                told=progress.step,
            )
        )
        state["done"], state["after"] = [*state["done"], code], NOBODY
        with transaction.atomic():
            progress.keep(state)
    if files and FILES not in state["done"]:
        runs.append(bulk.check_files(by=progress.by.account_id, told=progress.step))
    return bulk.summary(runs)


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


# Half a minute after a save its findings are there; the price is one small query when nothing changed.
@app.periodic(cron="* * * * * */30", periodic_id="quality-follow")
@app.task(
    name="gongwei.quality.jobs.follow_changes",
    queue="quality-follow",
    queueing_lock="quality.follow",
    lock="quality.follow",
)
def follow_changes(timestamp: int) -> None:
    """Check what changed since the last time; after an import everything at once."""
    catching.follow_or_catch_up(FOLLOW_SECONDS)


# At a quarter past two in China (the clock of the worker is UTC), when nobody waits for the machine.
@app.periodic(cron="15 18 * * *", periodic_id="quality-night")
@app.task(
    name="gongwei.quality.jobs.check_at_night",
    queue="quality",
    queueing_lock="quality.night",
    lock="queue:quality",
)
def check_at_night(timestamp: int) -> None:
    """Check all records of the forms whose rules changed, and all files."""
    from gongwei.quality import bulk

    for form in bulk.outdated():
        bulk.check_form(form)
    bulk.check_files()
