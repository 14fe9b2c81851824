"""A county moves in: a package of N residents with their structure and 2.4 N records of four programmes, imported as a county does.

    ./gongwei bench import --residents 500000

The package is written by the simulation into a folder of comma-separated files before the clock starts, in a process of its own:
areas, organizations, staff, residents, managed diseases, then basic information, check-ups, self-care assessments and follow-ups of
hypertension and diabetes. Half of the records name their resident by the document, half by the old system's number. What is measured
is the way of `./gongwei import`: received, checked, approved by a second person, written.

The database must be empty of residents: an embedded server gets one of its own.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: Forms of the four programmes, and how many records there are for each resident.
FORMS = ("basic_information", "check_up", "self_care_assessment", "htn_follow_up", "dm_follow_up")
RECORDS_EACH = 2.4
YEARS = 6
ROWS_OF_A_FILE = 100_000
MODES = {"1": "门诊", "2": "家庭", "3": "电话"}


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
        "records": sum(written[code] for code in FORMS),
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
    builder, county = _geography(residents, seed)
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


def _geography(residents: int, seed: int) -> tuple[Any, Any]:
    """One county for so many residents, not written anywhere."""
    import numpy as np

    from gongwei.base import clock
    from gongwei.site.simulation import geography
    from gongwei.site.simulation.names import Names

    rng = np.random.default_rng(seed)
    builder = geography.Builder(rng, Names(), clock.now())
    builder.area(geography.PROVINCE, "province", None, "示范省")
    builder.area(geography.CITY, "city", geography.PROVINCE, "示范市")
    towns = max(4, round(residents / 68_000))
    clinics = max(5, round(residents / towns / 9_094))
    return builder, geography._county(builder, rng, 0, towns, clinics)


# ---- the package -----------------------------------------------------------------------------------------------------


def _written_apart(residents: int, seed: int, folder: Path) -> dict[str, int]:
    """Write the package in a process of its own: its arrays must not count as the import's memory."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, str(residents), str(seed), str(folder)],
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


def write(residents: int, seed: int, folder: Path) -> dict[str, int]:
    """Write the package; returns the rows of each kind."""
    import numpy as np

    from gongwei.base import clock
    from gongwei.interfaces.excel import layouts
    from gongwei.site.simulation import placing
    from gongwei.site.simulation.names import Names
    from gongwei.site.simulation.people import make_people
    from gongwei.site.simulation.services import make_services

    builder, county = _geography(residents, seed)
    rng = np.random.default_rng(seed + 1)
    clinics = [(township, clinic) for township in county.townships for clinic in township.clinics]
    today = np.datetime64(clock.today())
    people = make_people(rng, residents, today, f"{county.key // 10**6:06d}", Names())
    placed = placing.place(rng, people, county, clinics, 0, today)
    services = make_services(
        rng,
        people,
        filed_on=placed.filed_on,
        left_on=placed.left_on,
        clinic=placed.clinic,
        clinic_quality=np.full(len(clinics), 0.9),
        today=today,
        years=YEARS,
    )
    written = _structure(folder, builder)
    staff = {each.id: each for each in builder.practitioners}
    organizations = {each.id: each.name for each in builder.organizations}
    doctors = [
        f"{staff[key].name}（{organizations[staff[key].organization_id]}）"
        for _, clinic in clinics
        for key in clinic.doctors
    ]
    numbers = [
        f"{segment}{serial:05d}"
        for segment, serial in zip(placed.segment.tolist(), placed.serial.tolist(), strict=True)
    ]
    # Of another scheme than ours: the county gave its old records numbers of its own.
    numbers = [f"9{each[1:]}" for each in numbers]
    names, documents = people.name.tolist(), people.id_number.tolist()
    births, filed = people.birth.astype(str).tolist(), placed.filed_on.astype(str).tolist()
    phones = rng.integers(10**8, 10**9, residents).tolist()
    villages, doctor_of = placed.village.tolist(), placed.doctor.tolist()
    titles = layouts.of(layouts.RESIDENTS).by_identifier
    heads = [
        titles[each].heading
        for each in (
            "=record_no", "=name", "=sex", "=birth_date", "=id_number", "=no_id_reason", "=phone", "=area", "=address",
            "=residence_type", "=responsible_doctor", "=filed_on",
        )
    ]  # fmt: skip
    male = people.male.tolist()
    written["residents"] = _file(
        folder,
        "居民建档",
        heads,
        (
            [
                numbers[i], names[i], "1" if male[i] else "2", births[i], documents[i], "" if documents[i] else "未提供",
                f"13{phones[i]}", villages[i], f"{i % 300 + 1}号", "1", doctors[doctor_of[i]], filed[i],
            ]
            for i in range(residents)
        ),
    )  # fmt: skip

    def who(i: int, row: int) -> list[str]:
        return [names[i], documents[i], ""] if documents[i] and row % 2 else [names[i], "", numbers[i]]

    titles = layouts.of(layouts.EPISODES).by_identifier
    heads = [
        titles[each].heading
        for each in ("@name", "@id_number", "@record_no", "=kind", "=started_on", "=doctor")
    ]
    written["episodes"] = _file(
        folder,
        "专案",
        heads,
        (
            [*who(i, row), kind, day, doctors[doctor_of[i]]]
            for kind, (chosen, began) in services.episodes.items()
            for row, (i, day) in enumerate(zip(chosen.tolist(), began.astype(str).tolist(), strict=True))
        ),
    )
    there = {code: len(services.forms[code].encounter) for code in FORMS}
    share = (RECORDS_EACH * residents - there[FORMS[0]]) / (sum(there.values()) - there[FORMS[0]])
    for code in FORMS:
        filled = services.forms[code]
        keep = (
            np.ones(len(filled.encounter), dtype=bool)
            if code == FORMS[0]
            else rng.random(len(filled.encounter)) < share
        )
        written[code] = _form(
            folder, code, services, filled, keep, who, [doctors[each] for each in doctor_of]
        )
    return written


