"""How the programme is judged (hypertension.md §5); what "按照规范要求" takes is said in chronic_care.measures."""

from gongwei.language.measures import Measure, Published, all_of
from gongwei.programmes.health_record.chronic_care.measures import ByTheNorm
from gongwei.programmes.hypertension import rules
from gongwei.programmes.hypertension.forms import FollowUp
from gongwei.programmes.hypertension.schedule import CHECK_UP, EPISODE, FOLLOW_UP

TEN_YEARS = "国家基本公共卫生服务项目十年评估 高血压患者健康管理"
REPORT = "国家基本公共卫生服务项目报表 高血压患者健康管理"

norm = ByTheNorm(
    FollowUp,
    parameters="htn",
    contact=FOLLOW_UP,
    check_up=CHECK_UP,
    episode=EPISODE,
    table=rules.CLASSIFY,
)
at_goal = norm.latest_holds("最近一次血压达标", rules.controlled)

MEASURES = (
    Measure(
        "HTN.0",
        "高血压患者管理任务完成率",
        Published("htn_task_number", "年内应管理人数"),
        all_of(),
        among=norm.managed,
        source=f"{REPORT}；任务数由上级下达",
    ),
    Measure("HTN.1", "高血压患者规范管理率", norm.managed, norm.parts, source=TEN_YEARS),
    Measure(
        "HTN.1A",
        "高血压患者规范管理率（不区分随访方式）",
        norm.managed,
        all_of(norm.enough_any_mode, norm.examined),
        source=f"{REPORT}，另列行",
    ),
    Measure(
        "HTN.2",
        "高血压患者基层规范管理服务率",
        norm.managed,
        norm.parts,
        source=REPORT,
        note="本系统的随访均由基层医疗卫生机构填写，分子与规范管理率相同",
    ),
    Measure(
        "HTN.3",
        "管理人群血压控制率",
        norm.managed,
        all_of(at_goal),
        source=TEN_YEARS,
        note="失访者按未达标计算",
    ),
)
