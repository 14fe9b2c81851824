"""Denominators that are data: published numbers of an area and year, with source, version and approval.

A number is never overwritten: a new one is a new version, and approving it replaces the one before, which stays.
"""

from django.db import models
from django.db.models import Q

from gongwei.base import ids


class Population(models.Model):
    """One number of one area in one year, as somebody reported it: a draft until another person approves it."""

    class State(models.TextChoices):
        """What became of it; figures use approved numbers only."""

        DRAFT = "draft", "待批准"
        APPROVED = "approved", "已批准"
        REPLACED = "replaced", "已更新"
        WITHDRAWN = "withdrawn", "已撤回"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    code = models.CharField("项目", max_length=40, db_comment="项目代码，如resident_population")
    area_key = models.BigIntegerField("区划", db_comment="12位区划代码")
    year = models.SmallIntegerField("年度", db_comment="公历年度")
    value = models.BigIntegerField("人数", db_comment="人数")
    source = models.CharField("来源", max_length=100, db_comment="来源，如统计局、公安户籍、上级下达")
    document = models.CharField("文件", max_length=200, blank=True, default="", db_comment="文件名称和文号")
    note = models.CharField("说明", max_length=200, blank=True, default="", db_comment="说明")
    version = models.SmallIntegerField("版本", db_comment="同一项目、区划、年度的第几版")
    state = models.CharField("状态", max_length=10, choices=State.choices, db_comment="状态")
    recorded_at = models.DateTimeField("填报时刻", db_comment="填报时刻（UTC）")
    recorded_by = models.UUIDField("填报账号", null=True, blank=True, db_comment="填报的账号，空为系统")
    approved_at = models.DateTimeField("批准时刻", null=True, blank=True, db_comment="批准时刻（UTC）")
    approved_by = models.UUIDField("批准账号", null=True, blank=True, db_comment="批准的账号，空为系统")
    ended_at = models.DateTimeField(
        "更新或撤回时刻", null=True, blank=True, db_comment="更新或撤回时刻（UTC）"
    )
    ended_by = models.UUIDField("更新或撤回账号", null=True, blank=True, db_comment="更新或撤回的账号")
    reason = models.CharField("撤回理由", max_length=200, blank=True, default="", db_comment="撤回的理由")

    class Meta:
        verbose_name = "公布数"
        db_table_comment = "人口与任务数：按区划和年度的公布数，各版本都保留"
        indexes = [models.Index(fields=["year", "code", "area_key"], name="measures_population_asked")]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "area_key", "year", "version"], name="measures_population_version"
            ),
            models.UniqueConstraint(
                fields=["code", "area_key", "year"],
                condition=Q(state="approved"),
                name="measures_population_in_force",
            ),
            models.UniqueConstraint(
                fields=["code", "area_key", "year"],
                condition=Q(state="draft"),
                name="measures_population_draft",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "approved", "replaced", "withdrawn"]),
                name="measures_population_state",
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="measures_population_value"),
            models.CheckConstraint(condition=~Q(source=""), name="measures_population_source"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"]) | Q(approved_at__isnull=False),
                name="measures_population_approved",
            ),
            # Four eyes: whoever reported a number does not approve it. Both are empty for what the system brings.
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | Q(recorded_by__isnull=True)
                | ~Q(approved_by=models.F("recorded_by")),
                name="measures_population_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.area_key} {self.year}"
