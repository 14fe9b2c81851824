"""Schemes: the tree a county scores a level of institutions by in a year. Approved by another person, then never changed."""

from django.db import models
from django.db.models import Q

from gongwei.base import ids
from gongwei.evaluation import national


class Scheme(models.Model):
    """One version of a county's tree for a level and a year."""

    class State(models.TextChoices):
        """A draft can be changed; an approved one is used until another replaces it."""

        DRAFT = "draft", "草稿"
        SUBMITTED = "submitted", "待审定"
        APPROVED = "approved", "已审定"
        REPLACED = "replaced", "已更新"
        WITHDRAWN = "withdrawn", "已撤回"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    county_key = models.BigIntegerField("县区", db_comment="县级区划代码（12位）")
    year = models.SmallIntegerField("年度", db_comment="公历年度")
    level = models.CharField("对象", max_length=20, choices=national.LEVELS, db_comment="评价对象的级别")
    version = models.SmallIntegerField("版本", db_comment="同一县区、年度、对象的第几版")
    title = models.CharField("名称", max_length=100, db_comment="名称")
    tree = models.JSONField("指标体系", db_comment="指标体系：分值、评分方法、取数指标")
    origin = models.CharField(
        "由来", max_length=200, db_comment="由来：全国默认、从哪一版复制、从哪个文件导入"
    )
    document = models.CharField("文件", max_length=200, blank=True, default="", db_comment="印发方案的文件")
    digest = models.CharField(
        "摘要", max_length=64, blank=True, default="", db_comment="审定时指标体系的SHA-256"
    )
    state = models.CharField(
        "状态", max_length=10, choices=State.choices, default=State.DRAFT, db_comment="状态"
    )
    made_at = models.DateTimeField("编制时刻", db_comment="编制时刻（UTC）")
    made_by = models.UUIDField("编制账号", null=True, db_comment="编制的账号，空为系统")
    changed_at = models.DateTimeField("修改时刻", db_comment="最近一次修改的时刻（UTC）")
    changed_by = models.UUIDField("修改账号", null=True, db_comment="最近一次修改的账号")
    approved_at = models.DateTimeField("审定时刻", null=True, db_comment="审定时刻（UTC）")
    approved_by = models.UUIDField("审定账号", null=True, db_comment="审定的账号")
    ended_at = models.DateTimeField("更新或撤回时刻", null=True, db_comment="更新或撤回的时刻（UTC）")
    ended_by = models.UUIDField("更新或撤回账号", null=True, db_comment="更新或撤回的账号")

    class Meta:
        verbose_name = "评价方案"
        db_table_comment = "绩效评价方案：按县区、年度、对象，各版本都保留"
        constraints = [
            models.UniqueConstraint(
                fields=["county_key", "year", "level", "version"], name="evaluation_scheme_version"
            ),
            models.UniqueConstraint(
                fields=["county_key", "year", "level"],
                condition=Q(state="approved"),
                name="evaluation_scheme_in_force",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted", "approved", "replaced", "withdrawn"]),
                name="evaluation_scheme_state",
            ),
            models.CheckConstraint(
                condition=Q(level__in=list(national.LEVELS)), name="evaluation_scheme_level"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "replaced"])
                | Q(approved_at__isnull=False, digest__gt=""),
                name="evaluation_scheme_approved",
            ),
            # Four eyes: neither who made nor who last changed a scheme approves it.
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | (
                    (Q(made_by__isnull=True) | ~Q(approved_by=models.F("made_by")))
                    & (Q(changed_by__isnull=True) | ~Q(approved_by=models.F("changed_by")))
                ),
                name="evaluation_scheme_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Whether it can still be changed."""
        return self.state == self.State.DRAFT
