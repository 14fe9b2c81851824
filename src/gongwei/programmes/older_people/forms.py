"""Forms of 老年人健康管理 (elderly.md §3). The yearly exam is the 健康体检表 of the health record."""

from gongwei.language import Choice, Date, Form, Options, Person, Quantity, case, code_of
from gongwei.language.record_nodes import Literal

SOURCE = "规范(第三版) 老年人健康管理服务 附件 老年人生活自理能力评估表"

# The code of an option is its score on the form; 轻度依赖 of 进餐 and 穿衣 is printed as — with score 0, so it cannot
# be told from 可自理. 1 for these two is a local variant, refused (self_care.local_light_score).
EATING = Options(
    "进餐", {"0": "独立完成", "3": "需要协助，如切碎、搅拌食物等", "5": "完全需要帮助"}, source=SOURCE
)
GROOMING = Options(
    "梳洗",
    {
        "0": "独立完成",
        "1": "能独立地洗头、梳头、洗脸、刷牙、剃须等；洗澡需要协助",
        "3": "在协助下和适当的时间内，能完成部分梳洗活动",
        "7": "完全需要帮助",
    },
    source=SOURCE,
)
DRESSING = Options(
    "穿衣", {"0": "独立完成", "3": "需要协助，在适当的时间内完成部分穿衣", "5": "完全需要帮助"}, source=SOURCE
)
TOILETING = Options(
    "如厕",
    {
        "0": "不需协助，可自控",
        "1": "偶尔失禁，但基本上能如厕或使用便具",
        "5": "经常失禁，在很多提示和协助下尚能如厕或使用便具",
        "10": "完全失禁，完全需要帮助",
    },
    source=SOURCE,
)
MOBILITY = Options(
    "活动",
    {
        "0": "独立完成所有活动",
        "1": "借助较小的外力或辅助装置能完成站立、行走、上下楼梯等",
        "5": "借助较大的外力才能完成站立、行走，不能上下楼梯",
        "10": "卧床不起，活动完全需要帮助",
    },
    source=SOURCE,
)
LEVELS = Options(
    "自理能力等级",
    {
        "1": "可自理（0～3分）",
        "2": "轻度依赖（4～8分）",
        "3": "中度依赖（9～18分）",
        "4": "不能自理（≥19分）",
    },
    source=SOURCE,
)


LEVELS_BY_CODE = {code: Literal(code, code_of(LEVELS)) for code in LEVELS.codes}


def _score(question: Choice) -> object:
    """The score of the option chosen; missing when the question was not answered."""
    return case(*((question == code, int(code)) for code in question.options.codes))


class SelfCareAssessment(Form):
    """老年人生活自理能力评估表: five activities, 0 to 37 points; the level also stands in the exam form."""

    code, title = "self_care_assessment", "老年人生活自理能力评估表"
    source = SOURCE
    fill_notes = "根据各项评分之和判断：0～3分可自理；4～8分轻度依赖；9～18分中度依赖；≥19分不能自理。"

    done_on = Date("评估日期", required=True)
    eating = Choice("进餐：使用餐具将饭菜送入口、咀嚼、吞咽等活动", EATING, required=True, section="评估事项")
    grooming = Choice("梳洗：梳头、洗脸、刷牙、剃须、洗澡等活动", GROOMING, required=True, section="评估事项")
    dressing = Choice("穿衣：穿衣裤、袜子、鞋子等活动", DRESSING, required=True, section="评估事项")
    toileting = Choice("如厕：小便、大便等活动及自控", TOILETING, required=True, section="评估事项")
    mobility = Choice("活动：站立、室内行走、上下楼梯、户外活动", MOBILITY, required=True, section="评估事项")
    total = Quantity(
        "总评分",
        unit="分",
        between=(0, 37),
        computed=_score(eating) + _score(grooming) + _score(dressing) + _score(toileting) + _score(mobility),
        section="评分",
    )
    level = Choice(
        "等级",
        LEVELS,
        computed=case(
            (total <= 3, LEVELS_BY_CODE["1"]),
            (total <= 8, LEVELS_BY_CODE["2"]),
            (total <= 18, LEVELS_BY_CODE["3"]),
            (total >= 19, LEVELS_BY_CODE["4"]),
        ),
        section="评分",
    )
    assessor = Person("评估医师", required=True, section="签名")
