"""When contacts fall due (diabetes.md §2): four face-to-face follow-ups and one check-up a year."""

from gongwei.language import PERIOD, Parameter, age_at
from gongwei.language.episodes import Episode
from gongwei.language.schedules import Schedule
from gongwei.programmes.diabetes.forms import NORM, FollowUp
from gongwei.programmes.health_record.chronic_care import options, schedule

EPISODE = Episode(
    "diabetes",
    "2型糖尿病患者管理",
    source=f"{NORM} 一、服务对象",
    end_reasons=options.END_REASONS,
    tag="KP05",
    eligible=age_at(PERIOD.last) >= Parameter("dm.min_age"),
)

FOLLOW_UP = schedule.follow_ups("2型糖尿病随访", FollowUp, parameters="dm")
CHECK_UP = schedule.yearly_check_up(parameters="dm")

SCHEDULE = Schedule(EPISODE, [FOLLOW_UP, CHECK_UP])
