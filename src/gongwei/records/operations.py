"""Writes: a service with its forms, a correction, a record withdrawn. One transaction each, all or nothing.

Twice is harmless: the encounter's id, made by whoever sends it, and `(device_id, op_seq)` find the first one, and
its answer is given again. Everything about one resident is serialised by a lock on the resident, so that
`previous(...)`, a death and a merge cannot change between judging and writing.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base import audit, changes, clock, digests, ids, prepared
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused, Several
from gongwei.language import forms
from gongwei.places import policy
from gongwei.records import acceptance, columns, deciding, definitions, judgement, writing
from gongwei.records import answers as answering
from gongwei.records.episode_steps import change_episode, end_episode, reopen_episode, start_episode
from gongwei.records.inbox import receive_envelope
from gongwei.records.models import Encounter, Mode, Response, Source
from gongwei.records.referral_steps import close_referral, reopen_referral
from gongwei.residents import operations as residents
from gongwei.residents import states

__all__ = [
    "Filled",
    "Recorded",
    "change_episode",
    "close_referral",
    "end_episode",
    "enter_in_error",
    "receive_envelope",
    "record_encounter",
    "reopen_episode",
    "reopen_referral",
    "start_episode",
    "supersede_response",
]


@dataclass(frozen=True)
class Filled:
    """One filled form on its way in.

    measured: for answers a device gave, `{field: {"device": ..., "at": ..., "raw": ...}}`; the rest was typed.
    carried: for answers shown from last time and left as they were, `{field: id of the earlier response}`; what is not
    really that response's answer is dropped.
    claimed: what the phone's own rules said, `{"row": ...}`. id: the response's id if the sender made one.
    """

    form: type[forms.Form] | str
    answers: Mapping[str, Any]
    measured: Mapping[str, Any] = field(default_factory=dict)
    carried: Mapping[str, str] = field(default_factory=dict)
    claimed: Mapping[str, Any] | None = None
    id: UUID | None = None


@dataclass(frozen=True)
class Recorded:
    """What was kept. `questions` by form code are problems that did not forbid saving; `repeated`: it was there already."""

    encounter: Encounter
    responses: tuple[Response, ...]
    repeated: bool = False

    @property
    def outcomes(self) -> dict[str, dict[str, Any] | None]:
        """The server's classification by form code."""
        return {each.form_code: each.outcome for each in self.responses}

    @property
    def problems(self) -> dict[str, list[dict[str, Any]]]:
        """Questions left open, by form code."""
        return {each.form_code: each.questions for each in self.responses}


