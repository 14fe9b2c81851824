"""Half-typed pages: kept while somebody types, offered again to the same person for the same resident and form.

A page that corrects a record is kept apart from one that fills the form anew (`corrects`).

Nothing of it is a record: it is sealed as it was typed, only its writer can open it (row-level security), it is emptied when
the contact is saved, and it is gone after some days (`records.draft_days`). No figure, list, export or snapshot reads it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base import audit, clock, ids, prepared, sealed
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.records import parameters
from gongwei.records.models import Draft, Response
from gongwei.residents.models import Resident

TABLE, COLUMN = "records_draft", "content_cipher"
#: Characters of typed content; a page of forms has some ten thousand.
LARGEST = 512 * 1024

#: What was typed: (name of the box, value), a name as often as it was sent.
Content = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Waiting:
    """A draft that may be taken up again."""

    form_code: str
    kept_at: dt.datetime


@transaction.atomic
def keep_draft(
    *,
    by: Actor,
    at: dt.datetime,
    resident_id: UUID,
    form_code: str,
    content: Content,
    submission: str = "",
    corrects: UUID | None = None,
) -> bool:
    """Keep what somebody has typed so far on a page, in place of what was kept of it before.

    corrects: the response the page corrects. submission: the key the page will be sent under. What arrives after the page itself was saved is dropped; returns
    whether it was kept. The first keeping of a page is written to the audit trail, the many after it are not.

    Raises:
        Refused: no such resident within reach, or more than a page can hold.
        policy.Forbidden: the actor may not write about the resident (or correct anything about them).
    """
    area_key = _area_of(by, resident_id, corrects)
    text = json.dumps([list(each) for each in content], ensure_ascii=False, separators=(",", ":"))
    if len(text) > LARGEST:
        raise Refused("内容过长，未能暂存。请先保存。", code="draft_too_large")
    if submission and prepared.execute(_SENT, (str(by.account_id), f"page:{submission}")):
        return False
    mine = Draft.objects.filter(
        account_id=by.account_id, resident=resident_id, form_code=form_code, corrects=corrects
    )
    draft = mine.select_for_update().first()
    if draft is None:
        # Two windows may begin at once: the second finds the row of the first.
        Draft.objects.bulk_create(
            [
                Draft(
                    id=ids.uuid7(),
                    account_id=by.account_id,
                    resident_id=resident_id,
                    form_code=form_code,
                    corrects=corrects,
                    begun_at=at,
                    kept_at=at,
                )
            ],
            ignore_conflicts=True,
        )
        draft = mine.select_for_update().get()
    begins = draft.content_cipher is None or _over(draft.kept_at, at)
    mine.update(
        content_cipher=sealed.encrypt(text, table=TABLE, column=COLUMN, row_id=draft.pk),
        kept_at=at,
        begun_at=at if begins else draft.begun_at,
    )
    if begins:
        audit.record(
            by=by,
            action="update",
            subject_kind="resident",
            subject_id=resident_id,
            area_key=area_key,
            detail=_detail(form_code, corrects),
            at=at,
        )
    return True


def _detail(form_code: str, corrects: UUID | None) -> dict[str, str]:
    return {"what": "draft", "form": form_code} | ({"response": str(corrects)} if corrects else {})


_SENT = "select 1 from base_idempotencykey where scope = %s and key = %s"


@transaction.atomic
def drop_draft(
    *, by: Actor, at: dt.datetime, resident_id: UUID, form_code: str, corrects: UUID | None = None
) -> None:
    """放弃: throw away what was kept of a page. Twice is harmless.

    Raises Refused and policy.Forbidden as `keep_draft`.
    """
    area_key = _area_of(by, resident_id, corrects)
    if _emptied(by, resident_id, [form_code], corrects):
        audit.record(
            by=by,
            action="dismiss",
            subject_kind="resident",
            subject_id=resident_id,
            area_key=area_key,
            detail=_detail(form_code, corrects),
            at=at,
        )


def finish(
    *, by: Actor, resident_id: UUID, form_codes: Collection[str], corrects: UUID | None = None
) -> None:
    """A page was saved: what was kept of it is emptied, in the transaction of the saving."""
    _emptied(by, resident_id, list(form_codes), corrects)


def _emptied(by: Actor, resident_id: UUID, form_codes: list[str], corrects: UUID | None) -> bool:
    if corrects is None:
        return bool(prepared.execute(_EMPTY, (by.account_id, resident_id, form_codes)))
    return bool(prepared.execute(_EMPTY_OF_RESPONSE, (by.account_id, resident_id, corrects)))


_EMPTY = (
    "update records_draft set content_cipher = null where account_id = %s and resident_id = %s "
    "and form_code = any(%s) and corrects is null and content_cipher is not null returning true"
)
_EMPTY_OF_RESPONSE = (
    "update records_draft set content_cipher = null where account_id = %s and resident_id = %s "
    "and corrects = %s and content_cipher is not null returning true"
)
_WAITING = (
    "select form_code, kept_at from records_draft where account_id = %s and resident_id = %s "
    "and form_code = any(%s) and corrects is null and content_cipher is not null and kept_at >= %s "
    "order by kept_at desc limit 1"
)
_WAITING_OF_RESPONSE = (
    "select form_code, kept_at from records_draft where account_id = %s and resident_id = %s and corrects = %s "
    "and content_cipher is not null and kept_at >= %s"
)


def waiting(actor: Actor, resident_id: UUID, form_codes: Sequence[str], at: dt.datetime) -> Waiting | None:
    """The latest draft of this person about this resident that begins with one of these forms, if any."""
    rows = prepared.execute(_WAITING, (actor.account_id, resident_id, list(form_codes), _oldest(at)))
    return Waiting(*rows[0]) if rows else None


def waiting_correction(actor: Actor, resident_id: UUID, response_id: UUID, at: dt.datetime) -> Waiting | None:
    """The draft of this person's correction of one response, if any."""
    rows = prepared.execute(_WAITING_OF_RESPONSE, (actor.account_id, resident_id, response_id, _oldest(at)))
    return Waiting(*rows[0]) if rows else None


