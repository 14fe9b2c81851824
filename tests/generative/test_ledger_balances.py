"""R29: the trial balance is zero at every instant, whatever is posted, refused, reversed, repeated, closed or killed in between.

Random operations run against a model that is nothing but whole fen in a dictionary. A second connection looks all the while.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, InterfaceError, connection, transaction
from tests.conftest import point_at
from tests.integration.places import worlds

from gongwei.base import actors, ids
from gongwei.base.problems import Refused
from gongwei.settlement import ledger_accounts as accounts
from gongwei.settlement import ledger_balances, ledger_closing, ledger_posting
from gongwei.settlement.ledger_posting import Draft, Line
from gongwei.settlement.models import Entry, Posting

OPERATIONS = 2_000
SEED = 20250630
KILLED = 0.1
BOOK = worlds.key(660101)
FIRST_DAY = dt.date(2025, 1, 1)
YEARS, POTS = (2024, 2025), ("original", "transferred")
LOST = (DatabaseError, InterfaceError)
KINDS = [kind for kind in accounts.KINDS if kind != accounts.REVERSAL]

pytestmark = pytest.mark.timeout(600)


class Model:
    """What must stand in the ledger: fen by (account, institution, year, pot), and every posting that was acknowledged."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.day = FIRST_DAY
        self.closed = FIRST_DAY - dt.timedelta(days=1)
        self.organizations = [ids.uuid7() for _ in range(12)]
        self.amounts: Counter[tuple[str, UUID | None, int, str]] = Counter()
        self.turnover = 0
        self.entries = 0
        self.drafts: dict[str, Draft] = {}
        self.posted: dict[str, UUID] = {}
        self.reversed: set[str] = set()
        self.made = 0

    def lines(self) -> list[Line]:
        """Random entries that balance: a few amounts on one side, their sum cut anew on the other."""
        dice = self.dice
        total = dice.choice([1, 2, dice.randint(2, 10**4), dice.randint(2, 10**11)])
        year, pot = dice.choice(YEARS), dice.choice(POTS)
        found = []
        for side in ("debit_fen", "credit_fen"):
            cuts = sorted({0, total, *(dice.randint(0, total) for _ in range(dice.randint(0, 2)))})
            for low, high in itertools.pairwise(cuts):
                account = accounts.ACCOUNTS[dice.choice(list(accounts.ACCOUNTS))]
                about = dice.choice(self.organizations) if account.by_organization else None
                values: dict[str, Any] = {side: high - low}
                found.append(Line(account.code, organization_id=about, year=year, pot=pot, **values))
        dice.shuffle(found)
        return found

    def draft(self) -> Draft:
        """A posting that is right."""
        self.made += 1
        key = f"{SEED}:{self.made}"
        day = self.day - dt.timedelta(days=self.dice.randint(0, 5))
        day = max(day, self.closed + dt.timedelta(days=1))
        return Draft(self.dice.choice(KINDS), day, tuple(self.lines()), "test", key, key)

    def take(self, draft: Draft, posting_id: UUID, sign: int = 1) -> None:
        """It stands."""
        for line in draft.entries:
            place = (line.account, line.organization_id, line.year, line.pot)
            self.amounts[place] += sign * (line.debit_fen - line.credit_fen)
            self.turnover += line.debit_fen
            self.entries += 1
        if sign == 1:
            self.drafts[draft.key], self.posted[draft.key] = draft, posting_id


class Observer(threading.Thread):
    """Asks all the while whether the books balance, on a connection of its own."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url = url
        self.looks = 0
        self.wrong: list[tuple[int, int]] = []
        self.ended = threading.Event()

    def run(self) -> None:
        """Look until told to end."""
        with psycopg.connect(self.url, autocommit=True) as own:
            while not self.ended.wait(0.01):
                debit, credit = totals(own)
                self.looks += 1
                if debit != credit:
                    self.wrong.append((debit, credit))


def totals(own: psycopg.Connection[Any]) -> tuple[int, int]:
    """All debits and all credits."""
    row = own.execute(
        "select coalesce(sum(debit_fen), 0), coalesce(sum(credit_fen), 0) from settlement_entry"
    )
    found = row.fetchone()
    assert found is not None
    return int(found[0]), int(found[1])


@pytest.fixture
def books(
    database_copy: Callable[[str], AbstractContextManager[str]], django_db_blocker: Any
) -> Iterator[str]:
    """A database of one's own that really commits."""
    with database_copy("ledger") as url:
        template = str(connection.settings_dict["NAME"])
        with django_db_blocker.unblock():
            point_at(urlsplit(url).path.lstrip("/"))
            try:
                yield url
            finally:
                point_at(template)


