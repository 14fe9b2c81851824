"""UUIDv7: RFC 9562 layout, order, and what happens when the wall clock runs backwards."""

import datetime as dt
import os
import random
import threading
import time
from uuid import UUID

import pytest

from gongwei.base import ids


def test_layout_is_rfc_9562():
    before = time.time_ns() // 1_000_000
    identifier = ids.uuid7()
    after = time.time_ns() // 1_000_000
    assert identifier.version == 7
    assert identifier.variant == "specified in RFC 4122"
    assert before <= identifier.int >> 80 <= after + 1


def test_at_reads_the_example_of_rfc_9562():
    # RFC 9562 Appendix A.6: 017F22E2-79B0-7CC3-98C4-DC0C0C07398F is Tuesday, February 22, 2022 2:22:22.00 PM GMT-05:00
    assert ids.at(UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")) == dt.datetime(
        2022, 2, 22, 19, 22, 22, tzinfo=dt.UTC
    )


def test_at_refuses_other_versions():
    with pytest.raises(ValueError, match="version 7"):
        ids.at(UUID("919108f7-52d1-4320-9bac-f847db4148a8"))


def test_ids_of_one_process_never_run_backwards():
    made = [ids.uuid7() for _ in range(50_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_many_at_once_go_on_from_the_last_one():
    before = ids.uuid7()
    made = [before, *ids.uuid7_many(20_000), ids.uuid7()]
    assert made == sorted(made)
    assert len(set(made)) == len(made) == 20_002
    assert {(each.version, each.variant) for each in made} == {(7, "specified in RFC 4122")}
    assert ids.uuid7_many(0) == []


def test_the_wall_clock_may_run_backwards(monkeypatch):
    first = ids.uuid7()
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1_000_000_000_000_000_000)
    made = [first, *(ids.uuid7() for _ in range(1000))]
    assert made == sorted(made)
    assert len(set(made)) == 1001


def test_threads_never_get_the_same_id():
    made: list[list[UUID]] = [[] for _ in range(8)]

    def work(own: list[UUID]) -> None:
        own.extend(ids.uuid7() for _ in range(2000))

    threads = [threading.Thread(target=work, args=(own,)) for own in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(own == sorted(own) for own in made)
    assert len({identifier for own in made for identifier in own}) == 16_000


def test_a_forked_child_makes_other_ids():
    ids.uuid7()
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write_end, b"".join(ids.uuid7().bytes for _ in range(100)))
        os._exit(0)
    own = {ids.uuid7().bytes for _ in range(100)}
    os.waitpid(child, 0)
    content = os.read(read_end, 1600)
    os.close(read_end)
    os.close(write_end)
    theirs = {content[start : start + 16] for start in range(0, 1600, 16)}
    assert len(theirs) == 100
    assert not own & theirs


def test_an_id_of_a_moment_is_the_same_for_the_same_seed():
    moment = dt.datetime(2024, 5, 6, 7, 8, 9, 123000, tzinfo=dt.UTC)
    one, two = ids.uuid7_at(moment, random.Random(5)), ids.uuid7_at(moment, random.Random(5))
    assert one == two
    assert ids.at(one) == moment
    assert ids.uuid7_at(moment) != ids.uuid7_at(moment)
