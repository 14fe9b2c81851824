"""Rules an evaluator holds an exam against (quality_rules.md B): believable values, one exam a year, named and followed abnormalities.

Which rules of B cannot be said of one record is in the README.
"""

from datetime import date

from gongwei.language import AGE, ASK, DONE_ON, WARN, YEAR, Parameter, any_of, days, distance, previous
from gongwei.language.checks import RecordCheck
from gongwei.programmes.health_record.check_up import CheckUp as f
from gongwei.programmes.health_record.chronic_care import checks
from gongwei.programmes.health_record.chronic_care import examination as found

#: QB002: item → the name of its two parameters `exam.believable_<name>_low` and `_high`; for adults, whom the form is for.
BELIEVABLE = {
    "systolic_left": "sbp",
    "systolic_right": "sbp",
    "diastolic_left": "dbp",
    "diastolic_right": "dbp",
    "pulse_rate": "pulse",
    "heart_rate": "pulse",
    "body_temperature": "temperature",
    "height": "height",
    "weight": "weight",
    "waist": "waist",
    "fasting_glucose": "glucose",
}

_year_of = distance(YEAR, date(1900, 1, 1), DONE_ON)
_same_day = previous(f.done_on) == f.done_on

#: Something the exam itself shows to be abnormal, measured or seen.
_something_found = any_of(
    found.abnormal,
    found.high_normal_pressure,
    found.raised_hba1c,
    *(
        field == "2"
        for field in (f.ecg, f.chest_xray, f.ultrasound_abdomen, f.ultrasound_other, f.cervical_smear)
    ),
    *(field == "2" for field in (f.fundus, f.hearing, f.motor_function, f.breath_sounds, f.heart_murmur)),
    *(field == "2" for field in (f.abdomen_tenderness, f.abdomen_mass, f.hepatomegaly, f.splenomegaly)),
    *(field != "1" for field in (f.skin, f.sclera, f.lymph_nodes, f.rales, f.leg_oedema, f.lips, f.pharynx)),
    ~f.teeth.has("1"),
    ~f.symptoms.has("01"),
    *(~field.has("1") for field in (f.cerebrovascular, f.renal, f.cardiac, f.vascular, f.ocular)),
    *(~field.has("1") for field in (f.neurological, f.other_system, f.breast, f.rectal_exam)),
    *(field == "2" for field in (f.hbsag, f.stool_blood, f.shifting_dullness, f.barrel_chest)),
    *(field == "2" for field in (f.elderly_cognition, f.elderly_emotion)),
    f.elderly_self_care != "1",
    found.above_upper(f.total_bilirubin.node, "total_bilirubin"),
    found.above_upper(f.urea.node, "urea"),
    f.wbc > Parameter("exam.wbc_high"),
    f.wbc < Parameter("exam.wbc_low"),
    f.platelets < Parameter("exam.platelets_low"),
    f.platelets > Parameter("exam.platelets_high"),
)

EXAM_QUALITY = (
    *checks.believable(f, BELIEVABLE),
    *checks.believable_pulse_pressure(f, ("systolic_left", "diastolic_left"), "左侧"),
    *checks.believable_pulse_pressure(f, ("systolic_right", "diastolic_right"), "右侧"),
    RecordCheck(
        "健康评价有异常，但未见异常结果",
        on=f,
        holds=~((f.assessment == "2") & ~_something_found.if_missing(False)),
        then=WARN,
        code="QB006",
        fields=("assessment", "abnormalities"),
        message="健康评价为“有异常”，但各项检查中没有异常结果，请核对",
    ),
    RecordCheck(
        "减重目标过低",
        on=f,
        holds=(f.target_weight * 10000 / (f.height * f.height)).round(1) >= Parameter("exam.thin_bmi"),
        then=WARN,
        code="QB009",
        fields=("target_weight",),
        message="按减体重目标计算的体质指数低于18.5，请核对",
    ),
    RecordCheck(
        "本年重复体检",
        on=f,
        holds=previous(_year_of) != _year_of,
        then=ASK,
        code="QB010",
        fields=("done_on",),
        message="该居民本年已有健康体检表，请核对是否重复",
    ),
    RecordCheck(
        "同日在多家机构体检",
        on=f,
        holds=~(_same_day & (previous(f.organization) != f.organization)),
        then=ASK,
        code="QB011",
        fields=("done_on", "organization"),
        message="该居民同一天在另一机构也有体检，请核对",
    ),
    RecordCheck(
        "体检结果反馈超过期限",
        on=f,
        holds=f.reported_on <= f.done_on + days(Parameter("exam.report_days")),
        then=WARN,
        code="QB019",
        fields=("reported_on",),
        message="体检结果应在30天内反馈给居民",
        source="physical_exam.md PE8",
    ),
    RecordCheck(
        "危急值未建议转诊",
        on=f,
        holds=~(
            any_of(found.critical_pressure, found.critical_glucose) & ~f.guidance.has("3").if_missing(False)
        ),
        then=WARN,
        code="QB020",
        fields=("guidance",),
        message="血压或血糖达到危急值，应当日建议转诊并在2周内随访",
        source="physical_exam.md PE7",
    ),
    RecordCheck(
        "体检日期不应早于出生日期",
        on=f,
        holds=AGE >= 0,
        then=WARN,
        fields=("done_on",),
    ),
)
