"""When contacts fall due (hypertension.md §1, §2): four face-to-face follow-ups and one check-up a year; a raised pressure is
measured again on other days; whoever is at high risk is measured every half year.
"""

from datetime import date

from gongwei.language import PERIOD, TRUTH, Parameter, age_at, days, greatest, months
from gongwei.language.episodes import Episode
from gongwei.language.intervals import YEAR
from gongwei.language.schedules import Contact, Schedule
from gongwei.programmes.health_record.chronic_care import examination, options, schedule
from gongwei.programmes.health_record.forms import CheckUp
from gongwei.programmes.hypertension import screening
from gongwei.programmes.hypertension.forms import NORM, FirstPressure, FollowUp, HighRiskContact

_age = age_at(PERIOD.last)

EPISODE = Episode(
    "hypertension",
    "高血压患者管理",
    source=f"{NORM} 一、服务对象",
    end_reasons=options.END_REASONS,
    tag="KP04",
    eligible=(_age >= Parameter("htn.min_age"))
    | (Parameter("htn.manage_under_min_age", TRUTH) & (_age >= Parameter("exam.adult_age"))),
    signs=screening.SIGNS,
)

FOLLOW_UP = schedule.follow_ups("高血压随访", FollowUp, parameters="htn")
CHECK_UP = schedule.yearly_check_up(parameters="htn")

SCHEDULE = Schedule(EPISODE, [FOLLOW_UP, CHECK_UP])

# A raised reading waits for the others until one is normal or the resident is enrolled.
_NONE = date(1900, 1, 1)
_raised_on = greatest(
    FirstPressure.latest_in(PERIOD, FirstPressure.done_on, screening.raised).if_missing(_NONE),
    HighRiskContact.latest_in(PERIOD, HighRiskContact.done_on, screening.high_risk_raised).if_missing(_NONE),
    CheckUp.latest_in(PERIOD, CheckUp.done_on, examination.raised_pressure).if_missing(_NONE),
)
_normal_on = greatest(
    FirstPressure.latest_in(PERIOD, FirstPressure.done_on, ~screening.raised).if_missing(_NONE),
    HighRiskContact.latest_in(PERIOD, HighRiskContact.done_on, ~screening.high_risk_raised).if_missing(_NONE),
    CheckUp.latest_in(PERIOD, CheckUp.done_on, ~examination.raised_pressure).if_missing(_NONE),
)

RAISED = Episode(
    "htn_raised",
    "血压升高待复测",
    source=screening.SCREENING,
    automatic=True,
    eligible=(_age >= Parameter("htn.min_age")) & (_raised_on > _normal_on) & ~EPISODE.active_on(PERIOD.last),
    first_on=_raised_on,
    look_back=days(Parameter("htn.recheck_look_back_days")),
)
RECHECK = Contact(
    "非同日复测血压",
    form=FirstPressure,
    every=days(Parameter("htn.recheck_days")),
    counted_by=YEAR,
    early=days(Parameter("htn.recheck_days")),
    late=days(Parameter("htn.recheck_late_days")),
    where=screening.measured,
    code="htn.recheck",
)
RAISED_SCHEDULE = Schedule(RAISED, [RECHECK])

HIGH_RISK = Episode(
    "htn_high_risk",
    "高血压高危人群管理",
    source=f"{screening.SCREENING} 3",
    end_reasons=options.END_REASONS,
    eligible=_age >= Parameter("htn.min_age"),
    signs=screening.HIGH_RISK_SIGNS,
)
HIGH_RISK_PRESSURE = Contact(
    "高血压高危人群测血压和指导",
    form=HighRiskContact,
    every=months(Parameter("htn.high_risk_months")),
    counted_by=YEAR,
    early=days(Parameter("htn.high_risk_window_days")),
    late=days(Parameter("htn.high_risk_window_days")),
    code="htn_high_risk.pressure",
)
HIGH_RISK_SCHEDULE = Schedule(HIGH_RISK, [HIGH_RISK_PRESSURE])
