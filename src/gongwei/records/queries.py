"""Reads: what was done for a resident, a filled form as it was filled, its earlier values, who changed and who looked.

Reading about a person writes the access log in the same transaction (no audit row, no answer). Row-level security
narrows every query to the actor's areas.
"""

import datetime as dt
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from gongwei.base import audit, ids, prepared
from gongwei.base.actors import Actor
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused
from gongwei.engines import row
from gongwei.language import fields, forms
from gongwei.places import policy
from gongwei.records import answers as answering
from gongwei.records import columns, definitions, judgement, wordings
from gongwei.records.models import Encounter, Episode, FormVersion, Response
from gongwei.residents.models import LifecycleEvent, Resident
from gongwei.residents.queries import people

PAGE = 20


@dataclass(frozen=True)
class Moment:
    """One entry of the timeline: an encounter with its forms, an event of the record's life, a step of an episode.

    `key` is where the next page begins (`before=`).
    """

    kind: str  # encounter, event, episode
    on: dt.date
    at: dt.datetime
    id: UUID
    title: str
    detail: dict[str, Any]

    @property
    def key(self) -> str:
        """The place of this entry, newest first."""
        return f"{self.on.isoformat()}|{self.id}"


_TIMELINE = """
select kind, on_date, at, id, title, detail from (
    select 'encounter' as kind, e.done_on as on_date, e.entered_at as at, e.id, o.name as title,
        jsonb_build_object('mode', e.mode, 'source', e.source, 'programme', e.programme, 'note', e.note,
            'practitioner', p.name,
            'responses', coalesce((
                select jsonb_agg(jsonb_build_object('id', r.id, 'form', r.form_code, 'status', r.status,
                    'outcome', r.outcome -> 'label', 'differs', r.differs, 'questions', jsonb_array_length(r.questions),
                    'supersedes', r.supersedes_id) order by r.id)
                from records_response r where r.encounter_id = e.id), '[]')) as detail
    from records_encounter e
    join places_organization o on o.id = e.organization_id
    left join places_practitioner p on p.id = e.practitioner_id
    where e.resident_id = %(resident)s and (e.done_on, e.id) < (%(day)s, %(id)s)
        and (%(forms)s::text[] is null or exists (
            select 1 from records_response r where r.encounter_id = e.id and r.form_code = any(%(forms)s::text[])))
    union all
    select 'event', v.on_date, v.at, v.id, v.kind, jsonb_build_object('reason', v.reason)
    from residents_lifecycleevent v where v.resident_id = %(resident)s and (v.on_date, v.id) < (%(day)s, %(id)s)
    union all
    select 'episode', c.on_date, c.at, c.id, s.kind, jsonb_build_object('before', c.before, 'after', c.after,
        'reason', c.reason, 'episode', s.id)
    from records_episodechange c join records_episode s on s.id = c.episode_id
    where s.resident_id = %(resident)s and (c.on_date, c.id) < (%(day)s, %(id)s)
) entries where kind = any(%(kinds)s::text[]) order by on_date desc, id desc limit %(limit)s
"""
_LAST = (dt.date(9999, 12, 31), UUID(int=2**128 - 1))


KINDS = ("encounter", "event", "episode")


def timeline(
    actor: Actor,
    resident_id: UUID,
    before: str | None = None,
    limit: int = PAGE,
    *,
    form_codes: Collection[str] | None = None,
    kinds: Collection[str] = KINDS,
) -> list[Moment]:
    """What happened to a resident, newest first; `before` is the `key` of the last entry of the page before.

    form_codes: only services with one of these forms. kinds: which of KINDS. One statement, and one for the access log.
    Raises Refused for a resident out of reach or a broken `before`.
    """
    _looked_at(actor, resident_id, "timeline")
    day, entry = _place(before)
    asked = {
        "resident": resident_id,
        "day": day,
        "id": entry,
        "limit": limit,
        "forms": None if form_codes is None else list(form_codes),
        "kinds": list(kinds),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TIMELINE, asked)
        return [_moment(values) for values in cursor.fetchall()]


