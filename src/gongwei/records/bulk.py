"""Many services at once, as an import brings them: judged and written in sets, with the results of `record_encounter`.

Rows of one resident are taken in the order of their days, each judged with those before it. Residents are locked first, as
everywhere. COPY does not pass row-level security, so the rows run as the owner of the tables after each resident's area
was checked against the actor's areas and the policy (import). What `record_encounter` would refuse is told of the row and
the others go on. A response of the same resident, form and day with the same answers is not written a second time.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei import catalogue
from gongwei.base import clock, digests, ids, scope
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.base.sets import any_of
from gongwei.engines import daily_parameters, row
from gongwei.language import fields
from gongwei.places import policy
from gongwei.records import acceptance, bulk_judging, bulk_text, bulk_writing, columns, definitions, judgement
from gongwei.records import answers as answering
from gongwei.records.models import Encounter, Episode, Mode, Response
from gongwei.residents.models import Resident

_MODES = frozenset(Mode.values)
_RESIDENT = (
    "id", "area", "sex", "birth_date", "residence_type", "resident_since", "status", "status_since", "cancel_reason",
    "filed_on", "death_on", "merged_into",
)  # fmt: skip


@dataclass(slots=True)
class Row:
    """One service with one filled form. `key` becomes the encounter's id, so the same row sent twice is one record.

    values: answers as values of their fields, without `done_on`; refusals: what was wrong before it came here.
    """

    key: UUID
    resident_id: UUID
    done_on: dt.date
    mode: str
    values: dict[str, Any]
    organization_id: UUID | None = None
    practitioner_id: UUID | None = None
    source: str = "import"
    #: Whoever made the row has seen that each value has the shape of its field, and is neither missing nor changeable.
    shaped: bool = False
    #: When an old system was told, of a row whose source is a package; not before the day it was done.
    first_entered_on: dt.date | None = None


@dataclass(slots=True)
class Verdict:
    """What became of a row: refused with reasons, there already, or judged (and written, by `record`)."""

    row: Row
    refusals: list[Refused] = field(default_factory=list)
    judged: judgement.Judged | None = None
    existing: UUID | None = None
    resident: Resident | None = None
    #: What it will be as a record among the resident's.
    record: row.Record | None = None
    #: Whether the record may open or answer a referral.
    may_refer: bool = False

    @property
    def accepted(self) -> bool:
        """Whether a record comes of it."""
        return self.judged is not None and not self.refusals and self.existing is None

    def digest(self, form_code: str, resident: str) -> bytes:
        """What tells this row from another sent under the same id. `resident`: the resident's id as text."""
        given = self.row
        values = bulk_text.canonical(given.values)
        # As `digests.canonical` writes [resident, day, mode, [form, values]]; nothing but the values needs escaping.
        text = f'["{resident}","{given.done_on.isoformat()}","{given.mode}",["{form_code}",{values}]]'
        return digests.sm3(text.encode())


def judge(*, by: Actor, at: dt.datetime, form_code: str, rows: Sequence[Row]) -> list[Verdict]:
    """What `record` would do, without writing or locking: for a preview. Verdicts come in the order of the rows."""
    with scope.as_owner("each resident's area is checked against the actor's in _permitted"):
        return _judged(by, at, form_code, rows, lock=False)[0]


@transaction.atomic
def record(*, by: Actor, at: dt.datetime, form_code: str, rows: Sequence[Row]) -> list[Verdict]:
    """Judge and write in one transaction; the verdicts in the order of the rows.

    Raises:
        Refused: no such form.
    """
    with scope.as_owner("COPY does not pass row-level security; areas are checked in _permitted"):
        verdicts, states = _judged(by, at, form_code, rows, lock=True)
        accepted = [each for each in verdicts if each.accepted]
        bulk_writing.write(by=by, at=at, judge=bulk_judging.of(form_code), accepted=accepted, states=states)
    return verdicts


