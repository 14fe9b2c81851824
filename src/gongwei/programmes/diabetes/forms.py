"""Forms of 2型糖尿病患者健康管理 (diabetes.md §3): the follow-up, the managed file and the yearly test of high-risk people.

Items common with hypertension come from chronic_care; 摄盐 and 心率 are not on this form.
"""

from decimal import Decimal

from gongwei.language import (
    LOINC,
    TRUTH,
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
)
from gongwei.language import bmi as body_mass_index
from gongwei.programmes.diabetes import options
from gongwei.programmes.health_record.chronic_care import items
from gongwei.programmes.health_record.chronic_care import options as chronic

NORM = "国家基本公共卫生服务规范（第三版）2型糖尿病患者健康管理服务规范"


class Insulin(RowGroup):
    """胰岛素: kind, and how much."""

    insulin_kind = Text("种类", max_length=70, required=True)
    usage = Text("用法", max_length=70)
    units_per_day = Quantity(
        "用量", unit="U/日", decimals=1, between=(0, 300), expected=(0, 100), required=True
    )


class LaboratoryTest(RowGroup):
    """其他检查: a result since the last contact, from any institution."""

    test_name = Text("检查名称", max_length=50, required=True)
    value = Text("结果", max_length=100, required=True)
    tested_on = Date("检查日期", past=True)


