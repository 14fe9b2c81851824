"""One county's people and services, made as arrays and loaded in chunks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from gongwei import catalogue
from gongwei.base import pinyin, sealed
from gongwei.records import columns as typed_tables
from gongwei.records import definitions, episode_tags
from gongwei.records import models as records
from gongwei.residents import models as residents
from gongwei.residents import sealing
from gongwei.site.simulation import geography, loading, rows
from gongwei.site.simulation.names import Names
from gongwei.site.simulation.people import DAY, HEAD, People, make_people
from gongwei.site.simulation.services import Services, make_services

FORMS = ("basic_information", "check_up", "self_care_assessment", "htn_follow_up", "dm_follow_up")
CHUNK = 50_000
MODES = {"1": "outpatient", "2": "home", "3": "phone"}
# More residents than stay: these died or moved away while the record existed. [D]
GONE = 0.012
DUPLICATES = 0.0015  # filed twice, the second time without an identity number [D]
DIED, MOVED = "1", "2"


@dataclass(frozen=True)
class Task:
    """What one county's load needs; travels to another process."""

    county: geography.County
    residents: int
    seed: np.random.SeedSequence
    today: np.datetime64
    years: int


def in_process(task: Task, url: str, answers: Any) -> None:
    """Run `load` in a process of its own and report through the queue."""
    import django

    os.environ["DATABASE_URL"] = url
    django.setup()
    try:
        for people, written in load(task, url):
            answers.put((people, written, None))
    except Exception as error:  # the parent tells it; a silent child would look like success
        answers.put((0, 0, f"{type(error).__name__}: {error}"))
        raise


def prepare_form_versions(at: datetime) -> None:
    """Write down the versions of the forms that the simulated responses use."""
    for code in FORMS:
        definition = definitions.of(code)
        records.FormVersion.objects.get_or_create(
            digest=definition.digest,
            defaults={
                "form_code": code,
                "version": definition.form.version,
                "definition": definitions.described(definition.form),
                "first_used_at": at,
            },
        )


@dataclass
class Placed:
    """Where each person lives, who keeps the record, and since when."""

    village: np.ndarray  # area keys
    clinic: np.ndarray  # index into the county's clinics
    doctor: np.ndarray  # index into the county's list of doctors
    household_id: np.ndarray  # (households, 16)
    resident_id: np.ndarray  # (n, 16)
    encounter_seed: np.random.Generator
    filed_on: np.ndarray
    left_on: np.ndarray
    reason: np.ndarray  # '' here, DIED, MOVED
    serial: np.ndarray
    segment: np.ndarray  # 12 digits as objects


def load(task: Task, url: str) -> Iterator[tuple[int, int]]:
    """Make and write one county; yields (people written, rows written) after each committed step."""
    rng = np.random.default_rng(task.seed)
    county = task.county
    clinics = [(township, clinic) for township in county.townships for clinic in township.clinics]
    gone = round(task.residents * GONE)
    people = make_people(rng, task.residents + gone, task.today, f"{county.key // 10**6:06d}", Names())
    placed = _place(rng, people, county, clinics, gone, task.today)
    quality = np.clip(rng.beta(4, 1.6, len(clinics)), 0.05, 1)
    services = make_services(
        rng,
        people,
        filed_on=placed.filed_on,
        left_on=placed.left_on,
        clinic=placed.clinic,
        clinic_quality=quality,
        today=task.today,
        years=task.years,
    )
    copy = loading.Copy(url)
    try:
        written = _write_people(copy, rng, people, placed, county, clinics)
        for count in written:
            yield count, 0
        yield 0, copy.rows
        before = copy.rows
        _write_services(copy, rng, services, placed, clinics)
        yield 0, copy.rows - before
        copy.commit()
    finally:
        copy.close()


