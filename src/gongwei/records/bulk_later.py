"""What new rows mean for the classes of records that come after them: `writing.reclassify_later` for very many residents.

An old county imports its past after it has begun to work, so that most rows of an import stand before records that are there.
The rows of a resident are gone through in the order of their days, as if each were written before the next is judged: what each
of them moves is kept with it. tests/integration/excel holds the outcome equal to single records.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db import connection

from gongwei.base import clock, copy_text
from gongwei.base.sets import any_of
from gongwei.engines import row
from gongwei.engines.subjects import order
from gongwei.records import bulk_referrals, columns, judgement, key_values, referral_causes
from gongwei.records.models import Response
from gongwei.residents.models import Resident

if TYPE_CHECKING:
    from gongwei.records.bulk import Verdict
    from gongwei.records.bulk_judging import Judge
    from gongwei.records.bulk_writing import Ready, State

_CHANGE = ("at", "kind", "subject_id", "resident_id", "done_on")


class Moved(NamedTuple):
    """A record whose class is another one as soon as a new row stands before it. Plain values, kept with the row."""

    response_id: str
    outcome: dict[str, Any] | None
    differs: bool


@dataclass(slots=True)
class _Kept:
    """A response whose class moves, as far as that matters."""

    id: UUID
    resident_id: UUID
    form_code: str
    done_on: dt.date
    outcome: dict[str, Any] | None
    differs: bool
    supersedes_id: UUID | None
    area_key: int
    organization_id: UUID
    practitioner_id: UUID | None


def moves(
    judge: "Judge", by_resident: Mapping[UUID, Sequence["Verdict"]], states: Mapping[UUID, "State"]
) -> dict[UUID, list[Moved]]:
    """By the key of a new row, which later records it moves, in their order. `states`: with the new rows in them."""
    if not judge.definition.tables:
        return {}
    later: dict[UUID, list[row.Record]] = {}
    for key, mine in by_resident.items():
        new = {record_of(each).id for each in mine}
        first = min(each.row.done_on for each in mine)
        after = [each for each in states[key].records if each.done_on >= first and each.id not in new]
        if after:
            later[key] = sorted(after, key=order)
    if not later:
        return {}
    wanted = [each.id for records in later.values() for each in records]
    stored = Response.objects.filter(any_of("id", wanted))
    kept = {
        str(key): (outcome, differs, claimed)
        for key, outcome, differs, claimed in stored.values_list("pk", "outcome", "differs", "claimed")
    }
    found: dict[UUID, list[Moved]] = {}
    for key, after in later.items():
        found |= _moved_by(judge, by_resident[key], states[key], after, kept)
    return found


def judgement_of(verdict: "Verdict") -> judgement.Judged:
    """What an accepted row was judged to be."""
    assert verdict.judged is not None
    return verdict.judged


def record_of(verdict: "Verdict") -> row.Record:
    """What an accepted row will be as a record."""
    assert verdict.record is not None
    return verdict.record


def _moved_by(
    judge: "Judge",
    mine: Sequence["Verdict"],
    state: "State",
    after: list[row.Record],
    kept: Mapping[str, tuple[dict[str, Any] | None, bool, Any]],
) -> dict[UUID, list[Moved]]:
    """`after`: what stands on or after the first of the new rows, in order."""
    written = {record_of(each).id: each for each in mine}
    new = sorted((each for each in state.records if each.id in written), key=order)
    there = [each for each in state.records if each.id not in written]
    now = {each.id: kept[each.id][:2] for each in after}
    found: dict[UUID, list[Moved]] = {}
    for place, record in enumerate(new):
        there.append(record)
        following = [each for each in after if each.done_on >= record.done_on]
        if not following:
            break
        subject = row.Subject(state.attributes, tuple(there), state.episodes, state.parameters)
        # The first of them judges all anew that come after it, as a single record does; the next ones only what sees them.
        looked_at = following if place == 0 else judge.seeing(record, following, subject)
        moved = []
        for each in looked_at:
            said = judge.classified(each, dict(each.answers), subject, kept[each.id][2])
            if said != now[each.id]:
                now[each.id] = said
                moved.append(Moved(each.id, *said))
        if moved:
            found[written[record.id].row.key] = moved
    return found


def write(
    *, at: dt.datetime, judge: "Judge", rows: Sequence["Ready"], people: Mapping[str, Resident]
) -> dict[str, list[bulk_referrals.Speaking]]:
    """Write the classes that new rows move and tell followers; as the owner of the tables, with the residents locked.

    Returns, by the new response, what the moved records now say of referrals (`bulk_referrals.follow`).
    """
    wanted = {each[0] for one in rows for each in one.moved}
    if not wanted:
        return {}
    stored = Response.objects.filter(any_of("id", wanted)).values_list(
        "id", "resident_id", "form_code", "done_on", "outcome", "differs", "supersedes_id", "encounter__area_key",
        "encounter__organization_id", "encounter__practitioner_id",
    )  # fmt: skip
    kept = {str(each[0]): _Kept(*each) for each in stored}
    found: dict[str, list[tuple[_Kept, str | None]]] = {}
    changed: dict[str, _Kept] = {}
    for one in sorted(rows, key=lambda each: each.done_on):
        for key, outcome, differs in one.moved:
            response = kept[key]
            if (response.outcome, response.differs) == (outcome, differs):
                continue
            response.outcome, response.differs = outcome, differs
            changed[key] = response
            found.setdefault(one.response_id, []).append((response, (outcome or {}).get("row")))
    _store(changed.values())
    head = copy_text.line((clock.now(), "response"))
    copy_text.copy(
        "base_change",
        _CHANGE,
        (
            f"{head}\t{copy_text.line((each.id, each.resident_id, each.done_on))}"
            for some in found.values()
            for each, _ in some
        ),
    )
    if not referral_causes.may_refer(judge.form):
        return {}
    records = _records(judge, changed, people)
    return {
        key: [_saying(judge, each, code, *records[str(each.id)]) for each, code in some]
        for key, some in found.items()
    }


def _store(changed: Iterable[_Kept]) -> None:
    rows = [{"id": str(each.id), "outcome": each.outcome, "differs": each.differs} for each in changed]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "update records_response r set outcome = n.outcome, differs = n.differs "
            "from jsonb_to_recordset(%s::jsonb) as n(id uuid, outcome jsonb, differs boolean) where r.id = n.id",
            [json.dumps(rows, ensure_ascii=False)],
        )


def _records(
    judge: "Judge", responses: Mapping[str, _Kept], people: Mapping[str, Resident]
) -> dict[str, tuple[row.Record, row.Subject]]:
    """The whole records, each with its resident as conditions about one record see one."""
    subjects: dict[UUID, row.Subject] = {}
    found = {}
    for typed in columns.model_for(judge.form.code).objects.filter(any_of("response_id", responses)):
        key = typed.resident_id
        if key not in subjects:
            subjects[key] = key_values.plain_subject(people[str(key)])
        found[str(typed.pk)] = key_values.record_of(judge.form, typed), subjects[key]
    return found


def _saying(
    judge: "Judge", kept: _Kept, outcome_row: str | None, record: row.Record, subject: row.Subject
) -> bulk_referrals.Speaking:
    causes = judge.causes(record, subject, outcome_row)
    practitioner = str(kept.practitioner_id) if kept.practitioner_id else None
    return bulk_referrals.Speaking(
        kept.resident_id,
        kept.area_key,
        kept.id,
        kept.form_code,
        kept.done_on,
        bulk_referrals.Said(
            None,
            [each.plain for each in causes],
            referral_causes.referred_to(record),
            str(kept.organization_id),
            practitioner,
        ),
        again=True,
        supersedes_id=kept.supersedes_id,
    )
