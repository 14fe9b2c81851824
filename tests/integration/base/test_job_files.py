"""Files of jobs: sealed, only for the account that asked, gone after a day, each download written down."""

import datetime as dt

import pytest
from tests.integration.base.conftest import rows, somebody

from gongwei.base import clock, job_files, jobs, scope
from gongwei.base.job_progress import Progress
from gongwei.base.problems import Refused

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)
CONTENT = "%PDF 张某某 320723195603081023".encode()


@jobs.job(name="测试用的打印")
def print_something(progress):
    """A job that makes one file."""
    job_files.keep(progress, name="名册.pdf", content_type="application/pdf", content=CONTENT)


@pytest.fixture
def run(doctor):
    with clock.fixed(NOW):
        found = jobs.enqueue(print_something, by=doctor)
        jobs.run_now(found.id)
    return found


def test_the_account_that_asked_opens_it_and_nobody_else(run, doctor, other):
    with clock.fixed(NOW), scope.acting(doctor):
        (file,) = job_files.of(doctor, run.id)
        assert (file.name, file.size) == ("名册.pdf", len(CONTENT))
        assert job_files.opened(doctor, file.id) == job_files.Opened("名册.pdf", "application/pdf", CONTENT)
    for somebody_else in (other, somebody(3, *doctor.areas)):
        with clock.fixed(NOW), scope.acting(somebody_else):
            assert not job_files.of(somebody_else, run.id)
            assert rows("select count(*) from base_jobfile") == [0]
            with pytest.raises(Refused, match="没有这个文件"):
                job_files.opened(somebody_else, file.id)


def test_a_download_is_written_down(run, doctor):
    with clock.fixed(NOW), scope.acting(doctor):
        job_files.opened(doctor, job_files.of(doctor, run.id).get().id)
    assert rows("select subject_id from base_auditentry where action = 'download'") == [str(run.id)]


def test_nothing_of_it_can_be_read_in_the_table(run):
    (stored,) = rows("select content_cipher from base_jobfile")
    assert CONTENT not in bytes(stored)
    assert b"320723195603081023" not in bytes(stored)


def test_it_is_gone_after_a_day(run, doctor):
    with clock.fixed(NOW + dt.timedelta(hours=23, minutes=59)):
        assert job_files.delete_expired() == 0
        file = job_files.of(doctor, run.id).get()
    with clock.fixed(NOW + dt.timedelta(hours=24)):
        with pytest.raises(Refused, match="没有这个文件"):
            job_files.opened(doctor, file.id)
        assert job_files.delete_expired() == 1
    assert rows("select count(*) from base_jobfile") == [0]


def test_a_job_that_starts_again_keeps_the_file_once(run, doctor):
    with clock.fixed(NOW):
        progress = Progress(jobs.runs(doctor).get(id=run.id))
        job_files.keep(progress, name="名册.pdf", content_type="application/pdf", content=b"again")
        file = job_files.of(doctor, run.id).get()
        assert job_files.opened(doctor, file.id).content == b"again"
