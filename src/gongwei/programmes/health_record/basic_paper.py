"""个人基本信息表 as it is printed in the third edition; items 1 to 11 come from the resident's own profile."""

from gongwei.interfaces.print.words import Blank, Boxes, Grid, Group, Of, Options, Pairs, Paper, Row, Said
from gongwei.programmes.health_record.basic_information import (
    BasicInformation as B,
)
from gongwei.programmes.health_record.basic_information import PastDisease, PastEvent, Transfusion

BASIC_INFORMATION = Paper(
    B,
    widths=(9, 27),
    size=8.5,
    pad=1.15,
    rows=(
        Row("性别", Of("sex")),
        Pairs(Row("出生日期", Of("birth_date")), Row("身份证号", Of("id_number"))),
        Row("工作单位", Of("employer")),
        Pairs(
            Row("本人电话", Of("phone")),
            Row("联系人姓名", Of("contact_name")),
            Row("联系人电话", Of("contact_phone")),
        ),
        Pairs(
            Row("常住类型", Of("residence_type")),
            Row("民族", Said(B.ethnicity, 16), Said(B.ethnicity_other, 10)),
        ),
        Pairs(Row("血型", B.blood_abo), Row("Rh", B.blood_rh)),
        Row("文化程度", B.education),
        Row("职业", B.occupation),
        Row("婚姻状况", B.marital_status),
        Row("医疗费用\n支付方式", Options(B.payment_methods), "  ", Boxes(B.payment_methods, 3)),
        Row("药物过敏史", Options(B.drug_allergies), "  ", Boxes(B.drug_allergies, 4)),
        Row("暴露史", Options(B.exposures), "  ", Boxes(B.exposures, 3)),
        Group(
            "既往史",
            Row("疾病", Options(B.past_diseases), "  ", Boxes(B.past_diseases, 6)),
            Grid(
                "疾病名称与\n确诊时间",
                B.past_disease_details,
                3,
                ("疾病", (Said(PastDisease.disease, 26),)),
                ("病名", (Said(PastDisease.disease_name, 26),)),
                ("确诊时间", (Said(PastDisease.diagnosed_in, 20),)),
            ),
            Row("手术", B.surgery),
            Grid(
                "手术名称与时间",
                B.surgeries,
                2,
                ("名称", (Said(PastEvent.event_name, 30),)),
                ("时间", (Said(PastEvent.happened_in, 20),)),
            ),
            Row("外伤", B.injury),
            Grid(
                "外伤名称与时间",
                B.injuries,
                2,
                ("名称", (Said(PastEvent.event_name, 30),)),
                ("时间", (Said(PastEvent.happened_in, 20),)),
            ),
            Row("输血", B.transfusion),
            Grid(
                "输血原因与时间",
                B.transfusions,
                2,
                ("原因", (Said(Transfusion.cause, 30),)),
                ("时间", (Said(Transfusion.happened_in, 20),)),
            ),
        ),
        Group(
            "家族史",
            Pairs(
                Row("父亲", Boxes(B.family_father, 6)),
                Row("母亲", Boxes(B.family_mother, 6)),
            ),
            Pairs(
                Row("兄弟姐妹", Boxes(B.family_siblings, 6)),
                Row("子女", Boxes(B.family_children, 6)),
            ),
            Row("", Options(B.family_father), Blank(B.family_other, 24)),
        ),
        Row("遗传病史", B.genetic_disease),
        Row("残疾情况", Options(B.disabilities), "  ", Boxes(B.disabilities, 6)),
        Row("残疾证号", Blank(B.disability_certificate, 50)),
        Group(
            "生活环境*",
            Row("厨房排风设施", B.kitchen_exhaust),
            Row("燃料类型", B.fuel_type),
            Row("饮水", B.water_source),
            Row("厕所", B.toilet_type),
            Row("禽畜栏", B.livestock_pen),
        ),
        Row("填表日期", B.done_on),
    ),
)
