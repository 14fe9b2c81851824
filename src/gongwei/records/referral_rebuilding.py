"""Referral loops of records that were written without the operations: a simulated county, an old system's tables.

Idempotent: a record that opened its loop already is left alone.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from uuid import UUID

from django.db import transaction

from gongwei.base.actors import SYSTEM
from gongwei.engines import judging, row
from gongwei.records import (
    columns,
    definitions,
    judgement,
    key_values,
    referral_causes,
    referral_steps,
)
from gongwei.records.models import Referral, Response
from gongwei.residents.models import Resident

AT_ONCE = 100


def speaking_forms() -> list[str]:
    """Codes of the forms with a table that ask for a referral or say what came of one."""
    found = []
    for code in columns.all_models():
        form = definitions.of(code).form
        if referral_causes.may_refer(form) or referral_causes.may_answer(form):
            found.append(code)
    return found


def rebuild(*, at: dt.datetime, since: dt.date, progress: Callable[[int], None] = lambda done: None) -> int:
    """Follow every record in force done since a day, resident by resident, in the order of the days.

    Runs as the owner of the tables, in transactions of a hundred residents. Returns how many loops there are for it.
    """
    codes = speaking_forms()
    wanted: set[UUID] = set()
    for code in codes:
        rows = columns.model_for(code).objects.filter(live=True, done_on__gte=since)
        wanted.update(rows.values_list("resident_id", flat=True).distinct())
    everybody = sorted(wanted)
    for start in range(0, len(everybody), AT_ONCE):
        some = everybody[start : start + AT_ONCE]
        with transaction.atomic():
            for resident in Resident.objects.select_for_update(no_key=True).filter(pk__in=some):
                _follow(resident, codes, since, at)
        progress(start + len(some))
    return Referral.objects.filter(advised_on__gte=since).count()


def _follow(resident: Resident, codes: Iterable[str], since: dt.date, at: dt.datetime) -> None:
    records = [each for code in codes for each in _records(resident, code, since)]
    subject = row.Subject(judgement.attributes(resident), records, parameters=definitions.parameter)
    recent = [each for each in records if each.done_on >= since]
    kept = {
        str(each.pk): each
        for each in Response.objects.select_related("encounter__resident").filter(
            pk__in=[each.id for each in recent]
        )
    }
    known = set(Referral.objects.filter(resident=resident).values_list("response_id", flat=True))
    for record in sorted(recent, key=lambda each: (each.done_on, each.id)):
        response = kept[record.id]
        if response.pk not in known:
            if response.outcome is None:
                response.outcome = _class(record, subject)
            referral_steps.follow_record(response, response.encounter, record.answers, at=at, by=SYSTEM)


def _records(resident: Resident, code: str, since: dt.date) -> list[row.Record]:
    """The records of a form since the day; all of them where the class looks back."""
    definition = definitions.of(code)
    if definition.tables:
        return judgement.live_records(resident.pk, code)
    found = columns.model_for(code).objects.filter(resident_id=resident.pk, live=True, done_on__gte=since)
    return [key_values.record_of(definition.form, each) for each in found]


def _class(record: row.Record, subject: row.Subject) -> dict[str, str] | None:
    """The class of a record that was never judged; it is not stored."""
    tables = definitions.of(record.form.code).tables
    return {"row": judging.classify(tables[0], record, subject).row.code} if tables else None
