"""One typed table per form of the health record."""

from gongwei.programmes.health_record import forms
from gongwei.records import columns

BasicInformation = columns.table_for(forms.BasicInformation, module=__name__)
CheckUp = columns.table_for(forms.CheckUp, module=__name__)
OutpatientNote = columns.table_for(forms.OutpatientNote, module=__name__)
Consultation = columns.table_for(forms.Consultation, module=__name__)
Referral = columns.table_for(forms.Referral, module=__name__)
ReferralBack = columns.table_for(forms.ReferralBack, module=__name__)
