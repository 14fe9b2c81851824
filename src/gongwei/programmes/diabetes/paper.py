"""2型糖尿病患者随访服务记录表 as it is printed in the third edition: four contacts side by side on one A4 page."""

from gongwei.interfaces.print.words import Blank, Boxes, EachRow, Group, Options, Paper, Row, Said
from gongwei.programmes.diabetes.forms import FollowUp, Insulin, LaboratoryTest
from gongwei.programmes.health_record.chronic_care.items import Medication

FOLLOW_UP = Paper(
    FollowUp,
    columns=4,
    pad=0.8,
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
            Row(
                "足背动脉搏动",
                FollowUp.dorsalis_pedis,
                "\n侧别：",
                Options(FollowUp.dorsalis_pedis_side),
                " ",
                Boxes(FollowUp.dorsalis_pedis_side),
            ),
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
            Row("主食（克/天）", Blank(FollowUp.staple_food), " / ", Blank(FollowUp.staple_food_goal)),
            Row("心理调整", FollowUp.psychological_adjustment),
            Row("遵医行为", FollowUp.compliance),
        ),
        Group(
            "辅助检查",
            Row("空腹血糖值", Blank(FollowUp.fasting_glucose), "mmol/L"),
            Row("其他检查*", "糖化血红蛋白", Blank(FollowUp.hba1c, 7), "%\n检查日期：", FollowUp.hba1c_date),
            EachRow(
                FollowUp.tests,
                1,
                Row(
                    "",
                    Said(LaboratoryTest.test_name, 12),
                    Said(LaboratoryTest.value, 8),
                    Said(LaboratoryTest.tested_on, 8),
                ),
            ),
        ),
        Row("服药依从性", FollowUp.medication_adherence),
        Row("药物不良反应", FollowUp.adverse_reaction),
        Row("低血糖反应", FollowUp.hypoglycaemia),
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
            EachRow(
                FollowUp.insulin,
                1,
                Row(
                    "胰岛素",
                    "种类：",
                    Said(Insulin.insulin_kind, 20),
                    "\n用法和用量：",
                    Said(Insulin.usage, 10),
                    Blank(Insulin.units_per_day, 5),
                    "U",
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
