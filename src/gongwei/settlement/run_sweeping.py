"""What a killed settlement leaves behind: a run that says it is being computed, and a folder half written.

Whoever computes holds a lock on the run in a session of its own, which ends with the process. A run whose lock is free is nobody's:
it is marked as failed and its folder taken away, before the next settlement and every hour.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
from django.db import transaction

from gongwei.base import audit
from gongwei.base.actors import SYSTEM
from gongwei.settlement import run_files
from gongwei.settlement.run_models import SettlementRun
from gongwei.snapshots import cutting

State = SettlementRun.State
SAID = "计算进程中断，没有算完，已清理；可重新计算。"


@contextmanager
def held(run_id: UUID) -> Iterator[None]:
    """Hold a run while it is computed. The lock ends with the process, however that ends."""
    with psycopg.connect(cutting.address(), autocommit=True) as session:
        session.execute("select pg_advisory_lock(%s)", [_key(run_id)])
        yield


def sweep(*, at: dt.datetime) -> list[UUID]:
    """Mark runs nobody computes any more as failed and take their folders away; their ids."""
    found = []
    with psycopg.connect(cutting.address(), autocommit=True) as session:
        for run_id in SettlementRun.objects.filter(state=State.RUNNING).values_list("id", flat=True):
            row = session.execute("select pg_try_advisory_lock(%s)", [_key(run_id)]).fetchone()
            if row is None or not row[0]:
                continue
            if _failed(run_id, at):
                run_files.abandon(run_id)
                run_files.remove(run_id)
                found.append(run_id)
            session.execute("select pg_advisory_unlock(%s)", [_key(run_id)])
    return found


@transaction.atomic
def _failed(run_id: UUID, at: dt.datetime) -> bool:
    """Whether it was still said to be running once its lock was had: it may have ended in between."""
    rows = SettlementRun.objects.filter(id=run_id, state=State.RUNNING)
    if not rows.update(state=State.FAILED, finished_at=at, note=SAID):
        return False
    audit.record(
        by=SYSTEM,
        action="update",
        subject_kind="settlement_run",
        subject_id=run_id,
        detail={"state": State.FAILED, "reason": SAID},
        at=at,
    )
    return True


def _key(run_id: UUID) -> int:
    return run_id.int & (2**63 - 1)
