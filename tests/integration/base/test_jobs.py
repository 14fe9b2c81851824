"""Background work: part of the transaction that asked for it, with progress, and safe from kill -9."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from tests.integration.base import slow_jobs
from tests.integration.base.conftest import rows, somebody

from gongwei.base import audit, jobs, periodic, scope, seals
from gongwei.base.models import JobRun
from gongwei.base.problems import Refused


def work_off(seconds: float = 200) -> None:
    """Run a real worker until nothing is left to do."""

    async def run() -> None:
        with app.replace_connector(app.connector.get_worker_connector()):
            async with app.open_async():
                # One at a time: a worker with a free hand that finds nothing to do would leave before a job of
                # the first hand has asked for another.
                worker = app.run_worker_async(
                    wait=False,
                    listen_notify=False,
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    concurrency=1,
                )
                await asyncio.wait_for(worker, seconds)

    asyncio.run(run())


@pytest.mark.django_db(transaction=True)
def test_a_worker_carries_out_what_was_asked(doctor):
    with transaction.atomic(), scope.acting(doctor):
        run = jobs.enqueue(slow_jobs.count_up, by=doctor, total=12)
        assert [mine.title for mine in jobs.open_runs(doctor)] == ["逐个登记"]
    work_off()
    run.refresh_from_db()
    assert (run.state, run.done, run.total, run.result) == ("succeeded", 12, 12, {"counted": 12})
    assert (run.attempts, run.account_id) == (1, doctor.account_id)
    assert run.started_at <= run.finished_at
    assert rows("select count(*) from base_change") == [12]
    # The clock of the worker may have asked for work of its own meanwhile.
    mine = rows("select action from base_auditentry where account_id = %s", [doctor.account_id])
    assert mine == ["enqueue"]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_never_runs(doctor):
    with transaction.atomic():
        jobs.enqueue(slow_jobs.count_up, by=doctor, total=1)
        transaction.set_rollback(True)
    work_off()
    assert rows("select count(*) from base_jobrun") == [0]
    assert rows("select count(*) from procrastinate_jobs where queue_name = 'test'") == [0]


@pytest.mark.django_db
def test_a_refusal_is_told_and_a_fault_is_not(doctor, caplog):
    one = jobs.run_now(jobs.enqueue(slow_jobs.refused, by=doctor).id)
    two = jobs.run_now(jobs.enqueue(slow_jobs.broken, by=doctor, secret="connection lost").id)
    assert (one.state, one.error_zh) == ("failed", "第3行的身份证号校验码不正确。")
    assert two.state == "failed"
    assert "程序出错" in two.error_zh
    assert "connection lost" not in two.error_zh


@pytest.mark.django_db
def test_a_queued_run_is_cancelled_at_once_and_a_running_one_at_its_next_step(doctor, monkeypatch):
    with scope.acting(doctor):
        queued = jobs.enqueue(slow_jobs.count_up, by=doctor, total=10)
        jobs.cancel(by=doctor, run_id=queued.id)
    assert jobs.run_now(queued.id).state == "cancelled"
    assert rows("select count(*) from base_change") == [0]

    monkeypatch.setattr("gongwei.base.job_progress.SAVE_EVERY_SECONDS", 0)
    running = jobs.enqueue(slow_jobs.count_up, by=doctor, total=50)
    original = slow_jobs.time.sleep
    monkeypatch.setattr(slow_jobs.time, "sleep", lambda seconds: jobs.cancel(by=doctor, run_id=running.id))
    assert jobs.run_now(running.id).state == "cancelled"
    monkeypatch.setattr(slow_jobs.time, "sleep", original)
    assert 0 < rows("select count(*) from base_change")[0] < 50
    with pytest.raises(Refused, match="已经结束"):
        jobs.cancel(by=doctor, run_id=running.id)


@pytest.mark.django_db
def test_each_sees_his_own_runs_and_the_system_administrator_all(doctor, other):
    jobs.enqueue(slow_jobs.count_up, by=doctor, total=1)
    assert jobs.runs(doctor).count() == 1
    assert jobs.runs(other).count() == 0
    assert jobs.runs(somebody(7, role="system_admin")).count() == 1
    everything = "select count(*) from base_jobrun"
    with scope.acting(other):
        assert rows(everything) == [0]
    with scope.acting(doctor):
        assert rows(everything) == [1]
    with pytest.raises(Refused, match="没有这个任务"):
        jobs.cancel(by=other, run_id=JobRun.objects.get().id)


@pytest.mark.django_db
def test_remaining_time_follows_the_rate():
    run = JobRun(state=JobRun.State.RUNNING, done=250, total=1000, rate=50.0)
    assert jobs.remaining_seconds(run) == 15
    run.rate = None
    assert jobs.remaining_seconds(run) is None


def ask(task) -> None:
    """Queue a periodic task now, unless the worker's own clock has just done so."""
    with contextlib.suppress(AlreadyEnqueued):
        task.defer(timestamp=0)


