"""个人基本信息表, items 12 to 32 (records.md §4).

Items 1 to 11 (编号, 姓名, 性别, 出生日期, 证件, 工作单位, 电话, 联系人, 常住类型) are the resident's own profile and
stand once, in `residents`; the printed form joins both. Residents of 0 to 6 years do not fill this form: their
basic data are on 新生儿家庭访视记录表.
"""

from gongwei.language import Choice, Choices, Date, Form, RowGroup, Rows, Text
from gongwei.programmes.health_record import options_basic as options

#: A disease or operation is remembered to the month, sometimes only to the year.
YEAR_MONTH = r"(19|20)\d{2}(-(0[1-9]|1[0-2]))?"
YEAR_MONTH_HINT = "写到年月，如 2015-06；月份不详时只写年"


class PastDisease(RowGroup):
    """One disease of the past with the month of diagnosis; 6, 12 and 13 need its name."""

    disease = Choice("疾病", options.PAST_DISEASES, required=True)
    disease_name = Text("病名", max_length=70)
    diagnosed_in = Text("确诊时间", max_length=7, pattern=YEAR_MONTH, pattern_hint=YEAR_MONTH_HINT)


class PastEvent(RowGroup):
    """An operation or an injury."""

    event_name = Text("名称", max_length=70, required=True)
    happened_in = Text("时间", max_length=7, pattern=YEAR_MONTH, pattern_hint=YEAR_MONTH_HINT)


class Transfusion(RowGroup):
    """A transfusion: why and when."""

    cause = Text("原因", max_length=100, required=True)
    happened_in = Text("时间", max_length=7, pattern=YEAR_MONTH, pattern_hint=YEAR_MONTH_HINT)


