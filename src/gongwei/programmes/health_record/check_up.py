"""健康体检表 (physical_exam.md §2): one form for new records, older people, hypertension, diabetes and others.

Which items a group must have filled is the "complete form" rule of §1.1, kept in parameters.yaml and judged by
measures; `required` here is only what every group demands. Hard ranges refuse, soft ranges ask; all of them are
plausibility ranges of the reference [D]. Left and right blood pressure carry the same LOINC code, so neither is
shared with another form by code: the higher arm is what counts (§3, vector 4).
"""

from decimal import Decimal

from gongwei.language import (
    AGE,
    FEMALE,
    GW,
    LOINC,
    SEX,
    Choice,
    Choices,
    Code,
    Date,
    Form,
    Person,
    Quantity,
    Rows,
    Text,
)
from gongwei.language import bmi as body_mass_index
from gongwei.programmes.health_record import check_up_items as items
from gongwei.programmes.health_record import check_up_rows as rows
from gongwei.programmes.health_record import options_check_up as options


class CheckUp(Form):
    """健康体检表."""

    code, title = "check_up", "健康体检表"
    source = options.THIRD_EDITION
    fill_notes = "带“*”的项目不作为普通居民的免费检查项目；老年人四项由65岁及以上老年人填写。"

    done_on = Date("体检日期", required=True)
    responsible_doctor = Person("责任医生", required=True, code=GW("responsible_doctor"))
    organization = Code("体检机构", "organizations", note="不在纸质表上，平台上报需要")
    groups = Choices("体检人群", options.GROUPS, note="由所纳入的管理类别得出")

    symptoms = Choices("症状", options.SYMPTOMS, required=True)
    symptoms_other = Text("其他症状", max_length=100, only_if=symptoms.has("25"), required=True)

    body_temperature = items.measured("体温", "℃", (30, 45), (35, 38), "8310-5", decimals=1, required=True)
    pulse_rate = items.measured("脉率", "次/分钟", (20, 250), (50, 110), "8867-4", required=True)
    respiratory_rate = items.measured("呼吸频率", "次/分钟", (4, 60), (12, 24), "9279-1", required=True)
    # One side at least (exam.bp_sides_required; the paper prints both): demanded by a check, since either will do.
    systolic_left = items.measured("血压左侧收缩压", "mmHg", (40, 300), (90, 179), "8480-6")
    diastolic_left = items.measured("血压左侧舒张压", "mmHg", (20, 200), (50, 109), "8462-4")
    systolic_right = items.measured("血压右侧收缩压", "mmHg", (40, 300), (90, 179), "8480-6")
    diastolic_right = items.measured("血压右侧舒张压", "mmHg", (20, 200), (50, 109), "8462-4")
    height = items.measured("身高", "cm", (50, 250), (130, 200), "8302-2", decimals=1, required=True)
    weight = items.measured("体重", "kg", (2, 300), (30, 120), "29463-7", decimals=1, required=True)
    waist = items.measured("腰围", "cm", (30, 200), (55, 120), "8280-0", decimals=1, required=True)
    bmi = Quantity(
        "体质指数（BMI）",
        unit="kg/m²",
        decimals=1,
        between=(3, 200),
        expected=(15, 40),
        computed=body_mass_index(weight, height),
        code=LOINC("39156-5"),
    )
    elderly_self_rated_health = Choice(
        "老年人健康状态自我评估", options.SELF_RATED_HEALTH, only_if=AGE >= 65, required=True
    )
    elderly_self_care = Choice(
        "老年人生活自理能力自我评估", options.SELF_CARE_LEVELS, only_if=AGE >= 65, required=True
    )
    elderly_cognition = Choice("老年人认知功能", options.SCREENING, only_if=AGE >= 65, required=True)
    mmse_score = Quantity(
        "简易智力状态检查总分", unit="分", between=(0, 30), only_if=elderly_cognition == "2", required=True
    )
    elderly_emotion = Choice("老年人情感状态", options.SCREENING, only_if=AGE >= 65, required=True)
    gds_score = Quantity(
        "老年人抑郁评分总分", unit="分", between=(0, 30), only_if=elderly_emotion == "2", required=True
    )

    exercise_frequency = Choice("锻炼频率", options.EXERCISE_FREQUENCY, required=True, carry=True)
    exercise_minutes = Quantity(
        "每次锻炼时间",
        unit="分钟",
        between=(1, 600),
        expected=(5, 180),
        only_if=exercise_frequency != "4",
        required=True,
        carry=True,
    )
    exercise_years = Quantity(
        "坚持锻炼时间",
        unit="年",
        decimals=1,
        between=(0, 120),
        only_if=exercise_frequency != "4",
        required=True,
        carry=True,
    )
    exercise_type = Text(
        "锻炼方式", max_length=100, only_if=exercise_frequency != "4", required=True, carry=True
    )
    diet_habits = Choices("饮食习惯", options.DIET_HABITS, required=True, carry=True)
    smoking_status = Choice("吸烟状况", options.SMOKING_STATUS, required=True, carry=True)
    cigarettes_per_day = Quantity(
        "日吸烟量",
        unit="支",
        between=(0, 200),
        expected=(1, 60),
        only_if=smoking_status.is_in("2", "3"),
        required=True,
        carry=True,
    )
    smoking_start_age = Quantity(
        "开始吸烟年龄",
        unit="岁",
        between=(5, 120),
        expected=(10, 60),
        only_if=smoking_status.is_in("2", "3"),
        required=True,
        carry=True,
    )
    smoking_quit_age = Quantity(
        "戒烟年龄", unit="岁", between=(5, 120), only_if=smoking_status == "2", required=True, carry=True
    )
    drinking_frequency = Choice("饮酒频率", options.DRINKING_FREQUENCY, required=True, carry=True)
    alcohol_liang_per_day = Quantity(
        "日饮酒量（折合白酒）",
        unit="两",
        decimals=1,
        between=(0, 50),
        expected=(0, 10),
        only_if=drinking_frequency != "1",
        required=True,
        carry=True,
        note="白酒1两 = 葡萄酒4两 = 黄酒半斤 = 啤酒1瓶 = 果酒4两",
    )
    drinking_quit = Choice(
        "是否戒酒", options.DRINKING_QUIT, only_if=drinking_frequency != "1", required=True, carry=True
    )
    drinking_quit_age = Quantity(
        "戒酒年龄", unit="岁", between=(5, 120), only_if=drinking_quit == "2", required=True, carry=True
    )
    drinking_start_age = Quantity(
        "开始饮酒年龄",
        unit="岁",
        between=(5, 120),
        only_if=drinking_frequency != "1",
        required=True,
        carry=True,
    )
    drunk_last_year = Choice(
        "近一年内是否曾醉酒", options.YES_OR_NO, only_if=drinking_frequency != "1", required=True, carry=True
    )
    alcohol_types = Choices(
        "饮酒种类", options.ALCOHOL_TYPES, only_if=drinking_frequency != "1", required=True, carry=True
    )
    alcohol_type_other = Text(
        "其他饮酒种类", max_length=50, only_if=alcohol_types.has("5"), required=True, carry=True
    )
    occupational_exposure = Choice("职业病危害因素接触史", options.NONE_OR_SOME, required=True, carry=True)
    job = Text("工种", max_length=50, only_if=occupational_exposure == "2", required=True, carry=True)
    job_years = Quantity(
        "从业时间",
        unit="年",
        between=(0, 80),
        only_if=occupational_exposure == "2",
        required=True,
        carry=True,
    )
    exposures = Rows("接触的毒物", rows.OccupationalHazard, only_if=occupational_exposure == "2", carry=True)

    lips = Choice("口唇", options.LIPS)
    teeth = Choices("齿列", options.TEETH)
    teeth_missing_ul = Text("缺齿左上", max_length=30, only_if=teeth.has("2"))
    teeth_missing_ll = Text("缺齿左下", max_length=30, only_if=teeth.has("2"))
    teeth_missing_ur = Text("缺齿右上", max_length=30, only_if=teeth.has("2"))
    teeth_missing_lr = Text("缺齿右下", max_length=30, only_if=teeth.has("2"))
    teeth_caries_ul = Text("龋齿左上", max_length=30, only_if=teeth.has("3"))
    teeth_caries_ll = Text("龋齿左下", max_length=30, only_if=teeth.has("3"))
    teeth_caries_ur = Text("龋齿右上", max_length=30, only_if=teeth.has("3"))
    teeth_caries_lr = Text("龋齿右下", max_length=30, only_if=teeth.has("3"))
    teeth_denture_ul = Text("义齿左上", max_length=30, only_if=teeth.has("4"))
    teeth_denture_ll = Text("义齿左下", max_length=30, only_if=teeth.has("4"))
    teeth_denture_ur = Text("义齿右上", max_length=30, only_if=teeth.has("4"))
    teeth_denture_lr = Text("义齿右下", max_length=30, only_if=teeth.has("4"))
    pharynx = Choice("咽部", options.PHARYNX)
    vision_left = Quantity("左眼视力", unit="", decimals=1, between=(0, Decimal("5.3")))
    vision_right = Quantity("右眼视力", unit="", decimals=1, between=(0, Decimal("5.3")))
    vision_corrected_left = Quantity("左眼矫正视力", unit="", decimals=1, between=(0, Decimal("5.3")))
    vision_corrected_right = Quantity("右眼矫正视力", unit="", decimals=1, between=(0, Decimal("5.3")))
    vision_scale = Choice("视力记录法", options.VISION_SCALES)
    hearing = Choice("听力", options.HEARING)
    motor_function = Choice("运动功能", options.MOTOR_FUNCTION)

    fundus = Choice("眼底", options.NORMAL_OR_NOT)
    fundus_other = Text("眼底说明", max_length=100, only_if=fundus == "2", required=True)
    skin = Choice("皮肤", options.SKIN)
    skin_other = Text("皮肤说明", max_length=100, only_if=skin == "7", required=True)
    sclera = Choice("巩膜", options.SCLERA)
    sclera_other = Text("巩膜说明", max_length=100, only_if=sclera == "4", required=True)
    lymph_nodes = Choice("淋巴结", options.LYMPH_NODES)
    lymph_nodes_other = Text("淋巴结说明", max_length=100, only_if=lymph_nodes == "4", required=True)
    barrel_chest = Choice("肺：桶状胸", options.NO_OR_YES)
    breath_sounds = Choice("肺：呼吸音", options.NORMAL_OR_NOT)
    breath_sounds_other = Text("肺：呼吸音说明", max_length=100, only_if=breath_sounds == "2", required=True)
    rales = Choice("肺：罗音", options.RALES)
    rales_other = Text("肺：罗音说明", max_length=100, only_if=rales == "4", required=True)
    heart_rate = Quantity("心脏：心率", unit="次/分钟", between=(20, 250), expected=(50, 110))
    heart_rhythm = Choice("心脏：心律", options.HEART_RHYTHM)
    heart_murmur = Choice("心脏：杂音", options.NONE_OR_SOME)
    heart_murmur_other = Text("心脏：杂音说明", max_length=100, only_if=heart_murmur == "2", required=True)
    abdomen_tenderness = Choice("腹部：压痛", options.NONE_OR_SOME)
    abdomen_tenderness_other = Text(
        "腹部：压痛说明", max_length=100, only_if=abdomen_tenderness == "2", required=True
    )
    abdomen_mass = Choice("腹部：包块", options.NONE_OR_SOME)
    abdomen_mass_other = Text("腹部：包块说明", max_length=100, only_if=abdomen_mass == "2", required=True)
    hepatomegaly = Choice("腹部：肝大", options.NONE_OR_SOME)
    hepatomegaly_other = Text("腹部：肝大说明", max_length=100, only_if=hepatomegaly == "2", required=True)
    splenomegaly = Choice("腹部：脾大", options.NONE_OR_SOME)
    splenomegaly_other = Text("腹部：脾大说明", max_length=100, only_if=splenomegaly == "2", required=True)
    shifting_dullness = Choice("腹部：移动性浊音", options.NONE_OR_SOME)
    shifting_dullness_other = Text(
        "腹部：移动性浊音说明", max_length=100, only_if=shifting_dullness == "2", required=True
    )
    leg_oedema = Choice("下肢水肿", options.LEG_OEDEMA)
    dorsalis_pedis = Choice("足背动脉搏动", options.DORSALIS_PEDIS, note="糖尿病患者必须进行此项检查")
    rectal_exam = Choices("肛门指诊", options.RECTAL_EXAM)
    rectal_exam_other = Text("肛门指诊说明", max_length=100, only_if=rectal_exam.has("5"), required=True)
    breast = Choices("乳腺", options.BREAST)
    breast_other = Text("乳腺说明", max_length=100, only_if=breast.has("5"), required=True)
    vulva = Choice("妇科：外阴", options.NOTHING_OR_ABNORMAL, only_if=SEX == FEMALE)
    vulva_other = Text("妇科：外阴说明", max_length=100, only_if=vulva == "2", required=True)
    vagina = Choice("妇科：阴道", options.NOTHING_OR_ABNORMAL, only_if=SEX == FEMALE)
    vagina_other = Text("妇科：阴道说明", max_length=100, only_if=vagina == "2", required=True)
    cervix = Choice("妇科：宫颈", options.NOTHING_OR_ABNORMAL, only_if=SEX == FEMALE)
    cervix_other = Text("妇科：宫颈说明", max_length=100, only_if=cervix == "2", required=True)
    uterus = Choice("妇科：宫体", options.NOTHING_OR_ABNORMAL, only_if=SEX == FEMALE)
    uterus_other = Text("妇科：宫体说明", max_length=100, only_if=uterus == "2", required=True)
    adnexa = Choice("妇科：附件", options.NOTHING_OR_ABNORMAL, only_if=SEX == FEMALE)
    adnexa_other = Text("妇科：附件说明", max_length=100, only_if=adnexa == "2", required=True)
    exam_other = Text("查体其他", max_length=200)

    haemoglobin = items.measured("血红蛋白", "g/L", (20, 300), (115, 175), "718-7")
    wbc = items.measured("白细胞", "×10⁹/L", ("0.1", 200), ("3.5", "9.5"), "6690-2", decimals=1)
    platelets = items.measured("血小板", "×10⁹/L", (1, 2000), (125, 350), "777-3")
    blood_count_other = Text("血常规其他", max_length=100, note="严重精神障碍患者填白细胞分类")
    blood_count_not_done = Choice("血常规未查原因", options.NOT_DONE)
    urine_protein = Choice("尿蛋白", options.URINE_STRIP, code=LOINC("20454-5"))
    urine_glucose = Choice("尿糖", options.URINE_STRIP, code=LOINC("25428-4"))
    urine_ketones = Choice("尿酮体", options.URINE_STRIP, code=LOINC("2514-8"))
    urine_blood = Choice("尿潜血", options.URINE_STRIP, code=LOINC("5794-3"))
    urine_other = Text("尿常规其他", max_length=100, note="定量结果连同单位写在此处")
    urine_not_done = Choice("尿常规未查原因", options.NOT_DONE)
    fasting_glucose = items.measured("空腹血糖", "mmol/L", ("0.5", 50), ("3.9", "6.1"), "14771-0", decimals=1)
    fasting_glucose_mg = Quantity(
        "空腹血糖（mg/dL）", unit="mg/dL", between=(9, 900), note="纸质表可填mg/dL；÷18.0即mmol/L，两者填其一"
    )
    fasting_glucose_not_done = Choice("空腹血糖未查原因", options.NOT_DONE)
    ecg = Choice("心电图", options.NORMAL_OR_NOT)
    ecg_other = Text("心电图说明", max_length=200, only_if=ecg == "2", required=True)
    ecg_not_done = Choice("心电图未查原因", options.NOT_DONE)
    urine_microalbumin = items.measured("尿微量白蛋白", "mg/dL", (0, 1000), (0, 2), "14957-5", decimals=1)
    stool_blood = Choice("大便潜血", options.NEGATIVE_OR_POSITIVE)
    hba1c = items.measured("糖化血红蛋白", "%", (3, 20), (4, 6), "4548-4", decimals=1)
    hba1c_not_done = Choice("糖化血红蛋白未查原因", options.NOT_DONE)
    hbsag = Choice("乙型肝炎表面抗原", options.NEGATIVE_OR_POSITIVE)
    alt = items.measured("血清谷丙转氨酶", "U/L", (0, 5000), (7, 50), "1742-6", decimals=1)
    ast = items.measured("血清谷草转氨酶", "U/L", (0, 5000), (13, 40), "1920-8", decimals=1)
    albumin = items.measured("白蛋白", "g/L", (10, 80), (40, 55), "1751-7", decimals=1)
    total_bilirubin = items.measured("总胆红素", "μmol/L", (0, 1000), (0, 26), "14631-6", decimals=1)
    direct_bilirubin = items.measured("结合胆红素", "μmol/L", (0, 700), (0, 8), "14629-0", decimals=1)
    liver_not_done = Choice("肝功能未查原因", options.NOT_DONE)
    creatinine = items.measured("血清肌酐", "μmol/L", (5, 3000), (41, 111), "14682-9", decimals=1)
    urea = items.measured("血尿素", "mmol/L", ("0.1", 100), ("2.6", "9.5"), "22664-7", decimals=2)
    potassium = items.measured("血钾浓度", "mmol/L", (1, 10), ("3.5", "5.3"), "2823-3", decimals=2)
    sodium = items.measured("血钠浓度", "mmol/L", (90, 200), (137, 147), "2951-2", decimals=1)
    kidney_not_done = Choice("肾功能未查原因", options.NOT_DONE)
    total_cholesterol = items.measured(
        "总胆固醇", "mmol/L", ("0.5", 30), ("0.5", "5.2"), "14647-2", decimals=2
    )
    triglycerides = items.measured("甘油三酯", "mmol/L", ("0.1", 60), ("0.1", "1.7"), "14927-8", decimals=2)
    ldl_c = items.measured(
        "血清低密度脂蛋白胆固醇", "mmol/L", ("0.1", 25), ("0.1", "3.4"), "22748-8", decimals=2
    )
    hdl_c = items.measured("血清高密度脂蛋白胆固醇", "mmol/L", ("0.1", 10), (1, 10), "14646-4", decimals=2)
    lipids_not_done = Choice("血脂未查原因", options.NOT_DONE)
    chest_xray = Choice("胸部X线片", options.NORMAL_OR_NOT)
    chest_xray_other = Text("胸部X线片说明", max_length=200, only_if=chest_xray == "2", required=True)
    chest_xray_not_done = Choice("胸部X线片未查原因", options.NOT_DONE)
    ultrasound_abdomen = Choice("腹部B超", options.NORMAL_OR_NOT)
    ultrasound_abdomen_other = Text(
        "腹部B超说明", max_length=200, only_if=ultrasound_abdomen == "2", required=True
    )
    ultrasound_not_done = Choice("腹部B超未查原因", options.NOT_DONE)
    ultrasound_other = Choice("其他B超", options.NORMAL_OR_NOT)
    ultrasound_other_other = Text(
        "其他B超说明", max_length=200, only_if=ultrasound_other == "2", required=True
    )
    cervical_smear = Choice("宫颈涂片", options.NORMAL_OR_NOT, only_if=SEX == FEMALE)
    cervical_smear_other = Text("宫颈涂片说明", max_length=200, only_if=cervical_smear == "2", required=True)
    lab_other = Text("辅助检查其他", max_length=500)

    cerebrovascular = Choices("脑血管疾病", options.CEREBROVASCULAR, carry=True)
    cerebrovascular_other = Text(
        "脑血管疾病说明", max_length=100, only_if=cerebrovascular.has("6"), required=True, carry=True
    )
    renal = Choices("肾脏疾病", options.RENAL, carry=True)
    renal_other = Text("肾脏疾病说明", max_length=100, only_if=renal.has("6"), required=True, carry=True)
    cardiac = Choices("心脏疾病", options.CARDIAC, carry=True)
    cardiac_other = Text("心脏疾病说明", max_length=100, only_if=cardiac.has("7"), required=True, carry=True)
    vascular = Choices("血管疾病", options.VASCULAR, carry=True)
    vascular_other = Text(
        "血管疾病说明", max_length=100, only_if=vascular.has("4"), required=True, carry=True
    )
    ocular = Choices("眼部疾病", options.OCULAR, carry=True)
    ocular_other = Text("眼部疾病说明", max_length=100, only_if=ocular.has("5"), required=True, carry=True)
    neurological = Choices("神经系统疾病", options.FOUND_OR_NOT, carry=True)
    neurological_other = Text(
        "神经系统疾病说明", max_length=100, only_if=neurological.has("2"), required=True, carry=True
    )
    other_system = Choices("其他系统疾病", options.FOUND_OR_NOT, carry=True)
    other_system_other = Text(
        "其他系统疾病说明", max_length=100, only_if=other_system.has("2"), required=True, carry=True
    )

    hospitalizations = Rows("住院史", rows.Hospitalization)
    home_beds = Rows("家庭病床史", rows.HomeBed)
    medications = Rows("主要用药情况", rows.Medication, carry=True)
    vaccinations = Rows("非免疫规划预防接种史", rows.Vaccination)

    assessment = Choice("健康评价", options.ASSESSMENT, required=True)
    abnormalities = Rows("异常", rows.Abnormality, only_if=assessment == "2", required=True)
    guidance = Choices("健康指导", options.GUIDANCE)
    risk_control = Choices("危险因素控制", options.RISK_CONTROL)
    target_weight = Quantity(
        "减体重目标",
        unit="kg",
        decimals=1,
        between=(2, 300),
        expected=(30, 120),
        only_if=risk_control.has("5"),
        required=True,
    )
    vaccines_advised = Text("建议接种的疫苗", max_length=100, only_if=risk_control.has("6"), required=True)
    risk_control_other = Text(
        "其他危险因素控制", max_length=100, only_if=risk_control.has("7"), required=True
    )
    next_due_on = Date("下次体检或服务时间", note="不在纸质表上；规范要求告知或预约下次服务")
    reported_on = Date("结果反馈日期", note="不在纸质表上，核查时需要")
    report_mode = Choice("结果反馈方式", options.REPORT_MODES)


#: The headings of the paper form and the field each begins with.
SECTIONS = {
    "done_on": "体检信息",
    "symptoms": "症状",
    "body_temperature": "一般状况",
    "exercise_frequency": "生活方式",
    "lips": "脏器功能",
    "fundus": "查体",
    "haemoglobin": "辅助检查",
    "cerebrovascular": "现存主要健康问题",
    "hospitalizations": "住院治疗情况",
    "medications": "主要用药情况",
    "vaccinations": "非免疫规划预防接种史",
    "assessment": "健康评价",
    "guidance": "健康指导",
}
_heading = ""
for _name, _field in CheckUp.fields.items():
    _heading = SECTIONS.get(_name, _heading)
    _field.section = _heading