def corrected(response_id: UUID) -> tuple[UUID, str]:
    """Whose response it is and of which form. Raises Refused: none within reach (row-level security says which are)."""
    found = Response.objects.filter(pk=response_id).values_list("resident_id", "form_code").first()
    if found is None:
        raise Refused("未找到这份记录，或不在您的服务范围内", code="response_not_found")
    return found


def content(
    actor: Actor, resident_id: UUID, form_code: str, at: dt.datetime, corrects: UUID | None = None
) -> list[tuple[str, str]] | None:
    """What was typed, for its writer; None when there is nothing. The page that shows it logs the look at the resident.

    Raises Refused and policy.Forbidden as `keep_draft`.
    """
    _area_of(actor, resident_id, corrects)
    draft = Draft.objects.filter(
        account_id=actor.account_id,
        resident=resident_id,
        form_code=form_code,
        corrects=corrects,
        kept_at__gte=_oldest(at),
    ).first()
    if draft is None or draft.content_cipher is None:
        return None
    try:
        text = sealed.decrypt(draft.content_cipher, table=TABLE, column=COLUMN, row_id=draft.pk)
    except sealed.Tampered:
        return None
    return [(name, value) for name, value in json.loads(text or "[]")]


def remove_over(at: dt.datetime) -> int:
    """Remove the rows that are empty or too old; returns how many. Runs as the owner of the table, by night.

    What was emptied today stays: its page may still be open somewhere.
    """
    a_day_ago = at - dt.timedelta(days=1)
    return (
        Draft.objects.filter(content_cipher__isnull=True, kept_at__lt=a_day_ago).delete()[0]
        + Draft.objects.filter(kept_at__lt=_oldest(at)).delete()[0]
    )


def _area_of(actor: Actor, resident_id: UUID, corrects: UUID | None = None) -> int:
    area_key = Resident.objects.filter(pk=resident_id).values_list("area_id", flat=True).first()
    if area_key is None or not policy.may(actor, policy.RESIDENT_VIEW, area_key=area_key):
        raise Refused("未找到这位居民，或不在您的服务范围内", code="resident_not_found")
    policy.require(actor, policy.RECORD_SUPERSEDE if corrects else policy.RECORD_WRITE, area_key=area_key)
    return int(area_key)


def _oldest(at: dt.datetime) -> dt.datetime:
    days: Any = parameters.value("draft_days", clock.day_of(at))
    return at - dt.timedelta(days=int(days))


def _over(kept_at: dt.datetime, at: dt.datetime) -> bool:
    return kept_at < _oldest(at)
