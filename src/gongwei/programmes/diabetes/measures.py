"""How the programme is judged (diabetes.md §5). The parts of "按照规范要求" are shown separately.

The norm says no more than "按照规范要求"; what it takes is a level [?]: lenient asks for P1 and P3, standard also for P2
and P5, strict also for P4 (`dm.standard_level`). A part above the level in force holds for everybody.
"""

from gongwei.language import PERIOD, TEXT, TRUTH, Not, Parameter, age_at, all_hold, conditions
from gongwei.language.measures import Fact, Measure, Published, all_of
from gongwei.programmes.diabetes import options, rules
from gongwei.programmes.diabetes.forms import FollowUp
from gongwei.programmes.diabetes.schedule import CHECK_UP, EPISODE, FOLLOW_UP

TEN_YEARS = "国家基本公共卫生服务项目十年评估 2型糖尿病患者健康管理"
REPORT = "国家基本公共卫生服务项目报表 2型糖尿病患者健康管理"

whole_period = Parameter("dm.denominator", TEXT) == "episode_overlaps_year"
managed = Fact(
    "年内已管理",
    (age_at(PERIOD.last) >= Parameter("dm.min_age"))
    & ((whole_period & EPISODE.overlaps(PERIOD)) | (~whole_period & EPISODE.active_on(PERIOD.last))),
    code="dm_managed",
)

face_to_face = FollowUp.completed & FollowUp.mode.is_in(options.CLINIC, options.HOME)
# P1': each counted contact has its free fasting glucose.
tested = FollowUp.fasting_glucose.is_known()
counted = tested & (face_to_face | (FollowUp.completed & ~Parameter("dm.face_to_face_only", TRUTH)))
required = FOLLOW_UP.required_in(PERIOD)

level = Parameter("dm.standard_level", TEXT)
enough = Fact("随访次数足够", FollowUp.count_in(PERIOD, where=counted) >= required, code="dm_enough")
enough_any_mode = Fact("随访次数足够（不区分随访方式）", FOLLOW_UP.kept_in(PERIOD), code="dm_enough_any_mode")
spread = Fact(
    "随访间隔合理",
    (level == "lenient")
    | (FollowUp.count_in(PERIOD, where=counted, distinct_on=FOLLOW_UP.counted_by) >= required)
    | (FollowUp.widest_gap_in(PERIOD, EPISODE, where=counted) <= Parameter("dm.max_gap_days")),
    code="dm_spread",
)
examined = Fact("年度体检", CHECK_UP.kept_in(PERIOD), code="dm_examined")

two_week_duty = FollowUp.completed & rules.CLASSIFY.chosen.is_in(rules.TWO_WEEK_ROWS)
answered = Fact(
    "两周内随访到位",
    level.is_in("lenient", "standard")
    | (
        FollowUp.unanswered_in(
            PERIOD,
            where=two_week_duty,
            answer=FollowUp.completed,
            within=Parameter("dm.two_week_days") + Parameter("dm.two_week_tolerance_days"),
        )
        == 0
    ),
    code="dm_answered",
)

complete = all_hold(*(each.holds for each in conditions(FollowUp) if each.rule == "required"))
agrees = (FollowUp.outcome == rules.CLASSIFY.proposal("outcome")) | FollowUp.outcome_reason.is_known()
sound = Fact(
    "随访填写完整且分类正确",
    (level == "lenient") | FollowUp.never_in(PERIOD, where=counted & (Not(complete) | ~agrees)),
    code="dm_sound",
)
at_goal = Fact(
    "最近一次血糖达标",
    FollowUp.latest_in(PERIOD, FollowUp.completed & rules.controlled),
    if_none=False,
    code="dm_at_goal",
)

by_the_norm = all_of(enough, spread, examined, answered, sound)

MEASURES = (
    Measure(
        "DM.0",
        "2型糖尿病患者管理任务完成率",
        Published("dm_task_number", "年内应管理人数"),
        all_of(),
        among=managed,
        source=f"{REPORT}；任务数由上级下达",
    ),
    Measure("DM.1", "2型糖尿病患者规范管理率", managed, by_the_norm, source=TEN_YEARS),
    Measure(
        "DM.1A",
        "2型糖尿病患者规范管理率（不区分随访方式）",
        managed,
        all_of(enough_any_mode, examined),
        source=f"{REPORT}，另列行",
    ),
    Measure(
        "DM.2",
        "2型糖尿病患者基层规范管理服务率",
        managed,
        by_the_norm,
        source=REPORT,
        note="本系统的随访均由基层医疗卫生机构填写，分子与规范管理率相同",
    ),
    Measure(
        "DM.3",
        "管理人群血糖控制率",
        managed,
        all_of(at_goal),
        source=TEN_YEARS,
        note="失访者按未达标计算",
    ),
)
