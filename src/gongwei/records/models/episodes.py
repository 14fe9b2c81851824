"""Residents in the care of a programme, from the first sign to the end, and each step on the way."""

from django.db import models
from django.db.models import F, Q

from gongwei.base import ids
from gongwei.places.models import Organization
from gongwei.residents.models import Resident


class Episode(models.Model):
    """A resident under the care of a programme for a time (纳入管理)."""

    class State(models.TextChoices):
        """From the first sign to the end; each step is a person's decision or a rule's proposal."""

        SUSPECTED = "suspected", "疑似"
        VERIFIED = "verified", "已核实"
        ACTIVE = "active", "管理中"
        ENDED = "ended", "已结束"
        DISMISSED = "dismissed", "已排除"
        ENTERED_IN_ERROR = "entered_in_error", "录入有误"

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
    kind = models.CharField("类别", max_length=40, db_comment="管理类别代码，如高血压、2型糖尿病")
    state = models.CharField(
        "状态",
        max_length=16,
        choices=State.choices,
        db_comment="疑似、已核实、管理中、已结束、已排除、录入有误",
    )
    started_on = models.DateField("开始日期", db_comment="开始管理的日期")
    ended_on = models.DateField("结束日期", null=True, blank=True, db_comment="结束管理的日期")
    end_reason = models.CharField(
        "结束原因", max_length=20, blank=True, default="", db_comment="结束管理的原因"
    )
    found_by = models.CharField("发现途径", max_length=20, blank=True, default="", db_comment="发现途径")
    diagnosed_on = models.DateField("确诊日期", null=True, blank=True, db_comment="确诊日期")
    organization = models.ForeignKey(
        Organization, models.PROTECT, verbose_name="管理机构", related_name="+", db_comment="管理机构"
    )
    version = models.IntegerField("版本", default=1, db_comment="修改次数")

    class Meta:
        db_table_comment = "纳入管理"
        verbose_name = "纳入管理"
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "kind"],
                condition=Q(state__in=["suspected", "verified", "active"]),
                name="episode_one_open_of_kind",
            ),
            models.CheckConstraint(
                condition=Q(state="ended", ended_on__isnull=False, end_reason__gt="")
                | (~Q(state="ended") & Q(ended_on__isnull=True, end_reason="")),
                name="episode_end_paired",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
                name="episode_ends_after_start",
            ),
        ]
        indexes = [
            models.Index(fields=["resident", "kind"], name="episode_resident_kind"),
            # Few wait for a decision, and every page counts them.
            models.Index(
                fields=["area_key"],
                condition=Q(state__in=["suspected", "verified"]),
                name="episode_waiting_area",
            ),
            # How many are managed is counted from the index alone, for a county in a blink.
            models.Index(
                fields=["kind", "area_key"], condition=Q(state="active"), name="episode_managed_area"
            ),
        ]


class EpisodeChange(models.Model):
    """One step in the life of an episode: from which state to which, when, by whom and why."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    episode = models.ForeignKey(
        Episode, models.PROTECT, verbose_name="纳入管理", related_name="changes", db_comment="纳入管理"
    )
    before = models.CharField("原状态", max_length=16, blank=True, default="", db_comment="原状态，空为新建")
    after = models.CharField("新状态", max_length=16, db_comment="新状态")
    on_date = models.DateField("日期", db_comment="状态改变的日期")
    reason = models.TextField("原因", blank=True, default="", db_comment="原因")
    at = models.DateTimeField("录入时刻", db_comment="录入时刻（UTC）")
    by = models.UUIDField("录入账号", null=True, blank=True, db_comment="录入账号，空为系统写入")

    class Meta:
        db_table_comment = "纳入管理的状态变化"
        verbose_name = "纳入管理的变化"
