"""Sets of residents: the ones an actor may see, the ones that make a denominator."""

import datetime as dt
from collections import Counter

from django.db.models import Count, Q, QuerySet

from gongwei.base import clock
from gongwei.base.actors import Actor
from gongwei.language import intervals
from gongwei.places import policy
from gongwei.residents import parameters, states
from gongwei.residents.models import Resident, Transfer


def within(actor: Actor, column: str = "area_id") -> Q:
    """Return the condition that an area column lies in what an actor reaches."""
    reached = Q(pk__in=[])
    for low, high in actor.areas:
        reached |= Q(**{f"{column}__gte": low, f"{column}__lte": high})
    return reached


def within_sql(actor: Actor, column: str) -> tuple[str, list[object]]:
    """The same condition for a statement of one's own, and its arguments."""
    areas = "{" + ",".join(f"[{low},{high}]" for low, high in actor.areas) + "}"
    condition = f"({column} between %s and %s and {column} <@ %s::int8multirange)"
    return condition, [actor.lowest, actor.highest, areas]


def visible_to(actor: Actor) -> QuerySet[Resident]:
    """Return the residents an actor may see: the one way to them. Row-level security holds below it as well.

    Nothing for a duty that has nothing to do with persons.
    """
    if not policy.may(actor, policy.RESIDENT_VIEW):
        return Resident.objects.none()
    return Resident.objects.filter(within(actor))


def permanent_on(day: dt.date) -> QuerySet[Resident]:
    """Return the 常住居民 on a day: registered here, or living here for six months or more (records.md §1).

    The dead leave from the day of death, those who moved away or were struck off from that day; a merged record
    never counts beside its survivor; drafts count once they are filed.
    """
    half_a_year = parameters.value("permanent_months", day)
    since = intervals.before(day, intervals.months(half_a_year))
    gone = Q(status=states.CANCELLED, status_since__lte=day) | Q(death_on__lte=day)
    never = Q(status__in=[states.MERGED, states.DRAFT, states.PENDING, states.RETURNED])
    return (
        Resident.objects.filter(Q(residence_type="1") | Q(residence_type="2", resident_since__lte=since))
        .filter(Q(resident_since=None) | Q(resident_since__lte=day), birth_date__lte=day)
        .exclude(gone)
        .exclude(never)
    )


def denominators_by_area(day: dt.date) -> Counter[int]:
    """Count the 常住居民 of each village on a day."""
    rows = permanent_on(day).order_by().values_list("area_id").annotate(n=Count("id"))
    return Counter(dict(rows))


def transfers_inbox(actor: Actor) -> QuerySet[Transfer]:
    """Return the transfers that wait for this actor's side, the most urgent first.

    Asked by the side a resident leaves: the side the resident comes to answers, and the other way round.
    """
    if not policy.may(actor, policy.RESIDENT_TRANSFER):
        return Transfer.objects.none()
    mine = Q(asked_by_side="from") & within(actor, "to_area_id") | Q(asked_by_side="to") & within(
        actor, "from_area_id"
    )
    return (
        Transfer.objects.filter(mine, state="pending", expires_on__gte=clock.today())
        .select_related("from_organization", "to_organization", "from_area", "to_area")
        .order_by("expires_on", "id")
    )