def _place(
    rng: np.random.Generator,
    people: People,
    county: geography.County,
    clinics: list[tuple[geography.Township, geography.Clinic]],
    gone: int,
    today: np.datetime64,
) -> Placed:
    n = len(people)
    households = int(people.household.max()) + 1
    villages = [(key, number) for number, (_, clinic) in enumerate(clinics) for key in clinic.villages]
    keys = np.array([key for key, _ in villages])
    of_clinic = np.array([number for _, number in villages])
    weight = rng.gamma(4, 1, len(keys))
    home = rng.choice(len(keys), households, p=weight / weight.sum())[people.household]
    doctors_before = np.cumsum([0] + [len(clinic.doctors) for _, clinic in clinics])
    of_household = rng.integers(0, 2, households)[people.household]
    clinic = of_clinic[home]
    staff = np.array([len(c.doctors) for _, c in clinics])
    doctor = doctors_before[clinic] + of_household % staff[clinic]

    # Most records come from the campaigns of 2009 to 2013, the rest from births and people who moved in.
    campaign = np.datetime64("2009-10-01") + (rng.beta(1.6, 3.5, n) * 1600).astype(int) * DAY
    later = (
        np.datetime64("2014-01-01")
        + (rng.random(n) * (today - np.datetime64("2014-01-01")).astype(int)).astype(int) * DAY
    )
    filed = np.where(rng.random(n) < 0.18, later, campaign)
    born_later = people.birth >= filed
    filed = np.where(born_later, people.birth + rng.integers(3, 60, n) * DAY, filed)
    filed = np.minimum(filed, today)
    left = np.full(n, np.datetime64("NaT"), dtype="datetime64[D]")
    reason = np.full(n, "", dtype="U1")
    age = people.age_on(today)
    risk = np.interp(age, [0, 20, 50, 65, 75, 85, 100], [0.2, 1.0, 1.0, 3, 8, 25, 60])
    leaving = rng.choice(n, gone, replace=False, p=risk / risk.sum())
    since = np.maximum(filed[leaving], today - 730 * DAY)
    left[leaving] = since + (rng.random(gone) * np.maximum((today - since).astype(int), 1)).astype(int) * DAY
    reason[leaving] = np.where(age[leaving] > 55, DIED, MOVED)

    segment_of = np.array(
        [_segment(county, township, index) for township, _, index in _villages(county, clinics)], dtype=object
    )
    order = np.lexsort((people.household, filed, home))
    first = np.searchsorted(home[order], home[order], side="left")
    serial = np.empty(n, dtype=np.int64)
    serial[order] = np.arange(n) - first + 1
    if serial.max() > 99_999:
        raise ValueError("a village holds more residents than record numbers")
    return Placed(
        keys[home],
        clinic,
        doctor,
        loading.seeded_ids(rng, np.full(households, _milliseconds(np.datetime64("2009-10-01")))),
        loading.seeded_ids(rng, _milliseconds(filed) + rng.integers(0, 86_400_000, n)),
        rng,
        filed,
        left,
        reason,
        serial,
        segment_of[home],
    )


def _villages(
    county: geography.County, clinics: list[tuple[geography.Township, geography.Clinic]]
) -> Iterator[tuple[geography.Township, int, int]]:
    for township, clinic in clinics:
        for key in clinic.villages:
            yield township, key, key % 1000


def _segment(county: geography.County, township: geography.Township, village: int) -> str:
    """The first twelve digits of the record numbers of a village (records.md §2)."""
    third = village if township.urban else village - 99
    return f"{county.key // 10**6:06d}{township.segment}{third:03d}"


def _milliseconds(days: np.ndarray | np.datetime64) -> Any:
    return np.asarray(days).astype("datetime64[ms]").astype(np.int64)


def _binary(values: list[Any]) -> pa.Array:
    return pa.array(values, pa.binary())


