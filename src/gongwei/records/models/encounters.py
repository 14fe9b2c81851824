"""What was done, to whom, when, where, by whom; and the forms filled while doing it.

Rows are facts: their content is never changed (a trigger refuses it, see `guards`). What may change is their
status: a response becomes *superseded* when a correction follows it, or *entered in error* with who, when and
why. The answers themselves are in one typed table per form (`columns.table_for`).
"""

from django.db import models
from django.db.models import F, Q

from gongwei.base import ids
from gongwei.places.models import Organization, Practitioner
from gongwei.residents.models import Resident


class Mode(models.TextChoices):
    """How the contact took place (CV06.00.207)."""

    OUTPATIENT = "outpatient", "门诊"
    HOME = "home", "家庭"
    PHONE = "phone", "电话"
    MESSAGE = "message", "短信"
    ONLINE = "online", "网络"
    OTHER = "other", "其他"


class Source(models.TextChoices):
    """Which way the record came in."""

    PAGE = "page", "页面录入"
    PHONE = "phone", "移动端"
    IMPORT = "import", "导入"
    PACKAGE = "package", "原系统迁入"
    DEVICE = "device", "设备上传"
    HOSPITAL = "hospital", "医院共享"
    SIMULATED = "simulated", "模拟"


class Encounter(models.Model):
    """One service to one resident on one day (一次服务). Its id is made by whoever writes it, so twice is harmless."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    # The database holds (resident_id, area_key) as one foreign key with ON UPDATE CASCADE (guards.py): the
    # row-level security range is on the row itself and cannot drift from the resident's.
    resident = models.ForeignKey(
        Resident,
        models.PROTECT,
        verbose_name="居民",
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="居民",
    )
    area_key = models.BigIntegerField("居住区划", db_comment="居民现居住村（居）委会的12位区划代码")
    programme = models.CharField(
        "服务项目", max_length=40, blank=True, default="", db_comment="服务项目代码，空为不属某一项目"
    )
    done_on = models.DateField("服务日期", db_comment="服务日期")
    started_at = models.DateTimeField("开始时刻", null=True, blank=True, db_comment="服务开始时刻（UTC）")
    mode = models.CharField("服务方式", max_length=12, choices=Mode.choices, db_comment="服务方式")
    organization = models.ForeignKey(
        Organization, models.PROTECT, verbose_name="服务机构", related_name="+", db_comment="服务机构"
    )
    practitioner = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        verbose_name="服务人员",
        related_name="+",
        null=True,
        blank=True,
        db_comment="服务人员",
    )
    source = models.CharField(
        "来源",
        max_length=12,
        choices=Source.choices,
        db_comment="来源：页面、移动端、导入、原系统迁入、设备、医院、模拟",
    )
    device_id = models.CharField("设备", max_length=64, null=True, blank=True, db_comment="上传设备标识")
    op_seq = models.BigIntegerField("设备序号", null=True, blank=True, db_comment="设备上的操作序号")
    digest = models.BinaryField("内容摘要", max_length=32, db_comment="提交内容的SM3摘要，用于识别重复提交")
    entered_at = models.DateTimeField("录入时刻", db_comment="录入时刻（UTC）")
    entered_by = models.UUIDField("录入账号", null=True, blank=True, db_comment="录入账号，空为系统写入")
    first_entered_on = models.DateField(
        "原录入日期", null=True, blank=True, db_comment="原系统迁入的记录在原系统录入的日期，空为原系统未提供"
    )
    note = models.TextField("备注", blank=True, default="", db_comment="备注")

    class Meta:
        db_table_comment = "一次服务"
        verbose_name = "服务"
        constraints = [
            models.UniqueConstraint(fields=["device_id", "op_seq"], name="encounter_device_op"),
            models.CheckConstraint(
                condition=Q(device_id__isnull=True, op_seq__isnull=True)
                | Q(device_id__isnull=False, op_seq__isnull=False),
                name="encounter_device_paired",
            ),
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="encounter_mode_known"),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="encounter_source_known"),
            # Only a package, which two people answer for, may say that something was entered earlier than it was here.
            models.CheckConstraint(
                condition=Q(first_entered_on__isnull=True)
                | Q(source="package", first_entered_on__gte=F("done_on")),
                name="encounter_first_entered",
            ),
        ]
        indexes = [
            models.Index(F("resident"), F("done_on").desc(), F("id").desc(), name="encounter_timeline")
        ]


class FormVersion(models.Model):
    """The definition of a form as it was when a response used it: old versions stay readable for ever."""

    digest = models.BinaryField("定义摘要", max_length=32, primary_key=True, db_comment="表单定义的摘要")
    form_code = models.CharField("表单", max_length=60, db_comment="表单代码")
    version = models.IntegerField("版本", db_comment="表单版本号")
    definition = models.JSONField("定义", db_comment="题目、值域、单位等定义")
    first_used_at = models.DateTimeField("首次使用时刻", db_comment="首次使用时刻（UTC）")

    class Meta:
        db_table_comment = "表单定义的各个版本"
        verbose_name = "表单版本"
        indexes = [models.Index(fields=["form_code", "version"], name="formversion_code")]


class Response(models.Model):
    """One filled form (一张填报表). Its answers are in the typed table of its form, under the same id."""

    class Status(models.TextChoices):
        """A response counts while it is final."""

        FINAL = "final", "有效"
        SUPERSEDED = "superseded", "已更正"
        ENTERED_IN_ERROR = "entered_in_error", "录入有误"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    encounter = models.ForeignKey(
        Encounter, models.PROTECT, verbose_name="服务", related_name="responses", db_comment="所属的一次服务"
    )
    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="居民", related_name="+", db_index=False, db_comment="居民"
    )
    form_code = models.CharField("表单", max_length=60, db_comment="表单代码")
    form_version = models.IntegerField("表单版本", db_comment="填写时的表单版本号")
    definition_digest = models.BinaryField("定义摘要", max_length=32, db_comment="填写时表单定义的摘要")
    done_on = models.DateField("服务日期", db_comment="服务日期")
    status = models.CharField(
        "状态",
        max_length=16,
        choices=Status.choices,
        default=Status.FINAL,
        db_comment="有效、已更正、录入有误",
    )
    supersedes = models.OneToOneField(
        "self",
        models.PROTECT,
        verbose_name="更正的记录",
        related_name="superseded_by",
        null=True,
        blank=True,
        db_comment="本记录更正的那一份",
    )
    reason = models.TextField("更正原因", blank=True, default="", db_comment="更正原因")
    entered_at = models.DateTimeField("录入时刻", db_comment="录入时刻（UTC）")
    entered_by = models.UUIDField("录入账号", null=True, blank=True, db_comment="录入账号，空为系统写入")
    error_at = models.DateTimeField(
        "标为有误的时刻", null=True, blank=True, db_comment="标为录入有误的时刻（UTC）"
    )
    error_by = models.UUIDField("标为有误的账号", null=True, blank=True, db_comment="标为录入有误的账号")
    error_reason = models.TextField("有误的原因", null=True, blank=True, db_comment="标为录入有误的原因")
    measured = models.JSONField(
        "测量来源",
        default=dict,
        blank=True,
        db_comment="由设备测得的数据项：设备、时刻、原始读数；其余为手工录入",
    )
    carried = models.JSONField(
        "带入来源",
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        db_comment="由上次带入、核对后未改的数据项：数据项名称和上次填报表的编号",
    )
    outcome = models.JSONField(
        "分类结果", null=True, blank=True, db_comment="服务器按规则得出的分类、处理和下次日期"
    )
    claimed = models.JSONField("上报的分类", null=True, blank=True, db_comment="移动端或医生给出的分类")
    differs = models.BooleanField("分类不一致", default=False, db_comment="上报的分类与服务器得出的不一致")
    questions = models.JSONField("疑问", default=list, blank=True, db_comment="保存时提示而未拒绝的问题")

    class Meta:
        db_table_comment = "一张填报表"
        verbose_name = "填报表"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status="entered_in_error",
                    error_at__isnull=False,
                    error_by__isnull=False,
                    error_reason__gt="",
                )
                | (
                    ~Q(status="entered_in_error")
                    & Q(error_at__isnull=True, error_by__isnull=True, error_reason__isnull=True)
                ),
                name="response_error_paired",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["final", "superseded", "entered_in_error"]),
                name="response_status_known",
            ),
            models.CheckConstraint(
                condition=Q(supersedes__isnull=True, reason="") | Q(supersedes__isnull=False, reason__gt=""),
                name="response_correction_has_reason",
            ),
            models.CheckConstraint(condition=~Q(supersedes=F("id")), name="response_not_its_own_correction"),
        ]
        indexes = [
            models.Index(
                F("resident"), F("form_code"), F("done_on").desc(), F("id").desc(), name="response_of_form"
            ),
            models.Index(fields=["form_code", "done_on"], condition=Q(differs=True), name="response_differs"),
        ]


class TypedResponse(models.Model):
    """What every typed table has besides the columns of its form (`columns.table_for`)."""

    response = models.OneToOneField(
        Response,
        models.PROTECT,
        verbose_name="填报表",
        primary_key=True,
        related_name="+",
        db_comment="填报表编号",
    )
    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="居民", related_name="+", db_index=False, db_comment="居民"
    )
    done_on = models.DateField("服务日期", db_comment="服务日期")
    live = models.BooleanField("有效", default=True, db_comment="未被更正且未标为有误")

    class Meta:
        abstract = True
