"""The rows an accepted batch becomes: encounters, responses, typed rows, changes and audit lines, by COPY."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from gongwei.base import audit_many, clock, copy_text
from gongwei.base.actors import SYSTEM, Actor
from gongwei.engines import row
from gongwei.places import policy
from gongwei.records import bulk_referrals, columns, definitions, judgement, writing
from gongwei.records.models import Response
from gongwei.records.sets import any_of
from gongwei.residents import operations as residents
from gongwei.residents import states as resident_states
from gongwei.residents.models import Resident

if TYPE_CHECKING:
    from gongwei.records.bulk import Verdict
    from gongwei.records.bulk_judging import Judge

# When and by whom come last: they are known only at the writing.
_ENCOUNTER = (
    "id", "resident_id", "area_key", "programme", "done_on", "mode", "organization_id", "practitioner_id", "source",
    "digest", "note", "first_entered_on", "entered_at", "entered_by",
)  # fmt: skip
_RESPONSE = (
    "id", "encounter_id", "resident_id", "form_code", "form_version", "definition_digest", "done_on", "status", "reason",
    "measured", "outcome", "differs", "questions", "entered_at", "entered_by",
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
    by_resident = of_residents(accepted)
    mattering = mattering_to_later(judge, by_resident, states)
    together: list[Verdict] = []
    for key, mine in by_resident.items():
        if key in mattering:
            _one_by_one(by, at, judge, mine, states[key])
        else:
            together += mine
    if together:
        _together(by, at, judge, together, states)
    _found_again(by, at, accepted)


def of_residents(accepted: Iterable["Verdict"]) -> dict[UUID, list["Verdict"]]:
    """Verdicts by resident."""
    found: dict[UUID, list[Verdict]] = {}
    for each in accepted:
        found.setdefault(each.row.resident_id, []).append(each)
    return found


def _together(
    by: Actor, at: dt.datetime, judge: "Judge", accepted: Sequence["Verdict"], states: Mapping[UUID, State]
) -> None:
    names = typed_names(judge)
    insert(
        by=by,
        at=at,
        judge=judge,
        names=names,
        rows=[ready(each, judge, states[each.row.resident_id]) for each in accepted],
    )


class Ready(NamedTuple):
    """A judged row as its tables take it; when and by whom it is entered is said when it is written. Text throughout, so
    that it can be kept between a check and the writing."""

    key: str
    resident_id: str
    done_on: str
    response_id: str
    area_key: int
    source: str
    encounter: str
    response: str
    typed: str
    #: What it says of referrals (`bulk_referrals.Said`).
    said: Sequence[Any] | None


def typed_names(judge: "Judge") -> list[str]:
    """The columns of the form's table, in the order `Ready.typed` holds them."""
    model = columns.model_for(judge.form.code)
    stored = [model._meta.get_field(name).column for name in judge.form.fields if name != "done_on"]
    return ["response_id", "resident_id", "done_on", "live", *(f'"{each}"' for each in stored)]


def ready(verdict: "Verdict", judge: "Judge", state: State) -> Ready:
    """The rows an accepted verdict becomes."""
    judged, given = _judged(verdict), verdict.row
    assert verdict.resident is not None
    said = None
    if verdict.may_refer:
        record = row.Record(
            judge.form, given.done_on, {**judged.values, "done_on": given.done_on}, str(judged.id)
        )
        plain = row.Subject(state.attributes, parameters=state.parameters)
        code = (judged.outcome or {}).get("row")
        said = bulk_referrals.said_by(record, plain, code, given.organization_id, given.practitioner_id)
    ids = str(given.key), str(given.resident_id), given.done_on.isoformat(), str(judged.id)
    return Ready(
        *ids,
        verdict.resident.area_id,
        given.source,
        copy_text.line(_encounter(ids, verdict, judge.definition)),
        copy_text.line(_response(ids, verdict)),
        copy_text.line(_typed(ids, judged.values, judge)),
        said,
    )


