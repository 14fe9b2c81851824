"""What somebody has begun to type and not saved yet."""

from django.db import models

from gongwei.base import ids
from gongwei.residents.models import Resident


class Draft(models.Model):
    """The boxes of one account's half-filled page about one resident, as they stood; counted nowhere.

    A row stays when it is finished or thrown away, without its content, and is removed by night.
    """

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    account_id = models.UUIDField("账号", db_comment="填写人的账号；只有本人看得到")
    resident = models.ForeignKey(
        Resident,
        models.PROTECT,
        verbose_name="居民",
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="居民",
    )
    form_code = models.CharField("表单", max_length=60, db_comment="页面上第一张表的代码")
    corrects = models.UUIDField(
        "更正的记录", null=True, blank=True, db_comment="正在更正的记录编号；填新表时为空"
    )
    content_cipher = models.BinaryField(
        "内容", null=True, blank=True, db_comment="未完成的内容（加密）；已保存或放弃的为空"
    )
    begun_at = models.DateTimeField("开始时刻", db_comment="开始填写的时刻（UTC）")
    kept_at = models.DateTimeField("暂存时刻", db_comment="最近一次暂存的时刻（UTC）")

    class Meta:
        db_table_comment = "未完成的填写内容（暂存），不作为记录，不计入任何统计"
        verbose_name = "暂存"
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "resident", "form_code", "corrects"],
                name="draft_one_of_page",
                nulls_distinct=False,
            )
        ]
        indexes = [models.Index(fields=["kept_at"], name="draft_kept")]
