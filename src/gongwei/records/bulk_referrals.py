"""`referral_steps.follow_record` for very many new records: what is open is read once, all that changes is written once.

The records are taken in the order of their days, each seeing what those before it opened, answered or continued.
tests/integration/excel holds the outcome equal to single records.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from gongwei.base import audit, audit_many, clock, copy_text, ids
from gongwei.base.actors import Actor
from gongwei.engines import row
from gongwei.records import referral_causes
from gongwei.records.referral_models import UNSETTLED, Referral
from gongwei.records.sets import any_of

State = Referral.State
_CHANGED = ("state", "answered_on", "answered_by_response", "continued_by", "first_advised_on")
_ANNOUNCED = ("at", "kind", "subject_id", "resident_id", "done_on")


class Said(NamedTuple):
    """What a record says of referrals, as plain values: whether the earlier one arrived, why it asks for one, where to."""

    arrived: bool | None
    causes: list[dict[str, Any]]
    referred_to: str
    organization_id: str
    practitioner_id: str | None


class Speaking(NamedTuple):
    """A record just written that says something of referrals."""

    resident_id: UUID
    area_key: int
    response_id: UUID
    form_code: str
    done_on: dt.date
    said: Said


def said_by(
    record: row.Record,
    subject: row.Subject,
    outcome_row: str | None,
    organization_id: UUID | None,
    practitioner_id: UUID | None,
) -> Said | None:
    """What a record says; None when it neither asks for a referral nor answers one. `subject`: attributes are enough."""
    arrived = referral_causes.answer(record)
    found = referral_causes.causes(record, subject, outcome_row)
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
    """Write what new records mean for referrals; as the owner of the tables, with the residents locked."""
    if not speaking:
        return
    work = _Work(at)
    for each in Referral.objects.filter(
        any_of("resident_id", {each.resident_id for each in speaking}), state__in=UNSETTLED
    ):
        work.open.setdefault(each.resident_id, []).append(each)
    for each in sorted(speaking, key=lambda one: one.done_on):
        work.follow(each)
    # Before the new ones are there (keys are checked at the end): a resident has one open referral of a form.
    if work.changed:
        Referral.objects.bulk_update(work.changed.values(), _CHANGED, batch_size=500)
    Referral.objects.bulk_create(work.made, batch_size=1000)
    head = copy_text.line((clock.now(), "referral"))
    copy_text.copy(
        "base_change",
        _ANNOUNCED,
        (f"{head}\t{copy_text.line((one.pk, one.resident_id, one.advised_on))}" for one in work.announced()),
    )
    audit_many.copy(audit_many.single(_audited(each, by, at)) for each in work.made)


class _Work:
    """What is open for each resident while the records are gone through, and what came of it."""

    def __init__(self, at: dt.datetime) -> None:
        self.at = at
        self.open: dict[UUID, list[Referral]] = {}
        self.made: list[Referral] = []
        self.changed: dict[UUID, Referral] = {}
        self._told: dict[UUID, Referral] = {}

    def announced(self) -> Iterable[Referral]:
        """Those that followers must hear of."""
        return self._told.values()

    def follow(self, one: Speaking) -> None:
        """See `referral_steps.follow_record`."""
        there = sorted(self.open.get(one.resident_id, ()), key=lambda each: (each.advised_on, each.pk))
        earlier = [each for each in there if each.advised_on <= one.done_on]
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

    def _opened(self, one: Speaking, arrived: bool | None) -> None:
        """See `referral_steps._opened`."""
        there = sorted(self.open.get(one.resident_id, ()), key=lambda each: (each.advised_on, each.pk))
        others = [each for each in there if each.form_code == one.form_code]
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
        if referral.state in UNSETTLED:
            for each in earlier:
                each.state, each.continued_by_id = State.CONTINUED, referral.pk
                self._touch(each)
        self.made.append(referral)
        self._told[referral.pk] = referral
        if referral.state in UNSETTLED:
            self.open.setdefault(one.resident_id, []).append(referral)

    def _touch(self, referral: Referral) -> None:
        """A referral changed: to be written, if it was there before, and no longer open, if it is settled now."""
        if not referral._state.adding:
            self.changed[referral.pk] = referral
        if referral.state not in UNSETTLED:
            mine = self.open[referral.resident_id]
            mine[:] = [each for each in mine if each.pk != referral.pk]


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
