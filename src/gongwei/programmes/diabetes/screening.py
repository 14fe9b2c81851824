"""Who may have diabetes: what a glucose of somebody not under management means, and the signs of disease and of risk (diabetes.md §1).

Nobody is enrolled by a rule: signs make a list a doctor goes through.
"""

from gongwei.language import AGE, TRUTH, Parameter, days, days_between, months, previous
from gongwei.language.decisions import Advise, DecisionTable, Refer, Revisit, Row
from gongwei.language.episodes import Sign
from gongwei.language.record_nodes import EpisodeStart
from gongwei.programmes.diabetes import options
from gongwei.programmes.diabetes.forms import NORM, FollowUp, ManagedFile
from gongwei.programmes.diabetes.forms import HighRiskCheck as f
from gongwei.programmes.health_record.chronic_care import examination
from gongwei.programmes.health_record.chronic_care import options as chronic
from gongwei.programmes.health_record.forms import BasicInformation, CheckUp

SCREENING = f"{NORM} 二（一）筛查"

high_fasting = f.fasting_glucose >= Parameter("dm.diagnosis_fasting")
high_random = f.random_glucose >= Parameter("dm.diagnosis_random")
high_two_hours = f.postprandial_glucose >= Parameter("dm.diagnosis_two_hours")
high_hba1c = f.hba1c >= Parameter("dm.diagnosis_hba1c")
impaired_fasting = f.fasting_glucose >= Parameter("exam.impaired_glucose")
impaired_tolerance = f.postprandial_glucose >= Parameter("dm.impaired_two_hours")

#: As high as in diabetes; a random glucose says so only with typical symptoms.
high = high_fasting | high_two_hours | high_hba1c | (high_random & (f.typical_symptoms == chronic.SOME))
measured = (
    f.fasting_glucose.is_known()
    | f.random_glucose.is_known()
    | f.postprandial_glucose.is_known()
    | f.hba1c.is_known()
)
known_high = high.if_missing(False)
critical = (
    (f.fasting_glucose >= Parameter("dm.emergency_high"))
    | (f.random_glucose >= Parameter("dm.emergency_high"))
    | (f.postprandial_glucose >= Parameter("dm.emergency_high"))
    | (f.fasting_glucose <= Parameter("dm.emergency_low"))
    | (f.random_glucose <= Parameter("dm.emergency_low"))
)
# Two abnormal results on different days, or one with typical symptoms.
confirmed = known_high & (
    (f.typical_symptoms == chronic.SOME)
    | (
        previous(known_high, having=measured, within=Parameter("dm.diagnosis_within_days"))
        & (days_between(previous(f.done_on, having=measured), f.done_on) >= 1)
    )
)

_referral_check = Revisit(
    days(Parameter("dm.two_week_days")),
    late=days(Parameter("dm.two_week_tolerance_days")),
    purpose="2周内随访转诊结果",
)
_once_a_year = Revisit(months(Parameter("dm.high_risk_months")), purpose="检测空腹血糖")

GLUCOSE_CHECK = DecisionTable(
    "糖尿病高危人群血糖处理",
    on=f,
    source=SCREENING,
    code="dm.glucose_check",
    rows=(
        Row(
            "refer_urgently",
            "血糖达到危急水平，紧急转诊",
            critical,
            (Refer(urgent=True, reason="危急血糖"), _referral_check),
        ),
        Row(
            "diagnose",
            "达到糖尿病诊断标准，转诊确诊",
            confirmed,
            (Refer(reason="疑似糖尿病，请上级医院确诊"), _referral_check),
        ),
        Row(
            "recheck",
            "血糖升高，改日复查",
            known_high,
            (
                Advise("改日空腹复查，或查糖化血红蛋白、糖负荷后2小时血糖"),
                Revisit(
                    days(Parameter("dm.recheck_days")),
                    late=days(Parameter("dm.recheck_late_days")),
                    purpose="复查血糖",
                ),
            ),
        ),
        Row(
            "impaired",
            "糖尿病前期，加强生活方式指导",
            impaired_fasting | impaired_tolerance,
            (Advise("控制体重，合理膳食，增加运动"), _once_a_year),
        ),
        Row("normal", "血糖正常，一年后再测", measured, (_once_a_year,)),
        Row("notmeasured", "未测血糖", when=None),
    ),
)

