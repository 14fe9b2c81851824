"""The programme, put together."""

from gongwei.language.programmes import Programme
from gongwei.programmes.older_people import forms
from gongwei.programmes.older_people.schedule import EPISODE, NORM, SCHEDULE

PROGRAMME = Programme(
    "older_people",
    "老年人健康管理",
    source=NORM,
    episodes=(EPISODE,),
    forms=(forms.SelfCareAssessment,),
    schedules=(SCHEDULE,),
)
