"""When contacts fall due (diabetes.md §1, §2): four face-to-face follow-ups and one check-up a year; a raised glucose is tested
again; whoever is at high risk is tested every year.
"""

from datetime import date

from gongwei.language import PERIOD, Parameter, age_at, days, greatest, months
from gongwei.language.episodes import Episode
from gongwei.language.intervals import YEAR
from gongwei.language.schedules import Contact, Schedule
from gongwei.programmes.diabetes import screening
from gongwei.programmes.diabetes.forms import NORM, FollowUp, HighRiskCheck
from gongwei.programmes.health_record.chronic_care import options, schedule
from gongwei.programmes.health_record.forms import CheckUp

_old_enough = age_at(PERIOD.last) >= Parameter("dm.min_age")

EPISODE = Episode(
    "diabetes",
    "2型糖尿病患者管理",
    source=f"{NORM} 一、服务对象",
    end_reasons=options.END_REASONS,
    tag="KP05",
    eligible=_old_enough,
    signs=screening.SIGNS,
)

FOLLOW_UP = schedule.follow_ups("2型糖尿病随访", FollowUp, parameters="dm")
CHECK_UP = schedule.yearly_check_up(parameters="dm")

SCHEDULE = Schedule(EPISODE, [FOLLOW_UP, CHECK_UP])

# A raised result waits for the second one until one is normal or the resident is enrolled.
_NONE = date(1900, 1, 1)
_high_on, _normal_on = (
    greatest(
        HighRiskCheck.latest_in(PERIOD, HighRiskCheck.done_on, checked).if_missing(_NONE),
        CheckUp.latest_in(PERIOD, CheckUp.done_on, examined).if_missing(_NONE),
    )
    for checked, examined in (
        (screening.known_high, screening.exam_high),
        (screening.measured & ~screening.known_high, screening.exam_normal),
    )
)
RAISED = Episode(
    "dm_raised",
    "血糖升高待复查",
    source=screening.SCREENING,
    automatic=True,
    eligible=_old_enough & (_high_on > _normal_on) & ~EPISODE.active_on(PERIOD.last),
    first_on=_high_on,
    look_back=days(Parameter("dm.recheck_look_back_days")),
)
RECHECK = Contact(
    "复查血糖",
    form=HighRiskCheck,
    every=days(Parameter("dm.recheck_days")),
    counted_by=YEAR,
    early=days(Parameter("dm.recheck_days")),
    late=days(Parameter("dm.recheck_late_days")),
    where=screening.measured,
    code="dm.recheck",
)
RAISED_SCHEDULE = Schedule(RAISED, [RECHECK])

HIGH_RISK = Episode(
    "dm_high_risk",
    "糖尿病高危人群管理",
    source=screening.SCREENING,
    end_reasons=options.END_REASONS,
    eligible=_old_enough,
    signs=screening.HIGH_RISK_SIGNS,
)
HIGH_RISK_GLUCOSE = Contact(
    "糖尿病高危人群测血糖和指导",
    form=HighRiskCheck,
    every=months(Parameter("dm.high_risk_months")),
    counted_by=YEAR,
    early=days(Parameter("dm.high_risk_window_days")),
    late=days(Parameter("dm.high_risk_window_days")),
    where=screening.measured,
    code="dm_high_risk.glucose",
)
HIGH_RISK_SCHEDULE = Schedule(HIGH_RISK, [HIGH_RISK_GLUCOSE])
