"""Following the change feed: every new, corrected or withdrawn record is checked again, and so is the file itself.

A correction may change what `previous(...)` means for the records after it, so all records of the form from that day
on are looked at. Run as the owner of the tables.
"""

import datetime as dt
import time
from uuid import UUID

from gongwei import catalogue
from gongwei.base import changes, clock
from gongwei.language import forms
from gongwei.quality import keeping, probes, resident_checks, row_checks
from gongwei.quality.models import Run
from gongwei.records.models import Response

BOOKMARK = "quality"
#: Small: while a batch is checked its transaction holds the feed back for every follower (figures, tasks).
BATCH = 50

Since = dict[UUID, dt.date | None]


def follow(*, limit: int = BATCH) -> int:
    """Check what the next changes touched; returns how many changes were read. The bookmark moves with the findings."""
    with changes.Bookmark(BOOKMARK).batch(limit) as rows:
        if rows:
            check(rows, at=clock.now())
        return len(rows)


def check(rows: list[changes.ChangeRow], *, at: dt.datetime) -> keeping.Outcome:
    """Check what these changes touched: records of the form from the day on, and the residents' files."""
    began = time.monotonic()
    run = Run(kind=Run.Kind.FOLLOW, at=at, checked=len(rows))
    outcome = keeping.Outcome()
    for form, since in _touched(rows).items():
        outcome += keeping.keep(
            row_checks.found(form, since), row_checks.scope(form, since), at=at, run_id=run.pk
        )
    residents = {row.resident_id for row in rows if row.resident_id is not None}
    outcome += resident_checks.of_residents(sorted(residents), at=at, run_id=run.pk)
    if outcome.found or outcome.reopened or outcome.fixed:
        run.found, run.reopened, run.fixed = outcome.found, outcome.reopened, outcome.fixed
        run.seconds = time.monotonic() - began
        run.save(force_insert=True)
    return outcome


def catch_up(*, seconds: float) -> int:
    """Follow until nothing is left or the time is over; returns how many changes were read."""
    until, total = time.monotonic() + seconds, 0
    while read := follow():
        total += read
        if time.monotonic() >= until:
            break
    return total


def _touched(rows: list[changes.ChangeRow]) -> dict[type[forms.Form], Since]:
    """By form: from which day on each resident's records are to be looked at (None: all)."""
    wanted: dict[type[forms.Form], Since] = {}

    def touch(form: type[forms.Form], resident_id: UUID, day: dt.date | None) -> None:
        known = wanted.setdefault(form, {})
        if resident_id not in known:
            known[resident_id] = day
        elif (before := known[resident_id]) is not None:
            known[resident_id] = None if day is None else min(before, day)

    asked = {form.code: form for form in probes.asked_forms()}
    changed = [row.subject_id for row in rows if row.kind == "response"]
    for code, resident_id, done_on, earlier in Response.objects.filter(pk__in=changed).values_list(
        "form_code", "resident_id", "done_on", "supersedes__done_on"
    ):
        if code in asked:
            touch(asked[code], resident_id, min(done_on, earlier or done_on))
    # A change of the person or of an episode (sex, birth date, start of management) may concern any record.
    for row in rows:
        if row.kind != "response" and row.resident_id is not None:
            for form in catalogue.forms():
                if form.code in asked:
                    touch(form, row.resident_id, None)
    return wanted
