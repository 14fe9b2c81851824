"""The rows an accepted batch becomes: encounters, responses, typed rows, changes and audit lines, by COPY."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from gongwei.base import audit, clock
from gongwei.base.actors import SYSTEM, Actor
from gongwei.engines import row
from gongwei.language import fields
from gongwei.places import policy
from gongwei.records import answers as answering
from gongwei.records import columns, definitions, judgement, referral_steps, writing
from gongwei.records.models import Encounter, Response
from gongwei.residents import operations as residents
from gongwei.residents import states as resident_states
from gongwei.residents.models import Resident

if TYPE_CHECKING:
    from gongwei.records.bulk import Verdict
    from gongwei.records.bulk_judging import Judge

_ENCOUNTER = (
    "id", "resident_id", "area_key", "programme", "done_on", "mode", "organization_id", "practitioner_id", "source",
    "digest", "entered_at", "entered_by", "note",
)  # fmt: skip
_RESPONSE = (
    "id", "encounter_id", "resident_id", "form_code", "form_version", "definition_digest", "done_on", "status", "reason",
    "entered_at", "entered_by", "measured", "outcome", "differs", "questions",
)  # fmt: skip
_AUDIT = (
    "id", "at", "account_id", "practitioner_id", "duty_id", "role", "organization_id", "source", "action",
    "subject_kind", "subject_id", "area_key", "detail", "mac",
)  # fmt: skip
_CHANGE = ("at", "kind", "subject_id", "resident_id", "done_on")


@dataclass(slots=True)
class State:
    """A resident as the rules see one, growing with each accepted row."""

    resident: Resident
    attributes: dict[str, Any]
    parameters: row.ParameterLookup
    episodes: list[row.EpisodeSpan] = field(default_factory=list)
    records: list[row.Record] = field(default_factory=list)

    def subject(self) -> row.Subject:
        """The subject of the next judgement."""
        return row.Subject(self.attributes, tuple(self.records), self.episodes, self.parameters)

    def add(self, record: row.Record) -> None:
        """Let a record count for those that follow."""
        self.records.append(record)


def write(
    *, by: Actor, at: dt.datetime, judge: "Judge", accepted: Sequence["Verdict"], states: Mapping[UUID, State]
) -> None:
    """Write what was accepted, then what it means for others: later classes, referrals, residents thought lost."""
    by_resident: dict[UUID, list[Verdict]] = {}
    for each in accepted:
        by_resident.setdefault(each.row.resident_id, []).append(each)
    together: list[Verdict] = []
    for key, mine in by_resident.items():
        if judge.definition.tables and _meets_later_ones(judge, mine, states[key]):
            _one_by_one(by, at, judge, mine, states[key])
        else:
            together += mine
    if together:
        _together(by, at, judge, together, states)
    _found_again(by, at, accepted)


def _together(
    by: Actor, at: dt.datetime, judge: "Judge", accepted: Sequence["Verdict"], states: Mapping[UUID, State]
) -> None:
    definition = judge.definition
    writing._keep_version(definition, at)
    _copy("records_encounter", _ENCOUNTER, (_encounter(each, definition, by, at) for each in accepted))
    _copy("records_response", _RESPONSE, (_response(each, by, at) for each in accepted))
    _typed(judge, accepted)
    now = clock.now()
    _copy(
        "base_change",
        _CHANGE,
        (("response", _judged(each).id, each.row.resident_id, each.row.done_on) for each in accepted),
        first=(now,),
    )
    _copy("base_auditentry", _AUDIT, (_audited(each, by, at) for each in accepted))
    _referrals(by, at, judge, accepted, states)


def _judged(verdict: "Verdict") -> judgement.Judged:
    assert verdict.judged is not None
    return verdict.judged


def _copy(
    table: str, names: Sequence[str], rows: Iterable[tuple[Any, ...]], first: tuple[Any, ...] = ()
) -> None:
    # Made before COPY takes the connection: making a row may ask the database (a key, a parameter).
    ready = list(rows)
    with connection.cursor() as cursor, cursor.copy(f"copy {table} ({', '.join(names)}) from stdin") as copy:
        for each in ready:
            copy.write_row((*first, *each))


def _encounter(
    verdict: "Verdict", definition: definitions.Definition, by: Actor, at: dt.datetime
) -> tuple[Any, ...]:
    given = verdict.row
    assert verdict.resident is not None
    return (
        given.key, given.resident_id, verdict.resident.area_id, definition.programme, given.done_on, given.mode,
        given.organization_id, given.practitioner_id, given.source, verdict.digest(definition.form.code), at, by.account_id, "",
    )  # fmt: skip


def _response(verdict: "Verdict", by: Actor, at: dt.datetime) -> tuple[Any, ...]:
    judged, given = _judged(verdict), verdict.row
    form = judged.definition.form
    outcome = None if judged.outcome is None else Jsonb(judged.outcome, dumps=_dumps)
    return (
        judged.id, given.key, given.resident_id, form.code, form.version, judged.definition.digest, given.done_on,
        "final", "", at, by.account_id, "{}", outcome, judged.differs,
        Jsonb(judgement.problem_values(judged.questions), dumps=_dumps) if judged.questions else "[]",
    )  # fmt: skip


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _typed(judge: "Judge", accepted: Sequence["Verdict"]) -> None:
    form = judge.form
    model = columns.model_for(form.code)
    names = [name for name in form.fields if name != "done_on"]
    stored = [model._meta.get_field(name).column for name in names]
    as_list = {
        name: form.fields[name].options.codes
        for name in names
        if isinstance(form.fields[name], fields.Choices)
    }
    as_rows = {name for name in names if isinstance(form.fields[name], fields.Rows)}

    def cell(name: str, value: Any) -> Any:
        if value is None:
            return None
        if name in as_list:
            return [code for code in as_list[name] if code in value]
        return Jsonb(answering.plain(value), dumps=_dumps) if name in as_rows else value

    def line(verdict: "Verdict") -> tuple[Any, ...]:
        judged, given = _judged(verdict), verdict.row
        values = judged.values.get
        return (
            judged.id,
            given.resident_id,
            given.done_on,
            True,
            *(cell(name, values(name)) for name in names),
        )

    head = ("response_id", "resident_id", "done_on", "live", *(f'"{each}"' for each in stored))
    _copy(model._meta.db_table, head, map(line, accepted))


def _audited(verdict: "Verdict", by: Actor, at: dt.datetime) -> tuple[Any, ...]:
    judged, given = _judged(verdict), verdict.row
    assert verdict.resident is not None
    return audit.entry_values(
        by=by,
        action="create",
        subject_kind="resident",
        subject_id=given.resident_id,
        area_key=verdict.resident.area_id,
        detail={
            "what": "encounter",
            "encounter": str(given.key),
            "done_on": given.done_on.isoformat(),
            "forms": [judged.definition.form.code],
            "responses": [str(judged.id)],
            "source": given.source,
        },
        at=at,
    )


def _meets_later_ones(judge: "Judge", accepted: Sequence["Verdict"], state: State) -> bool:
    """Whether the new rows of a resident come before records that are there and mean something for their class or for a
    referral: then the order in which each is written matters."""
    new = {str(_judged(each).id) for each in accepted}
    first = min(each.row.done_on for each in accepted)
    later = {each.id: each for each in state.records if each.done_on >= first and each.id not in new}
    if not later:
        return False
    if any(judge.may_refer(_judged(each), each.row.done_on, state.subject()) for each in accepted):
        return True
    subject = state.subject()
    kept = Response.objects.filter(pk__in=list(later)).only("id", "outcome", "differs", "claimed")
    return any(
        judge.classified(later[str(each.pk)], dict(later[str(each.pk)].answers), subject, each.claimed)
        != (each.outcome, each.differs)
        for each in kept
    )


def _one_by_one(
    by: Actor, at: dt.datetime, judge: "Judge", accepted: Sequence["Verdict"], state: State
) -> None:
    """Write the rows of one resident each with all that follows from it, as `record_encounter` does."""
    new = {str(_judged(each).id) for each in accepted}
    before = [each for each in state.records if each.id not in new]
    for each in sorted(accepted, key=lambda verdict: verdict.row.done_on):
        now = State(state.resident, state.attributes, state.parameters, state.episodes, before)
        _together(by, at, judge, [each], {state.resident.pk: now})
        writing.reclassify_later(
            state.resident, judge.definition, each.row.done_on, except_for=_judged(each).id, at=at, by=by
        )
        before = [*before, *(record for record in state.records if record.id == str(_judged(each).id))]


def _referrals(
    by: Actor, at: dt.datetime, judge: "Judge", accepted: Sequence["Verdict"], states: Mapping[UUID, State]
) -> None:
    speaking = [
        each
        for each in sorted(accepted, key=lambda verdict: verdict.row.done_on)
        if judge.may_refer(_judged(each), each.row.done_on, states[each.row.resident_id].subject())
    ]
    if not speaking:
        return
    keys = [each.row.key for each in speaking]
    encounters = {each.pk: each for each in Encounter.objects.select_related("resident").filter(pk__in=keys)}
    responses = Response.objects.in_bulk([_judged(each).id for each in speaking])
    for each in speaking:
        judged = _judged(each)
        referral_steps.follow_record(
            responses[judged.id], encounters[each.row.key], judged.values, at=at, by=by
        )


def _found_again(by: Actor, at: dt.datetime, accepted: Sequence["Verdict"]) -> None:
    """A resident marked as lost who was served since is found: see `record_encounter`."""
    back: dict[UUID, dt.date] = {}
    for each in accepted:
        found = each.resident
        assert found is not None
        if (
            found.status == resident_states.LOST
            and each.row.done_on >= found.status_since
            and _judged(each).served
        ):
            back.setdefault(found.pk, each.row.done_on)
    # Whoever may import need not be one who may write single records; the service itself brings the resident back.
    actor = by if policy.may(by, policy.RECORD_WRITE) else SYSTEM
    for key, day in back.items():
        residents.return_by_service(by=actor, at=at, resident_id=key, on=day)
