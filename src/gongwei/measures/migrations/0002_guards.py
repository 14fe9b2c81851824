"""Requests read runs and reports; only jobs write them. They hold counts, nothing about a person."""

from django.db import migrations

from gongwei.base import rls


class Migration(migrations.Migration):
    dependencies = [
        ("base", "0004_preferences"),
        ("measures", "0001_initial"),
    ]

    operations = [
        rls.GrantOnly(table, "SELECT")
        for table in ("measures_measureversion", "measures_run", "measures_reportplace", "measures_measurereport")
    ]
