"""What a follow-up of a chronic disease found, and the rows of the classification that every disease has (§4, H1–H4 and H7–H8).

The disease says what controlled, a reaction and an emergency are; what follows from two in a row, from a complication or
from an emergency is the same. A rule fires only on what is known.
"""

from dataclasses import dataclass
from typing import Any

from gongwei.language import TEXT, TRUTH, Parameter, case, days, previous
from gongwei.language.decisions import DecisionTable, Refer, Revisit, Row
from gongwei.language.expressions import Expression, Node
from gongwei.programmes.health_record.chronic_care import options


@dataclass(frozen=True, eq=False)
class Findings:
    """What one follow-up found.

    form: the follow-up. parameters: the prefix of its parameters' codes. measured: the value the class rests on was taken.
    controlled, reacted, emergency: what the disease's own rules say of it.
    """

    form: Any
    parameters: str
    measured: Expression
    controlled: Expression
    reacted: Expression
    emergency: Expression

    def parameter(self, name: str, of: Any = None) -> Expression:
        """The disease's own parameter of that name."""
        code = f"{self.parameters}.{name}"
        return Parameter(code) if of is None else Parameter(code, of)

    @property
    def new_complication(self) -> Node:
        """出现新的并发症."""
        return self.form.complication == options.NEW_COMPLICATION

    @property
    def complicated(self) -> Node:
        """A complication that is new or worse than at the last contact."""
        return self.new_complication | (self.form.complication == options.WORSE_COMPLICATION)

    def at_previous_contact(self, condition: Expression) -> Node:
        """Whether it held at the latest completed and measured follow-up, any mode, not too long ago."""
        return previous(
            condition,
            having=self.form.completed & self.measured,
            within=self.parameter("previous_within_days"),
        )

    # A reaction and then a value out of control are two in a row only where the county says so [?].
    @property
    def reacted_again(self) -> Node:
        """An adverse reaction now and at the previous contact: 难以控制."""
        mixed = self.parameter("mixed_sequence", TRUTH)
        return self.reacted & (
            self.at_previous_contact(self.reacted) | (mixed & self.at_previous_contact(~self.controlled))
        )

    @property
    def uncontrolled_again(self) -> Node:
        """Not controlled now nor at the previous contact: 连续两次控制不满意."""
        mixed = self.parameter("mixed_sequence", TRUTH)
        return ~self.controlled & (
            self.at_previous_contact(~self.controlled) | (mixed & self.at_previous_contact(self.reacted))
        )

    def in_two_weeks(self, purpose: str = "2周内随访") -> Revisit:
        """See again after two weeks, whatever the routine interval is."""
        return Revisit(
            days(self.parameter("two_week_days")),
            late=days(self.parameter("two_week_tolerance_days")),
            purpose=purpose,
        )

    def referral_check(self) -> Revisit:
        """Ask after two weeks whether the person referred has arrived."""
        return self.in_two_weeks("2周内随访转诊情况")

    def emergency_outcome(self, by_measurement: str) -> Node:
        """The class of an emergency: 4 with a complication, else 2, or what `<parameters>.emergency_outcome` says [?].

        `by_measurement`: the value of that parameter which means that somebody controlled stays 控制满意.
        """
        policy, outcome = self.parameter("emergency_outcome", TEXT), self.form.outcome
        return case(
            (self.complicated, outcome.option(options.COMPLICATION)),
            (policy == "4", outcome.option(options.COMPLICATION)),
            ((policy == by_measurement) & self.controlled, outcome.option(options.SATISFACTORY)),
            otherwise=outcome.option(options.UNSATISFACTORY),
        )

    def refer_urgently(self, by_measurement: str) -> Row:
        """H1: an emergency goes before everything else; see `emergency_outcome`."""
        return Row(
            "refer_urgently",
            "危急情况，紧急转诊",
            self.emergency,
            (Refer(urgent=True, reason=options.FOR_EMERGENCY), self.referral_check()),
            proposes={
                "outcome": self.emergency_outcome(by_measurement),
                "next_step": options.REFERRED_URGENTLY,
                "referral_reason": options.FOR_EMERGENCY,
            },
        )

    def refer_complication(self) -> Row:
        """H2: a complication, new or worse."""
        reason = self.form.referral_reason
        return Row(
            "refer_complication",
            "出现并发症或原有并发症加重，转诊",
            self.complicated,
            (Refer(), self.referral_check()),
            proposes={
                "outcome": options.COMPLICATION,
                "referral_reason": case(
                    (self.new_complication, reason.option(options.FOR_NEW_COMPLICATION)),
                    otherwise=reason.option(options.FOR_WORSE_COMPLICATION),
                ),
            },
        )

    def refer_reaction(self) -> Row:
        """H3: a second adverse reaction in a row."""
        return Row(
            "refer_reaction",
            "不良反应难以控制，转诊",
            self.reacted_again,
            (Refer(reason=options.UNMANAGEABLE_REACTION), self.referral_check()),
            proposes={
                "outcome": options.ADVERSE_REACTION,
                "referral_reason": options.UNMANAGEABLE_REACTION,
            },
        )

    def refer_uncontrolled(self) -> Row:
        """H4: not controlled for the second time in a row."""
        return Row(
            "refer_uncontrolled",
            "连续两次不满意，转诊",
            self.uncontrolled_again,
            (Refer(reason=options.TWICE_UNCONTROLLED), self.referral_check()),
            proposes={
                "outcome": options.UNSATISFACTORY,
                "next_step": options.REFERRED,
                "referral_reason": options.TWICE_UNCONTROLLED,
            },
        )

    def satisfactory(self) -> Row:
        """H7: controlled, no reaction, no complication; a complication not asked about is none."""
        return Row(
            "satisfactory",
            "控制满意，按期随访",
            self.controlled & ~self.reacted & ~self.complicated.if_missing(False),
            proposes={"outcome": options.SATISFACTORY, "next_step": options.ROUTINE},
        )


#: H8, the last row of every classification.
CANNOT_CLASSIFY = Row("cannot_classify", "资料不全，无法分类", when=None)


def two_week_rows(table: DecisionTable) -> tuple[str, ...]:
    """Codes of the rows after which the next contact is owed within two weeks."""
    return tuple(row.code for row in table.rows if any(isinstance(each, Revisit) for each in row.advice))
