"""When contacts fall due (hypertension.md §2): four face-to-face follow-ups and one check-up a year."""

from gongwei.language import PERIOD, Parameter, age_at, days, months
from gongwei.language.episodes import Episode
from gongwei.language.intervals import QUARTER
from gongwei.language.schedules import CALENDAR_YEAR, Contact, Schedule
from gongwei.programmes.health_record.forms import CheckUp
from gongwei.programmes.hypertension import options
from gongwei.programmes.hypertension.forms import NORM, FollowUp

EPISODE = Episode(
    "hypertension",
    "高血压患者管理",
    source=f"{NORM} 一、服务对象",
    end_reasons=options.END_REASONS,
    tag="KP04",
    eligible=age_at(PERIOD.last) >= Parameter("htn.min_age"),
)

FOLLOW_UP = Contact(
    "高血压随访",
    form=FollowUp,
    every=months(Parameter("htn.routine_months")),
    counted_by=QUARTER,
    early=days(Parameter("htn.window_early_days")),
    late=days(Parameter("htn.window_late_days")),
    where=FollowUp.completed,
    code="htn.follow_up",
)
CHECK_UP = Contact("年度健康体检", form=CheckUp, once_in=CALENDAR_YEAR, code="htn.check_up")

SCHEDULE = Schedule(EPISODE, [FOLLOW_UP, CHECK_UP])
