"""Row-level security, as migration operations.

The login role `gongwei` owns the tables and is not held back by policies: migrations, jobs and bulk loads need
that. A request runs as `gongwei_app` (see `scope.acting`), for which a policy compares the row's division code
with three settings of the transaction. Without them nothing matches: a view that forgot its scope sees nothing.

`lo <= area_key <= hi` uses the index on area_key (reliability.md §1.6); the multirange then sorts out the gaps.
An empty string counts as unset, because that is what PostgreSQL leaves behind when a local setting ends.
"""

from django.db import migrations

APP_ROLE = "gongwei_app"

LOW = "nullif(current_setting('gongwei.lo', true), '')::bigint"
HIGH = "nullif(current_setting('gongwei.hi', true), '')::bigint"
# As a sub-select it is parsed once per statement and not once per row.
AREAS = "(select nullif(current_setting('gongwei.areas', true), '')::int8multirange)"
ROLE = "nullif(current_setting('gongwei.role', true), '')"
ACCOUNT = "nullif(current_setting('gongwei.account', true), '')::uuid"


def within_areas(column: str = "area_key") -> str:
    """Return the SQL condition that a column's division code lies in the present scope."""
    return f"({column} between {LOW} and {HIGH} and {column} <@ {AREAS})"


class EnableByCondition(migrations.RunSQL):
    """Turn row-level security on for a table, with conditions written in SQL.

    `visible` decides which rows are seen, changed and removed; `allowed` (the same when left out) which rows
    may be written. All the grants come from elsewhere: a policy only narrows them.
    """

    def __init__(self, table: str, visible: str, allowed: str | None = None) -> None:
        self.table, self.visible, self.allowed = table, visible, allowed
        super().__init__(
            sql=[
                f'alter table "{table}" enable row level security',
                f'create policy "{table}_scope" on "{table}" as permissive for all to {APP_ROLE} '
                f"using ({visible}) with check ({allowed or visible})",
            ],
            reverse_sql=[
                f'drop policy if exists "{table}_scope" on "{table}"',
                f'alter table "{table}" disable row level security',
            ],
        )

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Say how the operation is written in a migration."""
        return (type(self).__name__, [self.table, self.visible, self.allowed], {})


class EnableByArea(EnableByCondition):
    """Rows are reached by their own division code."""

    def __init__(self, table: str, column: str = "area_key") -> None:
        self.column = column
        super().__init__(table, within_areas(f'"{table}"."{column}"'))

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Say how the operation is written in a migration."""
        return (type(self).__name__, [self.table, self.column], {})


class EnableByParent(EnableByCondition):
    """Rows are reached when the row they belong to is; the parent's own policy decides."""

    def __init__(self, table: str, column: str, parent: str, parent_column: str = "id") -> None:
        self.column, self.parent, self.parent_column = column, parent, parent_column
        super().__init__(
            table,
            f'exists (select 1 from "{parent}" parent where parent."{parent_column}" = "{table}"."{column}")',
        )

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Say how the operation is written in a migration."""
        return (type(self).__name__, [self.table, self.column, self.parent, self.parent_column], {})


class GrantOnly(migrations.RunSQL):
    """Leave a request exactly these privileges on a table, e.g. `GrantOnly(table, "SELECT, INSERT")`.

    Column lists work as in SQL: `"SELECT, INSERT, UPDATE (status, superseded_by)"`. A new table starts with
    SELECT, INSERT, UPDATE and without DELETE: records are added, never removed.
    """

    def __init__(self, table: str, privileges: str) -> None:
        self.table, self.privileges = table, privileges
        super().__init__(
            sql=[
                f'revoke all on table "{table}" from {APP_ROLE}',
                f'grant {privileges} on table "{table}" to {APP_ROLE}',
            ],
            reverse_sql=[f'grant select, insert, update on table "{table}" to {APP_ROLE}'],
        )

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Say how the operation is written in a migration."""
        return (type(self).__name__, [self.table, self.privileges], {})


class AppendOnly(migrations.RunSQL):
    """Refuse UPDATE, DELETE and TRUNCATE on a table for everybody, its owner included (a trigger)."""

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(
            sql=[
                f'create trigger "{table}_append_only" before update or delete on "{table}" '
                "for each row execute function base_refuse_change()",
                f'create trigger "{table}_no_truncate" before truncate on "{table}" '
                "for each statement execute function base_refuse_change()",
            ],
            reverse_sql=[
                f'drop trigger "{table}_append_only" on "{table}"',
                f'drop trigger "{table}_no_truncate" on "{table}"',
            ],
        )

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Say how the operation is written in a migration."""
        return (type(self).__name__, [self.table], {})
