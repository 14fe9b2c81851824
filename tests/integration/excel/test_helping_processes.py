"""A process that helps with an upload works by the clock of the one it helps."""

import datetime as dt
import os

from gongwei.base import clock
from gongwei.interfaces.excel import process

AT = dt.datetime(2025, 10, 20, 2, 0, tzinfo=dt.UTC)
#: Answers a portion with what it was told first and the moment it thinks it is.
PROGRAM = """
from gongwei.interfaces.excel import process

class Telling:
    def __init__(self, first):
        self.first = first

    def moment(self, portion):
        from gongwei.base import clock
        return self.first, portion, clock.now()

process.answer(Telling)
"""


def told(portion):
    with process.pool("upload", os.environ["DATABASE_URL"], 1, PROGRAM) as pool:
        return pool.submit("moment", portion).result()


def test_a_held_clock_is_held_there_too():
    """Else rows of next month would be taken, or those of today refused, by whoever happens to look at them."""
    with clock.fixed(AT):
        assert told(7) == ("upload", 7, AT)
    before = clock.now()
    first, portion, moment = told(8)
    assert (first, portion) == ("upload", 8)
    assert before < moment < clock.now()


def test_one_started_ahead_works_once_it_is_told_what_on():
    with process.ahead(os.environ["DATABASE_URL"], 1, PROGRAM) as pool:
        pool.begin("later")
        first, portion, _ = pool.submit("moment", 9).result()
    assert (first, portion) == ("later", 9)


def test_one_started_ahead_and_not_needed_ends():
    with process.ahead(os.environ["DATABASE_URL"], 1, PROGRAM) as pool:
        (started,) = pool._all
        assert started.poll() is None
    assert started.poll() is not None
