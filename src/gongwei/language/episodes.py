"""Kinds of episode: the time during which a subject is under the management of a programme (纳入管理)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gongwei.language.expressions import Expression, as_node
from gongwei.language.intervals import Unit
from gongwei.language.periods import EpisodeActiveOn, EpisodeOverlaps, EpisodeUnits, Period, check_period
from gongwei.language.record_nodes import EpisodeStart
from gongwei.language.types import RESIDENT, About, Options


@dataclass(frozen=True, eq=False)
class Episode:
    """One kind of episode.

    Attributes:
        code: stored with each episode, as in "hypertension".
        eligible: who ought to be in, a condition about a period or the subject alone.
        automatic: opened by rule when eligible (65 岁 reached); otherwise a person decides.
        end_reasons: why it may end.
        tag: the key population (人群分类) that somebody under management belongs to, as in "KP04".
    """

    code: str
    title: str
    source: str
    end_reasons: Options | None = None
    eligible: Expression | None = None
    automatic: bool = False
    tag: str | None = None
    about: About = RESIDENT

    def overlaps(self, period: Period) -> EpisodeOverlaps:
        """Under management on at least one day of the period."""
        check_period(period, "overlaps")
        return EpisodeOverlaps(self.code)

    def active_on(self, day: Any) -> EpisodeActiveOn:
        """Under management on that day, as in `EPISODE.active_on(PERIOD.last)`."""
        return EpisodeActiveOn(self.code, as_node(day))

    def units_in(self, period: Period, unit: Unit) -> EpisodeUnits:
        """In how many months, quarters or years of the period under management."""
        check_period(period, "units_in")
        return EpisodeUnits(self.code, unit)

    @property
    def start(self) -> EpisodeStart:
        """The first day of the latest episode begun by the record's day."""
        return EpisodeStart(self.code)
