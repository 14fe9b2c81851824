"""Attempts to sign in: what lock-out and the limit per address are counted from."""

from django.db import models

from gongwei.base import ids


class SignInAttempt(models.Model):
    """One attempt. The name typed is kept as a keyed digest only: people type passwords into the wrong box."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    at = models.DateTimeField("时间", db_comment="时间")
    name_key = models.BinaryField("用户名索引", db_comment="所填用户名的带密钥摘要")
    address = models.GenericIPAddressField("来源地址", null=True, db_comment="来源网络地址")
    succeeded = models.BooleanField("成功", db_comment="是否登录成功")
    cleared = models.BooleanField("已解锁", default=False, db_comment="是否已被管理员解锁（不再计入锁定）")

    class Meta:
        verbose_name = "登录尝试"
        db_table_comment = "登录尝试"
        indexes = [
            models.Index(fields=["name_key", "at"], name="places_signin_name"),
            models.Index(fields=["address", "at"], name="places_signin_address"),
        ]
