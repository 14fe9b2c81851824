"""Value lists of 2型糖尿病患者随访服务记录表 alone (diabetes.md §3; third edition, 2017)."""

from gongwei.language import Options
from gongwei.programmes.health_record.chronic_care.options import referral_reasons

THIRD_EDITION = "规范(第三版) 2型糖尿病患者健康管理服务 附件 2型糖尿病患者随访服务记录表"
DESIGN = "diabetes.md §4 [D]: electronic only"


def _list(title: str, *labels: str, exclusive: tuple[str, ...] = (), source: str = THIRD_EDITION) -> Options:
    """A value list whose codes are 1, 2, 3 ... in the order printed."""
    return Options(
        title, {str(i): label for i, label in enumerate(labels, 1)}, exclusive=exclusive, source=source
    )


SYMPTOMS = _list(
    "糖尿病随访症状",
    "无症状",
    "多饮",
    "多食",
    "多尿",
    "视力模糊",
    "感染",
    "手脚麻木",
    "下肢浮肿",
    "体重明显下降",
    "其他",
    exclusive=("1",),
)
FOOT_PULSE = _list("足背动脉搏动（随访）", "触及正常", "减弱", "消失")
FOOT_PULSE_SIDE = _list("足背动脉搏动侧别", "双侧", "左侧", "右侧")
HYPOGLYCAEMIA = _list("低血糖反应", "无", "偶尔", "频繁")
FREQUENT = "3"
DANGER_SIGNS = Options(
    "糖尿病危急情况",
    {
        "0": "无",
        "1": "意识或行为改变",
        "2": "呼气有烂苹果样丙酮味",
        "3": "心悸、出汗",
        "4": "食欲减退、恶心、呕吐",
        "5": "多饮、多尿、腹痛",
        "6": "深大呼吸、皮肤潮红",
        "7": "持续性心动过速（心率＞100次/分）",
        "8": "体温＞39℃",
        "9": "视力骤降",
        "10": "妊娠期或哺乳期血糖高于正常",
        "11": "其他不能处理的情况",
    },
    exclusive=("0",),
    source=DESIGN,
)
SIGNS_OF_DANGER = tuple(code for code in DANGER_SIGNS.codes if code != "0")
GLUCOSE_SAMPLES = Options("血糖样本", {"1": "末梢血", "2": "静脉血浆"}, source="diabetes.md §6 [S:HIS]")
REFERRAL_REASONS = referral_reasons("糖尿病转诊原因", "连续两次空腹血糖控制不满意")

RISK_FACTORS = Options(
    "糖尿病高危因素",
    {
        "1": "年龄≥40岁",
        "2": "有空腹血糖受损或糖耐量减低史",
        "3": "超重、肥胖或中心型肥胖",
        "4": "一级亲属有2型糖尿病",
        "5": "缺乏体力活动",
        "6": "有妊娠期糖尿病或巨大儿分娩史",
        "7": "多囊卵巢综合征",
        "8": "高血压或正在降压治疗",
        "9": "血脂异常或正在调脂治疗",
        "10": "动脉粥样硬化性心血管疾病",
        "11": "有类固醇糖尿病史",
        "12": "长期使用抗精神病药或抗抑郁药",
    },
    source="diabetes.md §1 [S:HIS] list, [K]",
)
DIABETES_TYPES = Options(
    "糖尿病分型",
    {"1": "1型", "2": "2型", "3": "妊娠期", "4": "其他特殊类型"},
    source="diabetes.md §1: only type 2 is managed and counted",
)
TYPE_2 = "2"
