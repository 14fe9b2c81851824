"""Makes a county or a city of a given size from a seed and loads it.

Small worlds are made in this process; large ones county by county in two processes, with indexes built after the
rows. Two runs with the same seed, size and day make the same people and services (identity numbers are sealed with
fresh nonces, so the bytes of sealed columns differ).
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db import connection, transaction

from gongwei.base import clock
from gongwei.base.models import JobRun
from gongwei.measures import live_rebuilding
from gongwei.records import columns as typed_tables
from gongwei.records import models as records
from gongwei.residents import models as residents
from gongwei.site.simulation import accounts, geography, indexing, published_numbers
from gongwei.site.simulation import county as county_work
from gongwei.site.simulation import process as loading_process
from gongwei.site.simulation.names import Names
from gongwei.tasks import rebuilding

TITLE = "模拟数据"
# From this size on it pays to take indexes away for the load; from LARGE on, to load in two processes.
WORTH_TAKING_AWAY = 5_000
LARGE = 100_000
# A larger world gets its live figures from the worker, once it runs.
LIVE_AT_ONCE = 1_000_000
Report = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class World:
    """What a simulation left in the database."""

    residents: int
    seed: int
    years: int
    today: date
    rows: int
    seconds: float


class NotEmpty(Exception):
    """The database holds residents that no simulation made, or a finished simulation; the text is Chinese."""


def standing() -> World | None:
    """The finished simulation in this database, or None."""
    run = JobRun.objects.filter(title=TITLE, state="succeeded").order_by("-finished_at").first()
    if run is None:
        return None
    return World(**{**run.result, "today": date.fromisoformat(run.result["today"])})


def build(
    *,
    residents: int,
    seed: int = 1,
    years: int = 2,
    progress: Report | None = None,
    processes: int | None = None,
    finish: Callable[[], None] | None = None,
) -> World:
    """Make and load the world and return what was made.

    `finish` runs before the world counts as finished (the demonstration adds its living parts there); a world whose
    making was interrupted is removed and made anew.

    Raises NotEmpty when the database already holds other residents or another world.
    """
    report: Report = progress or (lambda title, done, total: None)
    _clear_unfinished()
    started, at = time.monotonic(), clock.now()
    run = JobRun.objects.create(title=TITLE, state="running", created_at=at, started_at=at, total=residents)
    today = np.datetime64(clock.today())
    names = Names()
    root = np.random.SeedSequence(seed)
    geography_seed, *county_seeds = root.spawn(max(1, round(residents / 680_000)) + 1)
    with transaction.atomic():
        counties = geography.make_world(np.random.default_rng(geography_seed), residents, names, at)
        county_work.prepare_form_versions(at)
    shares = np.full(len(counties), residents // len(counties))
    shares[: residents - shares.sum()] += 1
    tasks = [
        county_work.Task(county, int(n), sequence, today, years)
        for county, n, sequence in zip(counties, shares, county_seeds, strict=True)
    ]
    large = residents >= LARGE
    definitions = indexing.definitions_of(_tables()) if residents >= WORTH_TAKING_AWAY else []
    run.result = {"taken_away": [definition.__dict__ for definition in definitions]}
    run.save()  # before they go: an interrupted load must be able to bring them back
    indexing.take_away(definitions)
    workers = processes or (2 if large else 1)
    rows = _load(tasks, workers, residents, report)
    for number, _ in enumerate(indexing.bring_back(definitions, workers=workers), 1):
        report("建立索引", number, len(definitions))
    _finish_tables(report)
    accounts.make_accounts(clock.now())
    published_numbers.furnish(range(clock.today().year - years + 1, clock.today().year + 1), clock.now())
    published_numbers.ask(clock.today().year, clock.now())
    rebuilding.rebuild(lambda done, total: report("重建待办", done, total), processes=workers)
    if finish:
        finish()
    if residents <= LIVE_AT_ONCE:
        live_rebuilding.rebuild(report=lambda done, total: report("计算实时指标", done, total))
    world = World(residents, seed, years, clock.today(), rows, round(time.monotonic() - started, 1))
    run.state, run.finished_at, run.done = "succeeded", clock.now(), residents
    run.result = {**world.__dict__, "today": world.today.isoformat()}
    run.save()
    return world


def _tables() -> list[str]:
    own = [
        residents.Resident,
        residents.Household,
        residents.HouseholdMembership,
        residents.LifecycleEvent,
        residents.ResidentTag,
        records.Encounter,
        records.Response,
        records.Episode,
        *(typed_tables.model_for(code) for code in county_work.FORMS),
    ]
    return [model._meta.db_table for model in own]


def _clear_unfinished() -> None:
    """Refuse a database in use; remove what an interrupted simulation left behind."""
    if standing() is not None:
        raise NotEmpty("数据库中已有模拟数据。要另建一个，请换一个空数据库，或删除数据目录后重来。")
    if residents.Resident.objects.exclude(origin="simulated").exists():
        raise NotEmpty("数据库中已有居民档案，模拟数据只能写入空数据库。")
    unfinished = list(JobRun.objects.filter(title=TITLE))
    if not unfinished:
        return
    from django.apps import apps

    tables = [
        model._meta.db_table
        for label in (
            "places",
            "residents",
            "records",
            "tasks",
            "quality",
            "excel",
            "measures",
            "snapshots",
            "evaluation",
            "settlement",
            *sorted({m._meta.app_label for m in typed_tables.all_models().values()}),
        )
        for model in apps.get_app_config(label).get_models()
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        # The owner may set the guards of facts aside here: no request has written a row of this world yet.
        for table in tables:
            cursor.execute(f"alter table {table} disable trigger user")
        cursor.execute(f"truncate {', '.join(tables)}")
        for table in tables:
            cursor.execute(f"alter table {table} enable trigger user")
    taken_away = [
        indexing.Definition(**definition)
        for run in unfinished
        for definition in (run.result or {}).get("taken_away", ())
    ]
    for _ in indexing.bring_back(indexing.missing(taken_away)):
        pass
    JobRun.objects.filter(title=TITLE).delete()


def _load(tasks: list[county_work.Task], processes: int, total: int, report: Report) -> int:
    """Run the counties' work, here or in other processes; returns the number of rows written."""
    url = os.environ["DATABASE_URL"]
    done = 0
    rows = 0
    if processes == 1:
        for task in tasks:
            for people, written in county_work.load(task, url):
                done, rows = done + people, rows + written
                report("写入居民和服务记录", done, total)
        return rows
    context = multiprocessing.get_context("spawn")
    answers: Any = context.Queue()
    waiting = list(tasks)
    running: list[Any] = []
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                packed = pickle.dumps(waiting.pop(0))
                process = context.Process(
                    target=loading_process.load_county, args=(packed, url, answers, os.getpid())
                )
                process.start()
                running.append(process)
            try:
                people, written, error = answers.get(timeout=1)
            except queue.Empty:
                people = written = 0
                error = None
            if error:
                raise RuntimeError(error)
            done, rows = done + people, rows + written
            report("写入居民和服务记录", min(done, total), total)
            dead = [process for process in running if process.exitcode not in (None, 0)]
            if dead:
                raise RuntimeError(f"a loading process ended with {dead[0].exitcode}")
            running = [process for process in running if process.is_alive()]
        while not answers.empty():
            people, written, error = answers.get()
            done, rows = done + people, rows + written
            if error:
                raise RuntimeError(error)
        report("写入居民和服务记录", total, total)
    finally:
        for process in running:
            process.terminate()
    return rows


def _finish_tables(report: Report) -> None:
    """Statistics and visibility map, so that the first page is as quick as the hundredth."""
    tables = _tables()
    with connection.cursor() as cursor:
        cursor.execute("set statement_timeout = 0")
        for number, table in enumerate(tables, 1):
            cursor.execute(f"vacuum (analyze) {table}")
            report("整理数据表", number, len(tables))
        cursor.execute("reset statement_timeout")
