"""How the programme is judged (diabetes.md §5); what "按照规范要求" takes is said in chronic_care.measures."""

from gongwei.language.measures import Measure, Published, all_of
from gongwei.programmes.diabetes import rules
from gongwei.programmes.diabetes.forms import FollowUp
from gongwei.programmes.diabetes.schedule import CHECK_UP, EPISODE, FOLLOW_UP
from gongwei.programmes.health_record.chronic_care import completeness
from gongwei.programmes.health_record.chronic_care.measures import ByTheNorm

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
at_goal = norm.latest_holds("最近一次血糖达标", rules.controlled)

MEASURES = (
    Measure(
        "DM.0",
        "2型糖尿病患者管理任务完成率",
        Published("dm_task_number", "年内应管理人数"),
        all_of(),
        among=norm.managed,
        source=f"{REPORT}；任务数由上级下达",
    ),
    Measure("DM.1", "2型糖尿病患者规范管理率", norm.managed, norm.parts, source=TEN_YEARS),
    Measure(
        "DM.1A",
        "2型糖尿病患者规范管理率（不区分随访方式）",
        norm.managed,
        all_of(norm.enough_any_mode, norm.examined_at_all),
        source=f"{REPORT}，另列行",
    ),
    Measure(
        "DM.2",
        "2型糖尿病患者基层规范管理服务率",
        norm.managed,
        norm.parts,
        source=REPORT,
        note="本系统的随访均由基层医疗卫生机构填写，分子与规范管理率相同",
    ),
    Measure(
        "DM.3",
        "管理人群血糖控制率",
        norm.managed,
        all_of(at_goal),
        source=TEN_YEARS,
        note="失访者按未达标计算",
    ),
)
