"""Runs over a snapshot and the reports they gave. A report is never changed: a later run stands beside it.

A run names everything a figure rests on: the snapshot, the digest of each measure's definition, the values of the
parameters over time, the published numbers. So it can be opened again and be compared with a later one.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from gongwei.base import ids
from gongwei.measures import figures
from gongwei.measures.live_models import Comparison as Comparison
from gongwei.measures.live_models import Difference as Difference
from gongwei.measures.live_models import LiveFigure as LiveFigure
from gongwei.measures.live_models import LiveYear as LiveYear
from gongwei.measures.populations_models import Population as Population
from gongwei.measures.targets_models import Target as Target


class MeasureVersion(models.Model):
    """A measure as it was defined when a run first used it, known by the digest of the definition."""

    digest = models.CharField("定义摘要", max_length=64, primary_key=True, db_comment="定义的SHA-256")
    code = models.CharField("指标代码", max_length=20, db_comment="指标代码")
    title = models.CharField("指标名称", max_length=100, db_comment="指标名称")
    source = models.TextField("依据", db_comment="依据的文件和条款")
    definition = models.JSONField("定义", db_comment="展开的定义")
    first_used_at = models.DateTimeField("首次使用", db_comment="首次使用的时刻（UTC）")

    class Meta:
        verbose_name = "指标版本"
        db_table_comment = "用过的指标定义的各个版本"
        indexes = [models.Index(fields=["code", "first_used_at"], name="measures_version_code")]


class Run(models.Model):
    """One time measures were run over a snapshot."""

    class Kind(models.TextChoices):
        """Why it was run."""

        NIGHTLY = "nightly", "每晚"
        ASKED = "asked", "人工"
        REPORT = "report", "上报"

    class State(models.TextChoices):
        """How far it is; only a complete run is shown."""

        RUNNING = "running", "计算中"
        COMPLETE = "complete", "已完成"
        FAILED = "failed", "未完成"
        REMOVED = "removed", "明细已清理"

    class Engine(models.TextChoices):
        """What worked the persons out."""

        DUCKDB = "duckdb", "DuckDB（本机）"
        SPARK = "spark", "Spark（计算集群）"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    title = models.CharField("名称", max_length=100, db_comment="名称")
    kind = models.CharField("种类", max_length=10, choices=Kind.choices, db_comment="每晚、人工、上报")
    engine = models.CharField(
        "计算引擎",
        max_length=10,
        choices=Engine.choices,
        default=Engine.DUCKDB,
        db_comment="计算引擎：duckdb本机，spark计算集群",
    )
    state = models.CharField("状态", max_length=10, choices=State.choices, db_comment="状态")
    snapshot_id = models.UUIDField("快照", db_comment="所用快照的编号")
    cut_at = models.DateTimeField("截止时刻", db_comment="快照的截止时刻（UTC）")
    periods = ArrayField(models.CharField(max_length=22), verbose_name="统计期", db_comment="统计期代码")
    definitions = models.JSONField("定义摘要", default=dict, db_comment="各指标的定义摘要（代码：摘要）")
    parameters = models.JSONField("参数", default=dict, db_comment="所用参数的取值（代码：[[起始日期, 值]]）")
    parameters_digest = models.CharField("参数摘要", max_length=64, db_comment="参数取值的SHA-256")
    populations = models.JSONField("公布数", default=list, db_comment="所用公布数的版本")
    files = models.JSONField("明细", default=dict, db_comment="逐人明细文件（统计期：行数、字节数、摘要）")
    seconds = models.FloatField("用时", default=0, db_comment="用时（秒）")
    at = models.DateTimeField("开始时刻", db_comment="开始时刻（UTC）")
    by = models.UUIDField("账号", null=True, blank=True, db_comment="提交的账号，空为系统")
    finished_at = models.DateTimeField("完成时刻", null=True, db_comment="完成时刻（UTC）")
    pinned = models.BooleanField("长期保存", default=False, db_comment="是否不自动清理")
    note = models.CharField("说明", max_length=200, blank=True, default="", db_comment="说明")

    class Meta:
        verbose_name = "指标计算"
        db_table_comment = "对快照的每次指标计算"
        indexes = [models.Index(fields=["state", "-at"], name="measures_run_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["nightly", "asked", "report"]), name="measures_run_kind"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["running", "complete", "failed", "removed"]), name="measures_run_state"
            ),
            models.CheckConstraint(condition=Q(engine__in=["duckdb", "spark"]), name="measures_run_engine"),
            models.CheckConstraint(
                condition=~Q(state="complete") | Q(finished_at__isnull=False), name="measures_run_finished"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ReportPlace(models.Model):
    """A place as it was called, and under which other one it stood, when the run was made."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="places", db_index=False, db_comment="计算")
    kind = models.CharField("种类", max_length=12, db_comment="种类：区划、机构、医生")
    key = models.CharField("代码", max_length=36, db_comment="区划代码或编号")
    level = models.CharField("级别", max_length=12, db_comment="级别")
    name = models.CharField("名称", max_length=100, db_comment="当时的名称")
    parent = models.CharField(
        "上级", max_length=36, null=True, db_comment="同一种类中上级的代码；医生为其机构"
    )
    area_key = models.BigIntegerField("区划", null=True, db_comment="区划代码；机构、医生为机构所在区划")

    class Meta:
        verbose_name = "统计单位"
        db_table_comment = "一次计算中的区划、机构和医生"
        constraints = [
            models.UniqueConstraint(fields=["run", "kind", "key"], name="measures_place_once"),
            models.CheckConstraint(
                condition=Q(kind__in=[figures.AREA, figures.ORGANIZATION, figures.DOCTOR]),
                name="measures_place_kind",
            ),
            models.CheckConstraint(condition=Q(level__in=figures.LEVELS), name="measures_place_level"),
        ]
        indexes = [models.Index(fields=["run", "kind", "parent"], name="measures_place_children")]


