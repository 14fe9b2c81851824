"""Tables of the ground: audit trail and its seals, change feed, idempotency keys, jobs, key rotation.

None of these rows holds an identity number, a telephone or an answer. Account, organization and subject are
plain ids without foreign keys: the audit trail outlives what it speaks of.
"""

from django.db import models

from gongwei.base import ids
from gongwei.base.fields import CurrentTransactionId, TransactionId


class AuditEntry(models.Model):
    """One act or one look: who, in which duty, did what to whom, when. Never changed, never removed."""

    id = models.UUIDField(
        "编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号（按时间有序）"
    )
    xid = TransactionId(
        "事务号", db_default=CurrentTransactionId(), db_comment="写入该行的事务号，封存次序由它决定"
    )
    at = models.DateTimeField("时间", db_comment="发生时间（UTC）")
    account_id = models.UUIDField("账号", null=True, db_comment="操作账号")
    practitioner_id = models.UUIDField("人员", null=True, db_comment="操作人员")
    duty_id = models.UUIDField("岗位", null=True, db_comment="操作时所在岗位")
    role = models.TextField("角色", db_comment="操作时的角色")
    organization_id = models.UUIDField("机构", null=True, db_comment="操作时所在机构")
    source = models.TextField("来源", db_comment="页面 手机 导入 设备 医院 后台任务 命令")
    action = models.TextField("操作", db_comment="操作代码，见 gongwei.base.audit_actions")
    subject_kind = models.TextField("对象类别", db_comment="被操作对象的类别")
    subject_id = models.TextField("对象编号", blank=True, db_comment="被操作对象的编号，查询列表时为空")
    area_key = models.BigIntegerField("行政区划", null=True, db_comment="对象所在的12位行政区划代码")
    detail = models.JSONField(
        "内容", default=dict, db_comment="查询条件、返回的编号、改动的数据项名称；不含证件号码和电话"
    )
    mac = models.BinaryField("校验码", db_comment="密钥版本（2字节）与 HMAC-SM3（32字节），密钥在数据库之外")

    class Meta:
        """Indexes for: what happened to this one, what did this account do, what happened here, sealing."""

        verbose_name = "审计记录"
        db_table_comment = "审计记录：只增不改"
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "-at"], name="base_audit_subject"),
            models.Index(fields=["account_id", "-at"], name="base_audit_account"),
            models.Index(fields=["area_key", "-at"], name="base_audit_area"),
            models.Index(fields=["-at"], name="base_audit_at"),
            models.Index(fields=["xid", "id"], name="base_audit_order"),
        ]


class AuditSeal(models.Model):
    """One link of the SM3 chain over audit entries, in the order in which transactions became final."""

    number = models.BigIntegerField("封存序号", primary_key=True, db_comment="从1起连续的封存序号")
    sealed_at = models.DateTimeField("封存时间", db_comment="封存时间（UTC）")
    last_xid = TransactionId("末条事务号", db_comment="本次封存的最后一条审计记录的事务号")
    last_id = models.UUIDField("末条编号", db_comment="本次封存的最后一条审计记录的编号")
    entries = models.IntegerField("条数", db_comment="本次封存的审计记录条数")
    total = models.BigIntegerField("累计条数", db_comment="到本次为止封存的审计记录总条数")
    digests = models.BinaryField("各条摘要", db_comment="依次排列的各条 SM3 摘要，每条32字节")
    previous = models.BinaryField("上一摘要", db_comment="上一次封存的摘要（SM3，32字节）")
    digest = models.BinaryField("摘要", db_comment="SM3（序号、条数、上一摘要、各条摘要）")

    class Meta:
        """Ordered by number; the number has no gaps."""

        verbose_name = "审计封存"
        db_table_comment = "审计封存：审计记录的 SM3 摘要链"
        constraints = [
            models.CheckConstraint(condition=models.Q(number__gte=1), name="base_seal_from_one"),
            models.CheckConstraint(condition=models.Q(entries__gte=1), name="base_seal_not_empty"),
        ]


