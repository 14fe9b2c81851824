"""Uploaded workbooks on their way into the records: what was sent, row by row, sealed, until it is written or thrown away."""

from django.db import models

from gongwei.base import ids


class Upload(models.Model):
    """One uploaded file. It is read and checked by a job, looked at by a person, and written by a second job."""

    class State(models.TextChoices):
        """Where an upload stands."""

        WAITING = "waiting", "等待检查"
        CHECKING = "checking", "检查中"
        REFUSED = "refused", "文件不能读取"
        MAPPING = "mapping", "需要对应列"
        CHECKED = "checked", "待确认写入"
        APPLYING = "applying", "写入中"
        APPLIED = "applied", "已写入"
        DISCARDED = "discarded", "已放弃"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    code = models.CharField("表单", max_length=60, db_comment="表单代码，residents为建档")
    account_id = models.UUIDField("上传账号", db_comment="上传账号")
    organization = models.ForeignKey(
        "places.Organization",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="上传机构",
        db_comment="上传时所在机构",
    )
    actor = models.JSONField("上传人岗位", db_comment="上传人的岗位和服务区域")
    file_name = models.CharField("文件名", max_length=200, db_comment="文件名")
    size = models.BigIntegerField("大小", db_comment="文件大小（字节）")
    digest = models.BinaryField("文件摘要", max_length=32, db_comment="文件的SM3摘要，用于识别重复上传")
    content_cipher = models.BinaryField("文件内容", null=True, db_comment="文件内容（加密），读入后清空")
    mapping = models.ForeignKey(
        "ColumnMapping",
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="列对应",
        db_comment="所用的列对应",
    )
    state = models.CharField(
        "状态", max_length=12, choices=State.choices, default=State.WAITING, db_comment="处理状态"
    )
    problem = models.TextField("文件问题", blank=True, default="", db_comment="文件不能读取的原因")
    notes = models.JSONField("说明", default=list, db_comment="需要上传人知道的情况")
    sheets = models.JSONField("工作表", default=list, db_comment="各工作表的名称、表头所在行和各列")
    counts = models.JSONField("行数", default=dict, db_comment="各状态的行数")
    kinds = models.JSONField("问题分类", default=list, db_comment="各列各类问题的行数")
    run_id = models.UUIDField("后台任务", null=True, db_comment="最近一次后台任务")
    created_at = models.DateTimeField("上传时刻", db_comment="上传时刻（UTC）")
    checked_at = models.DateTimeField("检查时刻", null=True, db_comment="检查完成时刻（UTC）")
    applied_at = models.DateTimeField("写入时刻", null=True, db_comment="写入完成时刻（UTC）")

    class Meta:
        verbose_name = "Excel上传"
        db_table_comment = "Excel上传"
        indexes = [
            models.Index(fields=["account_id", "-created_at"], name="upload_of_account"),
            models.Index(fields=["digest"], name="upload_digest"),
        ]


class UploadRow(models.Model):
    """One row of an uploaded sheet. Its id becomes the id of the encounter, so that writing it twice makes one record."""

    class State(models.TextChoices):
        """What became of the row. Rows read = accepted + questioned + existing + rejected (+ applied), always."""

        ACCEPTED = "accepted", "通过"
        QUESTIONED = "questioned", "通过，有提示"
        EXISTING = "existing", "已存在"
        REJECTED = "rejected", "未通过"
        APPLIED = "applied", "已写入"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    upload = models.ForeignKey(
        Upload, models.CASCADE, related_name="rows", verbose_name="上传", db_index=False, db_comment="上传"
    )
    position = models.IntegerField("次序", db_comment="在文件中的次序，从1起")
    sheet = models.SmallIntegerField("工作表", db_comment="第几个工作表，从0起")
    number = models.IntegerField("行号", db_comment="在工作表中的行号，从1起")
    resident_id = models.UUIDField("居民", null=True, db_comment="核对到的居民或建成的档案")
    done_on = models.DateField("服务日期", null=True, db_comment="服务日期")
    state = models.CharField("状态", max_length=12, choices=State.choices, db_comment="检查和写入的结果")
    cells_cipher = models.BinaryField("内容", db_comment="各单元格的原始内容（加密）")
    problems_cipher = models.BinaryField("问题", null=True, db_comment="各问题的列、原值、原因和改法（加密）")
    response_id = models.UUIDField("填报表", null=True, db_comment="写成的填报表")

    class Meta:
        verbose_name = "Excel上传的行"
        db_table_comment = "Excel上传的行"
        constraints = [
            models.UniqueConstraint(fields=["upload", "position"], name="uploadrow_position"),
        ]
        indexes = [models.Index(fields=["upload", "state", "position"], name="uploadrow_state")]


class UploadPortion(models.Model):
    """Rows of an upload that are written in one transaction, with what the check made of the accepted ones."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    upload = models.ForeignKey(
        Upload, models.CASCADE, related_name="portions", verbose_name="上传", db_comment="上传"
    )
    kept_cipher = models.BinaryField(
        "检查结果", null=True, db_comment="检查通过的各行待写入的内容（加密），写入后清空"
    )
    rows = models.IntegerField("行数", db_comment="检查通过的行数")

    class Meta:
        verbose_name = "Excel上传的分批"
        db_table_comment = "Excel上传的分批：一批在一次事务中写入"


class ColumnMapping(models.Model):
    """How an old system's sheet is read: its headings to our columns, its codes to ours. Kept for the organization."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    organization = models.ForeignKey(
        "places.Organization", models.PROTECT, related_name="+", verbose_name="机构", db_comment="所属机构"
    )
    code = models.CharField("表单", max_length=60, db_comment="表单代码，residents为建档")
    title = models.CharField("名称", max_length=60, db_comment="名称，如：原系统高血压随访导出表")
    columns = models.JSONField("列对应", db_comment="原表标题对应的本系统数据项")
    options = models.JSONField("代码对应", default=dict, db_comment="各数据项的原值对应的本系统代码")
    version = models.IntegerField("版本", default=1, db_comment="修改次数")
    updated_at = models.DateTimeField("修改时刻", db_comment="修改时刻（UTC）")
    updated_by = models.UUIDField("修改账号", null=True, db_comment="修改账号")

    class Meta:
        verbose_name = "列对应"
        db_table_comment = "原系统表格的列对应"
        constraints = [
            models.UniqueConstraint(fields=["organization", "code", "title"], name="columnmapping_title")
        ]
