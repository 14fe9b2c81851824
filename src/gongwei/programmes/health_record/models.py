"""One typed table per form of the health record, and the person-years of its measures."""

from gongwei import catalogue
from gongwei.measures import columns as measure_columns
from gongwei.programmes.health_record import forms
from gongwei.records import columns

BasicInformation = columns.table_for(forms.BasicInformation, module=__name__)
CheckUp = columns.table_for(forms.CheckUp, module=__name__)
OutpatientNote = columns.table_for(forms.OutpatientNote, module=__name__)
Consultation = columns.table_for(forms.Consultation, module=__name__)
Referral = columns.table_for(forms.Referral, module=__name__)
ReferralBack = columns.table_for(forms.ReferralBack, module=__name__)
PersonYear = measure_columns.person_year_for(catalogue.programme("health_record").measures, module=__name__)
