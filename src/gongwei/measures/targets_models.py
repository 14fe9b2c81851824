"""What is asked of a measure in a year at an area or an institution, each from a document. A changed target is a new row."""

from django.db import models
from django.db.models import Q

from gongwei.base import ids


class Target(models.Model):
    """One target: of an area, or an institution's share of one."""

    class Level(models.TextChoices):
        """Whose target it is."""

        PROVINCE = "province", "省级"
        CITY = "city", "市级"
        COUNTY = "county", "县级"
        TOWNSHIP = "township", "乡级"
        VILLAGE = "village", "村级"
        ORGANIZATION = "organization", "机构"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    code = models.CharField("目标", max_length=40, db_comment="目标代码，如htn_std_rate，或指标代码")
    year = models.SmallIntegerField("年度", db_comment="公历年度")
    area_key = models.BigIntegerField("区划", db_comment="12位区划代码；机构为其所在区划")
    organization_id = models.UUIDField("机构", null=True, blank=True, db_comment="机构编号，空为区划的目标")
    op = models.CharField("比较", max_length=2, db_comment="比较：>= > = <=")
    value = models.DecimalField("目标值", max_digits=14, decimal_places=2, db_comment="目标值")
    unit = models.CharField("单位", max_length=2, db_comment="％为率，人为人数")
    level = models.CharField("级别", max_length=12, choices=Level.choices, db_comment="谁的目标")
    document = models.CharField("文件", max_length=200, db_comment="下达目标的文件")
    note = models.CharField("说明", max_length=200, blank=True, default="", db_comment="说明")
    looser_reason = models.CharField(
        "低于上级的理由", max_length=200, blank=True, default="", db_comment="低于上级目标的理由，空为不低于"
    )
    split_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="shares",
        verbose_name="分解自",
        db_comment="由哪个目标分解而来",
    )
    set_at = models.DateTimeField("下达时刻", db_comment="下达时刻（UTC）")
    set_by = models.UUIDField("下达账号", null=True, blank=True, db_comment="下达的账号，空为系统")
    ended_at = models.DateTimeField("停用时刻", null=True, blank=True, db_comment="停用时刻（UTC），空为在用")
    ended_by = models.UUIDField("停用账号", null=True, blank=True, db_comment="停用的账号")

    class Meta:
        verbose_name = "年度目标"
        db_table_comment = "年度目标：按区划、机构、年度，各次下达都保留"
        constraints = [
            models.UniqueConstraint(
                fields=["year", "code", "area_key", "organization_id"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="measures_target_in_force",
            ),
            models.CheckConstraint(condition=Q(op__in=[">=", ">", "=", "<="]), name="measures_target_op"),
            models.CheckConstraint(condition=Q(unit__in=["%", "人"]), name="measures_target_unit"),
            models.CheckConstraint(condition=Q(value__gte=0), name="measures_target_value"),
            models.CheckConstraint(condition=~Q(document=""), name="measures_target_document"),
            models.CheckConstraint(
                condition=Q(level__in=["province", "city", "county", "township", "village", "organization"]),
                name="measures_target_level",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.year} {self.area_key}"