def _moment(values: tuple[Any, ...]) -> Moment:
    kind, on, at, entry, title, detail = values
    if not isinstance(detail, dict):
        detail = json.loads(detail)  # the driver leaves JSON to Django, and this was no model's query
    if kind == "encounter":
        detail["mode"] = Encounter(mode=detail["mode"]).get_mode_display()
        detail["source"] = Encounter(source=detail["source"]).get_source_display()
        for response in detail["responses"]:
            response["title"] = definitions.title(response["form"])
            response["status_title"] = Response.Status(response["status"]).label
    elif kind == "event":
        title = LifecycleEvent.Kind(title).label
    else:
        title = definitions.episode(title).title
        detail["after_title"] = Episode.State(detail["after"]).label
    return Moment(kind, on, at, entry, title, detail)


def _place(before: str | None) -> tuple[dt.date, UUID]:
    if not before:
        return _LAST
    try:
        day, _, entry = before.partition("|")
        return dt.date.fromisoformat(day), UUID(entry)
    except ValueError:
        raise Refused("翻页位置有误，请从第一页重新打开", code="cursor") from None


def _looked_at(actor: Actor, resident_id: UUID, what: str) -> Resident:
    """The resident, if within reach, after the look was logged."""
    found = Resident.objects.filter(pk=resident_id).only("id", "area_id", "birth_date").first()
    if found is None or not policy.may(actor, policy.RESIDENT_VIEW, area_key=found.area_id):
        raise Refused("未找到这位居民，或不在您的服务范围内", code="resident_not_found")
    audit.record(
        by=actor,
        action="view",
        subject_kind="resident",
        subject_id=resident_id,
        area_key=found.area_id,
        detail={"what": what},
    )
    return found


@dataclass(frozen=True)
class Filled:
    """A filled form for reading: its answers by field name, the wording it was filled under, what the server made of it.

    worded: the form in the words it was filled with. carried: answers taken over from an earlier response and left as they
    were, by field name: that response and its day.
    """

    response: Response
    encounter: Encounter
    form: type[forms.Form]
    answers: dict[str, Any]
    definition: dict[str, Any]
    superseded_by: UUID | None
    worded: wordings.Worded
    carried: dict[str, tuple[UUID, dt.date]]


def response(actor: Actor, response_id: UUID) -> Filled:
    """A filled form as it was filled, also when it was corrected or withdrawn since.

    Raises:
        Refused: no such form within reach.
    """
    found = (
        Response.objects.select_related("encounter__organization", "encounter__practitioner", "superseded_by")
        .filter(pk=response_id)
        .first()
    )
    if found is None or not policy.may(actor, policy.RESIDENT_VIEW, area_key=found.encounter.area_key):
        raise Refused("未找到这份记录，或不在您的服务范围内", code="response_not_found")
    _looked_at(actor, found.resident_id, f"response {found.form_code}")
    form = definitions.of(found.form_code).form
    typed = columns.model_for(found.form_code).objects.get(pk=found.pk)
    version = FormVersion.objects.filter(digest=found.definition_digest).first()
    later = getattr(found, "superseded_by", None)
    worded: wordings.Worded = form
    if version is not None and bytes(version.digest) != definitions.of(form).digest:
        worded = wordings.as_worded(form, version.definition, version.version)
    return Filled(
        found,
        found.encounter,
        form,
        answering.from_columns(form, typed) | {"done_on": found.done_on},
        version.definition if version else definitions.described(form),
        later.pk if later else None,
        worded,
        _carried_from(found),
    )


def _carried_from(response: Response) -> dict[str, tuple[UUID, dt.date]]:
    """Where the answers left as last time come from; what is no longer there is left out."""
    sources = {name: UUID(key) for name, key in (response.carried or {}).items()}
    days = dict(
        Response.objects.filter(pk__in=set(sources.values()), resident=response.resident_id).values_list(
            "pk", "done_on"
        )
        if sources
        else ()
    )
    return {name: (key, days[key]) for name, key in sources.items() if key in days}


def latest(actor: Actor, resident_id: UUID, form: type[forms.Form] | str) -> dict[str, Any] | None:
    """The answers of the latest form in force, with `done_on`; None when there is none."""
    found = history(actor, resident_id, form, limit=1)
    return dict(found[0].answers) if found else None


def history(
    actor: Actor, resident_id: UUID, form: type[forms.Form] | str, limit: int | None = None
) -> list[row.Record]:
    """The forms in force of one kind, newest first, as the row engine's records."""
    definition = definitions.of(form)
    _looked_at(actor, resident_id, f"history {definition.form.code}")
    found = (
        columns.model_for(definition.form.code)
        .objects.filter(resident_id=resident_id, live=True)
        .order_by("-done_on", "-response_id")
    )
    return [
        row.Record(
            definition.form,
            each.done_on,
            {**answering.from_columns(definition.form, each), "done_on": each.done_on},
            str(each.pk),
        )
        for each in (found[:limit] if limit else found)
    ]


