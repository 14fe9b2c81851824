"""What people decide beside scores: fraud that was found, problems to be put right, appeals; and files that prove something."""

from django.db import models
from django.db.models import F, Q

from gongwei.base import ids
from gongwei.evaluation.round_models import Round, Score, Sheet
from gongwei.evaluation.sampling_models import SampledPerson
from gongwei.places.models import Organization, Practitioner


class FraudDecision(models.Model):
    """弄虚作假认定: proposed by one person with evidence, confirmed by another. Only a confirmed one vetoes; no program sets it."""

    class State(models.TextChoices):
        """Where it stands."""

        PROPOSED = "proposed", "待确认"
        CONFIRMED = "confirmed", "已认定"
        REFUSED = "refused", "不予认定"
        WITHDRAWN = "withdrawn", "已撤销"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_comment="机构")
    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, related_name="+", db_comment="涉及的医生，空为机构"
    )
    seat_key = models.BigIntegerField("区划", db_comment="机构所在区划代码（12位）")
    year = models.SmallIntegerField("年度", db_comment="扣减哪一年度")
    round = models.ForeignKey(
        Round, models.PROTECT, null=True, related_name="frauds", db_comment="在哪一轮评价中查出"
    )
    found = models.TextField("事实", db_comment="认定的事实（不写居民姓名和证件号码）")
    evidence = models.TextField("证据", db_comment="证据")
    document = models.CharField("文号", max_length=100, db_comment="认定文件的文号")
    unit = models.CharField("认定单位", max_length=100, db_comment="认定单位")
    decided_on = models.DateField("认定日期", db_comment="认定文件的日期")
    state = models.CharField("状态", max_length=10, choices=State.choices, db_comment="状态")
    proposed_at = models.DateTimeField("提出时刻", db_comment="提出时刻（UTC）")
    proposed_by = models.UUIDField("提出账号", db_comment="提出的账号")
    confirmed_at = models.DateTimeField("确认时刻", null=True, db_comment="确认或不予认定的时刻（UTC）")
    confirmed_by = models.UUIDField("确认账号", null=True, db_comment="确认或不予认定的账号")
    withdrawn_at = models.DateTimeField("撤销时刻", null=True, db_comment="撤销时刻（UTC）")
    withdrawn_by = models.UUIDField("撤销账号", null=True, db_comment="撤销的账号")
    reason = models.CharField(
        "理由", max_length=300, blank=True, default="", db_comment="不予认定或撤销的理由"
    )

    class Meta:
        verbose_name = "弄虚作假认定"
        db_table_comment = "弄虚作假认定：只由人提出、由另一人确认"
        constraints = [
            models.CheckConstraint(
                condition=Q(evidence__gt="", found__gt="", document__gt="", unit__gt=""),
                name="evaluation_fraud_evidence",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
                name="evaluation_fraud_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", confirmed_by__isnull=True, withdrawn_by__isnull=True)
                | Q(state="confirmed", confirmed_by__isnull=False, confirmed_at__isnull=False)
                | Q(state="refused", confirmed_by__isnull=False, reason__gt="")
                | Q(state="withdrawn", withdrawn_by__isnull=False, withdrawn_at__isnull=False, reason__gt=""),
                name="evaluation_fraud_state",
            ),
        ]


