"""What must hold, or looks wrong, in the forms of the health record (physical_exam.md §3, quality_rules.md A and B)."""

from gongwei.language import (
    AGE,
    ASK,
    BLOCK,
    FEMALE,
    MALE,
    SEX,
    WARN,
    Parameter,
    any_of,
    count_true,
    previous,
    rows_count,
)
from gongwei.language.checks import RecordCheck
from gongwei.programmes.health_record.basic_information import BasicInformation as b
from gongwei.programmes.health_record.check_up import CheckUp as f
from gongwei.programmes.health_record.check_up_rows import HomeBed, Hospitalization
from gongwei.programmes.health_record.chronic_care import examination
from gongwei.programmes.health_record.exam_quality import EXAM_QUALITY

GYNAECOLOGY = (f.vulva, f.vagina, f.cervix, f.uterus, f.adnexa, f.cervical_smear)

CHECKS = (
    *EXAM_QUALITY,
    RecordCheck(
        "左侧收缩压应高于舒张压",
        on=f,
        holds=f.systolic_left > f.diastolic_left,
        then=BLOCK,
        code="QB003",
        fields=("systolic_left", "diastolic_left"),
    ),
    RecordCheck(
        "右侧收缩压应高于舒张压",
        on=f,
        holds=f.systolic_right > f.diastolic_right,
        then=BLOCK,
        code="QB003",
        fields=("systolic_right", "diastolic_right"),
    ),
    RecordCheck(
        "至少填写一侧血压",
        on=f,
        holds=(f.systolic_left.is_known() & f.diastolic_left.is_known())
        | (f.systolic_right.is_known() & f.diastolic_right.is_known()),
        then=BLOCK,
        fields=("systolic_left",),
        source="physical_exam.md §4 exam.bp_sides_required",
    ),
    RecordCheck(
        "两侧收缩压相差超过20mmHg，请核对",
        on=f,
        holds=(f.systolic_left - f.systolic_right <= 20) & (f.systolic_right - f.systolic_left <= 20),
        then=ASK,
        fields=("systolic_left", "systolic_right"),
    ),
    RecordCheck(
        "荤素均衡、荤食为主、素食为主只能选一项",
        on=f,
        holds=count_true(*(f.diet_habits.has(code) for code in ("1", "2", "3"))) <= 1,
        then=BLOCK,
        fields=("diet_habits",),
    ),
    RecordCheck(
        "从不吸烟，不应填写日吸烟量、开始吸烟年龄或戒烟年龄",
        on=f,
        holds=~(
            (f.smoking_status == "1")
            & (
                f.cigarettes_per_day.is_known()
                | f.smoking_start_age.is_known()
                | f.smoking_quit_age.is_known()
            )
        ),
        then=BLOCK,
        fields=("smoking_status", "cigarettes_per_day"),
        source="physical_exam.md §3 vector 9",
    ),
    RecordCheck(
        "开始吸烟年龄不应大于年龄",
        on=f,
        holds=f.smoking_start_age <= AGE,
        then=BLOCK,
        fields=("smoking_start_age",),
    ),
    RecordCheck(
        "戒烟年龄应在开始吸烟年龄与年龄之间",
        on=f,
        holds=(f.smoking_quit_age <= AGE) & (f.smoking_quit_age >= f.smoking_start_age),
        then=BLOCK,
        fields=("smoking_quit_age",),
    ),
    RecordCheck(
        "开始饮酒年龄不应大于年龄",
        on=f,
        holds=f.drinking_start_age <= AGE,
        then=BLOCK,
        fields=("drinking_start_age",),
    ),
    RecordCheck(
        "戒酒年龄不应大于年龄",
        on=f,
        holds=f.drinking_quit_age <= AGE,
        then=BLOCK,
        fields=("drinking_quit_age",),
    ),
    RecordCheck(
        "坚持锻炼年数不应大于年龄",
        on=f,
        holds=f.exercise_years <= AGE,
        then=BLOCK,
        fields=("exercise_years",),
    ),
    RecordCheck(
        "妇科检查项目只适用于女性",
        on=f,
        holds=~((SEX == MALE) & any_of(*(field.is_known() for field in GYNAECOLOGY))),
        then=BLOCK,
        code="QB007",
        fields=tuple(field.name for field in GYNAECOLOGY),
    ),
    RecordCheck(
        "前列腺异常只适用于男性",
        on=f,
        holds=~((SEX == FEMALE) & f.rectal_exam.has("4")),
        then=BLOCK,
        code="QB007",
        fields=("rectal_exam",),
    ),
    RecordCheck(
        "结合胆红素不应高于总胆红素",
        on=f,
        holds=f.direct_bilirubin <= f.total_bilirubin,
        then=BLOCK,
        fields=("direct_bilirubin",),
    ),
    RecordCheck(
        "空腹血糖只填一种单位",
        on=f,
        holds=count_true(f.fasting_glucose.is_known(), f.fasting_glucose_mg.is_known()) <= 1,
        then=BLOCK,
        fields=("fasting_glucose", "fasting_glucose_mg"),
    ),
    RecordCheck(
        "出院日期不应早于入院日期",
        on=f,
        holds=rows_count(
            f.hospitalizations, where=Hospitalization.discharged_on < Hospitalization.admitted_on
        )
        == 0,
        then=BLOCK,
        fields=("hospitalizations",),
    ),
    RecordCheck(
        "撤床日期不应早于建床日期",
        on=f,
        holds=rows_count(f.home_beds, where=HomeBed.closed_on < HomeBed.opened_on) == 0,
        then=BLOCK,
        fields=("home_beds",),
    ),
    RecordCheck(
        "有异常结果，健康评价不应为“体检无异常”",
        on=f,
        holds=~((f.assessment == "1") & examination.abnormal),
        then=WARN,
        code="QB005",
        fields=("assessment",),
        source="physical_exam.md PE2",
    ),
    RecordCheck(
        "吸烟者应指导戒烟",
        on=f,
        holds=~((f.smoking_status == "3") & ~f.risk_control.has("1").if_missing(False)),
        then=WARN,
        code="QB008",
        fields=("risk_control",),
        source="physical_exam.md PE3",
    ),
    RecordCheck(
        "经常或每天饮酒者应指导健康饮酒",
        on=f,
        holds=~(f.drinking_frequency.is_in("3", "4") & ~f.risk_control.has("2").if_missing(False)),
        then=WARN,
        code="QB008",
        fields=("risk_control",),
        source="physical_exam.md PE3",
    ),
    RecordCheck(
        "嗜盐、嗜油或嗜糖者应指导饮食",
        on=f,
        holds=~(f.diet_habits.has_any("4", "5", "6") & ~f.risk_control.has("3").if_missing(False)),
        then=WARN,
        code="QB008",
        fields=("risk_control",),
        source="physical_exam.md PE3",
    ),
    RecordCheck(
        "偶尔锻炼或不锻炼者应指导锻炼",
        on=f,
        holds=~(f.exercise_frequency.is_in("3", "4") & ~f.risk_control.has("4").if_missing(False)),
        then=WARN,
        code="QB008",
        fields=("risk_control",),
        source="physical_exam.md PE3",
    ),
    RecordCheck(
        "超重或肥胖者应指导减体重",
        on=f,
        holds=~(examination.overweight & ~f.risk_control.has("5").if_missing(False)),
        then=WARN,
        code="QB008",
        fields=("risk_control",),
        source="physical_exam.md PE3",
    ),
    RecordCheck(
        "减体重目标应低于当前体重",
        on=f,
        holds=f.target_weight < f.weight,
        then=WARN,
        code="QB009",
        fields=("target_weight",),
        source="physical_exam.md PE4",
    ),
    RecordCheck(
        "成人身高与上次相差超过3cm，请核对",
        on=f,
        holds=(AGE < 20) | ((f.height - previous(f.height) <= 3) & (previous(f.height) - f.height <= 3)),
        then=ASK,
        code="QB015",
        fields=("height",),
    ),
    RecordCheck(
        "体重与上次相差超过10kg，请核对",
        on=f,
        holds=(f.weight - previous(f.weight) <= 10) & (previous(f.weight) - f.weight <= 10),
        then=ASK,
        fields=("weight",),
    ),
    RecordCheck(
        "反馈日期不应早于体检日期",
        on=f,
        holds=f.reported_on >= f.done_on,
        then=BLOCK,
        fields=("reported_on",),
    ),
    RecordCheck(
        "0～6岁儿童不填个人基本信息表",
        on=b,
        holds=AGE >= Parameter("record.basic_form_from_age"),
        then=WARN,
        fields=("done_on",),
        source="records.md §4 填表说明",
    ),
    RecordCheck(
        "不满15岁，婚姻状况应为未婚",
        on=b,
        holds=(AGE >= 15) | (b.marital_status == "1"),
        then=ASK,
        code="QA019",
        fields=("marital_status",),
    ),
    RecordCheck(
        "不满14岁，职业请核对",
        on=b,
        holds=(AGE >= 14) | b.occupation.is_in("7", "8"),
        then=ASK,
        code="QA020",
        fields=("occupation",),
    ),
    RecordCheck(
        "文化程度与年龄不符，请核对",
        on=b,
        holds=~(((AGE < 17) & b.education.is_in("1", "2", "3")) | ((AGE < 11) & (b.education == "7"))),
        then=ASK,
        code="QA021",
        fields=("education",),
    ),
    RecordCheck(
        "填了残疾证号，残疾情况却为无",
        on=b,
        holds=~(b.disabilities.has("1") & b.disability_certificate.is_known()),
        then=WARN,
        code="QA022",
        fields=("disabilities", "disability_certificate"),
    ),
)