def carried(
    actor: Actor, resident_id: UUID, form: type[forms.Form] | str, done_on: dt.date
) -> dict[str, Any]:
    """What a new form opens with: last time's answers of fields that carry over, never a measurement's own.

    A field with `carry` and the code of a measurement (身高) is carried too: the form says so.
    """
    definition = definitions.of(form)
    earlier = latest(actor, resident_id, form) or {}
    return {
        name: earlier[name]
        for name, field in definition.form.fields.items()
        if field.carry
        and name in earlier
        and (field.until is None or done_on <= field.until)
        and not fields.is_missing(earlier[name])
    }


def assess(
    actor: Actor,
    resident_id: UUID,
    form: type[forms.Form] | str,
    given: dict[str, Any],
    *,
    done_on: dt.date,
    entered_on: dt.date,
) -> dict[str, Any]:
    """What saving would say, without saving: problems and the classification, for a page that asks while typing."""
    resident = Resident.objects.filter(pk=resident_id).first()
    if resident is None or not policy.may(actor, policy.RECORD_WRITE, area_key=resident.area_id):
        raise Refused("未找到这位居民，或不在您的服务范围内", code="resident_not_found")
    definition = definitions.of(form)
    values, unread = answering.read(definition.form, given)
    judged = judgement.judge(
        definition,
        id=ids.uuid7(),
        values=values,
        done_on=done_on,
        entered_on=entered_on,
        subject=judgement.subject_of(resident, definition.form.code),
    )
    return {
        "refusals": [{"field": each.field, "message": each.message, "rule": each.code} for each in unread]
        + judgement.problem_values(judged.refusals),
        "questions": judgement.problem_values(judged.questions),
        "outcome": judged.outcome,
        "answers": answering.plain(judged.values),
    }


@dataclass(frozen=True)
class Trace:
    """One line of 谁改过什么 or 谁看过."""

    at: dt.datetime
    action: str
    who: UUID | None
    role: str
    organization_id: UUID | None
    detail: dict[str, Any]


LOOKS = ("view", "view_full", "list", "print", "export")


def changes_of(actor: Actor, resident_id: UUID, limit: int = 200) -> list[Trace]:
    """Who changed what of a resident and the resident's records, newest first. Answers are not in it, field names are."""
    return _traces(actor, resident_id, "changes", limit, looks=False)


def readers_of(actor: Actor, resident_id: UUID, limit: int = 200) -> list[Trace]:
    """Who looked at a resident's record, newest first."""
    return _traces(actor, resident_id, "readers", limit, looks=True)


def _traces(actor: Actor, resident_id: UUID, what: str, limit: int, *, looks: bool) -> list[Trace]:
    _looked_at(actor, resident_id, what)
    entries = AuditEntry.objects.filter(subject_kind="resident", subject_id=str(resident_id))
    entries = entries.filter(action__in=LOOKS) if looks else entries.exclude(action__in=LOOKS)
    return [
        Trace(
            each.at,
            each.action,
            each.practitioner_id or each.account_id,
            each.role,
            each.organization_id,
            each.detail,
        )
        for each in entries.order_by("-at", "-id")[:limit]
    ]


def episode(episode_id: UUID) -> Episode | None:
    """One episode, open or not, within the present scope."""
    return Episode.objects.filter(pk=episode_id).first()


def episodes_of(resident_ids: Iterable[UUID]) -> dict[UUID, list[Episode]]:
    """Open episodes of these residents, for lists that show them; the list's own query is what is logged."""
    found: dict[UUID, list[Episode]] = {}
    for each in Episode.objects.filter(
        resident_id__in=list(resident_ids),
        state__in=[Episode.State.SUSPECTED, Episode.State.VERIFIED, Episode.State.ACTIVE],
    ).order_by("started_on"):
        found.setdefault(each.resident_id, []).append(each)
    return found


def managed_counts(actor: Actor) -> dict[str, int]:
    """How many are under management now where an actor works, by kind of episode; counted from an index alone."""
    if not policy.may(actor, policy.RESIDENT_VIEW):
        return {}
    inside, reached = people.within_sql(actor, "area_key")
    statement = (
        f"select kind, count(*) from records_episode where state = 'active' and {inside} group by kind"
    )
    return dict(prepared.execute(statement, reached, planned=False))
