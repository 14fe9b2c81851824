"""Rounds of evaluation, a score sheet for each institution (or doctor), and every score ever given.

A score is never changed: a later one of the same stage is a new version, and the strongest stage that has one counts.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from gongwei.base import ids
from gongwei.evaluation import national, scoring
from gongwei.evaluation.scheme_models import Scheme
from gongwei.places.models import Organization, Practitioner


class Round(models.Model):
    """One assessment of a year: whom, over which period, with data up to which moment, and how far it is."""

    class State(models.TextChoices):
        """In this order; the objection window begins with publication."""

        DRAFT = "draft", "筹备"
        SELF = "self_evaluation", "自评"
        REVIEW = "review", "复核"
        ON_SITE = "on_site", "现场评价"
        PUBLISHED = "published", "公示"
        FINAL = "final", "已定"

    class Kind(models.TextChoices):
        """Told apart where daily and stage rounds weigh differently in the year."""

        STAGE = scoring.STAGE, "阶段评价"
        DAILY = scoring.DAILY, "日常评价"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    scope_key = models.BigIntegerField("范围", db_comment="评价范围的区划代码（12位）")
    county_key = models.BigIntegerField("县区", db_comment="县级区划代码（12位）")
    year = models.SmallIntegerField("年度", db_comment="公历年度")
    number = models.SmallIntegerField("轮次", db_comment="当年第几轮")
    kind = models.CharField("种类", max_length=10, choices=Kind.choices, db_comment="阶段评价、日常评价")
    title = models.CharField("名称", max_length=100, db_comment="名称")
    period = models.CharField("评价期", max_length=22, db_comment="评价期代码，如2025Q1")
    levels = ArrayField(models.CharField(max_length=20), verbose_name="对象", db_comment="评价对象的级别")
    cut_at = models.DateTimeField("截止时刻", db_comment="数据截止时刻（UTC），所用快照不得晚于此")
    seed = models.CharField("抽样种子", max_length=60, db_comment="抽样种子，抽样前公布")
    seed_published_at = models.DateTimeField("种子公布时刻", null=True, db_comment="种子公布时刻（UTC）")
    run_id = models.UUIDField("指标结果", null=True, db_comment="所用指标计算的编号")
    run_cut_at = models.DateTimeField(
        "结果截止时刻", null=True, db_comment="所用指标计算的数据截止时刻（UTC）"
    )
    snapshot_id = models.UUIDField("快照", null=True, db_comment="所用快照的编号")
    state = models.CharField(
        "状态", max_length=16, choices=State.choices, default=State.DRAFT, db_comment="状态"
    )
    opened_at = models.DateTimeField("建立时刻", db_comment="建立时刻（UTC）")
    opened_by = models.UUIDField("建立账号", null=True, db_comment="建立的账号，空为系统")
    published_at = models.DateTimeField("公示时刻", null=True, db_comment="公示时刻（UTC）")
    published_by = models.UUIDField("公示账号", null=True, db_comment="公示的账号")
    objection_until = models.DateField("申诉截止", null=True, db_comment="可以提出申诉的最后一日")
    final_at = models.DateTimeField("定案时刻", null=True, db_comment="定案时刻（UTC）")
    final_by = models.UUIDField("定案账号", null=True, db_comment="定案的账号")

    class Meta:
        verbose_name = "评价轮次"
        db_table_comment = "绩效评价的轮次"
        constraints = [
            models.UniqueConstraint(fields=["county_key", "year", "number"], name="evaluation_round_number"),
            models.CheckConstraint(
                condition=Q(
                    state__in=["draft", "self_evaluation", "review", "on_site", "published", "final"]
                ),
                name="evaluation_round_state",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[scoring.STAGE, scoring.DAILY]), name="evaluation_round_kind"
            ),
            # An evaluation cannot use a snapshot newer than its cut.
            models.CheckConstraint(
                condition=Q(run_id__isnull=True, run_cut_at__isnull=True, snapshot_id__isnull=True)
                | Q(run_id__isnull=False, snapshot_id__isnull=False, run_cut_at__lte=F("cut_at")),
                name="evaluation_round_cut",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "final"])
                | Q(published_at__isnull=False, objection_until__isnull=False),
                name="evaluation_round_published",
            ),
            models.CheckConstraint(
                condition=~Q(state="final") | Q(final_at__isnull=False), name="evaluation_round_final"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class RoundScheme(models.Model):
    """By which scheme a level is scored in a round."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="schemes", db_comment="轮次")
    level = models.CharField("对象", max_length=20, choices=national.LEVELS, db_comment="评价对象的级别")
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="rounds", db_comment="方案")
    digest = models.CharField("摘要", max_length=64, db_comment="方案的摘要")

    class Meta:
        verbose_name = "轮次方案"
        db_table_comment = "一轮评价对各级对象所用的方案"
        constraints = [models.UniqueConstraint(fields=["round", "level"], name="evaluation_round_level")]


