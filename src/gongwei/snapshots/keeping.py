"""Which snapshots are kept and which may go. Pure: told what there is and what day it is."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Line:
    """A whole snapshot as far as keeping is concerned: the day in China of its cut, and when exactly."""

    id: UUID
    cut_at: dt.datetime
    cut_on: dt.date
    pinned: bool = False
    base: UUID | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """How long: all of the last days, the last one of each month for some months, pinned ones for ever."""

    days: int
    month_ends: int


def superfluous(lines: Iterable[Line], today: dt.date, policy: Policy) -> list[UUID]:
    """The snapshots nobody needs, increments before their bases.

    The newest one always stays, and so does whatever a kept increment is based on.
    """
    by_age = sorted(lines, key=lambda each: (each.cut_at, each.id))
    if not by_age:
        return []
    known = {each.id: each for each in by_age}
    kept = {each.id for each in by_age if each.pinned} | {by_age[-1].id}
    kept |= {each.id for each in by_age if each.cut_on > today - dt.timedelta(days=policy.days)}
    last_of_month = {(each.cut_on.year, each.cut_on.month): each.id for each in by_age}
    this_month = today.year * 12 + today.month
    kept |= {
        id
        for (year, month), id in last_of_month.items()
        if this_month - (year * 12 + month) <= policy.month_ends
    }
    for id in list(kept):
        base = known[id].base
        while base is not None:
            kept.add(base)
            base = known[base].base if base in known else None
    return [each.id for each in reversed(by_age) if each.id not in kept]
