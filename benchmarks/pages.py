"""How fast the pages of daily work answer 50 people at once, and what the protections of a save cost.

    ./gongwei bench pages --residents 1000000

Fifty signed-in doctors against the real page server over loopback: worklist, follow-up page, save, again and again with
a person's pause between (`think_s`; nobody presses without looking). `worklist_p95_ms` is that of doctors with about
1 500 residents each. The `at_pace_…` figures are the same with the pauses people really make (10 s); the goals are judged
without them. Then everybody saves without a pause: `saves_per_s`. `save_over_bare` is that rate over the rate of a bare
ASGI handler (granian, psycopg, one pipeline) which writes the same rows into the same tables, with as many workers and askers,
in the same run. Uses the database given when it holds enough residents, else makes them by the simulation.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import socket
import statistics
import sys
import tempfile
import time
import urllib.parse
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
USERS, DOCTORS, RESIDENTS_OF_A_DOCTOR = 50, 10, 1_500
ENOUGH_PATIENTS = 100  # whom a doctor can still follow up; in a small county those with fewer are taken, too
USED_UP = "可随访的高血压患者在测量中用完了，用时不可比：请用新的数据库，或更多居民。"
LEAST_SECONDS = 5  # that the saves without a pause must last to be a rate
STEPS = 3  # of a round: worklist, follow-up page, save
TOKEN = "b" * 32  # the browser's half of the CSRF check; the cookie says the same
ANSWERS = {
    "mode": "1", "symptoms": "1", "systolic": "131", "diastolic": "79", "heart_rate": "74", "cigarettes": "0",
    "cigarettes_goal": "0", "alcohol_liang": "0", "alcohol_liang_goal": "0", "exercise_per_week": "3",
    "exercise_minutes": "30", "exercise_per_week_goal": "5", "exercise_minutes_goal": "30", "salt": "1",
    "salt_goal": "1", "psychological_adjustment": "1", "compliance": "1", "medication_adherence": "1",
    "adverse_reaction": "1", "medications-0-name": "硝苯地平", "medications-0-times_a_day": "2",
    "medications-0-dose": "10", "medications-0-dose_unit": "1",
}  # fmt: skip


@dataclass
class Doctor:
    """A doctor's session and the residents with hypertension that can be followed up."""

    cookie: str
    practitioner: str
    residents: list[str]
    charge: int


@dataclass
class Times:
    """Milliseconds by kind of request, and answers that were not what they should be."""

    worklist: list[float] = field(default_factory=list)
    followup_open: list[float] = field(default_factory=list)
    save: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def main(argv: list[str]) -> None:
    """Measure and print; the last line is one JSON object."""
    parser = argparse.ArgumentParser(prog="bench pages", description="日常页面在50人同时使用时的用时")
    parser.add_argument("--residents", type=int, default=20_000, help="居民人数（数据库中不足时模拟生成）")
    parser.add_argument("--seconds", type=float, default=20, help="每一段测量的秒数（默认20）")
    parser.add_argument("--think", type=float, default=2.0, help="每人两次操作之间的平均停顿秒数（默认2）")
    parser.add_argument(
        "--pace", type=float, default=10.0, help="另按真人的节奏再测一遍：停顿秒数（默认10，0为不测）"
    )
    parser.add_argument("--users", type=int, default=USERS, help="同时使用的人数（默认50）")
    options = parser.parse_args(argv)
    sys.path.insert(0, str(ROOT))
    from gongwei.site import database

    with database.ready(apart=True):
        _people(options.residents)
        doctors = _doctors()
        print(json.dumps(_measured(doctors, options), ensure_ascii=False))


def _people(wanted: int) -> None:
    from benchmarks import search

    from gongwei.tasks import rebuilding
    from gongwei.tasks.models import Task

    search._people(wanted)
    if Task.objects.count() < wanted // 20:
        rebuilding.rebuild()


