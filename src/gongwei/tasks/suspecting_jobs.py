"""When everybody is looked at for signs (`suspecting_all`): by the night after a rule changed, and by command after a load."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gongwei import catalogue
from gongwei.base import clock, digests, jobs
from gongwei.base.job_progress import Progress
from gongwei.base.models import JobRun
from gongwei.language import nodes
from gongwei.language.expressions import walk
from gongwei.residents.models import Resident
from gongwei.tasks import suspecting

if TYPE_CHECKING:
    from gongwei.tasks.suspecting_all import Looked

TITLE = "查找疑似"
Report = Callable[[int, int], None]


@cache
def rules() -> str:
    """A digest of all signs and of the dated values they name: another one means that everybody is looked at again."""
    signs = [(kind.code, sign) for kind, watched in suspecting.watched() for sign in watched]
    named = {
        node.code for _, sign in signs for node in walk(sign.node) if isinstance(node, nodes.Parameter)
    } | {
        amount.code
        for _, sign in signs
        for amount in (sign.days, sign.within.amount)
        if isinstance(amount, nodes.Parameter)
    }
    steps = [[code, str(catalogue.current().parameters.steps(code))] for code in sorted(named)]
    said = [[kind, catalogue.digest(sign)] for kind, sign in signs]
    return digests.sm3(digests.canonical([said, steps])).hex()


def due() -> bool:
    """Whether a changed rule asks to look at everybody, and nobody did or is about to."""
    last = JobRun.objects.filter(title=TITLE, state="succeeded").order_by("-finished_at").first()
    if last is not None and (last.result or {}).get("rules") == rules():
        return False
    # A run from the command line that was killed stays "running" for ever; only a job is taken up again.
    return not JobRun.objects.filter(title=TITLE, state__in=["queued", "running"]).exclude(task="").exists()


@jobs.job(name=TITLE)
def find_job(progress: Progress) -> dict[str, Any]:
    """Look at everybody as background work; goes on at its checkpoint after a kill."""
    # ibis and DuckDB: every process imports this module, only the work itself wants them.
    from gongwei.tasks import suspecting_all

    progress.start(Resident.objects.count())
    after = UUID(progress.checkpoint) if progress.checkpoint else UUID(int=0)
    looked = suspecting_all.find_all(
        at=clock.now(),
        after=after,
        kept=lambda until: progress.keep(str(until)),
        told=lambda residents, signs: progress.step(residents, f"查见{signs:,}条线索"),
    )
    return _result(looked)


def find_now(report: Report = lambda done, total: None) -> Looked:
    """Look at everybody here and now, as `./gongwei tasks suspects` does. `report(done, total)` counts residents."""
    from gongwei.tasks import suspecting_all

    at, total = clock.now(), Resident.objects.count()
    run = JobRun.objects.create(title=TITLE, state="running", created_at=at, started_at=at, total=total)
    done = 0

    def told(residents: int, signs: int) -> None:
        nonlocal done
        done += residents
        report(done, total)

    try:
        looked = suspecting_all.find_all(at=at, told=told)
    except BaseException as error:
        JobRun.objects.filter(pk=run.pk).update(
            state="failed", finished_at=clock.now(), error_zh=f"查找中断：{type(error).__name__}"
        )
        raise
    JobRun.objects.filter(pk=run.pk).update(
        state="succeeded", finished_at=clock.now(), done=looked.residents, result=_result(looked)
    )
    return looked


def _result(looked: Looked) -> dict[str, Any]:
    return {
        "rules": rules(),
        "residents": looked.residents,
        "people": looked.people,
        "signs": looked.signs,
    }
