"""Key-population tags that follow from episodes: who is under management for hypertension is a 高血压患者.

A tag holds from the day management starts to the day it ends, both dates of the episode, so a tag never has to be
typed and is right again after a correction (code_tables.md §6).
"""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from gongwei import catalogue
from gongwei.records.models import Episode
from gongwei.residents import tags

SOURCE = "episodes"
#: States in which the diagnosis is somebody's decision; a suspicion gives no tag.
CERTAIN = (Episode.State.VERIFIED, Episode.State.ACTIVE, Episode.State.ENDED)


def spans(resident_ids: Sequence[UUID]) -> dict[UUID, list[tags.Span]]:
    """The tags of some residents by their episodes; an episode that ended on its first day gives none."""
    codes = {episode.code: episode.tag for episode in catalogue.current().episodes.values() if episode.tag}
    found: dict[UUID, list[tags.Span]] = defaultdict(list)
    rows = Episode.objects.filter(resident__in=resident_ids, kind__in=codes, state__in=CERTAIN)
    for row in rows.order_by("resident", "started_on", "id"):
        if row.ended_on is None or row.ended_on > row.started_on:
            found[row.resident_id].append(tags.Span(codes[row.kind], row.started_on, row.ended_on))
    return found


def register() -> None:
    """Make episodes a provider of tags; called when the app is ready."""
    tags.register(SOURCE, spans)