class Sheet(models.Model):
    """The score sheet of an institution, or of a doctor, in a round. Its total is derived from its scores."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    round = models.ForeignKey(Round, models.PROTECT, related_name="sheets", db_comment="轮次")
    level = models.CharField("对象", max_length=20, choices=national.LEVELS, db_comment="评价对象的级别")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_comment="机构")
    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, related_name="+", db_comment="医生；机构的评分表为空"
    )
    seat_key = models.BigIntegerField("区划", db_comment="机构所在区划代码（12位）")
    name = models.CharField("名称", max_length=120, db_comment="当时的名称")
    self_submitted_at = models.DateTimeField("自评提交时刻", null=True, db_comment="自评提交时刻（UTC）")
    self_submitted_by = models.UUIDField("自评账号", null=True, db_comment="提交自评的账号")
    points = models.DecimalField(
        "得分", max_digits=20, decimal_places=scoring.PLACES, null=True, db_comment="得分，截到12位小数"
    )
    exact = models.CharField(
        "得分（分数）", max_length=400, blank=True, default="", db_comment="得分的准确值"
    )
    branches = models.JSONField("各级得分", default=dict, db_comment="一、二级指标的得分（代码：准确值）")
    missing = models.JSONField("缺项", default=list, db_comment="缺数据、计0分的指标代码")
    not_applicable = models.JSONField("不涉及", default=list, db_comment="不涉及、分值已分摊的指标代码")
    vetoed = models.BooleanField("否决", default=False, db_comment="是否因认定弄虚作假得0分")
    computed_at = models.DateTimeField("合计时刻", null=True, db_comment="最近一次合计的时刻（UTC）")
    digest = models.CharField(
        "摘要", max_length=64, blank=True, default="", db_comment="公示时评分表的SHA-256"
    )

    class Meta:
        verbose_name = "评分表"
        db_table_comment = "一轮评价中一个机构或医生的评分表"
        constraints = [
            models.UniqueConstraint(
                fields=["round", "level", "organization", "practitioner"],
                nulls_distinct=False,
                name="evaluation_sheet_once",
            ),
            models.CheckConstraint(
                condition=Q(level="doctor", practitioner__isnull=False)
                | (~Q(level="doctor") & Q(practitioner__isnull=True)),
                name="evaluation_sheet_subject",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Score(models.Model):
    """The points of one item, as one stage gave them. Never changed; the latest version of a stage is the stage's."""

    class Stage(models.TextChoices):
        """Who says so; of those that count the later outranks the earlier. A self-evaluation alone earns nothing."""

        SELF = "self", "自评"
        SYSTEM = "system", "系统"
        REVIEW = "review", "复核"
        ON_SITE = "on_site", "现场"
        APPEAL = "appeal", "申诉"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="scores", db_comment="评分表")
    item = models.CharField("指标", max_length=40, db_comment="三级指标代码")
    stage = models.CharField("环节", max_length=10, choices=Stage.choices, db_comment="环节")
    version = models.SmallIntegerField("版本", db_comment="同一指标、环节的第几次评分")
    points = models.DecimalField(
        "得分", max_digits=20, decimal_places=scoring.PLACES, db_comment="得分，截到12位小数"
    )
    exact = models.CharField("得分（分数）", max_length=200, db_comment="得分的准确值")
    state = models.CharField(
        "结果", max_length=16, choices=list(scoring.STATES.items()), db_comment="已评分、缺数据、不涉及"
    )
    reading = models.JSONField("依据", default=dict, db_comment="依据：数值、目标、指标结果的编号、所填数量")
    reason = models.CharField("理由", max_length=400, blank=True, default="", db_comment="评分理由")
    at = models.DateTimeField("时刻", db_comment="时刻（UTC）")
    by = models.UUIDField("账号", null=True, db_comment="评分的账号，空为系统")

    class Meta:
        verbose_name = "评分"
        db_table_comment = "评分：各环节各次都保留"
        constraints = [
            models.UniqueConstraint(
                fields=["sheet", "item", "stage", "version"], name="evaluation_score_version"
            ),
            models.CheckConstraint(
                condition=Q(stage__in=["self", "system", "review", "on_site", "appeal"]),
                name="evaluation_score_stage",
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(scoring.STATES)), name="evaluation_score_state"
            ),
            # People sign what they score; only the system scores without an account.
            models.CheckConstraint(
                condition=Q(stage__in=["system"]) | Q(by__isnull=False), name="evaluation_score_signed"
            ),
        ]


class YearClosing(models.Model):
    """The results of a year, written down once all rounds are final. A later one stands beside it."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    county_key = models.BigIntegerField("县区", db_comment="县级区划代码（12位）")
    year = models.SmallIntegerField("年度", db_comment="公历年度")
    version = models.SmallIntegerField("版本", db_comment="第几次年度定案")
    results = models.JSONField("结果", db_comment="各机构、医生的年度得分、各轮得分、等次、否决")
    digest = models.CharField("摘要", max_length=64, db_comment="结果的SHA-256")
    note = models.CharField("说明", max_length=200, blank=True, default="", db_comment="说明")
    closed_at = models.DateTimeField("定案时刻", db_comment="定案时刻（UTC）")
    closed_by = models.UUIDField("定案账号", null=True, db_comment="定案的账号")

    class Meta:
        verbose_name = "年度定案"
        db_table_comment = "年度绩效评价结果的定案，各版本都保留"
        constraints = [
            models.UniqueConstraint(
                fields=["county_key", "year", "version"], name="evaluation_closing_version"
            ),
        ]
