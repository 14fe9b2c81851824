"""Rows of one transaction, with what the check made of them; seen by whoever uploaded the file, as the rows themselves."""

import django.db.models.deletion
from django.db import migrations, models

import gongwei.base.ids
from gongwei.base import rls


class Migration(migrations.Migration):
    dependencies = [("excel", "0002_guards")]

    operations = [
        migrations.CreateModel(
            name="UploadPortion",
            fields=[
                ("id", models.UUIDField(db_comment="编号", default=gongwei.base.ids.uuid7, editable=False, primary_key=True, serialize=False, verbose_name="编号")),
                ("kept_cipher", models.BinaryField(db_comment="检查通过的各行待写入的内容（加密），写入后清空", null=True, verbose_name="检查结果")),
                ("rows", models.IntegerField(db_comment="检查通过的行数", verbose_name="行数")),
                ("upload", models.ForeignKey(db_comment="上传", on_delete=django.db.models.deletion.CASCADE, related_name="portions", to="excel.upload", verbose_name="上传")),
            ],
            options={"verbose_name": "Excel上传的分批", "db_table_comment": "Excel上传的分批：一批在一次事务中写入"},
        ),
        rls.EnableByParent("excel_uploadportion", "upload_id", "excel_upload"),
        rls.GrantOnly("excel_uploadportion", "SELECT"),
    ]