def _write_people(
    copy: loading.Copy,
    rng: np.random.Generator,
    people: People,
    placed: Placed,
    county: geography.County,
    clinics: list[tuple[geography.Township, geography.Clinic]],
) -> Iterator[int]:
    """Households, residents with their memberships, tags and filing events, in chunks."""
    _write_households(copy, people, placed)
    organization = loading_ids([clinic.id for _, clinic in clinics])
    doctor = loading_ids([key for _, clinic in clinics for key in clinic.doctors])
    n = len(people)
    phones = _phones(rng, n)
    grown = people.age_on(placed.filed_on) >= 12
    names = people.name
    second = rng.random(n) < DUPLICATES
    house_number = rng.integers(1, 300, int(people.household.max()) + 1)[people.household]
    for start in range(0, n, CHUNK):
        chunk = np.arange(start, min(start + CHUNK, n))
        _write_residents(
            copy, chunk, people, placed, names, phones, grown, organization, doctor, house_number
        )
        copy.commit()
        yield len(chunk)
    doubles = np.flatnonzero(second & (placed.reason == ""))
    _write_duplicates(
        copy, rng, doubles, people, placed, names, phones, grown, organization, doctor, house_number
    )
    copy.commit()
    yield 0


def loading_ids(keys: list[Any]) -> np.ndarray:
    """UUIDs as an array of shape (n, 16)."""
    return np.frombuffer(b"".join(key.bytes for key in keys), dtype=np.uint8).reshape(len(keys), 16)


def _phones(rng: np.random.Generator, n: int) -> np.ndarray:
    """Telephone numbers of a range that is given to nobody (154), 3 % mistyped as practice has it."""
    digits = rng.integers(0, 10**8, n)
    phones = np.char.add("154", np.char.zfill(digits.astype("U8"), 8)).astype(object)
    missing = rng.random(n) < 0.03
    phones[missing] = ""
    return phones


def _write_households(copy: loading.Copy, people: People, placed: Placed) -> None:
    count = len(placed.household_id)
    first = np.searchsorted(people.household, np.arange(count))
    heads = np.where(people.relation[first] == HEAD, first, first)
    number = np.array([f"{segment}{k:06d}" for k, segment in enumerate(placed.segment[first])], dtype=object)
    for start in range(0, count, CHUNK):
        chunk = np.arange(start, min(start + CHUNK, count))
        at = heads[chunk]
        copy.append(
            residents.Household._meta.db_table,
            rows.columns_of(
                residents.Household,
                {
                    "id": loading.uuid_column(placed.household_id[chunk]),
                    "number": number[chunk],
                    "area_id": placed.village[at],
                    "head_id": loading.uuid_column(placed.resident_id[at]),
                    "address": np.full(len(chunk), ""),
                    "created_at": loading.instants_column(placed.filed_on[at]),
                },
                len(chunk),
            ),
        )


def _sealed(
    resident_ids: list[Any], values: list[str], purposes: dict[str, Any], column: str
) -> dict[str, pa.Array]:
    table = residents.Resident._meta.db_table
    given = [value or None for value in values]
    result = {
        column: _binary(
            sealed.encrypt_many(zip(resident_ids, given, strict=True), table=table, column=column)
        )
    }
    for name, (purpose, part) in purposes.items():
        result[name] = _binary(sealed.blind_many((part(v) if v else None for v in given), purpose=purpose))
    return result


