"""What an area itself sets about money per head and about who pays; each from a document, a changed one is a new row."""

from django.db import models
from django.db.models import F, Q

from gongwei.base import ids


class LocalStandard(models.Model):
    """An area's own per-capita standard of a year, not below what holds above it."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    area_key = models.BigIntegerField("区划", db_comment="12位区划代码")
    year = models.SmallIntegerField("年度", db_comment="公历年度")
    value_fen = models.BigIntegerField("人均标准", db_comment="人均补助标准（分）")
    transferred_fen = models.BigIntegerField("其中划转项目", db_comment="人均标准中划转项目部分（分）")
    document = models.CharField("文件", max_length=200, db_comment="确定标准的文件")
    note = models.CharField("说明", max_length=200, blank=True, default="", db_comment="说明")
    set_at = models.DateTimeField("确定时刻", db_comment="登记时刻（UTC）")
    set_by = models.UUIDField("登记账号", null=True, blank=True, db_comment="登记的账号，空为系统")
    ended_at = models.DateTimeField("停用时刻", null=True, blank=True, db_comment="停用时刻（UTC），空为在用")
    ended_by = models.UUIDField("停用账号", null=True, blank=True, db_comment="停用的账号")

    class Meta:
        verbose_name = "地方人均补助标准"
        db_table_comment = (
            "地方人均补助标准：按区划、年度，各次都保留；逐级下达、向下级公开，不涉机构，故不按区划隔离"
        )
        constraints = [
            models.UniqueConstraint(
                fields=["year", "area_key"], condition=Q(ended_at=None), name="settlement_standard_in_force"
            ),
            models.CheckConstraint(
                condition=Q(value_fen__gt=0, transferred_fen__gte=0, transferred_fen__lte=F("value_fen")),
                name="settlement_standard_value",
            ),
            models.CheckConstraint(condition=~Q(document=""), name="settlement_standard_document"),
        ]

    def __str__(self) -> str:
        return f"{self.area_key} {self.year}"


class CostShare(models.Model):
    """Who pays in an area from a year on: the central share, and how the localities divide the rest among themselves."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    area_key = models.BigIntegerField("区划", db_comment="12位区划代码")
    since_year = models.SmallIntegerField("起始年度", db_comment="自哪一年起")
    central = models.DecimalField("中央", max_digits=7, decimal_places=6, db_comment="中央分担比例")
    province = models.DecimalField("省级", max_digits=7, decimal_places=6, db_comment="省级占地方部分的比例")
    city = models.DecimalField("市级", max_digits=7, decimal_places=6, db_comment="市级占地方部分的比例")
    county = models.DecimalField("县级", max_digits=7, decimal_places=6, db_comment="县级占地方部分的比例")
    document = models.CharField("文件", max_length=200, db_comment="规定分担办法的文件")
    set_at = models.DateTimeField("登记时刻", db_comment="登记时刻（UTC）")
    set_by = models.UUIDField("登记账号", null=True, blank=True, db_comment="登记的账号，空为系统")
    ended_at = models.DateTimeField("停用时刻", null=True, blank=True, db_comment="停用时刻（UTC），空为在用")
    ended_by = models.UUIDField("停用账号", null=True, blank=True, db_comment="停用的账号")

    class Meta:
        verbose_name = "分担比例"
        db_table_comment = (
            "各级财政分担比例：按区划、起始年度，各次都保留；逐级下达、向下级公开，不涉机构，故不按区划隔离"
        )
        constraints = [
            models.UniqueConstraint(
                fields=["since_year", "area_key"],
                condition=Q(ended_at=None),
                name="settlement_share_in_force",
            ),
            models.CheckConstraint(
                condition=Q(central__gte=0, central__lte=1, province__gte=0, city__gte=0, county__gte=0),
                name="settlement_share_range",
            ),
            models.CheckConstraint(
                condition=Q(county=1 - F("province") - F("city")), name="settlement_share_sum"
            ),
            models.CheckConstraint(condition=~Q(document=""), name="settlement_share_document"),
        ]

    def __str__(self) -> str:
        return f"{self.area_key} {self.since_year}"
