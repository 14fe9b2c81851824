"""How much waits, for the menu and the first page: remembered for a minute, since every page shows it."""

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest

from gongwei.base import clock
from gongwei.base.actors import Actor
from gongwei.places import policy
from gongwei.quality import queries as findings
from gongwei.records import referral_list
from gongwei.tasks import queries, suspects

SECONDS = 60


def _key(actor: Actor) -> str:
    return f"gongwei.work.{actor.duty_id}"


def of(actor: Actor) -> dict[str, int]:
    """Counts of open tasks by urgency, `open` for those that may be done now, `suspects`, open `referrals`
    and `findings` given to oneself; at most a
    minute old.

    Empty for duties that do not serve residents themselves.
    """
    if actor.duty_id is None or not policy.may(actor, policy.RECORD_WRITE):
        return {}
    known: dict[str, int] | None = cache.get(_key(actor))
    if known is None:
        known = queries.counts(actor) | {
            "suspects": sum(suspects.counts(actor).values()),
            "referrals": referral_list.open_count(actor),
            "findings": findings.counts(actor, today=clock.today())["mine"],
        }
        cache.set(_key(actor), known, SECONDS)
    return known


def remember(request: HttpRequest, counts: dict[str, int]) -> None:
    """Keep counts that a page has just worked out."""
    known: dict[str, Any] | None = cache.get(_key(request.actor))
    if known is not None:
        cache.set(_key(request.actor), known | counts, SECONDS)


def forget(request: HttpRequest) -> None:
    """Count anew: something was just done."""
    cache.delete(_key(request.actor))