def _doctors() -> list[Doctor]:
    """Sessions of doctors who look after about 1 500 residents each, those first whom earlier runs left patients."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import connection

    from gongwei.base import actors, clock
    from gongwei.places import operations as places
    from gongwei.places import sessions
    from gongwei.places.models import Account, Duty

    with connection.cursor() as cursor:
        cursor.execute(
            "select responsible_doctor_id, count(*) from residents_resident where status = 'active' "
            "and responsible_doctor_id is not null group by 1 order by abs(count(*) - %s), 1 limit %s",
            [RESIDENTS_OF_A_DOCTOR, DOCTORS * 10],
        )
        near = [
            (practitioner, charge, _patients(cursor, practitioner))
            for practitioner, charge in cursor.fetchall()
        ]
    chosen = sorted(near, key=lambda each: len(each[2]) < ENOUGH_PATIENTS)[:DOCTORS]
    at, found = clock.now(), []
    for practitioner, charge, residents in chosen:
        account = Account.objects.filter(practitioner=practitioner).first()
        if account is None:
            account, _ = places.create_account(
                by=actors.SYSTEM,
                at=at,
                practitioner_id=practitioner,
                username=f"bench.{str(practitioner)[-12:]}",
            )
            Account.objects.filter(pk=account.pk).update(must_change_password=False)
            account.refresh_from_db()
        duty = Duty.objects.filter(practitioner=practitioner, until_on=None, role__endswith="_doctor").first()
        if duty is None:
            continue
        session = SessionStore()
        session[SESSION_KEY] = str(account.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = account.get_session_auth_hash()
        session[sessions.BEGAN] = session[sessions.SEEN] = at.timestamp()
        session[sessions.DUTY] = str(duty.pk)
        session.create()
        cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; csrftoken={TOKEN}"
        found.append(Doctor(cookie, str(practitioner), residents, charge))
    return found


def _patients(cursor: Any, practitioner: uuid.UUID) -> list[str]:
    """Whom a doctor manages for hypertension and has not followed up for twenty days."""
    cursor.execute(
        "select r.id::text from residents_resident r join records_episode e on e.resident_id = r.id "
        "and e.kind = 'hypertension' and e.state = 'active' and e.started_on < current_date "
        "where r.responsible_doctor_id = %s and r.status = 'active' and not exists ("
        "select 1 from hypertension_followup f where f.resident_id = r.id "
        "and f.done_on > current_date - 20) order by r.id",
        [practitioner],
    )
    return [row[0] for row in cursor.fetchall()]


class Connection:
    """One person's connection: HTTP/1.1, kept open."""

    def __init__(self, port: int, cookie: str) -> None:
        self._port, self.cookie = port, cookie
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, str, float]:
        """Status, Location and milliseconds until the answer was there whole."""
        began = time.perf_counter()
        if self._writer is None or (self._reader is not None and self._reader.at_eof()):
            # The server hangs up on who has been silent for half a minute; a browser calls again.
            await self.close()
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        assert self._reader is not None
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nCookie: {self.cookie}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        if "content-length" in headers:
            await self._reader.readexactly(int(headers["content-length"]))
        elif headers.get("transfer-encoding") == "chunked":
            while size := int((await self._reader.readline()).strip(), 16):
                await self._reader.readexactly(size + 2)
            await self._reader.readline()
        took = (time.perf_counter() - began) * 1000
        return int(lines[0].split()[1]), headers.get("location", ""), took

    async def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()


def _form(doctor: Doctor) -> bytes:
    """A routine follow-up as the page sends it."""
    said = {f"htn_follow_up-{name}": value for name, value in ANSWERS.items()}
    said |= {
        "csrfmiddlewaretoken": TOKEN,
        "submission": str(uuid.uuid4()),
        "form": "htn_follow_up",
        "back": "/tasks/",
        "confirmed": "1",
        # Asked of a pressure that is the last one's to the digit, as some of the simulated are: the doctor confirms it.
        "asked": "htn_follow_up systolic 血压与上次完全相同",
        "htn_follow_up-done_on": time.strftime("%Y-%m-%d"),
        "htn_follow_up-responsible_doctor": doctor.practitioner,
    }
    return urllib.parse.urlencode(said).encode()


def _measured(doctors: list[Doctor], options: argparse.Namespace) -> dict[str, Any]:
    from gongwei.site import processes, service

    with tempfile.TemporaryDirectory() as folder:
        address = service.Address("127.0.0.1", _free_port())
        crew = processes.Crew(Path(folder))
        crew.start("web", service.pages(address), service.pages_environment())
        try:
            service.await_answer(crew, address)
            asyncio.run(
                _day(address.port, doctors, options.users, 3, 0.2, Times())
            )  # every worker has seen every page
            times = Times()
            asyncio.run(_day(address.port, doctors, options.users, options.seconds, options.think, times))
            print(
                f"逐页：打开随访 {_p95(times.followup_open)}，保存 {_p95(times.save)}，待办 {_p95(times.worklist)} 毫秒（p95）"
            )
            paced = Times()
            if options.pace:
                asyncio.run(
                    _day(address.port, doctors, options.users, 2 * options.seconds, options.pace, paced)
                )
            if not all(doctor.residents for doctor in doctors):
                raise SystemExit(USED_UP)
            rate, written = asyncio.run(_saving(address.port, doctors, options.users, options.seconds, times))
        finally:
            crew.stop()
        print(f"不停顿：每秒保存 {rate:.1f} 份")
        from benchmarks import bare_saves

        bare = bare_saves.rate(written, options.users, options.seconds, service.WORKERS, Path(folder))
    if times.wrong:
        print(f"有 {len(times.wrong)} 个回答不对，如：{times.wrong[0]}")
    return {
        "residents": options.residents,
        "users": options.users,
        "think_s": options.think,
        "doctor_residents": round(statistics.mean(doctor.charge for doctor in doctors)),
        "followup_open_p95_ms": _p95(times.followup_open),
        "save_p95_ms": _p95(times.save),
        "worklist_p95_ms": _p95(times.worklist),
        "followup_open_p50_ms": _p50(times.followup_open),
        "save_p50_ms": _p50(times.save),
        "worklist_p50_ms": _p50(times.worklist),
        "asked": len(times.followup_open) + len(times.save) + len(times.worklist),
        "wrong": len(times.wrong) + len(paced.wrong),
        **(_at_a_pace(paced, options.pace) if options.pace else {}),
        "saves_per_s": round(rate, 1),
        "bare_per_s": round(bare, 1),
        "save_over_bare": round(rate / bare, 3),
    }


