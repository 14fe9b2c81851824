"""The same county without a package: people filed, taken under management and served one by one, each on its day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tests.acceptance import answering, bringing, messy, the_year
from tests.acceptance.naive import people as naive_people
from tests.acceptance.naive.answers import Answers
from tests.acceptance.naive.records import Record

from gongwei import catalogue
from gongwei.base import clock
from gongwei.base.actors import Actor
from gongwei.language.measures import Published
from gongwei.places.models import Organization, Practitioner
from gongwei.quality.models import Finding
from gongwei.records import operations as records
from gongwei.records.models import Episode, Response
from gongwei.residents import operations as residents
from gongwei.residents import tags
from gongwei.residents.models import Resident
from gongwei.tasks.models import Task

_DRUGS = ("name", "times_a_day", "dose", "dose_unit")
_MODES = {"1": "outpatient", "2": "home", "3": "phone", "4": "online"}


def one_by_one(county: bringing.County, naive: Answers, written: messy.Written) -> None:
    """File, enrol and record in the order of days, with the clock standing at each of them."""
    known: dict[int, Resident] = {}
    doctors = {
        f"{p.name}@{p.organization.code}": p for p in Practitioner.objects.select_related("organization")
    }
    places = {each.code: each for each in Organization.objects.all()}
    clerk_of = {town: county.actor(f"township_clerk@{code}") for town, code in _centres().items()}
    for person in naive.register.people:
        by = clerk_of[person.village // 1000]
        known[id(person)] = _filed(by, person)
    for on, _, what in sorted(_happenings(naive), key=lambda each: (each[0], each[1])):
        if isinstance(what, Record):
            doctor = doctors[what.doctor]
            by = _actor(county, what, clerk_of)
            with clock.fixed(_noon(on)):
                records.record_encounter(
                    by=by, at=_noon(on), resident_id=known[id(what.person)].pk, done_on=on, mode=_mode(what),
                    responses=[(what.kind, _answers(what, doctor))], organization_id=places[what.organization].pk,
                    practitioner_id=doctor.pk,
                )  # fmt: skip
        else:
            person, span = what
            by = clerk_of[person.village // 1000]
            with clock.fixed(_noon(on)):
                episode = records.start_episode(
                    by=by,
                    at=_noon(on),
                    resident_id=known[id(person)].pk,
                    kind=span.kind,
                    started_on=span.first,
                )
            if span.last is not None and span.last < messy.TODAY:
                _ended(by, episode, span)


def _ended(by: Actor, episode: Episode, span: naive_people.Span) -> None:
    assert span.last is not None
    records.end_episode(by=by, at=bringing.AT, episode_id=episode.pk, ended_on=span.last, end_reason="9")


def _happenings(naive: Answers) -> Iterator[tuple[dt.date, int, Any]]:
    for person in naive.register.people:
        for span in person.spans:
            yield span.first, 0, (person, span)
        for record in person.records:
            yield record.on, record.serial, record


def _centres() -> dict[int, str]:
    return {each.area_id // 1000: each.code for each in Organization.objects.filter(kind="township_centre")}


def _actor(county: bringing.County, record: Record, clerk_of: dict[int, Actor]) -> Actor:
    return clerk_of[record.person.village // 1000]


def _noon(day: dt.date) -> dt.datetime:
    return min(clock.start_of(day) + dt.timedelta(hours=4), bringing.AT)


def _filed(by: Actor, person: naive_people.Person) -> Resident:
    profile = {
        "name": person.name, "sex": person.sex, "birth_date": person.born.isoformat(), "id_number": person.id_number or "",
        "no_id_reason": "" if person.id_number else "证件遗失，正在补办", "phone": person.phone, "area": str(person.village),
        "address": person.address, "residence_type": "1",
        "resident_since": person.since.isoformat() if person.since else "",
    }  # fmt: skip
    return residents.register_resident(
        by=by, at=bringing.AT, profile=profile, filed_on=person.filed_on.isoformat()
    ).resident


def _mode(record: Record) -> str:
    return _MODES[record.get("mode") or "1"]


def _answers(record: Record, doctor: Practitioner) -> dict[str, Any]:
    """The answers as a page would send them."""
    said: dict[str, Any] = {}
    for name, value in record.derived["as written"].items():
        if name in ("responsible_doctor", "assessor"):
            said[name] = str(doctor.pk)
        elif name == "medications":
            said[name] = [
                dict(zip(_DRUGS, line.split("；" if "；" in line else ";"), strict=True)) for line in [value]
            ]
        elif name != "done_on":
            said[name] = _plain(value)
    return said


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, dt.date) else value


# ---- what is compared ----


def state() -> dict[str, dict[Any, Any]]:
    """Tags, episodes, tasks, findings, classes and measures of everybody, without ids and moments of writing."""
    names = bringing.names()
    found: dict[str, dict[Any, Any]] = {"tag": {}, "episode": {}, "task": {}, "finding": {}, "record": {}}
    everybody = list(Resident.objects.all())
    for key, mine in tags.of(everybody, messy.TODAY).items():
        found["tag"][names[key]] = tuple(sorted(each.code for each in mine))
    for each in Episode.objects.all():
        which = (names[each.resident_id], each.kind)
        found["episode"].setdefault(which, []).append((each.state, each.started_on, each.ended_on))
    for task in Task.objects.exclude(state="cancelled"):
        if task.contact in answering.RECHECKS and task.state not in ("draft", "ready"):
            continue  # derived as it stands today: what was repeated and is over stays only where it was stored (ADR 0011)
        found["task"][names[task.resident_id], task.contact, task.anchor] = (
            task.earliest, task.due, task.latest, task.state, task.completed_on, task.reason,
        )  # fmt: skip
    for each in Finding.objects.filter(response__isnull=False):
        which = (names[each.resident_id], each.form_code, str(each.done_on))
        found["finding"].setdefault(which, []).append((each.rule, each.state))
    for each in Response.objects.select_related("encounter"):
        which = (names[each.resident_id], each.form_code, str(each.done_on), each.status)
        outcome = (each.outcome or {}).get("row")
        found["record"].setdefault(which, []).append(
            (outcome, each.differs if hasattr(each, "differs") else None)
        )
    found |= _measured()
    for kind in ("episode", "finding", "record"):
        found[kind] = {which: tuple(sorted(said, key=str)) for which, said in found[kind].items()}
    return found


def _measured() -> dict[str, dict[Any, Any]]:
    """How everybody stands in every measure of both years, with the parts that fail."""
    with clock.fixed(bringing.AT):
        taken = answering.snapshot(bringing.AT)
        made = answering.run(bringing.AT, taken, tuple(the_year.PERIODS.values()))
    codes = sorted(each.code for each in catalogue.measures() if not isinstance(each.denominator, Published))
    return {
        f"{period}/{code}": dict(people)
        for period in the_year.PERIODS.values()
        for code, people in answering.standings(made, codes, period).items()
    }