def insert(
    *, by: Actor, at: dt.datetime, judge: "Judge", names: Sequence[str], rows: Sequence[Ready]
) -> None:
    """Write rows to all their tables, with changes and audit lines: what `write_response` does for one."""
    writing._keep_version(judge.definition, at)
    entered = copy_text.line((at, by.account_id))
    copy_text.copy("records_encounter", _ENCOUNTER, (f"{each.encounter}\t{entered}" for each in rows))
    copy_text.copy("records_response", _RESPONSE, (f"{each.response}\t{entered}" for each in rows))
    table = columns.model_for(judge.form.code)._meta.db_table
    copy_text.copy(table, names, (each.typed for each in rows))
    head = copy_text.line((clock.now(), "response"))
    copy_text.copy(
        "base_change",
        _CHANGE,
        (f"{head}\t{each.response_id}\t{each.resident_id}\t{each.done_on}" for each in rows),
    )
    code = judge.form.code
    audit_many.copy(_audited(rows, code, by, at))
    speaking = [
        bulk_referrals.Speaking(
            UUID(each.resident_id),
            each.area_key,
            UUID(each.response_id),
            code,
            dt.date.fromisoformat(each.done_on),
            bulk_referrals.Said(*each.said),
        )
        for each in rows
        if each.said is not None
    ]
    bulk_referrals.follow(speaking, at=at, by=by)


def _judged(verdict: "Verdict") -> judgement.Judged:
    assert verdict.judged is not None
    return verdict.judged


#: Encounter, resident, day and response as text.
Ids = tuple[str, str, str, str]


def _encounter(ids: Ids, verdict: "Verdict", definition: definitions.Definition) -> tuple[Any, ...]:
    given = verdict.row
    assert verdict.resident is not None
    key, resident, day, _ = ids
    return (
        key, resident, verdict.resident.area_id, definition.programme, day, given.mode, given.organization_id,
        given.practitioner_id, given.source, verdict.digest(definition.form.code), "",
        given.first_entered_on,
    )  # fmt: skip


def _response(ids: Ids, verdict: "Verdict") -> tuple[Any, ...]:
    judged = _judged(verdict)
    form = judged.definition.form
    key, resident, day, response = ids
    return (
        response, key, resident, form.code, form.version, judged.definition.digest, day, "final", "", "{}",
        None if judged.outcome is None else Jsonb(judged.outcome), judged.differs,
        Jsonb(judgement.problem_values(judged.questions)) if judged.questions else "[]",
    )  # fmt: skip


def _typed(ids: Ids, values: Mapping[str, Any], judge: "Judge") -> list[Any]:
    _, resident, day, response = ids
    found = [response, resident, day, True]
    for name, as_stored in judge.stored:
        value = values.get(name)
        found.append(value if value is None or as_stored is None else as_stored(value))
    return found


def _audited(rows: Sequence[Ready], form_code: str, by: Actor, at: dt.datetime) -> Iterator[str]:
    """The line of each record, as `record_encounter` writes it."""
    hole = audit_many.HOLE
    made: dict[str, audit_many.Series] = {}
    for each in rows:
        series = made.get(each.source)
        if series is None:
            series = made[each.source] = audit_many.Series(
                by=by,
                at=at,
                action="create",
                subject_kind="resident",
                detail={
                    "what": "encounter",
                    "done_on": hole,
                    "encounter": hole,
                    "forms": [form_code],
                    "responses": [hole],
                    "source": each.source,
                },
            )
        yield series.line(each.resident_id, each.area_key, each.done_on, each.key, each.response_id)


def mattering_to_later(
    judge: "Judge", by_resident: Mapping[UUID, Sequence["Verdict"]], states: Mapping[UUID, State]
) -> set[UUID]:
    """The residents whose new rows come before records that are there and mean something for their class or for a
    referral: then the order in which each is written matters."""
    if not judge.definition.tables:
        return set()
    later: dict[UUID, dict[str, row.Record]] = {}
    for key, mine in by_resident.items():
        new = {str(_judged(each).id) for each in mine}
        first = min(each.row.done_on for each in mine)
        after = {
            each.id: each for each in states[key].records if each.done_on >= first and each.id not in new
        }
        if after:
            later[key] = after
    if not later:
        return set()
    found = {key for key in later if any(each.may_refer for each in by_resident[key])}
    wanted = [each for key, records in later.items() if key not in found for each in records]
    kept = Response.objects.filter(any_of("id", wanted)).only(
        "id", "resident_id", "outcome", "differs", "claimed"
    )
    subjects = {key: states[key].subject() for key in later}
    for each in kept:
        key = each.resident_id
        if key in found:
            continue
        record = later[key][str(each.pk)]
        if judge.classified(record, dict(record.answers), subjects[key], each.claimed) != (
            each.outcome,
            each.differs,
        ):
            found.add(key)
    return found


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
