"""What happened to a record: changed items, clashes between two clerks, events of its life."""

from django.db import models
from django.db.models import Q

from gongwei.base import ids


class ResidentChange(models.Model):
    """One changed item: time, person, unit, item, old and new value (修改痕迹, records.md §6).

    Also what a three-way merge finds an item's value at an earlier version from. Values of sealed items stand
    in the cipher columns.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, db_index=False, related_name="changes", db_comment="居民"
    )
    version = models.IntegerField("版本", db_comment="修改后的版本号")
    field = models.CharField("数据项", max_length=40, db_comment="数据项名称")
    old = models.TextField("原值", null=True, db_comment="原值（加密项为空）")
    new = models.TextField("新值", null=True, db_comment="新值（加密项为空）")
    old_cipher = models.BinaryField("原值密文", null=True, db_comment="原值（SM4-GCM密文）")
    new_cipher = models.BinaryField("新值密文", null=True, db_comment="新值（SM4-GCM密文）")
    business = models.CharField("业务类型", max_length=40, db_comment="业务类型：编辑、迁入、死亡、合并 ……")
    at = models.DateTimeField("时间", db_comment="修改时间")
    account_id = models.UUIDField("账号", null=True, db_comment="修改账号")
    practitioner_id = models.UUIDField("人员", null=True, db_comment="修改人员")
    organization_id = models.UUIDField("机构", null=True, db_comment="修改人所在机构")

    class Meta:
        verbose_name = "修改痕迹"
        db_table_comment = "居民档案修改痕迹（只增）"
        indexes = [models.Index(fields=["resident", "version"], name="residents_change_version")]


class FieldConflict(models.Model):
    """Two people changed one item differently; both values stay until somebody responsible decides."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="conflicts", db_comment="居民"
    )
    field = models.CharField("数据项", max_length=40, db_comment="数据项名称")
    base_version = models.IntegerField("基准版本", db_comment="提交人看到的版本号")
    base = models.TextField("基准值", null=True, db_comment="提交人看到的值")
    theirs = models.TextField("先保存的值", null=True, db_comment="先保存的值")
    mine = models.TextField("后提交的值", null=True, db_comment="后提交的值")
    base_cipher = models.BinaryField("基准值密文", null=True, db_comment="基准值（SM4-GCM密文）")
    theirs_cipher = models.BinaryField("先保存的值密文", null=True, db_comment="先保存的值（SM4-GCM密文）")
    mine_cipher = models.BinaryField("后提交的值密文", null=True, db_comment="后提交的值（SM4-GCM密文）")
    at = models.DateTimeField("时间", db_comment="发生时间")
    account_id = models.UUIDField("提交账号", null=True, db_comment="后提交的账号")
    responsible_doctor_id = models.UUIDField("处理人", null=True, db_comment="应处理的责任医生")
    resolved_at = models.DateTimeField("处理时间", null=True, db_comment="处理时间")
    resolved_by = models.UUIDField("处理账号", null=True, db_comment="处理账号")
    resolution = models.CharField(
        "处理结果", max_length=10, blank=True, db_comment="处理结果：theirs mine other"
    )

    class Meta:
        verbose_name = "修改冲突"
        db_table_comment = "同一数据项的修改冲突，待处理"
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolution="")
                | Q(resolved_at__isnull=False) & ~Q(resolution=""),
                name="residents_conflict_resolved_pair",
            )
        ]
        indexes = [
            models.Index(
                fields=["resident", "field"], condition=Q(resolved_at=None), name="residents_conflict_open"
            )
        ]


class LifecycleEvent(models.Model):
    """An event in the life of a record, with the day it took effect. Undone by a later event, never removed."""

    class Kind(models.TextChoices):
        """What happened."""

        DRAFTED = "drafted", "暂存"
        SUBMITTED = "submitted", "提交审核"
        RETURNED = "returned", "退回"
        FILED = "filed", "建档"
        TRANSFER_REQUESTED = "transfer_requested", "申请迁移"
        MOVED_IN = "moved_in", "迁入"
        MOVED_OUT = "moved_out", "迁出"
        TRANSFER_ENDED = "transfer_ended", "迁移未成"
        DIED = "died", "死亡"
        CANCELLED = "cancelled", "注销"
        LOST = "lost", "失访"
        RESTORED = "restored", "恢复"
        MERGED = "merged", "合并"
        UNMERGED = "unmerged", "撤销合并"
        DOCTOR_CHANGED = "doctor_changed", "更换责任医生"

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, db_index=False, related_name="events", db_comment="居民"
    )
    kind = models.CharField("事件", max_length=20, choices=Kind, db_comment="事件")
    on_date = models.DateField("发生日期", db_comment="事件发生（生效）日期")
    reason = models.CharField("原因", max_length=200, blank=True, db_comment="原因")
    detail = models.JSONField("内容", default=dict, db_comment="事件内容，不含证件号码和电话")
    area_key = models.BigIntegerField("区划", db_comment="事件后所在村（居）区划代码")
    organization_id = models.UUIDField("管理机构", db_comment="事件后的管理机构")
    at = models.DateTimeField("登记时间", db_comment="登记时间")
    account_id = models.UUIDField("账号", null=True, db_comment="登记账号")
    practitioner_id = models.UUIDField("人员", null=True, db_comment="登记人员")
    reverses = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="所撤销的事件",
        db_comment="所撤销的事件",
    )

    class Meta:
        verbose_name = "档案事件"
        db_table_comment = "档案生命周期事件（只增）"
        indexes = [models.Index(fields=["resident", "at"], name="residents_event_resident")]


class ContactAttempt(models.Model):
    """One attempt to reach a resident who may be lost (失访, records.md §6)."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="contact_attempts", db_comment="居民"
    )
    on_date = models.DateField("日期", db_comment="联系日期")
    channel = models.CharField("方式", max_length=10, db_comment="方式：phone home other")
    result = models.CharField("结果", max_length=200, db_comment="结果")
    account_id = models.UUIDField("账号", null=True, db_comment="登记账号")

    class Meta:
        verbose_name = "失访联系记录"
        db_table_comment = "失访前的联系记录（只增）"
