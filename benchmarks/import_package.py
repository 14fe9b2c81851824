"""A county moves in: a package of N residents with their structure and 2.4 N records of four programmes, imported as a county does.

    ./gongwei bench import --residents 500000

The package is written by the simulation into a folder of comma-separated files before the clock starts, in a process of its own:
areas, organizations, staff, residents, managed diseases, then basic information, check-ups, self-care assessments and follow-ups of
hypertension and diabetes. Half of the records name their resident by the document, half by the old system's number. What is measured
is the way of `./gongwei import`: received, checked, approved by a second person, written.

The database must be empty of residents: an embedded server gets one of its own.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks import write_package


def measure(residents: int, seed: int, folder: Path | None = None) -> dict[str, Any]:
    """Write a package, import it, and say what it took; what came of the rows is printed."""
    from gongwei.base import clock, scope
    from gongwei.interfaces.packages import operations as packages

    with tempfile.TemporaryDirectory() as temporary:
        place = folder or Path(temporary)
        written = _written_apart(residents, seed, place)
        preparing, approving = _officers(residents, seed)
        before, busy = time.perf_counter(), _used()
        with _Watch() as watch:
            with scope.acting(preparing):
                package = packages.receive(by=preparing, at=clock.now(), path=place)
                packages.check(by=preparing, at=clock.now(), package_id=package.id)
            _carried_out(packages.now(package))
            checked = time.perf_counter()
            print(f"检查 {checked - before:.0f} 秒：{package.counts}", flush=True)
            with scope.acting(approving):
                packages.approve(by=approving, at=clock.now(), package_id=package.id)
            with scope.acting(preparing):
                packages.apply(by=preparing, at=clock.now(), package_id=package.id)
            _carried_out(packages.now(package))
            after = time.perf_counter()
            print(f"写入 {after - checked:.0f} 秒：{package.counts}", flush=True)
    _say_reasons(package)
    seconds, python = after - before, _used() - busy
    rows = sum(written.values())
    return {
        "residents": written["residents"],
        "records": sum(written[code] for code in write_package.FORMS),
        "rows": rows,
        "applied": package.counts.get("applied", 0),
        "rejected": package.counts.get("rejected", 0),
        "waiting": package.counts.get("waiting", 0),
        "seconds": round(seconds, 1),
        "check_s": round(checked - before, 1),
        "apply_s": round(after - checked, 1),
        "rows_per_s": round(rows / seconds),
        "peak_mb": round(watch.peak_kb / 1024),
        "python_cpu_s": round(python, 1),
        "load_average": round(os.getloadavg()[0], 1),
    }


def _carried_out(run: Any) -> None:
    if run.state != "succeeded":
        raise SystemExit(run.error_zh)


def _say_reasons(package: Any) -> None:
    from gongwei.interfaces.excel.models import Upload

    for upload in Upload.objects.filter(package=package).order_by("position"):
        for each in upload.kinds[:3]:
            if each["severity"] == "block" and each["rows"] > 10:
                print(f"  {upload.file_name}：{each['heading']} {each['reason']}（{each['rows']}行）")


def _used() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


class _Watch(threading.Thread):
    """The most memory any one process of ours held (VmHWM; PostgreSQL not counted), looked at twice a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak_kb = 0
        self._over = threading.Event()

    def __enter__(self) -> _Watch:
        Path("/proc/self/clear_refs").write_text("5")  # what came before does not count
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        """Look until it is over."""
        while not self._over.wait(0.5):
            for process in _ours():
                self.peak_kb = max(self.peak_kb, _high_water(process))


def _ours() -> list[int]:
    mine, parents = os.getpid(), {}
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                parents[int(each.name)] = int((each / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
    return [mine, *(process for process, parent in parents.items() if parent == mine)]


def _high_water(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        name = next(line.split()[1] for line in lines if line.startswith("Name:"))
    except OSError:
        return 0
    found = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
    return 0 if name.startswith("postgres") else found[0] if found else 0


# ---- the county that takes it in -------------------------------------------------------------------------------------


def _officers(residents: int, seed: int) -> tuple[Any, Any]:
    """The county and its commission, with two officers: what `./gongwei setup` leaves. Refuses a county with residents."""
    from gongwei.base import clock
    from gongwei.places import actors, models
    from gongwei.residents.models import Resident

    if Resident.objects.exists():
        raise SystemExit("数据库中已有居民；测量数据包导入须用空的数据库")
    builder, county = write_package.geography(residents, seed)
    staff = [each for each in builder.practitioners if each.organization_id == county.office]
    officers = [
        each
        for each in builder.duties
        if each.role == "county_officer" and each.organization_id == county.office
    ]
    builder.areas = [each for each in builder.areas if each.level in ("province", "city", "county")]
    known = {each.key for each in builder.areas}
    builder.area_names = [each for each in builder.area_names if each.area_id in known]
    builder.organizations = [each for each in builder.organizations if each.id == county.office]
    builder.served = [each for each in builder.served if each.organization_id == county.office]
    builder.practitioners, builder.duties, builder.grids = staff, officers, []
    if not models.Area.objects.filter(key=county.key).exists():
        for rows in (
            builder.areas,
            builder.area_names,
            builder.organizations,
            builder.served,
            staff,
            officers,
        ):
            type(rows[0]).objects.bulk_create(rows)
        for number, duty in enumerate(officers):
            models.Account.objects.create(
                username=f"officer{number}", practitioner_id=duty.practitioner_id, password="!", created_at=clock.now(),
                password_changed_at=clock.now(),
            )  # fmt: skip
    accounts = models.Account.objects.select_related("practitioner").filter(username__startswith="officer")
    found = [
        actors.actor_for(each, models.Duty.objects.get(practitioner=each.practitioner, role="county_officer"))
        for each in accounts.order_by("username")
    ]
    return found[0], found[1]


def _written_apart(residents: int, seed: int, folder: Path) -> dict[str, int]:
    """Write the package in a process of its own: its arrays must not count as the import's memory."""
    began = time.perf_counter()
    done = subprocess.run(
        [
            sys.executable,
            str(Path(__file__).with_name("write_package.py")),
            str(residents),
            str(seed),
            str(folder),
        ],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    written: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    size = sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())
    print(
        f"数据包：{written}，{size / 2**20:.0f} MB，制作用时 {time.perf_counter() - began:.0f} 秒（不计入）",
        flush=True,
    )
    return written