def _judged(
    by: Actor, at: dt.datetime, form_code: str, rows: Sequence[Row], *, lock: bool
) -> tuple[list[Verdict], dict[UUID, "bulk_writing.State"]]:
    judging = bulk_judging.of(form_code)
    verdicts = [Verdict(each) for each in rows]
    wanted = {each.resident_id for each in rows}
    residents = _residents(wanted, lock=lock)
    states = _states(judging, {key: found for key, found in residents.items() if _permitted(by, found)})
    there = Encounter.objects.filter(any_of("id", (each.key for each in rows)))
    kept = set(there.values_list("pk", flat=True))
    same_day = _same_day(judging, rows, states)
    today = clock.day_of(at)
    in_order = sorted(range(len(rows)), key=lambda place: (rows[place].done_on, place))
    for place in in_order:
        verdict = verdicts[place]
        state = states.get(verdict.row.resident_id)
        if state is None:
            found = residents.get(verdict.row.resident_id)
            verdict.refusals.append(
                Refused("该档案已合并到另一份档案，请按保留的档案填写", code="resident_merged")
                if found is not None and found.status == "merged" and _permitted(by, found)
                else Refused("未找到这位居民，或不在您的服务范围内", code="resident_not_found")
            )
        elif verdict.row.key in kept:
            verdict.existing = verdict.row.key
        else:
            _one(by, at, today, judging, verdict, state, same_day)
    return verdicts, states


def _permitted(by: Actor, resident: Resident) -> bool:
    return by.covers(resident.area_id) and policy.may(by, policy.IMPORT, area_key=resident.area_id)


def _residents(wanted: Iterable[UUID], *, lock: bool) -> dict[UUID, Resident]:
    found = Resident.objects.only(*_RESIDENT).filter(any_of("id", wanted)).order_by("pk")
    if lock:
        found = found.select_for_update(no_key=True)
    return {each.pk: each for each in found}


@lru_cache(maxsize=2)
def _parameters(_catalogue: int) -> row.ParameterLookup:
    """Remembered from portion to portion: the rows of an import ask for the same parameters on the same days."""
    return daily_parameters.remembering(definitions.parameter)


def _states(
    judging: bulk_judging.Judge, residents: Mapping[UUID, Resident]
) -> dict[UUID, "bulk_writing.State"]:
    """Each resident with attributes, episodes and the live records of the form, as far as the rules look at them."""
    alive = {key: each for key, each in residents.items() if each.status != "merged"}
    lookup = _parameters(id(catalogue.current()))
    states = {
        key: bulk_writing.State(each, judgement.attributes(each), lookup) for key, each in alive.items()
    }
    spans = Episode.objects.filter(
        any_of("resident_id", alive), state__in=[Episode.State.ACTIVE, Episode.State.ENDED]
    )
    for key, kind, started, ended in spans.values_list("resident_id", "kind", "started_on", "ended_on"):
        states[key].episodes.append(row.EpisodeSpan(kind, started, ended))
    form = judging.form
    names = judging.looks_back_at
    read = [reader_of(form.fields[name]) for name in names]
    stored = [f"{name}_id" if isinstance(form.fields[name], fields.Person) else name for name in names]
    model = columns.model_for(form.code)
    earlier = model.objects.filter(any_of("resident_id", alive), live=True)
    for key, response, day, *values in earlier.values_list("resident_id", "response_id", "done_on", *stored):
        answers = {
            name: value if convert is None else convert(value)
            for name, value, convert in zip(names, values, read, strict=True)
            if not fields.is_missing(value)
        }
        answers["done_on"] = day
        states[key].records.append(row.Record(form, day, answers, str(response)))
    return states


def reader_of(each: fields.Field) -> Callable[[Any], Any] | None:
    """What makes an answer of a stored value that is there; None: it is the answer."""
    if isinstance(each, fields.Choices):
        return frozenset
    if isinstance(each, fields.Person):
        return str
    if isinstance(each, fields.Rows):
        return lambda value: answering.value_of(each, value)
    return None


