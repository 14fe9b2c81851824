"""Runs of settlement: frozen inputs, what each institution, doctor and service gets; and the schemes they go by.

A run is never changed once it is computed; a later one stands beside it. Who the records are about is in the run's Parquet files,
not here: these tables know institutions and practitioners only.
"""

from django.db import models
from django.db.models import F, Q

from gongwei.base import ids
from gongwei.settlement.fund_approval import Versioned


class SettlementScheme(Versioned):
    """A county's own scheme of a year and pot (结算方案): plain data, frozen once another person approved it."""

    title = models.CharField("名称", max_length=100, db_comment="名称")
    content = models.JSONField(
        "内容", db_comment="方案内容：分配办法、比例、当量、单价、系数（数值写成文字）"
    )
    digest = models.CharField("内容摘要", max_length=64, db_comment="内容的SHA-256")

    class Meta(Versioned.Meta):
        verbose_name = "结算方案"
        db_table_comment = "结算方案：分配办法、服务当量和单价、得分与拨付，各版本都保留"
        constraints = Versioned.Meta.constraints

    def __str__(self) -> str:
        return self.title


class SettlementRun(models.Model):
    """One settlement of a county's pot for a period: everything it rests on, frozen, and what came out."""

    class State(models.TextChoices):
        """Its life; only what is published is shown to institutions as settled."""

        RUNNING = "running", "计算中"
        COMPUTED = "computed", "已计算"
        SUBMITTED = "submitted", "待审批"
        APPROVED = "approved", "已批准"
        POSTED = "posted", "已入账"
        PUBLISHED = "published", "已公布"
        RETURNED = "returned", "已退回"
        FAILED = "failed", "未完成"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    title = models.CharField("名称", max_length=100, db_comment="名称")
    county_key = models.BigIntegerField("县区", db_comment="12位县级区划代码")
    year = models.SmallIntegerField("年度", db_comment="预算年度")
    pot = models.CharField(
        "资金类别", max_length=12, db_comment="资金类别：original原项目 transferred划转项目"
    )
    first = models.DateField("起始日期", db_comment="服务日期自")
    last = models.DateField("截止日期", db_comment="服务日期至")
    state = models.CharField("状态", max_length=10, choices=State.choices, db_comment="状态")
    snapshot_id = models.UUIDField("快照", db_comment="所用快照的编号")
    cut_at = models.DateTimeField("截止时刻", db_comment="快照的截止时刻（UTC）")
    scheme = models.ForeignKey(
        SettlementScheme,
        models.PROTECT,
        null=True,
        related_name="runs",
        verbose_name="结算方案",
        db_comment="结算方案；空为缺省方案",
    )
    inputs = models.JSONField(
        "所据", db_comment="冻结的输入：方案、服务定义、参数、总额、得分、疑点、预拨、人口"
    )
    inputs_digest = models.CharField("输入摘要", max_length=64, db_comment="输入的SHA-256")
    result_digest = models.CharField(
        "结果摘要", max_length=64, blank=True, default="", db_comment="明细结果的SHA-256"
    )
    follows = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="上一次结算",
        db_comment="同一期间上一次结算",
    )
    total_fen = models.BigIntegerField("总额", default=0, db_comment="分配的总额（分）")
    base_fen = models.BigIntegerField("基数合计", default=0, db_comment="各机构基数合计（分）")
    due_fen = models.BigIntegerField("应拨合计", default=0, db_comment="各机构应拨合计（分）")
    withheld_fen = models.BigIntegerField("扣减合计", default=0, db_comment="各机构扣减合计（分）")
    reward_fen = models.BigIntegerField("奖励合计", default=0, db_comment="奖励合计（分）")
    files = models.JSONField("明细文件", default=dict, db_comment="逐条服务文件：行数、字节数、摘要")
    seconds = models.FloatField("用时", default=0, db_comment="用时（秒）")
    counting_seconds = models.FloatField("统计用时", default=0, db_comment="其中统计服务记录的用时（秒）")
    at = models.DateTimeField("开始时刻", db_comment="开始时刻（UTC）")
    by = models.UUIDField("编制账号", null=True, blank=True, db_comment="编制的账号，空为系统")
    finished_at = models.DateTimeField("完成时刻", null=True, db_comment="计算完成时刻（UTC）")
    submitted_at = models.DateTimeField("提交时刻", null=True, db_comment="提交审批的时刻（UTC）")
    submitted_by = models.UUIDField("提交账号", null=True, db_comment="提交审批的账号")
    approved_at = models.DateTimeField("批准时刻", null=True, db_comment="批准或退回的时刻（UTC）")
    approved_by = models.UUIDField("批准账号", null=True, db_comment="批准或退回的账号")
    published_at = models.DateTimeField("公布时刻", null=True, db_comment="公布时刻（UTC）")
    note = models.CharField("说明", max_length=200, blank=True, default="", db_comment="说明、退回理由")

    class Meta:
        verbose_name = "结算"
        db_table_comment = "每次结算：冻结的输入和合计"
        indexes = [models.Index(fields=["county_key", "year", "-at"], name="settlement_run_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "running", "computed", "submitted", "approved", "posted", "published", "returned", "failed",
                    ]
                ),
                name="settlement_run_state",
            ),
            models.CheckConstraint(
                condition=Q(pot__in=["original", "transferred"]), name="settlement_run_pot"
            ),
            models.CheckConstraint(
                condition=Q(first__lte=F("last")) & Q(first__year=F("last__year")),
                name="settlement_run_period",
            ),
            # Σ due + Σ withheld = Σ base, held by the database too.
            models.CheckConstraint(
                condition=Q(base_fen=F("due_fen") + F("withheld_fen")), name="settlement_run_whole"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["running", "failed"]) | ~Q(result_digest=""),
                name="settlement_run_digest",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("submitted_by")),
                name="settlement_run_four_eyes",
            ),
            # The same inputs are settled once: who asks again is shown the run that stands.
            models.UniqueConstraint(
                fields=["inputs_digest"],
                condition=~Q(state__in=["running", "failed", "returned"]),
                name="settlement_run_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class RunUnit(models.Model):
    """What one institution gets: base, ratio of its score, due, withheld, prepaid, final."""

    run = models.ForeignKey(
        SettlementRun,
        models.CASCADE,
        related_name="units",
        verbose_name="结算",
        db_index=False,
        db_comment="结算",
    )
    organization_id = models.UUIDField("机构", db_comment="机构编号")
    name = models.CharField("名称", max_length=100, db_comment="当时的名称")
    seat_key = models.BigIntegerField("区划", db_comment="机构所在区划代码")
    level = models.CharField("级别", max_length=8, db_comment="town乡镇 village村级")
    town_id = models.UUIDField("所属乡镇机构", db_comment="所属乡镇卫生院或社区中心；乡镇级为其自身")
    persons = models.BigIntegerField("人口", db_comment="服务人口")
    points = models.DecimalField(
        "得分", max_digits=20, decimal_places=15, null=True, db_comment="年度得分（不四舍五入），空为未评价"
    )
    points_of = models.UUIDField("得分机构", null=True, db_comment="得分出自哪个机构；沿用乡镇机构得分时不同")
    veto = models.BooleanField("一票否决", db_comment="是否因认定弄虚作假一票否决")
    coefficient = models.DecimalField("质量系数", max_digits=12, decimal_places=10, db_comment="质量系数")
    ratio = models.DecimalField(
        "拨付比例", max_digits=12, decimal_places=10, db_comment="拨付比例（显示用，计算用精确分数）"
    )
    equivalents = models.DecimalField("工作当量", max_digits=18, decimal_places=6, db_comment="工作当量合计")
    base_fen = models.BigIntegerField("基数", db_comment="基数（分）")
    due_fen = models.BigIntegerField("应拨", db_comment="应拨（分）")
    withheld_fen = models.BigIntegerField("扣减", db_comment="扣减（分）")
    prepaid_fen = models.BigIntegerField("已拨", db_comment="已预拨（分）")
    final_fen = models.BigIntegerField("结算", db_comment="结算（分），负数为应收回或抵扣")
    reward_fen = models.BigIntegerField("奖励", db_comment="奖励（分）")
    topup_fen = models.BigIntegerField("本级补齐", db_comment="扣减部分由本级财政补齐的金额（分）")

    class Meta:
        verbose_name = "机构结算"
        db_table_comment = "一次结算中各机构的合计"
        constraints = [
            models.UniqueConstraint(fields=["run", "organization_id"], name="settlement_unit_once"),
            models.CheckConstraint(
                condition=Q(base_fen=F("due_fen") + F("withheld_fen"))
                & Q(final_fen=F("due_fen") - F("prepaid_fen")),
                name="settlement_unit_whole",
            ),
            models.CheckConstraint(condition=Q(level__in=["town", "village"]), name="settlement_unit_level"),
            models.CheckConstraint(
                condition=Q(base_fen__gte=0, due_fen__gte=0, withheld_fen__gte=0, reward_fen__gte=0),
                name="settlement_unit_amounts",
            ),
        ]
        indexes = [models.Index(fields=["run", "town_id"], name="settlement_unit_town")]

    def __str__(self) -> str:
        return self.name


class RunLine(models.Model):
    """Institution × practitioner × service: count → price → coefficient → share → amount (fen of the base)."""

    id = models.BigAutoField(primary_key=True, db_comment="编号")
    run = models.ForeignKey(
        SettlementRun,
        models.CASCADE,
        related_name="lines",
        verbose_name="结算",
        db_index=False,
        db_comment="结算",
    )
    organization_id = models.UUIDField("机构", db_comment="得款机构")
    origin_id = models.UUIDField("服务机构", db_comment="提供服务的机构；乡村分担时可不同")
    practitioner_id = models.UUIDField("医务人员", null=True, db_comment="医务人员，空为机构")
    service = models.CharField("服务", max_length=60, db_comment="计价服务代码；空为按人口的部分")
    records = models.BigIntegerField("次数", db_comment="计入的服务次数")
    quantity = models.DecimalField(
        "数量", max_digits=18, decimal_places=4, db_comment="计入数量（含迟录、边远系数）"
    )
    weight = models.DecimalField("当量", max_digits=12, decimal_places=6, db_comment="每次服务的工作当量")
    unit_fen = models.DecimalField(
        "单价", max_digits=20, decimal_places=6, null=True, db_comment="单价（分），按总额分配时为空"
    )
    coefficient = models.DecimalField("质量系数", max_digits=12, decimal_places=10, db_comment="质量系数")
    share = models.DecimalField("比例", max_digits=7, decimal_places=6, db_comment="本机构分得的比例")
    equivalents = models.DecimalField(
        "计入当量", max_digits=18, decimal_places=6, db_comment="数量×当量×质量系数×比例"
    )
    amount_fen = models.BigIntegerField("金额", db_comment="金额（分）")

    class Meta:
        verbose_name = "结算明细"
        db_table_comment = "一次结算的明细：机构、医务人员、服务"
        indexes = [models.Index(fields=["run", "organization_id"], name="settlement_line_of")]

    def __str__(self) -> str:
        return f"{self.service} {self.amount_fen}"


class RunTally(models.Model):
    """How many records of a service were counted (no reason) or not, and why."""

    id = models.BigAutoField(primary_key=True, db_comment="编号")
    run = models.ForeignKey(
        SettlementRun,
        models.CASCADE,
        related_name="tallies",
        verbose_name="结算",
        db_index=False,
        db_comment="结算",
    )
    organization_id = models.UUIDField("机构", null=True, db_comment="服务机构")
    practitioner_id = models.UUIDField("医务人员", null=True, db_comment="服务人员")
    service = models.CharField("服务", max_length=60, db_comment="计价服务代码")
    reason = models.CharField(
        "原因", max_length=20, blank=True, default="", db_comment="未计入的原因代码；空为计入"
    )
    late = models.BooleanField("迟录", db_comment="是否超过规定天数才录入")
    remote = models.BooleanField("边远", db_comment="是否在边远村")
    records = models.BigIntegerField("记录数", db_comment="记录数")

    class Meta:
        verbose_name = "服务统计"
        db_table_comment = "一次结算中计入和未计入的服务记录数"
        indexes = [models.Index(fields=["run", "organization_id", "service"], name="settlement_tally_of")]

    def __str__(self) -> str:
        return f"{self.service} {self.reason} {self.records}"


class RunStaff(models.Model):
    """What of an institution's due falls to one practitioner by the work done; without one, to the institution."""

    id = models.BigAutoField(primary_key=True, db_comment="编号")
    run = models.ForeignKey(
        SettlementRun,
        models.CASCADE,
        related_name="staff",
        verbose_name="结算",
        db_index=False,
        db_comment="结算",
    )
    organization_id = models.UUIDField("机构", db_comment="机构编号")
    practitioner_id = models.UUIDField("医务人员", null=True, db_comment="医务人员，空为机构留用")
    equivalents = models.DecimalField("工作当量", max_digits=18, decimal_places=6, db_comment="工作当量")
    coefficient = models.DecimalField(
        "得分系数",
        max_digits=12,
        decimal_places=10,
        default=1,
        db_comment="医务人员得分系数（Q_staff），未采用时为1",
    )
    base_fen = models.BigIntegerField("基数", db_comment="所属明细的金额合计（分）")
    due_fen = models.BigIntegerField("应得", db_comment="应得（分）")

    class Meta:
        verbose_name = "人员结算"
        db_table_comment = "一次结算中机构内部按工作当量的分配"
        constraints = [
            models.UniqueConstraint(
                fields=["run", "organization_id", "practitioner_id"],
                name="settlement_staff_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.practitioner_id} {self.due_fen}"