# ---- signs ----

RAISED = "dm.raised_glucose"
_two_days = {"days": Parameter("dm.diagnosis_days"), "within": days(Parameter("dm.diagnosis_within_days"))}
of_age = AGE >= Parameter("dm.min_age")
exam_high = examination.raised_glucose.if_missing(False) | examination.raised_hba1c.if_missing(False)
exam_normal = ~exam_high & (examination.fasting_glucose.is_known() | CheckUp.hba1c.is_known())

SIGNS = (
    Sign("非同日两次血糖升高", on=f, when=known_high & of_age, code=RAISED, source=SCREENING, **_two_days),
    Sign("非同日两次血糖升高", on=CheckUp, when=exam_high & of_age, code=RAISED, **_two_days),
    Sign(
        "体检空腹血糖≥7.0mmol/L，待复查",
        on=CheckUp,
        when=examination.raised_glucose & of_age,
        source="elderly.md EL3；physical_exam.md PE6",
    ),
    Sign(
        "体检糖化血红蛋白≥6.5%，待复查",
        on=CheckUp,
        when=examination.raised_hba1c & of_age,
        source="elderly.md EL3；physical_exam.md PE6",
    ),
    Sign(
        "随机血糖≥11.1mmol/L并有典型症状",
        on=f,
        when=high_random & (f.typical_symptoms == chronic.SOME) & of_age,
        source="diabetes.md §1",
    ),
    Sign(
        "个人基本信息表既往史有糖尿病",
        on=BasicInformation,
        when=BasicInformation.past_diseases.has("3"),
        source="elderly.md EL4；quality_rules.md QA017",
    ),
    Sign(
        "已建糖尿病专案但未纳入管理",
        on=ManagedFile,
        when=(ManagedFile.diabetes_type == options.TYPE_2) & ManagedFile.managed_until.is_missing(),
        source="diabetes.md §1",
    ),
)

#: A raised pressure of somebody managed for diabetes only: counted with the readings hypertension itself knows.
raised_pressure = (FollowUp.systolic >= Parameter("exam.raised_sbp")) | (
    FollowUp.diastolic >= Parameter("exam.raised_dbp")
)
SIGNS_OF_OTHERS = (
    Sign(
        "非同日多次血压升高",
        on=FollowUp,
        when=raised_pressure & (AGE >= Parameter("htn.min_age")),
        days=Parameter("htn.diagnosis_days"),
        within=days(Parameter("htn.diagnosis_within_days")),
        code="htn.raised_pressure",
        episode="hypertension",
        source="diabetes.md §4 [D]",
    ),
)

_not_managed = EpisodeStart("diabetes").is_missing()
_family_history = (
    BasicInformation.family_father.has("3")
    | BasicInformation.family_mother.has("3")
    | BasicInformation.family_siblings.has("3")
    | BasicInformation.family_children.has("3")
)
_weak_alone = Parameter("dm.high_risk_weak_alone", TRUTH)


def _risk(title: str, on: type, when: object) -> Sign:
    return Sign(title, on=on, when=_not_managed & of_age & when, source="diabetes.md §1 高危因素")  # type: ignore[operator]


# Glucose itself speaks; the other factors alone would put every second resident on the list, so whether they do is the county's
# word [?]. A doctor may enrol anybody by hand.
HIGH_RISK_SIGNS = (
    _risk("空腹血糖受损", CheckUp, examination.impaired_glucose),
    _risk("血糖检测：糖尿病前期", f, (impaired_fasting | impaired_tolerance) & ~known_high),
    _risk("超重、肥胖或中心型肥胖", CheckUp, (examination.overweight | examination.wide_waist) & _weak_alone),
    _risk("一级亲属有糖尿病", BasicInformation, _family_history & _weak_alone),
    _risk("血脂异常", CheckUp, examination.abnormal_lipids & _weak_alone),
    _risk("高血压患者", CheckUp, EpisodeStart("hypertension").is_known() & _weak_alone),
    _risk("年龄≥40岁", CheckUp, (AGE >= Parameter("dm.high_risk_age")) & _weak_alone),
    _risk("缺乏体力活动", CheckUp, examination.inactive & _weak_alone),
)