@transaction.atomic
def record_encounter(
    *,
    by: Actor,
    at: dt.datetime,
    resident_id: UUID,
    done_on: dt.date,
    mode: str,
    responses: Sequence[Filled | tuple[type[forms.Form] | str, Mapping[str, Any]]],
    organization_id: UUID | None = None,
    practitioner_id: UUID | None = None,
    source: str = Source.PAGE,
    programme: str | None = None,
    started_at: dt.datetime | None = None,
    encounter_id: UUID | None = None,
    device_id: str | None = None,
    op_seq: int | None = None,
    note: str = "",
) -> Recorded:
    """Keep one service to one resident with its filled forms.

    Organization and practitioner default to the actor's own. Sending the same again gives the same answer.

    Raises:
        Refused: no such resident here, nothing filled, wrong day, death, ended record, the id used for something else.
        Several: what is wrong with the answers, each with its field and form (`details["form"]`).
        policy.Forbidden: the actor may not write here.
    """
    filled = [each if isinstance(each, Filled) else Filled(*each) for each in responses]
    resident = acceptance.locked_resident(resident_id)
    policy.require(by, policy.RECORD_WRITE, area_key=resident.area_id)
    read = [
        (each, *acceptance.read_form(each.form, each.answers, done_on=done_on, mode=mode)) for each in filled
    ]
    digest = digests.sm3(
        digests.canonical(
            [str(resident.pk), done_on, mode]
            + [[definition.form.code, answering.plain(values)] for _, definition, values, _ in read]
        )
    )
    known = acceptance.already_there(encounter_id, device_id, op_seq, digest)
    if known is not None:
        return Recorded(known, _responses_of(known), repeated=True)
    problems = [problem for _, _, _, found in read for problem in found]
    if not filled:
        problems.append(Refused("没有填写任何表单", code="empty"))
    if mode not in Mode.values:
        problems.append(Refused("请选择服务方式", field="mode", code="mode"))
    if source not in Source.values:
        problems.append(Refused("记录来源不明", code="source"))
    problems += acceptance.day_problems(resident, done_on, at)
    problems += acceptance.state_problems(resident, done_on, {each.form.code for _, each, _, _ in read})
    problems += _twice(read)
    if problems:
        raise Several(problems)

    encounter = Encounter(
        id=encounter_id or ids.uuid7(),
        resident=resident,
        area_key=resident.area_id,
        programme=_programme(programme, [definition for _, definition, _, _ in read]),
        done_on=done_on,
        started_at=started_at,
        mode=mode,
        organization_id=organization_id or by.organization_id,
        practitioner_id=practitioner_id or by.practitioner_id,
        source=source,
        device_id=device_id,
        op_seq=op_seq,
        digest=digest,
        entered_at=at,
        entered_by=by.account_id,
        note=note,
    )
    if encounter.organization_id is None:
        raise Refused("请选择服务机构", field="organization", code="organization")
    subject = judgement.subject_of(resident, *(definition.form.code for _, definition, _, _ in read))
    judged = [
        deciding.judge(
            definition,
            id=each.id or ids.uuid7(),
            values=values,
            done_on=done_on,
            entered_on=clock.day_of(at),
            subject=subject,
            claimed=each.claimed,
        )
        for each, definition, values, _ in read
    ]
    acceptance.refuse(judged)
    if not prepared.insert(encounter, unless_there=True):
        # The id belongs to a record of somebody else, or a device gave one number to two services.
        raise Refused("该编号已用于另一份服务记录，未予保存", code="id_reused")
    kept = tuple(
        writing.write_response(
            encounter,
            one,
            done_on=done_on,
            at=at,
            by=by,
            measured=each.measured,
            carried=judgement.really_carried(each.carried, one.values, subject),
            claimed=each.claimed,
        )
        for (each, _, _, _), one in zip(read, judged, strict=True)
    )
    for one in judged:
        # Nothing on that day or later: nothing to judge again. The resident is locked, so nothing comes meanwhile.
        if any(each.form is one.definition.form and each.done_on >= done_on for each in subject.records):
            writing.reclassify_later(resident, one.definition, done_on, except_for=one.id, at=at, by=by)
    if (
        resident.status == states.LOST
        and done_on >= resident.status_since
        and any(one.served for one in judged)
    ):
        residents.return_by_service(by=by, at=at, resident_id=resident.pk, on=done_on)
    audit.record(
        by=by,
        action="create",
        subject_kind="resident",
        subject_id=resident.pk,
        area_key=resident.area_id,
        detail={
            "what": "encounter",
            "encounter": str(encounter.pk),
            "done_on": done_on.isoformat(),
            "forms": [each.form_code for each in kept],
            "responses": [str(each.pk) for each in kept],
            "source": source,
        },
        at=at,
    )
    return Recorded(encounter, kept)


def _responses_of(encounter: Encounter) -> tuple[Response, ...]:
    """What was kept when the encounter was first sent: corrections made since are left out."""
    return tuple(encounter.responses.filter(supersedes=None).order_by("id"))


def _programme(named: str | None, found: list[definitions.Definition]) -> str:
    """The programme said, or the only one the forms belong to."""
    codes = {definition.programme for definition in found}
    return named or (codes.pop() if len(codes) == 1 else "")


def _twice(read: Sequence[tuple[Any, ...]]) -> list[Refused]:
    codes = [definition.form.code for _, definition, _, _ in read]
    return (
        [Refused("一次服务中同一种表只能填一份", code="form_twice")] if len(set(codes)) < len(codes) else []
    )


