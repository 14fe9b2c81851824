"""How snapshots come to be and go: whole or not there, alone, and by policy."""

import contextlib
import dataclasses
import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest
from django.conf import settings
from django.db import connection, transaction
from tests.integration.base.conftest import database_url  # noqa: F401
from tests.integration.records.conftest import record

from gongwei.base import clock, jobs, scope
from gongwei.base.actors import SYSTEM
from gongwei.base.models import AuditEntry, JobRun
from gongwei.base.problems import Refused
from gongwei.snapshots import cutting, exports, folders, keeping, operations, queries, reading
from gongwei.snapshots import jobs as snapshot_jobs
from gongwei.snapshots.models import Snapshot

TAKER = Path(__file__).with_name("killed_taker.py")


def left_over():
    """Folders that are no whole snapshot."""
    return sorted(path.name for path in folders.home().glob(".*"))


def test_a_killed_writer_leaves_nothing_to_be_seen_and_the_next_one_clears_up(scene, take, database_url):  # noqa: F811
    own = {"DATABASE_URL": database_url, "GONGWEI_HOME": str(settings.HOME), "GONGWEI_LOG_LEVEL": "ERROR"}
    killed = subprocess.run([sys.executable, str(TAKER)], env=os.environ | own, check=False)
    assert killed.returncode == -signal.SIGKILL
    dead = Snapshot.objects.get()
    assert dead.state == "writing"
    assert left_over() == [f".writing-{dead.id}"]
    assert queries.latest() is None
    assert queries.of(dead.id) is None
    with pytest.raises(ValueError, match="cannot be read"):
        reading.attach(dead, duckdb.connect())
    snapshot = take()
    dead.refresh_from_db()
    assert (dead.state, dead.error_zh) == ("failed", operations.INTERRUPTED)
    assert left_over() == []
    assert queries.latest() == snapshot


def test_a_set_that_was_shown_but_never_entered_is_swept_away_too(scene, take):
    """Killed between the renaming and the row: nobody can name it, so it goes."""
    (lost := folders.home() / "01a20233-0000-7000-8000-000000000001").mkdir(parents=True)
    (foreign := folders.home() / "notes").mkdir()
    take()
    assert not lost.exists()
    assert foreign.exists()


def test_only_one_is_written_at_a_time(scene, take, monkeypatch):
    monkeypatch.setattr(cutting, "PATIENCE_S", 0.2)
    with cutting.alone(), pytest.raises(Refused, match="正在写另一个数据快照"):
        take()
    assert Snapshot.objects.count() == 0
    assert take().state == "complete"


def test_who_comes_second_says_so_waits_and_writes_then(scene, take):
    first = contextlib.ExitStack()
    first.enter_context(cutting.alone())
    told = []

    def progress(title, done, total):
        if not told:
            assert Snapshot.objects.count() == 0
            threading.Timer(0.3, first.close).start()
        told.append(title)

    assert take(progress=progress).state == "complete"
    assert told[0] == "等另一个数据快照写完"
    assert len(told) > 1


def test_a_failure_is_said_in_chinese_and_leaves_nothing(scene, take, monkeypatch):
    wrong = dataclasses.replace(exports.every()[0], select="select no_such_column from places_area")
    monkeypatch.setattr(exports, "every", lambda: (wrong,))
    with pytest.raises(Exception, match="no_such_column"):
        take()
    failed = Snapshot.objects.get()
    assert (failed.state, failed.finished_at is not None) == ("failed", True)
    assert failed.error_zh == "写数据快照时出错，没有写成。请重试；再次出错请告诉管理员。"
    assert list(folders.home().iterdir()) == []
    assert queries.latest() is None


def test_a_snapshot_is_not_taken_inside_a_transaction(scene, take):
    """It would not see what the transaction wrote."""
    with transaction.atomic(), pytest.raises(RuntimeError, match="outside a transaction"):
        take()


