"""The processes of a service: background jobs stand back for pages."""

import os
import sys
import time

from gongwei.site import processes, service

SAY = [sys.executable, "-c", "import os, time; print(os.nice(0), flush=True); time.sleep(60)"]


def test_a_process_stands_back_as_far_as_it_is_told(tmp_path):
    crew = processes.Crew(tmp_path)
    mine = os.nice(0)
    try:
        crew.start("pages", SAY, os.environ)
        crew.start("jobs", SAY, os.environ, niceness=service.BEHIND_PAGES)
        end = time.monotonic() + 60
        while time.monotonic() < end and not (crew.log("pages").read_text() and crew.log("jobs").read_text()):
            time.sleep(0.05)
    finally:
        crew.stop()
    assert int(crew.log("pages").read_text()) == mine
    assert int(crew.log("jobs").read_text()) == min(mine + service.BEHIND_PAGES, 19) > mine
