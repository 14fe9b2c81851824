"""What the worker does for live figures by itself: follow the feed, build anew when it is due, compare at night."""

from procrastinate.contrib.django import app

from gongwei.base import clock, jobs
from gongwei.base.actors import SYSTEM
from gongwei.measures import comparing, live_catching, live_keeping, live_rebuilding


@app.periodic(cron="* * * * * */5", periodic_id="measures.live")
@app.task(
    name="gongwei.measures.live_periodic.follow",
    queue="ground",
    queueing_lock="measures.live",
    lock="measures.live",
)
def follow(timestamp: int) -> None:
    """Move the figures of whoever the feed names; a new year or a changed definition has all built anew."""
    at = clock.now()
    if live_rebuilding.due(at):
        jobs.enqueue(live_rebuilding.rebuild_job, by=SYSTEM)
    if live_catching.under_way(at):
        return
    if live_catching.due(at):
        jobs.enqueue(live_catching.catch_up_job, by=SYSTEM)
        return
    live_keeping.follow(at)
    live_rebuilding.settle_places(at)


# At twenty past three in China: after the checks of records, before anybody works.
@app.periodic(cron="20 19 * * *", periodic_id="measures.compare")
@app.task(
    name="gongwei.measures.live_periodic.compare_at_night", queue="ground", queueing_lock="measures.compare"
)
def compare_at_night(timestamp: int) -> None:
    """Compare the live figures with the columnar engine's."""
    jobs.enqueue(comparing.compare_job, by=SYSTEM)
