"""In whose name a command works: an account by its user name, in its first duty of today."""

import dataclasses
import time
from typing import Any
from uuid import UUID

import click

from gongwei.base import clock, jobs
from gongwei.base.actors import Actor
from gongwei.places import actors, queries
from gongwei.places.models import Account


def actor_of(username: str) -> Actor:
    """The actor of an account. Raises ClickException when there is none or it holds no duty today."""
    account = Account.objects.select_related("practitioner").filter(username=username, active=True).first()
    if account is None:
        raise click.ClickException(f"没有名为“{username}”的账号，或已停用。")
    duty = queries.duties_of(account, clock.today()).first()
    if duty is None:
        raise click.ClickException(f"账号“{username}”今天没有岗位。")
    return dataclasses.replace(actors.actor_for(account, duty), source="command")


def uuid_of(text: str) -> UUID | None:
    """An id typed by a person, or None when it is none."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def carried_out(thing: Any) -> None:
    """Carry the job of a thing (`run_id`) out here; a worker that took it first is waited for by the lock of the run."""
    thing.refresh_from_db()
    while (run := jobs.run_now(thing.run_id)).state in ("queued", "running"):
        time.sleep(0.5)
    if run.state == "failed":
        raise click.ClickException(run.error_zh)
    thing.refresh_from_db()
