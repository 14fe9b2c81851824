"""Times under management that follow from a rule of age (65 岁及以上老年人): asked of the row engine, once for alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from gongwei.engines import finding, row
from gongwei.language import nodes, periods
from gongwei.language.episodes import Episode
from gongwei.tasks import contacts
from gongwei.tasks.planning import Span


@cache
def _by_attributes() -> tuple[tuple[Episode, tuple[str, ...]], ...]:
    """The automatic kinds whose rule reads the resident alone, with the attributes it reads."""
    return tuple(
        (each, tuple(sorted({n.name for n in contacts.rule_nodes(each) if isinstance(n, nodes.Attribute)})))
        for each in contacts.automatic()
        if each not in contacts.by_records()
    )


_known: dict[tuple[Any, ...], Span | None] = {}


def spans(attributes: Mapping[str, Any], today: date) -> list[Span]:
    """The automatic spans that follow from the resident alone: of last year and this year, joined where one follows the other.

    A span that reaches the end of this year goes on: whoever is 65 stays 65.
    """
    found: list[Span] = []
    for episode, names in _by_attributes():
        key = (episode.code, today.year, *map(attributes.get, names))
        if key not in _known:
            if len(_known) > 200_000:
                _known.clear()
            _known[key] = _span(episode, row.Subject(attributes, (), (), contacts.parameter), today.year)
        if (span := _known[key]) is not None:
            found.append(span)
    return found


def _span(episode: Episode, subject: row.Subject, year: int) -> Span | None:
    this = finding.automatic_span(episode, subject, year)
    if this is None:
        return None
    first, last = this
    before = finding.automatic_span(episode, subject, year - 1)
    if before is not None and before[1] + timedelta(days=1) >= first:
        first = before[0]
    return Span(episode.code, first, None if last >= date(year, 12, 31) else last)


def spans_by_records(subject: row.Subject, today: date) -> list[Span]:
    """The automatic spans that follow from what was found (血压升高待复测), as they stand this year."""
    found = []
    for episode in contacts.by_records():
        span = finding.automatic_span(episode, subject, today.year)
        if span is not None:
            goes_on = span[1] >= date(today.year, 12, 31)
            found.append(Span(episode.code, span[0], None if goes_on else span[1]))
    return found


@cache
def seen_from(year: int) -> date:
    """The earliest day whose records such rules see when asked about a year; the very first when one looks back without end."""
    if any(_looks_beyond(each) for each in contacts.by_records()):
        return date.min
    asked = (finding.asked_of(each, contacts.parameter, year).first for each in contacts.by_records())
    return min(asked, default=date.min)


def _looks_beyond(episode: Episode) -> bool:
    return any(
        isinstance(node, nodes.Previous) or (isinstance(node, periods.LatestIn) and node.ever)
        for node in contacts.rule_nodes(episode)
    )


@cache
def watched_forms() -> frozenset[str]:
    """Codes of the forms such rules read."""
    return frozenset(form.code for each in contacts.by_records() for form in finding.forms_read(each, ()))
