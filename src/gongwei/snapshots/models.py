"""Which snapshots there are: the cut, what is in them, whether they are whole and how long they are kept.

The rows themselves are in files (`folders`). A row here is never about a person.
"""

from django.db import models
from django.db.models import Q

from gongwei.base import ids
from gongwei.base.fields import TransactionId


class Snapshot(models.Model):
    """A dated set of Parquet files: all tables as one moment saw them, or what changed since another set."""

    class Kind(models.TextChoices):
        """Whether all rows are in its own files."""

        COMPLETE = "complete", "完整"
        INCREMENT = "increment", "增量"

    class State(models.TextChoices):
        """Only a complete one is ever read; `removed` keeps the row so that what cited it can still name it."""

        WRITING = "writing", "正在写"
        COMPLETE = "complete", "可用"
        FAILED = "failed", "失败"
        REMOVED = "removed", "已清理"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    kind = models.CharField("种类", max_length=10, choices=Kind.choices, db_comment="种类：完整、增量")
    base = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="increments",
        verbose_name="基础快照",
        db_comment="增量所依据的快照，完整快照为空",
    )
    depth = models.IntegerField("层数", default=0, db_comment="到完整快照隔几层增量，完整快照为0")
    state = models.CharField(
        "状态", max_length=10, choices=State.choices, db_comment="状态：正在写、可用、失败、已清理"
    )
    cut_at = models.DateTimeField("截止时刻", null=True, db_comment="数据截止时刻（UTC）：此前提交的都在其中")
    cut_xid = TransactionId(
        "截止事务号", null=True, db_comment="截止时最早的未结束事务号，此前的事务都在其中"
    )
    cut_snapshot = models.TextField(
        "可见事务",
        blank=True,
        default="",
        db_comment="截止时可见的事务（pg_snapshot），增量由此判断哪些是新的",
    )
    cut_server = models.TextField(
        "数据库",
        blank=True,
        default="",
        db_comment="事务号所属的数据库（系统标识和库号），换库后不能接着做增量",
    )
    tables = models.JSONField(
        "内容", default=dict, db_comment="各表的行数、字节数、列、文件及其SHA-256，不含居民数据"
    )
    changed = models.BigIntegerField("变动居民", null=True, db_comment="增量中重写的居民数，完整快照为空")
    rows = models.BigIntegerField("行数", default=0, db_comment="本快照自己文件中的行数")
    bytes = models.BigIntegerField("大小", default=0, db_comment="本快照自己文件的字节数")
    digest = models.CharField(
        "清单摘要", max_length=64, blank=True, default="", db_comment="清单文件的SHA-256"
    )
    reason = models.CharField("用途", max_length=200, db_comment="为什么写这个快照")
    error_zh = models.TextField("失败原因", blank=True, default="", db_comment="失败原因（中文）")
    pinned = models.BooleanField("长期保存", default=False, db_comment="是否长期保存，不按期清理")
    started_at = models.DateTimeField("开始时间", db_comment="开始时间（UTC）")
    finished_at = models.DateTimeField("完成时间", null=True, db_comment="完成或失败的时间（UTC）")
    removed_at = models.DateTimeField("清理时间", null=True, db_comment="文件清理的时间（UTC）")
    by = models.UUIDField("提交账号", null=True, db_comment="提交的账号，系统定时任务为空")

    class Meta:
        """Listed by age; one is written at a time."""

        verbose_name = "数据快照"
        db_table_comment = "数据快照：某一时刻全部数据的列式文件，用于指标计算和溯源"
        indexes = [models.Index(fields=["state", "-started_at"], name="snapshots_by_age")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="complete", base=None, depth=0, changed=None)
                | Q(kind="increment", base__isnull=False, depth__gt=0),
                name="snapshots_increment_has_base",
            ),
            models.CheckConstraint(
                condition=~Q(state="complete")
                | Q(cut_at__isnull=False, cut_xid__isnull=False, finished_at__isnull=False)
                & ~Q(digest="")
                & ~Q(cut_snapshot=""),
                name="snapshots_complete_has_cut",
            ),
            models.CheckConstraint(
                condition=Q(state="failed", error_zh__gt="") | ~Q(state="failed") & Q(error_zh=""),
                name="snapshots_failure_has_words",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["writing", "complete", "failed", "removed"]),
                name="snapshots_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.id}"
