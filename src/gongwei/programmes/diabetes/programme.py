"""The programme, put together."""

from gongwei.language.programmes import Programme
from gongwei.programmes.diabetes import forms

PROGRAMME = Programme(
    "diabetes",
    "2型糖尿病患者健康管理",
    source="国家基本公共卫生服务规范（第三版）2型糖尿病患者健康管理服务规范",
    forms=(forms.FollowUp, forms.ManagedFile, forms.HighRiskCheck),
)
