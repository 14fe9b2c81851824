"""What the worker does for tasks by itself: follow the change feed, turn the day over, build anew when a rule changed."""

from procrastinate.contrib.django import app

from gongwei.base import clock, jobs
from gongwei.base.actors import SYSTEM
from gongwei.tasks import catching, following, turning


@app.periodic(cron="* * * * * */5", periodic_id="tasks.follow")
@app.task(
    name="gongwei.tasks.periodic.follow", queue="ground", queueing_lock="tasks.follow", lock="tasks.follow"
)
def follow(timestamp: int) -> None:
    """Plan again whoever the change feed names; after an import all at once."""
    at = clock.now()
    if catching.RELIEF.under_way(at):
        return
    if catching.RELIEF.due(at):
        jobs.enqueue(catching.catch_up_job, by=SYSTEM)
        return
    following.follow(at)


# Five past midnight in China.
@app.periodic(cron="5 16 * * *", periodic_id="tasks.day")
@app.task(name="gongwei.tasks.periodic.turn_day", queue="ground", queueing_lock="tasks.day")
def turn_day(timestamp: int) -> None:
    """Tasks whose first day has come are ready; a new year or a changed rule has everything built anew."""
    turning.turn_day(clock.now())
