"""What follow-ups of every chronic disease find abnormal; a programme adds its own (hypertension.md §4, diabetes.md §4)."""

from typing import Any

from gongwei.language import Parameter
from gongwei.language.abnormal import Abnormal
from gongwei.language.expressions import Expression
from gongwei.programmes.health_record.chronic_care import options

DESIGN = "随访记录中的异常 [D]"


def critical_pressure(f: Any, parameters: str) -> Abnormal:
    """A pressure that has to be seen the same day; shown beside the upper one."""
    return Abnormal(
        f.systolic,
        (f.systolic >= Parameter(f"{parameters}.emergency_sbp"))
        | (f.diastolic >= Parameter(f"{parameters}.emergency_dbp")),
        "血压危急",
        explain="您的血压非常高，随时可能引起脑出血、心力衰竭等危险。",
        advise="请今天就到上级医院就诊，路上不要自己开车，不要用力。",
        refer=True,
        urgent=True,
        code=f"{f.code}.critical_pressure",
        source="规范（第三版）二（二）1 危急情况",
    )


def danger(f: Any, signs: tuple[str, ...]) -> Abnormal:
    """One of the form's signs of danger."""
    return Abnormal(
        f.danger_signs,
        f.danger_signs.has_any(*signs),
        "存在危急情况",
        explain="您有需要马上处理的危险症状。",
        advise="请立即到上级医院就诊，两周内我们会了解您的就诊情况。",
        refer=True,
        urgent=True,
        code=f"{f.code}.danger",
        source="规范（第三版）二（二）1 危急情况",
    )


def reaction(f: Any, again: Expression) -> tuple[Abnormal, ...]:
    """An adverse reaction; the second in a row is referred."""
    said = "您用药后有不舒服的反应。"
    return (
        Abnormal(
            f.adverse_reaction,
            again,
            "药物不良反应难以控制",
            explain=said + "换药后仍然存在。",
            advise="请到上级医院调整用药，不要自行停药。",
            refer=True,
            code=f"{f.code}.reaction_again",
            source=DESIGN,
        ),
        Abnormal(
            f.adverse_reaction,
            f.adverse_reaction == options.SOME,
            "药物不良反应",
            explain=said,
            advise="医生会为您调整用药，两周内复诊，不要自行停药。",
            code=f"{f.code}.reaction",
            source=DESIGN,
        ),
    )


def complication(f: Any) -> Abnormal:
    """A new complication, or an old one worse."""
    return Abnormal(
        f.complication,
        f.complication.is_in(options.NEW_COMPLICATION, options.WORSE_COMPLICATION),
        "并发症出现或加重",
        explain="您出现了新的并发症，或原有并发症加重。",
        advise="请到上级医院检查治疗，两周内我们会了解您的就诊情况。",
        refer=True,
        code=f"{f.code}.complication",
        source="规范（第三版）二（三）",
    )


def weight(f: Any) -> tuple[Abnormal, ...]:
    """Obesity, overweight."""
    return tuple(
        Abnormal(
            f.bmi,
            f.bmi >= Parameter(f"exam.{limit}_bmi"),
            name,
            explain=f"您的体重{said}，会加重血压、血糖和心脏的负担。",
            advise="少油少糖，主食适量，每天快走30分钟以上，每月称一次体重。",
            code=f"{f.code}.{limit}",
            source="physical_exam.md §3 体检异常",
        )
        for limit, name, said in (("obese", "肥胖", "明显超标"), ("overweight", "超重", "超过标准"))
    )


def adherence(f: Any) -> Abnormal:
    """Drugs prescribed and not taken as told."""
    return Abnormal(
        f.medication_adherence,
        f.medication_adherence.is_in(options.INTERMITTENT, options.NOT_TAKEN),
        "未规律服药",
        explain="您没有按医生的要求天天服药，病情容易反复。",
        advise="请每天定时服药，不要因为没有不舒服就停药；有困难告诉村医。",
        code=f"{f.code}.adherence",
        source=DESIGN,
    )