def test_a_use_must_be_named(scene, take):
    with pytest.raises(Refused, match="请写明快照的用途"):
        take(reason=" ")


def test_it_is_audited(scene, take):
    snapshot = take(reason="季度报表")
    entry = AuditEntry.objects.get(subject_id=str(snapshot.id))
    assert (entry.action, entry.subject_kind, entry.role) == ("create", "snapshot", "system")
    assert entry.detail["reason"] == "季度报表"


def test_progress_is_told_and_a_cancelled_job_leaves_nothing(scene):
    """As a job: the rows are counted; who cancels it finds no half snapshot."""
    record(scene, clock.now(), dt.date(2025, 6, 1))
    officer = scene.world.actor("county_officer@commission")
    run = jobs.enqueue(snapshot_jobs.take, by=officer, reason="试")
    finished = jobs.run_now(run.id)
    assert finished.state == "succeeded", finished.error_zh
    assert finished.result["种类"] == "完整"
    assert finished.done == finished.result["行数"] == queries.latest().rows
    other = jobs.enqueue(snapshot_jobs.take, by=officer, reason="不要了")
    JobRun.objects.filter(id=other.id).update(cancel_requested=True)
    assert jobs.run_now(other.id).state == "cancelled"
    assert Snapshot.objects.get(reason="不要了").error_zh == "已取消。"
    assert len(list(folders.home().iterdir())) == 1


def aged(snapshot, days):
    """The same snapshot, so many days older."""
    Snapshot.objects.filter(id=snapshot.id).update(cut_at=clock.now() - dt.timedelta(days=days))
    snapshot.refresh_from_db()
    return snapshot


def test_old_ones_go_by_policy_and_pinned_ones_stay(scene, take):
    """The clock of the test stands on 2 June 2025: 1 April is the last of no month, 31 March is."""
    oldest = aged(take(), 400 * 4)
    pinned = aged(take(), 390 * 4)
    operations.pin(by=SYSTEM, at=clock.now(), snapshot_id=pinned.id)
    march = aged(take(), 63)
    new = aged(take(), 0)
    gone = operations.remove_old(by=SYSTEM, at=clock.now())
    assert gone == [oldest.id]
    oldest.refresh_from_db()
    assert (oldest.state, oldest.removed_at) == ("removed", clock.now())
    assert not folders.of(oldest.id).exists()
    assert all(folders.of(each.id).exists() for each in (pinned, march, new))
    assert AuditEntry.objects.filter(action="expire", subject_id=str(oldest.id)).count() == 1
    operations.unpin(by=SYSTEM, at=clock.now(), snapshot_id=pinned.id)
    assert operations.remove_old(by=SYSTEM, at=clock.now(), policy=keeping.Policy(1, 0)) == [
        march.id,
        pinned.id,
    ]
    with pytest.raises(Refused, match="没有这个数据快照"):
        operations.pin(by=SYSTEM, at=clock.now(), snapshot_id=pinned.id)


def test_a_request_reads_the_list_and_pins_but_writes_nothing(scene, take):
    """The second defence: nobody without a duty sees a snapshot; only the four roles pin; no request makes one."""
    snapshot = take()
    officer, doctor = scene.world.actor("county_officer@commission"), scene.doctor
    with scope.acting(None):
        assert queries.listed().count() == 0
    with scope.acting(doctor):
        assert queries.listed().count() == 1
    with pytest.raises(Exception, match="row-level security"), scope.acting(doctor):
        operations.pin(by=doctor, at=clock.now(), snapshot_id=snapshot.id)
    with scope.acting(officer):
        assert operations.pin(by=officer, at=clock.now(), snapshot_id=snapshot.id).pinned
    with (
        pytest.raises(Exception, match="permission denied"),
        scope.acting(officer),
        connection.cursor() as cursor,
    ):
        cursor.execute("update snapshots_snapshot set state = 'removed'")
