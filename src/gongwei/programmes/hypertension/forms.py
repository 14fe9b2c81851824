"""What is asked of residents with hypertension: the follow-up form and the managed-disease file (专案)."""

from decimal import Decimal

from gongwei.language import LOINC, Choice, Choices, Date, Form, Person, Quantity, RowGroup, Rows, Text
from gongwei.language import bmi as body_mass_index
from gongwei.programmes.hypertension import options

NORM = "国家基本公共卫生服务规范（第三版）高血压患者健康管理服务规范"


class Medication(RowGroup):
    """One line of 用药情况. Times a day 1–6 [D]."""

    name = Text("药物名称", required=True, max_length=100)
    times_a_day = Quantity("每日次数", unit="次", between=(1, 24), expected=(1, 6), required=True)
    dose = Quantity("每次剂量", decimals=2, between=(Decimal("0.01"), 1000), required=True)
    dose_unit = Choice("剂量单位", options.DOSE_UNITS, required=True)


class Examination(RowGroup):
    """One result of 辅助检查 since the last contact, from any institution."""

    name = Text("检查项目", required=True, max_length=100)
    result = Text("检查结果", required=True)
    examined_on = Date("检查日期", past=True)
    institution = Text("检查机构", max_length=100)


class FollowUp(Form):
    """高血压患者随访服务记录表, with the electronic items of newer provincial forms.

    `result`, `danger_signs`, `complication`, `outcome_reason` and `height` are on no national paper [D]: the first
    because the paper writes 失访 over the date, the next two because symptom ticks are coarser than the norm's
    emergencies, the last because the body mass index needs it. Somebody lost, dead or refusing has no
    measurements, so these are required of completed follow-ups only; such a record never counts as a follow-up.
    """

    code, title = "htn_follow_up", "高血压患者随访服务记录表"
    source = f"{NORM} 附件"
    fill_notes = (
        "服药依从性：规律为按医嘱服药；间断为未按医嘱服药，频次或数量不足；不服药为医生开了处方但患者未使用此药。"
        "此次随访分类同时有几种情况时，填写最严重的一种，并结合随访情况填写转诊和下次随访日期。"
    )

    done_on = Date("随访日期", required=True)
    result = Choice("随访结果", options.RESULTS, note="不填写为完成")
    completed = result.if_missing(options.DONE) == options.DONE
    not_completed_reason = Text(
        "失访或拒访原因", only_if=result.is_in(options.LOST, options.REFUSED), required=True
    )
    death_on = Date("死亡日期", only_if=result == options.DEAD, required=True, past=True)
    death_cause = Text("死亡原因", only_if=result == options.DEAD, required=True)
    mode = Choice("随访方式", options.MODES, required=completed)

    symptoms = Choices("症状", options.SYMPTOMS, required=completed, section="症状")
    symptoms_other = Text(
        "其他症状", only_if=symptoms.has(options.OTHER_SYMPTOM), required=True, max_length=100, section="症状"
    )
    danger_signs = Choices(
        "危急情况",
        options.DANGER_SIGNS,
        section="症状",
        note="症状勾选头痛头晕、恶心呕吐、呼吸困难或心悸胸闷时请核实",
    )

    systolic = Quantity(
        "收缩压",
        unit="mmHg",
        between=(40, 300),
        expected=(90, 179),
        required=completed,
        code=LOINC("8480-6"),
        section="体征",
    )
    diastolic = Quantity(
        "舒张压",
        unit="mmHg",
        between=(20, 200),
        expected=(50, 109),
        required=completed,
        code=LOINC("8462-4"),
        section="体征",
    )
    height = Quantity(
        "身高",
        unit="cm",
        decimals=1,
        between=(50, 250),
        expected=(130, 200),
        carry=True,
        code=LOINC("8302-2"),
        section="体征",
        note="取最近一次测量值，用于计算体质指数",
    )
    weight = Quantity(
        "体重",
        unit="kg",
        decimals=1,
        between=(2, 300),
        expected=(30, 150),
        code=LOINC("29463-7"),
        section="体征",
        note="超重或肥胖者每次随访测量，体重正常者每年至少测量一次",
    )
    weight_goal = Quantity(
        "目标体重", unit="kg", decimals=1, between=(2, 300), expected=(30, 150), carry=True, section="体征"
    )
    bmi = Quantity(
        "体质指数",
        unit="kg/m²",
        decimals=1,
        between=(8, 80),
        expected=(15, 40),
        computed=body_mass_index(weight, height),
        code=LOINC("39156-5"),
        section="体征",
    )
    bmi_goal = Quantity(
        "目标体质指数",
        unit="kg/m²",
        decimals=1,
        between=(8, 80),
        expected=(15, 40),
        computed=body_mass_index(weight_goal, height),
        section="体征",
    )
    heart_rate = Quantity(
        "心率",
        unit="次/分钟",
        between=(20, 250),
        expected=(50, 110),
        required=completed,
        code=LOINC("8867-4"),
        section="体征",
    )
    signs_other = Text("其他体征", section="体征")

    cigarettes = Quantity(
        "日吸烟量",
        unit="支",
        between=(0, 200),
        expected=(0, 60),
        required=completed,
        carry=True,
        section="生活方式指导",
        note="不吸烟填0",
    )
    cigarettes_goal = Quantity(
        "目标日吸烟量",
        unit="支",
        between=(0, 200),
        expected=(0, 60),
        required=completed,
        carry=True,
        section="生活方式指导",
    )
    alcohol_liang = Quantity(
        "日饮酒量",
        unit="两",
        decimals=1,
        between=(0, 50),
        expected=(0, 10),
        required=completed,
        carry=True,
        section="生活方式指导",
        note="折合白酒，不饮酒填0；白酒1两＝葡萄酒4两＝黄酒半斤＝啤酒1瓶＝果酒4两",
    )
    alcohol_liang_goal = Quantity(
        "目标日饮酒量",
        unit="两",
        decimals=1,
        between=(0, 50),
        expected=(0, 10),
        required=completed,
        carry=True,
        section="生活方式指导",
    )
    exercise_per_week = Quantity(
        "每周运动次数",
        unit="次/周",
        between=(0, 50),
        expected=(0, 14),
        required=completed,
        carry=True,
        section="生活方式指导",
    )
    exercise_minutes = Quantity(
        "每次运动时间",
        unit="分钟/次",
        between=(0, 600),
        expected=(0, 120),
        required=completed,
        carry=True,
        section="生活方式指导",
    )
    exercise_per_week_goal = Quantity(
        "目标每周运动次数",
        unit="次/周",
        between=(0, 50),
        expected=(0, 14),
        required=completed,
        carry=True,
        section="生活方式指导",
    )
    exercise_minutes_goal = Quantity(
        "目标每次运动时间",
        unit="分钟/次",
        between=(0, 600),
        expected=(10, 120),
        required=completed,
        carry=True,
        section="生活方式指导",
    )
    salt = Choice("摄盐情况", options.SALT, required=completed, carry=True, section="生活方式指导")
    salt_goal = Choice("目标摄盐情况", options.SALT, required=completed, carry=True, section="生活方式指导")
    psychological_adjustment = Choice(
        "心理调整", options.GRADES, required=completed, carry=True, section="生活方式指导"
    )
    compliance = Choice("遵医行为", options.GRADES, required=completed, carry=True, section="生活方式指导")

    tests = Rows("辅助检查", Examination)
    medication_adherence = Choice("服药依从性", options.ADHERENCE, required=completed)
    adverse_reaction = Choice("药物不良反应", options.REACTIONS, required=completed)
    adverse_reaction_note = Text(
        "不良反应的药物和表现", only_if=adverse_reaction == options.REACTED, required=True
    )
    complication = Choice("并发症", options.COMPLICATIONS, note="与上次随访相比")
    outcome = Choice("此次随访分类", options.OUTCOMES, required=completed)
    outcome_reason = Text("与自动分类不同的理由", note="分类由规则得出，医生可以改变并说明理由")
    medications = Rows(
        "用药情况",
        Medication,
        required=medication_adherence.is_in(options.REGULAR, options.INTERMITTENT),
        carry=True,
    )
    medication_changes = Rows("用药调整意见", Medication)

    referral_reason = Choice("转诊原因", options.REFERRAL_REASONS, section="转诊")
    referral_to = Text("转诊机构及科别", required=referral_reason.is_known(), section="转诊")
    referral_contact = Text("转诊联系人及电话", section="转诊")
    referral_arrived = Choice("转诊结果", options.ARRIVALS, section="转诊")
    next_step = Choice("下一步管理措施", options.NEXT_STEPS)
    next_due_on = Date("下次随访日期", required=completed)
    responsible_doctor = Person("随访医生签名", required=True)
    resident_signature = Text("居民签字", max_length=50)
    note = Text("备注", multiline=True, max_length=500)


