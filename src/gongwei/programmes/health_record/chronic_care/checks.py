"""Record checks that hold for the follow-ups of every chronic disease; each programme lists those it takes up.

`f` is the follow-up form, with the items of `items` under their usual names.
"""

from collections.abc import Mapping
from typing import Any

from gongwei.language import (
    ASK,
    BIRTH_DATE,
    BLOCK,
    DIED_ON,
    WARN,
    Parameter,
    days,
    days_between,
    months,
    previous,
)
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
    """QC027: nobody is followed up before being enrolled: an episode had begun by the day of the follow-up."""
    return RecordCheck(
        "随访时尚未纳入管理",
        on=f,
        holds=episode.start.is_known(),
        then=WARN,
        code="QC027",
        fields=("done_on",),
        message="随访日期时该居民尚未纳入管理，请核对日期或先登记纳入管理",
    )


def next_after_this(f: Any) -> RecordCheck:
    """QC026: the next follow-up is after this one."""
    return next_after(f, "下次随访日期应晚于随访日期")


def next_after(f: Any, title: str) -> RecordCheck:
    """QC026: the next contact is after this one; `title` is worded with the form's own labels."""
    return RecordCheck(
        title,
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


def believable(f: Any, items: Mapping[str, str]) -> tuple[RecordCheck, ...]:
    """QB002: values nobody lives with. `items`: field → name of the parameters `exam.believable_<name>_low` and `_high`."""
    return tuple(
        RecordCheck(
            f"{f.fields[field].label}超出生理范围",
            on=f,
            holds=(f.fields[field] >= Parameter(f"exam.believable_{name}_low"))
            & (f.fields[field] <= Parameter(f"exam.believable_{name}_high")),
            then=WARN,
            code="QB002",
            fields=(field,),
            message=f"“{f.fields[field].label}”超出生理范围，请核对",
        )
        for field, name in items.items()
    )


def believable_pulse_pressure(f: Any, pressures: tuple[str, str], side: str = "") -> tuple[RecordCheck, ...]:
    """QB002: the distance of the two pressures, too small or too wide. What is not above zero is QB003's."""
    systolic, diastolic = (f.fields[name] for name in pressures)
    apart = systolic - diastolic
    return (
        RecordCheck(
            f"{side}脉压超出生理范围",
            on=f,
            holds=(apart <= 0)
            | (
                (apart >= Parameter("exam.believable_pulse_pressure_low"))
                & (apart <= Parameter("exam.believable_pulse_pressure_high"))
            ),
            then=WARN,
            code="QB002",
            fields=pressures,
            message=f"{side}收缩压与舒张压相差过小或过大，请核对",
        ),
    )


def not_too_soon(f: Any, parameters: str) -> RecordCheck:
    """QC003: again within two weeks though the last contact was satisfactory."""
    last = previous(f.done_on, having=f.completed)
    satisfied = previous(f.outcome == options.SATISFACTORY, having=f.completed)
    return RecordCheck(
        "随访间隔过短",
        on=f,
        holds=~(
            f.completed
            & satisfied
            & (days_between(last, f.done_on) < Parameter(f"{parameters}.short_interval_days"))
        ),
        then=ASK,
        code="QC003",
        fields=("done_on",),
        message="距上次控制满意的随访不足两周，请核对随访日期",
    )


def not_too_late(f: Any, episode: Episode, parameters: str) -> RecordCheck:
    """QC001: three months and the days of grace since the last contact of this management are over."""
    last = previous(f.done_on, having=f.completed)
    until = (
        last
        + months(Parameter(f"{parameters}.routine_months"))
        + days(Parameter(f"{parameters}.window_late_days"))
    )
    return RecordCheck(
        "随访间隔过长",
        on=f,
        holds=~(f.completed & (last >= episode.start) & (f.done_on > until)),
        then=WARN,
        code="QC001",
        fields=("done_on",),
        message="距上次随访超过3个月又15天，随访次数可能不足",
    )


def death_was_registered(f: Any) -> RecordCheck:
    """QA029: a follow-up that found the resident dead, and a file that does not know it. Clears itself when it does."""
    return RecordCheck(
        "随访登记死亡，档案未登记死亡",
        on=f,
        holds=~((f.result == options.DEAD) & DIED_ON.is_missing()),
        then=WARN,
        code="QA029",
        fields=("result", "death_on"),
        message="随访结果为死亡，请为该居民办理死亡登记和档案注销",
    )


def two_week_duty_kept(f: Any, parameters: str) -> RecordCheck:
    """QC006: whoever was not satisfactory was seen again within two weeks and the days of grace."""
    last = previous(f.done_on, having=f.completed)
    owed = previous(f.outcome != options.SATISFACTORY, having=f.completed)
    within = Parameter(f"{parameters}.two_week_days") + Parameter(f"{parameters}.two_week_tolerance_days")
    return RecordCheck(
        "不满意后未在2周内随访",
        on=f,
        holds=~(f.completed & owed & (days_between(last, f.done_on) > within)),
        then=WARN,
        code="QC006",
        fields=("done_on",),
        message="上次随访控制不满意或有不良反应，本次随访超过两周",
    )


def referred_when_twice(f: Any, table: DecisionTable) -> RecordCheck:
    """QC007: two in a row are referred."""
    rows = ("refer_uncontrolled", "refer_reaction", "refer_complication")
    return RecordCheck(
        "应转诊未转诊",
        on=f,
        holds=~(table.chosen.is_in(*rows) & f.referral_to.is_missing()),
        then=WARN,
        code="QC007",
        fields=("referral_to",),
        message="连续两次控制不满意、不良反应难以控制或有并发症，应建议转诊并在2周内随访",
    )


def diagnosed_in_order(file: Any) -> RecordCheck:
    """QA018: the diagnosis lies between birth and the day the file was made."""
    return RecordCheck(
        "确诊日期不应早于出生日期或晚于建立日期",
        on=file,
        holds=(file.diagnosed_on >= BIRTH_DATE) & (file.diagnosed_on <= file.done_on),
        then=WARN,
        code="QA018",
        fields=("diagnosed_on",),
    )


def past_history_agrees(b: Any, episode: Episode, disease: str, name: str) -> RecordCheck:
    """QA017: whoever is managed for a disease has it among the past diseases. `disease`: its code there."""
    return RecordCheck(
        f"既往史未填{name}，但已纳入{name}管理",
        on=b,
        holds=~(episode.start.is_known() & ~b.past_diseases.has(disease)),
        then=WARN,
        code="QA017",
        fields=("past_diseases",),
        message=f"该居民已纳入{name}患者管理，既往史应填{name}",
    )


def exam_found_it(check_up: Any, episode: Episode, raised: Expression, code: str, name: str) -> RecordCheck:
    """PE5, PE6: a first finding in somebody not under management is looked at again, or referred, or enrolled."""
    return RecordCheck(
        f"体检发现{name}，未建议复查、转诊或纳入管理",
        on=check_up,
        holds=~(
            raised & episode.start.is_missing() & ~check_up.guidance.has_any("1", "2", "3").if_missing(False)
        ),
        then=WARN,
        code=code,
        fields=("guidance",),
        message=f"该居民未纳入管理而体检{name}，健康指导应为建议复查、建议转诊或纳入慢性病管理",
    )
