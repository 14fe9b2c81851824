"""What is expected of a resident and when, and what came of trying.

A task is derived: records, episodes, ages and rules say what is expected (`planning`), and `reconciling` brings the
stored rows into line. Only two things are a person's own: an attempt, and a cancellation with its reason. Neither is
ever removed. Rows of records are never deleted, so the columns that point at them carry no foreign key: a city's
tasks are rewritten in minutes.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from gongwei.base import ids
from gongwei.places.models import Practitioner
from gongwei.residents.models import Resident


class State(models.TextChoices):
    """FHIR's words: planned for later, may be done now, done, its time is over, no longer expected."""

    DRAFT = "draft", "未到时间"
    READY = "ready", "待办"
    COMPLETED = "completed", "已完成"
    FAILED = "failed", "过期未做"
    CANCELLED = "cancelled", "已取消"


OPEN = (State.DRAFT, State.READY)


class Reason(models.TextChoices):
    """Why the contact is expected (the schedule language's own codes, and those of a person or an abnormal result)."""

    FIRST = "first", "纳入管理后首次"
    ROUTINE = "routine", "按期"
    ADVICE = "advice", "分类干预要求"
    YEARLY = "yearly", "年度"
    MILESTONE = "milestone", "到龄"
    RECHECK = "recheck", "复查"
    REFERRAL = "referral", "转诊追踪"


class Result(models.TextChoices):
    """What came of an attempt to reach somebody."""

    NOT_AT_HOME = "1", "不在家"
    REFUSED = "2", "拒绝"
    AWAY = "3", "外出或迁走"
    DEAD_NUMBER = "4", "电话空号或停机"
    NO_ANSWER = "5", "电话无人接听"
    OTHER = "9", "其他"


