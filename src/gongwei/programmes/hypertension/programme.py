"""The programme, put together."""

from gongwei.language.programmes import DynamicEvent, Programme
from gongwei.programmes.hypertension import schedule, screening
from gongwei.programmes.hypertension.abnormal import ABNORMAL
from gongwei.programmes.hypertension.checks import CHECKS
from gongwei.programmes.hypertension.forms import NORM, FirstPressure, FollowUp, HighRiskContact, ManagedFile
from gongwei.programmes.hypertension.measures import MEASURES
from gongwei.programmes.hypertension.rules import CLASSIFY
from gongwei.programmes.hypertension.services import SERVICES

PROGRAMME = Programme(
    "hypertension",
    "高血压患者健康管理",
    source=NORM,
    episodes=(schedule.EPISODE, schedule.RAISED, schedule.HIGH_RISK),
    forms=(FollowUp, ManagedFile, FirstPressure, HighRiskContact),
    tables=(CLASSIFY, screening.FIRST_PRESSURE, screening.HIGH_RISK),
    schedules=(schedule.SCHEDULE, schedule.RAISED_SCHEDULE, schedule.HIGH_RISK_SCHEDULE),
    measures=MEASURES,
    checks=CHECKS,
    services=SERVICES,
    abnormal=ABNORMAL,
    dynamic=(
        DynamicEvent(FollowUp, FollowUp.completed),
        DynamicEvent(FirstPressure, screening.measured),
        DynamicEvent(HighRiskContact),
    ),
)
