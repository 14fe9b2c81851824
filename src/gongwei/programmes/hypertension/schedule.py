"""When contacts fall due (hypertension.md §2): four face-to-face follow-ups and one check-up a year."""

from gongwei.language import PERIOD, Parameter, age_at
from gongwei.language.episodes import Episode
from gongwei.language.schedules import Schedule
from gongwei.programmes.health_record.chronic_care import options, schedule
from gongwei.programmes.hypertension.forms import NORM, FollowUp

EPISODE = Episode(
    "hypertension",
    "高血压患者管理",
    source=f"{NORM} 一、服务对象",
    end_reasons=options.END_REASONS,
    tag="KP04",
    eligible=age_at(PERIOD.last) >= Parameter("htn.min_age"),
)

FOLLOW_UP = schedule.follow_ups("高血压随访", FollowUp, parameters="htn")
CHECK_UP = schedule.yearly_check_up(parameters="htn")

SCHEDULE = Schedule(EPISODE, [FOLLOW_UP, CHECK_UP])
