"""Practitioners, their accounts and duties, and the grids they answer for."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower

from gongwei.base import ids
from gongwei.places.roles import ADMINISTRATORS, Role

from .areas import Area
from .organizations import Organization


class Practitioner(models.Model):
    """Somebody who works in an organization. Telephone numbers stand apart in `PractitionerPhone`."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    name = models.CharField("姓名", max_length=50, db_comment="姓名")
    initials = models.CharField("拼音首字母", max_length=50, db_comment="姓名的拼音首字母")
    sex = models.CharField(
        "性别", max_length=1, blank=True, db_comment="性别（GB/T 2261.1：1男 2女，空为未填）"
    )
    title = models.CharField("职称", max_length=50, blank=True, db_comment="职称")
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="staff", verbose_name="所属机构", db_comment="所属机构"
    )
    active_until = models.DateField("离职日期", null=True, db_comment="离职日期（不含当日）；空为在职")

    class Meta:
        verbose_name = "医务人员"
        db_table_comment = "医务人员与管理人员"
        constraints = [
            models.CheckConstraint(condition=Q(sex__in=["", "1", "2"]), name="places_practitioner_sex"),
        ]
        indexes = [models.Index(fields=["initials"], name="places_practitioner_initials")]

    def __str__(self) -> str:
        return self.name


class PractitionerPhone(models.Model):
    """The telephone of a practitioner, sealed, and in a table of its own so that row-level security guards it."""

    practitioner = models.OneToOneField(
        Practitioner, models.CASCADE, primary_key=True, related_name="phone", db_comment="医务人员"
    )
    phone_cipher = models.BinaryField("电话密文", db_comment="电话（SM4-GCM 密文）")

    class Meta:
        verbose_name = "医务人员电话"
        db_table_comment = "医务人员电话（加密）"


class Account(AbstractBaseUser):
    """The login of a practitioner; what it may do comes from the practitioner's duties, never from the account."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    username = models.CharField("用户名", max_length=40, unique=True, db_comment="用户名（小写）")
    practitioner = models.OneToOneField(
        Practitioner, models.PROTECT, null=True, related_name="account", db_comment="医务人员"
    )
    password = models.CharField("密码", max_length=128, db_comment="密码的单向散列")
    last_login = models.DateTimeField("上次登录", null=True, blank=True, db_comment="上次登录时间")
    active = models.BooleanField("启用", default=True, db_comment="是否启用")
    must_change_password = models.BooleanField(
        "须改密码", default=True, db_comment="下次登录是否须先修改密码"
    )
    password_changed_at = models.DateTimeField("改密时间", null=True, db_comment="上次修改密码的时间")
    created_at = models.DateTimeField("创建时间", db_comment="创建时间")

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = "账号"
        db_table_comment = "账号"
        constraints = [
            models.CheckConstraint(
                condition=Q(username=Lower("username")) & ~Q(username=""), name="places_account_username"
            ),
        ]

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # Django's name for it
        """Django asks this at each request; a disabled account is signed out at once."""
        return self.active


class Duty(models.Model):
    """A practitioner's role in an organization, from a day to before another. Several may run at once."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="duties", db_comment="医务人员"
    )
    role = models.CharField("角色", max_length=20, choices=Role, db_comment="角色")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="duties", db_comment="机构")
    from_on = models.DateField("起始日期", db_comment="起始日期")
    until_on = models.DateField("截止日期", null=True, db_comment="截止日期（不含当日）；空为至今")

    class Meta:
        verbose_name = "岗位"
        db_table_comment = "岗位：某人在某机构、某段时间的角色"
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="places_duty_role"),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gt=F("from_on")), name="places_duty_dates"
            ),
            ExclusionConstraint(
                name="places_duty_once_at_a_time",
                expressions=[
                    ("practitioner", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("organization", RangeOperators.EQUAL),
                    (Func(F("from_on"), F("until_on"), function="daterange"), RangeOperators.OVERLAPS),
                ],
            ),
            # 三员分立: nobody is two of system, security and audit administrator on one day.
            ExclusionConstraint(
                name="places_duty_three_administrators",
                expressions=[
                    ("practitioner", RangeOperators.EQUAL),
                    ("role", RangeOperators.NOT_EQUAL),
                    (Func(F("from_on"), F("until_on"), function="daterange"), RangeOperators.OVERLAPS),
                ],
                condition=Q(role__in=ADMINISTRATORS),
            ),
        ]


class Grid(models.Model):
    """Households of one area assigned to one responsible doctor (网格). Households name their grid."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="grids", db_comment="机构")
    area = models.ForeignKey(
        Area, models.PROTECT, db_column="area_key", related_name="grids", db_comment="所在村（居）委会"
    )
    name = models.CharField("网格名称", max_length=50, db_comment="网格名称")
    responsible_doctor = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, related_name="grids", db_comment="责任医生"
    )
    active_until = models.DateField("停用日期", null=True, db_comment="停用日期（不含当日）；空为在用")

    class Meta:
        verbose_name = "网格"
        db_table_comment = "网格"
        constraints = [
            models.UniqueConstraint(
                fields=["area", "name"], condition=Q(active_until=None), name="places_grid_name_once"
            ),
        ]
