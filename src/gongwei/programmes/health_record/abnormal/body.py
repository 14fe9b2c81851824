"""一般状况: pressure, pulse, weight, waist, and the four items of older people."""

from gongwei.language import Parameter
from gongwei.language.abnormal import Abnormal
from gongwei.programmes.health_record.check_up import CheckUp as f
from gongwei.programmes.health_record.chronic_care import examination as found

PE7 = "physical_exam.md PE7；规范（第三版）高血压患者健康管理 二（二）1"
DERIVED = "physical_exam.md §3 体检异常"
EL6 = "elderly.md EL6"

_arms = (
    (f.systolic_left, f.diastolic_left, "左臂"),
    (f.systolic_right, f.diastolic_right, "右臂"),
)


def _pressure() -> tuple[Abnormal, ...]:
    """By arm, since the report shows each; the higher arm decides (§3, vector 4)."""
    every = []
    for systolic, diastolic, _ in _arms:
        every += [
            Abnormal(
                systolic,
                (systolic >= Parameter("exam.critical_sbp")) | (diastolic >= Parameter("exam.critical_dbp")),
                "血压危急",
                explain="您的血压非常高，随时可能引起脑出血、心力衰竭等危险。",
                advise="请今天就到上级医院就诊，路上不要自己开车，不要用力。",
                refer=True,
                urgent=True,
                code=f"exam.critical_pressure.{systolic.name}",
                source=PE7,
            ),
            Abnormal(
                systolic,
                (systolic >= Parameter("exam.raised_sbp")) | (diastolic >= Parameter("exam.raised_dbp")),
                "血压偏高",
                explain="您的血压高于正常（140/90毫米汞柱），血压长期偏高会损害心、脑、肾和眼睛。",
                advise="四周内请在另外两天安静休息后再测血压，少吃盐，控制体重；已确诊高血压的请按时服药、按时随访。",
                code=f"exam.raised_pressure.{systolic.name}",
                source=f"{DERIVED}；PE5",
            ),
            Abnormal(
                systolic,
                (systolic >= Parameter("exam.high_normal_sbp"))
                | (diastolic >= Parameter("exam.high_normal_dbp")),
                "血压正常高值",
                explain="您的血压还没有达到高血压，但已接近上限，以后容易变成高血压。",
                advise="少吃盐，多活动，控制体重，至少每半年测一次血压。",
                code=f"exam.high_normal_pressure.{systolic.name}",
                source=DERIVED,
            ),
        ]
    return tuple(every)


