"""Row-level security, append-only content and restricted privileges of the typed tables."""

from django.db import migrations

from gongwei.records import guards

TABLES = (
    "diabetes_followup",
    "diabetes_managedfile",
    "diabetes_highriskcheck",
)

class Migration(migrations.Migration):
    dependencies = [("diabetes", "0001_initial"), ("records", "0002_guards")]

    operations = [operation for table in TABLES for operation in guards.protect_typed_table(table)]
