"""An import killed (-9) at the check, twice while it writes and twice while it is taken back: run again it goes on; nothing is lost,
nothing written or withdrawn twice."""

import datetime as dt
import sys

import pytest
from tests.integration.base.conftest import database_url, rows  # noqa: F401
from tests.integration.base.test_jobs import held_locks, started, wait_until
from tests.integration.packages import old_data
from tests.integration.packages.conftest import Steps
from tests.integration.places import worlds

from gongwei.base import jobs
from gongwei.interfaces.excel.models import Upload, UploadRow
from gongwei.interfaces.packages import operations
from gongwei.records.models import Encounter, Response
from gongwei.residents.models import Resident

PEOPLE, KILLS = 60, 2
NOW = dt.datetime(2025, 6, 2, 2, 0, tzinfo=dt.UTC)

_PROGRAM = """
import sys, time, django
django.setup()
from uuid import UUID
from gongwei.base import jobs
from gongwei.interfaces.packages import applying, checking, histories, staged, undoing
checking.PORTION = 20
histories.PORTION, applying.PORTION_OF_RESIDENTS, undoing.PORTION = 6, 7, 7
def slowly(done):
    def run(*arguments):
        answer = done(*arguments)
        time.sleep(0.1)
        return answer
    return run
staged.Sheet.check = slowly(staged.Sheet.check)
staged.Sheet.apply = slowly(staged.Sheet.apply)
histories.Forms.apply = slowly(histories.Forms.apply)
undoing._stay = slowly(undoing._stay)
jobs.run_now(UUID(sys.argv[1]))
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(600)
def test_killed_at_the_check_at_the_writing_and_at_the_undoing_it_goes_on(database_url, settings, tmp_path):  # noqa: F811
    world = worlds.build(NOW)
    steps = Steps(world, NOW)
    people = old_data.people(PEOPLE)
    old_data.write(tmp_path / "包" / "居民建档.csv", people)
    old_data.write(
        tmp_path / "包" / "高血压患者随访服务记录表.csv",
        [
            old_data.follow_up(n, each["姓名"], f"2025-0{month}-03")
            for n, each in enumerate(people, 1)
            for month in (1, 3)
        ],
    )

    def killed_when(condition):
        package.refresh_from_db()
        wait_until(lambda: not held_locks(), 60)
        with started([sys.executable, "-c", _PROGRAM, str(package.run_id)], database_url, settings):
            wait_until(condition, 120)
        wait_until(lambda: not held_locks(), 60)

    package = operations.receive(by=steps.admin, at=NOW, path=tmp_path / "包")
    operations.check(by=steps.admin, at=NOW, package_id=package.id)
    killed_when(lambda: UploadRow.objects.count() > PEOPLE + 20)
    assert UploadRow.objects.count() < 3 * PEOPLE
    # The same package comes again: it is the same one, and goes on.
    package = steps.checked(tmp_path / "包")
    assert package.state == "checked"
    assert UploadRow.objects.count() == 3 * PEOPLE
    operations.approve(by=steps.officer, at=NOW, package_id=package.id)
    operations.apply(by=steps.admin, at=NOW, package_id=package.id)
    killed_when(lambda: Resident.objects.count() > 10)
    assert Resident.objects.count() < PEOPLE
    killed_when(lambda: Encounter.objects.count() > 10)
    assert 0 < Encounter.objects.count() < 2 * PEOPLE
    package.refresh_from_db()
    run = jobs.run_now(package.run_id)
    assert (run.state, run.attempts) == ("succeeded", 3)
    package.refresh_from_db()
    assert package.counts == {"total": 3 * PEOPLE, "applied": 3 * PEOPLE}
    assert set(Upload.objects.values_list("state", flat=True)) == {"applied"}
    assert Resident.objects.count() == PEOPLE
    assert Encounter.objects.count() == Response.objects.count() == 2 * PEOPLE
    assert rows("select count(*), count(distinct (resident_id, done_on)) from hypertension_followup") == [
        (2 * PEOPLE, 2 * PEOPLE)
    ]
    assert rows("select count(*) from base_auditentry where action = 'create'") == [3 * PEOPLE]

    operations.undo(by=steps.admin, at=NOW, package_id=package.id, reason="数据有误")
    withdrawn = Response.objects.filter(status="entered_in_error")
    cancelled = Resident.objects.filter(status="cancelled")
    killed_when(lambda: withdrawn.count() > 10)
    assert withdrawn.count() < 2 * PEOPLE
    killed_when(lambda: cancelled.count() > 10)
    assert cancelled.count() < PEOPLE
    package.refresh_from_db()
    run = jobs.run_now(package.run_id)
    assert (run.state, run.attempts) == ("succeeded", 3)
    package.refresh_from_db()
    assert package.counts == {"total": 3 * PEOPLE, "undone": 3 * PEOPLE}
    assert (withdrawn.count(), cancelled.count()) == (2 * PEOPLE, PEOPLE)
    assert sorted(
        rows(
            "select action, count(*) from base_auditentry where action in ('cancel', 'enter_in_error') group by 1"
        )
    ) == [
        ("cancel", PEOPLE),
        ("enter_in_error", 2 * PEOPLE),
    ]
