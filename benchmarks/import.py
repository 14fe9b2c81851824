"""Import of filled sheets: upload, read, check, apply; rows per second of the whole way.

    ./gongwei bench import --rows 100000
    ./gongwei bench import --rows 20000 --form check_up
    ./gongwei bench import --residents 500000        a county moves in: see import_package.py

A workbook as the template makes it, filled for residents who have no such record yet (an old system's history; half of the rows
name them by identity number, half by record number, a few hold errors), goes through the two jobs of an upload as a worker runs them: sealed
staging, the rules of the form, encounters, responses, typed rows, change feed and audit line of every record. The person's
click between the two jobs takes no time here. The workbook is made before the clock starts. Uses the database given when it
holds enough residents, else makes them by the simulation.

For any other form the rows are those the database holds, sent as if done years earlier: of residents who have later records
of the form, with every column the simulation fills.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import os
import random
import resource
import time
from typing import Any

FORM = "htn_follow_up"
#: Rows of other forms are sent as if done so many days earlier, or twice or three times as many.
EARLIER = 1_100
#: What simulated check-ups leave out although the form asks for it: answered so that nothing more is asked.
COMPLETED = {"exercise_frequency": "4", "smoking_status": "1", "drinking_frequency": "1", "assessment": "1"}


def main(argv: list[str]) -> None:
    """Measure and print; the last line is one JSON object."""
    parser = argparse.ArgumentParser(
        prog="import", description="导入填好的高血压随访表（或其他表）：上传、检查、写入的用时"
    )
    parser.add_argument("--form", default=FORM, help="表单代码，如 htn_follow_up、check_up")
    parser.add_argument("--rows", type=int, help="行数（默认100000）")
    parser.add_argument(
        "--residents",
        type=int,
        help="不给--rows时：导入一个这么多居民的数据包（含区划、机构、人员、档案、专案和四类记录）；"
        "与--rows同用时：居民人数，数据库中不足时模拟生成（默认20000）",
    )
    parser.add_argument("--seed", type=int, default=1, help="随机种子")
    options = parser.parse_args(argv)
    from gongwei.site import database

    if options.residents and not options.rows:
        from benchmarks import import_package

        with database.ready(apart=True):
            print(json.dumps(import_package.measure(options.residents, options.seed), ensure_ascii=False))
        return
    with database.ready(apart=True):
        _people(options.residents or 20_000)
        figures = measure(options.rows or 100_000, random.Random(options.seed), options.form)
    print(json.dumps(figures, ensure_ascii=False))


def _people(wanted: int) -> None:
    from gongwei.residents.models import Resident

    if Resident.objects.order_by("id")[wanted - 1 : wanted].exists():
        return
    from gongwei.site import progress
    from gongwei.site.commands import simulate

    with progress.shown() as report:
        simulate.build(residents=wanted, seed=1, years=1, progress=report)


def measure(rows: int, dice: random.Random, code: str = FORM) -> dict[str, Any]:
    """Fill a workbook, import it, and count what came of it."""
    from gongwei.base import clock, scope
    from gongwei.interfaces.excel import uploads
    from gongwei.interfaces.excel.models import Upload, UploadRow
    from gongwei.records.models import Encounter

    by = _officer()
    began = time.perf_counter()
    content, rows = _workbook(by, rows, dice) if code == FORM else _copied(by, rows, code)
    print(
        f"工作簿：{rows:,} 行，{len(content) / 2**20:.1f} MB，制作用时 {time.perf_counter() - began:.0f} 秒（不计入）",
        flush=True,
    )
    before = Encounter.objects.count()
    busy = _cpu()
    start = time.perf_counter()
    with scope.acting(by):
        upload = uploads.receive_upload(
            by=by, at=clock.now(), code=code, file_name="测量.xlsx", content=content
        )
    upload.refresh_from_db()
    received = time.perf_counter()
    checked_run = _finished(upload.run_id)
    checked = time.perf_counter()
    if checked_run.state != "succeeded":
        raise SystemExit(checked_run.error_zh)
    upload.refresh_from_db()
    print(f"上传 {received - start:.1f} 秒，检查 {checked - received:.1f} 秒：{upload.counts}", flush=True)
    clicked = time.perf_counter()
    with scope.acting(by):
        uploads.apply_upload(by=by, at=clock.now(), upload_id=upload.id)
    upload.refresh_from_db()
    applied_run = _finished(upload.run_id)
    applied = time.perf_counter()
    if applied_run.state != "succeeded":
        raise SystemExit(applied_run.error_zh)
    upload = Upload.objects.get(id=upload.id)
    seconds = (checked - start) + (applied - clicked)
    written = Encounter.objects.count() - before
    if written != upload.counts["applied"] or UploadRow.objects.filter(upload=upload).count() != rows:
        raise SystemExit("行数不符")
    used = _cpu() - busy
    return {
        "form": code,
        "rows": rows,
        "written": written,
        "rejected": upload.counts.get("rejected", 0),
        "existing": upload.counts.get("existing", 0),
        "seconds": round(seconds, 1),
        "rows_per_s": round(rows / seconds),
        "receive_s": round(received - start, 1),
        "check_s": round(checked - received, 1),
        "apply_s": round(applied - clicked, 1),
        "python_cpu_s": round(used, 1),
        "rows_per_python_cpu_s": round(rows / used),
        "load_average": round(os.getloadavg()[0], 1),
    }


def _finished(run_id: Any) -> Any:
    """Carry a job out here, or wait for a worker that took it first."""
    from gongwei.base import jobs

    while (run := jobs.run_now(run_id)).state in ("queued", "running"):
        time.sleep(0.2)
    return run


def _cpu() -> float:
    """Processor seconds of this process and of its ended children (the database's own not counted)."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _officer() -> Any:
    from gongwei.places import actors
    from gongwei.places.models import Account, Duty

    duty = (
        Duty.objects.select_related("practitioner").filter(role="county_officer").order_by("from_on").first()
    )
    if duty is None:
        raise SystemExit("数据库中没有县级管理人员")
    account = Account.objects.select_related("practitioner").get(practitioner=duty.practitioner)
    return actors.actor_for(account, duty)


def _copied(by: Any, rows: int, code: str) -> tuple[bytes, int]:
    """Records of the database as a sheet of earlier ones; as many as there are when they are fewer."""
    from gongwei.interfaces.excel import exporting, layouts, templates
    from gongwei.interfaces.excel.directory import Directory

    names = Directory(by)
    file = io.BytesIO()
    sheet = templates.Filled(file, layouts.of(code), names)
    made = 0
    for times in (1, 2, 3):
        back = dt.timedelta(days=EARLIER * times)
        for _, values in exporting._forms(by, names, code, None, None):
            if made < rows:
                made += 1
                days = {name: day - back for name, day in values.items() if isinstance(day, dt.date)}
                sheet.add(values | days | (COMPLETED if code == "check_up" else {}))
    sheet.close()
    return file.getvalue(), made


def _workbook(by: Any, rows: int, dice: random.Random) -> tuple[bytes, int]:
    from gongwei.base import clock
    from gongwei.interfaces.excel import layouts, templates
    from gongwei.interfaces.excel.directory import Directory
    from gongwei.records import columns as tables
    from gongwei.residents import queries, sealing

    names = Directory(by)
    doctors = names.doctors
    today = clock.today()
    known = tables.model_for(FORM).objects.values("resident")
    people = list(
        queries.visible_to(by)
        .filter(
            status="active",
            birth_date__lt=today - dt.timedelta(days=36 * 365),
            record_no__isnull=False,
            death_on=None,
        )
        .exclude(id__in=known)
        .order_by("id")
    )
    file = io.BytesIO()
    sheet = templates.Filled(file, layouts.of(FORM), names)
    made = 0
    days = [today - dt.timedelta(days=day) for day in range(5, 1100)]
    each_of = max(2, -(-rows // len(people)))
    for person in people:
        number = sealing.open_column(person, sealing.RESIDENT, "id_cipher")
        for day in dice.sample(days, each_of):
            if made < rows:
                made += 1
                sheet.add(_answers(person, number if made % 2 else None, day, dice.choice(doctors), dice))
    sheet.close()
    return file.getvalue(), made


def _answers(
    person: Any, number: str | None, day: dt.date, doctor: str, dice: random.Random
) -> dict[str, Any]:
    systolic = min(175, max(100, round(dice.gauss(132, 11))))
    unhappy = systolic >= 140
    return {
        "@name": person.name,
        **({"@id_number": number} if number else {"@record_no": person.record_no}),
        "@mode": "家庭",
        "done_on": day if dice.random() < 0.5 else day.isoformat(),
        "symptoms": "1 无症状",
        "systolic": systolic if dice.random() > 0.003 else "高",
        "diastolic": min(systolic - 25, max(62, round(dice.gauss(80, 6)))),
        "height": dice.randrange(150, 180),
        "weight": round(dice.uniform(50, 85), 1),
        "heart_rate": dice.randrange(60, 95),
        "cigarettes": 0,
        "cigarettes_goal": 0,
        "alcohol_liang": 0,
        "alcohol_liang_goal": 0,
        "exercise_per_week": dice.randrange(3, 8),
        "exercise_minutes": 30,
        "exercise_per_week_goal": 7,
        "exercise_minutes_goal": 30,
        "salt": dice.choice(["1", "2 中"]),
        "salt_goal": "1",
        "psychological_adjustment": "1",
        "compliance": "1",
        "medication_adherence": "1 规律",
        "adverse_reaction": "1",
        "complication": "0",
        "medications": f"药物名称：硝苯地平；每日次数：{dice.choice((1, 2))}；每次剂量：10；剂量单位：1",
        **({"referral_to": "县医院心内科"} if unhappy else {}),
        "responsible_doctor": doctor,
    }
