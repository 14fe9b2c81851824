"""Families (家庭档案, records.md §11) and the people a resident belongs to."""

from django.db import models
from django.db.models import F, Q

from gongwei.base import ids
from gongwei.places.models import Area, Grid


class Household(models.Model):
    """People who live at one address under one head."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    number = models.CharField("家庭编号", max_length=18, db_comment="家庭档案编号")
    area = models.ForeignKey(
        Area,
        models.PROTECT,
        db_column="area_key",
        db_index=False,
        related_name="+",
        verbose_name="所在村（居）",
        db_comment="所在村（居）委会的12位区划代码",
    )
    address = models.CharField("住址", max_length=200, blank=True, db_comment="住址（门牌）")
    head = models.ForeignKey(
        "residents.Resident",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="户主",
        db_comment="户主",
    )
    phone_cipher = models.BinaryField("家庭电话密文", null=True, db_comment="家庭电话（SM4-GCM密文）")
    grid = models.ForeignKey(
        Grid, models.PROTECT, null=True, related_name="+", verbose_name="网格", db_comment="网格"
    )
    version = models.IntegerField("版本", default=1, db_comment="版本号，每次修改加一")
    created_at = models.DateTimeField("登记时间", db_comment="登记时间")

    class Meta:
        verbose_name = "家庭"
        db_table_comment = "家庭档案"
        constraints = [models.UniqueConstraint(fields=["number"], name="residents_household_number")]
        indexes = [models.Index(fields=["area", "number"], name="residents_household_area")]


class HouseholdMembership(models.Model):
    """A resident belonged to a household, from a day to before another."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="memberships", db_comment="居民"
    )
    household = models.ForeignKey(Household, models.PROTECT, related_name="memberships", db_comment="家庭")
    relation = models.CharField("与户主关系", max_length=2, db_comment="与户主关系（GB/T 4761）")
    from_on = models.DateField("起始日期", db_comment="起始日期")
    until_on = models.DateField("截止日期", null=True, db_comment="截止日期（不含当日）；空为至今")

    class Meta:
        verbose_name = "家庭成员"
        db_table_comment = "家庭成员（按时间）"
        constraints = [
            models.UniqueConstraint(
                fields=["resident"], condition=Q(until_on=None), name="residents_membership_one_now"
            ),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")), name="residents_membership_dates"
            ),
        ]


class RelatedPerson(models.Model):
    """A mother, father, guardian or spouse; in the county's records or known by name only."""

    class Relation(models.TextChoices):
        """How the person is related to the resident."""

        MOTHER = "mother", "母亲"
        FATHER = "father", "父亲"
        GUARDIAN = "guardian", "监护人"
        SPOUSE = "spouse", "配偶"

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="related_persons", db_comment="居民"
    )
    relation = models.CharField("关系", max_length=10, choices=Relation, db_comment="关系")
    related_resident = models.ForeignKey(
        "residents.Resident",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="相关居民",
        db_comment="相关居民",
    )
    name = models.CharField("姓名", max_length=50, blank=True, db_comment="姓名（本地无档案时填）")
    phone_cipher = models.BinaryField("电话密文", null=True, db_comment="电话（SM4-GCM密文）")
    from_on = models.DateField("起始日期", null=True, db_comment="起始日期")
    until_on = models.DateField("截止日期", null=True, db_comment="截止日期（不含当日）；空为至今")

    class Meta:
        verbose_name = "关系人"
        db_table_comment = "母亲、监护人等关系人"
        constraints = [
            models.CheckConstraint(
                condition=~Q(name="") | Q(related_resident__isnull=False), name="residents_related_named"
            ),
            models.CheckConstraint(
                condition=Q(related_resident=None) | ~Q(related_resident=F("resident")),
                name="residents_related_not_self",
            ),
        ]
