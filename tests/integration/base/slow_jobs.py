"""Jobs for the tests, in a module that a worker process can import too."""

import time
import uuid

from django.db import transaction

from gongwei.base import changes, jobs
from gongwei.base.problems import Refused


@jobs.job(name="逐个登记", queue="test")
def count_up(progress, *, total: int, pause: float = 0.0):
    """Announce one change per number, in transactions of five with a checkpoint."""
    progress.start(total, "正在登记")
    place = progress.checkpoint or 0
    while place < total:
        with transaction.atomic():
            until = min(place + 5, total)
            for number in range(place, until):
                changes.announce(kind="response", subject_id=uuid.UUID(int=number))
            progress.keep(until)
        progress.step(until - place)
        place = until
        time.sleep(pause)
    return {"counted": total}


@jobs.job(name="被拒绝的任务", queue="test")
def refused(progress):
    """Meet bad input."""
    raise Refused("第3行的身份证号校验码不正确。")


@jobs.job(name="出错的任务", queue="test")
def broken(progress, *, secret: str):
    """Meet a fault of the program."""
    raise RuntimeError(secret)
