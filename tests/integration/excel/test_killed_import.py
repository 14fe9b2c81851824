"""A worker killed (-9) while it writes an upload: the next one goes on, nothing is lost and nothing written twice."""

import datetime as dt
import sys

import pytest
from tests.integration.base.conftest import rows
from tests.integration.base.test_jobs import held_locks, started, wait_until
from tests.integration.excel import workbooks
from tests.integration.places import worlds
from tests.integration.records.conftest import resident

from gongwei.base import clock, jobs, scope
from gongwei.interfaces.excel import uploading, uploads
from gongwei.interfaces.excel.models import Upload, UploadRow
from gongwei.records.models import Encounter, Response

ROWS, KILLS = 150, 2
NOW = dt.datetime(2025, 6, 2, 2, 0, tzinfo=dt.UTC)

_WORKER = """
import sys, time, django
django.setup()
from uuid import UUID
from gongwei.base import jobs
from gongwei.interfaces.excel import checking
slowly = checking.Work.apply_kept
def apply_kept(self, portion_id):
    done = slowly(self, portion_id)
    time.sleep(0.1)
    return done
checking.Work.apply_kept = apply_kept
jobs.run_now(UUID(sys.argv[1]))
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(600)
def test_killed_while_writing_an_upload_is_written_once(database_url, settings, monkeypatch):
    world = worlds.build(NOW)
    clerk = world.actor("township_clerk@centre")
    people = [resident(world, number=100 + n, name="居民" + chr(0x4E00 + n)) for n in range(ROWS // 3)]
    doctor = str(world.practitioner("village_doctor@village_a").pk)
    lines = [
        dict(
            workbooks.GOOD,
            **{"@record_no": one.record_no, "@name": one.name},
            responsible_doctor=doctor,
            done_on=f"2025-0{month}-03",
        )
        for one in people
        for month in (1, 2, 3)
    ]
    # What is one transaction at the writing is cut at the check.
    monkeypatch.setattr(uploading, "PORTION", 10)
    with scope.acting(clerk):
        upload = uploads.receive_upload(
            by=clerk, at=clock.now(), code=workbooks.FORM, file_name="x.xlsx", content=workbooks.filled(lines)
        )
    upload.refresh_from_db()
    assert jobs.run_now(upload.run_id).state == "succeeded"
    with scope.acting(clerk):
        upload = uploads.apply_upload(by=clerk, at=clock.now(), upload_id=upload.id)
    upload.refresh_from_db()
    for _ in range(KILLS):
        wait_until(lambda: not held_locks(), 60)
        enough = Encounter.objects.count() + 10
        with started([sys.executable, "-c", _WORKER, str(upload.run_id)], database_url, settings):
            wait_until(lambda enough=enough: Encounter.objects.count() > enough, 120)
    wait_until(lambda: not held_locks(), 60)
    assert 0 < Encounter.objects.count() < ROWS
    run = jobs.run_now(upload.run_id)
    assert (run.state, run.attempts) == ("succeeded", KILLS + 1)
    upload = Upload.objects.get()
    assert upload.counts == {"total": ROWS, "applied": ROWS}
    assert UploadRow.objects.filter(state="applied").count() == ROWS
    assert Encounter.objects.count() == Response.objects.count() == ROWS
    assert rows("select count(*), count(distinct (resident_id, done_on)) from hypertension_followup") == [
        (ROWS, ROWS)
    ]
    assert rows("select count(*) from base_auditentry where action = 'create'") == [ROWS]
    assert rows("select count(distinct subject_id) from base_change where kind = 'response'") == [ROWS]