class Task(models.Model):
    """One expected contact with one resident.

    `anchor` names what makes it due (the start of management, the contact before it, a year, an age): with the
    resident and the contact it is the natural key, so planning twice gives the same row.
    """

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    # (resident_id, area_key) is one foreign key with ON UPDATE CASCADE (migration 0002).
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
    # Kept equal to the resident's by a trigger while the task is open; afterwards: whose it was when it ended.
    doctor = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        verbose_name="责任医生",
        related_name="+",
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        db_comment="责任医生；任务结束后为结束时的责任医生",
    )
    programme = models.CharField("服务项目", max_length=40, db_comment="服务项目代码")
    contact = models.CharField("应开展的服务", max_length=60, db_comment="应开展的服务代码，如htn.follow_up")
    form_code = models.CharField("表单", max_length=60, db_comment="应填写的表单代码")
    episode_id = models.UUIDField(
        "纳入管理", null=True, blank=True, db_comment="所属的纳入管理；按年龄自动纳入的为空"
    )
    anchor = models.CharField(
        "起因", max_length=80, db_comment="起因：start:开始日期 after:上次日期 year:年度 at:年龄"
    )
    reason = models.CharField("原因", max_length=12, choices=Reason.choices, db_comment="为何应开展")
    earliest = models.DateField("最早日期", db_comment="最早可计入的日期")
    due = models.DateField("应做日期", db_comment="应做日期")
    latest = models.DateField("最晚日期", db_comment="最晚可计入的日期，过后为逾期")
    state = models.CharField(
        "状态", max_length=12, choices=State.choices, db_comment="未到时间、待办、已完成、过期未做、已取消"
    )
    response_id = models.UUIDField("完成于", null=True, blank=True, db_comment="完成本任务的填报表编号")
    completed_on = models.DateField("完成日期", null=True, blank=True, db_comment="完成的服务日期")
    cancel_code = models.CharField(
        "取消原因代码", max_length=20, blank=True, default="", db_comment="取消原因代码；person为人工取消"
    )
    cancel_reason = models.CharField(
        "取消原因", max_length=200, blank=True, default="", db_comment="取消原因"
    )
    cancelled_by = models.UUIDField("取消账号", null=True, blank=True, db_comment="人工取消的账号")
    rule = models.CharField(
        "规则摘要", max_length=16, blank=True, default="", db_comment="所依据的服务定义的摘要"
    )
    planned_at = models.DateTimeField("计划时刻", db_comment="最近一次由规则改动的时刻（UTC）")
    attempts = models.IntegerField("未成次数", default=0, db_comment="未能开展的尝试次数")
    last_attempt_on = models.DateField("最近尝试日期", null=True, blank=True, db_comment="最近一次尝试的日期")
    last_attempt_result = models.CharField(
        "最近尝试结果", max_length=1, blank=True, default="", db_comment="最近一次尝试的结果代码"
    )

    class Meta:
        db_table_comment = "应开展的服务（待办），由规则产生和关闭"
        verbose_name = "待办"
        constraints = [
            models.UniqueConstraint(fields=["resident", "contact", "anchor"], name="task_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="task_state_known"),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="task_reason_known"),
            models.CheckConstraint(
                condition=Q(earliest__lte=F("due")) & Q(due__lte=F("latest")), name="task_window"
            ),
            models.CheckConstraint(
                condition=Q(state="completed", completed_on__isnull=False, response_id__isnull=False)
                | ~Q(state="completed") & Q(completed_on__isnull=True, response_id__isnull=True),
                name="task_completed_paired",
            ),
            models.CheckConstraint(
                condition=Q(state="cancelled", cancel_code__gt="")
                | ~Q(state="cancelled") & Q(cancel_code="", cancel_reason="", cancelled_by__isnull=True),
                name="task_cancelled_paired",
            ),
            models.CheckConstraint(condition=Q(attempts__gte=0), name="task_attempts"),
        ]
        indexes = [
            # Worklists read open tasks only, by place or by doctor, the most urgent first.
            # What is included answers counts and the row-level condition from the index alone.
            models.Index(
                fields=["area_key", "due", "id"],
                include=["earliest", "latest", "contact"],
                condition=Q(state__in=OPEN),
                name="task_open_by_area",
            ),
            models.Index(
                fields=["doctor", "due", "id"],
                include=["area_key", "earliest", "latest", "contact"],
                condition=Q(state__in=OPEN),
                name="task_open_by_doctor",
            ),
            models.Index(
                fields=["due", "id"],
                include=["area_key"],
                condition=Q(state__in=OPEN),
                name="task_open_by_day",
            ),
            # What becomes ready today.
            models.Index(fields=["earliest"], condition=Q(state="draft"), name="task_draft"),
            models.Index(
                fields=["area_key", "completed_on"], condition=Q(state="completed"), name="task_completed"
            ),
        ]


class Suspicion(models.Model):
    """Why a resident is on the 疑似名单: a sign of an episode, the day it was complete, the records that show it.

    Kept when the suspicion is dismissed: the same records do not raise it again.
    """

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
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
    episode_id = models.UUIDField("纳入管理", db_comment="所提出的疑似（纳入管理）编号")
    kind = models.CharField("类别", max_length=40, db_comment="管理类别代码")
    sign = models.CharField("线索", max_length=60, db_comment="线索代码")
    title = models.CharField("线索名称", max_length=60, db_comment="线索名称")
    on_date = models.DateField("成立日期", db_comment="线索成立的日期")
    responses = ArrayField(models.UUIDField(), default=list, db_comment="作为依据的填报表编号")
    found_at = models.DateTimeField("发现时刻", db_comment="发现时刻（UTC）")

    class Meta:
        db_table_comment = "疑似的线索"
        verbose_name = "线索"
        constraints = [
            models.UniqueConstraint(fields=["episode_id", "sign", "on_date"], name="suspicion_once")
        ]
        indexes = [models.Index(fields=["resident", "kind"], name="suspicion_resident")]


class Attempt(models.Model):
    """Somebody tried and it did not come to the contact (不在家、拒绝 ...). Kept for ever."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    task = models.ForeignKey(
        Task, models.PROTECT, verbose_name="待办", related_name="tries", db_comment="待办"
    )
    on_date = models.DateField("日期", db_comment="尝试的日期")
    result = models.CharField(
        "结果", max_length=1, choices=Result.choices, db_comment="结果：不在家、拒绝、外出或迁走、电话空号等"
    )
    note = models.CharField("说明", max_length=200, blank=True, default="", db_comment="说明")
    at = models.DateTimeField("录入时刻", db_comment="录入时刻（UTC）")
    by = models.UUIDField("录入账号", null=True, blank=True, db_comment="录入账号")

    class Meta:
        db_table_comment = "未能开展的尝试"
        verbose_name = "尝试"
        constraints = [
            models.CheckConstraint(condition=Q(result__in=Result.values), name="attempt_result_known")
        ]
