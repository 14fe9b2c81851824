"""Who may have hypertension: what a first measurement means, who is at high risk, and the signs of both (hypertension.md §1).

Nobody is enrolled by a rule: signs make a list a doctor goes through. What is asked here is asked of people not under management.
"""

from gongwei.language import AGE, TRUTH, Parameter, days, months
from gongwei.language.decisions import Advise, DecisionTable, Refer, Revisit, Row
from gongwei.language.episodes import Sign
from gongwei.language.record_nodes import EpisodeStart
from gongwei.programmes.health_record.chronic_care import examination
from gongwei.programmes.health_record.chronic_care import options as chronic
from gongwei.programmes.health_record.forms import BasicInformation, CheckUp
from gongwei.programmes.hypertension import options
from gongwei.programmes.hypertension.forms import NORM, HighRiskContact, ManagedFile
from gongwei.programmes.hypertension.forms import FirstPressure as f

SCREENING = f"{NORM} 二（一）筛查"

measured = f.systolic.is_known() & f.diastolic.is_known()
raised = f.raised
critical = (f.systolic >= Parameter("htn.emergency_sbp")) | (f.diastolic >= Parameter("htn.emergency_dbp"))
high_normal = (f.systolic >= Parameter("htn.high_risk_sbp")) | (f.diastolic >= Parameter("htn.high_risk_dbp"))

# Three different days in a row; the sign in `SIGNS` also counts readings of other forms, and holds them to four weeks.
raised_on_three_days = f.raised_days >= Parameter("htn.diagnosis_days")

_referral_check = Revisit(
    days(Parameter("htn.two_week_days")),
    late=days(Parameter("htn.two_week_tolerance_days")),
    purpose="2周内随访转诊结果",
)
_recheck = Revisit(
    days(Parameter("htn.recheck_days")),
    late=days(Parameter("htn.recheck_late_days")),
    purpose="非同日复测血压",
)

FIRST_PRESSURE = DecisionTable(
    "首诊测血压处理",
    on=f,
    source=SCREENING,
    code="htn.first_pressure",
    rows=(
        Row(
            "refer_urgently",
            "血压达到危急水平，紧急转诊",
            critical,
            (Refer(urgent=True, reason="危急血压"), _referral_check),
        ),
        Row(
            "enrol_known",
            "已确诊高血压，纳入管理",
            f.known_hypertension == chronic.SOME,
            (Advise("登记高血压患者管理；血压未达标者按随访要求处理"), Revisit(months(3), purpose="随访")),
        ),
        Row(
            "diagnose",
            "非同日三次血压升高，初步诊断，转诊确诊",
            raised_on_three_days,
            (Refer(reason="初步诊断高血压，请上级医院确诊"), _referral_check),
        ),
        Row(
            "recheck",
            "血压升高，预约非同日复测",
            raised,
            (Advise("去除可能引起血压升高的因素，预约非同日复测"), _recheck),
        ),
        Row(
            "high_normal",
            "血压高值，属高危人群",
            high_normal,
            (
                Advise("指导限盐、减重、戒烟限酒、运动"),
                Revisit(months(Parameter("htn.high_risk_months")), purpose="测量血压"),
            ),
        ),
        Row("normal", "血压正常", measured, (Revisit(months(12), purpose="测量血压"),)),
        Row("not_measured", "未测血压", when=None),
    ),
)

high_risk_raised = (HighRiskContact.systolic >= Parameter("htn.raised_sbp")) | (
    HighRiskContact.diastolic >= Parameter("htn.raised_dbp")
)
HIGH_RISK = DecisionTable(
    "高危人群管理",
    on=HighRiskContact,
    source=f"{SCREENING} 3",
    code="htn.high_risk",
    rows=(
        Row(
            "recheck",
            "血压升高，预约非同日复测",
            high_risk_raised,
            (Advise("去除可能引起血压升高的因素，预约非同日复测"), _recheck),
        ),
        Row(
            "keep_on",
            "血压未升高，半年内再测量",
            HighRiskContact.systolic.is_known() & HighRiskContact.diastolic.is_known(),
            (Advise("继续生活方式指导"),),
        ),
        Row("cannot_say", "资料不全，无法判断", when=None),
    ),
)

# ---- signs ----

RAISED = "htn.raised_pressure"
_three_days = {
    "days": Parameter("htn.diagnosis_days"),
    "within": days(Parameter("htn.diagnosis_within_days")),
}
of_age = AGE >= Parameter("htn.min_age")

SIGNS = (
    Sign(
        "非同日多次血压升高",
        on=f,
        when=raised & of_age,
        code=RAISED,
        source=f"{SCREENING} 2",
        **_three_days,
    ),
    Sign(
        "非同日多次血压升高",
        on=CheckUp,
        when=examination.raised_pressure & of_age,
        code=RAISED,
        **_three_days,
    ),
    Sign(
        "非同日多次血压升高", on=HighRiskContact, when=high_risk_raised & of_age, code=RAISED, **_three_days
    ),
    Sign(
        "体检血压升高，待复测",
        on=CheckUp,
        when=examination.raised_pressure & of_age,
        source="elderly.md EL2；physical_exam.md PE5",
    ),
    Sign(
        "门诊已确诊高血压",
        on=f,
        when=(f.known_hypertension == chronic.SOME) | (f.confirmed == "1"),
        source=f"{SCREENING}；确诊原发性高血压者纳入管理",
    ),
    Sign(
        "个人基本信息表既往史有高血压",
        on=BasicInformation,
        when=BasicInformation.past_diseases.has("2"),
        source="elderly.md EL4；quality_rules.md QA017",
    ),
    Sign(
        "已建高血压专案但未纳入管理",
        on=ManagedFile,
        when=(ManagedFile.kind == options.ESSENTIAL) & ManagedFile.managed_until.is_missing(),
        source="hypertension.md §3 专案",
    ),
)

# Whoever is or was under management for hypertension is not at risk of it.
_not_managed = EpisodeStart("hypertension").is_missing()
_FAMILY = (
    BasicInformation.family_father,
    BasicInformation.family_mother,
    BasicInformation.family_siblings,
    BasicInformation.family_children,
)
_family_history = _FAMILY[0].has("2") | _FAMILY[1].has("2") | _FAMILY[2].has("2") | _FAMILY[3].has("2")
_grown = AGE >= Parameter("htn.min_age")


def _risk(title: str, on: type, when: object) -> Sign:
    return Sign(title, on=on, when=_not_managed & _grown & when, source=f"{SCREENING} 3 高危人群")  # type: ignore[operator]


# The norm's condition is any one of six; five of them alone would put every second resident on the list, so whether they do is the
# county's word [?]. A doctor may enrol anybody by hand.
_weak_alone = Parameter("htn.high_risk_weak_alone", TRUTH)

HIGH_RISK_SIGNS = (
    _risk("血压高值", CheckUp, examination.high_normal_pressure),
    _risk("首诊血压高值", f, high_normal & ~raised),
    _risk("超重、肥胖或腹型肥胖", CheckUp, (examination.overweight | examination.wide_waist) & _weak_alone),
    _risk("高血压家族史", BasicInformation, _family_history & _weak_alone),
    _risk("长期膳食高盐", CheckUp, examination.salty_diet & _weak_alone),
    _risk("长期过量饮酒", CheckUp, examination.heavy_drinking & _weak_alone),
    _risk("年龄≥55岁", CheckUp, (AGE >= Parameter("htn.high_risk_age")) & _weak_alone),
)
