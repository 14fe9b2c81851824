"""A package of a county's old data with everything that is wrong with such data, made from a seed.

    written = messy.write(folder, seed=1, residents=3000)

`folder/package` is what an administrator is handed; `folder/afterwards.csv` is what happened when it had been taken over (deaths,
departures, corrections) and is told to both sides. What comes back says what was meant; the naive side never looks at it.
With plain=True the same facts stand in plain workbooks with our own headings: the least any import must read.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from tests.acceptance import messy_cells as cells
from tests.acceptance import messy_files, messy_people, messy_records, messy_risks
from tests.acceptance.messy_people import TODAY, County, Entry, Person


@dataclass
class Written:
    """What was meant: the county, the records, the wrong rows of residents, what came afterwards."""

    package: Path
    afterwards: Path
    county: County
    entries: list[Entry]
    residents: list[tuple[dict[str, Any], str]]
    seed: int
    plain: bool


def write(folder: Path, *, seed: int, residents: int, plain: bool = False) -> Written:
    """Write package and afterwards; the same seed gives the same files."""
    rng = Random(seed)
    county = messy_people.build(rng, residents)
    entries = [each for person in county.people for each in messy_records.of(rng, county, person)]
    package = folder / "package"
    package.mkdir(parents=True)
    rows = _residents(rng, county)
    episodes = _episodes(rng, county)
    messy_files.write(seed, package, not plain, county, rows, episodes, entries)
    afterwards = folder / "afterwards.csv"
    _write_afterwards(rng, afterwards, county, entries)
    return Written(package, afterwards, county, entries, rows, seed, plain)


# ---- residents ----


def _residents(rng: Random, county: County) -> list[tuple[dict[str, Any], str]]:
    rows = []
    for person in county.people:
        row = messy_people.row_of(person, county)
        if rng.random() < 0.02 and not person.without_number:
            row["=sex"] = row["=birth_date"] = None
        if rng.random() < 0.02 and not person.without_number and 1930 <= person.born.year < 2000:
            row["=id_number"] = cells.Raw(cells.fifteen(person.id_number))
        rows.append((row, ""))
        if rng.random() < 0.06:
            rows.append(_wrong(rng, county, person, dict(row)))
    return rows


def _wrong(rng: Random, county: County, person: Person, row: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """A row that is about the same person again, or about nobody who can be filed."""
    if rng.random() < 0.35:
        if person.without_number or rng.random() < 0.5:
            # Once more without a number: somebody has to look.
            return row | {
                "=id_number": None,
                "=no_id_reason": "未带证件",
                "=record_no": None,
                "=birth_date": person.born,
                "=sex": person.sex,
            }, "alike"
        return row | {"=record_no": f"{row['=record_no']}A"}, "again"
    stranger = cells.id_number(
        "660203", person.born, 501 + person.number % 480 // 2 * 2 + (1 if person.sex == "2" else 0)
    )
    own = cells.id_number("660203", person.born, int(stranger[14:17]))
    row |= {
        "=record_no": f"X-{person.number:06d}",
        "=name": person.name[0] + "小异",
        "=id_number": own,
        "=phone": f"138{person.number:08d}",
    }
    row |= {"=birth_date": person.born, "=sex": "1" if int(own[16]) % 2 else "2", "=no_id_reason": None}
    ways = [
        ("check character", {"=id_number": cells.Raw(own[:17] + ("0" if own[17] != "0" else "1"))}),
        ("17 digits", {"=id_number": cells.Raw(own[:17])}),
        (
            "no such birthday",
            {"=id_number": cells.Raw(_with_check(own[:6] + "19850231" + own[14:17])), "=birth_date": None},
        ),
        ("unknown village", {"=area": cells.Raw("没有这个村")}),
        ("no name", {"=name": None}),
        ("no village", {"=area": None}),
        ("other birthday", {"=birth_date": person.born + dt.timedelta(days=1)}),
        ("other sex", {"=sex": "2" if int(own[16]) % 2 else "1"}),
        ("filed tomorrow", {"=filed_on": TODAY + dt.timedelta(days=3)}),
        ("filed before birth", {"=filed_on": person.born - dt.timedelta(days=30)}),
        ("no number, no reason", {"=id_number": None, "=no_id_reason": None}),
        ("name with digits", {"=name": cells.Raw("张三2")}),
        ("destroyed", {"=id_number": cells.Raw("6.60203E+17")}),
    ]
    if not person.without_number:
        ways.append(
            (
                "number of another",
                {"=id_number": person.id_number, "=birth_date": person.born, "=sex": person.sex},
            )
        )
    why, changes = rng.choice(ways)
    return row | changes, why


def _with_check(body: str) -> str:
    return body + cells.check_character(body)


def _episodes(rng: Random, county: County) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for person in county.people:
        kinds = {
            "高血压患者管理": person.htn_since,
            "2型糖尿病患者管理": person.dm_since,
            **messy_risks.since(person),
        }
        for kind, since in kinds.items():
            if since is None:
                continue
            ended, reason = person.died_on or person.left_on, "死亡" if person.died_on else "迁出"
            if ended is not None and (ended < since or rng.random() < 0.4):
                ended = None
            if ended is None and rng.random() < 0.04:
                ended, reason = (
                    max(since, TODAY - dt.timedelta(days=rng.randrange(500))),
                    rng.choice(("失访", "拒绝")),
                )
            diagnosed = since - dt.timedelta(days=rng.randrange(400))
            rows.append(
                [person.name, person.number_told, person.old_number, kind, max(diagnosed, person.born), since,
                 "已结束" if ended else "管理中", ended, reason if ended else None]
            )  # fmt: skip
    return rows


# ---- afterwards ----


def _write_afterwards(rng: Random, path: Path, county: County, entries: Sequence[Entry]) -> None:
    """Deaths and departures registered, follow-ups corrected or withdrawn, after the package was taken over."""
    rows: list[list[Any]] = [["动作", "证件号码", "日期", "表单", "服务日期", "项目", "新值"]]
    for person in county.people:
        if person.without_number:
            continue
        if person.died_on and rng.random() < 0.85:
            rows.append(["死亡", person.id_number, person.died_on.isoformat(), "", "", "", ""])
        elif person.left_on and rng.random() < 0.85:
            rows.append(["迁出", person.id_number, person.left_on.isoformat(), "", "", "", ""])
        elif rng.random() < 0.04:
            mine = [
                e
                for e in entries
                if e.person is person
                and e.kind in ("htn_follow_up", "dm_follow_up")
                and not e.why
                and "systolic" in e.answers
            ]
            if mine:
                chosen = rng.choice(mine)
                if rng.random() < 0.3:
                    rows.append(["作废", person.id_number, "", chosen.kind, chosen.on.isoformat(), "", ""])
                else:
                    item, value = rng.choice((("systolic", 158), ("systolic", 120), ("mode", "3")))
                    rows.append(
                        ["更正", person.id_number, "", chosen.kind, chosen.on.isoformat(), item, str(value)]
                    )
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
