"""How the programme is judged (hypertension.md §5); what "按照规范要求" takes is said in chronic_care.measures."""

from gongwei.language import AGE, PERIOD, Parameter
from gongwei.language.measures import NUMERATOR, Fact, KnownAs, Measure, Published, Sampled, all_of
from gongwei.programmes.health_record.chronic_care import completeness
from gongwei.programmes.health_record.chronic_care.measures import ByTheNorm
from gongwei.programmes.hypertension import options, rules, screening
from gongwei.programmes.hypertension.forms import FirstPressure, FollowUp
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
    complete=completeness.for_hypertension,
)
at_goal = norm.latest_holds("最近一次血压达标", rules.controlled)

_first_contact = (FirstPressure.occasion == options.FIRST_OF_THE_YEAR) & (AGE >= Parameter("htn.min_age"))

MEASURES = (
    Measure(
        "HTN.0",
        "高血压患者管理任务完成率",
        Published("htn_task_number", "年内应管理人数"),
        all_of(),
        among=norm.managed,
        source=f"{REPORT}；任务数由上级下达",
        known_as=(KnownAs("htn_managed_count", NUMERATOR),),
    ),
    Measure(
        "HTN.1",
        "高血压患者规范管理率",
        norm.managed,
        norm.parts,
        source=TEN_YEARS,
        known_as=(KnownAs("htn_standard_count", NUMERATOR),),
        cumulative=True,
    ),
    Measure(
        "HTN.1A",
        "高血压患者规范管理率（不区分随访方式）",
        norm.managed,
        all_of(norm.enough_any_mode, norm.examined_at_all),
        source=f"{REPORT}，另列行",
        cumulative=True,
    ),
    Measure(
        "HTN.2",
        "高血压患者基层规范管理服务率",
        norm.managed,
        norm.parts,
        source=REPORT,
        note="本系统的随访均由基层医疗卫生机构填写，分子与规范管理率相同",
        known_as=(KnownAs("htn_std_rate"),),
        cumulative=True,
        sampled=Sampled("HTN", "高血压患者"),
    ),
    Measure(
        "HTN.3",
        "管理人群血压控制率",
        norm.managed,
        all_of(at_goal),
        source=TEN_YEARS,
        note="失访者按未达标计算",
    ),
    Measure(
        "HTN.4",
        "35岁首诊测血压率",
        Fact("年内首诊", FirstPressure.any_in(PERIOD, where=_first_contact), code="htn_first_contact"),
        all_of(
            Fact(
                "首诊测了血压",
                FirstPressure.any_in(PERIOD, where=_first_contact & screening.measured),
                code="htn_first_measured",
            )
        ),
        source=f"{REPORT}；规范 二（一）筛查",
    ),
    Measure(
        "HTN.5",
        "高血压随访记录表完整率",
        norm.followed,
        all_of(norm.filled),
        source="档案质量核查 完整性：必填项目填写完整",
    ),
)
