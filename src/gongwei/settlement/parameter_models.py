"""A county's own values of the parameters of money that norms leave to it."""

from typing import Any

from django.db import models
from django.db.models import Q

from gongwei.settlement.fund_approval import Approvable, one_at_a_time


class LocalParameter(Approvable):
    """One value a county sets for itself from a day on; approved by a second person, the values before it stay."""

    code = models.CharField("参数", max_length=60, db_comment="参数代码，见fund_parameters.yaml")
    since = models.DateField("起始日期", db_comment="自哪一日起")
    value = models.CharField("取值", max_length=40, db_comment="取值（数值写成文字）")

    class Meta(Approvable.Meta):
        verbose_name = "资金参数"
        db_table_comment = "本县区自定的资金参数：有日期、有文件，各次都保留"
        constraints = [
            *Approvable.Meta.constraints,
            one_at_a_time("approved", "in_force", "area_key", "code", "since"),
            one_at_a_time("draft", "draft", "area_key", "code", "since"),
            models.CheckConstraint(condition=~Q(value=""), name="settlement_localparameter_value"),
        ]

    def about(self) -> dict[str, Any]:
        """Which parameter, from when, with which value."""
        return {"parameter": self.code, "since": self.since.isoformat(), "value": self.value}

    def __str__(self) -> str:
        return f"{self.code} {self.since} {self.value}"
