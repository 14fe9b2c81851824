"""The programme, put together. Its yearly package, measures and services come with the stage of tasks."""

from gongwei.language.programmes import Programme
from gongwei.programmes.older_people import forms

PROGRAMME = Programme(
    "older_people",
    "老年人健康管理",
    source="国家基本公共卫生服务规范（第三版）老年人健康管理服务规范",
    forms=(forms.SelfCareAssessment,),
)
