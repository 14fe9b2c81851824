"""What the database itself refuses: migration operations for tables of facts.

`AppendOnly` lets no role, not even the owner, change the content of a row or delete it; only the named status
columns may move. `FollowsResident` keeps a row's `area_key` equal to its resident's. `protect_typed_table`
is the whole set for a table made by `columns.table_for`.
"""

from django.db import migrations
from django.db.migrations.operations.base import Operation

from gongwei.base import rls

FUNCTION = """
create or replace function records_append_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception '% 的记录只增不删', tg_table_name using errcode = 'restrict_violation';
    end if;
    if (to_jsonb(old) - coalesce(tg_argv::text[], '{}')) is distinct from
       (to_jsonb(new) - coalesce(tg_argv::text[], '{}')) then
        raise exception '% 的内容不可修改，只能更正', tg_table_name using errcode = 'restrict_violation';
    end if;
    return new;
end $$
"""

#: The one function behind every `AppendOnly`; in the first migration of records.
CREATE_FUNCTION = migrations.RunSQL(FUNCTION, "drop function if exists records_append_only()")


def append_only(table: str, may_change: tuple[str, ...]) -> Operation:
    """Refuse DELETE, and UPDATE of any column but `may_change`, for every role."""
    arguments = ", ".join(f"'{column}'" for column in may_change)
    return migrations.RunSQL(
        f"create trigger append_only before update or delete on {table} "
        f"for each row execute function records_append_only({arguments})",
        f"drop trigger if exists append_only on {table}",
    )


def follows_resident(table: str) -> Operation:
    """Hold (resident_id, area_key) as one foreign key, so that a move of the resident moves the row's area."""
    return migrations.RunSQL(
        f"alter table {table} add constraint {table}_resident_area foreign key (resident_id, area_key) "
        "references residents_resident (id, area_key) on update cascade",
        f"alter table {table} drop constraint if exists {table}_resident_area",
    )


def grant(table: str, may_change: tuple[str, ...]) -> Operation:
    """Let a request read and add rows and change the status columns; nothing else."""
    return rls.GrantOnly(table, f"SELECT, INSERT, UPDATE ({', '.join(may_change)})")


#: The columns of a typed table that may move: to the survivor of a merge, and out of the counted rows.
TYPED_MAY_CHANGE = ("resident_id", "live")


def protect_typed_table(table: str) -> list[Operation]:
    """Row-level security through the resident, append-only content, restricted privileges."""
    return [
        rls.EnableByParent(table, "resident_id", "residents_resident"),
        append_only(table, TYPED_MAY_CHANGE),
        grant(table, TYPED_MAY_CHANGE),
    ]
