"""Documents money comes with, its arrival, payments to institutions, and what institutions spend."""

from django.db import models
from django.db.models import Q

from gongwei.base import ids
from gongwei.settlement.fund_approval import OfPot


class FundDocument(models.Model):
    """A notice (资金文件) by which a tier of government gives money to a pot of a year."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    area_key = models.BigIntegerField("县区", db_comment="12位县级区划代码")
    year = models.SmallIntegerField("年度", db_comment="预算年度")
    pot = models.CharField(
        "资金类别", max_length=12, db_comment="资金类别：original原项目 transferred划转项目"
    )
    source = models.CharField("来源", max_length=10, db_comment="资金来源：中央、省、市、县、乡镇、其他")
    number = models.CharField("文号", max_length=60, db_comment="文号，如财社〔2025〕1号")
    title = models.CharField("文件名称", max_length=200, db_comment="文件名称")
    issuer = models.CharField("发文单位", max_length=100, db_comment="发文单位")
    issued_on = models.DateField("发文日期", db_comment="发文日期")
    amount_fen = models.BigIntegerField("金额", db_comment="下达金额（分）")
    direct = models.BooleanField("直达资金", default=False, db_comment="是否中央直达资金")
    expenditure_item = models.CharField("支出科目", max_length=10, db_comment="支出功能分类科目，如2100408")
    income_item = models.CharField("收入科目", max_length=10, db_comment="转移支付收入科目，如1100249")
    targets_filed_on = models.DateField(
        "绩效目标报送日期", null=True, blank=True, db_comment="区域绩效目标报送日期，空为未报送"
    )
    recorded_at = models.DateTimeField("登记时刻", db_comment="登记时刻（UTC）")
    recorded_by = models.UUIDField("登记账号", null=True, blank=True, db_comment="登记的账号，空为系统")
    withdrawn_at = models.DateTimeField(
        "作废时刻", null=True, blank=True, db_comment="作废时刻（UTC），空为有效"
    )
    withdrawn_by = models.UUIDField("作废账号", null=True, blank=True, db_comment="作废的账号")
    reason = models.CharField("作废理由", max_length=200, blank=True, default="", db_comment="作废的理由")

    class Meta:
        verbose_name = "资金文件"
        db_table_comment = "资金文件：文号、日期、金额、直达资金标识和科目"
        constraints = [
            models.UniqueConstraint(
                fields=["area_key", "number", "pot", "source"],
                condition=Q(withdrawn_at=None),
                name="settlement_funddocument_once",
            ),
            models.CheckConstraint(
                condition=Q(pot__in=["original", "transferred"]), name="settlement_funddocument_pot"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="settlement_funddocument_amount"),
            models.CheckConstraint(condition=~Q(number=""), name="settlement_funddocument_number"),
        ]

    def __str__(self) -> str:
        return self.number


class Arrival(models.Model):
    """Money of a document arrived in the special account. Taken back only by reversing its posting."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    fund_document = models.ForeignKey(
        FundDocument, models.PROTECT, related_name="arrivals", verbose_name="资金文件", db_comment="资金文件"
    )
    arrived_on = models.DateField("到账日期", db_comment="到账日期")
    amount_fen = models.BigIntegerField("金额", db_comment="到账金额（分）")
    voucher = models.CharField(
        "回单号", max_length=60, blank=True, default="", db_comment="银行回单或国库凭证号"
    )
    recorded_at = models.DateTimeField("登记时刻", db_comment="登记时刻（UTC）")
    recorded_by = models.UUIDField("登记账号", null=True, blank=True, db_comment="登记的账号，空为系统")

    class Meta:
        verbose_name = "到账"
        db_table_comment = "资金到账：按资金文件逐笔登记"
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="settlement_arrival_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.arrived_on} {self.amount_fen}"


class Payment(OfPot):
    """Money given to institutions in one go (一次拨付), prepared by one person and approved by another."""

    class Kind(models.TextChoices):
        """What is paid."""

        FIRST = "first", "上半年预拨"
        SECOND = "second", "下半年预拨"
        SETTLEMENT = "settlement", "结算拨付"
        TOPUP = "topup", "地方补足"
        RECOVERY = "recovery", "收回"

    kind = models.CharField("拨付种类", max_length=10, choices=Kind.choices, db_comment="拨付种类")
    batch = models.SmallIntegerField("批次", default=1, db_comment="同一种类的第几批")
    due_on = models.DateField("期限", db_comment="应拨付的期限")
    paid_on = models.DateField("拨付日期", db_comment="拨付日期，记账用")
    rate = models.DecimalField(
        "比例", max_digits=7, decimal_places=6, null=True, blank=True, db_comment="预拨比例，结算为空"
    )
    total_fen = models.BigIntegerField("合计", db_comment="拨付合计（分），等于各行之和")

    class Meta(OfPot.Meta):
        verbose_name = "拨付"
        db_table_comment = "拨付：预拨、结算拨付、补足和收回"
        constraints = [
            *OfPot.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_key", "year", "pot", "kind", "batch"],
                condition=Q(state__in=["draft", "approved"]),
                name="settlement_payment_once",
            ),
            models.CheckConstraint(condition=Q(total_fen__gt=0), name="settlement_payment_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.kind}"


class PaymentLine(models.Model):
    """What one institution gets of a payment; task: the amount the rate was taken of."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    payment = models.ForeignKey(
        Payment, models.PROTECT, related_name="lines", verbose_name="拨付", db_comment="拨付"
    )
    organization_id = models.UUIDField("机构", db_comment="机构编号")
    task_fen = models.BigIntegerField("任务金额", db_comment="计算基础（分）")
    amount_fen = models.BigIntegerField("金额", db_comment="拨付金额（分）")

    class Meta:
        verbose_name = "拨付明细"
        db_table_comment = "拨付明细：每个机构一行"
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "organization_id"], name="settlement_paymentline_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, task_fen__gte=0), name="settlement_paymentline_amount"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.amount_fen}"


class Spending(models.Model):
    """What an institution spent of its special account, under one class of expense."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    organization_id = models.UUIDField("机构", db_comment="机构编号")
    area_key = models.BigIntegerField("县区", db_comment="12位县级区划代码")
    year = models.SmallIntegerField("年度", db_comment="资金所属预算年度")
    pot = models.CharField(
        "资金类别", max_length=12, db_comment="资金类别：original原项目 transferred划转项目"
    )
    spent_on = models.DateField("支出日期", db_comment="支出日期")
    amount_fen = models.BigIntegerField("金额", db_comment="支出金额（分）")
    expense_class = models.CharField("支出类别", max_length=20, db_comment="支出类别代码")
    voucher = models.CharField("凭证号", max_length=60, db_comment="机构的记账凭证号")
    note = models.CharField("用途", max_length=200, blank=True, default="", db_comment="用途说明")
    recorded_at = models.DateTimeField("登记时刻", db_comment="登记时刻（UTC）")
    recorded_by = models.UUIDField("登记账号", null=True, blank=True, db_comment="登记的账号，空为系统")

    class Meta:
        verbose_name = "机构支出"
        db_table_comment = "机构支出：按支出类别逐笔登记"
        indexes = [models.Index(fields=["year", "organization_id"], name="settlement_spending_asked")]
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="settlement_spending_amount"),
            models.UniqueConstraint(
                fields=["organization_id", "year", "voucher", "expense_class"],
                name="settlement_spending_voucher",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.spent_on} {self.amount_fen}"
