"""The forms of the health record: what other programmes may import."""

from gongwei.programmes.health_record.basic_information import BasicInformation
from gongwei.programmes.health_record.check_up import CheckUp
from gongwei.programmes.health_record.encounters import Consultation, OutpatientNote, Referral, ReferralBack

__all__ = ["BasicInformation", "CheckUp", "Consultation", "OutpatientNote", "Referral", "ReferralBack"]
