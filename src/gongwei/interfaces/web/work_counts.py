"""How much waits, for the menu and the first page: remembered for a minute, since every page shows it."""

from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest

from gongwei.base import clock
from gongwei.base.actors import Actor
from gongwei.places import policy
from gongwei.quality import queries as findings
from gongwei.records import referral_list
from gongwei.tasks import queries, suspects

SECONDS = 60
#: What is remembered by itself: a page that shows tasks has just counted them, and a record saved moves no more than
#: tasks and referrals at once (signs of disease and findings are looked for in the background).
TASKS, REFERRALS, REST = "tasks", "referrals", "rest"


def _key(actor: Actor, part: str) -> str:
    return f"gongwei.work.{part}.{actor.duty_id}"


def of(actor: Actor) -> dict[str, int]:
    """Counts of open tasks by urgency, `open` for those that may be done now, `suspects`, open `referrals`
    and `findings` given to oneself; at most a
    minute old.

    Empty for duties that do not serve residents themselves.
    """
    if actor.duty_id is None or not policy.may(actor, policy.RECORD_WRITE):
        return {}
    return (
        _known(actor, TASKS, queries.counts)
        | _known(actor, REFERRALS, _referrals)
        | _known(actor, REST, _rest)
    )


def _known(actor: Actor, part: str, count: Callable[[Actor], dict[str, int]]) -> dict[str, int]:
    known: dict[str, int] | None = cache.get(_key(actor, part))
    if known is None:
        known = count(actor)
        cache.set(_key(actor, part), known, SECONDS)
    return known


def _referrals(actor: Actor) -> dict[str, int]:
    return {"referrals": referral_list.open_count(actor)}


def _rest(actor: Actor) -> dict[str, int]:
    return {
        "suspects": suspects.all_count(actor),
        "findings": findings.counts(actor, today=clock.today())["mine"],
    }


def remember(request: HttpRequest, counts: dict[str, int]) -> None:
    """Keep counts of tasks that a page has just worked out."""
    cache.set(_key(request.actor, TASKS), counts, SECONDS)


def forget(request: HttpRequest, *parts: str) -> None:
    """Count anew: something was just done. parts: what it may have moved; all without."""
    cache.delete_many([_key(request.actor, part) for part in parts or (TASKS, REFERRALS, REST)])
