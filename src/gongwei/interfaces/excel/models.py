"""Uploaded workbooks on their way into the records: what was sent, row by row, sealed, until it is written or thrown away."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from gongwei.base import ids


class Package(models.Model):
    """A county's old data as one act: a folder or zip of sheets, each an `Upload`, brought in by two people, in order.

    Row-level security lets the county's officers see it, and whoever prepared it.
    """

    class State(models.TextChoices):
        """Where a package stands; from CHECKED on a second person decides."""

        RECEIVED = "received", "等待检查"
        CHECKING = "checking", "检查中"
        CHECKED = "checked", "待批准"
        APPROVED = "approved", "已批准，等待写入"
        APPLYING = "applying", "写入中"
        APPLIED = "applied", "已写入"
        UNDOING = "undoing", "撤销中"
        UNDONE = "undone", "已撤销"
        REFUSED = "refused", "不能读取"
        DISCARDED = "discarded", "已放弃"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    name = models.CharField("名称", max_length=200, db_comment="文件夹或压缩包的名称")
    area_key = models.BigIntegerField("县区", db_comment="所属县区的区划代码")
    place = models.TextField("位置", blank=True, default="", db_comment="服务器上的位置；由页面上传的为空")
    digest = models.BinaryField(
        "摘要", max_length=32, db_comment="全部文件和对应文件的SM3摘要，用于识别重复导入"
    )
    size = models.BigIntegerField("大小", db_comment="各文件大小之和（字节）")
    files = models.IntegerField("文件数", db_comment="文件数")
    mapping = models.TextField("对应文件", blank=True, default="", db_comment="另行给出的对应文件（YAML）")
    account_id = models.UUIDField("经办账号", db_comment="经办账号")
    actor = models.JSONField("经办人岗位", db_comment="经办人的岗位")
    approver = models.JSONField("批准人岗位", null=True, db_comment="批准人的岗位，与经办人不是同一人")
    state = models.CharField(
        "状态", max_length=12, choices=State.choices, default=State.RECEIVED, db_comment="状态"
    )
    problem = models.TextField("问题", blank=True, default="", db_comment="不能继续的原因")
    notes = models.JSONField("说明", default=list, db_comment="需要经办人知道的情况")
    counts = models.JSONField("行数", default=dict, db_comment="各状态的行数")
    run_id = models.UUIDField("后台任务", null=True, db_comment="最近一次后台任务")
    created_at = models.DateTimeField("接收时刻", db_comment="接收时刻（UTC）")
    checked_at = models.DateTimeField("检查时刻", null=True, db_comment="检查完成时刻（UTC）")
    approved_at = models.DateTimeField("批准时刻", null=True, db_comment="批准时刻（UTC）")
    applied_at = models.DateTimeField("写入时刻", null=True, db_comment="写入完成时刻（UTC）")
    undone_at = models.DateTimeField("撤销时刻", null=True, db_comment="撤销完成时刻（UTC）")

    class Meta:
        verbose_name = "数据包"
        db_table_comment = "数据包：整体导入的原系统数据"
        indexes = [
            models.Index(fields=["digest"], name="package_digest"),
            models.Index(fields=["area_key", "-created_at"], name="package_of_county"),
        ]


class PackagePerson(models.Model):
    """By what a row of 建档 of a package is found by the other rows of the package, before it is written."""

    id = models.BigAutoField("编号", primary_key=True, db_comment="编号")
    package = models.ForeignKey(
        Package, models.CASCADE, related_name="+", verbose_name="数据包", db_index=False, db_comment="数据包"
    )
    key = models.BinaryField("索引", max_length=16, db_comment="编号、证件号码或姓名、生日、村的带密钥摘要")
    row = models.UUIDField("行", db_comment="建档的行，也是居民的编号")
    name = models.BinaryField("姓名索引", max_length=16, db_comment="姓名的带密钥摘要，用于核对")

    class Meta:
        verbose_name = "数据包的居民"
        db_table_comment = "数据包的居民：写入以前供其他各表核对"
        indexes = [models.Index(fields=["package", "key"], name="packageperson_key")]


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
    package = models.ForeignKey(
        Package,
        models.CASCADE,
        null=True,
        related_name="uploads",
        verbose_name="数据包",
        db_comment="所属数据包；单独上传的为空",
    )
    position = models.IntegerField("次序", default=0, db_comment="在数据包中的次序")
    options = models.JSONField(
        "代码对应", default=dict, db_comment="对应文件中各数据项的原值对应的本系统代码"
    )
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
        """What became of the row. Rows read = accepted + questioned + waiting + existing + rejected + applied + undone, always."""

        ACCEPTED = "accepted", "通过"
        QUESTIONED = "questioned", "通过，有提示"
        EXISTING = "existing", "已存在"
        REJECTED = "rejected", "未通过"
        APPLIED = "applied", "已写入"
        WAITING = "waiting", "等待确认"
        UNDONE = "undone", "已撤销"

    class Decision(models.TextChoices):
        """What a person said of a waiting row about a resident."""

        NONE = "", "未确认"
        SAME = "same", "是同一人"
        NEW = "new", "不是同一人"
        LEFT_OUT = "left_out", "不导入"

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
    candidates = ArrayField(
        models.UUIDField(), null=True, verbose_name="可能的居民", db_comment="需要人工核对的已有档案"
    )
    decision = models.CharField(
        "核对结果",
        max_length=8,
        choices=Decision.choices,
        db_default="",
        default="",
        db_comment="人工核对的结果",
    )

    class Meta:
        verbose_name = "Excel上传的行"
        db_table_comment = "Excel上传的行"
        constraints = [
            models.UniqueConstraint(fields=["upload", "position"], name="uploadrow_position"),
        ]
        indexes = [
            models.Index(fields=["upload", "state", "position"], name="uploadrow_state"),
            # The rows of some residents, whatever sheet they stand in.
            models.Index(
                fields=["upload", "resident_id"],
                name="uploadrow_resident",
                condition=models.Q(resident_id__isnull=False),
            ),
        ]


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
