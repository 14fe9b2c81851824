"""The ledger: balanced or not at all, added and never changed, once under a key, closed months stay closed."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from tests.integration.settlement.conftest import COUNTY, FAR_COUNTY, TOWN, YEAR, arrival, line, posted

from gongwei.base import ids, scope
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.settlement import ledger_accounts as accounts
from gongwei.settlement import ledger_balances, ledger_closing, ledger_posting
from gongwei.settlement.models import Book, Closing, Entry, Posting

JUNE = dt.date(2025, 6, 1)


def balance(code, **asked):
    found = ledger_balances.balances(COUNTY, **asked).get(code)
    return 0 if found is None else found.balance_fen


def at_once():
    """Have the deferred constraints checked now."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")


def test_a_posting_stands_with_its_entries_and_a_line_of_audit(office):
    made = arrival(office, 59_250_000)
    assert (made.number, made.month, made.book_id) == (1, JUNE, COUNTY)
    assert balance(accounts.TREASURY) == 59_250_000
    assert balance(accounts.RECEIVABLE) == -59_250_000
    assert ledger_balances.totals(COUNTY) == (59_250_000, 59_250_000)
    assert AuditEntry.objects.filter(subject_kind="posting", subject_id=str(made.id)).count() == 1


def test_numbers_run_by_month_and_book(office):
    places = [("a", dt.date(2025, 6, 3)), ("b", dt.date(2025, 6, 30)), ("c", dt.date(2025, 7, 1))]
    assert [arrival(office, key=key, on=day).number for key, day in places] == [1, 2, 1]
    assert arrival(office, key="far", area_key=FAR_COUNTY).number == 1
    assert arrival(office, key="town", area_key=TOWN).book_id == COUNTY


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([line("1002", 100), line("1001", 0, 99)], "unbalanced"),
        ([line("1002", 100)], "entries"),
        ([], "entries"),
        ([line("1002", 100), line("1001", 0, 100), line("1001")], "side"),
        ([line("1002", 100, 100), line("1001", 5, 5)], "side"),
        ([line("1002", -100), line("1001", 0, -100)], "side"),
        ([line("9999", 100), line("1001", 0, 100)], "account"),
        ([line("1101", 100), line("1002", 0, 100)], "organization"),
        ([line("1002", 100, pot="other"), line("1001", 0, 100)], "pot"),
        ([line("1002", 100, year=0), line("1001", 0, 100)], "year"),
        ([line("1002", 10**15), line("1001", 0, 10**15)], "too_great"),
    ],
)
def test_what_is_no_posting_is_refused(office, entries, code):
    with pytest.raises(Refused) as caught:
        posted(office, entries)
    assert caught.value.code == code
    assert not Posting.objects.exists()


@pytest.mark.parametrize("amount", [1.0, True, "1"])
def test_money_is_never_a_float(office, amount):
    with pytest.raises(TypeError):
        posted(office, [line("1002", amount), line("1001", 0, amount)])


def raw_posting(**changes):
    values = {
        "book_id": COUNTY,
        "posted_on": dt.date(2025, 6, 3),
        "month": JUNE,
        "number": 77,
        "kind": "arrival",
        "cause_kind": "test",
        "cause_id": "x",
        "key": "raw",
        "digest": b"x",
        "at": dt.datetime(2025, 6, 3, tzinfo=dt.UTC),
    }
    return Posting.objects.create(**(values | changes))


def raw_entry(posting, account, debit=0, credit=0):
    return Entry.objects.create(
        posting=posting, account=account, debit_fen=debit, credit_fen=credit, year=YEAR, pot="original"
    )


@transaction.atomic
def raw(amounts):
    """A posting straight into the tables, past every check of ours."""
    made = raw_posting()
    for debit, credit in amounts:
        raw_entry(made, "1002", debit, credit)
    at_once()


@pytest.mark.parametrize("amounts", [[], [(100, 0)], [(100, 0), (0, 99)], [(100, 0), (100, 0)]])
def test_the_database_itself_refuses_what_does_not_balance(office, amounts):
    Book.objects.create(area_key=COUNTY)
    with pytest.raises(DatabaseError, match="借贷不平"):
        raw(amounts)
    assert not Entry.objects.exists()


@pytest.mark.parametrize("amounts", [(0, 0), (5, 5), (-5, 0), (0, -5)])
def test_the_database_refuses_an_entry_of_both_or_neither_side(office, amounts):
    Book.objects.create(area_key=COUNTY)
    with pytest.raises(IntegrityError, match="one_side"), transaction.atomic():
        raw_entry(raw_posting(), "1002", *amounts)


