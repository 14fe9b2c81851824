"""What is kept of the live figures beside the person-years: the figures by place, the years kept, the nightly comparison.

All of it is derived. The person-years stand in the programmes' own tables (`columns`).
"""

from django.db import models
from django.db.models import F, Q

from gongwei.base import ids


class LiveFigure(models.Model):
    """One measure in one calendar year among the residents of one village, one organization and one doctor.

    Kept by the difference of old and new person-years, in the transaction that writes them. Every figure of a place is a sum
    of these rows.
    """

    id = models.BigAutoField("编号", primary_key=True, db_comment="编号")
    measure = models.CharField("指标", max_length=20, db_comment="指标代码")
    year = models.SmallIntegerField("年度", db_comment="公历年度")
    area_key = models.BigIntegerField("居住区划", db_comment="村（居）委会12位区划代码")
    organization_id = models.UUIDField("管理机构", null=True, blank=True, db_comment="管理机构编号")
    doctor_id = models.UUIDField("责任医生", null=True, blank=True, db_comment="责任医生编号")
    denominator = models.IntegerField("分母", default=0, db_comment="计入分母的人数")
    numerator = models.IntegerField("分子", default=0, db_comment="计入分子的人数")
    excluded = models.IntegerField("剔除", default=0, db_comment="符合条件但按规定剔除的人数")

    class Meta:
        verbose_name = "实时指标"
        db_table_comment = "实时指标：按村、管理机构、责任医生的人数，由居民年度事实的差额累计，可重建"
        constraints = [
            models.UniqueConstraint(
                fields=["year", "area_key", "measure", "organization_id", "doctor_id"],
                name="measures_live_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(numerator__gte=0, excluded__gte=0, denominator__gte=F("numerator")),
                name="measures_live_within",
            ),
        ]


class LiveYear(models.Model):
    """A calendar year whose person-years are kept, and by which definitions."""

    year = models.SmallIntegerField("年度", primary_key=True, db_comment="公历年度")
    rules = models.CharField("规则摘要", max_length=64, db_comment="全部指标定义及所用参数的摘要")
    built_at = models.DateTimeField("重建时刻", db_comment="最近一次整体重建的数据截止时刻（UTC）")
    areas_at = models.DateTimeField("区划时刻", db_comment="已按此时刻及以前的区划调整归村（UTC）")

    class Meta:
        verbose_name = "实时指标年度"
        db_table_comment = "保持实时的年度"


class Comparison(models.Model):
    """Live rows against the columnar engine's result at the same cut: how many rows, who differs, who was still waiting."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    year = models.SmallIntegerField("年度", db_comment="公历年度")
    at = models.DateTimeField("时刻", db_comment="比对的时刻（UTC）")
    cut_at = models.DateTimeField("截止时刻", db_comment="所用快照的截止时刻（UTC）")
    snapshot_id = models.UUIDField("快照", null=True, blank=True, db_comment="所用快照的编号")
    compared = models.IntegerField("比对行数", db_comment="比对的居民年度事实行数")
    waiting = models.IntegerField("待更新人数", db_comment="截止后有变动、未参加比对的居民数")
    different = models.IntegerField("不一致人数", db_comment="两种算法结果不同的居民数")
    figures_different = models.IntegerField("不一致数字", db_comment="与居民年度事实合计不符的实时指标个数")
    seconds = models.FloatField("用时", db_comment="用时（秒）")

    class Meta:
        verbose_name = "数据一致性"
        db_table_comment = "实时指标与批量计算的逐日比对"
        indexes = [models.Index(fields=["-at"], name="measures_comparison_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(compared__gte=0, waiting__gte=0, different__gte=0, figures_different__gte=0),
                name="measures_comparison_counts",
            )
        ]


class Difference(models.Model):
    """One part of one resident's year that the two engines saw differently."""

    id = models.BigAutoField("编号", primary_key=True, db_comment="编号")
    comparison = models.ForeignKey(
        Comparison, models.CASCADE, related_name="differences", db_comment="所属比对", verbose_name="比对"
    )
    resident_id = models.UUIDField("居民", db_comment="居民编号")
    area_key = models.BigIntegerField("居住区划", db_comment="村（居）委会12位区划代码")
    programme = models.CharField("服务项目", max_length=40, db_comment="服务项目代码")
    part = models.CharField("组成部分", max_length=60, db_comment="组成部分代码；place为归属，row为有无此行")
    live = models.CharField("实时", max_length=120, db_comment="实时的值")
    columnar = models.CharField("批量", max_length=120, db_comment="批量计算的值")

    class Meta:
        verbose_name = "不一致"
        db_table_comment = "逐日比对中不一致的居民（每次至多100人）"
