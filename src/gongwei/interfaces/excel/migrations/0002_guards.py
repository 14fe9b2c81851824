"""Whoever uploaded a file sees it and its rows; nobody else does, and a request removes nothing."""

from django.db import migrations

from gongwei.base import rls


class Migration(migrations.Migration):
    dependencies = [("excel", "0001_initial"), ("base", "0001_ground")]

    operations = [
        rls.EnableByCondition("excel_upload", f"account_id = {rls.ACCOUNT}"),
        rls.EnableByParent("excel_uploadrow", "upload_id", "excel_upload"),
        rls.GrantOnly("excel_uploadrow", "SELECT"),
    ]
