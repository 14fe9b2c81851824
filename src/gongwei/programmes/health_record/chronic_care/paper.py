"""What the follow-up forms of hypertension and diabetes print alike: the same rows in the same words, each with its own fields."""

from typing import Any

from gongwei.interfaces.print.words import Blank, Boxes, EachRow, Group, Options, Row, Said
from gongwei.programmes.health_record.chronic_care.items import Medication


def head(form: Any) -> tuple[Row, ...]:
    """Day, mode and symptoms."""
    return (
        Row("随访日期", form.done_on),
        Row("随访方式", form.mode),
        Row(
            "症状",
            Boxes(form.symptoms, 8),
            "\n其他：",
            form.symptoms_other,
            legend=(Options(form.symptoms),),
        ),
    )


def signs(form: Any, *own: Row) -> Group:
    """体征: pressure, weight and body mass index with their goals, what the programme looks at besides, and others."""
    return Group(
        "体征",
        Row("血压（mmHg）", Blank(form.systolic), " / ", Blank(form.diastolic)),
        Row("体重（kg）", Blank(form.weight), " / ", Blank(form.weight_goal)),
        Row("体质指数（BMI）\n（kg/m²）", Blank(form.bmi), " / ", Blank(form.bmi_goal)),
        *own,
        Row("其他", Blank(form.signs_other)),
    )


def life_style(form: Any, diet: Row) -> Group:
    """生活方式指导: tobacco, alcohol and exercise with their goals, what the programme says of diet, mind and compliance."""
    return Group(
        "生活方式指导",
        Row("日吸烟量（支）", Blank(form.cigarettes), " / ", Blank(form.cigarettes_goal)),
        Row("日饮酒量（两）", Blank(form.alcohol_liang), " / ", Blank(form.alcohol_liang_goal)),
        Row(
            "运动",
            Blank(form.exercise_per_week, 6),
            "次/周 ",
            Blank(form.exercise_minutes, 6),
            "分钟/次\n",
            Blank(form.exercise_per_week_goal, 6),
            "次/周 ",
            Blank(form.exercise_minutes_goal, 6),
            "分钟/次",
        ),
        diet,
        Row("心理调整", form.psychological_adjustment),
        Row("遵医行为", form.compliance),
    )


def medication(form: Any, *own: EachRow) -> Group:
    """用药情况: three medicines, and what the programme gives besides."""
    return Group(
        "用药情况",
        EachRow(
            form.medications,
            3,
            Row("药物名称{n}", Said(Medication.name, 26)),
            Row(
                "用法用量",
                "每日",
                Blank(Medication.times_a_day, 5),
                "次 每次",
                Blank(Medication.dose, 6),
                Said(Medication.dose_unit, 5),
            ),
        ),
        *own,
    )


def foot(form: Any) -> tuple[Group | Row, ...]:
    """Referral, the next day, the doctor's name."""
    return (
        Group(
            "转诊",
            Row("原因", form.referral_reason),
            Row("机构及科别", Said(form.referral_to, 26)),
        ),
        Row("下次随访日期", form.next_due_on),
        Row("随访医生签名", form.responsible_doctor),
    )
