"""One county's people and services, made as arrays and loaded in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from gongwei.records import definitions
from gongwei.records import models as records
from gongwei.site.simulation import geography, loading, placing, resident_rows, service_rows
from gongwei.site.simulation.names import Names
from gongwei.site.simulation.people import make_people
from gongwei.site.simulation.services import make_services

FORMS = ("basic_information", "check_up", "self_care_assessment", "htn_follow_up", "dm_follow_up")


@dataclass(frozen=True)
class Task:
    """What one county's load needs; travels to another process."""

    county: geography.County
    residents: int
    seed: np.random.SeedSequence
    today: np.datetime64
    years: int


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


def load(task: Task, url: str) -> Iterator[tuple[int, int]]:
    """Make and write one county; yields (people written, rows written) after each committed step."""
    rng = np.random.default_rng(task.seed)
    county = task.county
    clinics = [(township, clinic) for township in county.townships for clinic in township.clinics]
    gone = round(task.residents * placing.GONE)
    people = make_people(rng, task.residents + gone, task.today, f"{county.key // 10**6:06d}", Names())
    placed = placing.place(rng, people, county, clinics, gone, task.today)
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
        for count in resident_rows.PeopleRows(copy, rng, people, placed, clinics).write():
            yield count, 0
        yield 0, copy.rows
        before = copy.rows
        service_rows.write_services(copy, rng, services, placed, clinics)
        yield 0, copy.rows - before
        copy.commit()
    finally:
        copy.close()
