"""高血压患者随访服务记录表 as it is printed in the third edition: four contacts side by side on one A4 page."""

from gongwei.interfaces.print.words import Blank, Boxes, EachRow, Group, Options, Paper, Row, Said
from gongwei.programmes.health_record.chronic_care.items import Medication
from gongwei.programmes.hypertension.forms import Examination, FollowUp

FOLLOW_UP = Paper(
    FollowUp,
    columns=4,
    pad=1.15,
    rows=(
        Row("随访日期", FollowUp.done_on),
        Row("随访方式", FollowUp.mode),
        Row(
            "症状",
            Boxes(FollowUp.symptoms, 8),
            "\n其他：",
            FollowUp.symptoms_other,
            legend=(Options(FollowUp.symptoms),),
        ),
        Group(
            "体征",
            Row("血压（mmHg）", Blank(FollowUp.systolic), " / ", Blank(FollowUp.diastolic)),
            Row("体重（kg）", Blank(FollowUp.weight), " / ", Blank(FollowUp.weight_goal)),
            Row("体质指数（BMI）\n（kg/m²）", Blank(FollowUp.bmi), " / ", Blank(FollowUp.bmi_goal)),
            Row("心率（次/分钟）", Blank(FollowUp.heart_rate)),
            Row("其他", Blank(FollowUp.signs_other)),
        ),
        Group(
            "生活方式指导",
            Row("日吸烟量（支）", Blank(FollowUp.cigarettes), " / ", Blank(FollowUp.cigarettes_goal)),
            Row("日饮酒量（两）", Blank(FollowUp.alcohol_liang), " / ", Blank(FollowUp.alcohol_liang_goal)),
            Row(
                "运动",
                Blank(FollowUp.exercise_per_week, 6),
                "次/周 ",
                Blank(FollowUp.exercise_minutes, 6),
                "分钟/次\n",
                Blank(FollowUp.exercise_per_week_goal, 6),
                "次/周 ",
                Blank(FollowUp.exercise_minutes_goal, 6),
                "分钟/次",
            ),
            Row(
                "摄盐情况（咸淡）",
                Options(FollowUp.salt),
                "  ",
                Boxes(FollowUp.salt),
                " / ",
                Boxes(FollowUp.salt_goal),
            ),
            Row("心理调整", FollowUp.psychological_adjustment),
            Row("遵医行为", FollowUp.compliance),
        ),
        EachRow(
            FollowUp.tests,
            1,
            Row(
                "辅助检查*",
                Said(Examination.name, 14),
                " ",
                Said(Examination.result, 14),
                "\n",
                Said(Examination.examined_on),
                " ",
                Said(Examination.institution),
            ),
        ),
        Row("服药依从性", FollowUp.medication_adherence),
        Row("药物不良反应", FollowUp.adverse_reaction),
        Row("此次随访分类", FollowUp.outcome),
        Group(
            "用药情况",
            EachRow(
                FollowUp.medications,
                3,
                Row("药物名称{n}", Said(Medication.name, 26)),
                Row(
                    "用法用量",
                    "每日",
                    Blank(Medication.times_a_day, 5),
                    "次 每次",
                    Blank(Medication.dose, 6),
                    Said(Medication.dose_unit, 5),
                ),
            ),
        ),
        Group(
            "转诊",
            Row("原因", FollowUp.referral_reason),
            Row("机构及科别", Said(FollowUp.referral_to, 26)),
        ),
        Row("下次随访日期", FollowUp.next_due_on),
        Row("随访医生签名", FollowUp.responsible_doctor),
    ),
)

PAPERS = (FOLLOW_UP,)
