"""What looks wrong in follow-ups of residents with hypertension (hypertension.md §3 ranges, quality_rules.md C)."""

from gongwei.language import ASK, WARN, Parameter, count_true, previous
from gongwei.language.checks import PRACTITIONER, PatternCheck, RecordCheck
from gongwei.language.intervals import QUARTER
from gongwei.programmes.health_record.chronic_care import checks, examination
from gongwei.programmes.health_record.forms import BasicInformation, CheckUp
from gongwei.programmes.hypertension import options, rules
from gongwei.programmes.hypertension.forms import FirstPressure, HighRiskContact
from gongwei.programmes.hypertension.forms import FollowUp as f
from gongwei.programmes.hypertension.forms import ManagedFile as file
from gongwei.programmes.hypertension.schedule import EPISODE

CHECKS = (
    checks.systolic_above_diastolic(f),
    checks.not_before_management(f, EPISODE),
    checks.next_after_this(f),
    checks.next_not_too_far(f, "htn"),
    checks.class_as_proposed(f, rules.CLASSIFY),
    RecordCheck(
        "血压与上次完全相同",
        on=f,
        holds=~((f.systolic == previous(f.systolic)) & (f.diastolic == previous(f.diastolic))),
        then=ASK,
        fields=("systolic", "diastolic"),
    ),
    checks.no_drugs_if_not_taken(f),
    RecordCheck(
        "超重或肥胖者每次随访应测体重",
        on=f,
        holds=~(
            f.completed
            & (previous(f.bmi, having=f.bmi.is_known()) >= checks.OVERWEIGHT)
            & f.weight.is_missing()
        ),
        then=WARN,
        fields=("weight",),
    ),
    checks.weight_goal_not_above_weight(f),
    checks.smoking_goal_not_above_present(f),
    checks.drinking_goal_not_above_present(f),
    RecordCheck(
        "目标摄盐情况不应重于当前情况",
        on=f,
        holds=~(
            ((f.salt == options.LIGHT) & (f.salt_goal != options.LIGHT))
            | ((f.salt == options.MIDDLE) & (f.salt_goal == options.HEAVY))
        ),
        then=ASK,
        fields=("salt_goal",),
    ),
    RecordCheck(
        "症状提示可能危急，请核实危急情况",
        on=f,
        holds=~(f.symptoms.has_any("2", "3", "5", "6") & f.danger_signs.is_missing()),
        then=ASK,
        fields=("danger_signs",),
    ),
    checks.emergency_referred(f, rules.emergency),
    RecordCheck(
        "失访、死亡或拒访的记录不应有血压",
        on=f,
        holds=f.completed | (count_true(f.systolic.is_known(), f.diastolic.is_known()) == 0),
        then=WARN,
        fields=("result",),
    ),
    RecordCheck(
        "死亡日期不应早于纳入管理的日期",
        on=f,
        holds=f.death_on >= EPISODE.start,
        then=ASK,
        fields=("death_on",),
        message="死亡日期早于纳入管理的日期，请核对",
    ),
    checks.ends_after_start(file, "管理终止日期不应早于起始日期"),
    checks.systolic_above_diastolic(file, "管理起始收缩压应高于舒张压"),
    *checks.believable(
        f,
        {
            "systolic": "sbp",
            "diastolic": "dbp",
            "heart_rate": "pulse",
            "height": "height",
            "weight": "weight",
        },
    ),
    *checks.believable_pulse_pressure(f, ("systolic", "diastolic")),
    checks.not_too_soon(f, "htn"),
    checks.not_too_late(f, EPISODE, "htn"),
    checks.death_was_registered(f),
    checks.two_week_duty_kept(f, "htn"),
    checks.referred_when_twice(f, rules.CLASSIFY),
    checks.diagnosed_in_order(file),
    checks.past_history_agrees(BasicInformation, EPISODE, "2", "高血压"),
    checks.exam_found_it(CheckUp, EPISODE, examination.raised_pressure, "PE5", "血压偏高"),
    checks.systolic_above_diastolic(FirstPressure, "首诊收缩压应高于舒张压"),
    checks.next_after(FirstPressure, "下次测量日期应晚于测量日期"),
    checks.systolic_above_diastolic(HighRiskContact, "高危人群收缩压应高于舒张压"),
    checks.next_after(HighRiskContact, "下次服务日期应晚于服务日期"),
    PatternCheck(
        "血压控制率异常高",
        on=f,
        per=PRACTITIONER,
        over=QUARTER,
        at_least=30,
        share_of=rules.controlled,
        above=Parameter("htn.control_rate_asked"),
        deviations=Parameter("htn.control_deviations_asked"),
        where=f.completed,
        code="QC015",
    ),
)