class BasicInformation(Form):
    """个人基本信息表 without the identity items."""

    code, title = "basic_information", "个人基本信息表"
    source = options.THIRD_EDITION
    fill_notes = "0～6岁儿童不填此表；项目有变动时可在原条目处修改并注明修改时间，或重新填写。"

    done_on = Date("填表日期", required=True)

    ethnicity = Choice(
        "民族", options.ETHNICITIES, required=True, carry=True, section="基本信息", element="DE02.01.025.00"
    )
    ethnicity_other = Text(
        "其他民族名称",
        max_length=20,
        only_if=ethnicity.is_in("97", "98"),
        required=True,
        carry=True,
        section="基本信息",
    )
    blood_abo = Choice(
        "血型（ABO）",
        options.BLOOD_ABO,
        required=True,
        carry=True,
        section="基本信息",
        element="DE04.50.001.00",
    )
    blood_rh = Choice(
        "血型（Rh）",
        options.BLOOD_RH,
        required=True,
        carry=True,
        section="基本信息",
        element="DE04.50.010.00",
        note="第二版表问“RH阴性 1否 2是 3不详”，含义相反，导入时转换",
    )
    education = Choice(
        "文化程度", options.EDUCATION, required=True, carry=True, section="基本信息", element="DE02.01.041.00"
    )
    occupation = Choice(
        "职业", options.OCCUPATIONS, required=True, carry=True, section="基本信息", element="DE02.01.052.00"
    )
    marital_status = Choice(
        "婚姻状况",
        options.MARITAL_STATUS,
        required=True,
        carry=True,
        section="基本信息",
        element="DE02.01.018.00",
    )
    payment_methods = Choices(
        "医疗费用支付方式",
        options.PAYMENT_METHODS,
        required=True,
        carry=True,
        section="基本信息",
        element="DE07.00.007.00",
    )
    payment_other = Text(
        "其他支付方式",
        max_length=50,
        only_if=payment_methods.has("8"),
        required=True,
        carry=True,
        section="基本信息",
    )

    drug_allergies = Choices(
        "药物过敏史",
        options.DRUG_ALLERGIES,
        required=True,
        carry=True,
        section="过敏与暴露",
        element="DE05.01.022.00",
    )
    drug_allergy_other = Text(
        "其他过敏药物",
        max_length=100,
        only_if=drug_allergies.has("5"),
        required=True,
        carry=True,
        section="过敏与暴露",
    )
    exposures = Choices(
        "暴露史", options.EXPOSURES, required=True, carry=True, section="过敏与暴露", element="DE03.00.021.00"
    )

    past_diseases = Choices(
        "既往史：疾病",
        options.PAST_DISEASES,
        required=True,
        carry=True,
        section="既往史",
        element="DE02.10.021.00",
    )
    past_disease_details = Rows(
        "疾病名称与确诊时间",
        PastDisease,
        only_if=~past_diseases.has("1"),
        carry=True,
        section="既往史",
        element="DE05.01.035.00",
    )
    surgery = Choice("既往史：手术", options.NONE_OR_SOME, required=True, carry=True, section="既往史")
    surgeries = Rows(
        "手术名称与时间", PastEvent, only_if=surgery == "2", required=True, carry=True, section="既往史"
    )
    injury = Choice("既往史：外伤", options.NONE_OR_SOME, required=True, carry=True, section="既往史")
    injuries = Rows(
        "外伤名称与时间", PastEvent, only_if=injury == "2", required=True, carry=True, section="既往史"
    )
    transfusion = Choice("既往史：输血", options.NONE_OR_SOME, required=True, carry=True, section="既往史")
    transfusions = Rows(
        "输血原因与时间", Transfusion, only_if=transfusion == "2", required=True, carry=True, section="既往史"
    )

    family_father = Choices(
        "家族史：父亲",
        options.FAMILY_DISEASES,
        required=True,
        carry=True,
        section="家族史",
        element="DE02.10.024.00",
    )
    family_mother = Choices(
        "家族史：母亲",
        options.FAMILY_DISEASES,
        required=True,
        carry=True,
        section="家族史",
        element="DE02.10.024.00",
    )
    family_siblings = Choices(
        "家族史：兄弟姐妹",
        options.FAMILY_DISEASES,
        required=True,
        carry=True,
        section="家族史",
        element="DE02.10.024.00",
    )
    family_children = Choices(
        "家族史：子女",
        options.FAMILY_DISEASES,
        required=True,
        carry=True,
        section="家族史",
        element="DE02.10.024.00",
    )
    family_other = Text(
        "家族史：其他疾病名称",
        max_length=100,
        only_if=family_father.has("12")
        | family_mother.has("12")
        | family_siblings.has("12")
        | family_children.has("12"),
        required=True,
        carry=True,
        section="家族史",
    )

    genetic_disease = Choice(
        "遗传病史",
        options.NONE_OR_SOME,
        required=True,
        carry=True,
        section="家族史",
        element="DE02.10.026.00",
    )
    genetic_disease_name = Text(
        "遗传病名称",
        max_length=70,
        only_if=genetic_disease == "2",
        required=True,
        carry=True,
        section="家族史",
    )
    disabilities = Choices(
        "残疾情况",
        options.DISABILITIES,
        required=True,
        carry=True,
        section="残疾情况",
        element="DE05.10.006.00",
    )
    disability_other = Text(
        "其他残疾",
        max_length=50,
        only_if=disabilities.has("8"),
        required=True,
        carry=True,
        section="残疾情况",
    )
    disability_certificate = Text(
        "残疾证号",
        max_length=20,
        pattern=r"\d{17}[\dX][1-7][1-4]",
        pattern_hint="应为20位：18位公民身份号码、1位类别、1位等级",
        only_if=~disabilities.has("1"),
        carry=True,
        section="残疾情况",
    )

    kitchen_exhaust = Choice(
        "厨房排风设施",
        options.KITCHEN_EXHAUST,
        carry=True,
        section="生活环境",
        element="DE03.00.006.00",
        note="生活环境各项农村地区填写",
    )
    fuel_type = Choice(
        "燃料类型", options.FUEL_TYPES, carry=True, section="生活环境", element="DE03.00.050.00"
    )
    water_source = Choice(
        "饮水", options.WATER_SOURCES, carry=True, section="生活环境", element="DE03.00.082.00"
    )
    toilet_type = Choice(
        "厕所", options.TOILET_TYPES, carry=True, section="生活环境", element="DE03.00.005.00"
    )
    livestock_pen = Choice(
        "禽畜栏", options.LIVESTOCK_PENS, carry=True, section="生活环境", element="DE03.00.049.00"
    )
