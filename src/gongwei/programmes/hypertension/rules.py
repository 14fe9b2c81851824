"""What the answers of a follow-up mean and what to do: the classification of §4, rows H1 to H8.

Norm: 规范（第三版）高血压患者健康管理服务规范 二（三）. The thresholds are dated parameters. A rule fires only on
what is known: without a blood pressure a reaction or a complication still counts, and nothing else can be said.
"""

from gongwei.language import AGE, TEXT, TRUTH, Parameter, case, days, previous
from gongwei.language.decisions import Advise, DecisionTable, Refer, Revisit, Row
from gongwei.programmes.hypertension import options
from gongwei.programmes.hypertension.forms import NORM
from gongwei.programmes.hypertension.forms import FollowUp as f

known_pressure = f.systolic.is_known() & f.diastolic.is_known()

# 血压控制满意: 收缩压＜140 且舒张压＜90; 65岁及以上收缩压＜150 且舒张压＜90. Age on the day of the follow-up.
controlled = case(
    (
        AGE >= Parameter("htn.goal_age"),
        (f.systolic < Parameter("htn.goal_sbp_65")) & (f.diastolic < Parameter("htn.goal_dbp_65")),
    ),
    (
        AGE < Parameter("htn.goal_age"),
        (f.systolic < Parameter("htn.goal_sbp")) & (f.diastolic < Parameter("htn.goal_dbp")),
    ),
)

# 危急情况: any one. The form's coarse symptom ticks do not count by themselves (§4), danger_signs do.
emergency = (
    (f.systolic >= Parameter("htn.emergency_sbp"))
    | (f.diastolic >= Parameter("htn.emergency_dbp"))
    | f.danger_signs.has_any(*options.SIGNS_OF_DANGER)
)
new_complication = f.complication == options.NEW_COMPLICATION
worse_complication = f.complication == options.WORSE_COMPLICATION
complicated = new_complication | worse_complication
reacted = f.adverse_reaction == options.REACTED


def at_previous_contact(condition):
    """Whether it held at the latest completed follow-up with a blood pressure, any mode, not too long ago."""
    return previous(
        condition, having=f.completed & known_pressure, within=Parameter("htn.previous_within_days")
    )


# A reaction and then a high pressure are two in a row only where the county says so [?].
mixed = Parameter("htn.mixed_sequence", TRUTH)
reacted_again = reacted & (at_previous_contact(reacted) | (mixed & at_previous_contact(~controlled)))
uncontrolled_again = ~controlled & (at_previous_contact(~controlled) | (mixed & at_previous_contact(reacted)))

in_two_weeks = Revisit(
    days(Parameter("htn.two_week_days")),
    late=days(Parameter("htn.two_week_tolerance_days")),
    purpose="2周内随访",
)
referral_check = Revisit(
    days(Parameter("htn.two_week_days")),
    late=days(Parameter("htn.two_week_tolerance_days")),
    purpose="2周内随访转诊情况",
)

# §4 H1: 2, or 4 with a complication; vector 12 leaves the class of an emergency to a parameter [?].
policy = Parameter("htn.emergency_outcome", TEXT)
emergency_outcome = case(
    (complicated, f.outcome.option(options.COMPLICATION)),
    (policy == "4", f.outcome.option(options.COMPLICATION)),
    ((policy == "by_bp") & controlled, f.outcome.option(options.SATISFACTORY)),
    otherwise=f.outcome.option(options.UNSATISFACTORY),
)

CLASSIFY = DecisionTable(
    "随访分类干预",
    on=f,
    source=f"{NORM} 二、服务内容（二）（三）",
    code="htn.classify",
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
            "首次不良反应，更换药物",
            reacted,
            (Advise("更换药物"), in_two_weeks),
            proposes={"outcome": options.ADVERSE_REACTION},
        ),
        Row(
            "adjust_treatment",
            "首次不满意，调整用药",
            ~controlled,
            (Advise("核实服药依从性，必要时增加现用药物剂量、更换或增加不同类的降压药物"), in_two_weeks),
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
