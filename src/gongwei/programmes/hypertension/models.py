"""One typed table per form of hypertension management."""

from gongwei.programmes.hypertension import forms
from gongwei.records import columns

FollowUp = columns.table_for(forms.FollowUp, module=__name__)
ManagedFile = columns.table_for(forms.ManagedFile, module=__name__)
FirstPressure = columns.table_for(forms.FirstPressure, module=__name__)
HighRiskContact = columns.table_for(forms.HighRiskContact, module=__name__)