@pytest.mark.parametrize(
    "statement",
    [
        "update settlement_entry set debit_fen = debit_fen + 1 where debit_fen > 0",
        "update settlement_posting set document = ''",
        "delete from settlement_entry",
        "delete from settlement_posting",
        "delete from settlement_closing",
        "truncate settlement_entry",
        "truncate settlement_posting cascade",
        "delete from settlement_book",
        "update settlement_book set closed_until = null",
    ],
)
def test_nothing_is_changed_or_removed_by_anybody(office, statement):
    arrival(office)
    ledger_closing.close(area_key=COUNTY, month=JUNE, by=office.finance, at=office.at)
    at_once()
    with (
        pytest.raises(DatabaseError, match=r"只增不改|不能重新打开"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert ledger_balances.totals(COUNTY) == (100, 100)


def test_a_request_has_not_even_the_right_to(office):
    made = arrival(office)
    with pytest.raises(DatabaseError, match="permission denied"), scope.acting(office.finance):
        Posting.objects.filter(id=made.id).update(note="x")


def test_a_request_may_post_and_close(office):
    with scope.acting(office.finance):
        arrival(office)
        ledger_closing.close(area_key=COUNTY, month=JUNE, by=office.finance, at=office.at)
        at_once()
    assert Closing.objects.get().postings == 1


def test_the_same_key_posts_once(office):
    first = arrival(office, key="same")
    assert arrival(office, key="same").id == first.id
    assert balance(accounts.TREASURY) == 100
    with pytest.raises(Refused) as caught:
        arrival(office, 101, key="same")
    assert caught.value.code == "key_mismatch"


def test_a_reversal_names_its_posting_and_comes_once(office):
    made = arrival(office)
    back = ledger_posting.reverse(
        posting_id=made.id, on=dt.date(2025, 7, 1), reason="到账金额登记有误", by=office.finance, at=office.at
    )
    assert (back.reverses_id, back.kind, back.number) == (made.id, "reversal", 1)
    assert balance(accounts.TREASURY) == 0
    assert ledger_balances.totals(COUNTY) == (200, 200)
    for wrong, code in ((made, "reversed"), (back, "reversal")):
        with pytest.raises(Refused) as caught:
            ledger_posting.reverse(
                posting_id=wrong.id, on=dt.date(2025, 7, 1), reason="再冲", by=office.finance, at=office.at
            )
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"reason": " "}, "required"), ({"on": dt.date(2025, 6, 2)}, "before"), ({"posting_id": ids.uuid7()}, "gone")],
)  # fmt: skip
def test_a_reversal_without_reason_or_before_its_posting_is_refused(office, changes, code):
    made = arrival(office)
    asked = {"posting_id": made.id, "on": dt.date(2025, 7, 1), "reason": "有误"}
    with pytest.raises(Refused) as caught:
        ledger_posting.reverse(**(asked | changes), by=office.finance, at=office.at)
    assert caught.value.code == code


def test_nothing_is_posted_into_a_closed_month(office):
    made = arrival(office)
    closing = ledger_closing.close(area_key=COUNTY, month=JUNE, by=office.finance, at=office.at)
    assert (closing.postings, closing.debit_fen, closing.credit_fen) == (1, 100, 100)
    for day in (dt.date(2025, 6, 30), dt.date(2025, 5, 1)):
        with pytest.raises(Refused) as caught:
            arrival(office, key=f"late {day}", on=day)
        assert caught.value.code == "closed"
    with pytest.raises(Refused) as caught:
        ledger_posting.reverse(
            posting_id=made.id, on=dt.date(2025, 6, 30), reason="有误", by=office.finance, at=office.at
        )
    assert caught.value.code == "closed"
    with pytest.raises(DatabaseError, match="已经结账"), transaction.atomic():
        raw_posting()
    assert arrival(office, key="july", on=dt.date(2025, 7, 1)).number == 1
    assert ledger_posting.day_for(TOWN, dt.date(2025, 6, 30), office.at) == dt.date(2025, 7, 1)


def test_months_close_in_order_once_and_only_when_over(office):
    arrival(office, key="may", on=dt.date(2025, 5, 9))
    arrival(office, key="june")
    for month, code in ((JUNE, "order"), (dt.date(2025, 7, 1), "not_over")):
        with pytest.raises(Refused) as caught:
            ledger_closing.close(area_key=COUNTY, month=month, by=office.finance, at=office.at)
        assert caught.value.code == code
    assert ledger_balances.open_months(COUNTY) == [(dt.date(2025, 5, 1), 1), (JUNE, 1)]
    for month in (dt.date(2025, 5, 1), JUNE):
        ledger_closing.close(area_key=COUNTY, month=month, by=office.finance, at=office.at)
    with pytest.raises(Refused) as caught:
        ledger_closing.close(area_key=COUNTY, month=JUNE, by=office.finance, at=office.at)
    assert caught.value.code == "closed"
    assert [each.month for each in ledger_balances.closings(COUNTY)] == [JUNE, dt.date(2025, 5, 1)]
    assert ledger_balances.open_months(COUNTY) == []


def test_only_the_finance_officer_of_the_county_closes_and_reverses(office):
    made = arrival(office)
    for who in ("county_officer@commission", "township_director@centre", "evaluator@commission"):
        with pytest.raises(policy.Forbidden):
            ledger_closing.close(area_key=COUNTY, month=JUNE, by=office.world.actor(who), at=office.at)
        with pytest.raises(policy.Forbidden):
            ledger_posting.reverse(
                posting_id=made.id, on=JUNE, reason="x", by=office.world.actor(who), at=office.at
            )
    with pytest.raises(policy.Forbidden):
        ledger_closing.close(area_key=FAR_COUNTY, month=JUNE, by=office.finance, at=office.at)
