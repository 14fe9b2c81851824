"""One typed table per form of 2型糖尿病患者健康管理."""

from gongwei.programmes.diabetes import forms
from gongwei.records import columns

FollowUp = columns.table_for(forms.FollowUp, module=__name__)
ManagedFile = columns.table_for(forms.ManagedFile, module=__name__)
HighRiskCheck = columns.table_for(forms.HighRiskCheck, module=__name__)