BODY = (
    *_pressure(),
    Abnormal(
        f.body_temperature,
        f.body_temperature > 39,
        "高热",
        explain="您的体温超过39℃，属于高热。",
        advise="请尽快到医院查明发热原因，多喝水。",
        refer=True,
        source="规范（第三版）2型糖尿病患者健康管理 二（二）1 所列危急情况",
    ),
    Abnormal(
        f.body_temperature,
        f.body_temperature > f.body_temperature.expected[1],
        "发热",
        explain="您的体温偏高。",
        advise="请休息、多喝水，发热超过两天或有咳嗽、气促请就诊。",
        source=DERIVED,
    ),
    Abnormal(
        f.pulse_rate,
        (f.pulse_rate < Parameter("exam.heart_rate_low"))
        | (f.pulse_rate > Parameter("exam.heart_rate_high")),
        "脉率异常",
        explain="您的脉搏比一般人（每分钟60～100次）偏快或偏慢。",
        advise="安静休息后再数一次脉搏；如有心慌、头晕、乏力，请到医院做心电图检查。",
        source=DERIVED,
    ),
    Abnormal(
        f.bmi,
        found.obese,
        "肥胖",
        explain="您的体重明显超标（体质指数28及以上属于肥胖），容易得高血压、糖尿病、脂肪肝和关节病。",
        advise="少吃油炸和甜食，主食减少一些，每天快走30分钟以上，先争取半年内减重5%～10%。",
        source=DERIVED,
    ),
    Abnormal(
        f.bmi,
        found.overweight,
        "超重",
        explain="您的体重超过标准（体质指数24～28属于超重）。",
        advise="管住嘴、迈开腿：少油少糖，每天活动30分钟以上，每月称一次体重。",
        source=DERIVED,
    ),
    Abnormal(
        f.bmi,
        found.thin,
        "消瘦",
        explain="您的体重偏轻（体质指数低于18.5），抵抗力可能较差。",
        advise="适当多吃鱼、肉、蛋、奶和豆制品；如果近来体重无故下降，请到医院检查原因。",
        source=DERIVED,
    ),
    Abnormal(
        f.waist,
        found.wide_waist,
        "腹型肥胖",
        explain="您的腰围偏大（男90厘米、女85厘米及以上），肚子上的脂肪多，容易得糖尿病和心脏病。",
        advise="减少主食和油脂，少饮酒，坚持快走、打太极拳等活动。",
        source=DERIVED,
    ),
    Abnormal(
        f.elderly_self_care,
        f.elderly_self_care.is_in("3", "4"),
        "生活自理能力中度依赖或不能自理",
        explain="您的日常生活需要别人较多的照料。",
        advise="家里请安排专人照护，预防跌倒、压疮；可以向村医或卫生院申请上门服务。",
        source="elderly.md EL5",
    ),
    Abnormal(
        f.elderly_self_care,
        f.elderly_self_care == "2",
        "生活自理能力轻度依赖",
        explain="您的部分日常生活需要别人帮助。",
        advise="家中加装扶手、防滑垫，坚持力所能及的活动，预防跌倒。",
        source="elderly.md EL5",
    ),
    Abnormal(
        f.elderly_cognition,
        f.elderly_cognition == "2",
        "认知功能粗筛阳性",
        explain="记忆力的初步检查有问题，但还不能说明就是痴呆。",
        advise="请做进一步的记忆力评估，家属多陪伴；如果常常迷路、忘记刚做的事，请到医院记忆门诊检查。",
        source=EL6,
    ),
    Abnormal(
        f.mmse_score,
        f.mmse_score <= Parameter("exam.mmse_unschooled"),
        "简易智力状态检查得分低",
        explain="记忆和思考能力的检查得分偏低。",
        advise="请家属陪同到上级医院记忆门诊做进一步评估。",
        refer=True,
        source=EL6,
    ),
    *(
        Abnormal(
            f.mmse_score,
            f.mmse_score <= Parameter(f"exam.{limit}"),
            f"简易智力状态检查得分偏低（{schooled}文化者可疑）",
            explain=f"记忆和思考能力的检查得分，对{schooled}文化的人来说偏低。",
            advise="请村医结合您的文化程度判断；家属发现记性明显变差时，到医院记忆门诊检查。",
            source="elderly.md §3 [K]，不在规范内",
        )
        for limit, schooled in (("mmse_primary", "小学及以上"), ("mmse_educated", "初中及以上"))
    ),
    Abnormal(
        f.elderly_emotion,
        f.elderly_emotion == "2",
        "情感状态粗筛阳性",
        explain="初步询问发现您近来情绪不太好。",
        advise="请和家人、村医多说说话，多参加活动；情绪低落超过两周请做进一步评估。",
        source=EL6,
    ),
    Abnormal(
        f.gds_score,
        f.gds_score >= Parameter("exam.gds_severe"),
        "抑郁评分中重度",
        explain="情绪评分提示可能有比较明显的抑郁。",
        advise="请家属陪伴，尽快到精神心理科就诊。",
        refer=True,
        source=EL6,
    ),
    Abnormal(
        f.gds_score,
        f.gds_score >= Parameter("exam.gds_mild"),
        "抑郁评分轻度",
        explain="情绪评分提示可能有轻度抑郁。",
        advise="多与家人朋友来往，规律作息，一个月后请村医再评估一次。",
        source=EL6,
    ),
)
