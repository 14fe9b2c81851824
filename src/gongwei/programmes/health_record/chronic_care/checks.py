"""Record checks that hold for the follow-ups of every chronic disease; each programme lists those it takes up.

`f` is the follow-up form, with the items of `items` under their usual names.
"""

from typing import Any

from gongwei.language import ASK, BLOCK, WARN, Parameter, months
from gongwei.language.checks import RecordCheck
from gongwei.language.decisions import DecisionTable
from gongwei.language.episodes import Episode
from gongwei.language.expressions import Expression
from gongwei.programmes.health_record.chronic_care import options

OVERWEIGHT = 24  # kg/m², 成人体重判定 WS/T 428—2013


def systolic_above_diastolic(f: Any, title: str = "收缩压应高于舒张压") -> RecordCheck:
    """QB003: two pressures typed the wrong way round."""
    return RecordCheck(
        title,
        on=f,
        holds=f.systolic > f.diastolic,
        then=BLOCK,
        code="QB003",
        fields=("systolic", "diastolic"),
    )


def not_before_management(f: Any, episode: Episode) -> RecordCheck:
    """QC027: nobody is followed up before being enrolled."""
    return RecordCheck(
        "随访日期不能早于纳入管理的日期",
        on=f,
        holds=f.done_on >= episode.start,
        then=BLOCK,
        code="QC027",
        fields=("done_on",),
    )


def next_after_this(f: Any) -> RecordCheck:
    """QC026: the next contact is after this one."""
    return RecordCheck(
        "下次随访日期应晚于随访日期",
        on=f,
        holds=f.next_due_on > f.done_on,
        then=BLOCK,
        code="QC026",
        fields=("next_due_on",),
    )


def next_not_too_far(f: Any, parameters: str) -> RecordCheck:
    """QC026: the next contact is at most `<parameters>.next_due_within_months` away."""
    return RecordCheck(
        "下次随访日期不应超过4个月",
        on=f,
        holds=f.next_due_on <= f.done_on + months(Parameter(f"{parameters}.next_due_within_months")),
        then=BLOCK,
        code="QC026",
        fields=("next_due_on",),
        message="下次随访日期距本次随访过远，请核对",
    )


def class_as_proposed(f: Any, table: DecisionTable) -> RecordCheck:
    """QC005: the doctor's 此次随访分类 is the table's, or the doctor said why not."""
    return RecordCheck(
        "此次随访分类与规则不符",
        on=f,
        holds=(f.outcome == table.proposal("outcome")) | f.outcome_reason.is_known(),
        then=ASK,
        code="QC005",
        fields=("outcome", "outcome_reason"),
        message="此次随访分类与自动分类不同，请核对或填写理由",
    )


def no_drugs_if_not_taken(f: Any) -> RecordCheck:
    """QC010: 不服药 and a list of drugs contradict each other."""
    return RecordCheck(
        "不服药者不应填写用药情况",
        on=f,
        holds=~((f.medication_adherence == options.NOT_TAKEN) & (f.medications.count() > 0)),
        then=WARN,
        code="QC010",
        fields=("medications",),
        message="服药依从性为“不服药”，却填写了用药情况，请核对",
    )


def weight_goal_not_above_weight(f: Any) -> RecordCheck:
    """QB009: somebody overweight is not advised to gain weight."""
    return RecordCheck(
        "目标体重不应高于当前体重",
        on=f,
        holds=~((f.bmi >= OVERWEIGHT) & (f.weight_goal > f.weight)),
        then=ASK,
        code="QB009",
        fields=("weight_goal",),
    )


def smoking_goal_not_above_present(f: Any) -> RecordCheck:
    """Nobody is advised to smoke more."""
    return RecordCheck(
        "目标日吸烟量不应高于当前量",
        on=f,
        holds=f.cigarettes_goal <= f.cigarettes,
        then=ASK,
        fields=("cigarettes_goal",),
    )


def drinking_goal_not_above_present(f: Any) -> RecordCheck:
    """Nobody is advised to drink more."""
    return RecordCheck(
        "目标日饮酒量不应高于当前量",
        on=f,
        holds=f.alcohol_liang_goal <= f.alcohol_liang,
        then=ASK,
        fields=("alcohol_liang_goal",),
    )


def emergency_referred(f: Any, emergency: Expression) -> RecordCheck:
    """QC008: an emergency is referred somewhere."""
    return RecordCheck(
        "危急情况未填写转诊",
        on=f,
        holds=~(emergency & f.referral_to.is_missing()),
        then=WARN,
        code="QC008",
        fields=("referral_to",),
    )


def ends_after_start(file: Any, title: str) -> RecordCheck:
    """The managed file: management does not end before it began. `title` is worded with the file's own labels."""
    return RecordCheck(
        title,
        on=file,
        holds=file.managed_until >= file.managed_from,
        then=BLOCK,
        fields=("managed_until",),
    )
