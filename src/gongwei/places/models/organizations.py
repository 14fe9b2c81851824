"""Organizations and the areas each serves, by date."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from gongwei.base import ids

from .areas import Area


class Kind(models.TextChoices):
    """Kinds of organizations in the programme (code_tables.md §10)."""

    COUNTY_COMMISSION = "county_commission", "县区卫生健康委"
    GUIDANCE_CENTRE = "guidance_centre", "基本公共卫生服务指导中心"
    HOSPITAL = "hospital", "医院"
    TOWNSHIP_CENTRE = "township_centre", "乡镇卫生院"
    COMMUNITY_CENTRE = "community_centre", "社区卫生服务中心"
    COMMUNITY_STATION = "community_station", "社区卫生服务站"
    VILLAGE_CLINIC = "village_clinic", "村卫生室"
    CDC = "cdc", "疾病预防控制中心"
    MCH = "mch", "妇幼保健院"
    MENTAL_HEALTH = "mental_health", "精神卫生中心"
    SUPERVISION = "supervision", "卫生监督所"
    FINANCE_BUREAU = "finance_bureau", "财政局"


class Organization(models.Model):
    """A hospital, centre, clinic or office; `area` is where it has its seat, `ServedArea` whom it serves."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    code = models.CharField("机构代码", max_length=22, unique=True, db_comment="机构代码（本平台内唯一）")
    credit_code = models.CharField(
        "统一社会信用代码",
        max_length=18,
        null=True,
        unique=True,
        db_comment="统一社会信用代码（GB 32100，18位）",
    )
    name = models.CharField("机构名称", max_length=100, db_comment="机构名称")
    initials = models.CharField("拼音首字母", max_length=100, db_comment="名称的拼音首字母")
    kind = models.CharField("机构类别", max_length=20, choices=Kind, db_comment="机构类别")
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="children",
        verbose_name="上级机构",
        db_comment="上级机构",
    )
    area = models.ForeignKey(
        Area,
        models.PROTECT,
        db_column="area_key",
        related_name="organizations",
        verbose_name="所在区划",
        db_comment="所在区划",
    )
    phone = models.CharField("联系电话", max_length=20, blank=True, db_comment="单位电话（对外公开）")
    active_from = models.DateField("启用日期", db_comment="启用日期")
    active_until = models.DateField("停用日期", null=True, db_comment="停用日期（不含当日）；空为在用")
    version = models.IntegerField("版本", default=1, db_comment="版本号，每次修改加一")

    class Meta:
        verbose_name = "机构"
        db_table_comment = "机构"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="places_organization_kind"),
            models.CheckConstraint(
                condition=Q(active_until=None) | Q(active_until__gt=F("active_from")),
                name="places_organization_dates",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="places_organization_not_own_parent"),
        ]
        indexes = [models.Index(fields=["initials"], name="places_organization_initials")]

    def __str__(self) -> str:
        return self.name


class ServedArea(models.Model):
    """An organization serves an area and all below it, from a day to before another."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="served_areas", db_comment="机构"
    )
    area = models.ForeignKey(
        Area, models.PROTECT, db_column="area_key", related_name="served_by", db_comment="服务的行政区划"
    )
    from_on = models.DateField("起始日期", db_comment="起始日期")
    until_on = models.DateField("截止日期", null=True, db_comment="截止日期（不含当日）；空为至今")

    class Meta:
        verbose_name = "服务区域"
        db_table_comment = "机构服务的行政区划"
        constraints = [
            ExclusionConstraint(
                name="places_servedarea_once_at_a_time",
                expressions=[
                    ("organization", RangeOperators.EQUAL),
                    ("area", RangeOperators.EQUAL),
                    (Func(F("from_on"), F("until_on"), function="daterange"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gt=F("from_on")), name="places_servedarea_dates"
            ),
        ]
