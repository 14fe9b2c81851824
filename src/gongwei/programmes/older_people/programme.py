"""The programme, put together."""

from gongwei.language.programmes import DynamicEvent, Programme
from gongwei.programmes.older_people import forms, rules
from gongwei.programmes.older_people.checks import CHECKS
from gongwei.programmes.older_people.measures import MEASURES
from gongwei.programmes.older_people.schedule import EPISODE, SCHEDULE
from gongwei.programmes.older_people.services import SERVICES

PROGRAMME = Programme(
    "older_people",
    "老年人健康管理",
    source=rules.NORM,
    episodes=(EPISODE,),
    forms=(forms.SelfCareAssessment,),
    tables=(rules.SELF_CARE,),
    schedules=(SCHEDULE,),
    measures=MEASURES,
    checks=CHECKS,
    services=SERVICES,
    abnormal=rules.ABNORMAL,
    dynamic=(DynamicEvent(forms.SelfCareAssessment),),
)
