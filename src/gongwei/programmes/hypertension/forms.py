"""What is asked of residents with hypertension (follow-up, 专案) and of those who may have it (首诊测血压, 高危人群)."""

from gongwei.language import (
    Choice,
    Choices,
    Date,
    Form,
    Parameter,
    Person,
    Quantity,
    RowGroup,
    Rows,
    Text,
    case,
    previous,
)
from gongwei.language import bmi as body_mass_index
from gongwei.programmes.health_record.chronic_care import items
from gongwei.programmes.health_record.chronic_care import options as chronic
from gongwei.programmes.hypertension import options

NORM = "国家基本公共卫生服务规范（第三版）高血压患者健康管理服务规范"


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
    result = items.result("随访结果")
    completed = items.was_completed(result)
    not_completed_reason = items.not_completed_reason("失访或拒访原因", result)
    death_on = items.death_on("死亡日期", result)
    death_cause = items.death_cause("死亡原因", result)
    mode = items.mode("随访方式", required=completed)

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

    systolic = items.systolic("收缩压", required=completed)
    diastolic = items.diastolic("舒张压", required=completed)
    height = items.height("身高", carry=True, note="取最近一次测量值，用于计算体质指数")
    weight = items.weight("体重", note="超重或肥胖者每次随访测量，体重正常者每年至少测量一次")
    weight_goal = items.weight_goal("目标体重")
    bmi = items.bmi("体质指数", computed=body_mass_index(weight, height))
    bmi_goal = items.bmi_goal("目标体质指数", computed=body_mass_index(weight_goal, height))
    heart_rate = items.heart_rate("心率", required=completed)
    signs_other = Text("其他体征", section="体征")

    cigarettes = items.cigarettes("日吸烟量", required=completed, note="不吸烟填0")
    cigarettes_goal = items.cigarettes_goal("目标日吸烟量", required=completed)
    alcohol_liang = items.alcohol_liang(
        "日饮酒量",
        required=completed,
        note="折合白酒，不饮酒填0；白酒1两＝葡萄酒4两＝黄酒半斤＝啤酒1瓶＝果酒4两",
    )
    alcohol_liang_goal = items.alcohol_liang_goal("目标日饮酒量", required=completed)
    exercise_per_week = items.exercise_per_week("每周运动次数", required=completed)
    exercise_minutes = items.exercise_minutes("每次运动时间", required=completed)
    exercise_per_week_goal = items.exercise_per_week_goal("目标每周运动次数", required=completed)
    exercise_minutes_goal = items.exercise_minutes_goal(
        "目标每次运动时间", required=completed, expected=(10, 120)
    )
    salt = Choice("摄盐情况", options.SALT, required=completed, carry=True, section="生活方式指导")
    salt_goal = Choice("目标摄盐情况", options.SALT, required=completed, carry=True, section="生活方式指导")
    psychological_adjustment = items.psychological_adjustment("心理调整", required=completed)
    compliance = items.compliance("遵医行为", required=completed)

    tests = Rows("辅助检查", Examination)
    medication_adherence = items.medication_adherence("服药依从性", required=completed)
    adverse_reaction = Choice("药物不良反应", chronic.NONE_OR_SOME, required=completed)
    adverse_reaction_note = Text(
        "不良反应的药物和表现", only_if=adverse_reaction == chronic.SOME, required=True
    )
    complication = Choice("并发症", chronic.COMPLICATIONS, note="与上次随访相比")
    outcome = Choice("此次随访分类", chronic.OUTCOMES, required=completed)
    outcome_reason = Text("与自动分类不同的理由", note="分类由规则得出，医生可以改变并说明理由")
    medications = Rows(
        "用药情况",
        items.Medication,
        required=medication_adherence.is_in(chronic.REGULAR, chronic.INTERMITTENT),
        carry=True,
    )
    medication_changes = Rows("用药调整意见", items.Medication)

    referral_reason = Choice("转诊原因", options.REFERRAL_REASONS, section="转诊")
    referral_to = Text("转诊机构及科别", required=referral_reason.is_known(), section="转诊")
    referral_contact = Text("转诊联系人及电话", section="转诊")
    referral_arrived = Choice("转诊结果", chronic.ARRIVALS, section="转诊")
    next_step = Choice("下一步管理措施", chronic.NEXT_STEPS)
    next_due_on = Date("下次随访日期", required=completed)
    responsible_doctor = items.responsible_doctor("随访医生签名")
    resident_signature = items.resident_signature("居民签字")
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
    systolic = items.systolic("管理起始收缩压", section="")
    diastolic = items.diastolic("管理起始舒张压", section="")
    height = items.height("身高", section="")
    weight = items.weight("体重", section="")
    medications = Rows("用药情况", items.Medication)
    risk = Choice("心血管风险分层", options.RISKS)
    managed_from = Date("管理起始日期", required=True)
    managed_until = Date("管理终止日期")
    end_reason = Choice("终止管理原因", chronic.END_REASONS, required=managed_until.is_known())
    responsible_doctor = Person("责任医生", required=True)


