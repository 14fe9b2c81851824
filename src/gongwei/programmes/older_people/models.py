"""One typed table per form of 老年人健康管理."""

from gongwei.programmes.older_people import forms
from gongwei.records import columns

SelfCareAssessment = columns.table_for(forms.SelfCareAssessment, module=__name__)
