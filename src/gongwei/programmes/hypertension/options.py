"""Value lists of the hypertension forms (hypertension.md §3). Codes are those printed on the form."""

from gongwei.language import Options

MODES = Options("随访方式", {"1": "门诊", "2": "家庭", "3": "电话", "4": "网络"})
CLINIC, HOME, TELEPHONE, ONLINE = "1", "2", "3", "4"

SYMPTOMS = Options(
    "症状",
    {
        "1": "无症状",
        "2": "头痛头晕",
        "3": "恶心呕吐",
        "4": "眼花耳鸣",
        "5": "呼吸困难",
        "6": "心悸胸闷",
        "7": "鼻衄出血不止",
        "8": "四肢发麻",
        "9": "下肢水肿",
        "10": "其他",
    },
    exclusive=("1",),
)
OTHER_SYMPTOM = "10"

DANGER_SIGNS = Options(
    "危急情况",
    {
        "0": "无",
        "1": "意识改变",
        "2": "剧烈头痛或头晕",
        "3": "恶心呕吐",
        "4": "视力模糊",
        "5": "眼痛",
        "6": "心悸",
        "7": "胸闷",
        "8": "喘憋不能平卧",
        "9": "妊娠期或哺乳期血压高于正常",
        "10": "存在不能处理的其他疾病",
    },
    exclusive=("0",),
)
SIGNS_OF_DANGER = tuple(code for code in DANGER_SIGNS.codes if code != "0")

COMPLICATIONS = Options("并发症", {"0": "无", "1": "新出现并发症", "2": "原有并发症加重"})
NEW_COMPLICATION, WORSE_COMPLICATION = "1", "2"

SALT = Options("摄盐情况", {"1": "轻", "2": "中", "3": "重"})
LIGHT, MIDDLE, HEAVY = "1", "2", "3"
GRADES = Options("良好程度", {"1": "良好", "2": "一般", "3": "差"})
ADHERENCE = Options("服药依从性", {"1": "规律", "2": "间断", "3": "不服药"})
REGULAR, INTERMITTENT, NOT_TAKEN = "1", "2", "3"
REACTIONS = Options("药物不良反应", {"1": "无", "2": "有"})
NO_REACTION, REACTED = "1", "2"

OUTCOMES = Options("此次随访分类", {"1": "控制满意", "2": "控制不满意", "3": "不良反应", "4": "并发症"})
SATISFACTORY, UNSATISFACTORY, ADVERSE_REACTION, COMPLICATION = "1", "2", "3", "4"

REFERRAL_REASONS = Options(
    "转诊原因",
    {
        "1": "连续两次控制不满意",
        "2": "药物不良反应难以控制",
        "3": "出现新的并发症",
        "4": "原有并发症加重",
        "5": "危急情况",
    },
)
NEXT_STEPS = Options(
    "下一步管理措施",
    {"1": "常规随访", "2": "第1次控制不满意2周随访", "3": "两次控制不满意转诊随访", "4": "紧急转诊"},
)
ARRIVALS = Options("转诊结果", {"1": "到位", "2": "不到位"})
RESULTS = Options("随访结果", {"1": "完成", "2": "失访", "3": "死亡", "4": "拒访"})
DONE, LOST, DEAD, REFUSED = "1", "2", "3", "4"
DOSE_UNITS = Options("剂量单位", {"1": "mg", "2": "片", "3": "粒", "4": "ml", "5": "其他"})

RISKS = Options("心血管风险分层", {"1": "低危", "2": "中危", "3": "高危", "4": "很高危"})
KINDS = Options("高血压类型", {"1": "原发性", "2": "继发性", "3": "妊娠期"})
ESSENTIAL = "1"
END_REASONS = Options("终止管理原因", {"1": "死亡", "2": "迁出", "3": "失访", "4": "拒绝", "9": "其他"})
