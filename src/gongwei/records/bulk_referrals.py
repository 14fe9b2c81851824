"""`referral_steps.follow_record` for very many new records: what is open is read once, all that changes is written once.

The records are taken in the order they are given in, each seeing what those before it opened, answered or continued; among them
stand records whose class a new one moved (`referral_steps.follow_class`).
tests/integration/excel holds the outcome equal to single records.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from gongwei.base import audit, audit_many, clock, copy_text, ids
from gongwei.base.actors import Actor
from gongwei.base.sets import any_of
from gongwei.engines import row
from gongwei.records import referral_causes, referral_steps
from gongwei.records.models import UNSETTLED, Referral

State = Referral.State
#: The columns that change in a referral that is there, with their types.
_CHANGED = {
    "state": "text", "answered_on": "date", "answered_by_response_id": "uuid", "continued_by_id": "uuid",
    "first_advised_on": "date", "causes": "jsonb", "urgent": "boolean", "ended": "jsonb", "reason": "text",
    "closed_at": "timestamptz", "closed_by": "uuid",
}  # fmt: skip
_COLUMNS = tuple(each.attname for each in Referral._meta.concrete_fields)
_JSON = frozenset(
    each.attname for each in Referral._meta.concrete_fields if each.get_internal_type() == "JSONField"
)
_ANNOUNCED = ("at", "kind", "subject_id", "resident_id", "done_on")


class Said(NamedTuple):
    """What a record says of referrals, as plain values: whether the earlier one arrived, why it asks for one, where to."""

    arrived: bool | None
    causes: list[dict[str, Any]]
    referred_to: str
    organization_id: str
    practitioner_id: str | None


class Speaking(NamedTuple):
    """A record that says something of referrals: just written, or of another class now."""

    resident_id: UUID
    area_key: int
    response_id: UUID
    form_code: str
    done_on: dt.date
    said: Said
    #: A record that was there, whose class was judged again; what it corrects.
    again: bool = False
    supersedes_id: UUID | None = None


def said_by(
    record: row.Record,
    found: Sequence[referral_causes.Cause],
    organization_id: UUID | None,
    practitioner_id: UUID | None,
) -> Said | None:
    """What a record says that asks for a referral for these causes; None when it neither asks for one nor answers one."""
    arrived = referral_causes.answer(record)
    if arrived is None and not found:
        return None
    return Said(
        arrived,
        [each.plain for each in found],
        referral_causes.referred_to(record),
        str(organization_id),
        str(practitioner_id) if practitioner_id else None,
    )


def follow(speaking: Sequence[Speaking], *, at: dt.datetime, by: Actor) -> None:
    """Write what records mean for referrals, given in the order in which they would be written; as the owner of the tables,
    with the residents locked."""
    if not speaking:
        return
    work = _Work(at)
    moved = {each.resident_id for each in speaking if each.again}
    others = {each.resident_id for each in speaking} - moved
    open_now = Referral.objects.filter(any_of("resident_id", others), state__in=UNSETTLED)
    # What a record of another class had opened may have been continued, answered or withdrawn since.
    everything = Referral.objects.filter(any_of("resident_id", moved)) if moved else ()
    for each in (*open_now, *everything):
        work.know(each)
    for one in speaking:
        if one.again:
            work.follow_class(one)
        else:
            work.follow(one)
    _write(work, at, by)


def _write(work: "_Work", at: dt.datetime, by: Actor) -> None:
    # Settled ones first, new ones last (keys are checked at the end): a resident has one open referral of a form.
    for opened in (False, True):
        _store([each for each in work.changed.values() if (each.state in UNSETTLED) is opened])
    copy_text.copy("records_referral", _COLUMNS, (_copied(each) for each in work.made))
    head = copy_text.line((clock.now(), "referral"))
    copy_text.copy(
        "base_change",
        _ANNOUNCED,
        (f"{head}\t{copy_text.line((one.pk, one.resident_id, one.advised_on))}" for one in work.announced()),
    )
    audit_many.copy(audit_many.single(_audited(each, by, at)) for each in work.made)


def _store(changed: Sequence[Referral]) -> None:
    """Write what has changed in referrals that were there."""
    if not changed:
        return
    columns = ", ".join(f"{name} = n.{name}" for name in _CHANGED)
    types = ", ".join(f"{name} {kind}" for name, kind in _CHANGED.items())
    rows = [{"id": each.pk} | {name: getattr(each, name) for name in _CHANGED} for each in changed]
    with connection.cursor() as cursor:
        cursor.execute(
            f"update records_referral r set {columns} from jsonb_to_recordset(%s::jsonb) as n(id uuid, {types}) "
            "where r.id = n.id",
            [json.dumps(rows, ensure_ascii=False, default=str)],
        )


def _copied(referral: Referral) -> str:
    """A new referral as COPY reads it."""
    values = (getattr(referral, name) for name in _COLUMNS)
    return copy_text.line(
        Jsonb(each) if name in _JSON and each is not None else each
        for name, each in zip(_COLUMNS, values, strict=True)
    )


class _Work:
    """What is known of each resident's referrals while the records are gone through, and what came of it."""

    def __init__(self, at: dt.datetime) -> None:
        self.at = at
        self.known: dict[UUID, list[Referral]] = {}
        self.made: list[Referral] = []
        self.changed: dict[UUID, Referral] = {}
        self._told: dict[UUID, Referral] = {}

    def know(self, referral: Referral) -> None:
        """A referral that is there."""
        self.known.setdefault(referral.resident_id, []).append(referral)

    def announced(self) -> Iterable[Referral]:
        """Those that followers must hear of."""
        return self._told.values()

    def _open(self, one: Speaking) -> list[Referral]:
        """What is unsettled for the resident of a record, in order, but for what the record itself asked for."""
        mine = [
            each
            for each in self.known.get(one.resident_id, ())
            if each.state in UNSETTLED and each.response_id != one.response_id
        ]
        return sorted(mine, key=lambda each: (each.advised_on, each.pk))

    def follow(self, one: Speaking) -> None:
        """See `referral_steps.follow_record`."""
        earlier = [each for each in self._open(one) if each.advised_on <= one.done_on]
        arrived = one.said.arrived
        if arrived is not None and earlier:
            same = [each for each in earlier if each.form_code == one.form_code]
            for each in same or earlier:
                each.state = State.ARRIVED if arrived else State.NOT_ARRIVED
                each.answered_on, each.answered_by_response_id = one.done_on, one.response_id
                self._touch(each)
                self._told[each.pk] = each
            arrived = None
        if one.said.causes:
            self._opened(one, arrived)

    def follow_class(self, one: Speaking) -> None:
        """See `referral_steps.follow_class`."""
        mine = self.known.get(one.resident_id, ())
        own = next((each for each in mine if each.response_id == one.response_id), None)
        causes = one.said.causes
        if own is None:
            if causes:
                self._opened(one, None)
            return
        if not causes and own.state in (*UNSETTLED, State.CONTINUED):
            self._withdraw(own)
            continued = [each for each in mine if each.continued_by_id == own.pk]
            for each in sorted(continued, key=lambda one: (one.advised_on, one.pk), reverse=True):
                self._reopen_in_turn(each)
        elif causes and own.state in (*UNSETTLED, State.WITHDRAWN):
            own.causes, own.urgent = causes, any(each["urgent"] for each in causes)
            if own.state == State.WITHDRAWN:
                self._reopen_in_turn(own)
            self._touch(own)
        else:
            return
        self._told[own.pk] = own

    def _withdraw(self, own: Referral) -> None:
        """See `referral_steps._withdraw`: an unsettled one, or one that another continued."""
        own.state, own.continued_by_id, own.ended, own.reason = State.WITHDRAWN, None, None, ""
        own.closed_at = own.closed_by = None
        self._touch(own)

    def _reopen_in_turn(self, referral: Referral) -> None:
        """See `referral_steps._reopen_in_turn`."""
        others = [
            each.pk
            for each in self.known[referral.resident_id]
            if each.state in UNSETTLED and each.form_code == referral.form_code and each.pk != referral.pk
        ]
        referral.state = State.CONTINUED if others else State.OPEN
        referral.continued_by_id = min(others, default=None)
        self._touch(referral)

    def _opened(self, one: Speaking, arrived: bool | None) -> None:
        """See `referral_steps._opened`."""
        others = [each for each in self._open(one) if each.form_code == one.form_code]
        later = next((each for each in others if each.advised_on > one.done_on), None)
        earlier = [each for each in others if each.advised_on <= one.done_on]
        said = one.said
        referral = Referral(
            id=ids.uuid7(),
            resident_id=one.resident_id,
            area_key=one.area_key,
            response_id=one.response_id,
            form_code=one.form_code,
            causes=said.causes,
            urgent=any(each["urgent"] for each in said.causes),
            first_advised_on=min([one.done_on, *(each.first_advised_on for each in earlier)]),
            advised_on=one.done_on,
            due_on=referral_causes.check_on(one.done_on),
            referred_to=said.referred_to,
            organization_id=UUID(said.organization_id),
            practitioner_id=UUID(said.practitioner_id) if said.practitioner_id else None,
            created_at=self.at,
        )
        if later is not None:
            # A record that arrives late: what came after it is what is open.
            referral.state, referral.continued_by_id = State.CONTINUED, later.pk
            later.first_advised_on = min(later.first_advised_on, referral.first_advised_on)
            self._touch(later)
        elif arrived is not None:
            referral.state = State.ARRIVED if arrived else State.NOT_ARRIVED
            referral.answered_on, referral.answered_by_response_id = one.done_on, one.response_id
        else:
            referral_steps._inherit(referral, one.supersedes_id)
        if referral.state in UNSETTLED:
            for each in earlier:
                each.state, each.continued_by_id = State.CONTINUED, referral.pk
                self._touch(each)
        self.made.append(referral)
        self._told[referral.pk] = referral
        self.know(referral)

    def _touch(self, referral: Referral) -> None:
        """A referral changed: to be written, if it was there before."""
        if not referral._state.adding:
            self.changed[referral.pk] = referral


def _audited(referral: Referral, by: Actor, at: dt.datetime) -> tuple[Any, ...]:
    return audit.entry_values(
        by=by,
        action="open_referral",
        subject_kind="resident",
        subject_id=referral.resident_id,
        area_key=referral.area_key,
        detail={
            "what": "referral",
            "referral": str(referral.pk),
            "response": str(referral.response_id),
            "form": referral.form_code,
            "causes": [each["code"] for each in referral.causes],
        },
        at=at,
    )
