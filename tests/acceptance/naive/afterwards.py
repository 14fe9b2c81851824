"""What happened when the package had been taken over: deaths, departures, corrections, withdrawals."""

from __future__ import annotations

import csv
import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.acceptance.naive.people import Person, Register
from tests.acceptance.naive.records import Record


def happened(path: Path, register: Register) -> None:
    """Take all of it in, line by line."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            person = register.by_number.get(row["证件号码"])
            if person is None:
                continue
            if row["动作"] in ("死亡", "迁出"):
                _ended(person, row["动作"], dt.date.fromisoformat(row["日期"]))
            else:
                _changed(person, row)


def _ended(person: Person, how: str, on: dt.date) -> None:
    """The file ends, and with it what was open under management."""
    if how == "死亡":
        person.died_on = on
    else:
        person.left_on = on
    for span in person.spans:
        if span.last is None:
            span.last = max(on, span.first)


def _changed(person: Person, row: dict[str, str]) -> None:
    on = dt.date.fromisoformat(row["服务日期"])
    mine = [
        each for each in person.records if (each.kind, each.on, each.status) == (row["表单"], on, "final")
    ]
    if len(mine) != 1:
        return
    if row["动作"] == "作废":
        mine[0].status = "entered_in_error"
        return
    value: Any = Decimal(row["新值"]) if re.fullmatch(r"\d{2,}", row["新值"]) else row["新值"]
    # What the rules derive is left to them again, as the paper of a correction does.
    kept = {
        name: said
        for name, said in mine[0].says.items()
        if name not in ("outcome", "outcome_reason", "next_due_on")
    }
    new = Record(
        mine[0].kind,
        person,
        on,
        kept | {row["项目"]: value},
        mine[0].doctor,
        mine[0].organization,
        mine[0].serial,
    )
    new.derived["corrects"] = mine[0]
    mine[0].status = "superseded"
    person.records.append(new)
