"""What looks wrong in follow-ups of residents with type-2 diabetes (diabetes.md §3 ranges, quality_rules.md C)."""

from gongwei.language import ASK, BLOCK, WARN, Parameter, any_of, previous
from gongwei.language.checks import RecordCheck
from gongwei.programmes.diabetes import rules, screening
from gongwei.programmes.diabetes.forms import FollowUp as f
from gongwei.programmes.diabetes.forms import HighRiskCheck as check
from gongwei.programmes.diabetes.forms import ManagedFile as file
from gongwei.programmes.diabetes.schedule import EPISODE
from gongwei.programmes.health_record.chronic_care import checks
from gongwei.programmes.health_record.forms import BasicInformation, CheckUp

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
    *checks.believable(
        f,
        {
            "systolic": "sbp",
            "diastolic": "dbp",
            "height": "height",
            "weight": "weight",
            "fasting_glucose": "glucose",
            "postprandial_glucose": "glucose",
            "random_glucose": "glucose",
        },
    ),
    *checks.believable_pulse_pressure(f, ("systolic", "diastolic")),
    checks.not_too_soon(f, "dm"),
    checks.not_too_late(f, EPISODE, "dm"),
    checks.death_was_registered(f),
    checks.two_week_duty_kept(f, "dm"),
    checks.referred_when_twice(f, rules.CLASSIFY),
    RecordCheck(
        "随机血糖或餐后血糖与空腹血糖相同",
        on=f,
        holds=~any_of(f.random_glucose == f.fasting_glucose, f.postprandial_glucose == f.fasting_glucose),
        then=ASK,
        code="QC031",
        fields=("fasting_glucose",),
        message="空腹血糖与随机或餐后血糖完全相同，请核对是否把随机血糖填成了空腹血糖",
    ),
    RecordCheck(
        "糖化血红蛋白与空腹血糖极不符",
        on=f,
        holds=~(
            (f.hba1c >= Parameter("exam.hba1c_against_fasting"))
            & (f.fasting_glucose <= Parameter("exam.fasting_against_hba1c"))
        ),
        then=ASK,
        code="QC032",
        fields=("hba1c", "fasting_glucose"),
        message="糖化血红蛋白很高而空腹血糖正常，请核对",
    ),
    checks.diagnosed_in_order(file),
    checks.past_history_agrees(BasicInformation, EPISODE, "3", "糖尿病"),
    checks.exam_found_it(CheckUp, EPISODE, screening.exam_high, "PE6", "血糖升高"),
    checks.next_after(check, "下次检测日期应晚于检测日期"),
)