class ManagedFile(Form):
    """高血压患者管理专案: electronic only, no national paper form (hypertension.md §3)."""

    code, title = "htn_managed_file", "高血压患者管理专案"
    source = "hypertension.md §3 Managed file"

    done_on = Date("建立日期", required=True)
    kind = Choice("高血压类型", options.KINDS, required=True)
    diagnosed_on = Date("确诊日期", required=True, past=True)
    diagnosed_by = Text("确诊机构", required=True, max_length=100)
    family_history = Text("家族史")
    systolic = Quantity(
        "管理起始收缩压", unit="mmHg", between=(40, 300), expected=(90, 179), code=LOINC("8480-6")
    )
    diastolic = Quantity(
        "管理起始舒张压", unit="mmHg", between=(20, 200), expected=(50, 109), code=LOINC("8462-4")
    )
    height = Quantity(
        "身高", unit="cm", decimals=1, between=(50, 250), expected=(130, 200), code=LOINC("8302-2")
    )
    weight = Quantity(
        "体重", unit="kg", decimals=1, between=(2, 300), expected=(30, 150), code=LOINC("29463-7")
    )
    medications = Rows("用药情况", Medication)
    risk = Choice("心血管风险分层", options.RISKS)
    managed_from = Date("管理起始日期", required=True)
    managed_until = Date("管理终止日期")
    end_reason = Choice("终止管理原因", options.END_REASONS, required=managed_until.is_known())
    responsible_doctor = Person("责任医生", required=True)
