"""辅助检查: blood, urine and stool, against dated reference ranges that a county sets by its own laboratory."""

from gongwei.language import FEMALE, MALE, SEX, Parameter
from gongwei.language.abnormal import Abnormal
from gongwei.language.expressions import Expression
from gongwei.language.fields import Choice, Field
from gongwei.programmes.health_record.check_up import CheckUp as f
from gongwei.programmes.health_record.chronic_care import examination as found
from gongwei.programmes.health_record.chronic_care.kidney import low_filtration

DERIVED = "physical_exam.md §3 体检异常"
RANGES = "physical_exam.md §2.7 成人常用参考值 [D]"
PE6 = "physical_exam.md PE6；elderly.md EL3"
PE7 = "physical_exam.md PE7；规范（第三版）2型糖尿病患者健康管理 二（二）1"

DIET_FOR_LIPIDS = "少吃肥肉、动物内脏和油炸食品，多吃蔬菜，多活动；三个月后复查，仍高请就诊。"
LIVER = "暂时不要饮酒，不要自行吃药和保健品，一个月内复查肝功能。"


def _result(
    field: Field, when: Expression, name: str, explain: str, advise: str, *, refer: bool = False
) -> Abnormal:
    return Abnormal(field, when, name, explain=explain, advise=advise, refer=refer, source=RANGES)


def _strip(field: Choice, name: str, explain: str, advise: str) -> tuple[Abnormal, ...]:
    """Two plusses or more are referred, one plus is looked at again."""
    return (
        _result(field, field.is_in("++", "+++", "++++"), f"{name}明显阳性", explain, advise, refer=True),
        _result(field, field == "+", f"{name}阳性", explain, advise),
    )


def _glucose(field: Field) -> tuple[Abnormal, ...]:
    """Both units of the paper: the value is the same."""
    answered = field.is_known()
    return (
        Abnormal(
            field,
            answered & (found.fasting_glucose >= Parameter("exam.critical_glucose_high")),
            "危急高血糖",
            explain="您的空腹血糖非常高，可能随时出现昏迷等危险。",
            advise="请今天就到上级医院就诊。",
            refer=True,
            urgent=True,
            source=PE7,
        ),
        Abnormal(
            field,
            answered & (found.fasting_glucose <= Parameter("exam.critical_glucose_low")),
            "危急低血糖",
            explain="您的血糖过低，可能出现心慌、出汗甚至昏迷。",
            advise="请立即吃糖或喝糖水，并马上就医；正在用降糖药的请告诉医生。",
            refer=True,
            urgent=True,
            source=PE7,
        ),
        Abnormal(
            field,
            answered & found.raised_glucose,
            "血糖升高",
            explain="您的空腹血糖达到或超过7.0，可能是糖尿病。",
            advise="请改天空腹再查一次血糖，或到医院做糖化血红蛋白检查；已确诊糖尿病的请按时服药和随访。",
            refer=True,
            source=PE6,
        ),
        Abnormal(
            field,
            answered & found.impaired_glucose,
            "空腹血糖受损",
            explain="您的空腹血糖比正常偏高（6.1～7.0），以后容易变成糖尿病。",
            advise="少吃甜食和精米白面，控制体重，多活动，至少每年查一次血糖。",
            source=DERIVED,
        ),
    )