class Issue(models.Model):
    """问题: found somewhere, to be put right by a day, looked at again, closed."""

    class Source(models.TextChoices):
        """Where it was found."""

        ASSESSMENT = "assessment", "评价指标"
        SPOT_CHECK = "spot_check", "抽查对象"
        FINDING = "finding", "质量疑点"
        AUDIT = "audit", "审计督查"
        COMPLAINT = "complaint", "群众反映"

    class Severity(models.IntegerChoices):
        """How grave; one that comes again is one step graver."""

        MINOR = 1, "一般"
        MAJOR = 2, "较重"
        SEVERE = 3, "重大"

    class State(models.TextChoices):
        """evaluation_and_funds §11."""

        FOUND = "found", "已发现"
        NOTIFIED = "notified", "已通知"
        ACCEPTED = "accepted", "已认领"
        OBJECTED = "objected", "有异议"
        PLANNING = "planning", "制定措施"
        RECTIFYING = "rectifying", "整改中"
        SUBMITTED = "submitted", "待复查"
        VERIFIED = "verified", "复查通过"
        REJECTED = "rejected", "复查不通过"
        CLOSED = "closed", "已销号"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_comment="机构")
    seat_key = models.BigIntegerField("区划", db_comment="机构所在区划代码（12位）")
    round = models.ForeignKey(
        Round, models.PROTECT, null=True, related_name="issues", db_comment="在哪一轮评价中发现"
    )
    year = models.SmallIntegerField("年度", db_comment="公历年度")
    source = models.CharField("来源", max_length=12, choices=Source.choices, db_comment="来源")
    source_id = models.UUIDField("来源编号", null=True, db_comment="评分表、抽查对象或疑点的编号")
    item = models.CharField(
        "指标", max_length=40, blank=True, default="", db_comment="三级指标代码或规则编号"
    )
    severity = models.SmallIntegerField("严重程度", choices=Severity.choices, db_comment="1一般 2较重 3重大")
    description = models.CharField("问题", max_length=400, db_comment="问题（不写居民姓名和证件号码）")
    found_on = models.DateField("发现日期", db_comment="发现日期")
    due_on = models.DateField("期限", db_comment="整改期限")
    repeat_of = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="repeats", db_comment="重复了哪个问题"
    )
    state = models.CharField("状态", max_length=12, choices=State.choices, db_comment="状态")
    closed_on = models.DateField("销号日期", null=True, db_comment="销号日期")
    made_at = models.DateTimeField("登记时刻", db_comment="登记时刻（UTC）")
    made_by = models.UUIDField("登记账号", null=True, db_comment="登记的账号")

    class Meta:
        verbose_name = "整改问题"
        db_table_comment = "问题整改台账"
        indexes = [models.Index(fields=["year", "state", "due_on"], name="evaluation_issue_open")]
        constraints = [
            models.CheckConstraint(condition=Q(severity__in=[1, 2, 3]), name="evaluation_issue_severity"),
            models.CheckConstraint(condition=Q(description__gt=""), name="evaluation_issue_said"),
            models.CheckConstraint(
                condition=Q(state="closed", closed_on__isnull=False)
                | (~Q(state="closed") & Q(closed_on__isnull=True)),
                name="evaluation_issue_closed",
            ),
        ]