def held_locks() -> int:
    """Advisory locks held in this database: the sessions of killed processes linger for a moment."""
    return rows(
        "select count(*) from pg_locks where locktype = 'advisory' "
        "and database = (select oid from pg_database where datname = current_database())"
    )[0]


_CHILD = """
import sys, django
django.setup()
from uuid import UUID
from gongwei.base import jobs
from tests.integration.base import slow_jobs
jobs.run_now(UUID(sys.argv[1]))
"""


_WORKER = """
import django
django.setup()
from django.core.management import call_command
import tests.integration.base.slow_jobs
call_command("procrastinate", "worker")
"""


@pytest.mark.django_db(transaction=True)
def test_killed_again_and_again_a_job_does_each_piece_once(doctor, database_url, settings):
    run = jobs.enqueue(slow_jobs.count_up, by=doctor, total=200, pause=0.02)
    kills = 0
    for _ in range(2):
        wait_until(lambda: not held_locks())
        enough = rows("select count(*) from base_change")[0] + 10
        with started([sys.executable, "-c", _CHILD, str(run.id)], database_url, settings):
            wait_until(lambda enough=enough: rows("select count(*) from base_change")[0] > enough)
        kills += 1
    run.refresh_from_db()
    assert (run.state, kills, run.attempts) == ("running", 2, 2)
    wait_until(lambda: not held_locks())
    assert jobs.run_now(run.id).state == "succeeded"
    assert rows("select count(*), count(distinct subject_id) from base_change") == [(200, 200)]


@pytest.mark.django_db(transaction=True)
def test_the_jobs_of_a_killed_worker_are_taken_up_by_the_next(doctor, database_url, settings):
    run = jobs.enqueue(slow_jobs.count_up, by=doctor, total=100, pause=0.05)
    with started([sys.executable, "-c", _WORKER], database_url, settings):
        wait_until(lambda: rows("select count(*) from base_change")[0] > 10)
    wait_until(lambda: not held_locks())
    with connection.cursor() as cursor:  # as if the worker had been silent for a minute
        cursor.execute("update procrastinate_workers set last_heartbeat = now() - interval '1 minute'")
        cursor.execute("update base_jobrun set arguments = '{\"total\": 100}'")
    assert rows("select status::text from procrastinate_jobs where queue_name = 'test'") == ["doing"]
    ask(periodic.resume_stalled)
    work_off()
    run.refresh_from_db()
    assert (run.state, run.attempts) == ("succeeded", 2)
    assert rows("select count(*), count(distinct subject_id) from base_change") == [(100, 100)]


@pytest.mark.django_db(transaction=True)
def test_the_worker_seals_and_anchors_by_itself(doctor):
    audit.record(by=doctor, action="view", subject_kind="resident", subject_id="1")
    # A long transaction of another database of the same server holds back what may be sealed.
    deadline = time.monotonic() + 240
    while seals.head() is None and time.monotonic() < deadline:
        ask(periodic.seal_audit)
        work_off()
    assert seals.head().total == 1
    assert seals.read_anchors()[0][0].number == 1


@contextlib.contextmanager
def started(command: list[str], database_url: str, settings) -> Iterator[subprocess.Popen]:
    """Another process on the same test database; killed with -9 at the end."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "GONGWEI_HOME": str(settings.HOME),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    child = subprocess.Popen(command, env=environment)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def wait_until(holds, seconds: float = 200) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)
