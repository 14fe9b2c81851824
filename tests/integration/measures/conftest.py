"""The scene of records, seen from the figures: one village, its doctor, residents under management."""

import datetime as dt
import time

from tests.integration.records.conftest import (  # noqa: F401  (fixtures)
    FAR,
    NOW,
    SIBLING,
    TODAY,
    VILLAGE,
    at,
    follow_up,
    own_home,
    record,
    resident,
    scene,
)

from gongwei.base import changes
from gongwei.base.models import Change
from gongwei.measures import live_counting, live_keeping
from gongwei.records import operations as records
from gongwei.residents.models import Resident

YEAR = 2025


def enrol(scene, at, kind="hypertension", started_on=dt.date(2025, 1, 10), **changes):  # noqa: F811
    """Take the scene's resident under management."""
    values = {
        "by": scene.doctor,
        "at": at,
        "resident_id": scene.resident.pk,
        "kind": kind,
        "started_on": started_on,
    }
    return records.start_episode(**(values | changes))


def taken(*years):
    """Everybody's person-years brought into line, as the follower does for those the feed names."""
    live_keeping.recompute(sorted(Resident.objects.values_list("pk", flat=True)), years or (YEAR - 1, YEAR))


def figures(year=YEAR):
    """(denominator, numerator, excluded) by measure, over all places."""
    return live_counting.by_measure(live_counting.kept(year))


def wait_for_others(seconds=600):
    """Until the feed gives out all there is: transactions of other databases on the same server hold it back."""
    until = time.monotonic() + seconds
    while Change.objects.count() > len(changes.read(limit=100_000)[0]):
        assert time.monotonic() < until, "a long transaction on this server holds the feed back"
        time.sleep(0.2)


def followed(at):  # noqa: F811
    """What the follower takes once all there is can be seen."""
    wait_for_others()
    return live_keeping.follow(at)
