"""Work that takes longer than a page may: queued in PostgreSQL, with progress, survives a killed worker.

    @jobs.job(name="导入居民档案")
    def import_residents(progress, *, upload_id): ...

    jobs.enqueue(import_residents, by=actor, upload_id=...)

A job runs as the owner of the tables and outside a transaction; it acts for the person who asked by
`scope.acting(progress.by)` where that person's reach matters. It may be started again after a kill: it keeps a
checkpoint in the same transaction as each piece of work, and goes on from it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from procrastinate import tasks
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager

from gongwei.base import audit, clock, prepared
from gongwei.base.actors import SYSTEM, Actor
from gongwei.base.job_progress import Cancelled, Progress
from gongwei.base.models import JobRun
from gongwei.base.problems import Problem, Refused

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of background work, declared with `job`."""

    task_name: str
    title: str
    queue: str
    function: Callable[..., Any]
    task: tasks.Task[..., Any, Any]


_jobs: dict[str, Job] = {}


def job(*, name: str, queue: str = "default") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a function as background work; `name` is its Chinese title.

    Jobs of one queue run one after another: two heavy jobs at once only slow each other down, and the periodic
    sealing of the audit trail must always find a free place.
    """

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        task_name = f"{function.__module__}.{function.__qualname__}"

        @app.task(name=task_name, queue=queue, lock=f"queue:{queue}")
        def perform(run_id: str) -> None:
            run_now(UUID(run_id))

        _jobs[task_name] = Job(task_name, name, queue, function, perform)
        return function

    return declare


def _job_of(function: Callable[..., Any]) -> Job:
    return _jobs[f"{function.__module__}.{function.__qualname__}"]


def enqueue(function: Callable[..., Any], *, by: Actor, **arguments: Any) -> JobRun:
    """Ask for background work, as part of the present transaction: rolled back, it never runs.

    Arguments are plain JSON values without identity numbers or telephones.
    """
    kind = _job_of(function)
    with transaction.atomic():
        run = JobRun(
            task=kind.task_name,
            title=kind.title,
            arguments=arguments,
            account_id=by.account_id,
            organization_id=by.organization_id,
            actor=by.as_json(),
            created_at=clock.now(),
        )
        run.save(force_insert=True)
        # Through Django's connection even inside a worker, whose own connector knows nothing of our transaction.
        manager = JobManager(DjangoConnector())
        manager.defer_job(kind.task.configure().job.evolve(task_kwargs={"run_id": str(run.id)}))
        audit.record(
            by=by, action="enqueue", subject_kind="job", subject_id=run.id, detail={"task": kind.title}
        )
    return run


def run_now(run_id: UUID) -> JobRun:
    """Carry out a queued run in this process and return it; what the worker calls.

    A run that is finished, or that another worker holds, is left alone.
    """
    with _held(run_id) as mine:
        run = JobRun.objects.get(id=run_id)
        if not mine or run.state not in (JobRun.State.QUEUED, JobRun.State.RUNNING):
            return run
        run.state, run.started_at, run.attempts = JobRun.State.RUNNING, clock.now(), run.attempts + 1
        run.save(update_fields=["state", "started_at", "attempts"])
        progress = Progress(run)
        try:
            result = _jobs[run.task].function(progress, **run.arguments)
        except Cancelled:
            _finish(progress, JobRun.State.CANCELLED)
        except Problem as problem:
            _finish(progress, JobRun.State.FAILED, error=problem.message)
        except Exception:
            log.exception("job %s (%s) failed", run.id, run.task)
            _finish(
                progress,
                JobRun.State.FAILED,
                error=f"程序出错，任务没有完成。请把任务编号 {run.id} 告诉管理员。",
            )
        else:
            _finish(progress, JobRun.State.SUCCEEDED, result=result)
        return run


def _finish(progress: Progress, state: JobRun.State, *, result: Any = None, error: str = "") -> None:
    run = progress.run
    run.state, run.result, run.error_zh, run.finished_at = state, result, error, clock.now()
    progress.save()
    run.save(update_fields=["state", "result", "error_zh", "finished_at"])


class _held:
    """A lock of this database session on one run; it ends with the session, so a killed worker leaves none."""

    def __init__(self, run_id: UUID) -> None:
        self._key = run_id.int & (2**63 - 1)

    def __enter__(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(%s)", [self._key])
            self._mine: bool = cursor.fetchone()[0]
        return self._mine

    def __exit__(self, *exc: object) -> None:
        if self._mine and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s)", [self._key])


def cancel(*, by: Actor, run_id: UUID) -> None:
    """Ask for a run to end; a queued one ends at once, a running one at its next step. Raises Refused."""
    with transaction.atomic():
        run = runs(by).select_for_update().filter(id=run_id).first()
        if run is None:
            raise Refused("没有这个任务，或不是您提交的任务。", code="no_such_job")
        if run.state not in (JobRun.State.QUEUED, JobRun.State.RUNNING):
            raise Refused("任务已经结束，不能取消。", code="job_over")
        run.cancel_requested = True
        if run.state == JobRun.State.QUEUED:
            run.state, run.finished_at = JobRun.State.CANCELLED, clock.now()
        run.save(update_fields=["cancel_requested", "state", "finished_at"])
        audit.record(by=by, action="cancel_job", subject_kind="job", subject_id=run.id)


def runs(actor: Actor) -> "QuerySet[JobRun]":
    """Return the runs an actor may see, the latest first: one's own; all of them for the system administrator."""
    all_runs = JobRun.objects.order_by("-created_at")
    if actor.role in ("system_admin", SYSTEM.role):
        return all_runs
    return all_runs.filter(account_id=actor.account_id)


def open_runs(actor: Actor) -> "QuerySet[JobRun]":
    """Return the actor's runs that are queued or running."""
    return runs(actor).filter(state__in=[JobRun.State.QUEUED, JobRun.State.RUNNING])


def open_count(actor: Actor) -> int:
    """How many those are; every page shows it."""
    everybody = actor.role in ("system_admin", SYSTEM.role)
    return int(prepared.execute(_OPEN, [everybody, actor.account_id])[0][0])


_OPEN = "select count(*) from base_jobrun where state in ('queued', 'running') and (%s::boolean or account_id = %s::uuid)"


def remaining_seconds(run: JobRun) -> float | None:
    """Return how long a run will still take at its present rate (seconds), or None when that cannot be said."""
    if not run.total or not run.rate or run.state != JobRun.State.RUNNING:
        return None
    return max(0.0, (run.total - run.done) / run.rate)
