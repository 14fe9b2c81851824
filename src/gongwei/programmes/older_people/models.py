"""One typed table per form of 老年人健康管理, and the person-years of its measures."""

from gongwei.measures import columns as measure_columns
from gongwei.programmes.older_people import forms
from gongwei.programmes.older_people.measures import MEASURES
from gongwei.records import columns

SelfCareAssessment = columns.table_for(forms.SelfCareAssessment, module=__name__)
PersonYear = measure_columns.person_year_for(MEASURES, module=__name__)
