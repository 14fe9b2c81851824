"""Closing the months of a book: after that nothing is posted into them, and what stood there is written down."""

import datetime as dt

from django.db import transaction
from django.db.models import Min

from gongwei.base import audit, clock
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.settlement import county_codes, ledger_balances, ledger_posting
from gongwei.settlement.ledger_models import Closing, Posting


@transaction.atomic
def close(*, area_key: int, month: dt.date, by: Actor, at: dt.datetime) -> Closing:
    """Close a month of a county's book. Months close in order, and only once they are over.

    Raises Refused: not over yet, already closed, or an earlier month with postings is still open; policy.Forbidden.
    """
    policy.require(by, policy.FUND_EDIT, area_key=area_key)
    book = ledger_posting.held(area_key)
    first, last = month.replace(day=1), last_day(month)
    if last >= clock.day_of(at):
        raise Refused("本月尚未结束，不能结账。", field="month", code="not_over")
    if book.closed_until is not None and last <= book.closed_until:
        raise Refused("这个月已经结账。", field="month", code="closed")
    postings = Posting.objects.filter(book_id__in=county_codes.all_of(book.area_key))
    earlier = postings.filter(month__lt=first)
    if book.closed_until is not None:
        earlier = earlier.filter(month__gt=book.closed_until)
    waiting = earlier.aggregate(Min("month"))["month__min"]
    if waiting is not None:
        raise Refused(f"请先结{waiting:%Y年%m月}的账。", field="month", code="order")
    totals = ledger_balances.totals(book.area_key, until=last)
    made = Closing.objects.create(
        book=book,
        month=first,
        postings=postings.filter(month=first).count(),
        debit_fen=totals[0],
        credit_fen=totals[1],
        closed_at=at,
        closed_by=by.account_id,
    )
    book.closed_until = last
    book.save(update_fields=["closed_until"])
    audit.record(
        by=by,
        action="end",
        subject_kind="book",
        subject_id=book.area_key,
        area_key=book.area_key,
        detail={"month": f"{first:%Y-%m}", "postings": made.postings},
        at=at,
    )
    return made


def last_day(month: dt.date) -> dt.date:
    """The last day of a month."""
    following = (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return following - dt.timedelta(days=1)
