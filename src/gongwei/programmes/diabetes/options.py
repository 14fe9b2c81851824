"""Value lists of 2型糖尿病患者随访服务记录表 (diabetes.md §3; third edition, 2017)."""

from gongwei.language import Options

THIRD_EDITION = "规范(第三版) 2型糖尿病患者健康管理服务 附件 2型糖尿病患者随访服务记录表"
DESIGN = "diabetes.md §4 [D]: electronic only"


def _list(title: str, *labels: str, exclusive: tuple[str, ...] = (), source: str = THIRD_EDITION) -> Options:
    """A value list whose codes are 1, 2, 3 ... in the order printed."""
    return Options(
        title, {str(i): label for i, label in enumerate(labels, 1)}, exclusive=exclusive, source=source
    )


MODES = _list("随访方式", "门诊", "家庭", "电话", "网络")
CLINIC, HOME, TELEPHONE, ONLINE = "1", "2", "3", "4"
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
GOOD_FAIR_POOR = _list("良好一般差", "良好", "一般", "差")
ADHERENCE = _list("服药依从性", "规律", "间断", "不服药")
NONE_OR_SOME = _list("有无", "无", "有")
REACTED = "2"
HYPOGLYCAEMIA = _list("低血糖反应", "无", "偶尔", "频繁")
FREQUENT = "3"
OUTCOMES = Options(
    "此次随访分类",
    {"1": "控制满意", "2": "控制不满意", "3": "不良反应", "4": "并发症"},
    standard="CV05.10.012",
    source=THIRD_EDITION,
)
SATISFACTORY, UNSATISFACTORY, ADVERSE_REACTION, COMPLICATION = "1", "2", "3", "4"
COMPLICATIONS = Options(
    "糖尿病并发症",
    {"0": "无", "1": "新出现并发症", "2": "原有并发症加重"},
    source="diabetes.md §4 D2 [D]: asked so that the rule can say 4并发症",
)
NEW_COMPLICATION, WORSE_COMPLICATION = "1", "2"
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
REFERRAL_REASONS = Options(
    "糖尿病转诊原因",
    {
        "1": "连续两次空腹血糖控制不满意",
        "2": "药物不良反应难以控制",
        "3": "出现新的并发症",
        "4": "原有并发症加重",
        "5": "危急情况",
    },
    source="code_tables.md §4 [S]",
)
NEXT_STEPS = Options(
    "下一步管理措施",
    {"1": "常规随访", "2": "第1次控制不满意2周随访", "3": "两次控制不满意转诊随访", "4": "紧急转诊"},
    source="diabetes.md §3 [S:NEXT]: newer provincial forms",
)
REFERRAL_RESULTS = Options("转诊结果", {"1": "到位", "2": "不到位"}, source="hypertension.md §3 [S:ZY]")
RESULTS = Options(
    "随访结果",
    {"1": "完成", "2": "失访", "3": "死亡", "4": "拒访"},
    source="hypertension.md §3 [K]: lost or dead is written at 随访日期",
)
DONE, LOST, DEAD, REFUSED = "1", "2", "3", "4"
DOSE_UNITS = Options("剂量单位", {"1": "mg", "2": "片", "3": "粒", "4": "ml", "5": "其他"}, source=DESIGN)

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
END_REASONS = Options(
    "结束管理原因",
    {"1": "死亡", "2": "迁出", "3": "失访", "4": "拒绝", "9": "其他"},
    source="code_tables.md §5 [S]",
)