def test_random_ledgers_balance(books: str) -> None:
    dice = random.Random(SEED)
    model = Model(dice)
    by = dataclasses.replace(actors.SYSTEM, account_id=ids.uuid7())
    observer = Observer(books)
    observer.start()
    done: Counter[str] = Counter()
    with psycopg.connect(books, autocommit=True) as own:
        for number in range(OPERATIONS):
            model.day = FIRST_DAY + dt.timedelta(days=number // 6)
            act = dice.choices(list(ACTS), [weight for _, weight in ACTS.values()])[0]
            if dice.random() < KILLED:
                act = dice.choice(["killed before the end", "killed at some moment", "answer lost"])
                KILLS[act](model, by, own)
            else:
                ACTS[act][0](model, by, own)
            done[act] += 1
            assert totals(own) == (model.turnover, model.turnover), f"after {number}: {act}"
            if number % 200 == 0:
                compare(model)
        compare(model)
        past_stands_alone(own)
    observer.ended.set()
    observer.join(120)
    assert observer.wrong == []
    assert observer.looks > 100
    assert set(done) == {*ACTS, *KILLS}
    assert sum(done.values()) == OPERATIONS


def compare(model: Model) -> None:
    """Account by account, institution by institution, posting by posting."""
    stored: Counter[tuple[str, UUID | None, int, str]] = Counter()
    for entry in Entry.objects.all():
        place = (entry.account, entry.organization_id, entry.year, entry.pot)
        stored[place] += entry.debit_fen - entry.credit_fen
    assert +stored == +model.amounts
    assert -stored == -model.amounts
    assert Entry.objects.count() == model.entries
    assert Posting.objects.count() == len(model.posted) + len(model.reversed)
    numbers = Posting.objects.order_by("month", "number").values_list("month", "number")
    expected, last = [], None
    for month, _ in numbers:
        expected.append(1 if month != last else expected[-1] + 1)
        last = month
    assert [each for _, each in numbers] == expected, "numbers run without a gap"
    standing = ledger_balances.balances(BOOK)
    for code, balance in standing.items():
        wanted = sum(fen for place, fen in model.amounts.items() if place[0] == code)
        assert balance.debit_fen - balance.credit_fen == wanted


def past_stands_alone(own: psycopg.Connection[Any]) -> None:
    """A balanced pair of entries may not be added to a posting of an earlier transaction, by anybody."""
    row = own.execute("select id from settlement_posting limit 1").fetchone()
    assert row is not None
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="同时写入"), own.transaction():
        own.execute(
            "insert into settlement_entry (posting_id, account, debit_fen, credit_fen, year, pot, source, expense_class)"
            " values (%s, '1002', 5, 0, 2025, 'original', '', ''), (%s, '1001', 0, 5, 2025, 'original', '', '')",
            [row[0], row[0]],
        )


def write(draft: Draft, by: actors.Actor) -> Posting:
    """One posting."""
    return ledger_posting.post_many(area_key=BOOK, drafts=[draft], by=by, at=now(draft.on))[0]


def now(day: dt.date) -> dt.datetime:
    """An instant on a day."""
    return dt.datetime.combine(day, dt.time(4), dt.UTC)


@transaction.atomic
def write_and_die(draft: Draft, by: actors.Actor, own: psycopg.Connection[Any]) -> None:
    """One posting whose backend is ended before the transaction is."""
    write(draft, by)
    kill(own, backend())


def forget_connection() -> None:
    """The next statement gets a new connection, and none out of the pool that does not know yet that it is dead."""
    connection.close()
    connection.close_pool()


def good(model: Model, by: actors.Actor, own: object) -> None:
    draft = model.draft()
    model.take(draft, write(draft, by).id)


def several(model: Model, by: actors.Actor, own: object) -> None:
    drafts = [model.draft() for _ in range(model.dice.randint(2, 8))]
    made = ledger_posting.post_many(area_key=BOOK, drafts=drafts, by=by, at=now(model.day))
    for draft, row in zip(drafts, made, strict=True):
        model.take(draft, row.id)


def one_wrong_of_several(model: Model, by: actors.Actor, own: object) -> None:
    drafts = [model.draft(), model.draft()]
    drafts.append(wrong_of(model, model.draft()))
    with pytest.raises(Refused):
        ledger_posting.post_many(area_key=BOOK, drafts=drafts, by=by, at=now(model.day))


def wrong(model: Model, by: actors.Actor, own: object) -> None:
    with pytest.raises(Refused):
        write(wrong_of(model, model.draft()), by)


def wrong_of(model: Model, draft: Draft) -> Draft:
    """The same with one thing wrong."""
    lines = list(draft.entries)
    place = model.dice.randrange(len(lines))
    line = lines[place]
    fault = model.dice.choice(["amount", "side", "missing", "account", "closed"])
    if fault == "amount":
        name = "debit_fen" if line.debit_fen else "credit_fen"
        lines[place] = dataclasses.replace(line, **{name: getattr(line, name) + 1})
    elif fault == "side":
        lines[place] = dataclasses.replace(line, debit_fen=line.credit_fen, credit_fen=line.debit_fen)
    elif fault == "missing":
        del lines[place]
    elif fault == "account":
        lines[place] = dataclasses.replace(line, account="9999")
    else:
        return dataclasses.replace(draft, on=FIRST_DAY - dt.timedelta(days=1), entries=(lines[0],))
    return dataclasses.replace(draft, entries=tuple(lines))


