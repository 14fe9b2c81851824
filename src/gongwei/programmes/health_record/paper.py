"""The forms of the health record on paper."""

from gongwei.programmes.health_record.basic_paper import BASIC_INFORMATION
from gongwei.programmes.health_record.check_up_paper import CHECK_UP
from gongwei.programmes.health_record.encounter_papers import (
    CONSULTATION,
    OUTPATIENT_NOTE,
    REFERRAL,
    REFERRAL_BACK,
)
from gongwei.programmes.health_record.usual_ranges import USUAL

__all__ = ["PAPERS", "USUAL"]

PAPERS = (BASIC_INFORMATION, CHECK_UP, OUTPATIENT_NOTE, CONSULTATION, REFERRAL, REFERRAL_BACK)
