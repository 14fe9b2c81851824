"""The programme, put together."""

from gongwei.language.programmes import DynamicEvent, Programme
from gongwei.programmes.diabetes import schedule, screening
from gongwei.programmes.diabetes.abnormal import ABNORMAL
from gongwei.programmes.diabetes.checks import CHECKS
from gongwei.programmes.diabetes.forms import NORM, FollowUp, HighRiskCheck, ManagedFile
from gongwei.programmes.diabetes.measures import MEASURES
from gongwei.programmes.diabetes.rules import CLASSIFY
from gongwei.programmes.diabetes.services import SERVICES

PROGRAMME = Programme(
    "diabetes",
    "2型糖尿病患者健康管理",
    source=NORM,
    episodes=(schedule.EPISODE, schedule.RAISED, schedule.HIGH_RISK),
    forms=(FollowUp, ManagedFile, HighRiskCheck),
    tables=(CLASSIFY, screening.GLUCOSE_CHECK),
    schedules=(schedule.SCHEDULE, schedule.RAISED_SCHEDULE, schedule.HIGH_RISK_SCHEDULE),
    measures=MEASURES,
    checks=CHECKS,
    services=SERVICES,
    abnormal=ABNORMAL,
    dynamic=(
        DynamicEvent(FollowUp, FollowUp.completed),
        DynamicEvent(HighRiskCheck, screening.measured),
    ),
    signs=screening.SIGNS_OF_OTHERS,
)
