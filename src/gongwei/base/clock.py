"""The one clock. Nothing else in gongwei asks the system what time it is.

Instants are stored in UTC; a day is a day in China (Asia/Shanghai), because that is what is written on paper.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")

_fixed: ContextVar[dt.datetime | None] = ContextVar("gongwei_clock", default=None)


def now() -> dt.datetime:
    """Return the present instant, aware, in UTC (the fixed one inside `fixed`)."""
    return _fixed.get() or dt.datetime.now(dt.UTC)


def held() -> dt.datetime | None:
    """Return the instant the clock is held at, None when it goes: what a process started inside `fixed` has to be told."""
    return _fixed.get()


def today() -> dt.date:
    """Return the present day in China."""
    return day_of(now())


def day_of(instant: dt.datetime) -> dt.date:
    """Return the day in China on which an aware instant falls."""
    return instant.astimezone(CHINA).date()


def start_of(day: dt.date) -> dt.datetime:
    """Return the instant (UTC) at which a day begins in China."""
    return dt.datetime.combine(day, dt.time(), tzinfo=CHINA).astimezone(dt.UTC)


@contextmanager
def fixed(moment: dt.datetime | dt.date) -> Iterator[None]:
    """Hold the clock at a moment, for tests and simulation; a plain date means noon in China.

    Raises ValueError for a naive datetime.
    """
    if isinstance(moment, dt.datetime):
        if moment.tzinfo is None:
            raise ValueError("clock.fixed needs an aware datetime; give it a time zone")
        instant = moment.astimezone(dt.UTC)
    else:
        instant = start_of(moment) + dt.timedelta(hours=12)
    token = _fixed.set(instant)
    try:
        yield
    finally:
        _fixed.reset(token)
