"""脏器功能, 查体 and the examinations read by eye: ECG, X-ray, ultrasound."""

from decimal import Decimal

from gongwei.language import Parameter, any_of
from gongwei.language.abnormal import Abnormal
from gongwei.programmes.health_record.check_up import CheckUp as f

DERIVED = "physical_exam.md §3 体检异常"
EXAM = "physical_exam.md §2.5、§2.6"
LOW_VISION = {"five_point": Decimal("4.5"), "decimal": Decimal("0.3")}  # WHO: 0.3 (4.5) 以下为低视力


def _poor_vision(eye: object, corrected: object) -> object:
    best = corrected.if_missing(eye)  # type: ignore[attr-defined]
    return any_of(*((f.vision_scale == scale) & (best < limit) for scale, limit in LOW_VISION.items()))


def _text_items() -> tuple[Abnormal, ...]:
    """Findings whose description stands beside them in the doctor's own words."""
    listed = (
        (f.fundus, f.fundus == "2", "眼底异常", "眼底检查发现异常。", "请到眼科复查，有高血压、糖尿病的更要按时查眼底。", True),
        (f.skin, f.skin.is_in("3", "4", "5"), "皮肤异常（苍白、发绀或黄染）", "皮肤颜色异常，可能与贫血、缺氧或黄疸有关。", "请到医院查明原因。", True),
        (f.skin, f.skin != "1", "皮肤异常", "皮肤检查有异常。", "如有瘙痒、破溃或变化，请到皮肤科就诊。", False),
        (f.sclera, f.sclera == "2", "巩膜黄染", "眼白发黄，可能与肝胆疾病有关。", "请尽快到医院检查肝功能和腹部B超。", True),
        (f.sclera, f.sclera.is_in("3", "4"), "巩膜异常", "眼白检查有异常。", "如有眼痛、视物模糊，请到眼科就诊。", False),
        (f.lymph_nodes, f.lymph_nodes != "1", "淋巴结肿大", "摸到肿大的淋巴结。", "请到医院进一步检查，不要自行挤压。", True),
        (f.breath_sounds, f.breath_sounds == "2", "呼吸音异常", "听诊呼吸音有异常。", "如有咳嗽、气促，请到医院检查肺部。", False),
        (f.rales, f.rales != "1", "肺部罗音", "听诊肺部有罗音。", "请到医院做胸部检查，吸烟者请戒烟。", True),
        (f.heart_rhythm, f.heart_rhythm == "3", "心律绝对不齐", "心跳很不规则，可能是心房颤动，容易引起脑卒中。", "请尽快到医院做心电图，遵医嘱治疗。", True),
        (f.heart_rhythm, f.heart_rhythm == "2", "心律不齐", "心跳不太规则。", "请做心电图检查；如有心慌、胸闷请就诊。", False),
        (f.heart_murmur, f.heart_murmur == "2", "心脏杂音", "听诊心脏有杂音。", "请到医院做心脏超声检查。", False),
        (f.abdomen_mass, f.abdomen_mass == "2", "腹部包块", "腹部摸到包块。", "请尽快到医院做进一步检查。", True),
        (f.abdomen_tenderness, f.abdomen_tenderness == "2", "腹部压痛", "按压腹部有疼痛。", "疼痛持续或加重请就诊。", False),
        (f.hepatomegaly, f.hepatomegaly == "2", "肝大", "肝脏增大。", "请到医院检查肝功能和腹部B超，不要饮酒。", True),
        (f.splenomegaly, f.splenomegaly == "2", "脾大", "脾脏增大。", "请到医院进一步检查。", True),
        (f.shifting_dullness, f.shifting_dullness == "2", "移动性浊音阳性", "腹腔里可能有积液。", "请尽快到医院检查。", True),
        (f.leg_oedema, f.leg_oedema != "1", "下肢水肿", "腿部有水肿，可能与心脏、肾脏或静脉有关。", "少吃盐，休息时抬高双腿；如有气促、尿少请就诊。", False),
        (f.dorsalis_pedis, f.dorsalis_pedis != "2", "足背动脉搏动减弱或消失", "脚背的动脉搏动弱，脚的血液供应可能不足。", "请戒烟、保暖、每天看脚有无破损，到医院检查下肢血管。", False),
        (f.rectal_exam, ~f.rectal_exam.has("1"), "肛门指诊异常", "肛门指诊发现异常。", "请到医院进一步检查。", True),
        (f.breast, f.breast.has("4"), "乳腺包块", "乳房摸到包块。", "请到医院做乳腺超声检查。", True),
        (f.cervical_smear, f.cervical_smear == "2", "宫颈涂片异常", "宫颈涂片检查异常。", "请到妇科进一步检查，早查早治。", True),
        (f.ecg, f.ecg == "2", "心电图异常", "心电图检查发现异常，具体见检查说明。", "请带上心电图到医院请医生看；有胸痛、胸闷、心慌时立即就诊。", True),
        (f.chest_xray, f.chest_xray == "2", "胸部X线片异常", "胸片发现异常，具体见检查说明。", "请到上级医院复查；咳嗽超过两周或痰中带血者，请先到结核病定点医院检查。", True),
        (f.ultrasound_abdomen, f.ultrasound_abdomen == "2", "腹部B超异常", "腹部B超（肝、胆、胰、脾）发现异常，具体见检查说明。", "请按检查说明定期复查或到医院就诊。", False),
        (f.ultrasound_other, f.ultrasound_other == "2", "其他B超异常", "B超检查发现异常，具体见检查说明。", "请按检查说明定期复查或到医院就诊。", False),
    )  # fmt: skip
    return tuple(
        Abnormal(field, when, name, explain=explain, advise=advise, refer=refer, source=EXAM)
        for field, when, name, explain, advise, refer in listed
    )


ORGANS = (
    *(
        Abnormal(
            eye,
            _poor_vision(eye, corrected),  # type: ignore[arg-type]
            f"{side}视力低下",
            explain=f"您{side}看东西不清楚，戴镜后仍低于0.3。",
            advise="请到眼科检查，老年人常见的白内障可以手术治疗；平时注意防跌倒。",
            source=EXAM,
        )
        for eye, corrected, side in (
            (f.vision_left, f.vision_corrected_left, "左眼"),
            (f.vision_right, f.vision_corrected_right, "右眼"),
        )
    ),
    Abnormal(
        f.hearing,
        f.hearing == "2",
        "听力下降",
        explain="您听不清或听不到别人说话。",
        advise="请到耳鼻喉科检查，看是否有耳垢堵塞或需要配助听器。",
        source=EXAM,
    ),
    Abnormal(
        f.motor_function,
        f.motor_function == "2",
        "运动功能障碍",
        explain="您有的日常动作不能独立完成，容易跌倒。",
        advise="行走时请使用拐杖或有人搀扶，家中防滑，可请康复科指导锻炼。",
        source=EXAM,
    ),
    Abnormal(
        f.heart_rate,
        (f.heart_rate < Parameter("exam.heart_rate_low"))
        | (f.heart_rate > Parameter("exam.heart_rate_high")),
        "心率异常",
        explain="您的心跳比一般人（每分钟60～100次）偏快或偏慢。",
        advise="请安静休息后复查；如有心慌、头晕、乏力请做心电图检查。",
        source=DERIVED,
    ),
    *_text_items(),
)
