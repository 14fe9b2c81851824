"""Whether the keys at hand are the ones the stored data were sealed with.

A lost key file must never be replaced by a new one in silence: the old data would stay closed for ever, and new data
would be sealed with a key that no backup knows.
"""

from django.db import connection

from gongwei.base import scope, sealed
from gongwei.base.keys import KeyMissing
from gongwei.base.models import AuditEntry

_REASON = "which keys are in use is asked of all rows, not of one jurisdiction's"


def in_use(purpose: str) -> bool:
    """Whether anything in the database was made with a key of the purpose; a database without tables uses none."""
    if purpose == "audit":
        return _row(AuditEntry._meta.db_table, "mac", "id") is not None
    columns = [column for column in sealed.registered() if purpose != "blind" or column.derived]
    return any(_row(column.table, column.column, column.row_id) for column in columns)


def opens() -> bool:
    """Whether one value of every sealed column opens with the keys at hand."""
    for column in sealed.registered():
        row = _row(column.table, column.column, column.row_id)
        if row is None:
            continue
        row_id, value = row
        try:
            sealed.decrypt(value, table=column.table, column=column.column, row_id=row_id)
        except (sealed.Tampered, KeyMissing):
            return False
    return True


def _row(table: str, column: str, row_id: str) -> tuple[object, bytes] | None:
    """Any row of the table that has a value in the column."""
    with scope.as_owner(_REASON), connection.cursor() as cursor:
        cursor.execute("select to_regclass(%s)", [table])
        if cursor.fetchone()[0] is None:
            return None
        name = connection.ops.quote_name
        cursor.execute(
            f"select {name(row_id)}, {name(column)} from {name(table)} where {name(column)} is not null limit 1"
        )
        found: tuple[object, bytes] | None = cursor.fetchone()
        return found
