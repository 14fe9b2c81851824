"""Administrative areas and their history.

An area is known for ever by its 12-digit statistical division code (统计用区划代码) kept as a bigint: what lies
below an area is the range `key..last_key`, which an index and row-level security can use. A code is never given
to a second area; a split or a merge ends areas and begins others on a date, and `AreaChange` joins the two.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from gongwei.base import ids


class Level(models.TextChoices):
    """The five levels of the division code."""

    PROVINCE = "province", "省级"
    CITY = "city", "市级"
    COUNTY = "county", "县级"
    TOWNSHIP = "township", "乡级"
    VILLAGE = "village", "村级"


class Area(models.Model):
    """One node of province → city → county → township → village, alive from `valid_from` to before `valid_until`."""

    key = models.BigIntegerField(
        "区划代码", primary_key=True, db_comment="统计用区划代码（12位，按数值存放）"
    )
    last_key = models.BigIntegerField("下级代码上界", db_comment="所辖区划代码的最大值（含）；村级等于自身")
    level = models.CharField("级别", max_length=10, choices=Level, db_comment="级别：省、市、县、乡、村")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="children", verbose_name="上级", db_comment="上级区划"
    )
    name = models.CharField("名称", max_length=70, db_comment="现用名称（历史名称见区划名称表）")
    initials = models.CharField("拼音首字母", max_length=70, db_comment="名称的拼音首字母")
    urban = models.BooleanField("居委会", default=False, db_comment="是否居民委员会（村级）或街道（乡级）")
    urban_rural_code = models.CharField(
        "城乡分类代码",
        max_length=3,
        null=True,
        db_comment="城乡分类代码（111、112、121、122、123、210、220）",
    )
    record_segment = models.CharField(
        "档案编号段", max_length=3, null=True, db_comment="17位档案编号第二段（乡级）或第三段（村级）"
    )
    valid_from = models.DateField("启用日期", db_comment="启用日期")
    valid_until = models.DateField("停用日期", null=True, db_comment="停用日期（不含当日）；空为现用")

    class Meta:
        verbose_name = "行政区划"
        db_table_comment = "行政区划"
        constraints = [
            models.CheckConstraint(
                condition=Q(last_key__gte=F("key"), key__gte=110000000000, last_key__lte=999999999999),
                name="places_area_key_range",
            ),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="places_area_level"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="places_area_dates"
            ),
            # A segment stands in record numbers for ever, so an ended area keeps its own.
            models.UniqueConstraint(fields=["parent", "record_segment"], name="places_area_segment_once"),
        ]
        indexes = [models.Index(fields=["initials"], name="places_area_initials")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def code(self) -> str:
        """The 12-digit code as text."""
        return f"{self.key:012d}"


class AreaName(models.Model):
    """What an area was called, from a day to before another."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    area = models.ForeignKey(
        Area, models.PROTECT, related_name="names", db_column="area_key", db_comment="行政区划"
    )
    name = models.CharField("名称", max_length=70, db_comment="名称")
    from_on = models.DateField("起始日期", db_comment="起始日期")
    until_on = models.DateField("截止日期", null=True, db_comment="截止日期（不含当日）；空为现用")

    class Meta:
        verbose_name = "区划名称"
        db_table_comment = "行政区划名称的历史"
        constraints = [
            ExclusionConstraint(
                name="places_areaname_one_at_a_time",
                expressions=[
                    ("area", RangeOperators.EQUAL),
                    (Func(F("from_on"), F("until_on"), function="daterange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


class AreaChange(models.Model):
    """One decision on divisions, with the document it rests on."""

    class Kind(models.TextChoices):
        """What was decided."""

        CREATE = "create", "设立"
        RENAME = "rename", "更名"
        SPLIT = "split", "拆分"
        MERGE = "merge", "合并"
        RECODE = "recode", "变更代码"

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    kind = models.CharField(
        "类别", max_length=10, choices=Kind, db_comment="类别：设立、更名、拆分、合并、变更代码"
    )
    on_date = models.DateField("生效日期", db_comment="生效日期")
    document = models.CharField("依据文件", max_length=200, db_comment="依据文件")
    from_areas = ArrayField(models.BigIntegerField(), default=list, db_comment="变更前区划代码")
    to_areas = ArrayField(models.BigIntegerField(), default=list, db_comment="变更后区划代码")
    moved = models.JSONField("随迁数据", default=dict, db_comment="随之改挂的行数（表名：行数）")
    recorded_at = models.DateTimeField("登记时间", db_comment="登记时间")
    recorded_by = models.UUIDField("登记账号", null=True, db_comment="登记账号")

    class Meta:
        verbose_name = "区划变更"
        db_table_comment = "行政区划变更"
        constraints = [models.CheckConstraint(condition=~Q(document=""), name="places_areachange_document")]
        indexes = [models.Index(fields=["on_date"], name="places_areachange_on")]