class FollowUp(Form):
    """2型糖尿病患者随访服务记录表."""

    code, title = "dm_follow_up", "2型糖尿病患者随访服务记录表"
    source = options.THIRD_EDITION
    fill_notes = (
        "空腹血糖指禁食至少8小时的血糖。若失访，在随访日期处写明失访原因；若死亡，写明死亡日期和死亡原因。"
    )

    done_on = Date("随访日期", required=True)
    result = items.result("随访结果")
    # Somebody not reached was not measured: what else is required is required of a completed contact.
    completed = items.was_completed(result)
    not_completed_reason = items.not_completed_reason("失访或拒访原因", result)
    death_on = items.death_on("死亡日期", result)
    death_cause = items.death_cause("死亡原因", result)
    mode = items.mode("随访方式", required=completed)

    symptoms = Choices("症状", options.SYMPTOMS, required=completed, section="症状")
    symptoms_other = Text(
        "其他症状", max_length=100, only_if=symptoms.has("10"), required=True, section="症状"
    )
    danger_signs = Choices(
        "危急情况", options.DANGER_SIGNS, note="仅电子表：症状勾选本身不作为危急情况", section="症状"
    )

    systolic = items.systolic("收缩压", required=completed)
    diastolic = items.diastolic("舒张压", required=completed)
    height = items.height("身高", carry=True, note="取最近一次身高，用于计算体质指数")
    weight = items.weight("体重")
    weight_goal = items.weight_goal("体重目标")
    bmi = items.bmi("体质指数", computed=body_mass_index(weight, height))
    bmi_goal = items.bmi_goal("体质指数目标", computed=body_mass_index(weight_goal, height))
    dorsalis_pedis = Choice(
        "足背动脉搏动",
        options.FOOT_PULSE,
        required=completed & Parameter("dm.foot_pulse_every_contact", TRUTH),
        section="体征",
    )
    dorsalis_pedis_side = Choice(
        "足背动脉搏动侧别",
        options.FOOT_PULSE_SIDE,
        only_if=dorsalis_pedis.is_in("2", "3"),
        required=True,
        section="体征",
    )
    signs_other = Text("其他体征", max_length=200, section="体征")

    cigarettes = items.cigarettes("日吸烟量", required=completed)
    cigarettes_goal = items.cigarettes_goal("日吸烟量目标")
    alcohol_liang = items.alcohol_liang("日饮酒量（折合白酒）", required=completed)
    alcohol_liang_goal = items.alcohol_liang_goal("日饮酒量目标")
    exercise_per_week = items.exercise_per_week("运动次数", required=completed)
    exercise_minutes = items.exercise_minutes("每次运动时间", required=completed)
    exercise_per_week_goal = items.exercise_per_week_goal("运动次数目标")
    exercise_minutes_goal = items.exercise_minutes_goal("每次运动时间目标")
    staple_food = Quantity(
        "主食量",
        unit="g/天",
        between=(0, 2000),
        expected=(100, 600),
        required=completed,
        carry=True,
        section="生活方式指导",
        note="各餐合计；生重或熟重见参数 dm.staple_food_basis",
    )
    staple_food_goal = Quantity(
        "主食量目标",
        unit="g/天",
        between=(0, 2000),
        expected=(100, 600),
        carry=True,
        section="生活方式指导",
    )
    psychological_adjustment = items.psychological_adjustment("心理调整", required=completed)
    compliance = items.compliance("遵医行为", required=completed)

    fasting_glucose = Quantity(
        "空腹血糖值",
        unit="mmol/L",
        decimals=1,
        between=(Decimal("0.5"), 50),
        expected=(Decimal("3.9"), Decimal("16.6")),
        required=completed,
        code=LOINC("14771-0"),
        section="辅助检查",
    )
    glucose_sample = Choice("血糖样本", options.GLUCOSE_SAMPLES, carry=True, section="辅助检查")
    postprandial_glucose = Quantity(
        "餐后2小时血糖", unit="mmol/L", decimals=1, between=(Decimal("0.5"), 60), section="辅助检查"
    )
    random_glucose = Quantity(
        "随机血糖", unit="mmol/L", decimals=1, between=(Decimal("0.5"), 60), section="辅助检查"
    )
    hba1c = Quantity(
        "糖化血红蛋白",
        unit="%",
        decimals=1,
        between=(3, 20),
        expected=(4, 14),
        code=LOINC("4548-4"),
        section="辅助检查",
    )
    hba1c_date = Date("糖化血红蛋白检查日期", past=True, only_if=hba1c.is_known(), section="辅助检查")
    tests = Rows("其他检查", LaboratoryTest, section="辅助检查")

    medication_adherence = items.medication_adherence("服药依从性", required=completed, section="用药")
    adverse_reaction = Choice("药物不良反应", chronic.NONE_OR_SOME, required=completed, section="用药")
    adverse_reaction_detail = Text(
        "不良反应的药物和表现",
        max_length=200,
        only_if=adverse_reaction == chronic.SOME,
        required=True,
        section="用药",
    )
    hypoglycaemia = Choice(
        "低血糖反应", options.HYPOGLYCAEMIA, required=completed, section="用药", note="上次随访以来"
    )
    complication = Choice("并发症", chronic.COMPLICATIONS, section="随访分类", note="与上次随访相比")
    outcome = Choice(
        "此次随访分类",
        chronic.OUTCOMES,
        required=completed,
        section="随访分类",
        element="DE05.10.012.00",
        note="按规则得出；医生可更改并写明理由。同时有几种情况时填最严重的一种：并发症、不良反应、控制不满意、控制满意",
    )
    outcome_reason = Text(
        "与自动分类不同的理由",
        max_length=200,
        section="随访分类",
        note="分类由规则得出，医生可以改变并说明理由",
    )
    insulin = Rows("胰岛素", Insulin, carry=True, section="用药")
    medications = Rows(
        "用药情况",
        items.Medication,
        required=medication_adherence.is_in(chronic.REGULAR, chronic.INTERMITTENT) & insulin.is_missing(),
        carry=True,
        section="用药",
    )
    medication_changes = Rows("用药调整意见", items.Medication, section="用药")
    insulin_changes = Rows("胰岛素调整", Insulin, section="用药")

    next_step = Choice("下一步管理措施", chronic.NEXT_STEPS, section="下一步")
    referral_reason = Choice("转诊原因", options.REFERRAL_REASONS, section="转诊")
    referral_to = Text(
        "转诊机构及科别", max_length=100, only_if=referral_reason.is_known(), required=True, section="转诊"
    )
    referral_contact = Text(
        "转诊联系人及电话", max_length=100, only_if=referral_reason.is_known(), section="转诊"
    )
    referral_arrived = Choice(
        "转诊结果", chronic.ARRIVALS, only_if=referral_reason.is_known(), section="转诊"
    )
    next_due_on = Date("下次随访日期", required=completed, section="下一步")
    responsible_doctor = items.responsible_doctor("随访医生签名", section="签名")
    resident_signature = items.resident_signature("居民签字", section="签名")
    note = Text("备注", max_length=500, multiline=True, section="签名")


