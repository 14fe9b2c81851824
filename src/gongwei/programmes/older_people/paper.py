"""老年人生活自理能力评估表: five questions with the four degrees as columns, the score written at the right."""

from gongwei.interfaces.print.words import Paper, Row, Scale
from gongwei.programmes.older_people.forms import SelfCareAssessment as Form

SELF_CARE = Paper(
    Form,
    scale=("评估事项、内容与评分", "可自理", "轻度依赖", "中度依赖", "不能自理", "判断评分"),
    widths=(8, 30),
    size=9,
    pad=2,
    rows=(
        Scale(Form.eating, ("0", None, "3", "5")),
        Scale(Form.grooming, ("0", "1", "3", "7")),
        Scale(Form.dressing, ("0", None, "3", "5")),
        Scale(Form.toileting, ("0", "1", "5", "10")),
        Scale(Form.mobility, ("0", "1", "5", "10")),
        Row("总评分", Form.total),
    ),
    after=("评估结果：", Form.level, "\n评估日期：", Form.done_on, "　　评估医师：", Form.assessor),
)

PAPERS = (SELF_CARE,)
