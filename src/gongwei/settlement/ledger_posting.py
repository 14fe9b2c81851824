"""Posting to the fund ledger: added in one transaction under the lock of the county's book, never changed, reversed at most once.

What is posted under a key is posted once: the same again is answered with the posting that stands, something else is refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from gongwei.base import audit, clock, digests, ids
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.settlement import county_codes, money, standards
from gongwei.settlement import ledger_accounts as accounts
from gongwei.settlement.ledger_models import Book, Entry, Posting


@dataclass(frozen=True, slots=True)
class Line:
    """One entry to be posted: fen on one side of an account, with the institution, budget year, pot and source it is about."""

    account: str
    debit_fen: int = 0
    credit_fen: int = 0
    organization_id: UUID | None = None
    year: int = 0
    pot: str = standards.ORIGINAL
    source: str = ""
    expense_class: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """One posting to be made. on: the day it belongs to; key: under which it happens once; cause: what opens behind it."""

    kind: str
    on: dt.date
    entries: Sequence[Line]
    cause_kind: str
    cause_id: str
    key: str
    document: str = ""
    note: str = ""

    def content(self) -> bytes:
        """The digest of what is posted."""
        lines = [[getattr(line, name) for name in Line.__slots__] for line in self.entries]
        values = [self.kind, self.on, self.cause_kind, self.cause_id, self.document, self.note, lines]
        return digests.sm3(digests.canonical(values))


@transaction.atomic
def post(
    *,
    kind: str,
    on: dt.date,
    entries: Sequence[Line],
    cause_kind: str,
    cause_id: UUID | str,
    document: str,
    by: Actor,
    at: dt.datetime,
    key: str,
    area_key: int,
    note: str = "",
) -> Posting:
    """Post one act of money in the book of a county (of any area in it).

    Raises Refused: not balanced, fewer than two entries, an entry with both or neither side, an unknown account, a closed month,
    or a key used for something else. Who may do so is asked by the operation that posts: the ledger is never its own cause.
    """
    draft = Draft(kind, on, tuple(entries), cause_kind, str(cause_id), key, document, note)
    return post_many(area_key=area_key, drafts=[draft], by=by, at=at)[0]


@transaction.atomic
def post_many(*, area_key: int, drafts: Sequence[Draft], by: Actor, at: dt.datetime) -> list[Posting]:
    """Post several acts in one transaction, all or none, in the given order; one line of audit. Raises as `post`."""
    for draft in drafts:
        _check(draft)
    if len({draft.key for draft in drafts}) != len(drafts):
        raise Refused("同一批中有两笔业务用了同一个编号。", code="key_twice")
    book = held(area_key)
    known = {row.key: row for row in Posting.objects.filter(key__in=[draft.key for draft in drafts])}
    found: dict[str, Posting] = {}
    fresh: list[tuple[Draft, Posting]] = []
    numbers: dict[dt.date, int] = {}
    for draft in drafts:
        standing = known.get(draft.key)
        if standing is not None:
            if bytes(standing.digest) != draft.content():
                raise Refused(
                    "同一笔业务已经记过账，而内容不同。", code="key_mismatch", hint="请先冲正原凭证。"
                )
            found[draft.key] = standing
            continue
        _require_open(book, draft.on)
        month = draft.on.replace(day=1)
        if month not in numbers:
            numbers[month] = _last_number(book, month)
        numbers[month] += 1
        found[draft.key] = _row(draft, book, month, numbers[month], by, at)
        fresh.append((draft, found[draft.key]))
    _write(fresh)
    if fresh:
        _audit(by, at, book, [row for _, row in fresh])
    return [found[draft.key] for draft in drafts]


@transaction.atomic
def reverse(*, posting_id: UUID, on: dt.date, reason: str, by: Actor, at: dt.datetime) -> Posting:
    """Take a posting back by its mirror image, which names it; both stay. Once only, and a reversal is not reversed.

    Raises Refused: no such posting, no reason, already reversed, a reversal itself, before the day of the posting, or into a
    closed month; policy.Forbidden.
    """
    former = Posting.objects.select_related("book").filter(id=posting_id).first()
    if former is None:
        raise Refused("没有这张凭证。", code="gone")
    policy.require(by, policy.FUND_EDIT, area_key=county_codes.now(former.book_id))
    if not reason.strip():
        raise Refused("请填写冲正的理由。", field="reason", code="required")
    return mirror(former, on=on, reason=reason, by=by, at=at)


def mirror(former: Posting, *, on: dt.date, reason: str, by: Actor, at: dt.datetime) -> Posting:
    """The reversal itself, for operations that have asked who may: in their transaction. Raises Refused as `reverse`."""
    book = held(former.book_id)
    if former.kind == accounts.REVERSAL:
        raise Refused("冲正凭证不能再冲正；请重新记账。", code="reversal")
    if Posting.objects.filter(reverses=former).exists():
        raise Refused("这张凭证已经冲正。", code="reversed")
    if on < former.posted_on:
        raise Refused("冲正日期不能早于原凭证日期。", field="on", code="before")
    _require_open(book, on)
    mirrored = [
        Line(
            account=entry.account,
            debit_fen=entry.credit_fen,
            credit_fen=entry.debit_fen,
            organization_id=entry.organization_id,
            year=entry.year,
            pot=entry.pot,
            source=entry.source,
            expense_class=entry.expense_class,
        )
        for entry in former.entries.order_by("id")
    ]
    draft = Draft(
        accounts.REVERSAL,
        on,
        mirrored,
        former.cause_kind,
        former.cause_id,
        f"reversal:{former.id}",
        former.document,
        reason.strip()[:200],
    )
    month = on.replace(day=1)
    made = _row(draft, book, month, _last_number(book, month) + 1, by, at)
    made.reverses = former
    _write([(draft, made)])
    _audit(by, at, book, [made])
    return made


def held(area_key: int) -> Book:
    """The book of the county an area lies in, locked until the transaction ends: one after another is posted and closed.

    A county with a new code has a new book; what was closed in the books before is closed in it too.
    """
    county = county_of(area_key)
    Book.objects.bulk_create(
        [Book(area_key=county, closed_until=closed_until(county))], ignore_conflicts=True
    )
    book = Book.objects.select_for_update().get(area_key=county)
    book.closed_until = closed_until(county)
    return book


def closed_until(county: int) -> dt.date | None:
    """The last closed day of a county's books, those of its former codes too."""
    books = Book.objects.filter(area_key__in=county_codes.all_of(county))
    found: dt.date | None = books.aggregate(Max("closed_until"))["closed_until__max"]
    return found