def _resident_columns(
    chunk: np.ndarray,
    resident_id: np.ndarray,
    people: People,
    placed: Placed,
    names: np.ndarray,
    numbers: np.ndarray,
    phones: np.ndarray,
    grown: np.ndarray,
    organization: np.ndarray,
    doctor: np.ndarray,
    house_number: np.ndarray,
    record_no: np.ndarray,
) -> dict[str, Any]:
    import uuid

    n = len(chunk)
    keys = [uuid.UUID(bytes=value.tobytes()) for value in resident_id]
    name = names[chunk]
    id_type = np.where(numbers == "", "99", "01")
    left = placed.reason[chunk] != ""
    died = placed.reason[chunk] == DIED
    household = placed.household_id[people.household[chunk]]
    return {
        "id": loading.uuid_column(resident_id),
        "record_no": record_no,
        "record_no_aliases": pa.array([[]] * n, pa.list_(pa.string())),
        "name": name,
        "name_sort": pa.array([pinyin.sort_key(x) for x in name]),
        "initials": pa.array([list(pinyin.initials(x)) for x in name], pa.list_(pa.string())),
        "pinyin": pa.array([list(pinyin.spellings(x)) for x in name], pa.list_(pa.string())),
        "sex": np.where(people.male[chunk], "1", "2"),
        "birth_date": people.birth[chunk],
        "id_type": id_type,
        "no_id_reason": np.where(numbers == "", "未提供", ""),
        **_sealed(
            keys,
            list(numbers),
            {
                "id_key": (sealing.ID_PURPOSE, lambda v: sealing.document("01", v)),
                "id_last4_key": (sealing.LAST4_PURPOSE, lambda v: v[-4:]),
                "id_last6_key": (sealing.LAST6_PURPOSE, lambda v: v[-6:]),
            },
            "id_cipher",
        ),
        **_sealed(
            keys,
            list(np.where(grown[chunk], phones[chunk], "")),
            {
                "phone_key": (sealing.PHONE_PURPOSE, lambda v: v),
                "phone_last4_key": (sealing.PHONE4_PURPOSE, lambda v: v[-4:]),
            },
            "phone_cipher",
        ),
        "area_id": placed.village[chunk],
        "address": np.char.add(house_number[chunk].astype("U4"), "号").astype(object),
        "residence_type": np.where(people.household[chunk] % 9 == 0, "2", "1"),
        "resident_since": np.maximum(people.birth[chunk], placed.filed_on[chunk] - 400 * DAY),
        "household_id": loading.uuid_column(household),
        "relation_to_head": people.relation[chunk],
        "managing_organization_id": loading.uuid_column(organization[placed.clinic[chunk]]),
        "responsible_doctor_id": loading.uuid_column(doctor[placed.doctor[chunk]]),
        "status": np.where(left, "cancelled", "active"),
        "status_since": np.where(left, placed.left_on[chunk], placed.filed_on[chunk]),
        "cancel_reason": placed.reason[chunk],
        "death_on": np.where(died, placed.left_on[chunk], np.datetime64("NaT")),
        "filed_on": placed.filed_on[chunk],
        "filed_by_id": loading.uuid_column(doctor[placed.doctor[chunk]]),
        "filed_organization_id": loading.uuid_column(organization[placed.clinic[chunk]]),
        "origin": np.full(n, "simulated"),
        "created_at": loading.instants_column(placed.filed_on[chunk]),
        "updated_at": loading.instants_column(np.where(left, placed.left_on[chunk], placed.filed_on[chunk])),
    }


def _write_residents(
    copy: loading.Copy,
    chunk: np.ndarray,
    people: People,
    placed: Placed,
    names: np.ndarray,
    phones: np.ndarray,
    grown: np.ndarray,
    organization: np.ndarray,
    doctor: np.ndarray,
    house_number: np.ndarray,
) -> None:
    n = len(chunk)
    ids = placed.resident_id[chunk]
    record_no = np.array(
        [
            f"{segment}{serial:05d}"
            for segment, serial in zip(placed.segment[chunk], placed.serial[chunk], strict=True)
        ],
        dtype=object,
    )
    columns = _resident_columns(
        chunk,
        ids,
        people,
        placed,
        names,
        people.id_number[chunk],
        phones,
        grown,
        organization,
        doctor,
        house_number,
        record_no,
    )
    copy.append(residents.Resident._meta.db_table, rows.columns_of(residents.Resident, columns, n))
    rng = placed.encounter_seed
    left = placed.reason[chunk] != ""
    copy.append(
        residents.HouseholdMembership._meta.db_table,
        rows.columns_of(
            residents.HouseholdMembership,
            {
                "id": loading.uuid_column(loading.seeded_ids(rng, _milliseconds(placed.filed_on[chunk]))),
                "resident_id": loading.uuid_column(ids),
                "household_id": columns["household_id"],
                "relation": people.relation[chunk],
                "from_on": placed.filed_on[chunk],
                "until_on": np.where(left, placed.left_on[chunk], np.datetime64("NaT")),
            },
            n,
        ),
    )
    _write_events(copy, rng, chunk, placed, organization, "filed", placed.filed_on)
    for reason, kind in ((DIED, "died"), (MOVED, "moved_out")):
        gone = chunk[placed.reason[chunk] == reason]
        _write_events(copy, rng, gone, placed, organization, kind, placed.left_on)


