"""What the answers of a follow-up mean and what to do: the classification of diabetes.md §4, rows D1 to D8.

Norm: 规范（第三版）2型糖尿病患者健康管理服务规范 二（二）（三）. The shape is hypertension's; thresholds are dated
parameters. A rule fires only on what is known: without a glucose a reaction or a complication still counts.
"""

from gongwei.language import TEXT, TRUTH, Parameter, case
from gongwei.language.decisions import Advise, DecisionTable, Row
from gongwei.programmes.diabetes import options
from gongwei.programmes.diabetes.forms import NORM
from gongwei.programmes.diabetes.forms import FollowUp as f
from gongwei.programmes.health_record.chronic_care import options as chronic
from gongwei.programmes.health_record.chronic_care.rules import CANNOT_CLASSIFY, Findings

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
# 频繁低血糖: the norm is silent; by default it is treated as an adverse reaction [?].
reacted = (f.adverse_reaction == chronic.SOME) | (
    Parameter("dm.frequent_hypo_is_reaction", TRUTH) & (f.hypoglycaemia == options.FREQUENT)
)

found = Findings(
    f,
    parameters="dm",
    measured=known_glucose,
    controlled=controlled,
    reacted=reacted,
    emergency=emergency,
)

# The class of an emergency is left to a parameter [?]; with a complication it is 4.
CLASSIFY = DecisionTable(
    "随访分类干预",
    on=f,
    source=f"{NORM} 二、服务内容（二）（三）",
    code="dm.classify",
    rows=(
        found.refer_urgently("by_glucose"),
        found.refer_complication(),
        found.refer_reaction(),
        found.refer_uncontrolled(),
        Row(
            "change_drug",
            "首次不良反应，调整用药",
            found.reacted,
            (Advise("调整药物"), found.in_two_weeks()),
            proposes={"outcome": chronic.ADVERSE_REACTION},
        ),
        Row(
            "adjust_treatment",
            "首次不满意，调整用药",
            ~controlled,
            (
                Advise("核实服药依从性，必要时增加现用药物剂量、更换或增加不同类的降糖药物"),
                found.in_two_weeks(),
            ),
            proposes={"outcome": chronic.UNSATISFACTORY, "next_step": chronic.SECOND_WEEK},
        ),
        found.satisfactory(),
        CANNOT_CLASSIFY,
    ),
)
