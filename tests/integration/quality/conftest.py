"""The small world of records, and what the follower of the change feed makes of it."""

import datetime as dt

import pytest
from django.db import connection
from tests.integration.records.conftest import at, own_home, scene  # noqa: F401

from gongwei.base import changes
from gongwei.quality import following
from gongwei.quality.models import Finding

LATER = dt.datetime(2025, 6, 2, 3, 0, tzinfo=dt.UTC)


@pytest.fixture
def follow(scene):  # noqa: F811
    """Check what was announced since the last call. Inside a test's own transaction the feed gives nothing out, so what
    it will give out is read from its table; tests/integration/canary_writer.py follows the
    feed itself, in a server of its own."""
    read = [0]

    def run():
        with connection.cursor() as cursor:
            cursor.execute(
                "select xid::text::bigint, seq, at, kind, subject_id, resident_id, done_on from base_change "
                "where seq > %s order by seq",
                read,
            )
            rows = cursor.fetchall()
        read[0] = rows[-1][1] if rows else read[0]
        return following.check(
            [changes.ChangeRow(changes.Cursor(*row[:2]), *row[2:]) for row in rows], at=LATER
        )

    return run


def live(**asked):
    """Rule and state of the live findings."""
    rows = Finding.objects.filter(state__in=["open", "confirmed"], **asked)
    return sorted(rows.values_list("rule", flat=True))
