"""The fund ledger: postings and their entries, never changed; books that are closed month by month."""

from django.db import models
from django.db.models import F, Q

from gongwei.base import ids
from gongwei.base.fields import CurrentTransactionId, TransactionId


class Book(models.Model):
    """One ledger, a county's. Whoever posts or closes holds its row: postings of a county stand in one order."""

    area_key = models.BigIntegerField("县区", primary_key=True, db_comment="12位县级区划代码")
    closed_until = models.DateField(
        "结账至", null=True, blank=True, db_comment="已结账的最后一日，空为从未结账；只会向后"
    )

    class Meta:
        verbose_name = "账套"
        db_table_comment = "资金台账：每县区一套，记账和结账时锁定"

    def __str__(self) -> str:
        return str(self.area_key)


class Closing(models.Model):
    """A month was closed: when, by whom, and what stood in the ledger at that moment."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    book = models.ForeignKey(
        Book,
        models.PROTECT,
        db_column="area_key",
        related_name="closings",
        verbose_name="账套",
        db_comment="县级区划代码",
    )
    month = models.DateField("会计期间", db_comment="会计期间，当月1日")
    postings = models.IntegerField("凭证数", db_comment="本期凭证数")
    debit_fen = models.BigIntegerField("借方合计", db_comment="截至期末借方合计（分）")
    credit_fen = models.BigIntegerField("贷方合计", db_comment="截至期末贷方合计（分）")
    closed_at = models.DateTimeField("结账时刻", db_comment="结账时刻（UTC）")
    closed_by = models.UUIDField("结账账号", null=True, blank=True, db_comment="结账的账号，空为系统")

    class Meta:
        verbose_name = "结账"
        db_table_comment = "资金台账的结账记录：只增不改"
        constraints = [
            models.UniqueConstraint(fields=["book", "month"], name="settlement_closing_once"),
            models.CheckConstraint(
                condition=Q(debit_fen=F("credit_fen")), name="settlement_closing_balanced"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.book_id} {self.month}"


class Posting(models.Model):
    """One act of money with all its entries (一张凭证). It is never changed: a wrong one is reversed by another."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    xid = TransactionId(
        "事务号", db_default=CurrentTransactionId(), db_comment="写入的事务号：分录只能与凭证同时写入"
    )
    book = models.ForeignKey(
        Book,
        models.PROTECT,
        db_column="area_key",
        related_name="postings",
        verbose_name="账套",
        db_comment="县级区划代码",
    )
    posted_on = models.DateField("记账日期", db_comment="记账日期")
    month = models.DateField("会计期间", db_comment="会计期间，当月1日")
    number = models.IntegerField("凭证号", db_comment="本期内连续的凭证号")
    kind = models.CharField("业务", max_length=12, db_comment="业务种类，见资金台账科目说明")
    cause_kind = models.CharField(
        "依据种类", max_length=20, db_comment="由什么引起：预算、到账、分配、拨付、结算……"
    )
    cause_id = models.CharField("依据编号", max_length=40, db_comment="引起它的对象编号")
    document = models.CharField("文件", max_length=200, blank=True, db_comment="依据的文件（文号）")
    note = models.CharField("摘要", max_length=200, blank=True, default="", db_comment="摘要")
    key = models.CharField("幂等键", max_length=200, unique=True, db_comment="同一业务只记一次")
    digest = models.BinaryField("内容摘要", db_comment="记账内容的SM3摘要，重复提交时比对")
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        verbose_name="冲正",
        db_comment="被冲正的凭证，一张凭证只能冲正一次",
    )
    at = models.DateTimeField("记账时刻", db_comment="记账时刻（UTC）")
    by = models.UUIDField(
        "记账账号", null=True, blank=True, db_column="by_account", db_comment="记账的账号，空为系统"
    )

    class Meta:
        verbose_name = "凭证"
        db_table_comment = "资金台账凭证：只增不改，借贷平衡由数据库在提交时核对"
        indexes = [
            models.Index(fields=["book", "posted_on", "number"], name="settlement_posting_day"),
            models.Index(fields=["cause_kind", "cause_id"], name="settlement_posting_cause"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["book", "month", "number"], name="settlement_posting_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="settlement_posting_from_one"),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True) | Q(kind="reversal"), name="settlement_posting_reversal"
            ),
            models.CheckConstraint(condition=~Q(key=""), name="settlement_posting_key"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}-{self.number}"


class Entry(models.Model):
    """One side of a posting in one account, in fen; with the institution, year, pot and source it is about."""

    id = models.BigAutoField("序号", primary_key=True, db_comment="序号")
    posting = models.ForeignKey(
        Posting, models.PROTECT, related_name="entries", verbose_name="凭证", db_comment="凭证"
    )
    account = models.CharField("科目", max_length=4, db_comment="科目代码")
    debit_fen = models.BigIntegerField("借方", default=0, db_comment="借方金额（分）")
    credit_fen = models.BigIntegerField("贷方", default=0, db_comment="贷方金额（分）")
    organization_id = models.UUIDField("机构", null=True, blank=True, db_comment="所涉机构")
    year = models.SmallIntegerField("预算年度", db_comment="资金所属预算年度")
    pot = models.CharField(
        "资金类别", max_length=12, db_comment="资金类别：original原项目 transferred划转项目"
    )
    source = models.CharField(
        "来源", max_length=10, blank=True, default="", db_comment="资金来源：中央、省、市、县、乡镇、其他"
    )
    expense_class = models.CharField(
        "支出类别", max_length=20, blank=True, default="", db_comment="支出类别代码"
    )

    class Meta:
        verbose_name = "分录"
        db_table_comment = "资金台账分录：借方、贷方恰有一方有数"
        indexes = [
            models.Index(fields=["year", "account", "organization_id"], name="settlement_entry_asked"),
            models.Index(fields=["organization_id", "year"], name="settlement_entry_of"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(debit_fen__gte=0, credit_fen__gte=0)
                & (Q(debit_fen=0, credit_fen__gt=0) | Q(debit_fen__gt=0, credit_fen=0)),
                name="settlement_entry_one_side",
            ),
            models.CheckConstraint(
                condition=Q(pot__in=["original", "transferred"]), name="settlement_entry_pot"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.debit_fen} {self.credit_fen}"
