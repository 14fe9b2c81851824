"""What a job tells about itself while it works."""

import time
from typing import Any

from gongwei.base.actors import Actor
from gongwei.base.models import JobRun

SAVE_EVERY_SECONDS = 0.5


class Cancelled(Exception):
    """The person who asked no longer wants it; raised inside the job at its next step."""


class Progress:
    """Handed to a job: who asked, where to go on, and how to say how far it is."""

    def __init__(self, run: JobRun) -> None:
        self.run = run
        self.by = Actor.from_json(run.actor)
        self._began = time.monotonic()
        self._began_at = run.done
        self._saved = 0.0

    @property
    def checkpoint(self) -> Any:
        """What `keep` was last given, in this attempt or an earlier one that was interrupted; None at first."""
        return self.run.checkpoint

    def start(self, total: int | None, message: str = "") -> None:
        """Say how much there is to do in all."""
        self.run.total, self.run.message = total, message
        self.save()

    def step(self, count: int = 1, message: str | None = None) -> None:
        """Say that so much more is done; written to the database twice a second at most. Raises Cancelled."""
        self.run.done += count
        if message is not None:
            self.run.message = message
        if time.monotonic() - self._saved >= SAVE_EVERY_SECONDS:
            self.save()

    def keep(self, checkpoint: Any) -> None:
        """Keep where to go on after an interruption. Call it in the transaction of the work it speaks of."""
        self.run.checkpoint = checkpoint
        JobRun.objects.filter(id=self.run.id).update(checkpoint=checkpoint, done=self.run.done)

    def save(self) -> None:
        """Write the progress now. Raises Cancelled when that was asked for."""
        self._saved = time.monotonic()
        took = self._saved - self._began
        self.run.rate = (self.run.done - self._began_at) / took if took > 0.01 else None
        mine = JobRun.objects.filter(id=self.run.id)
        mine.update(done=self.run.done, total=self.run.total, rate=self.run.rate, message=self.run.message)
        if self.run.state == JobRun.State.RUNNING and mine.values_list("cancel_requested", flat=True).get():
            raise Cancelled
