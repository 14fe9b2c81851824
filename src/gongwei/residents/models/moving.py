"""Records that move to another organization, and records of one person made one."""

from django.db import models
from django.db.models import F, Q

from gongwei.base import ids
from gongwei.places.models import Area, Organization


class Transfer(models.Model):
    """A request to move a record; the other side confirms within the time limit (records.md §6 迁出, 迁入)."""

    class State(models.TextChoices):
        """Where the request stands; the number is the code older platforms exchange (code_tables.md §5)."""

        PENDING = "pending", "待确认"
        CONFIRMED = "confirmed", "已确认"
        REFUSED = "refused", "已退回"
        WITHDRAWN = "withdrawn", "已撤回"
        EXPIRED = "expired", "已过期"

    class Side(models.TextChoices):
        """Who asked: the unit the resident leaves, or the one the resident comes to."""

        FROM = "from", "迁出方申请"
        TO = "to", "迁入方申请"

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="transfers", db_comment="居民"
    )
    asked_by_side = models.CharField("申请方", max_length=4, choices=Side, db_comment="申请方：from to")
    from_organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name="迁出机构", db_comment="迁出机构"
    )
    to_organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name="迁入机构", db_comment="迁入机构"
    )
    from_area = models.ForeignKey(
        Area, models.PROTECT, db_column="from_area_key", related_name="+", verbose_name="迁出村（居）",
        db_comment="迁出村（居）区划代码",
    )  # fmt: skip
    to_area = models.ForeignKey(
        Area, models.PROTECT, db_column="to_area_key", related_name="+", verbose_name="迁入村（居）",
        db_comment="迁入村（居）区划代码",
    )  # fmt: skip
    to_address = models.CharField("新住址", max_length=200, blank=True, db_comment="迁入后的住址（门牌）")
    moved_on = models.DateField("迁移日期", db_comment="实际搬迁日期")
    reason = models.CharField("原因", max_length=200, blank=True, db_comment="迁移原因")
    state = models.CharField("状态", max_length=10, choices=State, db_comment="迁移状态")
    expires_on = models.DateField("确认期限", db_comment="确认期限（含当日）")
    requested_at = models.DateTimeField("申请时间", db_comment="申请时间")
    requested_by = models.UUIDField("申请账号", null=True, db_comment="申请账号")
    decided_at = models.DateTimeField("处理时间", null=True, db_comment="确认、退回、撤回或过期的时间")
    decided_by = models.UUIDField("处理账号", null=True, db_comment="处理账号")
    decision_note = models.CharField("处理说明", max_length=200, blank=True, db_comment="退回原因等")

    class Meta:
        verbose_name = "迁移申请"
        db_table_comment = "档案迁移申请与确认"
        constraints = [
            models.UniqueConstraint(
                fields=["resident"], condition=Q(state="pending"), name="residents_transfer_one_pending"
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_at=None)
                | ~Q(state="pending") & Q(decided_at__isnull=False),
                name="residents_transfer_decided_pair",
            ),
            models.CheckConstraint(
                condition=~Q(from_area=F("to_area")) | ~Q(from_organization=F("to_organization")),
                name="residents_transfer_moves",
            ),
        ]


class Merge(models.Model):
    """Two records of one person made one (records.md §5); `moved` is what an undo puts back."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    survivor = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="merges_survived", db_comment="保留的档案"
    )
    loser = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="merges_lost", db_comment="被合并的档案"
    )
    reason = models.CharField("原因", max_length=200, db_comment="合并原因")
    at = models.DateTimeField("时间", db_comment="合并时间")
    account_id = models.UUIDField("账号", null=True, db_comment="合并账号")
    moved = models.JSONField("改挂的行", db_comment="改挂的行：表名.列名 → 行编号")
    loser_before = models.JSONField("合并前状态", db_comment="被合并档案合并前的状态与家庭")
    undone_at = models.DateTimeField("撤销时间", null=True, db_comment="撤销时间")
    undone_by = models.UUIDField("撤销账号", null=True, db_comment="撤销账号")
    undo_reason = models.CharField("撤销原因", max_length=200, blank=True, db_comment="撤销原因")

    class Meta:
        verbose_name = "档案合并"
        db_table_comment = "重复档案合并与撤销"
        constraints = [
            models.CheckConstraint(condition=~Q(survivor=F("loser")), name="residents_merge_two"),
            models.UniqueConstraint(
                fields=["loser"], condition=Q(undone_at=None), name="residents_merge_once"
            ),
        ]
