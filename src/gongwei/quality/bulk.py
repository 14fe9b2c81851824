"""All records of a period, and all files, checked at once: by hand, after a rule changed, at the end of an import.

Each piece of residents is one transaction with its findings, so a killed run goes on where it was.
"""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base import clock
from gongwei.language import forms
from gongwei.quality import (
    columnar_checks,
    identity_checks,
    keeping,
    pattern_checks,
    probes,
    resident_checks,
)
from gongwei.quality.models import Run
from gongwei.residents.models import Resident

Told = Callable[[int, str], None]


def check_form(
    form: type[forms.Form],
    *,
    first: dt.date | None = None,
    last: dt.date | None = None,
    by: UUID | None = None,
    after: UUID = columnar_checks.NOBODY,
    kept: Callable[[UUID], None] = lambda until: None,
    told: Told = lambda count, message: None,
    size: int = columnar_checks.PIECE,
) -> Run:
    """Check all records of a form done in a period (None: open at that end).

    after, kept: to go on after an interruption; `kept` is called in the transaction of each piece with where it ends.
    told: how many records were checked, and a Chinese line.
    """
    began, at = time.monotonic(), clock.now()
    run = Run(kind=Run.Kind.RECORDS, scope=form.code, first=first, last=last, at=at, by=by)
    run.digest = probes.digest_of(form)
    checker = columnar_checks.FormChecker(form, first=first, last=last)
    outcome = keeping.Outcome()
    for piece in checker.pieces(after, size):
        with transaction.atomic():
            outcome += keeping.keep(
                piece.found, checker.scope(piece.after, piece.until), at=at, run_id=run.pk
            )
            kept(piece.until)
        run.checked += piece.checked
        told(piece.checked, f"{form.title}：已核查{run.checked:,}份")
    return _ended(run, outcome, began)


def check_files(*, by: UUID | None = None, told: Told = lambda count, message: None) -> Run:
    """Check all residents' files, and practitioners' work over many records."""
    began, at = time.monotonic(), clock.now()
    run = Run(kind=Run.Kind.FILES, at=at, by=by, checked=Resident.objects.count())
    outcome = keeping.Outcome()
    for check in resident_checks.checks():
        outcome += resident_checks.of_all(check, at=at, run_id=run.pk)
        told(0, f"居民档案：{check.rule.title}")
    codes = [code for code in identity_checks.CODES if code != "QA015"]
    scope = keeping.Scope(
        "resident",
        "old.response_id is null and (old.rule = any(%(codes)s) or old.rule = 'QA015' and old.key = 'phone')",
        {"codes": codes},
        [identity_checks.DIGEST],
    )
    outcome += keeping.keep(_counted(identity_checks.of_all(), told), scope, at=at, run_id=run.pk)
    told(run.checked, "居民档案：证件号码和电话")
    outcome += pattern_checks.of_all(at=at, run_id=run.pk, told=lambda line: told(0, line))
    return _ended(run, outcome, began)


def _counted(found: Iterator[keeping.Found], told: Told) -> Iterator[keeping.Found]:
    for number, each in enumerate(found, 1):
        if number % 1000 == 0:
            told(0, f"居民档案：证件号码和电话，查见{number:,}项")
        yield each


def _ended(run: Run, outcome: keeping.Outcome, began: float) -> Run:
    run.found, run.reopened, run.fixed = outcome.found, outcome.reopened, outcome.fixed
    run.seconds = time.monotonic() - began
    run.save(force_insert=True)
    return run


def check_everything(*, told: Told = lambda count, message: None) -> list[Run]:
    """Every form and all files, from the first day on."""
    return [*(check_form(form, told=told) for form in probes.asked_forms()), check_files(told=told)]


def outdated() -> list[type[forms.Form]]:
    """Forms whose rules are not those the last run over all their records used."""
    latest: dict[str, str] = {}
    runs = Run.objects.filter(kind=Run.Kind.RECORDS, first=None, last=None).order_by("at", "id")
    for scope, digest in runs.values_list("scope", "digest"):
        latest[scope] = digest
    return [form for form in probes.asked_forms() if latest.get(form.code) != probes.digest_of(form)]


def summary(runs: list[Run]) -> dict[str, Any]:
    """What a job shows when it is done."""
    return {
        "核查数": sum(run.checked for run in runs),
        "新发现": sum(run.found for run in runs),
        "再次出现": sum(run.reopened for run in runs),
        "已整改": sum(run.fixed for run in runs),
    }
