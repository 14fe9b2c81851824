"""How the programme is judged (diabetes.md §5); what "按照规范要求" takes is said in chronic_care.measures."""

from gongwei.language import PERIOD, TRUTH, Parameter, case
from gongwei.language.measures import NUMERATOR, Fact, KnownAs, Measure, Published, Sampled, all_of
from gongwei.programmes.diabetes import rules
from gongwei.programmes.diabetes.forms import FollowUp
from gongwei.programmes.diabetes.schedule import CHECK_UP, EPISODE, FOLLOW_UP
from gongwei.programmes.health_record.chronic_care import completeness
from gongwei.programmes.health_record.chronic_care.measures import ByTheNorm
from gongwei.programmes.health_record.forms import CheckUp

TEN_YEARS = "国家基本公共卫生服务项目十年评估 2型糖尿病患者健康管理"
REPORT = "国家基本公共卫生服务项目报表 2型糖尿病患者健康管理"

# P1': each counted contact has its free fasting glucose.
tested = FollowUp.fasting_glucose.is_known()
norm = ByTheNorm(
    FollowUp,
    parameters="dm",
    contact=FOLLOW_UP,
    check_up=CHECK_UP,
    episode=EPISODE,
    table=rules.CLASSIFY,
    complete=completeness.for_diabetes,
    tested=tested,
)
# 不区分检测类型: a 2-hour or random glucose at its own goal counts where no fasting one was taken.
any_at_goal = case(
    (FollowUp.fasting_glucose.is_known(), FollowUp.fasting_glucose < Parameter("dm.goal_fpg")),
    otherwise=rules.other_glucose < Parameter("dm.goal_other_glucose"),
)
# Where a county pays for it, HbA1c once a year; elsewhere the part holds for everybody.
hba1c_tested = Fact(
    "年内查糖化血红蛋白",
    ~Parameter("dm.hba1c_yearly_required", TRUTH)
    | FollowUp.any_in(PERIOD, where=FollowUp.hba1c.is_known())
    | CheckUp.any_in(PERIOD, where=CheckUp.hba1c.is_known()),
    code="dm_hba1c_tested",
)
parts = all_of(*norm.parts.facts, hba1c_tested)
at_goal = norm.latest_holds("最近一次血糖达标", rules.controlled)

MEASURES = (
    Measure(
        "DM.0",
        "2型糖尿病患者管理任务完成率",
        Published("dm_task_number", "年内应管理人数"),
        all_of(),
        among=norm.managed,
        source=f"{REPORT}；任务数由上级下达",
        known_as=(KnownAs("dm_managed_count", NUMERATOR),),
    ),
    Measure(
        "DM.1",
        "2型糖尿病患者规范管理率",
        norm.managed,
        parts,
        source=TEN_YEARS,
        known_as=(KnownAs("dm_standard_count", NUMERATOR),),
        cumulative=True,
    ),
    Measure(
        "DM.1A",
        "2型糖尿病患者规范管理率（不区分随访方式）",
        norm.managed,
        all_of(norm.enough_any_mode, norm.examined_at_all),
        source=f"{REPORT}，另列行",
        cumulative=True,
    ),
    Measure(
        "DM.2",
        "2型糖尿病患者基层规范管理服务率",
        norm.managed,
        parts,
        source=REPORT,
        note="本系统的随访均由基层医疗卫生机构填写，分子与规范管理率相同",
        known_as=(KnownAs("dm_std_rate"),),
        cumulative=True,
        sampled=Sampled("DM", "2型糖尿病患者"),
    ),
    Measure(
        "DM.3",
        "管理人群血糖控制率",
        norm.managed,
        all_of(at_goal),
        source=TEN_YEARS,
        note="失访者按未达标计算",
    ),
    Measure(
        "DM.3B",
        "管理人群血糖控制率（不区分检测类型）",
        norm.managed,
        all_of(
            Fact(
                "最近一次血糖达标（不区分检测类型）",
                FollowUp.latest_in(PERIOD, FollowUp.completed & any_at_goal),
                if_none=False,
                code="dm_any_at_goal",
            )
        ),
        source=f"{REPORT}，另列行",
    ),
    Measure(
        "DM.5",
        "2型糖尿病随访记录表完整率",
        norm.followed,
        all_of(norm.filled),
        source="档案质量核查 完整性：必填项目填写完整",
    ),
)
