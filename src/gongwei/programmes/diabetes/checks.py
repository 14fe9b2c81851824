"""What looks wrong in follow-ups of residents with type-2 diabetes (diabetes.md §3 ranges, quality_rules.md C)."""

from gongwei.language import ASK, BLOCK, WARN, Parameter, any_of, months, previous
from gongwei.language.checks import RecordCheck
from gongwei.programmes.diabetes import rules
from gongwei.programmes.diabetes.forms import FollowUp as f
from gongwei.programmes.diabetes.forms import ManagedFile as file
from gongwei.programmes.diabetes.schedule import EPISODE

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
        holds=f.next_due_on <= f.done_on + months(Parameter("dm.next_due_within_months")),
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
        "空腹血糖与上次完全相同",
        on=f,
        holds=f.fasting_glucose != previous(f.fasting_glucose),
        then=ASK,
        fields=("fasting_glucose",),
    ),
    RecordCheck(
        "足背动脉搏动消失，请核实是否新出现并发症",
        on=f,
        holds=~((f.dorsalis_pedis == "3") & ~f.complication.is_in("1", "2").if_missing(False)),
        then=ASK,
        fields=("dorsalis_pedis", "complication"),
        source="diabetes.md §4 [?]",
    ),
    RecordCheck(
        "血压偏高，请按高血压筛查要求复测",
        on=f,
        holds=~((f.systolic >= Parameter("exam.raised_sbp")) | (f.diastolic >= Parameter("exam.raised_dbp"))),
        then=WARN,
        fields=("systolic", "diastolic"),
        source="diabetes.md §4 [D]: does not change the class",
    ),
    RecordCheck(
        "不服药者不应填写用药情况",
        on=f,
        holds=~((f.medication_adherence == "3") & (f.medications.count() > 0)),
        then=WARN,
        code="QC010",
        fields=("medications",),
        message="服药依从性为“不服药”，却填写了用药情况，请核对",
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
        "危急情况未填写转诊",
        on=f,
        holds=~(rules.emergency & f.referral_to.is_missing()),
        then=WARN,
        code="QC008",
        fields=("referral_to",),
    ),
    RecordCheck(
        "失访、死亡或拒访的记录不应有血压和血糖",
        on=f,
        holds=f.completed | ~any_of(f.systolic.is_known(), f.fasting_glucose.is_known()),
        then=WARN,
        fields=("result",),
    ),
    RecordCheck(
        "结束管理日期不应早于开始日期",
        on=file,
        holds=file.managed_until >= file.managed_from,
        then=BLOCK,
        fields=("managed_until",),
    ),
)
