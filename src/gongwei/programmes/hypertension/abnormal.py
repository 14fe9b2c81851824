"""What the forms of hypertension find abnormal, for the doctor and in plain words (hypertension.md §1, §4)."""

from gongwei.language import AGE, TEXT, Parameter, case
from gongwei.language.abnormal import Abnormal
from gongwei.programmes.health_record.chronic_care import abnormal as shared
from gongwei.programmes.hypertension import options, rules, screening
from gongwei.programmes.hypertension.forms import FirstPressure, HighRiskContact
from gongwei.programmes.hypertension.forms import FollowUp as f

# Goals newer guidelines advise; classification and measures stay with the third edition (hypertension.md §4).
_goals = Parameter("htn.goal_set", TEXT)
advised_goal_reached = case(
    (
        _goals == "guide2025",
        case(
            (AGE < Parameter("htn.guide2025_age"), (f.systolic < 130) & (f.diastolic < 80)),
            otherwise=(f.systolic < 150) & (f.diastolic < 90),
        ),
    ),
    (
        _goals == "guide2020",
        case(
            (AGE < 65, (f.systolic < 140) & (f.diastolic < 90)),
            otherwise=(f.systolic < 150) & (f.diastolic < 90),
        ),
    ),
)

RECHECK = "请安静休息后，四周内在另外两天再测血压。"

ABNORMAL = (
    shared.critical_pressure(f, "htn"),
    Abnormal(
        f.systolic,
        rules.found.uncontrolled_again,
        "连续两次血压控制不满意",
        explain="您连续两次血压都没有控制到目标。",
        advise="请到上级医院调整治疗，两周内我们会了解您的就诊情况。",
        refer=True,
        code="htn_follow_up.uncontrolled_again",
        source="规范（第三版）二（三）",
    ),
    Abnormal(
        f.systolic,
        ~rules.controlled,
        "血压控制不满意",
        explain="您的血压没有控制到目标（一般应低于140/90，65岁及以上低于150/90）。",
        advise="请按时服药，少吃盐，两周内复诊，医生会为您调整用药。",
        code="htn_follow_up.uncontrolled",
        source="规范（第三版）二（三）",
    ),
    Abnormal(
        f.systolic,
        ~advised_goal_reached,
        "未达到新指南建议目标",
        explain="您的血压已达到管理目标，但离新指南建议的目标还有差距。",
        advise="继续规律服药，坚持限盐和运动；医生会根据您的身体情况决定是否调整。",
        code="htn_follow_up.advised_goal",
        source="国家基层高血压防治管理指南（2020、2025），仅作建议",
    ),
    shared.danger(f, options.SIGNS_OF_DANGER),
    Abnormal(
        f.heart_rate,
        (f.heart_rate < Parameter("exam.heart_rate_low"))
        | (f.heart_rate > Parameter("exam.heart_rate_high")),
        "心率异常",
        explain="您的心跳比一般人（每分钟60～100次）偏快或偏慢。",
        advise="请安静休息后复查；如有心慌、头晕、乏力请做心电图检查。",
        code="htn_follow_up.heart_rate",
        source="physical_exam.md §3 体检异常",
    ),
    *shared.reaction(f, rules.found.reacted_again),
    shared.complication(f),
    *shared.weight(f),
    shared.adherence(f),
    shared.critical_pressure(FirstPressure, "htn"),
    Abnormal(
        FirstPressure.systolic,
        screening.raised_on_three_days,
        "非同日三次血压升高",
        explain="您在三个不同的日子测得的血压都高于正常，可能是高血压。",
        advise="请到上级医院确诊，两周内我们会了解您的就诊情况。",
        refer=True,
        source="规范（第三版）二（一）筛查",
    ),
    Abnormal(
        FirstPressure.systolic,
        screening.raised,
        "血压升高",
        explain="您这次的血压高于正常（140/90），一次升高还不能说明就是高血压。",
        advise=RECHECK,
        source="规范（第三版）二（一）筛查",
    ),
    Abnormal(
        FirstPressure.systolic,
        screening.high_normal,
        "血压高值",
        explain="您的血压接近上限，属于高血压高危人群。",
        advise="少吃盐，多活动，控制体重，至少每半年测一次血压。",
        source="规范（第三版）二（一）3 高危人群",
    ),
    shared.critical_pressure(HighRiskContact, "htn"),
    Abnormal(
        HighRiskContact.systolic,
        screening.high_risk_raised,
        "血压升高",
        explain="您这次的血压高于正常（140/90）。",
        advise=RECHECK,
        source="规范（第三版）二（一）筛查",
    ),
)
