"""What every page asks about tasks, written out: the counts of the menu, and the first page of a worklist nobody narrowed
down. Composing these statements anew for each page took longer than running them.

`queries` says the same with every condition of its query bar; tests/integration/tasks holds the two equal.
"""

import datetime as dt
from uuid import UUID

from gongwei.base import prepared
from gongwei.base.actors import Actor
from gongwei.places import policy
from gongwei.residents.queries import people
from gongwei.tasks.models import OPEN

_STATES = ", ".join(f"'{each.value}'" for each in OPEN)  # written out: the index holds open tasks only
_FIRST = f"""
select id from tasks_task where state in ({_STATES})
and (earliest <= %s or latest < %s or (due <= %s and latest >= %s) or (due > %s and due <= %s)) and {{inside}}
order by due, id limit %s
"""
_COUNTED = f"""
select count(*) filter (where earliest <= %s),
    count(*) filter (where latest < %s),
    count(*) filter (where due <= %s and latest >= %s),
    count(*) filter (where due > %s and due <= %s),
    count(*) filter (where due > %s)
from tasks_task where state in ({_STATES}) and {{inside}}
"""


def first_keys(actor: Actor, today: dt.date, week: dt.date, limit: int) -> list[UUID]:
    """Ids of the open tasks that may be done or fall due by the end of the week, in the order of their day."""
    if not policy.may(actor, policy.RESIDENT_VIEW):
        return []
    inside, reached = people.within_sql(actor, "area_key")
    days = [today, today, today, today, today, week]
    rows = prepared.execute(_FIRST.format(inside=inside), [*days, *reached, limit], planned=False)
    return [key for (key,) in rows]


def counts(actor: Actor, today: dt.date, week: dt.date) -> tuple[int, ...]:
    """How many open tasks may be done now, are overdue, due, due by the end of the week, due later."""
    if not policy.may(actor, policy.RESIDENT_VIEW):
        return (0, 0, 0, 0, 0)
    inside, reached = people.within_sql(actor, "area_key")
    days = [today, today, today, today, today, week, week]
    return prepared.execute(_COUNTED.format(inside=inside), [*days, *reached], planned=False)[0]
