"""All that stands in the database, so that two ways of doing the same can be held equal whatever table they write to."""

import json
from collections import Counter

from django.db import connection

#: Numbers that differ however the same is done.
_OF_EACH = {
    "base_change": ("xid", "seq", "at"),
    "base_auditentry": ("id", "mac"),
    "records_episodechange": ("id",),
    "residents_residentchange": ("id",),
    "residents_lifecycleevent": ("id",),
    "residents_residenttag": ("id",),
}
#: What is known of jobs and imports themselves.
_APART = ("procrastinate_", "django_", "excel_", "base_job")


def stored():
    """By table, how often each row stands there, as text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select tablename from pg_tables where schemaname = 'public' order by tablename",
        )
        tables = [name for (name,) in cursor.fetchall() if not name.startswith(_APART)]
        found = {}
        for table in tables:
            cursor.execute(
                f'select to_jsonb(t) - %s::text[] from "{table}" t', [list(_OF_EACH.get(table, ()))]
            )
            found[table] = Counter(_text(row) for (row,) in cursor.fetchall())
    return found


def _text(row):
    return json.dumps(json.loads(row) if isinstance(row, str) else row, ensure_ascii=False, sort_keys=True)


def differing(one, other):
    """What stands in one and not in the other, by table: empty where they are the same."""
    return {
        table: (
            sorted((one[table] - other[table]).elements()),
            sorted((other[table] - one[table]).elements()),
        )
        for table in one
        if one[table] != other[table]
    }
