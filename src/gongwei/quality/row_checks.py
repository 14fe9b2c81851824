"""Records checked one by one with the reference engine: what the follower of the change feed does."""

import copy
import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from gongwei.base import clock
from gongwei.engines import row
from gongwei.language import fields, forms
from gongwei.quality import keeping, probes, resident_checks
from gongwei.records import answers, columns, definitions, judgement
from gongwei.records.models import Episode, Response
from gongwei.residents.models import Resident


def failed(record: row.Record, subject: row.Subject) -> list[probes.Probe]:
    """The probes of the record's form that do not hold."""
    return [each for each in probes.of(record.form) if row.evaluate(each.node, record, subject) is False]


def subjects_of(
    residents: Collection[Resident], form: type[forms.Form]
) -> Iterator[tuple[Resident, row.Subject]]:
    """Each resident with the episodes and the live records of a form, as the row engine wants them."""
    keys = [resident.pk for resident in residents]
    episodes: dict[UUID, list[row.EpisodeSpan]] = {}
    for each in Episode.objects.filter(resident__in=keys, state__in=["active", "ended"]):
        span = row.EpisodeSpan(each.kind, each.started_on, each.ended_on)
        episodes.setdefault(each.resident_id, []).append(span)
    entered = dict(
        Response.objects.filter(resident__in=keys, form_code=form.code, status="final").values_list(
            "pk", "entered_at"
        )
    )
    records: dict[UUID, list[row.Record]] = {}
    for each in columns.model_for(form.code).objects.filter(resident__in=keys, live=True):
        at = entered.get(each.pk)
        records.setdefault(each.resident_id, []).append(
            row.Record(
                form,
                each.done_on,
                {**_answers(form, each), "done_on": each.done_on},
                str(each.pk),
                clock.day_of(at) if at else None,
            )
        )
    for resident in residents:
        yield (
            resident,
            row.Subject(
                judgement.attributes(resident),
                records.get(resident.pk, []),
                episodes.get(resident.pk, []),
                definitions.parameter,
            ),
        )


def _answers(form: type[forms.Form], stored: Any) -> dict[str, Any]:
    """What was answered. Rows written under an older form may no longer be readable: they then count as not answered,
    for one such record must not hold up everybody else's."""
    try:
        return answers.from_columns(form, stored)
    except answers.Unreadable:
        readable = copy.copy(stored)
        for name, field in form.fields.items():
            if isinstance(field, fields.Rows):
                setattr(readable, name, None)
        return answers.from_columns(form, readable)


def found(form: type[forms.Form], since: Mapping[UUID, dt.date | None]) -> list[keeping.Found]:
    """What is wrong in the records of a form done on or after a day (None: all), by resident."""
    residents = list(Resident.objects.filter(pk__in=since))
    wrong: dict[UUID, tuple[row.Record, list[probes.Probe]]] = {}
    for resident, subject in subjects_of(residents, form):
        first = since[resident.pk]
        for record in subject.records:
            if (first is None or record.done_on >= first) and (bad := failed(record, subject)):
                wrong[UUID(record.id)] = (record, bad)
    return list(as_findings(form, {key: (bad, record.answers) for key, (record, bad) in wrong.items()}))


def as_findings(
    form: type[forms.Form], wrong: Mapping[UUID, tuple[Sequence[probes.Probe], Mapping[str, Any]]]
) -> Iterator[keeping.Found]:
    """Findings about responses, with who served whom where; `wrong`: failed probes and answers by response id."""
    served = Response.objects.filter(pk__in=list(wrong)).values_list(
        "pk",
        "resident_id",
        "done_on",
        "encounter__area_key",
        "encounter__practitioner_id",
        "encounter__organization_id",
        "carried",
    )
    for key, resident_id, done_on, area_key, practitioner_id, organization_id, carried in served:
        bad, values = wrong[key]
        for said in probes.complaints(form, bad, values, carried or {}):
            yield keeping.Found(
                rule=said.rule,
                key=said.key,
                area_key=area_key,
                digest=said.digest,
                resident_id=resident_id,
                response_id=key,
                form_code=form.code,
                done_on=done_on,
                practitioner_id=practitioner_id,
                organization_id=organization_id,
                found=said.found,
                expected=said.expected,
                evidence=said.evidence,
            )


def other_rules() -> list[str]:
    """Rules about records that are not run here but over files: what they found is not closed here."""
    return [check.rule.code for check in resident_checks.checks() if check.about == "response"]


def scope(form: type[forms.Form], since: Mapping[UUID, dt.date | None]) -> keeping.Scope:
    """What `found` looked at: the findings about any record of the form, in force or not, of these residents."""
    return keeping.Scope(
        "response",
        "old.response_id is not null and old.form_code = %(form)s and old.rule <> all(%(others)s) and exists (select 1 from "
        "unnest(%(residents)s::uuid[], %(days)s::date[]) looked(resident_id, since) "
        "where looked.resident_id = old.resident_id and (looked.since is null or old.done_on >= looked.since))",
        {"form": form.code, "residents": list(since), "days": list(since.values()), "others": other_rules()},
        probes.digests_of(form),
    )