def _at_a_pace(times: Times, pace: float) -> dict[str, Any]:
    """The same people at the pace of people, beside the hard line above: a routine follow-up took 13 s (`bench entry`)."""
    return {
        "at_pace_think_s": pace,
        "at_pace_followup_open_p95_ms": _p95(times.followup_open),
        "at_pace_save_p95_ms": _p95(times.save),
        "at_pace_worklist_p95_ms": _p95(times.worklist),
        "at_pace_asked": len(times.followup_open) + len(times.save) + len(times.worklist),
    }


def _p95(values: list[float]) -> float:
    return round(statistics.quantiles(values, n=20)[-1], 1) if len(values) > 1 else float("nan")


def _p50(values: list[float]) -> float:
    return round(statistics.median(values), 1) if values else float("nan")


async def _day(
    port: int, doctors: list[Doctor], users: int, seconds: float, think: float, times: Times
) -> None:
    """Everybody works through the worklist, with pauses.

    People do not all come in the same moment: each begins somewhere in the time of a first round. Who has begun a round
    ends it, so that nobody's save is cut off; what is asked after the time is not counted, for by then others have gone.
    """
    end = time.perf_counter() + seconds
    source = random.Random(1)

    async def one(number: int) -> None:
        doctor = doctors[number % len(doctors)]
        line = Connection(port, doctor.cookie)
        await asyncio.sleep(source.random() * STEPS * think)
        while time.perf_counter() < end and doctor.residents:
            resident = doctor.residents.pop()
            for kind, method, path, body, good in (
                ("worklist", "GET", "/tasks/", b"", 200),
                ("followup_open", "GET", f"/residents/{resident}/serve/?form=htn_follow_up", b"", 200),
                ("save", "POST", f"/residents/{resident}/serve/", _form(doctor), 302),
            ):
                in_time = time.perf_counter() < end
                status, to, took = await line.ask(method, path, body)
                if status == good and "login" not in to:
                    if in_time:
                        getattr(times, kind).append(took)
                else:
                    times.wrong.append(f"{kind} {status} {to}")
                await asyncio.sleep(source.expovariate(1 / think))
        await line.close()

    await asyncio.gather(*(one(number) for number in range(users)))


async def _saving(
    port: int, doctors: list[Doctor], users: int, seconds: float, times: Times
) -> tuple[float, str]:
    """Saves a second when nobody pauses, and the id of a response that was written."""
    began, done, last = time.perf_counter(), 0, ""
    end = began + seconds

    async def one() -> None:
        nonlocal done, end, last
        line = Connection(port, "")
        while time.perf_counter() < end:
            doctor = max(
                doctors, key=lambda each: len(each.residents)
            )  # so that none runs out before the others
            if not doctor.residents:
                break
            resident, line.cookie = doctor.residents.pop(), doctor.cookie
            body = _form(doctor).replace(b"back=%2Ftasks%2F&", b"")
            status, to, _ = await line.ask("POST", f"/residents/{resident}/serve/", body)
            if status == 302 and to.startswith("/responses/"):
                done, last = done + 1, to.split("/")[2]
            else:
                times.wrong.append(f"save {status} {to}")
        # The rate counts while everybody saves: it ends when nobody is left to follow up.
        end = min(end, time.perf_counter())
        await line.close()

    await asyncio.gather(*(one() for _ in range(users)))
    if end - began < LEAST_SECONDS:
        raise SystemExit(USED_UP)
    return done / (time.perf_counter() - began), last


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main(sys.argv[1:])
