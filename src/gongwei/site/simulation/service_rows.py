"""Rows of encounters, responses, typed tables, episodes and tags of one county."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from gongwei import catalogue
from gongwei.language import fields
from gongwei.records import columns as typed_tables
from gongwei.records import definitions, episode_tags
from gongwei.records import models as records
from gongwei.residents import models as residents
from gongwei.site.simulation import loading, placing, rows
from gongwei.site.simulation.encounters import Services
from gongwei.site.simulation.people import DAY
from gongwei.site.simulation.placing import milliseconds

CHUNK = 50_000
MODES = {"1": "outpatient", "2": "home", "3": "phone"}


def write_services(
    copy: loading.Copy,
    rng: np.random.Generator,
    services: Services,
    placed: placing.Placed,
    clinics: placing.Clinics,
) -> None:
    """Encounters, responses, typed rows and episodes."""
    n = len(services)
    who = services.person
    stamp = milliseconds(services.done_on) + rng.integers(0, 30_000_000, n)
    encounter_id = loading.seeded_ids(rng, stamp)
    entered = services.done_on + services.entered_days_later * DAY
    entered_at = entered.astype("datetime64[s]") + rng.integers(0, 36_000, n).astype("timedelta64[s]")
    organization = loading.id_array([clinic.id for _, clinic in clinics])
    centre = loading.id_array([township.centre for township, _ in clinics])
    doctor = loading.id_array([key for _, clinic in clinics for key in clinic.doctors])
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
            for name, field in model.form.fields.items():
                if isinstance(field, fields.Person):
                    typed[f"{name}_id"] = loading.uuid_column(doctor[placed.doctor[who[here]]])
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
    copy: loading.Copy,
    rng: np.random.Generator,
    kind: str,
    placed: placing.Placed,
    who: np.ndarray,
    started: np.ndarray,
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
                "id": loading.uuid_column(loading.seeded_ids(rng, milliseconds(started))),
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
    copy: loading.Copy,
    rng: np.random.Generator,
    services: Services,
    placed: placing.Placed,
    organization: np.ndarray,
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
                    "id": loading.uuid_column(loading.seeded_ids(rng, milliseconds(started))),
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
