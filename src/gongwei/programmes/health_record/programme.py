"""The programme, put together. Schedules and measures of 建档 come with the stage of tasks."""

from gongwei.language.programmes import Programme
from gongwei.programmes.health_record import forms
from gongwei.programmes.health_record.abnormal import ABNORMAL
from gongwei.programmes.health_record.checks import CHECKS

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
    checks=CHECKS,
    abnormal=ABNORMAL,
)
