"""A county's old data as a package: residents with their structure and 2.4 N records of four programmes, as an old system exports it.

    python benchmarks/write_package.py RESIDENTS SEED FOLDER

Written by the simulation into comma-separated files: areas, organizations, staff, residents, managed diseases, then basic
information, check-ups, self-care assessments and follow-ups of hypertension and diabetes. Half of the records name their
resident by the document, half by the old system's number.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: Forms of the four programmes, and how many records there are for each resident.
FORMS = ("basic_information", "check_up", "self_care_assessment", "htn_follow_up", "dm_follow_up")
RECORDS_EACH = 2.4
YEARS = 6
ROWS_OF_A_FILE = 100_000
MODES = {"1": "门诊", "2": "家庭", "3": "电话"}


def geography(residents: int, seed: int) -> tuple[Any, Any]:
    """One county for so many residents, not written anywhere."""
    import numpy as np

    from gongwei.base import clock
    from gongwei.site.simulation import geography as places
    from gongwei.site.simulation.names import Names

    rng = np.random.default_rng(seed)
    builder = places.Builder(rng, Names(), clock.now())
    builder.area(places.PROVINCE, "province", None, "示范省")
    builder.area(places.CITY, "city", places.PROVINCE, "示范市")
    towns = max(4, round(residents / 68_000))
    clinics = max(5, round(residents / towns / 9_094))
    return builder, places._county(builder, rng, 0, towns, clinics)


def write(residents: int, seed: int, folder: Path) -> dict[str, int]:
    """Write the package; returns the rows of each kind."""
    import numpy as np

    from gongwei.base import clock
    from gongwei.interfaces.excel import layouts
    from gongwei.site.simulation import placing
    from gongwei.site.simulation.names import Names
    from gongwei.site.simulation.people import make_people
    from gongwei.site.simulation.services import make_services

    builder, county = geography(residents, seed)
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
    parser = argparse.ArgumentParser(prog="write_package")
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
