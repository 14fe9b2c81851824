"""What the database refuses by itself: other places' tasks, attempts changed or removed; and whose an open task is."""

from django.db import migrations

from gongwei.base import rls
from gongwei.records import guards

TASK = (
    "doctor_id", "episode_id", "anchor", "reason", "earliest", "due", "latest", "state", "response_id",
    "completed_on", "cancel_code", "cancel_reason", "cancelled_by", "rule", "planned_at", "attempts",
    "last_attempt_on", "last_attempt_result",
)

# An open task belongs to the doctor who is responsible now. A trigger, because residents stands below tasks and
# cannot call up; with the owner's rights, because whoever hands residents over may not reach their tasks.
FOLLOW_DOCTOR = """
create function tasks_follow_doctor() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    update public.tasks_task set doctor_id = new.responsible_doctor_id
    where resident_id = new.id and state in ('draft', 'ready');
    return null;
end $$
"""
TRIGGER = """
create trigger tasks_follow_doctor after update of responsible_doctor_id on residents_resident
for each row when (old.responsible_doctor_id is distinct from new.responsible_doctor_id)
execute function tasks_follow_doctor()
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0001_initial"), ("records", "0002_guards"), ("residents", "0002_guards_and_search")]

    operations = [
        guards.follows_resident("tasks_task"),
        rls.EnableByArea("tasks_task"),
        guards.grant("tasks_task", TASK),
        rls.EnableByParent("tasks_attempt", "task_id", "tasks_task"),
        guards.append_only("tasks_attempt", ()),
        rls.GrantOnly("tasks_attempt", "SELECT, INSERT"),
        migrations.RunSQL(FOLLOW_DOCTOR, "drop function tasks_follow_doctor()"),
        migrations.RunSQL(TRIGGER, "drop trigger tasks_follow_doctor on residents_resident"),
    ]