def _same_day(
    judging: bulk_judging.Judge, rows: Sequence[Row], states: Mapping[UUID, "bulk_writing.State"]
) -> dict[tuple[UUID, dt.date], tuple[UUID, dict[str, Any]]]:
    """The live responses of the form that stand on the very days of the rows, with all their answers."""
    wanted = {(each.resident_id, each.done_on) for each in rows}
    there = [
        record.id
        for key, state in states.items()
        for record in state.records
        if (key, record.done_on) in wanted
    ]
    if not there:
        return {}
    found = columns.model_for(judging.form.code).objects.filter(any_of("response_id", there))
    return {
        (each.resident_id, each.done_on): (each.pk, answering.from_columns(judging.form, each))
        for each in found
    }


def _one(
    by: Actor,
    at: dt.datetime,
    today: dt.date,
    judging: bulk_judging.Judge,
    verdict: Verdict,
    state: "bulk_writing.State",
    same_day: dict[tuple[UUID, dt.date], tuple[UUID, dict[str, Any]]],
) -> None:
    """Judge one row; an accepted one counts for those after it."""
    given, resident = verdict.row, state.resident
    verdict.resident = resident
    form = judging.form
    values = given.values
    asked = form.fields.get("mode")
    if given.mode not in _MODES:
        verdict.refusals.append(Refused("请选择服务方式", field="@mode", code="mode"))
    elif asked is not None and "mode" not in values:
        code = acceptance.MODE_CODES.get(Mode(given.mode))
        if code in getattr(asked, "options", asked).by_code:
            values["mode"] = code
    day, death = given.done_on, resident.death_on
    if type(day) is not dt.date or not (
        resident.birth_date <= day <= today and (death is None or day <= death)
    ):
        verdict.refusals += acceptance.day_problems(resident, day, at)
    verdict.refusals += acceptance.state_problems(resident, given.done_on, {form.code})
    given.organization_id = given.organization_id or by.organization_id
    given.practitioner_id = given.practitioner_id or by.practitioner_id
    if given.organization_id is None:
        verdict.refusals.append(Refused("请填写服务机构", field="@organization", code="organization"))
    if verdict.refusals:
        return
    there = same_day.get((resident.pk, given.done_on))
    if there is not None:
        if _says_the_same(judging, values, there[1]):
            verdict.existing = there[0]
        else:
            verdict.refusals.append(
                Refused(
                    f"该居民{given.done_on.isoformat()}已有一份“{form.title}”，内容不同",
                    field="done_on",
                    code="other_on_same_day",
                    hint="如需修改，请打开原记录更正；如确为另一次服务，请核对日期。",
                )
            )
        return
    subject = state.subject()
    judged = judging.judge(
        id=ids.uuid7(),
        values=values,
        done_on=given.done_on,
        entered_on=today,
        subject=subject,
        shaped=given.shaped,
    )
    verdict.refusals += [
        Refused(each.message, field=each.within or each.field, code=each.rule, details={"row": each.row})
        for each in judged.refusals
    ]
    verdict.judged = judged
    if verdict.refusals:
        return
    answers = {**judged.values, "done_on": given.done_on}
    verdict.record = row.Record(form, given.done_on, answers, str(judged.id))
    verdict.may_refer = judging.may_refer(verdict.record, judged.outcome, subject)
    state.add(verdict.record)
    same_day[resident.pk, given.done_on] = (judged.id, judged.values)


def _says_the_same(judging: bulk_judging.Judge, given: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
    """Whether a row only repeats what is kept: what it leaves out was filled in by the rules."""
    form = judging.form
    derived = {name for name, each in form.fields.items() if each.computed is not None} | {
        judgement.NEXT_DUE,
        "mode",
    }
    for table in judging.definition.tables[:1]:
        derived |= {name for each in table.rows for name in each.proposes}
    if any(kept.get(name) != value for name, value in given.items() if name != "done_on"):
        return False
    return all(name in given or name in derived or name == "done_on" for name in kept)


def responses_of(keys: Sequence[UUID]) -> dict[UUID, UUID]:
    """The responses of encounters that an earlier attempt wrote, by the encounter's id."""
    return dict(
        Response.objects.filter(encounter__in=keys, supersedes=None).values_list("encounter_id", "id")
    )
