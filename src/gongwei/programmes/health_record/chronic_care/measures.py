"""The parts of "按照规范要求" (hypertension.md §5, diabetes.md §5), the same for every chronic disease, each shown by itself.

The norm says no more than "按照规范要求"; what it takes is a level [?] (`<parameters>.standard_level`): lenient asks for P1 and P3,
standard also for P2 and P5, strict also for P4. A part above the level in force holds for everybody.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gongwei.language import PERIOD, TEXT, TRUTH, Not, Parameter, age_at, all_hold, conditions
from gongwei.language.decisions import DecisionTable
from gongwei.language.episodes import Episode
from gongwei.language.expressions import Expression, Node
from gongwei.language.measures import Fact, Parts, all_of
from gongwei.language.schedules import Contact
from gongwei.programmes.health_record.chronic_care import options, rules


def face_to_face(f: Any) -> Node:
    """A completed follow-up in the clinic or at home."""
    return f.completed & f.mode.is_in(options.CLINIC, options.HOME)


@dataclass(frozen=True, eq=False)
class ByTheNorm:
    """Everybody managed in a period, and the five parts of being managed by the norm.

    form: the follow-up. parameters: the prefix of parameters and of the facts' codes. contact, check_up, episode: the
    programme's schedule. table: its classification. complete: when the exam of the year is complete for the disease.
    tested: what a follow-up must have besides to be counted.
    """

    form: Any
    parameters: str
    contact: Contact
    check_up: Contact
    episode: Episode
    table: DecisionTable
    complete: Expression
    tested: Expression | None = None

    def _parameter(self, name: str, of: Any = None) -> Any:
        code = f"{self.parameters}.{name}"
        return Parameter(code) if of is None else Parameter(code, of)

    def _fact(self, code: str, label: str, value: Any, *, if_none: bool | None = None) -> Fact:
        return Fact(label, value, if_none=if_none, code=f"{self.parameters}_{code}")

    @cached_property
    def level(self) -> Any:
        """How strictly the norm is read: lenient, standard or strict."""
        return self._parameter("standard_level", TEXT)

    @cached_property
    def managed(self) -> Fact:
        """The denominator: under management at some time of the period, or on its last day, as the county counts."""
        whole_period = self._parameter("denominator", TEXT) == "episode_overlaps_year"
        return self._fact(
            "managed",
            "年内已管理",
            (age_at(PERIOD.last) >= self._parameter("min_age"))
            & (
                (whole_period & self.episode.overlaps(PERIOD))
                | (~whole_period & self.episode.active_on(PERIOD.last))
            ),
        )

    @cached_property
    def counted(self) -> Node:
        """Which follow-ups count: face to face (unless the county counts every mode), and tested."""
        contacts = face_to_face(self.form) | (
            self.form.completed & ~self._parameter("face_to_face_only", TRUTH)
        )
        return contacts if self.tested is None else self.tested & contacts

    @cached_property
    def enough(self) -> Fact:
        """P1: as many counted follow-ups as quarters under management."""
        return self._fact(
            "enough",
            "随访次数足够",
            self.form.count_in(PERIOD, where=self.counted) >= self.contact.required_in(PERIOD),
        )

    @cached_property
    def enough_any_mode(self) -> Fact:
        """P1 as the monthly report counts it, whatever the mode; no part of the norm."""
        return self._fact("enough_any_mode", "随访次数足够（不区分随访方式）", self.contact.kept_in(PERIOD))

    @cached_property
    def spread(self) -> Fact:
        """P2: one in each quarter, or no gap longer than `max_gap_days`."""
        in_quarters = self.form.count_in(PERIOD, where=self.counted, distinct_on=self.contact.counted_by)
        widest_gap = self.form.widest_gap_in(PERIOD, self.episode, where=self.counted)
        return self._fact(
            "spread",
            "随访间隔合理",
            (self.level == "lenient")
            | (in_quarters >= self.contact.required_in(PERIOD))
            | (widest_gap <= self._parameter("max_gap_days")),
        )

    @cached_property
    def examined(self) -> Fact:
        """P3: a check-up in the year that is complete for the disease."""
        return self._fact("examined", "年度体检完整", self.check_up.form.any_in(PERIOD, where=self.complete))

    @cached_property
    def examined_at_all(self) -> Fact:
        """A check-up in the year, complete or not: what the monthly report counts."""
        return self._fact("examined_at_all", "年度体检", self.check_up.kept_in(PERIOD))

    @cached_property
    def answered(self) -> Fact:
        """P4: whoever was due within two weeks was seen within two weeks."""
        unanswered = self.form.unanswered_in(
            PERIOD,
            where=self.form.completed & self.table.chosen.is_in(rules.two_week_rows(self.table)),
            answer=self.form.completed
            & ((self._parameter("referral_check_mode", TEXT) == "any") | face_to_face(self.form)),
            within=self._parameter("two_week_days") + self._parameter("two_week_tolerance_days"),
        )
        return self._fact(
            "answered", "两周内随访到位", self.level.is_in("lenient", "standard") | (unanswered == 0)
        )

    @cached_property
    def sound(self) -> Fact:
        """P5: no counted follow-up with a required item missing or a class that is neither the rule's nor explained."""
        complete = all_hold(*(each.holds for each in conditions(self.form) if each.rule == "required"))
        agrees = (self.form.outcome == self.table.proposal("outcome")) | self.form.outcome_reason.is_known()
        return self._fact(
            "sound",
            "随访填写完整且分类正确",
            (self.level == "lenient")
            | self.form.never_in(PERIOD, where=self.counted & (Not(complete) | ~agrees)),
        )

    @cached_property
    def followed(self) -> Fact:
        """A completed follow-up in the period: whom completeness of the sheets is about."""
        return self._fact("followed", "年内完成过随访", self.form.any_in(PERIOD, where=self.form.completed))

    @cached_property
    def filled(self) -> Fact:
        """Every completed follow-up of the period has all required items (完整性, quality_rules.md).

        An item that is asked for only in some cases is not lacking where it cannot be known whether it is asked for.
        """
        complete = all_hold(*(each.holds for each in conditions(self.form) if each.rule == "required"))
        return self._fact(
            "filled",
            "随访记录表都填写完整",
            self.form.never_in(PERIOD, where=self.form.completed & Not(complete)),
        )

    @cached_property
    def parts(self) -> Parts:
        """P1 to P5."""
        return all_of(self.enough, self.spread, self.examined, self.answered, self.sound)

    def latest_holds(self, label: str, condition: Expression) -> Fact:
        """At goal: it holds at the latest completed follow-up of the period. Without one it does not (失访按未达标计算)."""
        value = self.form.latest_in(PERIOD, self.form.completed & condition)
        return self._fact("at_goal", label, value, if_none=False)
