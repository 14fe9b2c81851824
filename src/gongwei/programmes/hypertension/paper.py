"""高血压患者随访服务记录表 as it is printed in the third edition: four contacts side by side on one A4 page."""

from gongwei.interfaces.print.words import Blank, Boxes, EachRow, Options, Paper, Row, Said
from gongwei.programmes.health_record.chronic_care import paper
from gongwei.programmes.hypertension.forms import Examination, FollowUp

FOLLOW_UP = Paper(
    FollowUp,
    columns=4,
    pad=1.15,
    rows=(
        *paper.head(FollowUp),
        paper.signs(FollowUp, Row("心率（次/分钟）", Blank(FollowUp.heart_rate))),
        paper.life_style(
            FollowUp,
            Row(
                "摄盐情况（咸淡）",
                Options(FollowUp.salt),
                "  ",
                Boxes(FollowUp.salt),
                " / ",
                Boxes(FollowUp.salt_goal),
            ),
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
        paper.medication(FollowUp),
        *paper.foot(FollowUp),
    ),
)

PAPERS = (FOLLOW_UP,)
