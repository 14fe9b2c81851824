"""What the checks found, what people decided about it, and the runs that looked.

A finding is derived: `keeping` brings the stored rows into line with what the rules say of the records, again and
again with the same result. Only the steps people take (assigned, explained, confirmed, dismissed ...) are facts; they
are kept for ever in `FindingStep`. Nothing here touches money: a statistic asks, a person decides.
"""

from django.db import models
from django.db.models import Q

from gongwei.base import ids
from gongwei.places.models import Organization, Practitioner
from gongwei.quality import rules
from gongwei.records.models import Response
from gongwei.residents.models import Resident

SEVERITIES = [(key.value, title) for key, title in rules.SEVERITIES.items()]
DIMENSIONS = [(key.value, title) for key, title in rules.DIMENSIONS.items()]


class State(models.TextChoices):
    """Nobody looked; a person says it is so; a person says it is not; the record is right now."""

    OPEN = "open", "待核实"
    CONFIRMED = "confirmed", "已确认"
    DISMISSED = "dismissed", "已排除"
    FIXED = "fixed", "已整改"


#: Still to be dealt with.
LIVE = (State.OPEN, State.CONFIRMED)


class Because(models.TextChoices):
    """Why a finding is no longer live."""

    CORRECTED = "corrected", "记录已更正"
    WITHDRAWN = "withdrawn", "记录已作废"
    CHANGED = "changed", "数据已改"
    RULE = "rule", "规则已改"
    PERSON = "person", "人工办理"


class Run(models.Model):
    """One time the rules were run over records: following changes, over all records of a period, over the files."""

    class Kind(models.TextChoices):
        """What was looked at."""

        FOLLOW = "follow", "随改随查"
        RECORDS = "records", "服务记录批量核查"
        FILES = "files", "居民档案批量核查"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    kind = models.CharField(
        "种类", max_length=10, choices=Kind.choices, db_comment="随改随查、记录批量、档案批量"
    )
    scope = models.CharField(
        "范围", max_length=60, blank=True, default="", db_comment="表单代码；档案核查为空"
    )
    first = models.DateField("起始日期", null=True, db_comment="服务日期自；空为不限")
    last = models.DateField("截止日期", null=True, db_comment="服务日期至；空为不限")
    digest = models.CharField("规则摘要", max_length=64, blank=True, default="", db_comment="所用规则的摘要")
    checked = models.BigIntegerField("核查数", default=0, db_comment="核查的记录或居民数")
    found = models.BigIntegerField("新发现", default=0, db_comment="新发现的疑点数")
    reopened = models.BigIntegerField("再次出现", default=0, db_comment="整改后再次出现的疑点数")
    fixed = models.BigIntegerField("已整改", default=0, db_comment="不再成立而关闭的疑点数")
    seconds = models.FloatField("用时", default=0, db_comment="用时（秒）")
    at = models.DateTimeField("时刻", db_comment="开始时刻（UTC）")
    by = models.UUIDField("账号", null=True, blank=True, db_comment="提交的账号，空为系统")

    class Meta:
        db_table_comment = "质量核查的每次运行"
        verbose_name = "核查"
        indexes = [models.Index(fields=["kind", "scope", "at"], name="quality_run_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["follow", "records", "files"]), name="quality_run_kind"
            )
        ]