class FirstPressure(Form):
    """首诊测血压: the first out-patient contact of the year of somebody of 35 or more, and the measurements again on other days.

    Electronic only; there is no national paper form (hypertension.md §1 screening). Somebody not measured is written down as well:
    35岁首诊测血压率 counts first contacts, with and without a blood pressure.
    """

    code, title = "htn_first_pressure", "首诊测血压记录"
    source = f"{NORM} 二（一）筛查"
    fill_notes = (
        "第一次发现收缩压≥140mmHg和（或）舒张压≥90mmHg，去除可能引起血压升高的因素后预约复查；"
        "非同日3次测量血压均高于正常，可初步诊断为高血压，建议转诊确诊并在2周内随访转诊结果。"
    )

    done_on = Date("测量日期", required=True)
    occasion = Choice("测量情形", options.OCCASIONS, required=True)
    not_measured = Choice("未测血压原因", options.NOT_MEASURED)
    measured = not_measured.is_missing()
    systolic = items.systolic("收缩压", required=measured)
    diastolic = items.diastolic("舒张压", required=measured)
    raised = (systolic >= Parameter("htn.raised_sbp")) | (diastolic >= Parameter("htn.raised_dbp"))
    raised_days = Quantity(
        "连续升高天数", unit="天", between=(0, 400), note="自动计算：连同本次，血压连续升高的不同天数"
    )
    _before = previous(
        raised_days, having=systolic.is_known(), within=Parameter("htn.diagnosis_within_days")
    ).if_missing(0)
    _day_before = previous(done_on, having=systolic.is_known())
    # Two readings on one day are one day (非同日); asked of the record before, so it is set after the field is there.
    raised_days.computed = case(
        (raised & (_before >= 1) & (_day_before == done_on), _before),
        (raised, _before + 1),
        (~raised, 0),
    )
    heart_rate = items.heart_rate("心率")
    known_hypertension = Choice("是否已确诊高血压", chronic.NONE_OR_SOME, required=True)
    causes = Text("可能引起血压升高的因素和处理", note="如情绪激动、运动、吸烟、未休息、膀胱充盈")
    confirmed = Choice("转诊确诊结果", options.CONFIRMATIONS, note="上级医院确诊后填写")
    referral_to = Text("转诊机构及科别", section="转诊")
    referral_arrived = Choice("转诊结果", chronic.ARRIVALS, only_if=referral_to.is_known(), section="转诊")
    guidance = Text("健康指导", multiline=True, max_length=500)
    next_due_on = Date("下次测量日期")
    responsible_doctor = items.responsible_doctor("测量医生")


class HighRiskContact(Form):
    """高血压高危人群: blood pressure at least every half year, and guidance on the way of living (hypertension.md §1).

    Electronic only; there is no national paper form.
    """

    code, title = "htn_high_risk_contact", "高血压高危人群管理记录"
    source = f"{NORM} 二（一）筛查 3"

    done_on = Date("服务日期", required=True)
    risk_factors = Choices("高危因素", options.RISK_FACTORS, required=True, carry=True)
    systolic = items.systolic("收缩压", required=True)
    diastolic = items.diastolic("舒张压", required=True)
    height = items.height("身高", carry=True)
    weight = items.weight("体重")
    bmi = items.bmi("体质指数", computed=body_mass_index(weight, height))
    guidance = Choices("生活方式指导", options.GUIDANCE, required=True)
    guidance_other = Text("其他指导", only_if=guidance.has("7"), required=True)
    next_due_on = Date("下次服务日期")
    responsible_doctor = items.responsible_doctor("责任医生")