BLOOD = (
    _result(
        f.haemoglobin,
        f.haemoglobin < Parameter("exam.severe_anaemia"),
        "中重度贫血",
        "您的血红蛋白很低，属于较重的贫血，会头晕、乏力、心慌。",
        "请尽快到医院查明贫血原因并治疗。",
        refer=True,
    ),
    Abnormal(
        f.haemoglobin,
        found.anaemia,
        "贫血",
        explain="您的血红蛋白偏低，有贫血。",
        advise="多吃瘦肉、动物肝脏、蛋类和绿叶菜；一个月后复查，仍低请到医院查原因。",
        source=DERIVED,
    ),
    _result(
        f.haemoglobin,
        ((SEX == MALE) & (f.haemoglobin > Parameter("exam.haemoglobin_high_male")))
        | ((SEX == FEMALE) & (f.haemoglobin > Parameter("exam.haemoglobin_high_female"))),
        "血红蛋白偏高",
        "您的血红蛋白偏高，常见于吸烟、缺水或长期缺氧。",
        "多喝水、戒烟后复查。",
    ),
    _result(
        f.wbc,
        f.wbc > Parameter("exam.wbc_high"),
        "白细胞升高",
        "白细胞偏高，常见于感染、发炎。",
        "如有发热、咳嗽、尿痛请就诊，两周后复查血常规。",
    ),
    _result(
        f.wbc,
        f.wbc < Parameter("exam.wbc_low"),
        "白细胞减少",
        "白细胞偏低，抵抗力可能较差。",
        "注意避免感染，两周后复查血常规，仍低请到医院检查。",
    ),
    _result(
        f.platelets,
        f.platelets < Parameter("exam.platelets_low"),
        "血小板减少",
        "血小板偏低，容易出血。",
        "避免磕碰，留意牙龈、皮肤出血，尽快复查血常规。",
    ),
    _result(
        f.platelets,
        f.platelets > Parameter("exam.platelets_high"),
        "血小板增多",
        "血小板偏高。",
        "一个月后复查血常规，仍高请到医院检查。",
    ),
    *_strip(
        f.urine_protein,
        "尿蛋白",
        "尿里有蛋白，可能与肾脏有关，高血压、糖尿病也会引起。",
        "请留晨尿复查；仍为阳性请到医院查肾功能。",
    ),
    *_strip(f.urine_glucose, "尿糖", "尿里有糖，可能是血糖过高。", "请查空腹血糖和糖化血红蛋白。"),
    *_strip(
        f.urine_ketones,
        "尿酮体",
        "尿里有酮体，可能是饥饿或糖尿病没有控制好。",
        "糖尿病患者请尽快就诊；其他人正常进食后复查。",
    ),
    *_strip(
        f.urine_blood,
        "尿潜血",
        "尿里有少量血，可能与泌尿系统感染、结石等有关。",
        "多喝水，一至两周后复查尿常规，仍为阳性请就诊。",
    ),
    *_glucose(f.fasting_glucose),
    *_glucose(f.fasting_glucose_mg),
    _result(
        f.urine_microalbumin,
        f.urine_microalbumin > Parameter("exam.urine_microalbumin"),
        "尿微量白蛋白升高",
        "尿微量白蛋白偏高，是肾脏早期损害的信号。",
        "控制好血压和血糖，三个月内复查。",
    ),
    _result(
        f.stool_blood,
        f.stool_blood == "2",
        "大便潜血阳性",
        "大便里查出少量血，可能与胃肠道疾病有关。",
        "三天不吃动物血和肉后复查，仍为阳性请做胃肠镜检查。",
        refer=True,
    ),
    Abnormal(
        f.hba1c,
        found.raised_hba1c,
        "糖化血红蛋白升高",
        explain="糖化血红蛋白反映近三个月的血糖，您的结果偏高，可能是糖尿病或糖尿病没有控制好。",
        advise="请到医院进一步检查；已确诊糖尿病的请找医生调整治疗。",
        refer=True,
        source=PE6,
    ),
    _result(
        f.hbsag,
        f.hbsag == "2",
        "乙型肝炎表面抗原阳性",
        "您可能感染了乙肝病毒。",
        "请到医院查肝功能和病毒量，不要饮酒；家人请检查并接种乙肝疫苗。",
        refer=True,
    ),
    _result(
        f.alt,
        found.raised_alt,
        "谷丙转氨酶升高（肝功能异常）",
        "谷丙转氨酶偏高，肝脏可能有损伤，常见于脂肪肝、饮酒、药物或肝炎。",
        LIVER,
    ),
    _result(
        f.ast,
        found.raised_ast,
        "谷草转氨酶升高（肝功能异常）",
        "谷草转氨酶偏高，可能与肝脏或心肌、肌肉损伤有关。",
        LIVER,
    ),
    _result(
        f.albumin,
        f.albumin < Parameter("exam.albumin_low"),
        "白蛋白偏低",
        "血里的白蛋白偏低，可能是营养不足或肝、肾疾病。",
        "适当多吃鱼、肉、蛋、奶，一个月后复查。",
    ),
    _result(
        f.total_bilirubin,
        found.above_upper(f.total_bilirubin.node, "total_bilirubin"),
        "总胆红素升高",
        "胆红素偏高，与肝胆疾病有关的黄疸会引起。",
        "请复查肝功能，皮肤、眼睛发黄请尽快就诊。",
    ),
    _result(
        f.direct_bilirubin,
        f.direct_bilirubin > Parameter("exam.direct_bilirubin"),
        "结合胆红素升高",
        "结合胆红素偏高，可能是胆道不通畅。",
        "请到医院做腹部B超检查。",
    ),
    Abnormal(
        f.creatinine,
        low_filtration,
        "估算肾小球滤过率低于60（肾功能异常）",
        explain="按您的肌酐、年龄和性别推算，肾脏的过滤能力偏低。",
        advise="请到医院检查肾功能；避免自行使用止痛药和不明中草药，控制好血压、血糖。",
        refer=True,
        source=DERIVED,
    ),
    Abnormal(
        f.creatinine,
        found.raised_creatinine,
        "血清肌酐升高（肾功能异常）",
        explain="肌酐偏高，肾脏功能可能下降。",
        advise="多喝水、不熬夜，一个月内复查肾功能。",
        source=DERIVED,
    ),
    _result(
        f.urea,
        found.above_upper(f.urea.node, "urea"),
        "血尿素升高",
        "血尿素偏高，常见于喝水少、吃肉多，也可能是肾功能下降。",
        "多喝水后复查肾功能。",
    ),
    _result(
        f.potassium,
        (f.potassium < Parameter("exam.potassium_low")) | (f.potassium > Parameter("exam.potassium_high")),
        "血钾异常",
        "血钾偏高或偏低，都会影响心跳。",
        "请尽快复查血钾，正在用降压药、利尿药的请告诉医生。",
        refer=True,
    ),
    _result(
        f.sodium,
        (f.sodium < Parameter("exam.sodium_low")) | (f.sodium > Parameter("exam.sodium_high")),
        "血钠异常",
        "血钠偏高或偏低。",
        "请复查血钠，有乏力、意识不清请立即就诊。",
    ),
    _result(
        f.total_cholesterol,
        f.total_cholesterol >= Parameter("exam.total_cholesterol"),
        "总胆固醇升高（血脂异常）",
        "总胆固醇偏高，会使血管变硬变窄。",
        DIET_FOR_LIPIDS,
    ),
    _result(
        f.total_cholesterol,
        f.total_cholesterol >= Parameter("exam.total_cholesterol_border"),
        "总胆固醇边缘升高",
        "总胆固醇略高。",
        DIET_FOR_LIPIDS,
    ),
    _result(
        f.triglycerides,
        f.triglycerides >= Parameter("exam.triglycerides"),
        "甘油三酯升高（血脂异常）",
        "甘油三酯偏高，与饮酒、甜食和肥胖有关。",
        DIET_FOR_LIPIDS,
    ),
    _result(
        f.triglycerides,
        f.triglycerides >= Parameter("exam.triglycerides_border"),
        "甘油三酯边缘升高",
        "甘油三酯略高。",
        DIET_FOR_LIPIDS,
    ),
    _result(
        f.ldl_c,
        f.ldl_c >= Parameter("exam.ldl_c"),
        "低密度脂蛋白胆固醇升高（血脂异常）",
        "“坏”胆固醇偏高，是冠心病和脑卒中的重要原因。",
        DIET_FOR_LIPIDS,
    ),
    _result(
        f.ldl_c,
        f.ldl_c >= Parameter("exam.ldl_c_border"),
        "低密度脂蛋白胆固醇边缘升高",
        "“坏”胆固醇略高。",
        DIET_FOR_LIPIDS,
    ),
    _result(
        f.hdl_c,
        f.hdl_c < Parameter("exam.hdl_c"),
        "高密度脂蛋白胆固醇降低（血脂异常）",
        "“好”胆固醇偏低，保护血管的作用减弱。",
        "多活动、戒烟、控制体重。",
    ),
)
