"""Who ought to be under management: signs in a resident's records, and episodes that open by rule. Pure.

What is found here proposes; a person verifies and enrols (house.md, sentence 6).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gongwei.engines import compiled_periods
from gongwei.engines.row import DateRange, EpisodeSpan, ParameterLookup, Subject, evaluate
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


@dataclass(frozen=True, slots=True)
class Showing:
    """One record that shows a sign: the day it was done and its id."""

    sign: Sign
    on: date
    record_id: str


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
    wanted = episode.signs if all_signs is None else tuple(all_signs)
    after = news_after(episode, subject.episodes, on, since)
    shown = (
        Showing(sign, record.done_on, record.id)
        for sign in wanted
        for record in subject.newest_first(sign.on)
        if record.done_on <= on
        and (after is None or record.done_on > after)
        and evaluate(sign.node, record, subject) is True
    )
    return complete(wanted, shown, subject.parameters)


def news_after(episode: Episode, spans: Iterable[EpisodeSpan], on: date, since: date | None) -> date | None:
    """Records count as signs only after this day: the last day of management so far (`on` itself while it goes on) or the
    day a suspicion was dismissed by; None when all count."""
    ends = [
        on if span.ended_on is None else min(span.ended_on, on)
        for span in spans
        if span.kind == episode.code and span.started_on <= on
    ]
    return max([*ends, *([since] if since is not None else [])], default=None)


def complete(
    all_signs: Sequence[Sign], showings: Iterable[Showing], parameters: ParameterLookup
) -> list[Found]:
    """The signs that are complete by the records that show them, each with the first day it was so, oldest first.

    The showings may come from either engine; which of them count (`news_after`) is the caller's to say.
    """
    order = {id(sign): place for place, sign in enumerate(all_signs)}
    by_sign: dict[str, list[Showing]] = {sign.key: [] for sign in all_signs}
    first: dict[str, Sign] = {}
    for sign in all_signs:
        first.setdefault(sign.key, sign)
    for each in showings:
        by_sign[each.sign.key].append(each)
    found = []
    for key, mine in by_sign.items():
        mine.sort(key=lambda each: (each.on, each.record_id, order[id(each.sign)]))
        found.append(_complete(first[key], mine, parameters))
    return sorted((each for each in found if each is not None), key=lambda each: each.on_date)


def automatic_span(episode: Episode, subject: Subject, year: int) -> tuple[date, date] | None:
    """The first and last day of a calendar year an automatic episode covers; None when the resident is not eligible in it."""
    if not episode.automatic or episode.eligible is None:
        return None
    period = DateRange(date(year, 1, 1), date(year, 12, 31))
    asked = asked_of(episode, subject.parameters, year)
    if compiled_periods.evaluate(episode.eligible, subject, asked) is not True:
        return None
    first = _day(episode.first_on, subject, asked) or period.first
    last = _day(episode.last_on, subject, asked) or period.last
    first, last = max(first, period.first), min(last, period.last)
    return (first, last) if first <= last else None


def asked_of(episode: Episode, parameters: ParameterLookup, year: int) -> DateRange:
    """The days an automatic episode's rule is asked about: the calendar year, and what it looks back on before it."""
    begins = date(year, 1, 1)
    if episode.look_back is not None:
        back = episode.look_back.resolve(lambda code: parameters(code, date(year, 1, 1)))
        begins = intervals.before(begins, back)
    return DateRange(begins, date(year, 12, 31))


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


def _complete(sign: Sign, showings: Sequence[Showing], parameters: ParameterLookup) -> Found | None:
    """The first time so many different days stood within the interval."""
    shown: dict[date, list[str]] = {}
    shown_by: dict[date, Sign] = {}
    for each in showings:
        shown.setdefault(each.on, []).append(each.record_id)
        shown_by.setdefault(each.on, each.sign)
    dates = list(shown)
    for place, last in enumerate(dates):
        wanted = _wanted(sign, parameters, last)
        if wanted is None or place + 1 < wanted:
            continue
        run = dates[place + 1 - wanted : place + 1]
        within = sign.within.resolve(lambda code, last=last: parameters(code, last))  # type: ignore[misc]
        if last <= intervals.after(run[0], within):
            record_ids = tuple(id for each in run for id in shown[each])
            return Found(shown_by[last], last, record_ids)
    return None


def _wanted(sign: Sign, parameters: ParameterLookup, day: date) -> int | None:
    if isinstance(sign.days, int):
        return sign.days
    value = parameters(sign.days.code, day)
    return value if isinstance(value, int) and value >= 1 else None
