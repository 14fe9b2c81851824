"""What the database refuses by itself: other places' rows, changed steps, privileges a request does not need."""

from django.db import migrations

from gongwei.base import rls
from gongwei.records import guards

#: What a person changes of a finding; all else is the work of the runs.
BY_PERSONS = "state, assigned_to_id, due_on, closed_at, closed_by, closed_because"


class Migration(migrations.Migration):
    dependencies = [
        ("quality", "0001_initial"),
        ("records", "0002_guards"),
    ]

    operations = [
        guards.follows_resident("quality_finding"),
        rls.EnableByArea("quality_finding"),
        rls.GrantOnly("quality_finding", f"SELECT, UPDATE ({BY_PERSONS})"),
        rls.EnableByParent("quality_findingstep", "finding_id", "quality_finding"),
        guards.append_only("quality_findingstep", ()),
        rls.GrantOnly("quality_findingstep", "SELECT, INSERT"),
        rls.GrantOnly("quality_run", "SELECT"),
    ]
