"""Value lists of 健康体检表 (third edition, 2017): the codes as printed on the form, in its order."""

from gongwei.language import Options

THIRD_EDITION = "规范(第三版) 居民健康档案管理服务 附件 健康体检表"


def _list(title: str, *labels: str, exclusive: tuple[str, ...] = ()) -> Options:
    """A value list whose codes are 1, 2, 3 ... in the order printed."""
    return Options(
        title, {str(i): label for i, label in enumerate(labels, 1)}, exclusive=exclusive, source=THIRD_EDITION
    )


NORMAL_OR_NOT = _list("正常异常", "正常", "异常")
NONE_OR_SOME = _list("有无", "无", "有")
NO_OR_YES = _list("是否", "否", "是")
YES_OR_NO = _list("是否（是在前）", "是", "否")
NEGATIVE_OR_POSITIVE = _list("阴性阳性", "阴性", "阳性")
NOTHING_OR_ABNORMAL = _list("未见异常", "未见异常", "异常")

GROUPS = _list("体检人群", "新建档", "老年人", "高血压", "糖尿病", "严重精神障碍")

_SYMPTOM_NAMES = (
    "无症状 头痛 头晕 心悸 胸闷 胸痛 慢性咳嗽 咳痰 呼吸困难 多饮 多尿 体重下降 乏力 关节肿痛 视力模糊 "
    "手脚麻木 尿急 尿痛 便秘 腹泻 恶心呕吐 眼花 耳鸣 乳房胀痛 其他"
)
SYMPTOMS = Options(
    "体检症状",
    {f"{number:02d}": label for number, label in enumerate(_SYMPTOM_NAMES.split(), start=1)},
    exclusive=("01",),
    source=THIRD_EDITION,
)

SELF_RATED_HEALTH = _list("老年人健康状态自我评估", "满意", "基本满意", "说不清楚", "不太满意", "不满意")
SELF_CARE_LEVELS = _list(
    "老年人生活自理能力自我评估",
    "可自理（0～3分）",
    "轻度依赖（4～8分）",
    "中度依赖（9～18分）",
    "不能自理（≥19分）",
)
SCREENING = _list("粗筛", "粗筛阴性", "粗筛阳性")

EXERCISE_FREQUENCY = _list("锻炼频率", "每天", "每周一次以上", "偶尔", "不锻炼")
DIET_HABITS = _list("饮食习惯", "荤素均衡", "荤食为主", "素食为主", "嗜盐", "嗜油", "嗜糖")
SMOKING_STATUS = _list("吸烟状况", "从不吸烟", "已戒烟", "吸烟")
DRINKING_FREQUENCY = _list("饮酒频率", "从不", "偶尔", "经常", "每天")
DRINKING_QUIT = _list("是否戒酒", "未戒酒", "已戒酒")
ALCOHOL_TYPES = _list("饮酒种类", "白酒", "啤酒", "红酒", "黄酒", "其他")
EXPOSURE_KINDS = _list("毒物种类", "粉尘", "放射物质", "物理因素", "化学物质", "其他")

LIPS = _list("口唇", "红润", "苍白", "发绀", "皲裂", "疱疹")
TEETH = _list("齿列", "正常", "缺齿", "龋齿", "义齿(假牙)", exclusive=("1",))
PHARYNX = _list("咽部", "无充血", "充血", "淋巴滤泡增生")
VISION_SCALES = Options(
    "视力记录法",
    {"five_point": "五分记录", "decimal": "小数记录"},
    source="physical_exam.md 2.5 [D]: not on paper; tells 4.0–5.3 from 0.1–2.0",
)
HEARING = _list("听力", "听见", "听不清或无法听见")
MOTOR_FUNCTION = _list("运动功能", "可顺利完成", "无法独立完成任何一个动作")

SKIN = _list("皮肤", "正常", "潮红", "苍白", "发绀", "黄染", "色素沉着", "其他")
SCLERA = _list("巩膜", "正常", "黄染", "充血", "其他")
LYMPH_NODES = _list("淋巴结", "未触及", "锁骨上", "腋窝", "其他")
RALES = _list("罗音", "无", "干罗音", "湿罗音", "其他")
HEART_RHYTHM = _list("心律", "齐", "不齐", "绝对不齐")
LEG_OEDEMA = _list("下肢水肿", "无", "单侧", "双侧不对称", "双侧对称")
DORSALIS_PEDIS = _list(
    "足背动脉搏动", "未触及", "触及双侧对称", "触及左侧弱或消失", "触及右侧弱或消失"
)  # not the list of the diabetes follow-up
RECTAL_EXAM = _list("肛门指诊", "未及异常", "触痛", "包块", "前列腺异常", "其他", exclusive=("1",))
BREAST = _list("乳腺", "未见异常", "乳房切除", "异常泌乳", "乳腺包块", "其他", exclusive=("1",))

URINE_STRIP = Options(
    "尿试纸结果",
    {"-": "－", "+-": "±", "+": "＋", "++": "＋＋", "+++": "＋＋＋", "++++": "＋＋＋＋"},
    source=THIRD_EDITION,
)
NOT_DONE = Options(
    "未查原因",
    {"1": "未查（非免费）", "2": "拒检", "3": "设备原因", "4": "已有近期结果"},
    source="physical_exam.md 2.7 [D]: electronic only",
)
GLUCOSE_UNITS = Options(
    "血糖单位", {"mmol/L": "mmol/L", "mg/dL": "mg/dL"}, source=THIRD_EDITION + "; mg/dL ÷ 18.0"
)

CEREBROVASCULAR = _list(
    "脑血管疾病",
    "未发现",
    "缺血性卒中",
    "脑出血",
    "蛛网膜下腔出血",
    "短暂性脑缺血发作",
    "其他",
    exclusive=("1",),
)
RENAL = _list(
    "肾脏疾病", "未发现", "糖尿病肾病", "肾功能衰竭", "急性肾炎", "慢性肾炎", "其他", exclusive=("1",)
)
CARDIAC = _list(
    "心脏疾病",
    "未发现",
    "心肌梗死",
    "心绞痛",
    "冠状动脉血运重建",
    "充血性心力衰竭",
    "心前区疼痛",
    "其他",
    exclusive=("1",),
)
VASCULAR = _list("血管疾病", "未发现", "夹层动脉瘤", "动脉闭塞性疾病", "其他", exclusive=("1",))
OCULAR = _list("眼部疾病", "未发现", "视网膜出血或渗出", "视乳头水肿", "白内障", "其他", exclusive=("1",))
FOUND_OR_NOT = _list("未发现或有", "未发现", "有", exclusive=("1",))

ADHERENCE = _list("服药依从性", "规律", "间断", "不服药")
DURATION_UNITS = _list("用药时间单位", "年", "月", "天")
ASSESSMENT = _list("健康评价", "体检无异常", "有异常")
GUIDANCE = _list("健康指导", "纳入慢性病患者健康管理", "建议复查", "建议转诊")
RISK_CONTROL = _list("危险因素控制", "戒烟", "健康饮酒", "饮食", "锻炼", "减体重", "建议接种疫苗", "其他")
REPORT_MODES = Options(
    "结果反馈方式",
    {"1": "当面", "2": "书面报告", "3": "电话", "4": "短信或网络"},
    source="physical_exam.md 2.10 [K]: not on paper, wanted by audits; the codes are ours [D]",
)
