"""What the worker does for uploads by itself, once a day: rows of old uploads are deleted."""

from procrastinate.contrib.django import app

from gongwei.interfaces.excel import uploading


# Twenty past midnight in China.
@app.periodic(cron="20 16 * * *", periodic_id="excel.old_uploads")
@app.task(
    name="gongwei.interfaces.excel.periodic.delete_old", queue="ground", queueing_lock="excel.old_uploads"
)
def delete_old(timestamp: int) -> None:
    """Delete what was uploaded more than 30 days ago; the records made of it stay."""
    uploading.delete_old()
