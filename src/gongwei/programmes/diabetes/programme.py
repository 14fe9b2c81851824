"""The programme, put together."""

from gongwei.language.programmes import Programme
from gongwei.programmes.diabetes.checks import CHECKS
from gongwei.programmes.diabetes.forms import NORM, FollowUp, HighRiskCheck, ManagedFile
from gongwei.programmes.diabetes.measures import MEASURES
from gongwei.programmes.diabetes.rules import CLASSIFY
from gongwei.programmes.diabetes.schedule import EPISODE, SCHEDULE
from gongwei.programmes.diabetes.services import SERVICES

PROGRAMME = Programme(
    "diabetes",
    "2型糖尿病患者健康管理",
    source=NORM,
    episodes=(EPISODE,),
    forms=(FollowUp, ManagedFile, HighRiskCheck),
    tables=(CLASSIFY,),
    schedules=(SCHEDULE,),
    measures=MEASURES,
    checks=CHECKS,
    services=SERVICES,
)