class Finding(models.Model):
    """One check that does not hold, of one record, one resident's file, or one practitioner's work in a period.

    The natural key is (rule, what it is about, key): `key` tells apart several findings of one rule about one thing.
    """

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    rule = models.CharField("规则", max_length=100, db_comment="规则编号；参考目录没有编号的为规则名称")
    key = models.CharField(
        "区分", max_length=120, blank=True, default="", db_comment="同一规则同一对象的区分"
    )
    title = models.CharField("名称", max_length=200, db_comment="规则名称")
    severity = models.CharField(
        "严重程度", max_length=8, choices=SEVERITIES, db_comment="不计入、缺陷、提示、疑点"
    )
    dimension = models.CharField(
        "维度", max_length=1, choices=DIMENSIONS, db_comment="T真实性 C完整性 N规范性 X一致性 U及时性"
    )
    # (resident_id, area_key) is one foreign key with ON UPDATE CASCADE (migration 0002); without a resident the
    # area is the seat of the practitioner's organization.
    resident = models.ForeignKey(
        Resident,
        models.PROTECT,
        verbose_name="居民",
        related_name="+",
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        db_comment="居民；关于医务人员的为空",
    )
    area_key = models.BigIntegerField("区划", db_comment="居民现居住村（居）委会，或机构所在地的12位区划代码")
    # Responses are never removed: no foreign key, so that millions are written in minutes.
    response = models.ForeignKey(
        Response,
        models.PROTECT,
        verbose_name="填报表",
        related_name="+",
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        db_comment="填报表；关于档案或医务人员的为空",
    )
    form_code = models.CharField("表单", max_length=60, blank=True, default="", db_comment="表单代码")
    done_on = models.DateField("日期", null=True, blank=True, db_comment="服务日期，或所指的日期")
    practitioner = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        verbose_name="医务人员",
        related_name="+",
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        db_comment="服务人员；档案为责任医生",
    )
    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        verbose_name="机构",
        related_name="+",
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        db_comment="服务机构；档案为管理机构",
    )
    found = models.CharField(
        "查见", max_length=400, blank=True, default="", db_comment="查见的内容（无自由文字）"
    )
    expected = models.CharField("要求", max_length=300, blank=True, default="", db_comment="要求")
    evidence = models.JSONField(
        "依据", default=dict, blank=True, db_comment="依据：数据项、数值、有关档案的编号"
    )
    digest = models.CharField("规则摘要", max_length=16, db_comment="查出时规则定义的摘要")
    state = models.CharField(
        "状态",
        max_length=10,
        choices=State.choices,
        default=State.OPEN,
        db_comment="待核实、已确认、已排除、已整改",
    )
    detected_at = models.DateTimeField("发现时刻", db_comment="首次发现的时刻（UTC）")
    run = models.ForeignKey(
        Run,
        models.PROTECT,
        verbose_name="核查",
        related_name="+",
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        db_comment="首次发现的那次核查",
    )
    assigned_to = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        verbose_name="承办人",
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        db_comment="承办人",
    )
    due_on = models.DateField("期限", null=True, blank=True, db_comment="整改期限")
    closed_at = models.DateTimeField("关闭时刻", null=True, blank=True, db_comment="关闭时刻（UTC）")
    closed_by = models.UUIDField("关闭账号", null=True, blank=True, db_comment="关闭账号，空为系统")
    closed_because = models.CharField(
        "关闭原因", max_length=10, blank=True, default="", choices=Because.choices, db_comment="关闭原因"
    )

    class Meta:
        db_table_comment = "疑点：不符合规则的记录、档案或工作"
        verbose_name = "疑点"
        constraints = [
            models.UniqueConstraint(
                fields=["response", "rule", "key"],
                condition=Q(response__isnull=False),
                name="finding_of_response",
            ),
            models.UniqueConstraint(
                fields=["resident", "rule", "key"],
                condition=Q(response__isnull=True, resident__isnull=False),
                name="finding_of_resident",
            ),
            models.UniqueConstraint(
                fields=["practitioner", "rule", "key"],
                condition=Q(response__isnull=True, resident__isnull=True),
                name="finding_of_practitioner",
            ),
            models.CheckConstraint(
                condition=Q(resident__isnull=False) | Q(response__isnull=True, practitioner__isnull=False),
                name="finding_about_somebody",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="finding_state_known"),
            models.CheckConstraint(
                condition=Q(severity__in=[key for key, _ in SEVERITIES]), name="finding_severity_known"
            ),
            models.CheckConstraint(
                condition=Q(dimension__in=[key for key, _ in DIMENSIONS]), name="finding_dimension_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "confirmed"], closed_at__isnull=True, closed_because="")
                | Q(state__in=["dismissed", "fixed"], closed_at__isnull=False, closed_because__gt=""),
                name="finding_closed_paired",
            ),
        ]
        indexes = [
            models.Index(fields=["area_key", "id"], condition=Q(state__in=LIVE), name="finding_live_by_area"),
            models.Index(fields=["resident"], name="finding_resident"),
            models.Index(
                fields=["assigned_to", "due_on"], condition=Q(state__in=LIVE), name="finding_live_assigned"
            ),
            # What a run over a form's period may close.
            models.Index(
                fields=["form_code", "done_on"], condition=Q(state__in=LIVE), name="finding_live_of_form"
            ),
        ]

    @property
    def is_live(self) -> bool:
        """Whether it still wants somebody's attention."""
        return self.state in LIVE


class FindingStep(models.Model):
    """One step in the life of a finding. Kept for ever."""

    class What(models.TextChoices):
        """What happened."""

        ASSIGNED = "assigned", "交办"
        EXPLAINED = "explained", "说明"
        CONFIRMED = "confirmed", "确认"
        DISMISSED = "dismissed", "排除"
        FIXED = "fixed", "整改"
        REOPENED = "reopened", "重新打开"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    finding = models.ForeignKey(
        Finding, models.PROTECT, verbose_name="疑点", related_name="steps", db_comment="疑点"
    )
    what = models.CharField(
        "步骤", max_length=10, choices=What.choices, db_comment="交办、说明、确认、排除、整改、重新打开"
    )
    because = models.CharField(
        "关闭原因", max_length=10, blank=True, default="", db_comment="系统关闭时的原因"
    )
    note = models.CharField("说明", max_length=300, blank=True, default="", db_comment="原因或说明")
    to_practitioner = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        verbose_name="交给",
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        db_comment="交办给的人",
    )
    due_on = models.DateField("期限", null=True, blank=True, db_comment="期限")
    at = models.DateTimeField("时刻", db_comment="时刻（UTC）")
    by = models.UUIDField("账号", null=True, blank=True, db_comment="账号，空为系统")
    by_practitioner = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        verbose_name="办理人",
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        db_comment="办理人，空为系统",
    )

    class Meta:
        db_table_comment = "疑点的办理步骤"
        verbose_name = "办理步骤"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    what__in=["assigned", "explained", "confirmed", "dismissed", "fixed", "reopened"]
                ),
                name="finding_step_known",
            )
        ]
