"""What the worker does for residents by itself, once a day: requests whose time limit has passed."""

from procrastinate.contrib.django import app

from gongwei.base import clock
from gongwei.base.actors import SYSTEM
from gongwei.residents import operations


# Ten past midnight in China: a request may still be answered on its last day.
@app.periodic(cron="10 16 * * *", periodic_id="residents.transfers")
@app.task(
    name="gongwei.residents.periodic.expire_transfers", queue="ground", queueing_lock="residents.transfers"
)
def expire_transfers(timestamp: int) -> None:
    """End the transfer requests nobody answered in time."""
    operations.expire_transfers(by=SYSTEM, at=clock.now())
