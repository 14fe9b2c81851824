"""Value lists of the hypertension forms alone (hypertension.md §3), with the codes printed on the form."""

from gongwei.language import Options
from gongwei.programmes.health_record.chronic_care.options import referral_reasons

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

SALT = Options("摄盐情况", {"1": "轻", "2": "中", "3": "重"})
LIGHT, MIDDLE, HEAVY = "1", "2", "3"

REFERRAL_REASONS = referral_reasons("转诊原因", "连续两次控制不满意")

RISKS = Options("心血管风险分层", {"1": "低危", "2": "中危", "3": "高危", "4": "很高危"})
KINDS = Options("高血压类型", {"1": "原发性", "2": "继发性", "3": "妊娠期"})
ESSENTIAL = "1"


OCCASIONS = Options(
    "测量情形",
    {"1": "本年首诊", "2": "非同日复测", "3": "其他测量"},
    source="hypertension.md §1 screening [D]: electronic only",
)
FIRST_OF_THE_YEAR, RECHECK = "1", "2"
NOT_MEASURED = Options(
    "未测血压原因",
    {"1": "本人拒绝", "2": "病情紧急", "3": "设备原因", "9": "其他"},
    source="[D]: electronic only",
)
CONFIRMATIONS = Options(
    "转诊确诊结果",
    {"1": "原发性高血压", "2": "继发性高血压", "3": "未确诊为高血压"},
    source=f"{KINDS.title}；hypertension.md §1：确诊原发性高血压者纳入管理",
)
RISK_FACTORS = Options(
    "高血压高危因素",
    {
        "1": "血压高值（收缩压130～139mmHg和/或舒张压85～89mmHg）",
        "2": "超重或肥胖，和（或）腹型肥胖",
        "3": "高血压家族史（一、二级亲属）",
        "4": "长期膳食高盐",
        "5": "长期过量饮酒（每日饮白酒≥100ml）",
        "6": "年龄≥55岁",
    },
    source="规范（第三版）高血压患者健康管理 二（一）3 高危人群",
)
GUIDANCE = Options(
    "高血压高危人群生活方式指导",
    {
        "1": "减少食盐",
        "2": "控制体重",
        "3": "戒烟",
        "4": "限制饮酒",
        "5": "规律运动",
        "6": "心理平衡",
        "7": "其他",
    },
    source="[D]: electronic only",
)
