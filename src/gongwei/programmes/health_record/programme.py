"""The programme, put together. Filing has no rhythm, so there is no schedule: who has no record is found by its measures."""

from gongwei.language.programmes import DynamicEvent, Programme
from gongwei.programmes.health_record import forms
from gongwei.programmes.health_record.abnormal import ABNORMAL
from gongwei.programmes.health_record.checks import CHECKS
from gongwei.programmes.health_record.measures import MEASURES, joint_measures
from gongwei.programmes.health_record.services import SERVICES

PROGRAMME = Programme(
    "health_record",
    "居民健康档案管理",
    source="国家基本公共卫生服务规范（第三版）居民健康档案管理服务规范",
    forms=(
        forms.BasicInformation,
        forms.CheckUp,
        forms.OutpatientNote,
        forms.Consultation,
        forms.Referral,
        forms.ReferralBack,
    ),
    measures=MEASURES,
    checks=CHECKS,
    services=SERVICES,
    abnormal=ABNORMAL,
    dynamic=tuple(
        DynamicEvent(form)
        for form in (
            forms.CheckUp,
            forms.OutpatientNote,
            forms.Consultation,
            forms.Referral,
            forms.ReferralBack,
        )
    ),
    joint_measures=joint_measures,
)
