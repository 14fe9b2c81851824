"""Value lists that stand with the same codes on the follow-up forms of every chronic disease (hypertension.md §3)."""

from gongwei.language import Options

MODES = Options("随访方式", {"1": "门诊", "2": "家庭", "3": "电话", "4": "网络"})
CLINIC, HOME, TELEPHONE, ONLINE = "1", "2", "3", "4"

RESULTS = Options(
    "随访结果",
    {"1": "完成", "2": "失访", "3": "死亡", "4": "拒访"},
    source="hypertension.md §3 [K]: lost or dead is written at 随访日期",
)
DONE, LOST, DEAD, REFUSED = "1", "2", "3", "4"

GRADES = Options("良好程度", {"1": "良好", "2": "一般", "3": "差"})
NONE_OR_SOME = Options("有无", {"1": "无", "2": "有"})
NONE, SOME = "1", "2"

ADHERENCE = Options("服药依从性", {"1": "规律", "2": "间断", "3": "不服药"})
REGULAR, INTERMITTENT, NOT_TAKEN = "1", "2", "3"
DOSE_UNITS = Options(
    "剂量单位", {"1": "mg", "2": "片", "3": "粒", "4": "ml", "5": "其他"}, source="[D]: electronic only"
)

COMPLICATIONS = Options(
    "并发症",
    {"0": "无", "1": "新出现并发症", "2": "原有并发症加重"},
    source="hypertension.md §4 H2, diabetes.md §4 D2 [D]: asked so that the rule can say 4并发症",
)
NEW_COMPLICATION, WORSE_COMPLICATION = "1", "2"

OUTCOMES = Options(
    "此次随访分类",
    {"1": "控制满意", "2": "控制不满意", "3": "不良反应", "4": "并发症"},
    standard="CV05.10.012",
)
SATISFACTORY, UNSATISFACTORY, ADVERSE_REACTION, COMPLICATION = "1", "2", "3", "4"

NEXT_STEPS = Options(
    "下一步管理措施",
    {"1": "常规随访", "2": "第1次控制不满意2周随访", "3": "两次控制不满意转诊随访", "4": "紧急转诊"},
    source="hypertension.md §3 [S:NEXT]: newer provincial forms",
)
ROUTINE, SECOND_WEEK, REFERRED, REFERRED_URGENTLY = "1", "2", "3", "4"

ARRIVALS = Options("转诊结果", {"1": "到位", "2": "不到位"}, source="hypertension.md §3 [S:ZY]")


TWICE_UNCONTROLLED, UNMANAGEABLE_REACTION, FOR_NEW_COMPLICATION = "1", "2", "3"
FOR_WORSE_COMPLICATION, FOR_EMERGENCY = "4", "5"


def referral_reasons(title: str, twice_uncontrolled: str) -> Options:
    """转诊原因: the five reasons of the decision table; the first is worded for the disease (code_tables.md §4)."""
    return Options(
        title,
        {
            TWICE_UNCONTROLLED: twice_uncontrolled,
            UNMANAGEABLE_REACTION: "药物不良反应难以控制",
            FOR_NEW_COMPLICATION: "出现新的并发症",
            FOR_WORSE_COMPLICATION: "原有并发症加重",
            FOR_EMERGENCY: "危急情况",
        },
        source="code_tables.md §4 [S]",
    )


END_REASONS = Options(
    "终止管理原因",
    {"1": "死亡", "2": "迁出", "3": "失访", "4": "拒绝", "5": "诊断撤销", "9": "其他"},
    source="code_tables.md §5 [S]; 5 诊断撤销 is ours [D]: a diagnosis may turn out wrong",
)
