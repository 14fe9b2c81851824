"""Samples of persons with the frame they were drawn from, and what was found when somebody asked or looked."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from gongwei.base import ids
from gongwei.evaluation import sampling
from gongwei.evaluation.round_models import Round
from gongwei.places.models import Organization
from gongwei.residents.models import Resident


class Sample(models.Model):
    """One list of one institution: the frame, its digest, the seed, and how many were drawn. Never changed."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    round = models.ForeignKey(Round, models.PROTECT, related_name="samples", db_comment="轮次")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_comment="机构")
    area_key = models.BigIntegerField("区划", db_comment="机构所在区划代码（12位）")
    population = models.CharField("人群", max_length=30, db_comment="人群：健康档案、老年人、高血压、糖尿病")
    seed = models.CharField("种子", max_length=120, db_comment="种子：轮次种子|机构代码|人群")
    run_id = models.UUIDField("指标结果", db_comment="抽样框取自的指标计算")
    frame = ArrayField(models.UUIDField(), verbose_name="抽样框", db_comment="抽样框：当时全部居民编号")
    frame_digest = models.CharField("抽样框摘要", max_length=64, db_comment="抽样框的SHA-256")
    wanted = models.IntegerField("应抽", db_comment="应抽人数")
    by_risk = models.IntegerField("按风险", db_comment="其中按质量疑点选取的人数上限")
    risks = models.JSONField("疑点数", default=dict, db_comment="抽样时有待核实疑点的居民及疑点数")
    drawn_at = models.DateTimeField("抽样时刻", db_comment="抽样时刻（UTC）")
    drawn_by = models.UUIDField("抽样账号", null=True, db_comment="抽样的账号")

    class Meta:
        verbose_name = "抽样"
        db_table_comment = "抽样：种子、抽样框及摘要"
        constraints = [
            models.UniqueConstraint(
                fields=["round", "organization", "population"], name="evaluation_sample_once"
            ),
            models.CheckConstraint(
                condition=Q(wanted__gte=0, by_risk__gte=0), name="evaluation_sample_sizes"
            ),
        ]


class SampledPerson(models.Model):
    """One person drawn, in which place and how."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    sample = models.ForeignKey(Sample, models.PROTECT, related_name="people", db_comment="抽样")
    position = models.IntegerField("序号", db_comment="序号，替补接在最后")
    # (resident_id, area_key) is one foreign key with ON UPDATE CASCADE (migration 0002).
    resident = models.ForeignKey(
        Resident, models.PROTECT, related_name="+", db_constraint=False, db_comment="居民"
    )
    area_key = models.BigIntegerField("区划", db_comment="居民现居住村（居）委会的12位区划代码")
    key = models.CharField("排序值", max_length=64, db_comment="SHA-256（种子|居民编号）")
    how = models.CharField(
        "方式", max_length=12, choices=list(sampling.HOW.items()), db_comment="随机、按风险、替补"
    )
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="replaced_by", db_comment="替补谁"
    )
    reason = models.CharField("替补理由", max_length=20, blank=True, default="", db_comment="死亡、迁出")

    class Meta:
        verbose_name = "抽查对象"
        db_table_comment = "抽查对象"
        constraints = [
            models.UniqueConstraint(fields=["sample", "position"], name="evaluation_person_position"),
            models.CheckConstraint(
                condition=Q(how__in=["random", "risk"], replaces__isnull=True, reason="")
                | Q(how="replacement", replaces__isnull=False, reason__in=["dead", "moved"]),
                name="evaluation_person_how",
            ),
        ]


class SampleCheck(models.Model):
    """What was found about a person drawn. Never changed; the latest version holds."""

    class Contact(models.TextChoices):
        """How the person was reached."""

        PHONE = "phone", "电话"
        HOME = "home", "入户"
        SITE = "site", "查阅档案"

    class Result(models.TextChoices):
        """Outcomes of contact (quality_rules §I 4)."""

        CONFIRMED = "confirmed", "属实"
        PARTLY = "partly", "部分属实"
        DENIED = "denied", "否认"
        INVALID_NUMBER = "unreachable_number_invalid", "号码无效"
        NO_ANSWER = "unreachable_no_answer", "无人接听"
        REFUSED = "refused", "拒绝回答"
        GONE = "dead_or_moved", "死亡或迁出"

    class Verdict(models.TextChoices):
        """What the record is found to be; empty while it cannot be told."""

        QUALIFIED = sampling.QUALIFIED, "合格"
        DEFECTIVE = sampling.DEFECTIVE, "有缺陷"
        UNTRUE = sampling.UNTRUE, "不真实"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    person = models.ForeignKey(SampledPerson, models.PROTECT, related_name="checks", db_comment="抽查对象")
    version = models.SmallIntegerField("版本", db_comment="第几次核查")
    contact = models.CharField(
        "途径", max_length=10, choices=Contact.choices, db_comment="电话、入户、查阅档案"
    )
    result = models.CharField("结果", max_length=30, choices=Result.choices, db_comment="核查结果")
    verdict = models.CharField(
        "判定",
        max_length=12,
        choices=Verdict.choices,
        blank=True,
        default="",
        db_comment="合格、有缺陷、不真实",
    )
    measured = models.JSONField(
        "复测", default=dict, db_comment="不看原记录的复测值：收缩压、舒张压、空腹血糖"
    )
    note = models.CharField("说明", max_length=400, blank=True, default="", db_comment="说明")
    appeal_id = models.UUIDField("申诉", null=True, db_comment="因哪件申诉改判")
    at = models.DateTimeField("时刻", db_comment="时刻（UTC）")
    by = models.UUIDField("账号", db_comment="核查的账号")

    class Meta:
        verbose_name = "抽查结果"
        db_table_comment = "抽查结果：各次核查都保留"
        constraints = [
            models.UniqueConstraint(fields=["person", "version"], name="evaluation_check_version"),
            models.CheckConstraint(
                condition=Q(verdict__in=["", "qualified", "defective", "untrue"]),
                name="evaluation_check_verdict",
            ),
            models.CheckConstraint(
                condition=~Q(verdict="untrue") | Q(note__gt=""), name="evaluation_check_untrue_noted"
            ),
        ]
