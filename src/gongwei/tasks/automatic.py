"""Times under management that follow from a rule of age (65 岁及以上老年人): asked of the row engine, once for alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from gongwei import catalogue
from gongwei.engines import finding, row
from gongwei.language import nodes
from gongwei.language.episodes import Episode
from gongwei.language.expressions import walk
from gongwei.tasks import contacts
from gongwei.tasks.planning import Span


@cache
def _episodes() -> tuple[tuple[Episode, tuple[str, ...]], ...]:
    """The automatic kinds that expect contacts, and the attributes their rule reads."""
    found = []
    for code in sorted(contacts.kinds()):
        episode = catalogue.episode(code)
        if episode.automatic:
            said = [
                each for each in (episode.eligible, episode.first_on, episode.last_on) if each is not None
            ]
            names = {
                node.name for each in said for node in walk(each.node) if isinstance(node, nodes.Attribute)
            }
            found.append((episode, tuple(sorted(names))))
    return tuple(found)


_known: dict[tuple[Any, ...], tuple[date, date] | None] = {}


def _span(
    episode: Episode, names: tuple[str, ...], attributes: Mapping[str, Any], year: int
) -> tuple[date, date] | None:
    key = (episode.code, year, *(attributes.get(name) for name in names))
    if key not in _known:
        if len(_known) > 200_000:
            _known.clear()
        subject = row.Subject(attributes, (), (), contacts.parameter)
        _known[key] = finding.automatic_span(episode, subject, year)
    return _known[key]


def spans(attributes: Mapping[str, Any], today: date) -> list[Span]:
    """The automatic spans of last year and this year, joined where one follows the other.

    A span that reaches the end of this year goes on: whoever is 65 stays 65.
    """
    found: list[Span] = []
    for episode, names in _episodes():
        this = _span(episode, names, attributes, today.year)
        if this is None:
            continue
        first, last = this
        before = _span(episode, names, attributes, today.year - 1)
        if before is not None and before[1] + timedelta(days=1) >= first:
            first = before[0]
        goes_on = last >= date(today.year, 12, 31)
        found.append(Span(episode.code, first, None if goes_on else last))
    return found
