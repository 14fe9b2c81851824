"""A settlement whose process was killed is nobody's: marked as failed, its folder gone; one that is being computed is left alone."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import pytest
from django.conf import settings
from tests.integration.settlement.settled_village import at, own_home, scene, settle, taken, village

from gongwei.base.models import AuditEntry
from gongwei.settlement import jobs, run_files, run_sweeping
from gongwei.settlement.models import SettlementRun

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["at", "own_home", "scene", "village"]  # fixtures
CHECKOUT = Path(__file__).parents[3]


@pytest.fixture
def killable(village, at):
    """A process in the middle of a settlement, and the run it computes."""
    from django.db import connection

    here = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(here._replace(path=f"/{connection.settings_dict['NAME']}"))
    paths = f"{CHECKOUT / 'src'}{os.pathsep}{CHECKOUT}"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.settlement.killed_settling", str(taken(at).id)],
        cwd=CHECKOUT,
        env={**os.environ, "DATABASE_URL": url, "GONGWEI_HOME": str(settings.HOME), "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        text=True,
    )
    said = process.stdout.readline().strip()
    yield process, UUID(said)
    process.kill()
    process.wait()
    process.stdout.close()


def test_what_a_killed_process_left_is_swept_and_what_runs_is_not(killable, at):
    process, run_id = killable
    half = run_files.home() / f".writing-{run_id}"
    assert half.is_dir()
    assert run_sweeping.sweep(at=at) == [], "it is being computed"
    assert SettlementRun.objects.get(id=run_id).state == "running"
    process.kill()
    process.wait()
    jobs.sweep(timestamp=0)
    swept = SettlementRun.objects.get(id=run_id)
    assert (swept.state, swept.note) == ("failed", run_sweeping.SAID)
    assert not half.exists()
    assert AuditEntry.objects.filter(subject_kind="settlement_run", subject_id=run_id).exists()
    assert run_sweeping.sweep(at=at) == [], "once"


def test_the_next_settlement_sweeps_first(killable, at):
    process, run_id = killable
    process.kill()
    process.wait()
    made = settle(at)
    assert SettlementRun.objects.get(id=run_id).state == "failed"
    assert sorted(each.name for each in run_files.home().iterdir()) == [str(made.id)]
