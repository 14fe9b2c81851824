"""The rows an accepted batch becomes: encounters, responses, typed rows, changes and audit lines, by COPY."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from gongwei.base import audit_many, clock, copy_text
from gongwei.base.actors import SYSTEM, Actor
from gongwei.engines import judging, row
from gongwei.engines.subjects import order
from gongwei.places import policy
from gongwei.records import bulk_later, bulk_referrals, columns, definitions, judgement, writing
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
    #: The resident's id as text.
    key: str = ""
    #: The records in the order `Subject.newest_first` gives them, kept from one row to the next.
    newest: tuple[row.Record, ...] | None = None

    def __post_init__(self) -> None:
        self.key = str(self.resident.pk)

    def subject(self) -> row.Subject:
        """The subject of the next judgement; all its records are of one form."""
        newest = self.newest
        if newest is None:
            newest = self.newest = tuple(sorted(self.records, key=order, reverse=True))
        subject = row.Subject(self.attributes, newest, self.episodes, self.parameters)
        # What `Subject` would find by sorting them once more.
        subject.__dict__["_by_form"] = {newest[0].form: newest} if newest else {}
        return subject

    def add(self, record: row.Record) -> None:
        """Let a record count for those that follow."""
        self.records.append(record)
        newest = self.newest
        # Rows come in the order of their days, so that a new one hardly ever stands before an older one.
        self.newest = (record, *newest) if newest and order(newest[0]) < order(record) else None


def write(
    *, by: Actor, at: dt.datetime, judge: "Judge", accepted: Sequence["Verdict"], states: Mapping[UUID, State]
) -> None:
    """Write what was accepted, then what it means for others: later classes, referrals, residents thought lost."""
    if not accepted:
        return
    moves = bulk_later.moves(judge, of_residents(accepted), states)
    insert(
        by=by,
        at=at,
        judge=judge,
        names=typed_names(judge),
        rows=[
            ready(each, judge, states[each.row.resident_id], moves.get(each.row.key, ())) for each in accepted
        ],
        people={str(each.row.resident_id): states[each.row.resident_id].resident for each in accepted},
    )
    _found_again(by, at, accepted)


def of_residents(accepted: Iterable["Verdict"]) -> dict[UUID, list["Verdict"]]:
    """Verdicts by resident."""
    found: dict[UUID, list[Verdict]] = {}
    for each in accepted:
        found.setdefault(each.row.resident_id, []).append(each)
    return found


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
    #: The later records whose class it moves (`bulk_later.Moved`).
    moved: Sequence[Sequence[Any]] = ()


def typed_names(judge: "Judge") -> list[str]:
    """The columns of the form's table, in the order `Ready.typed` holds them."""
    model = columns.model_for(judge.form.code)
    stored = [model._meta.get_field(name).column for name in judge.form.fields if name != "done_on"]
    return ["response_id", "resident_id", "done_on", "live", *(f'"{each}"' for each in stored)]


def ready(verdict: "Verdict", judge: "Judge", state: State, moved: Sequence[bulk_later.Moved] = ()) -> Ready:
    """The rows an accepted verdict becomes, with the later records it moves."""
    judged, given, record = bulk_later.judgement_of(verdict), verdict.row, verdict.record
    assert verdict.resident is not None
    assert record is not None
    said = None
    if verdict.may_refer:
        plain = row.Subject(state.attributes, parameters=state.parameters)
        code = (judged.outcome or {}).get("row")
        causes = judge.causes(record, plain, code)
        said = bulk_referrals.said_by(record, causes, given.organization_id, given.practitioner_id)
    ids = str(given.key), state.key, given.done_on.isoformat(), record.id
    return Ready(
        *ids,
        verdict.resident.area_id,
        given.source,
        copy_text.line(_encounter(ids, verdict, judge.definition)),
        _response(ids, judged, judge),
        _typed(ids, judged.values, judge),
        said,
        moved,
    )


def insert(
    *,
    by: Actor,
    at: dt.datetime,
    judge: "Judge",
    names: Sequence[str],
    rows: Sequence[Ready],
    people: Mapping[str, Resident],
) -> None:
    """Write rows to all their tables, with changes and audit lines, and what they mean for later records and for referrals:
    what `write_response` and `reclassify_later` do for one. `people`: the residents of the rows, by id as text."""
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
    later = bulk_later.write(at=at, judge=judge, rows=rows, people=people)
    speaking: list[bulk_referrals.Speaking] = []
    for each in sorted(rows, key=lambda one: one.done_on):
        if each.said is not None:
            speaking.append(
                bulk_referrals.Speaking(
                    UUID(each.resident_id),
                    each.area_key,
                    UUID(each.response_id),
                    code,
                    dt.date.fromisoformat(each.done_on),
                    bulk_referrals.Said(*each.said),
                )
            )
        speaking += later.get(each.response_id, ())
    bulk_referrals.follow(speaking, at=at, by=by)


#: Encounter, resident, day and response as text.
Ids = tuple[str, str, str, str]


def _encounter(ids: Ids, verdict: "Verdict", definition: definitions.Definition) -> tuple[Any, ...]:
    given = verdict.row
    assert verdict.resident is not None
    key, resident, day, _ = ids
    return (
        key, resident, verdict.resident.area_id, definition.programme, day, given.mode, given.organization_id,
        given.practitioner_id, given.source, verdict.digest(definition.form.code, resident), "",
        given.first_entered_on,
    )  # fmt: skip


def _response(ids: Ids, judged: judgement.Judged, judge: "Judge") -> str:
    key, resident, day, response = ids
    differs = "t" if judged.differs else "f"
    questions = _questions(judged.questions) if judged.questions else "[]"
    return (
        f"{response}\t{key}\t{resident}\t{judge.head}\t{day}\tfinal\t\t{{}}\t{judge.outcome_text(judged.outcome)}"
        f"\t{differs}\t{questions}"
    )


@lru_cache(maxsize=20_000)
def _questions(found: tuple[judging.Problem, ...]) -> str:
    """Questions as COPY reads them: the same few are asked of very many records."""
    return copy_text.plain_json(judgement.problem_values(found))


def _typed(ids: Ids, values: Mapping[str, Any], judge: "Judge") -> str:
    _, resident, day, response = ids
    found = judge.empty.copy()
    where = judge.columns
    for name, value in values.items():
        if value is not None:
            place, as_copied = where[name]
            found[place] = as_copied(value)
    return "\t".join([response, resident, day, "t", *found])


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


def _found_again(by: Actor, at: dt.datetime, accepted: Sequence["Verdict"]) -> None:
    """A resident marked as lost who was served since is found: see `record_encounter`."""
    back: dict[UUID, dt.date] = {}
    for each in accepted:
        found = each.resident
        assert found is not None
        if (
            found.status == resident_states.LOST
            and each.row.done_on >= found.status_since
            and bulk_later.judgement_of(each).served
        ):
            back.setdefault(found.pk, each.row.done_on)
    # Whoever may import need not be one who may write single records; the service itself brings the resident back.
    actor = by if policy.may(by, policy.RECORD_WRITE) else SYSTEM
    for key, day in back.items():
        residents.return_by_service(by=actor, at=at, resident_id=key, on=day)
