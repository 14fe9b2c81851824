"""Checks of residents' files and of practitioners' work, as set queries (file_checks.sql). Run as the owner.

Those about a single file are asked again when it changes; those that compare files or count a practitioner's work
run in bulk. What is sealed (numbers of documents and telephones) is checked by `identity_checks`.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any
from uuid import UUID

from django.db import connection

from gongwei import catalogue
from gongwei.base import clock, sealed
from gongwei.places.models import PractitionerPhone
from gongwei.quality import identity_checks, keeping, parameters, rules, series_checks
from gongwei.residents import sealing, states

#: Records in use: a draft is not yet one, a cancelled or merged one no longer.
LIVING = [states.ACTIVE, states.TRANSFERRING_OUT, states.LOST]
_HEAD = re.compile(r"^-- name: (\w+) (response|resident|practitioner) (each|all)$", re.MULTILINE)
_NUMBERS = (
    "oldest_age", "phone_residents", "phone_families", "filed_per_day", "filed_per_ten_minutes", "moved_out_days",
    "parent_years", "clinic_per_day", "homes_per_day", "late_entry_days", "late_entry_share", "late_entry_least",
    "night_share", "night_least", "fast_seconds", "fast_least", "run_of_equals", "twin_residents", "digit_least",
    "digit_odd_share", "digit_critical_even", "digit_critical_ten", "edge_ratio", "edge_least",
)  # fmt: skip


@dataclass(frozen=True)
class FileCheck:
    """One query. `each`: it may be asked of single residents."""

    rule: rules.Rule
    about: str
    each: bool
    sql: str

    @property
    def digest(self) -> str:
        """Changes with the query and with the rule's severity; parameters are dated, their change is no new rule."""
        return hashlib.sha256(f"{self.sql}|{self.rule.severity}".encode()).hexdigest()[:16]


@cache
def checks() -> tuple[FileCheck, ...]:
    """All queries: those of the file in its order, then those written from the definitions."""
    text = resources.files(__package__).joinpath("file_checks.sql").read_text(encoding="utf-8")
    heads = list(_HEAD.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)]
    found = [
        FileCheck(rules.of(head[1]), head[2], head[3] == "each", text[head.end() : end].strip())
        for head, end in zip(heads, ends, strict=True)
    ]
    found += [
        FileCheck(rules.of(code), about, each == "each", sql.strip())
        for code, about, each, sql in series_checks.queries()
    ]
    return tuple(each for each in found if rules.enabled(each.rule))


def of_residents(resident_ids: Sequence[UUID], *, at: dt.datetime, run_id: UUID | None) -> keeping.Outcome:
    """Check the files of single residents again."""
    outcome = keeping.Outcome()
    if not resident_ids:
        return outcome
    asked = {**values(clock.day_of(at)), "ids": list(resident_ids)}
    for about in ("resident", "response"):
        chosen = [check for check in checks() if check.each and check.about == about]
        found = [each for check in chosen for each in _found(check, "r.id = any(%(ids)s)", asked)]
        codes = [check.rule.code for check in chosen]
        digests = [check.digest for check in chosen]
        if about == "resident":
            found += identity_checks.of_residents(resident_ids)
            codes += identity_checks.CODES
            digests.append(identity_checks.DIGEST)
        scope = keeping.Scope(
            about,
            f"old.rule = any(%(codes)s) and old.resident_id = any(%(ids)s) and {_ABOUT[about]}",
            {"codes": codes, "ids": list(resident_ids)},
            digests,
        )
        outcome += keeping.keep(found, scope, at=at, run_id=run_id)
    return outcome


_ABOUT = {
    "response": "old.response_id is not null",
    "resident": "old.response_id is null and old.resident_id is not null",
    "practitioner": "old.response_id is null and old.resident_id is null",
}


def of_all(check: FileCheck, *, at: dt.datetime, run_id: UUID | None) -> keeping.Outcome:
    """Run one query over everybody."""
    scope = keeping.Scope(
        check.about,
        f"old.rule = %(code)s and {_ABOUT[check.about]}"
        + (" and old.key = 'name'" if check.rule.code == "QA015" else ""),
        {"code": check.rule.code},
        [check.digest],
    )
    return keeping.keep(_found(check, "true", values(clock.day_of(at))), scope, at=at, run_id=run_id)


def values(today: dt.date) -> dict[str, Any]:
    """What the queries are asked with: parameters of the day, staff telephones as blind indexes, routine forms."""
    known: dict[str, Any] = {name: parameters.value(name, today) for name in _NUMBERS}
    for name, value in known.items():
        if isinstance(value, Decimal) and value == value.to_integral_value():
            known[name] = int(value)
    staff = [
        (sealed.blind(number, purpose=sealing.PHONE_PURPOSE), row.practitioner.name, row.practitioner_id)
        for row in PractitionerPhone.objects.select_related("practitioner")
        if (number := _phone(row))
    ]
    return {
        **known,
        "today": today,
        "living": LIVING,
        "programme_start": parameters.value("programme_start", today),
        "staff_keys": [key for key, _, _ in staff],
        "staff_names": [name for _, name, _ in staff],
        "staff_ids": [key for _, _, key in staff],
        "routine": routine_forms(),
        "diseases": list(series_checks.diseases()),
        "followed_forms": [form for form, _ in series_checks.followed()],
        "followed_kinds": [kind for _, kind in series_checks.followed()],
    }


def _phone(row: PractitionerPhone) -> str | None:
    return sealed.decrypt(
        row.phone_cipher, table="places_practitionerphone", column="phone_cipher", row_id=row.practitioner_id
    )


def routine_forms() -> list[str]:
    """The forms of contacts that come again and again: follow-ups."""
    return sorted({contact.form.code for contact in catalogue.contacts() if contact.every is not None})


def _found(check: FileCheck, people: str, asked: dict[str, Any]) -> Iterator[keeping.Found]:
    with connection.cursor() as cursor:
        cursor.execute(check.sql.replace("{people}", people), asked)
        rows = cursor.fetchall()
    for resident, area, response, form, day, practitioner, organization, key, said, evidence in rows:
        yield keeping.Found(
            rule=check.rule,
            key=key,
            area_key=area,
            digest=check.digest,
            resident_id=resident,
            response_id=response,
            form_code=form,
            done_on=day,
            practitioner_id=practitioner,
            organization_id=organization,
            found=said,
            expected="",
            evidence=json.loads(evidence),
        )
