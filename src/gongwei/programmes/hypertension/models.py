"""One typed table per form of hypertension management."""

from gongwei.programmes.hypertension import forms
from gongwei.records import columns

FollowUp = columns.table_for(forms.FollowUp, module=__name__)
ManagedFile = columns.table_for(forms.ManagedFile, module=__name__)
