"""Identifiers: UUID version 7 (RFC 9562), in the order they were made.

48 bits of milliseconds, then 74 bits that are random at the first id of a millisecond and grow by a random
step within it (RFC 9562 §6.2 method 2), so that ids of one process never run backwards, even when the wall
clock does.
"""

import datetime as dt
import os
import random
import threading
import time
from uuid import UUID, SafeUUID

_TAIL_BITS = 74
_STEP_BYTES = 4
#: Random steps are fetched from the system so many at once.
_STEPS_AT_ONCE = 512

_lock = threading.Lock()
_last_ms = 0
_last_tail = 0
_steps: list[int] = []

_new, _put, _UNKNOWN = UUID.__new__, object.__setattr__, SafeUUID.unknown


def _assemble(milliseconds: int, tail: int) -> UUID:
    high, low = tail >> 62, tail & ((1 << 62) - 1)
    # What UUID(int=…) does once it has looked at all its other arguments: half of the time an id takes.
    made = _new(UUID)
    _put(made, "int", (milliseconds << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low)
    _put(made, "is_safe", _UNKNOWN)
    return made


def _fresh_tail() -> int:
    # The top bit stays free so that a million ids in one millisecond cannot overflow.
    return int.from_bytes(os.urandom(10), "big") >> (80 - _TAIL_BITS + 1)


def uuid7() -> UUID:
    """Return a new identifier, greater than every earlier one of this process."""
    return uuid7_many(1)[0]


def uuid7_many(count: int) -> list[UUID]:
    """Return so many new identifiers, each greater than the one before; the time is asked for once."""
    global _last_ms, _last_tail
    found: list[UUID] = []
    if count <= 0:
        return found
    with _lock:
        milliseconds = time.time_ns() // 1_000_000
        if milliseconds > _last_ms:
            _last_ms, _last_tail = milliseconds, _fresh_tail()
            found.append(_assemble(_last_ms, _last_tail))
        while len(found) < count:
            if not _steps:
                _steps.extend(memoryview(os.urandom(_STEPS_AT_ONCE * _STEP_BYTES)).cast("I"))
            _last_tail += 1 + _steps.pop()
            if _last_tail >> _TAIL_BITS:
                _last_ms, _last_tail = _last_ms + 1, _fresh_tail()
            found.append(_assemble(_last_ms, _last_tail))
    return found


def uuid7_at(moment: dt.datetime, source: random.Random | None = None) -> UUID:
    """Return an identifier made as if at a moment; with a seeded source it is the same every time.

    For simulation and import of older records. Such ids are in no order within one millisecond.
    """
    milliseconds = int(moment.timestamp() * 1000)
    tail = source.getrandbits(_TAIL_BITS) if source else _fresh_tail()
    return _assemble(milliseconds, tail)


def at(identifier: UUID) -> dt.datetime:
    """Return when a version-7 identifier was made (UTC, to the millisecond).

    Raises ValueError for any other version.
    """
    if identifier.version != 7:
        raise ValueError(f"{identifier} is not a version 7 UUID")
    return dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(milliseconds=identifier.int >> 80)


def _forget_after_fork() -> None:
    # A forked child must not go on counting from its parent's tail; its lock may be held by a lost thread.
    global _lock, _last_tail
    _lock = threading.Lock()
    _last_tail = _fresh_tail()
    _steps.clear()


os.register_at_fork(after_in_child=_forget_after_fork)
