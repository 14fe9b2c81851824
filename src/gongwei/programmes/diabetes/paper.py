"""2型糖尿病患者随访服务记录表 as it is printed in the third edition: four contacts side by side on one A4 page."""

from gongwei.interfaces.print.words import Blank, Boxes, EachRow, Group, Options, Paper, Row, Said
from gongwei.programmes.diabetes.forms import FollowUp, Insulin, LaboratoryTest
from gongwei.programmes.health_record.chronic_care import paper

FOLLOW_UP = Paper(
    FollowUp,
    columns=4,
    pad=0.8,
    rows=(
        *paper.head(FollowUp),
        paper.signs(
            FollowUp,
            Row(
                "足背动脉搏动",
                FollowUp.dorsalis_pedis,
                "\n侧别：",
                Options(FollowUp.dorsalis_pedis_side),
                " ",
                Boxes(FollowUp.dorsalis_pedis_side),
            ),
        ),
        paper.life_style(
            FollowUp,
            Row("主食（克/天）", Blank(FollowUp.staple_food), " / ", Blank(FollowUp.staple_food_goal)),
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
        paper.medication(
            FollowUp,
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
        *paper.foot(FollowUp),
    ),
)

PAPERS = (FOLLOW_UP,)
