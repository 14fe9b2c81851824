"""What the answers of a follow-up mean and what to do: the classification of diabetes.md §4, rows D1 to D8.

Norm: 规范（第三版）2型糖尿病患者健康管理服务规范 二（二）（三）. The shape is hypertension's; thresholds are dated
parameters. A rule fires only on what is known: without a glucose a reaction or a complication still counts.
"""

from gongwei.language import TEXT, TRUTH, Parameter, case, days, previous
from gongwei.language.decisions import Advise, DecisionTable, Refer, Revisit, Row
from gongwei.programmes.diabetes import options
from gongwei.programmes.diabetes.forms import NORM
from gongwei.programmes.diabetes.forms import FollowUp as f

any_glucose = Parameter("dm.glucose_for_outcome", TEXT) == "any"
other_glucose = f.postprandial_glucose.if_missing(f.random_glucose)
known_glucose = f.fasting_glucose.is_known() | (any_glucose & other_glucose.is_known())

# 血糖控制满意: 空腹血糖＜7.0 mmol/L. Where the county says so, a 2-hour or random glucose may stand in for it [?].
controlled = case(
    (f.fasting_glucose.is_known(), f.fasting_glucose < Parameter("dm.goal_fpg")),
    (any_glucose, other_glucose < Parameter("dm.goal_other_glucose")),
)

# 危急情况: any one, both limits included. Symptom ticks (多饮、多尿 …) do not count by themselves, danger_signs do.
extreme_glucose = [
    (glucose >= Parameter("dm.emergency_high")) | (glucose <= Parameter("dm.emergency_low"))
    for glucose in (f.fasting_glucose, f.postprandial_glucose, f.random_glucose)
]
emergency = (
    extreme_glucose[0]
    | extreme_glucose[1]
    | extreme_glucose[2]
    | (f.systolic >= Parameter("dm.emergency_sbp"))
    | (f.diastolic >= Parameter("dm.emergency_dbp"))
    | f.danger_signs.has_any(*options.SIGNS_OF_DANGER)
)
new_complication = f.complication == options.NEW_COMPLICATION
complicated = new_complication | (f.complication == options.WORSE_COMPLICATION)
# 频繁低血糖: the norm is silent; by default it is treated as an adverse reaction [?].
reacted = (f.adverse_reaction == options.REACTED) | (
    Parameter("dm.frequent_hypo_is_reaction", TRUTH) & (f.hypoglycaemia == options.FREQUENT)
)


def at_previous_contact(condition):
    """Whether it held at the latest completed follow-up with a glucose, any mode, not too long ago."""
    return previous(
        condition, having=f.completed & known_glucose, within=Parameter("dm.previous_within_days")
    )


mixed = Parameter("dm.mixed_sequence", TRUTH)
reacted_again = reacted & (at_previous_contact(reacted) | (mixed & at_previous_contact(~controlled)))
uncontrolled_again = ~controlled & (at_previous_contact(~controlled) | (mixed & at_previous_contact(reacted)))

in_two_weeks = Revisit(
    days(Parameter("dm.two_week_days")),
    late=days(Parameter("dm.two_week_tolerance_days")),
    purpose="2周内随访",
)
referral_check = Revisit(
    days(Parameter("dm.two_week_days")),
    late=days(Parameter("dm.two_week_tolerance_days")),
    purpose="2周内随访转诊情况",
)

policy = Parameter("dm.emergency_outcome", TEXT)
emergency_outcome = case(
    (complicated, f.outcome.option(options.COMPLICATION)),
    (policy == "4", f.outcome.option(options.COMPLICATION)),
    ((policy == "by_glucose") & controlled, f.outcome.option(options.SATISFACTORY)),
    otherwise=f.outcome.option(options.UNSATISFACTORY),
)

CLASSIFY = DecisionTable(
    "随访分类干预",
    on=f,
    source=f"{NORM} 二、服务内容（二）（三）",
    code="dm.classify",
    rows=(
        Row(
            "refer_urgently",
            "危急情况，紧急转诊",
            emergency,
            (Refer(urgent=True, reason="5"), referral_check),
            proposes={"outcome": emergency_outcome, "next_step": "4", "referral_reason": "5"},
        ),
        Row(
            "refer_complication",
            "出现并发症或原有并发症加重，转诊",
            complicated,
            (Refer(), referral_check),
            proposes={
                "outcome": options.COMPLICATION,
                "referral_reason": case(
                    (new_complication, f.referral_reason.option("3")),
                    otherwise=f.referral_reason.option("4"),
                ),
            },
        ),
        Row(
            "refer_reaction",
            "不良反应难以控制，转诊",
            reacted_again,
            (Refer(reason="2"), referral_check),
            proposes={"outcome": options.ADVERSE_REACTION, "referral_reason": "2"},
        ),
        Row(
            "refer_uncontrolled",
            "连续两次不满意，转诊",
            uncontrolled_again,
            (Refer(reason="1"), referral_check),
            proposes={"outcome": options.UNSATISFACTORY, "next_step": "3", "referral_reason": "1"},
        ),
        Row(
            "change_drug",
            "首次不良反应，调整用药",
            reacted,
            (Advise("调整药物"), in_two_weeks),
            proposes={"outcome": options.ADVERSE_REACTION},
        ),
        Row(
            "adjust_treatment",
            "首次不满意，调整用药",
            ~controlled,
            (Advise("核实服药依从性，必要时增加现用药物剂量、更换或增加不同类的降糖药物"), in_two_weeks),
            proposes={"outcome": options.UNSATISFACTORY, "next_step": "2"},
        ),
        Row(
            "satisfactory",
            "控制满意，按期随访",
            controlled & ~reacted & ~complicated.if_missing(False),
            proposes={"outcome": options.SATISFACTORY, "next_step": "1"},
        ),
        Row("cannot_classify", "资料不全，无法分类", when=None),
    ),
)

#: Rows after which the next contact is owed within two weeks.
TWO_WEEK_ROWS = tuple(row.code for row in CLASSIFY.rows if any(isinstance(a, Revisit) for a in row.advice))