class Change(models.Model):
    """One row of the change feed that the stages above follow, each from its own bookmark."""

    seq = models.BigAutoField(
        "序号", primary_key=True, db_comment="序号；提交次序与它不同，读取须按（xid, seq）"
    )
    xid = TransactionId("事务号", db_default=CurrentTransactionId(), db_comment="写入该行的事务号")
    at = models.DateTimeField("时间", db_comment="写入时间（UTC）")
    kind = models.TextField("类别", db_comment="变化的类别，如 resident、response")
    subject_id = models.UUIDField("对象", db_comment="变化的对象编号")
    resident_id = models.UUIDField("居民", null=True, db_comment="涉及的居民")
    done_on = models.DateField("服务日期", null=True, db_comment="服务日期；后到的早日期会改变其后的结果")

    class Meta:
        """Read in the order (xid, seq)."""

        verbose_name = "变更"
        db_table_comment = "变更流：各级派生数据由此跟进"
        indexes = [models.Index(fields=["xid", "seq"], name="base_change_order")]


class FeedBookmark(models.Model):
    """How far one follower has read the change feed."""

    name = models.TextField("名称", primary_key=True, db_comment="跟进者名称")
    xid = TransactionId("事务号", db_comment="已处理到的事务号")
    seq = models.BigIntegerField("序号", db_comment="已处理到的序号")
    moved_at = models.DateTimeField("更新时间", db_comment="最近一次推进的时间（UTC）")

    class Meta:
        """One row per follower."""

        verbose_name = "变更书签"
        db_table_comment = "变更书签：每个跟进者读到哪里"


class IdempotencyKey(models.Model):
    """An operation that was asked for under a key, and its answer. Kept for ever: a replay gets the same answer."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    scope = models.TextField("范围", db_comment="提出者：账号编号或 system；他人的键不相干")
    key = models.TextField("键", db_comment="提出者给的幂等键")
    digest = models.BinaryField("请求摘要", db_comment="请求内容的 SM3 摘要")
    answer = models.JSONField("答复", null=True, db_comment="答复；同一事务内写入")
    at = models.DateTimeField("时间", db_comment="首次提出的时间（UTC）")

    class Meta:
        """The unique index is what makes it exactly once."""

        verbose_name = "幂等键"
        db_table_comment = "幂等键：同一请求只执行一次"
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="base_idempotency_once")]


class JobRun(models.Model):
    """A piece of background work as people see it: title, progress, result."""

    class State(models.TextChoices):
        """Where a run stands."""

        QUEUED = "queued", "排队中"
        RUNNING = "running", "进行中"
        SUCCEEDED = "succeeded", "已完成"
        FAILED = "failed", "失败"
        CANCELLED = "cancelled", "已取消"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    task = models.TextField("任务", db_comment="程序中的任务名称")
    title = models.TextField("名称", db_comment="任务的中文名称")
    state = models.TextField(
        "状态", choices=State, default=State.QUEUED, db_comment="排队中 进行中 已完成 失败 已取消"
    )
    arguments = models.JSONField("参数", default=dict, db_comment="任务参数；不含证件号码和电话")
    checkpoint = models.JSONField("断点", null=True, db_comment="重新开始时由此继续")
    done = models.BigIntegerField("已处理", default=0, db_comment="已处理的数量")
    total = models.BigIntegerField("总数", null=True, db_comment="总数量，未知为空")
    rate = models.FloatField("速度", null=True, db_comment="每秒处理的数量")
    message = models.TextField("说明", blank=True, default="", db_comment="当前在做什么")
    result = models.JSONField("结果", null=True, db_comment="结果")
    error_zh = models.TextField("失败原因", blank=True, default="", db_comment="失败原因（中文）")
    attempts = models.IntegerField("次数", default=0, db_comment="开始过几次（被中断后会再次开始）")
    cancel_requested = models.BooleanField("要求取消", default=False, db_comment="是否已要求取消")
    account_id = models.UUIDField("账号", null=True, db_comment="提交人账号，系统任务为空")
    organization_id = models.UUIDField("机构", null=True, db_comment="提交人所在机构")
    actor = models.JSONField("提交人", default=dict, db_comment="提交人及其岗位、范围，任务以此身份执行")
    created_at = models.DateTimeField("提交时间", db_comment="提交时间（UTC）")
    started_at = models.DateTimeField("开始时间", null=True, db_comment="最近一次开始的时间（UTC）")
    finished_at = models.DateTimeField("结束时间", null=True, db_comment="结束时间（UTC）")

    class Meta:
        """Indexes for the job centre: mine, and what is going on."""

        verbose_name = "后台任务"
        db_table_comment = "后台任务：进度与结果"
        indexes = [
            models.Index(fields=["account_id", "-created_at"], name="base_job_account"),
            models.Index(
                fields=["created_at"],
                name="base_job_open",
                condition=models.Q(state__in=["queued", "running"]),
            ),
        ]


class JobFile(models.Model):
    """A file a job made for the person who asked; sealed, and deleted a day later (`job_files`)."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    run = models.ForeignKey(JobRun, models.CASCADE, related_name="files", db_comment="产生文件的后台任务")
    account_id = models.UUIDField("账号", null=True, db_comment="提交人账号，只有本人可以下载")
    name = models.TextField("文件名", db_comment="文件名")
    content_type = models.TextField("类型", db_comment="文件类型（MIME）")
    size = models.BigIntegerField("大小", db_comment="大小（字节）")
    content_cipher = models.BinaryField("内容密文", db_comment="文件内容（SM4-GCM密文）")
    made_at = models.DateTimeField("产生时间", db_comment="产生时间（UTC）")
    expires_at = models.DateTimeField("删除时间", db_index=True, db_comment="到此时间删除（UTC）")

    class Meta:
        """Found by its run."""

        verbose_name = "任务文件"
        db_table_comment = "任务文件：后台任务产生的文件，保存一天"