class IssueStep(models.Model):
    """One step in putting a problem right. Kept for ever."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="steps", db_comment="问题")
    state = models.CharField("到达状态", max_length=12, choices=Issue.State.choices, db_comment="到达的状态")
    note = models.CharField("说明", max_length=400, blank=True, default="", db_comment="说明")
    at = models.DateTimeField("时刻", db_comment="时刻（UTC）")
    by = models.UUIDField("账号", null=True, db_comment="账号，空为系统")

    class Meta:
        verbose_name = "整改步骤"
        db_table_comment = "问题整改的步骤"


class Appeal(models.Model):
    """申诉: against the score of an item, the result of a person drawn, or a line of a statement."""

    class About(models.TextChoices):
        """Against what."""

        ITEM = "item", "评分"
        PERSON = "person", "抽查结果"
        STATEMENT = "statement", "结算单"

    class State(models.TextChoices):
        """Where it stands."""

        MADE = "made", "待办理"
        GRANTED = "granted", "成立"
        REFUSED = "refused", "不成立"
        WITHDRAWN = "withdrawn", "已撤回"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    about = models.CharField(
        "对象", max_length=10, choices=About.choices, db_comment="评分、抽查结果、结算单"
    )
    round = models.ForeignKey(
        Round, models.PROTECT, null=True, related_name="appeals", db_comment="轮次；结算单的为空"
    )
    sheet = models.ForeignKey(Sheet, models.PROTECT, null=True, related_name="appeals", db_comment="评分表")
    item = models.CharField("指标", max_length=40, blank=True, default="", db_comment="三级指标代码")
    person = models.ForeignKey(
        SampledPerson, models.PROTECT, null=True, related_name="appeals", db_comment="抽查对象"
    )
    subject_id = models.UUIDField("结算编号", null=True, db_comment="结算单所属结算的编号")
    subject = models.JSONField("所指", default=dict, db_comment="结算单的服务、原因等；不含居民信息")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_comment="提出的机构")
    seat_key = models.BigIntegerField("区划", db_comment="机构所在区划代码（12位）")
    year = models.SmallIntegerField("年度", db_comment="公历年度")
    text = models.CharField("申诉内容", max_length=600, db_comment="申诉内容（不写居民姓名和证件号码）")
    made_at = models.DateTimeField("提出时刻", db_comment="提出时刻（UTC）")
    made_by = models.UUIDField("提出账号", db_comment="提出的账号")
    due_on = models.DateField("办结期限", db_comment="应在此日前办结")
    state = models.CharField("状态", max_length=10, choices=State.choices, db_comment="状态")
    answer = models.CharField("答复", max_length=600, blank=True, default="", db_comment="答复")
    document = models.CharField(
        "依据文件",
        max_length=200,
        blank=True,
        default="",
        db_comment="认定的依据文件；对结算单的申诉成立时必填",
    )
    decided_at = models.DateTimeField("办结时刻", null=True, db_comment="办结时刻（UTC）")
    decided_by = models.UUIDField("办理账号", null=True, db_comment="办理的账号")
    score = models.ForeignKey(
        Score, models.PROTECT, null=True, related_name="appeals", db_comment="改成的评分"
    )

    class Meta:
        verbose_name = "申诉"
        db_table_comment = "申诉"
        constraints = [
            models.CheckConstraint(
                condition=Q(about="item", sheet__isnull=False, item__gt="", round__isnull=False)
                | Q(about="person", person__isnull=False, round__isnull=False)
                | Q(about="statement", subject_id__isnull=False),
                name="evaluation_appeal_about",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("made_by")),
                name="evaluation_appeal_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["made", "withdrawn"])
                | Q(
                    state__in=["granted", "refused"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    answer__gt="",
                ),
                name="evaluation_appeal_decided",
            ),
            # What a granted objection puts into the next settlement is money: it names its document.
            models.CheckConstraint(
                condition=~Q(about="statement", state="granted") | Q(document__gt=""),
                name="evaluation_appeal_document",
            ),
            models.UniqueConstraint(
                fields=["sheet", "item"],
                condition=Q(state="made", about="item"),
                name="evaluation_appeal_open_once",
            ),
        ]


class Evidence(models.Model):
    """A photo or file that proves something, sealed, known by its digest. Never changed."""

    class About(models.TextChoices):
        """What it belongs to."""

        SHEET = "sheet", "评分表"
        PERSON = "person", "抽查对象"
        FRAUD = "fraud", "弄虚作假认定"
        ISSUE = "issue", "整改问题"
        APPEAL = "appeal", "申诉"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    about = models.CharField("属于", max_length=10, choices=About.choices, db_comment="属于什么")
    subject_id = models.UUIDField("所属编号", db_comment="所属的编号")
    item = models.CharField("指标", max_length=40, blank=True, default="", db_comment="三级指标代码")
    organization_id = models.UUIDField("机构", db_comment="机构编号")
    seat_key = models.BigIntegerField("区划", db_comment="机构所在区划代码（12位）")
    name = models.CharField("文件名", max_length=150, db_comment="文件名")
    content_type = models.CharField("类型", max_length=100, db_comment="文件类型（MIME）")
    size = models.BigIntegerField("大小", db_comment="大小（字节）")
    digest = models.CharField("摘要", max_length=64, db_comment="内容的SHA-256")
    content_cipher = models.BinaryField("内容密文", db_comment="文件内容（SM4-GCM密文）")
    made_at = models.DateTimeField("上传时刻", db_comment="上传时刻（UTC）")
    made_by = models.UUIDField("上传账号", null=True, db_comment="上传的账号")

    class Meta:
        verbose_name = "佐证材料"
        db_table_comment = "佐证材料：照片和文件，加密保存"
        indexes = [models.Index(fields=["about", "subject_id"], name="evaluation_evidence_of")]
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="evaluation_evidence_size"),
        ]
