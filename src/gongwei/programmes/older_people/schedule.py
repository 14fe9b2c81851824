"""Who is in and what is expected of each calendar year (elderly.md §1, §2): the yearly package of an exam and a self-care assessment.

Nobody is enrolled: whoever reaches the age is in by rule. TCM services belong to their own programme.
"""

from datetime import date

from gongwei.language import (
    BIRTH_DATE,
    CANCELLED_ON,
    DIED_ON,
    LEFT_ON,
    LIVES_HERE_SINCE,
    PERIOD,
    TRUTH,
    Parameter,
    case,
    days,
    least,
    months,
    years,
)
from gongwei.language.episodes import Episode
from gongwei.language.schedules import CALENDAR_YEAR, Contact, Schedule
from gongwei.programmes.health_record.forms import CheckUp
from gongwei.programmes.older_people import rules
from gongwei.programmes.older_people.forms import SelfCareAssessment

NORM = rules.NORM

# A period is a calendar year, or the part of one that has passed since 1 January: what the year decides, its end decides.
year_end = PERIOD.first + years(1) - days(1)
old_enough = rules.old_enough(PERIOD.last)
# 常住: half a year or more in the area; a day of arrival that is not known means that the resident always lived here.
settled = (
    (LIVES_HERE_SINCE + months(6) <= year_end + days(1)).if_missing(True)
    | Parameter("older.new_resident_counts", TRUTH)
)  # fmt: skip
_NEVER = date(9999, 12, 31)

EPISODE = Episode(
    "older_people",
    "老年人健康管理",
    source=f"{NORM} 一、服务对象",
    automatic=True,
    eligible=old_enough & settled,
    first_on=case(
        (rules.age_rule == "on_service_date", BIRTH_DATE + years(rules.free_age)), otherwise=PERIOD.first
    ),
    last_on=least(*(day.if_missing(_NEVER) for day in (DIED_ON, LEFT_ON, CANCELLED_ON))),
)

CHECK_UP = Contact("老年人年度健康体检", form=CheckUp, once_in=CALENDAR_YEAR, code="older.check_up")
SELF_CARE = Contact(
    "老年人生活自理能力评估", form=SelfCareAssessment, once_in=CALENDAR_YEAR, code="older.self_care"
)

SCHEDULE = Schedule(EPISODE, [CHECK_UP, SELF_CARE])