def _structure(folder: Path, builder: Any) -> dict[str, int]:
    from gongwei.interfaces.excel import layouts
    from gongwei.places.models import Organization
    from gongwei.places.roles import ADMINISTRATORS

    def heads(kind: str, *wanted: str) -> list[str]:
        titles = layouts.of(kind).by_identifier
        return [titles[each].heading for each in wanted]

    codes = {each.id: each.code for each in builder.organizations}
    served: dict[Any, list[str]] = {}
    for each in builder.served:
        served.setdefault(each.organization_id, []).append(str(each.area_id))
    roles: dict[Any, list[str]] = {}
    for each in builder.duties:
        if each.role not in ADMINISTRATORS:
            roles.setdefault(each.practitioner_id, []).append(each.role)
    kinds = dict(Organization._meta.get_field("kind").flatchoices)
    return {
        "areas": _file(
            folder,
            "区划",
            heads("areas", "=code", "=name", "=urban_rural_code", "=from_on"),
            ([each.key, each.name, each.urban_rural_code, "2009-01-01"] for each in builder.areas if each.level in ("township", "village")),
        ),
        "organizations": _file(
            folder,
            "机构",
            heads("organizations", "=code", "=name", "=kind", "=parent", "=area", "=from_on", "=served"),
            (
                [each.code, each.name, kinds.get(each.kind, each.kind), codes.get(each.parent_id, ""), each.area_id, "2009-01-01", "；".join(served.get(each.id, []))]
                for each in builder.organizations
            ),
        ),
        "practitioners": _file(
            folder,
            "人员与岗位",
            heads("practitioners", "=number", "=name", "=sex", "=organization", "=roles", "=from_on"),
            (
                [f"P{place:05d}", each.name, each.sex, codes[each.organization_id], "；".join(roles[each.id]), "2020-01-01"]
                for place, each in enumerate(builder.practitioners)
                if each.id in roles
            ),
        ),
    }  # fmt: skip


def _form(folder: Path, code: str, services: Any, filled: Any, keep: Any, who: Any, doctor: list[str]) -> int:
    import numpy as np

    from gongwei.interfaces.excel import layouts
    from gongwei.language import fields

    layout = layouts.of(code)
    form = layout.form
    assert form is not None
    at = np.flatnonzero(keep)
    encounter = filled.encounter[at]
    persons = services.person[encounter].tolist()
    days = services.done_on[encounter].astype(str).tolist()
    modes = [MODES[each] for each in services.mode[encounter].tolist()]
    columns = {
        name: _cells(form.fields[name], values[at])
        for name, values in filled.columns.items()
        if form.fields[name].computed is None
    }
    signed = [name for name, each in form.fields.items() if isinstance(each, fields.Person)]
    titles = layout.by_identifier
    wanted = ["@name", "@id_number", "@record_no", "@mode", "@practitioner", "done_on", *columns, *signed]
    heads = [titles[each].heading for each in wanted]
    by_row = zip(*columns.values(), strict=True)
    return _file(
        folder,
        layout.title,
        heads,
        (
            [*who(i, row), mode, doctor[i], day, *answers, *([doctor[i]] * len(signed))]
            for row, (i, mode, day, answers) in enumerate(zip(persons, modes, days, by_row, strict=True))
        ),
    )


def _cells(field: Any, values: Any) -> list[str]:
    """A column of answers as cells."""
    from gongwei.interfaces.excel import columns
    from gongwei.language import fields

    if isinstance(field, fields.Rows):
        known: dict[str, str] = {"": ""}
        for each in set(values.tolist()) - {""}:
            known[each] = str(columns.to_cell(field, tuple(json.loads(each)), None))  # type: ignore[arg-type]
        return [known[each] for each in values.tolist()]
    if values.dtype.kind == "M":
        return values.astype("datetime64[D]").astype(str).tolist()  # type: ignore[no-any-return]
    if values.dtype.kind == "f":
        return ["" if each != each else f"{each:g}" for each in values.tolist()]
    return [str(each) for each in values.tolist()]


def _file(folder: Path, title: str, heads: list[str], rows: Iterator[list[Any]]) -> int:
    """Write rows into as many files as they need; returns how many rows."""
    count, file, pen = 0, None, None
    for row in rows:
        if count % ROWS_OF_A_FILE == 0:
            if file is not None:
                file.close()
            file = (folder / f"{title}_{count // ROWS_OF_A_FILE + 1}.csv").open(
                "w", encoding="utf-8-sig", newline=""
            )
            pen = csv.writer(file)
            pen.writerow(heads)
        assert pen is not None
        pen.writerow(row)
        count += 1
    if file is not None:
        file.close()
    return count


def main(argv: list[str]) -> None:
    """Write a package only: residents, seed, folder."""
    parser = argparse.ArgumentParser(prog="import_package")
    parser.add_argument("residents", type=int)
    parser.add_argument("seed", type=int)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(argv)
    options.folder.mkdir(parents=True, exist_ok=True)
    print(json.dumps(write(options.residents, options.seed, options.folder)))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongwei.site.settings")
    import django

    django.setup()
    main(sys.argv[1:])
