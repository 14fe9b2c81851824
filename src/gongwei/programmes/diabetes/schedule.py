"""When contacts fall due (diabetes.md §2): four face-to-face follow-ups and one check-up a year."""

from gongwei.language import PERIOD, Parameter, age_at, days, months
from gongwei.language.episodes import Episode
from gongwei.language.intervals import QUARTER
from gongwei.language.schedules import CALENDAR_YEAR, Contact, Schedule
from gongwei.programmes.diabetes import options
from gongwei.programmes.diabetes.forms import NORM, FollowUp
from gongwei.programmes.health_record.forms import CheckUp

EPISODE = Episode(
    "diabetes",
    "2型糖尿病患者管理",
    source=f"{NORM} 一、服务对象",
    end_reasons=options.END_REASONS,
    tag="KP05",
    eligible=age_at(PERIOD.last) >= Parameter("dm.min_age"),
)

FOLLOW_UP = Contact(
    "2型糖尿病随访",
    form=FollowUp,
    every=months(Parameter("dm.routine_months")),
    counted_by=QUARTER,
    early=days(Parameter("dm.window_early_days")),
    late=days(Parameter("dm.window_late_days")),
    where=FollowUp.completed,
    code="dm.follow_up",
)
CHECK_UP = Contact("年度健康体检", form=CheckUp, once_in=CALENDAR_YEAR, code="dm.check_up")

SCHEDULE = Schedule(EPISODE, [FOLLOW_UP, CHECK_UP])