def again(model: Model, by: actors.Actor, own: object) -> None:
    if model.drafts:
        draft = model.drafts[model.dice.choice(list(model.drafts))]
        assert write(draft, by).id == model.posted[draft.key]


def same_key_otherwise(model: Model, by: actors.Actor, own: object) -> None:
    if model.drafts:
        draft = model.draft()
        key = model.dice.choice(list(model.drafts))
        with pytest.raises(Refused):
            write(dataclasses.replace(draft, key=key, note="另一笔"), by)


def reverse(model: Model, by: actors.Actor, own: object) -> None:
    open_ones = [key for key in model.posted if key not in model.reversed]
    if open_ones:
        key = model.dice.choice(open_ones)
        made = ledger_posting.reverse(
            posting_id=model.posted[key], on=model.day, reason="试冲", by=actors.SYSTEM, at=now(model.day)
        )
        model.take(model.drafts[key], made.id, -1)
        model.reversed.add(key)


def reverse_again(model: Model, by: actors.Actor, own: object) -> None:
    if model.reversed:
        key = model.dice.choice(sorted(model.reversed))
        with pytest.raises(Refused):
            ledger_posting.reverse(
                posting_id=model.posted[key], on=model.day, reason="再冲", by=actors.SYSTEM, at=now(model.day)
            )


def close(model: Model, by: actors.Actor, own: object) -> None:
    month = (model.closed + dt.timedelta(days=1)).replace(day=1)
    last = ledger_closing.last_day(month)
    if last < model.day - dt.timedelta(days=20):
        closing = ledger_closing.close(area_key=BOOK, month=month, by=actors.SYSTEM, at=now(model.day))
        assert closing.debit_fen == closing.credit_fen
        model.closed = last
    else:
        with pytest.raises(Refused):
            ledger_closing.close(area_key=BOOK, month=model.day, by=actors.SYSTEM, at=now(model.day))


def into_closed(model: Model, by: actors.Actor, own: object) -> None:
    if model.closed > FIRST_DAY:
        with pytest.raises(Refused):
            write(dataclasses.replace(model.draft(), on=model.closed), by)


def killed_before_the_end(model: Model, by: actors.Actor, own: psycopg.Connection[Any]) -> None:
    """All is written, nothing committed, the backend dies: nothing stands, and the same key posts afterwards."""
    draft = model.draft()
    with pytest.raises(LOST):
        write_and_die(draft, by, own)
    forget_connection()
    assert not Posting.objects.filter(key=draft.key).exists()
    model.take(draft, write(draft, by).id)


def killed_at_some_moment(model: Model, by: actors.Actor, own: psycopg.Connection[Any]) -> None:
    """The backend dies while it writes, or just before or after: once acknowledged or asked again, it stands once."""
    draft = model.draft()
    timer = threading.Timer(model.dice.random() * 0.012, kill, (own, backend()))
    timer.start()
    for _ in range(20):
        try:
            row = write(draft, by)
        except LOST:
            forget_connection()
            continue
        break
    timer.join()
    forget_connection()
    assert Posting.objects.get(key=draft.key).id == row.id
    model.take(draft, row.id)


def answer_lost(model: Model, by: actors.Actor, own: psycopg.Connection[Any]) -> None:
    """Committed, and the connection dies before anybody is told: the same again is answered, not posted."""
    draft = model.draft()
    row = write(draft, by)
    kill(own, backend())
    forget_connection()
    assert write(draft, by).id == row.id
    model.take(draft, row.id)


def backend() -> int:
    """The process that serves Django's connection."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        return int(cursor.fetchone()[0])


def kill(own: psycopg.Connection[Any], pid: int) -> None:
    """End a backend, and see it gone."""
    own.execute("select pg_terminate_backend(%s)", [pid])
    end = time.monotonic() + 120
    while own.execute("select 1 from pg_stat_activity where pid = %s", [pid]).fetchone():
        assert time.monotonic() < end
        time.sleep(0.001)


ACTS: dict[str, tuple[Callable[[Model, actors.Actor, Any], None], int]] = {
    "good": (good, 40),
    "several": (several, 8),
    "one wrong of several": (one_wrong_of_several, 5),
    "wrong": (wrong, 12),
    "again": (again, 8),
    "same key otherwise": (same_key_otherwise, 5),
    "reverse": (reverse, 12),
    "reverse again": (reverse_again, 4),
    "close": (close, 3),
    "into closed": (into_closed, 4),
}
KILLS: dict[str, Callable[[Model, actors.Actor, Any], None]] = {
    "killed before the end": killed_before_the_end,
    "killed at some moment": killed_at_some_moment,
    "answer lost": answer_lost,
}
