"""Row-level security, append-only content and restricted privileges of the typed tables."""

from django.db import migrations

from gongwei.records import guards

TABLES = (
    "hypertension_firstpressure",
    "hypertension_highriskcontact",
)


class Migration(migrations.Migration):
    dependencies = [("hypertension", "0003_screening"), ("records", "0002_guards")]

    operations = [operation for table in TABLES for operation in guards.protect_typed_table(table)]
