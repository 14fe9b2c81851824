"""What looks wrong in follow-ups of residents with hypertension (hypertension.md §3 ranges, quality_rules.md C)."""

from decimal import Decimal

from gongwei.language import ASK, BLOCK, WARN, Parameter, count_true, months, previous
from gongwei.language.checks import PRACTITIONER, PatternCheck, RecordCheck
from gongwei.language.intervals import QUARTER
from gongwei.programmes.hypertension import options, rules
from gongwei.programmes.hypertension.forms import FollowUp as f
from gongwei.programmes.hypertension.forms import ManagedFile as file
from gongwei.programmes.hypertension.schedule import EPISODE

OVERWEIGHT = 24  # kg/m², 成人体重判定 WS/T 428—2013

CHECKS = (
    RecordCheck(
        "收缩压应高于舒张压",
        on=f,
        holds=f.systolic > f.diastolic,
        then=BLOCK,
        code="QB003",
        fields=("systolic", "diastolic"),
    ),
    RecordCheck(
        "随访日期不能早于纳入管理的日期",
        on=f,
        holds=f.done_on >= EPISODE.start,
        then=BLOCK,
        code="QC027",
        fields=("done_on",),
    ),
    RecordCheck(
        "下次随访日期应晚于随访日期",
        on=f,
        holds=f.next_due_on > f.done_on,
        then=BLOCK,
        code="QC026",
        fields=("next_due_on",),
    ),
    RecordCheck(
        "下次随访日期不应超过4个月",
        on=f,
        holds=f.next_due_on <= f.done_on + months(Parameter("htn.next_due_within_months")),
        then=BLOCK,
        code="QC026",
        fields=("next_due_on",),
        message="下次随访日期距本次随访过远，请核对",
    ),
    RecordCheck(
        "此次随访分类与规则不符",
        on=f,
        holds=(f.outcome == rules.CLASSIFY.proposal("outcome")) | f.outcome_reason.is_known(),
        then=ASK,
        code="QC005",
        fields=("outcome", "outcome_reason"),
        message="此次随访分类与自动分类不同，请核对或填写理由",
    ),
    RecordCheck(
        "血压与上次完全相同",
        on=f,
        holds=~((f.systolic == previous(f.systolic)) & (f.diastolic == previous(f.diastolic))),
        then=ASK,
        code="QC012",
        fields=("systolic", "diastolic"),
    ),
    RecordCheck(
        "规律或间断服药应有用药情况，不服药不应有",
        on=f,
        holds=~((f.medication_adherence == options.NOT_TAKEN) & (f.medications.count() > 0)),
        then=WARN,
        code="QC010",
        fields=("medications",),
        message="服药依从性为“不服药”，却填写了用药情况，请核对",
    ),
    RecordCheck(
        "超重或肥胖者每次随访应测体重",
        on=f,
        holds=~(
            f.completed & (previous(f.bmi, having=f.bmi.is_known()) >= OVERWEIGHT) & f.weight.is_missing()
        ),
        then=WARN,
        fields=("weight",),
    ),
    RecordCheck(
        "目标体重不应高于当前体重",
        on=f,
        holds=~((f.bmi >= OVERWEIGHT) & (f.weight_goal > f.weight)),
        then=ASK,
        code="QB009",
        fields=("weight_goal",),
    ),
    RecordCheck(
        "目标日吸烟量不应高于当前量",
        on=f,
        holds=f.cigarettes_goal <= f.cigarettes,
        then=ASK,
        fields=("cigarettes_goal",),
    ),
    RecordCheck(
        "目标日饮酒量不应高于当前量",
        on=f,
        holds=f.alcohol_liang_goal <= f.alcohol_liang,
        then=ASK,
        fields=("alcohol_liang_goal",),
    ),
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
    RecordCheck(
        "危急情况未填写转诊",
        on=f,
        holds=~(rules.emergency & f.referral_to.is_missing()),
        then=WARN,
        code="QC008",
        fields=("referral_to",),
    ),
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
    RecordCheck(
        "管理终止日期不应早于起始日期",
        on=file,
        holds=file.managed_until >= file.managed_from,
        then=BLOCK,
        fields=("managed_until",),
    ),
    RecordCheck(
        "管理起始收缩压应高于舒张压",
        on=file,
        holds=file.systolic > file.diastolic,
        then=BLOCK,
        code="QB003",
        fields=("systolic", "diastolic"),
    ),
    PatternCheck(
        "血压末位数偏好",
        on=f,
        per=PRACTITIONER,
        over=QUARTER,
        at_least=50,
        share_of=f.systolic.last_digit() == 0,
        above=Parameter("htn.zero_digit_share"),
        code="QC014",
    ),
    PatternCheck(
        "血压控制率异常高",
        on=f,
        per=PRACTITIONER,
        over=QUARTER,
        at_least=30,
        share_of=rules.controlled,
        above=Decimal("0.98"),
        where=f.completed,
        code="QC015",
    ),
)