def _write_events(
    copy: loading.Copy,
    rng: np.random.Generator,
    who: np.ndarray,
    placed: Placed,
    organization: np.ndarray,
    kind: str,
    on: np.ndarray,
) -> None:
    n = len(who)
    if not n:
        return
    copy.append(
        residents.LifecycleEvent._meta.db_table,
        rows.columns_of(
            residents.LifecycleEvent,
            {
                "id": loading.uuid_column(loading.seeded_ids(rng, _milliseconds(on[who]))),
                "resident_id": loading.uuid_column(placed.resident_id[who]),
                "kind": np.full(n, kind),
                "on_date": on[who],
                "area_key": placed.village[who],
                "organization_id": loading.uuid_column(organization[placed.clinic[who]]),
                "at": loading.instants_column(on[who]),
            },
            n,
        ),
    )


def _write_duplicates(
    copy: loading.Copy,
    rng: np.random.Generator,
    doubles: np.ndarray,
    people: People,
    placed: Placed,
    names: np.ndarray,
    phones: np.ndarray,
    grown: np.ndarray,
    organization: np.ndarray,
    doctor: np.ndarray,
    house_number: np.ndarray,
) -> None:
    """A second active record of the same person, filed without the identity number."""
    n = len(doubles)
    highest = dict.fromkeys(np.unique(placed.segment.astype(str)), 0)
    for segment, serial in zip(placed.segment, placed.serial, strict=True):
        highest[segment] = max(highest[segment], int(serial))
    numbers = []
    for k in doubles:
        segment = placed.segment[k]
        highest[segment] += 1
        numbers.append(f"{segment}{highest[segment]:05d}")
    residents.RecordNumberSeries.objects.bulk_create(
        [
            residents.RecordNumberSeries(segment=segment, last=last)
            for segment, last in highest.items()
            if last
        ]
    )
    if not n:
        return
    ids = loading.seeded_ids(rng, _milliseconds(placed.filed_on[doubles]))
    columns = _resident_columns(
        doubles,
        ids,
        people,
        placed,
        names,
        np.full(n, "", dtype=object),
        phones,
        grown,
        organization,
        doctor,
        house_number,
        np.array(numbers, dtype=object),
    )
    columns["household_id"] = pa.nulls(n, pa.binary())
    columns["relation_to_head"] = np.full(n, "")
    copy.append(residents.Resident._meta.db_table, rows.columns_of(residents.Resident, columns, n))