county_of = county_codes.county_of


def _check(draft: Draft) -> None:
    """Refuse what would not be a posting, with the reason; the database refuses it as well."""
    if draft.kind not in accounts.KINDS or not draft.key:
        raise ValueError(f"{draft.kind!r} under {draft.key!r} is no kind of posting")
    if len(draft.entries) < 2:
        raise Refused("一张凭证至少有两条分录。", code="entries")
    for line in draft.entries:
        account = accounts.ACCOUNTS.get(line.account)
        if account is None:
            raise Refused(f"没有科目{line.account}。", code="account")
        amounts = (line.debit_fen, line.credit_fen)
        if any(isinstance(each, bool) or not isinstance(each, int) for each in amounts):
            raise TypeError("money is a whole number of fen")
        if min(amounts) < 0 or (line.debit_fen == 0) == (line.credit_fen == 0):
            raise Refused("每条分录的借方、贷方恰有一方有数，且不为负。", code="side")
        if max(amounts) > money.MOST:
            raise Refused("金额过大，请核对。", code="too_great")
        if line.pot not in standards.POTS:
            raise Refused("没有这个资金类别。", code="pot")
        if not line.year:
            raise Refused("分录要写明预算年度。", code="year")
        if account.by_organization and line.organization_id is None:
            raise Refused(f"科目“{account.title}”应写明机构。", code="organization")
    difference = sum(line.debit_fen - line.credit_fen for line in draft.entries)
    if difference:
        raise Refused(f"借贷不平，相差{money.yuan(abs(difference))}元。", code="unbalanced")


def _require_open(book: Book, on: dt.date) -> None:
    if book.closed_until is not None and on <= book.closed_until:
        raise Refused(
            f"{book.closed_until:%Y年%m月}及以前已经结账，不能再记账。",
            field="on",
            code="closed",
            hint="请记在以后的月份；改正用冲正。",
        )


def _last_number(book: Book, month: dt.date) -> int:
    books = county_codes.all_of(book.area_key)
    found = Posting.objects.filter(book_id__in=books, month=month).aggregate(Max("number"))["number__max"]
    return int(found or 0)


def _row(draft: Draft, book: Book, month: dt.date, number: int, by: Actor, at: dt.datetime) -> Posting:
    return Posting(
        id=ids.uuid7(),
        book=book,
        posted_on=draft.on,
        month=month,
        number=number,
        kind=draft.kind,
        cause_kind=draft.cause_kind,
        cause_id=draft.cause_id,
        document=draft.document,
        note=draft.note,
        key=draft.key,
        digest=draft.content(),
        at=at,
        by=by.account_id,
    )


def _write(made: Iterable[tuple[Draft, Posting]]) -> None:
    pairs = list(made)
    Posting.objects.bulk_create([row for _, row in pairs], batch_size=2000)
    Entry.objects.bulk_create(
        [
            Entry(posting=row, **{name: getattr(line, name) for name in Line.__slots__})
            for draft, row in pairs
            for line in draft.entries
        ],
        batch_size=4000,
    )


def _audit(by: Actor, at: dt.datetime, book: Book, rows: Sequence[Posting]) -> None:
    first = rows[0]
    detail: dict[str, Any] = {
        "kind": first.kind,
        "month": f"{first.month:%Y-%m}",
        "number": first.number,
        "postings": len(rows),
    }
    audit.record(
        by=by,
        action="create" if first.kind != accounts.REVERSAL else "supersede",
        subject_kind="posting",
        subject_id=first.id,
        area_key=book.area_key,
        detail=detail,
        at=at,
    )


def day_for(book_area: int, wanted: dt.date, at: dt.datetime) -> dt.date:
    """The day to post on: the wanted one while its month is open, else the day of `at` (it must be open itself)."""
    closed = closed_until(county_of(book_area))
    return wanted if closed is None or wanted > closed else clock.day_of(at)
