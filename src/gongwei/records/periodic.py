"""What the worker does for records by itself, once a day: half-typed pages that nobody took up again are removed."""

from procrastinate.contrib.django import app

from gongwei.base import clock
from gongwei.records import drafts


# Twenty past midnight in China.
@app.periodic(cron="20 16 * * *", periodic_id="records.drafts")
@app.task(name="gongwei.records.periodic.remove_drafts", queue="ground", queueing_lock="records.drafts")
def remove_drafts(timestamp: int) -> None:
    """Remove what is empty or too old."""
    drafts.remove_over(clock.now())
