"""One typed table per form of hypertension management, and the person-years of its measures."""

from gongwei.measures import columns as measure_columns
from gongwei.programmes.hypertension import forms
from gongwei.programmes.hypertension.measures import MEASURES
from gongwei.records import columns

FollowUp = columns.table_for(forms.FollowUp, module=__name__)
ManagedFile = columns.table_for(forms.ManagedFile, module=__name__)
FirstPressure = columns.table_for(forms.FirstPressure, module=__name__)
HighRiskContact = columns.table_for(forms.HighRiskContact, module=__name__)
PersonYear = measure_columns.person_year_for(MEASURES, module=__name__)
