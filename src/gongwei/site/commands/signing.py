"""In whose name a command works: an account by its user name, in its first duty of today."""

import dataclasses

import click

from gongwei.base import clock
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
