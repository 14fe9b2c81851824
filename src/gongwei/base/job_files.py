"""Files a job makes (a village's printed forms, a large workbook): kept sealed for a day, for whoever asked for them.

    job_files.keep(progress, name="高血压随访.pdf", content_type="application/pdf", content=pdf)

The job centre lists them beside the run. They hold what people wrote about residents, so they are sealed like an
identity number, only the account that asked can open them, and a periodic task deletes them.
"""

import base64
import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from gongwei.base import audit, clock, ids, sealed
from gongwei.base.actors import Actor
from gongwei.base.job_progress import Progress
from gongwei.base.models import JobFile
from gongwei.base.problems import Refused

TABLE, COLUMN = "base_jobfile", "content_cipher"
KEPT_FOR = dt.timedelta(days=1)


@dataclass(frozen=True)
class Opened:
    """A file as it is sent to the browser."""

    name: str
    content_type: str
    content: bytes


def keep(progress: Progress, *, name: str, content_type: str, content: bytes) -> UUID:
    """Keep a file the job made; call it in the transaction of the work. Returns its id.

    A job that starts again after a kill keeps each file once: the one of the same name is replaced.
    """
    file_id, now = ids.uuid7(), clock.now()
    JobFile.objects.filter(run=progress.run, name=name).delete()
    JobFile.objects.create(
        id=file_id,
        run=progress.run,
        account_id=progress.by.account_id,
        name=name,
        content_type=content_type,
        size=len(content),
        content_cipher=sealed.encrypt(
            base64.b64encode(content).decode("ascii"), table=TABLE, column=COLUMN, row_id=file_id
        ),
        made_at=now,
        expires_at=now + KEPT_FOR,
    )
    return file_id


def of(actor: Actor, run_id: UUID) -> "QuerySet[JobFile]":
    """Return the files of a run the actor may open, without their content."""
    return _mine(actor).filter(run=run_id).defer("content_cipher").order_by("name")


def opened(actor: Actor, file_id: UUID) -> Opened:
    """Open a file for download; audited. Raises Refused for somebody else's, and for one deleted since."""
    found = _mine(actor).filter(id=file_id).first()
    if found is None:
        raise Refused("没有这个文件。文件只保存一天，请重新生成。", code="no_such_file")
    text = sealed.decrypt(found.content_cipher, table=TABLE, column=COLUMN, row_id=found.id) or ""
    audit.record(
        by=actor,
        action="download",
        subject_kind="job",
        subject_id=found.run_id,
        detail={"file": found.name, "size": found.size},
    )
    return Opened(found.name, found.content_type, base64.b64decode(text))


def delete_expired() -> int:
    """Delete the files whose day is over; returns how many. Called by the worker each hour."""
    return JobFile.objects.filter(expires_at__lte=clock.now()).delete()[0]


def _mine(actor: Actor) -> "QuerySet[JobFile]":
    return JobFile.objects.filter(account_id=actor.account_id, expires_at__gt=clock.now())


sealed.register(TABLE, COLUMN)