@transaction.atomic
def supersede_response(
    *,
    by: Actor,
    at: dt.datetime,
    response_id: UUID,
    answers: Mapping[str, Any],
    reason: str,
    done_on: dt.date | None = None,
    new_id: UUID | None = None,
) -> Response:
    """Correct a filled form: a new response takes its place, the old one stays readable as superseded.

    `answers` are all answers of the corrected form. With another `done_on` the new response hangs on an encounter of
    that day. Sending the same `new_id` again gives the same response.

    Raises:
        Refused: no such response here, no reason, or somebody corrected or withdrew it first (`details` say who to ask).
        Several: what is wrong with the answers.
    """
    old, resident = acceptance.locked_response(response_id)
    policy.require(by, policy.RECORD_SUPERSEDE, area_key=resident.area_id)
    if new_id is not None and (known := Response.objects.filter(pk=new_id, supersedes=old).first()):
        return known
    acceptance.require_final(old)
    reason = acceptance.required_reason(reason, "更正")
    day = done_on or old.done_on
    definition, values, problems = acceptance.read_form(
        old.form_code, answers, done_on=day, mode=old.encounter.mode
    )
    problems += acceptance.day_problems(resident, day, at)
    problems += acceptance.state_problems(resident, day, {definition.form.code})
    if problems:
        raise Several(problems)
    subject = judgement.without(judgement.subject_of(resident, old.form_code), old.pk)
    judged = judgement.judge(
        definition,
        id=new_id or ids.uuid7(),
        values=values,
        done_on=day,
        entered_on=clock.day_of(at),
        subject=subject,
    )
    acceptance.refuse([judged])
    before = answering.from_columns(definition.form, columns.model_for(old.form_code).objects.get(pk=old.pk))
    writing.take_out(old, status=Response.Status.SUPERSEDED)
    encounter = old.encounter if day == old.done_on else writing.encounter_of_day(old.encounter, day, at, by)
    # What the correction left alone was taken over from last time all the same.
    carried = {
        name: source for name, source in old.carried.items() if judged.values.get(name) == before.get(name)
    }
    new = writing.write_response(
        encounter, judged, done_on=day, at=at, by=by, carried=carried, supersedes=old, reason=reason
    )
    writing.reclassify_later(resident, definition, min(day, old.done_on), except_for=new.pk, at=at, by=by)
    after = {**judged.values, "done_on": day}
    changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    audit.record(
        by=by,
        action="supersede",
        subject_kind="resident",
        subject_id=resident.pk,
        area_key=resident.area_id,
        detail={
            "what": "response",
            "form": old.form_code,
            "response": str(new.pk),
            "supersedes": str(old.pk),
            "fields": changed,
            "reason": reason,
        },
        at=at,
    )
    return new


@transaction.atomic
def enter_in_error(*, by: Actor, at: dt.datetime, response_id: UUID, reason: str) -> Response:
    """Withdraw a filled form that should not be there. It stays readable and counts nowhere.

    Doing it twice is harmless. Raises Refused: no such response here, no reason, already corrected.
    """
    response, resident = acceptance.locked_response(response_id)
    policy.require(by, policy.RECORD_ERROR, area_key=resident.area_id)
    if response.status == Response.Status.ENTERED_IN_ERROR:
        return response
    acceptance.require_final(response)
    reason = acceptance.required_reason(reason, "作废")
    if by.account_id is None:
        raise Refused("作废须由登录账号办理", code="account")
    writing.take_out(
        response,
        status=Response.Status.ENTERED_IN_ERROR,
        error_at=at,
        error_by=by.account_id,
        error_reason=reason,
    )
    changes.announce(
        kind="response", subject_id=response.pk, resident_id=resident.pk, done_on=response.done_on
    )
    writing.reclassify_later(
        resident,
        definitions.of(response.form_code),
        response.done_on,
        except_for=response.pk,
        at=at,
        by=by,
    )
    audit.record(
        by=by,
        action="enter_in_error",
        subject_kind="resident",
        subject_id=resident.pk,
        area_key=resident.area_id,
        detail={
            "what": "response",
            "form": response.form_code,
            "response": str(response.pk),
            "reason": reason,
        },
        at=at,
    )
    return response
