"""The programme, put together."""

from gongwei.language.programmes import Programme
from gongwei.programmes.hypertension.checks import CHECKS
from gongwei.programmes.hypertension.forms import NORM, FollowUp, ManagedFile
from gongwei.programmes.hypertension.measures import MEASURES
from gongwei.programmes.hypertension.rules import CLASSIFY
from gongwei.programmes.hypertension.schedule import EPISODE, SCHEDULE
from gongwei.programmes.hypertension.services import SERVICES

PROGRAMME = Programme(
    "hypertension",
    "高血压患者健康管理",
    source=NORM,
    episodes=(EPISODE,),
    forms=(FollowUp, ManagedFile),
    tables=(CLASSIFY,),
    schedules=(SCHEDULE,),
    measures=MEASURES,
    checks=CHECKS,
    services=SERVICES,
)
