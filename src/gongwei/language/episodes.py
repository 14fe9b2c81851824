"""Kinds of episode: the time during which a subject is under the management of a programme (纳入管理)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gongwei.language import intervals
from gongwei.language.errors import DefinitionError
from gongwei.language.expressions import Expression, Node, as_node
from gongwei.language.forms import Form, check_forms
from gongwei.language.intervals import Interval, Unit
from gongwei.language.periods import EpisodeActiveOn, EpisodeOverlaps, EpisodeUnits, Period, check_period
from gongwei.language.record_nodes import EpisodeStart, Parameter
from gongwei.language.types import DATE, RESIDENT, TRUTH, About, Options, Room, common_room

#: The states a sign may propose: suspected (somebody has to verify it) or verified (a diagnosis was written down).
PROPOSED = ("suspected", "verified")


@dataclass(frozen=True, eq=False)
class Sign:
    """What makes a resident suspected of belonging under management: a person verifies it, never a rule.

    Attributes:
        on, when: records of the form for which the condition is True show the sign.
        days: on so many different days (a number or a parameter), all of them `within` the interval from the first.
        state: what is proposed, one of PROPOSED.
        code: signs of one episode with the same code are one sign read from several forms: their days count together,
            and the first one's `days`, `within` and `state` hold.
        episode: code of the episode, for a sign one programme gives to another's episode (`Programme.signs`).
    """

    title: str
    on: type[Form]
    when: Expression
    days: int | Parameter = 1
    within: Interval = field(default_factory=lambda: intervals.days(28))
    state: str = "suspected"
    code: str = ""
    episode: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if self.node.type != TRUTH:
            raise DefinitionError(f"sign {self.title}: when= is not a condition")
        common_room([Room.RECORD, self.node.room], f"sign {self.title}")
        check_forms(self.node, self.on, f"sign {self.title}")
        if self.state not in PROPOSED:
            raise DefinitionError(f"sign {self.title}: state={self.state!r}; write one of {list(PROPOSED)}")
        if isinstance(self.days, int) and self.days < 1:
            raise DefinitionError(f"sign {self.title}: days={self.days}; write 1 or more")

    @property
    def node(self) -> Node:
        """What a record must say."""
        return as_node(self.when)

    @property
    def key(self) -> str:
        """Which sign it is: its code, or its title where it stands alone."""
        return self.code or self.title


@dataclass(frozen=True, eq=False)
class Episode:
    """One kind of episode.

    Attributes:
        code: stored with each episode, as in "hypertension".
        eligible: who ought to be in, a condition about a period or the subject alone.
        automatic: who is eligible in a calendar year is under management in it, and nothing is stored (65 岁 reached);
            otherwise a person decides.
        first_on, last_on: for an automatic episode, its first and last day of the period, days in the period room; where
            they are missing the period's own. look_back: how far before the year the records it asks about may lie.
        signs: what makes somebody suspected of belonging in.
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
    signs: tuple[Sign, ...] = ()
    first_on: Expression | None = None
    last_on: Expression | None = None
    look_back: Interval | None = None

    def __post_init__(self) -> None:
        if self.automatic and self.eligible is None:
            raise DefinitionError(f"{self.title}: automatic=True needs eligible=, whom the rule takes in")
        if self.eligible is not None and as_node(self.eligible).type != TRUTH:
            raise DefinitionError(f"{self.title}: eligible= is not a condition")
        for what, day in (("first_on", self.first_on), ("last_on", self.last_on)):
            if day is None:
                continue
            if not self.automatic:
                raise DefinitionError(
                    f"{self.title}: {what}= is for automatic=True; a person says the day otherwise"
                )
            if as_node(day).type != DATE or as_node(day).room is Room.RECORD:
                raise DefinitionError(f"{self.title}: {what}= takes a day of the period or the resident")
        for sign in self.signs:
            if sign.episode not in ("", self.code):
                raise DefinitionError(f"{self.title}: sign {sign.title} is for {sign.episode!r}")

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