class MeasureReport(models.Model):
    """One measure at one place in one period, as a run found it."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="reports", db_index=False, db_comment="计算")
    place = models.ForeignKey(
        ReportPlace, models.CASCADE, related_name="reports", db_index=False, db_comment="统计单位"
    )
    measure = models.CharField("指标", max_length=20, db_comment="指标代码")
    version = models.ForeignKey(
        MeasureVersion,
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_column="version_digest",
        db_comment="指标定义的摘要",
    )
    period = models.CharField("统计期", max_length=22, db_comment="统计期代码")
    denominator = models.BigIntegerField("分母", db_comment="分母人数；分母为公布数时为计入范围的人数")
    numerator = models.BigIntegerField("分子", db_comment="分子人数")
    excluded = models.BigIntegerField("剔除", db_comment="剔除人数")
    published = models.BigIntegerField("公布数", null=True, db_comment="作分母的公布数")
    published_source = models.JSONField(
        "公布数来源", null=True, db_comment="公布数的来源、文件、版本、批准日期"
    )
    rate = models.DecimalField(
        "率", max_digits=14, decimal_places=2, null=True, db_comment="率（按指标的单位）"
    )

    class Meta:
        verbose_name = "指标结果"
        db_table_comment = "指标结果"
        constraints = [
            models.UniqueConstraint(fields=["place", "period", "measure"], name="measures_report_once"),
            models.CheckConstraint(
                condition=Q(numerator__gte=0, excluded__gte=0, denominator__gte=models.F("numerator")),
                name="measures_report_within",
            ),
            models.CheckConstraint(
                condition=Q(
                    period__regex=r"^[0-9]{4}(-[0-9]{2}|Q[1-4]|H[12]|-01\.\.[0-9]{4}-[0-9]{2}(-[0-9]{2})?)?$"
                ),
                name="measures_report_period",
            ),
        ]
        # The ranking of one measure, and all places of a run for one period.
        indexes = [models.Index(fields=["run", "period", "measure"], name="measures_report_ranking")]
