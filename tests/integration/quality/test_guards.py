"""Tables of which nothing may change: the trigger refuses it to the owner too."""

import pytest
from django.db import DatabaseError, connection, transaction
from tests.integration.records.conftest import record

from gongwei.records import writing
from gongwei.records.models import EpisodeChange, FormVersion


@pytest.mark.parametrize("table", ["records_formversion", "records_episodechange", "quality_findingstep"])
def test_the_trigger_stands_without_exceptions(db, table):
    with connection.cursor() as cursor:
        cursor.execute(
            "select tgnargs from pg_trigger where tgrelid = %s::regclass and tgname = 'append_only'", [table]
        )
        assert cursor.fetchall() == [(0,)]


def test_a_wording_once_used_stays(scene, at, monkeypatch):
    # What this process remembers to be stored, another test's flush may have removed.
    monkeypatch.setattr(writing, "_known_versions", set())
    record(scene, at, at.date())
    assert FormVersion.objects.exists()
    assert not EpisodeChange.objects.exists()
    with pytest.raises(DatabaseError, match="不可修改"), transaction.atomic():
        FormVersion.objects.update(version=99)
