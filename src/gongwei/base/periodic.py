"""What the worker does by itself: seal the audit trail, anchor it, pick up jobs whose worker was killed."""

from procrastinate import JobContext
from procrastinate.contrib.django import app

from gongwei.base import job_files, seals

STALLED_AFTER_SECONDS = 30


# Every ten seconds (the sixth field is seconds): what is not yet sealed could be removed unseen.
@app.periodic(cron="* * * * * */10", periodic_id="seal")
@app.task(
    name="gongwei.base.periodic.seal_audit", queue="ground", queueing_lock="ground.seal", lock="ground.seal"
)
def seal_audit(timestamp: int) -> None:
    """Seal the audit entries that have become final, then anchor the head outside the database."""
    seals.seal()
    seals.anchor()


@app.periodic(cron="* * * * * */20", periodic_id="stalled")
@app.task(
    name="gongwei.base.periodic.resume_stalled",
    queue="ground",
    queueing_lock="ground.stalled",
    pass_context=True,
)
async def resume_stalled(context: JobContext, timestamp: int) -> None:
    """Queue again every job whose worker gave no sign of life; the job goes on from its checkpoint."""
    jobs = context.app.job_manager
    for stalled in await jobs.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
        await jobs.retry_job(stalled)


@app.periodic(cron="17 * * * *", periodic_id="job_files")
@app.task(name="gongwei.base.periodic.delete_job_files", queue="ground", queueing_lock="ground.job_files")
def delete_job_files(timestamp: int) -> None:
    """Delete the files of jobs whose day is over."""
    job_files.delete_expired()
