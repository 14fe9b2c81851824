"""Services that other money paid for: marked by a person, with the payer and the reason; the mark may be taken back, never lost."""

from django.db import models
from django.db.models import Q

from gongwei.base import ids
from gongwei.records.models import Response
from gongwei.residents.models import Resident


class OtherFund(models.Model):
    """A filled form whose service was paid by another fund: it counts for measures and not for money."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    response = models.ForeignKey(
        Response, models.PROTECT, verbose_name="填报表", related_name="+", db_comment="填报表"
    )
    # (resident_id, area_key) is one foreign key with ON UPDATE CASCADE, as everywhere.
    resident = models.ForeignKey(
        Resident,
        models.PROTECT,
        verbose_name="居民",
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="居民",
    )
    area_key = models.BigIntegerField("居住区划", db_comment="居民现居住村（居）委会的12位区划代码")
    payer = models.CharField("经费来源", max_length=100, db_comment="支付的经费，如医保、职工体检、其他项目")
    reason = models.CharField("说明", max_length=200, db_comment="依据和说明（不写居民姓名和证件号码）")
    at = models.DateTimeField("登记时刻", db_comment="登记时刻（UTC）")
    by = models.UUIDField("登记账号", null=True, db_comment="登记的账号，空为系统")
    withdrawn_at = models.DateTimeField("撤销时刻", null=True, db_comment="撤销时刻（UTC），空为有效")
    withdrawn_by = models.UUIDField("撤销账号", null=True, db_comment="撤销的账号")
    withdrawn_because = models.CharField(
        "撤销理由", max_length=200, blank=True, default="", db_comment="撤销的理由"
    )

    class Meta:
        verbose_name = "其他经费支付"
        db_table_comment = "由其他经费支付的服务：计入指标，不计入补助资金"
        constraints = [
            models.UniqueConstraint(
                fields=["response"], condition=Q(withdrawn_at=None), name="settlement_otherfund_once"
            ),
            models.CheckConstraint(condition=~Q(payer="") & ~Q(reason=""), name="settlement_otherfund_told"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | ~Q(withdrawn_because=""),
                name="settlement_otherfund_withdrawn",
            ),
        ]

    def __str__(self) -> str:
        return self.payer
