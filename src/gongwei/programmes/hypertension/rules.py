"""What the answers of a follow-up mean and what to do: the classification of §4, rows H1 to H8.

Norm: 规范（第三版）高血压患者健康管理服务规范 二（三）. The thresholds are dated parameters. A rule fires only on
what is known: without a blood pressure a reaction or a complication still counts, and nothing else can be said.
"""

from gongwei.language import AGE, Parameter, case
from gongwei.language.decisions import Advise, DecisionTable, Row
from gongwei.programmes.health_record.chronic_care import options as chronic
from gongwei.programmes.health_record.chronic_care.rules import CANNOT_CLASSIFY, Findings
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
found = Findings(
    f,
    parameters="htn",
    measured=known_pressure,
    controlled=controlled,
    reacted=f.adverse_reaction == chronic.SOME,
    emergency=emergency,
)

# The class of an emergency is left to a parameter [?]; with a complication it is 4.
CLASSIFY = DecisionTable(
    "随访分类干预",
    on=f,
    source=f"{NORM} 二、服务内容（二）（三）",
    code="htn.classify",
    rows=(
        found.refer_urgently("by_bp"),
        found.refer_complication(),
        found.refer_reaction(),
        found.refer_uncontrolled(),
        Row(
            "change_drug",
            "首次不良反应，更换药物",
            found.reacted,
            (Advise("更换药物"), found.in_two_weeks()),
            proposes={"outcome": chronic.ADVERSE_REACTION},
        ),
        Row(
            "adjust_treatment",
            "首次不满意，调整用药",
            ~controlled,
            (
                Advise("核实服药依从性，必要时增加现用药物剂量、更换或增加不同类的降压药物"),
                found.in_two_weeks(),
            ),
            proposes={"outcome": chronic.UNSATISFACTORY, "next_step": chronic.SECOND_WEEK},
        ),
        found.satisfactory(),
        CANNOT_CLASSIFY,
    ),
)
