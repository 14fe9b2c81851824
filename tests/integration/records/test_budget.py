"""A save costs a fixed number of statements: a page's cost is its queries (dataplane.md)."""

import datetime as dt

from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.integration.records.conftest import record


def test_statements_of_one_save_do_not_grow_with_the_history(scene, at):
    counts = []
    for week in range(12):
        with CaptureQueriesContext(connection) as captured:
            record(scene, at, dt.date(2025, 1, 6) + dt.timedelta(days=7 * week))
        counts.append(len(captured))
    assert counts[1:] == [counts[1]] * 11
    assert counts[1] <= 18, [query["sql"][:120] for query in captured]
