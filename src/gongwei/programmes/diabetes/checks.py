"""What looks wrong in follow-ups of residents with type-2 diabetes (diabetes.md §3 ranges, quality_rules.md C)."""

from gongwei.language import ASK, BLOCK, WARN, Parameter, any_of, previous
from gongwei.language.checks import RecordCheck
from gongwei.programmes.diabetes import rules
from gongwei.programmes.diabetes.forms import FollowUp as f
from gongwei.programmes.diabetes.forms import HighRiskCheck as check
from gongwei.programmes.diabetes.forms import ManagedFile as file
from gongwei.programmes.diabetes.schedule import EPISODE
from gongwei.programmes.health_record.chronic_care import checks

CHECKS = (
    checks.systolic_above_diastolic(f),
    checks.not_before_management(f, EPISODE),
    checks.next_after_this(f),
    checks.next_not_too_far(f, "dm"),
    checks.class_as_proposed(f, rules.CLASSIFY),
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
    checks.no_drugs_if_not_taken(f),
    checks.weight_goal_not_above_weight(f),
    checks.smoking_goal_not_above_present(f),
    checks.drinking_goal_not_above_present(f),
    checks.emergency_referred(f, rules.emergency),
    RecordCheck(
        "失访、死亡或拒访的记录不应有血压和血糖",
        on=f,
        holds=f.completed | ~any_of(f.systolic.is_known(), f.fasting_glucose.is_known()),
        then=WARN,
        fields=("result",),
    ),
    checks.ends_after_start(file, "结束管理日期不应早于开始日期"),
    RecordCheck(
        "至少填写一项血糖或糖化血红蛋白",
        on=check,
        holds=any_of(
            check.fasting_glucose.is_known(),
            check.postprandial_glucose.is_known(),
            check.random_glucose.is_known(),
            check.hba1c.is_known(),
        ),
        then=BLOCK,
        fields=("fasting_glucose",),
    ),
)
