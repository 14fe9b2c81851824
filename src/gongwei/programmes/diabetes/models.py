"""One typed table per form of 2型糖尿病患者健康管理, and the person-years of its measures."""

from gongwei.measures import columns as measure_columns
from gongwei.programmes.diabetes import forms
from gongwei.programmes.diabetes.measures import MEASURES
from gongwei.records import columns

FollowUp = columns.table_for(forms.FollowUp, module=__name__)
ManagedFile = columns.table_for(forms.ManagedFile, module=__name__)
HighRiskCheck = columns.table_for(forms.HighRiskCheck, module=__name__)
PersonYear = measure_columns.person_year_for(MEASURES, module=__name__)
