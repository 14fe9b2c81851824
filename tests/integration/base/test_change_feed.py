"""The change feed (R4): with fifty writers and slow transactions, a follower misses nothing and sees nothing twice."""

import random
import threading
import time
import uuid

import psycopg
import pytest
from django.db import connection, transaction
from tests.integration.base.conftest import rows, settle

from gongwei.base import changes

WRITERS, TRANSACTIONS, ROWS = 50, 40, 10


@pytest.mark.django_db(transaction=True)
def test_of_20_000_changes_by_50_writers_none_is_missed(database_url):
    written: list[uuid.UUID] = []
    done = threading.Event()

    def write(number: int) -> None:
        source = random.Random(number)
        with psycopg.connect(database_url, autocommit=True) as own:
            for _ in range(TRANSACTIONS):
                ids = [uuid.UUID(int=source.getrandbits(128)) for _ in range(ROWS)]
                with own.transaction():
                    for change in ids:
                        own.execute(
                            "insert into base_change (at, kind, subject_id) values (now(), 'response', %s)",
                            [change],
                        )
                    time.sleep(source.random() * 0.2)
                written.extend(ids)

    def all_written() -> None:
        writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
        for thread in writers:
            thread.start()
        for thread in writers:
            thread.join()
        done.set()

    together = threading.Thread(target=all_written)
    together.start()
    followed: list[changes.ChangeRow] = []
    by_sequence: set[uuid.UUID] = set()
    place, highest = changes.START, 0
    while not done.is_set():
        found, place = changes.read(place, 500)
        followed += found
        for seq, subject in rows(
            "select seq, subject_id from base_change where seq > %s order by seq", [highest]
        ):
            highest = seq
            by_sequence.add(subject)
        time.sleep(0.01)
    together.join()
    settle()
    while True:
        found, place = changes.read(place, 500)
        followed += found
        if not found:
            break
    assert len(written) == WRITERS * TRANSACTIONS * ROWS == 20_000
    assert len(followed) == 20_000
    assert {row.subject_id for row in followed} == set(written)
    assert [row.cursor for row in followed] == sorted(row.cursor for row in followed)
    # The same race as a bare sequence sees it: were nothing lost here, this test would prove nothing.
    assert len(set(written) - by_sequence) > 0


@pytest.mark.django_db(transaction=True)
def test_a_transaction_still_open_is_waited_for(database_url):
    with psycopg.connect(database_url) as slow:
        slow.execute(
            "insert into base_change (at, kind, subject_id) values (now(), 'response', %s)",
            [uuid.UUID(int=1)],
        )
        changes.announce(kind="response", subject_id=uuid.UUID(int=2))
        assert changes.read() == ([], changes.START)
        slow.commit()
    settle()
    found, _ = changes.read()
    assert [row.subject_id.int for row in found] == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_bookmark_moves_with_the_work_or_not_at_all():
    for number in range(5):
        changes.announce(kind="response", subject_id=uuid.UUID(int=number), resident_id=uuid.UUID(int=9))
    settle()
    mark = changes.Bookmark("tasks")
    with mark.batch(limit=2) as found:
        assert [row.subject_id.int for row in found] == [0, 1]
    with pytest.raises(RuntimeError), mark.batch(limit=2) as found:
        raise RuntimeError
    with mark.batch(limit=10) as found:
        assert [row.subject_id.int for row in found] == [2, 3, 4]
    with mark.batch() as found:
        assert found == []
    mark.rewind()
    assert mark.cursor == changes.START
    with mark.batch() as found:
        assert len(found) == 5


@pytest.mark.django_db(transaction=True)
def test_two_processes_of_one_follower_share_the_work():
    for number in range(200):
        changes.announce(kind="response", subject_id=uuid.UUID(int=number))
    settle()
    handled: list[int] = []

    def follow() -> None:
        while True:
            with changes.Bookmark("tasks").batch(limit=10) as found:
                time.sleep(0.001)
                handled.extend(row.subject_id.int for row in found)
            if not found:
                break
        connection.close()

    threads = [threading.Thread(target=follow) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(handled) == list(range(200))


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_announced():
    with transaction.atomic():
        changes.announce(kind="response", subject_id=uuid.UUID(int=1))
        transaction.set_rollback(True)
    settle()
    assert changes.read()[0] == []
