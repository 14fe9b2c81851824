"""Who ought to be under management: signs in a resident's records, and episodes that open by rule. Pure.

What is found here proposes; a person verifies and enrols (house.md, sentence 6).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gongwei.engines import compiled_periods
from gongwei.engines.row import DateRange, Record, Subject, evaluate
from gongwei.language import intervals
from gongwei.language.episodes import Episode, Sign
from gongwei.language.expressions import walk
from gongwei.language.forms import Form


@dataclass(frozen=True)
class Found:
    """A sign that is complete: `on_date` is the day it became so, `record_ids` the records that show it, oldest first."""

    sign: Sign
    on_date: date
    record_ids: tuple[str, ...]


def signs(
    episode: Episode,
    subject: Subject,
    on: date,
    *,
    since: date | None = None,
    all_signs: Sequence[Sign] | None = None,
) -> list[Found]:
    """The signs of an episode in the records up to and including a day, each with the first day it was complete, oldest first.

    Records made under management, or before its last end, are no news and show nothing: somebody enrolled is not suspected,
    somebody whose diagnosis was withdrawn is suspected again by later records only.

    Args:
        since: only records after this day count as well (a suspicion dismissed on that day).
        all_signs: the episode's own and those other programmes give it (`catalogue.signs_of`); its own when not given.
    """
    after = _known_until(episode, subject, on)
    if since is not None:
        after = since if after is None else max(after, since)
    groups: dict[str, list[Sign]] = {}
    for sign in episode.signs if all_signs is None else all_signs:
        groups.setdefault(sign.key, []).append(sign)
    found = [_complete(group, subject, after, on) for group in groups.values()]
    return sorted((each for each in found if each is not None), key=lambda each: each.on_date)


def automatic_span(episode: Episode, subject: Subject, year: int) -> tuple[date, date] | None:
    """The first and last day of a calendar year an automatic episode covers; None when the resident is not eligible in it."""
    if not episode.automatic or episode.eligible is None:
        return None
    period = DateRange(date(year, 1, 1), date(year, 12, 31))
    begins = period.first
    if episode.look_back is not None:
        begins = intervals.before(
            begins, episode.look_back.resolve(lambda code: subject.parameters(code, begins))
        )
    asked = DateRange(begins, period.last)
    if compiled_periods.evaluate(episode.eligible, subject, asked) is not True:
        return None
    first = _day(episode.first_on, subject, asked) or period.first
    last = _day(episode.last_on, subject, asked) or period.last
    first, last = max(first, period.first), min(last, period.last)
    return (first, last) if first <= last else None


def forms_read(episode: Episode, all_signs: Sequence[Sign] | None = None) -> set[type[Form]]:
    """The forms whose records signs and automatic spans of an episode look at: what a subject must hold to be asked."""
    conditions = [episode.eligible, episode.first_on, episode.last_on]
    inside = (node for each in conditions if each is not None for node in walk(each.node))
    named = {
        getattr(node, name) for node in inside for name in ("form", "answer_form") if hasattr(node, name)
    }
    return named | {sign.on for sign in (episode.signs if all_signs is None else all_signs)}


def _day(expression: Any, subject: Subject, period: DateRange) -> date | None:
    value = None if expression is None else compiled_periods.evaluate(expression, subject, period)
    return value if isinstance(value, date) else None


def _known_until(episode: Episode, subject: Subject, on: date) -> date | None:
    """The last day of management so far; `on` itself while it goes on."""
    ends = [
        on if span.ended_on is None else min(span.ended_on, on)
        for span in subject.episodes
        if span.kind == episode.code and span.started_on <= on
    ]
    return max(ends, default=None)


def _complete(group: Sequence[Sign], subject: Subject, after: date | None, on: date) -> Found | None:
    """The first time so many different days stood within the interval."""
    sign = group[0]
    shown: dict[date, list[str]] = {}
    shown_by: dict[date, Sign] = {}
    for record, each in sorted(
        _showing(group, subject, after, on), key=lambda pair: (pair[0].done_on, pair[0].id)
    ):
        shown.setdefault(record.done_on, []).append(record.id)
        shown_by.setdefault(record.done_on, each)
    dates = list(shown)
    for place, last in enumerate(dates):
        wanted = _wanted(sign, subject, last)
        if wanted is None or place + 1 < wanted:
            continue
        run = dates[place + 1 - wanted : place + 1]
        within = sign.within.resolve(lambda code, last=last: subject.parameters(code, last))  # type: ignore[misc]
        if last <= intervals.after(run[0], within):
            record_ids = tuple(id for each in run for id in shown[each])
            return Found(shown_by[last], last, record_ids)
    return None


def _wanted(sign: Sign, subject: Subject, day: date) -> int | None:
    if isinstance(sign.days, int):
        return sign.days
    value = subject.parameters(sign.days.code, day)
    return value if isinstance(value, int) and value >= 1 else None


def _showing(
    group: Sequence[Sign], subject: Subject, after: date | None, on: date
) -> Iterable[tuple[Record, Sign]]:
    for sign in group:
        for record in subject.newest_first(sign.on):
            if record.done_on > on or (after is not None and record.done_on <= after):
                continue
            if evaluate(sign.node, record, subject) is True:
                yield record, sign
