"""Budgets of a year, pot and county, and their allocation to institutions; drafts until another person approves them."""

from django.db import models
from django.db.models import F, Q

from gongwei.base import ids
from gongwei.settlement.fund_approval import Versioned, one_at_a_time


class Budget(Versioned):
    """What a pot is to receive in a year: by which population and standard it was worked out, and from whom."""

    population = models.BigIntegerField("常住人口", db_comment="测算所用的常住人口")
    population_year = models.SmallIntegerField("人口年度", db_comment="人口数的年度")
    population_source = models.CharField("人口来源", max_length=200, db_comment="人口数的来源、文件和版本")
    per_head_fen = models.BigIntegerField("人均标准", db_comment="本资金类别的人均标准（分）")
    formula = models.CharField(
        "计算方式", max_length=16, db_comment="中央补助：multiplicative相乘 additive另加"
    )
    factor = models.DecimalField("绩效因素", max_digits=8, decimal_places=6, db_comment="相乘时的绩效因素")
    total_fen = models.BigIntegerField("预算合计", db_comment="预算合计（分），等于各行之和")

    class Meta(Versioned.Meta):
        verbose_name = "预算"
        db_table_comment = "年度预算：按县区、年度、资金类别，各版本都保留"
        constraints = [
            *Versioned.Meta.constraints,
            one_at_a_time("draft", "draft", "area_key", "year", "pot"),
            models.CheckConstraint(
                condition=Q(population__gte=0, per_head_fen__gte=0, total_fen__gte=0),
                name="settlement_budget_amounts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area_key} {self.year} {self.pot}"


class BudgetLine(models.Model):
    """What one tier of government pays of a budget; purpose: an earmarked increment on top of the standard."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    budget = models.ForeignKey(
        Budget, models.PROTECT, related_name="lines", verbose_name="预算", db_comment="预算"
    )
    source = models.CharField("来源", max_length=10, db_comment="资金来源：中央、省、市、县、乡镇、其他")
    amount_fen = models.BigIntegerField("金额", db_comment="金额（分）")
    purpose = models.CharField(
        "专项用途", max_length=100, blank=True, default="", db_comment="专项增量的用途，空为按标准测算"
    )

    class Meta:
        verbose_name = "预算明细"
        db_table_comment = "预算明细：各级财政应安排的金额"
        constraints = [
            models.UniqueConstraint(
                fields=["budget", "source", "purpose"], name="settlement_budgetline_once"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="settlement_budgetline_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.amount_fen}"


class Allocation(Versioned):
    """How a pot of a year is allotted to institutions before the year's work is known (年初分配), by residents."""

    village_share = models.DecimalField(
        "村级比例", max_digits=7, decimal_places=6, db_comment="村级补助占的比例"
    )
    total_fen = models.BigIntegerField("分配合计", db_comment="分配合计（分），等于各行之和")

    class Meta(Versioned.Meta):
        verbose_name = "分配方案"
        db_table_comment = "年初分配方案：各机构的基数，各版本都保留"
        constraints = [
            *Versioned.Meta.constraints,
            one_at_a_time("draft", "draft", "area_key", "year", "pot"),
            models.CheckConstraint(
                condition=Q(village_share__gte=0, village_share__lte=1, total_fen__gte=0),
                name="settlement_allocation_amounts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area_key} {self.year} {self.pot}"


class AllocationLine(models.Model):
    """One institution's base, with the tasks of both halves of the year that prepayments go by."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    allocation = models.ForeignKey(
        Allocation, models.PROTECT, related_name="lines", verbose_name="分配方案", db_comment="分配方案"
    )
    organization_id = models.UUIDField("机构", db_comment="机构编号")
    level = models.CharField("级别", max_length=8, db_comment="town乡镇 village村级")
    population = models.BigIntegerField("人口", db_comment="服务人口")
    amount_fen = models.BigIntegerField("基数", db_comment="分配基数（分）")
    first_fen = models.BigIntegerField("上半年任务", db_comment="上半年任务金额（分）")
    second_fen = models.BigIntegerField("下半年任务", db_comment="下半年任务金额（分）")

    class Meta:
        verbose_name = "分配明细"
        db_table_comment = "分配方案明细：每个机构一行"
        constraints = [
            models.UniqueConstraint(
                fields=["allocation", "organization_id"], name="settlement_allocationline_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gte=0, first_fen__gte=0, second_fen__gte=0, population__gte=0)
                & Q(amount_fen=F("first_fen") + F("second_fen")),
                name="settlement_allocationline_halves",
            ),
            models.CheckConstraint(
                condition=Q(level__in=["town", "village"]), name="settlement_allocationline_level"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.amount_fen}"
