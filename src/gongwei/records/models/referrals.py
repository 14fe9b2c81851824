"""Loops that stay open until somebody has written how they ended: referral advised, arrived or not, closed."""

from django.db import models
from django.db.models import Q

from gongwei.base import ids
from gongwei.places.models import Organization, Practitioner
from gongwei.residents.models import Resident


class Referral(models.Model):
    """Somebody should be seen by a hospital (转诊追踪): opened by the record that says so, closed by what came of it.

    Derived from records, never typed twice: a class whose advice is a referral, an abnormal result, or a doctor's own
    words on the form. At most one is open for a resident and form: a later one takes the earlier one's place.
    """

    class State(models.TextChoices):
        """How far the loop is."""

        OPEN = "open", "待落实"
        NOT_ARRIVED = "not_arrived", "未到位"
        ARRIVED = "arrived", "已到位"
        CLOSED = "closed", "已关闭"
        CONTINUED = "continued", "再次转诊"
        WITHDRAWN = "withdrawn", "已撤销"

    class Reason(models.TextChoices):
        """Why a person closed it."""

        ARRIVED = "arrived", "已到上级机构就诊"
        RECOVERED = "recovered", "复查正常，不需转诊"
        REFUSED = "refused", "本人或家属拒绝"
        GONE = "gone", "迁出或失访"
        DIED = "died", "死亡"
        MISTAKEN = "mistaken", "数据有误，不需转诊"
        OTHER = "other", "其他"

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
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
    response = models.OneToOneField(
        "records.Response",
        models.PROTECT,
        verbose_name="起因",
        related_name="+",
        db_comment="提出转诊的填报表",
    )
    form_code = models.CharField("表单", max_length=60, db_comment="提出转诊的表单代码")
    causes = models.JSONField("原因", db_comment="转诊的原因：规则、异常结果或医生填写，各有代码和名称")
    urgent = models.BooleanField("紧急", default=False, db_comment="紧急转诊")
    first_advised_on = models.DateField("首次提出日期", db_comment="未落实前第一次提出转诊的日期")
    advised_on = models.DateField("提出日期", db_comment="提出转诊的服务日期")
    due_on = models.DateField("追踪期限", db_comment="应随访转诊情况的日期")
    referred_to = models.CharField(
        "转往", max_length=150, blank=True, default="", db_comment="转诊机构及科别"
    )
    organization = models.ForeignKey(
        Organization, models.PROTECT, verbose_name="提出机构", related_name="+", db_comment="提出转诊的机构"
    )
    practitioner = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        verbose_name="提出人",
        related_name="+",
        null=True,
        blank=True,
        db_comment="提出转诊的人员",
    )
    state = models.CharField(
        "状态",
        max_length=12,
        choices=State.choices,
        default=State.OPEN,
        db_comment="待落实、未到位、已到位、已关闭、再次转诊、已撤销",
    )
    answered_on = models.DateField("结果日期", null=True, blank=True, db_comment="得到转诊结果的日期")
    answered_by_response = models.ForeignKey(
        "records.Response",
        models.PROTECT,
        verbose_name="结果来源",
        related_name="+",
        null=True,
        blank=True,
        db_comment="写有转诊结果的填报表",
    )
    continued_by = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name="后一次转诊",
        related_name="+",
        null=True,
        blank=True,
        db_comment="代替本次的后一次转诊",
    )
    reason = models.CharField(
        "关闭原因",
        max_length=12,
        choices=Reason.choices,
        blank=True,
        default="",
        db_comment="人工关闭的原因",
    )
    note = models.TextField("说明", blank=True, default="", db_comment="人工关闭或重新打开的说明")
    closed_at = models.DateTimeField("关闭时刻", null=True, blank=True, db_comment="人工关闭的时刻（UTC）")
    closed_by = models.UUIDField("关闭账号", null=True, blank=True, db_comment="人工关闭的账号")
    ended = models.JSONField(
        "撤销前的结果", null=True, blank=True, db_comment="起因的记录被更正前的结果，供更正后的记录沿用"
    )
    created_at = models.DateTimeField("建立时刻", db_comment="建立时刻（UTC）")

    class Meta:
        db_table_comment = "转诊追踪"
        verbose_name = "转诊追踪"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="closed", reason__gt="", closed_at__isnull=False, answered_on__isnull=False)
                | (~Q(state="closed") & Q(reason="", closed_at__isnull=True, closed_by__isnull=True)),
                name="referral_closed_by_hand",
            ),
            models.CheckConstraint(
                condition=Q(state="continued", continued_by__isnull=False)
                | (~Q(state="continued") & Q(continued_by__isnull=True)),
                name="referral_continued_paired",
            ),
            models.UniqueConstraint(
                fields=["resident", "form_code"],
                condition=Q(state__in=["open", "not_arrived"]),
                name="referral_one_open_of_form",
            ),
        ]
        indexes = [
            models.Index(fields=["resident", "advised_on"], name="referral_resident"),
            models.Index(
                fields=["due_on", "id"],
                condition=Q(state__in=["open", "not_arrived"]),
                name="referral_open_due",
            ),
            models.Index(
                fields=["area_key"], condition=Q(state__in=["open", "not_arrived"]), name="referral_open_area"
            ),
        ]


#: States in which somebody still has to find out what came of it.
UNSETTLED = (Referral.State.OPEN, Referral.State.NOT_ARRIVED)
