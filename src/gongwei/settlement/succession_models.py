"""An institution that takes over the money of another: who, whose, from when and by which document."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from gongwei.settlement.fund_approval import Approvable, one_at_a_time


class Succession(Approvable):
    """One institution's claims, debts and cash go to another from a day on; approved by a second person, never undone."""

    former_id = models.UUIDField("原机构", db_comment="被承继的机构编号")
    heir_id = models.UUIDField("承继机构", db_comment="承继的机构编号")
    on = models.DateField("承继日期", db_comment="承继日期")

    class Meta(Approvable.Meta):
        verbose_name = "机构资金承继"
        db_table_comment = "机构合并、撤并后资金由谁承继：台账不改，结存转账，应收应付随承继机构"
        constraints = [
            *Approvable.Meta.constraints,
            one_at_a_time("approved", "in_force", "former_id"),
            one_at_a_time("draft", "draft", "former_id"),
            models.CheckConstraint(condition=~Q(former_id=F("heir_id")), name="settlement_succession_two"),
        ]

    def about(self) -> dict[str, Any]:
        """Whose money goes on with whom."""
        return {"former": str(self.former_id), "heir": str(self.heir_id), "on": self.on.isoformat()}

    def __str__(self) -> str:
        return f"{self.former_id} {self.heir_id}"
