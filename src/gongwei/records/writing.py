"""Writing a judged response, taking one out of the counted rows, and judging again what came after it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base import changes, digests, ids, prepared
from gongwei.base.actors import Actor
from gongwei.records import answers as answering
from gongwei.records import columns, definitions, judgement, referral_steps
from gongwei.records.models import Encounter, FormVersion, Response
from gongwei.residents.models import Resident

_known_versions: set[bytes] = set()


def _keep_version(definition: definitions.Definition, at: dt.datetime) -> None:
    """Store the form's wording once, so that this response can be shown as it was filled for ever."""
    if definition.digest in _known_versions:
        return
    FormVersion.objects.bulk_create(
        [
            FormVersion(
                digest=definition.digest,
                form_code=definition.form.code,
                version=definition.form.version,
                definition=definitions.described(definition.form),
                first_used_at=at,
            )
        ],
        ignore_conflicts=True,
    )
    # Only once it is really there: this transaction may still fail.
    transaction.on_commit(lambda: _known_versions.add(definition.digest))


def write_response(
    encounter: Encounter,
    judged: judgement.Judged,
    *,
    done_on: dt.date,
    at: dt.datetime,
    by: Actor,
    measured: Mapping[str, Any] | None = None,
    carried: Mapping[str, str] | None = None,
    claimed: Mapping[str, Any] | None = None,
    supersedes: Response | None = None,
    reason: str = "",
) -> Response:
    """Write a response and its typed row, announce it, and open or answer the referral it speaks of."""
    definition = judged.definition
    _keep_version(definition, at)
    response = Response(
        id=judged.id,
        encounter=encounter,
        resident_id=encounter.resident_id,
        form_code=definition.form.code,
        form_version=definition.form.version,
        definition_digest=definition.digest,
        done_on=done_on,
        supersedes=supersedes,
        reason=reason,
        entered_at=at,
        entered_by=by.account_id,
        measured=answering.plain(dict(measured or {})),
        carried=dict(carried or {}),
        outcome=judged.outcome,
        claimed=answering.plain(dict(claimed)) if claimed else None,
        differs=judged.differs,
        questions=judgement.problem_values(judged.questions),
    )
    prepared.insert(response)
    typed = columns.model_for(definition.form.code)(
        response=response,
        resident_id=encounter.resident_id,
        done_on=done_on,
        live=True,
        **answering.to_columns(definition.form, judged.values),
    )
    prepared.insert(typed)
    changes.announce(
        kind="response", subject_id=response.pk, resident_id=encounter.resident_id, done_on=done_on
    )
    referral_steps.follow_record(response, encounter, judged.values, at=at, by=by)
    return response


def take_out(response: Response, **status: Any) -> None:
    """Give a response another status, take its typed row out of the counted ones, and its referral with it."""
    for name, value in status.items():
        setattr(response, name, value)
    response.save(update_fields=list(status))
    columns.model_for(response.form_code).objects.filter(pk=response.pk).update(live=False)
    referral_steps.follow_withdrawal(response)


def encounter_of_day(old: Encounter, done_on: dt.date, at: dt.datetime, by: Actor) -> Encounter:
    """The encounter a correction belongs to that also corrects the day: a copy of the old one."""
    return Encounter.objects.create(
        id=ids.uuid7(),
        resident_id=old.resident_id,
        area_key=old.area_key,
        programme=old.programme,
        done_on=done_on,
        mode=old.mode,
        organization_id=old.organization_id,
        practitioner_id=old.practitioner_id,
        source=by.source if by.source in {"page", "phone", "import", "device", "hospital"} else old.source,
        digest=digests.sm3(bytes(old.digest), done_on.isoformat().encode()),
        entered_at=at,
        entered_by=by.account_id,
        note=old.note,
    )


def reclassify_later(
    resident: Resident,
    definition: definitions.Definition,
    from_day: dt.date,
    *,
    except_for: UUID,
    at: dt.datetime,
    by: Actor,
) -> None:
    """Judge again the live responses on or after a day: what came between may change "twice in a row" for them.

    Only the stored outcome moves, and the referral it advises; the answers stay as they were filled, and a difference
    is marked.
    """
    if not definition.tables:
        return
    later = columns.model_for(definition.form.code).objects.filter(
        resident=resident, live=True, done_on__gte=from_day
    )
    kept = {
        str(each.pk): each
        for each in Response.objects.filter(pk__in=later.exclude(pk=except_for).values("pk"))
    }
    if not kept:
        return
    subject = judgement.subject_of(resident, definition.form.code)
    claims = {key: each.claimed for key, each in kept.items()}
    records = {each.id: each for each in subject.records}
    for key, (outcome, differs) in judgement.reclassified(definition, subject, from_day, claims).items():
        response = kept.get(key)
        if response is None or (response.outcome, response.differs) == (outcome, differs):
            continue
        Response.objects.filter(pk=response.pk).update(outcome=outcome, differs=differs)
        changes.announce(
            kind="response", subject_id=response.pk, resident_id=resident.pk, done_on=response.done_on
        )
        response.outcome, response.differs = outcome, differs
        referral_steps.follow_class(response, records[key], at=at, by=by)