class KeyRotation(models.Model):
    """The re-encryption of one sealed column under a new key version; resumable."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    table = models.TextField("表", db_comment="数据表", db_column="table_name")
    column = models.TextField("列", db_comment="加密列", db_column="column_name")
    purpose = models.TextField("用途", default="identity", db_comment="identity 密文，blind 索引")
    version = models.IntegerField("密钥版本", db_comment="换成的密钥版本")
    after = models.TextField("已到", blank=True, default="", db_comment="已处理到的主键")
    rows = models.BigIntegerField("行数", default=0, db_comment="已换钥的行数")
    started_at = models.DateTimeField("开始时间", db_comment="开始时间（UTC）")
    finished_at = models.DateTimeField("完成时间", null=True, db_comment="完成时间（UTC）")

    class Meta:
        """One row per column, purpose and version."""

        verbose_name = "换钥进度"
        db_table_comment = "换钥进度：各加密列换到哪里"
        constraints = [
            models.UniqueConstraint(
                fields=["table", "column", "purpose", "version"], name="base_rotation_once"
            )
        ]


class Preference(models.Model):
    """What an account likes of a page (columns of a list, saved filters). Holds no data of residents."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    account_id = models.UUIDField("账号", db_comment="账号")
    name = models.TextField("名称", db_comment="页面或列表的名称")
    value = models.JSONField("内容", db_comment="所选的列、常用查询等；不含姓名和证件号码")
    changed_at = models.DateTimeField("修改时间", db_comment="修改时间（UTC）")

    class Meta:
        """One value per account and name."""

        verbose_name = "个人偏好"
        db_table_comment = "个人偏好：各账号的常用查询和列"
        constraints = [models.UniqueConstraint(fields=["account_id", "name"], name="base_preference_once")]