def _write_services(
    copy: loading.Copy,
    rng: np.random.Generator,
    services: Services,
    placed: Placed,
    clinics: list[tuple[geography.Township, geography.Clinic]],
) -> None:
    """Encounters, responses, typed rows and episodes."""
    n = len(services)
    who = services.person
    stamp = _milliseconds(services.done_on) + rng.integers(0, 30_000_000, n)
    encounter_id = loading.seeded_ids(rng, stamp)
    entered = services.done_on + services.entered_days_later * DAY
    entered_at = entered.astype("datetime64[s]") + rng.integers(0, 36_000, n).astype("timedelta64[s]")
    organization = loading_ids([clinic.id for _, clinic in clinics])
    centre = loading_ids([township.centre for township, _ in clinics])
    doctor = loading_ids([key for _, clinic in clinics for key in clinic.doctors])
    examined = np.zeros(n, dtype=bool)
    examined[services.forms["check_up"].encounter] = True
    mode = np.vectorize(MODES.get, otypes=["U10"])(services.mode)
    for start in range(0, n, CHUNK * 2):
        chunk = slice(start, min(start + CHUNK * 2, n))
        person = who[chunk]
        # Examinations are done by the township centre's team, follow-ups by the village clinic.
        by = np.where(
            examined[chunk, None], centre[placed.clinic[person]], organization[placed.clinic[person]]
        )
        copy.append(
            records.Encounter._meta.db_table,
            rows.columns_of(
                records.Encounter,
                {
                    "id": loading.uuid_column(encounter_id[chunk]),
                    "resident_id": loading.uuid_column(placed.resident_id[person]),
                    "area_key": placed.village[person],
                    "done_on": services.done_on[chunk],
                    "mode": mode[chunk],
                    "organization_id": loading.uuid_column(by),
                    "practitioner_id": loading.uuid_column(doctor[placed.doctor[person]]),
                    "source": np.full(len(person), "simulated"),
                    "digest": loading.repeated(b"\0" * 32, len(person), pa.binary()),
                    "entered_at": loading.instants_column(entered_at[chunk]),
                },
                len(person),
            ),
        )
    for code, answers in services.forms.items():
        model = typed_tables.model_for(code)
        definition = definitions.of(code)
        at = answers.encounter
        response_id = loading.seeded_ids(rng, stamp[at] + 1)
        for start in range(0, len(at), CHUNK):
            chunk = slice(start, min(start + CHUNK, len(at)))
            here = at[chunk]
            person = loading.uuid_column(placed.resident_id[who[here]])
            key = loading.uuid_column(response_id[chunk])
            copy.append(
                records.Response._meta.db_table,
                rows.columns_of(
                    records.Response,
                    {
                        "id": key,
                        "encounter_id": loading.uuid_column(encounter_id[here]),
                        "resident_id": person,
                        "form_code": np.full(len(here), code),
                        "form_version": np.full(len(here), definition.form.version),
                        "definition_digest": loading.repeated(definition.digest, len(here), pa.binary()),
                        "done_on": services.done_on[here],
                        "entered_at": loading.instants_column(entered_at[here]),
                    },
                    len(here),
                ),
            )
            typed = {name: values[chunk] for name, values in answers.columns.items()}
            if "responsible_doctor" in model.form.fields:
                typed["responsible_doctor_id"] = loading.uuid_column(doctor[placed.doctor[who[here]]])
            copy.append(
                model._meta.db_table,
                rows.columns_of(
                    model,
                    {"response_id": key, "resident_id": person, "done_on": services.done_on[here], **typed},
                    len(here),
                ),
            )
    _write_episodes(copy, rng, services, placed, organization)


def _write_tags(
    copy: loading.Copy, rng: np.random.Generator, kind: str, placed: Placed, who: np.ndarray, started: np.ndarray
) -> None:
    """The tags that follow from episodes, as `records.episode_tags` would compute them."""
    left = placed.left_on[who]
    lasting = np.isnat(left) | (left > started)
    who, started, left = who[lasting], started[lasting], left[lasting]
    n = len(who)
    copy.append(
        residents.ResidentTag._meta.db_table,
        rows.columns_of(
            residents.ResidentTag,
            {
                "id": loading.uuid_column(loading.seeded_ids(rng, _milliseconds(started))),
                "resident_id": loading.uuid_column(placed.resident_id[who]),
                "code": np.full(n, catalogue.episode(kind).tag),
                "since": started,
                "until": left,
                "source": np.full(n, episode_tags.SOURCE),
            },
            n,
        ),
    )


def _write_episodes(
    copy: loading.Copy, rng: np.random.Generator, services: Services, placed: Placed, organization: np.ndarray
) -> None:
    for kind, (who, started) in services.episodes.items():
        n = len(who)
        _write_tags(copy, rng, kind, placed, who, started)
        gone = placed.reason[who] != ""
        copy.append(
            records.Episode._meta.db_table,
            rows.columns_of(
                records.Episode,
                {
                    "id": loading.uuid_column(loading.seeded_ids(rng, _milliseconds(started))),
                    "resident_id": loading.uuid_column(placed.resident_id[who]),
                    "area_key": placed.village[who],
                    "kind": np.full(n, kind),
                    "state": np.where(gone, "ended", "active"),
                    "started_on": started,
                    "ended_on": np.where(
                        gone, np.maximum(placed.left_on[who], started), np.datetime64("NaT")
                    ),
                    "end_reason": placed.reason[who],
                    "found_by": np.full(n, "screening"),
                    "organization_id": loading.uuid_column(organization[placed.clinic[who]]),
                },
                n,
            ),
        )
