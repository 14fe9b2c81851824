"""What came from outside, kept as it came."""

from django.db import models
from django.db.models import Q

from gongwei.base import ids


class RawEnvelope(models.Model):
    """What a device or a hospital sent, as it was sent (reliability.md §2). Nothing sent is ever lost."""

    class State(models.TextChoices):
        """The server's answer to an operation."""

        APPLIED = "applied", "已写入"
        HELD = "held", "等待前序"
        CONFLICT = "conflict", "有冲突"
        REJECTED = "rejected", "已拒绝"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    device_id = models.CharField("设备", max_length=64, db_comment="设备标识")
    op_seq = models.BigIntegerField("设备序号", db_comment="设备上的操作序号，从1起连续")
    op_id = models.UUIDField("操作编号", db_comment="操作编号")
    kind = models.CharField("种类", max_length=40, db_comment="操作种类")
    schema_version = models.IntegerField("格式版本", db_comment="上传内容的格式版本")
    claimed_time = models.DateTimeField("设备时刻", null=True, blank=True, db_comment="设备所报的时刻（UTC）")
    payload_cipher = models.BinaryField("内容", db_comment="上传内容（加密）")
    digest = models.CharField("摘要", max_length=64, db_comment="设备所报的内容摘要，SHA-256十六进制")
    previous_digest = models.CharField(
        "前一摘要", max_length=64, blank=True, default="", db_comment="设备所报的前一操作的摘要"
    )
    received_at = models.DateTimeField("收到时刻", db_comment="收到时刻（UTC）")
    received_by = models.UUIDField("上传账号", db_comment="上传账号")
    state = models.CharField(
        "结果", max_length=12, choices=State.choices, db_comment="已写入、等待前序、有冲突、已拒绝"
    )
    answer = models.JSONField("答复", db_comment="给设备的答复")
    answered_at = models.DateTimeField("答复时刻", db_comment="答复时刻（UTC）")

    class Meta:
        db_table_comment = "上传原件"
        verbose_name = "上传原件"
        constraints = [
            models.UniqueConstraint(fields=["device_id", "op_seq"], name="envelope_device_op"),
            models.UniqueConstraint(fields=["op_id"], name="envelope_op_id"),
            models.CheckConstraint(condition=Q(op_seq__gte=1), name="envelope_op_seq_from_1"),
        ]
        indexes = [models.Index(fields=["device_id"], condition=Q(state="held"), name="envelope_held")]