class ManagedFile(Form):
    """糖尿病专案: electronic only, there is no national paper form (diabetes.md §1, as hypertension.md §3)."""

    code, title = "dm_managed_file", "2型糖尿病患者管理专案"
    source = "hypertension.md §3 [S:HIS] managed file, for diabetes"

    done_on = Date("建立日期", required=True)
    diabetes_type = Choice("糖尿病分型", options.DIABETES_TYPES, required=True)
    diagnosed_on = Date("确诊日期", required=True, past=True)
    diagnosed_by = Text("确诊机构", max_length=70)
    family_history = Choice("糖尿病家族史", chronic.NONE_OR_SOME)
    risk_factors = Choices("高危因素", options.RISK_FACTORS)
    starting_fasting_glucose = Quantity(
        "建档时空腹血糖", unit="mmol/L", decimals=1, between=(Decimal("0.5"), 50), code=LOINC("14771-0")
    )
    starting_hba1c = Quantity(
        "建档时糖化血红蛋白", unit="%", decimals=1, between=(3, 20), code=LOINC("4548-4")
    )
    starting_systolic = items.systolic("建档时收缩压", expected=None, section="")
    starting_diastolic = items.diastolic("建档时舒张压", expected=None, section="")
    starting_height = items.height("建档时身高", expected=None, section="")
    starting_weight = items.weight("建档时体重", expected=None, section="")
    medications = Rows("用药情况", items.Medication)
    insulin = Rows("胰岛素", Insulin)
    managed_from = Date("开始管理日期", required=True)
    managed_until = Date("结束管理日期")
    end_reason = Choice("结束管理原因", chronic.END_REASONS, only_if=managed_until.is_known(), required=True)
    responsible_doctor = Person("责任医生", required=True)


class HighRiskCheck(Form):
    """糖尿病高危人群: fasting glucose at least once a year, and guidance; also the test again after a raised result (diabetes.md §1)."""

    code, title = "dm_high_risk_check", "糖尿病高危人群血糖检测记录"
    source = "规范(第三版) 2型糖尿病患者健康管理服务 服务内容(一)筛查"
    version = 2  # symptoms, 2-hour and random glucose, HbA1c and the next day were added

    done_on = Date("检测日期", required=True)
    risk_factors = Choices("高危因素", options.RISK_FACTORS, required=True, carry=True)
    typical_symptoms = Choice("典型症状（多饮、多尿、多食、体重下降）", chronic.NONE_OR_SOME)
    fasting_glucose = Quantity(
        "空腹血糖",
        unit="mmol/L",
        decimals=1,
        between=(Decimal("0.5"), 50),
        expected=(Decimal("3.9"), Decimal("16.6")),
        note="空腹、糖负荷后2小时、随机血糖、糖化血红蛋白至少填一项",
        code=LOINC("14771-0"),
    )
    glucose_sample = Choice("血糖样本", options.GLUCOSE_SAMPLES, carry=True)
    postprandial_glucose = Quantity(
        "糖负荷后2小时血糖", unit="mmol/L", decimals=1, between=(Decimal("0.5"), 60)
    )
    random_glucose = Quantity("随机血糖", unit="mmol/L", decimals=1, between=(Decimal("0.5"), 60))
    hba1c = Quantity(
        "糖化血红蛋白", unit="%", decimals=1, between=(3, 20), expected=(4, 14), code=LOINC("4548-4")
    )
    guidance = Text("生活方式指导", max_length=500, multiline=True, required=True, carry=True)
    next_due_on = Date("下次检测日期")
    responsible_doctor = items.responsible_doctor("责任医生")
