"""Row-level security, append-only content and restricted privileges of the typed tables."""

from django.db import migrations

from gongwei.records import guards

TABLES = (
    "health_record_basicinformation",
    "health_record_checkup",
    "health_record_outpatientnote",
    "health_record_consultation",
    "health_record_referral",
    "health_record_referralback",
)

class Migration(migrations.Migration):
    dependencies = [("health_record", "0001_initial"), ("records", "0002_guards")]

    operations = [operation for table in TABLES for operation in guards.protect_typed_table(table)]
