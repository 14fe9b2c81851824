"""The scene of records, seen from the worklist: what is expected of the resident, and what the doctor did."""

import datetime as dt

from tests.integration.records.conftest import (  # noqa: F401  (fixtures)
    NOW,
    TODAY,
    at,
    follow_up,
    own_home,
    record,
    resident,
    scene,
)

from gongwei.base import scope
from gongwei.records import operations as records
from gongwei.tasks import operations
from gongwei.tasks.models import Task

STARTED = dt.date(2025, 1, 10)


def enrol(scene, at, kind="hypertension", started_on=STARTED, **changes):  # noqa: F811
    """Take the scene's resident under management and plan."""
    values = {
        "by": scene.doctor,
        "at": at,
        "resident_id": scene.resident.pk,
        "kind": kind,
        "started_on": started_on,
    }
    episode = records.start_episode(**(values | changes))
    replan(scene, at)
    return episode


def replan(scene, at):  # noqa: F811
    """Plan the scene's resident as a page of the doctor does."""
    with scope.acting(scene.doctor):
        return operations.replan(resident_ids=[scene.resident.pk], at=at)


def standing(scene):  # noqa: F811
    """The tasks of the scene's resident as (contact, anchor, state, due)."""
    rows = Task.objects.filter(resident=scene.resident).order_by("contact", "due", "anchor")
    return [(each.contact, each.anchor, each.state, each.due) for each in rows]
