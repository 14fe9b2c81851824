"""Makes a small simulated county in the database at DATABASE_URL, in two processes, and prints what it is made of.

python -m tests.integration.site.simulated_world RESIDENTS SEED
"""

import json
import sys

import django
from django.db import connection

# What must come out the same for the same seed; sealed columns have fresh nonces, ids made by people their clock.
DRAWN = {
    "residents": "select name, birth_date, sex, area_key, status, record_no from residents_resident",
    "encounters": "select e.done_on, e.mode, r.record_no from records_encounter e join residents_resident r on r.id = resident_id",
    "pressures": "select done_on, systolic, diastolic, live from hypertension_followup",
    "episodes": "select e.kind, e.state, e.started_on, r.record_no from records_episode e join residents_resident r on r.id = resident_id",
}


def main(residents: str, seed: str) -> None:
    """Make it and print one JSON object: rows and digest of each thing drawn."""
    django.setup()
    from gongwei.site.simulation import build

    world = build.build(residents=int(residents), seed=int(seed), years=2, processes=2)
    found = {"world": world.residents}
    with connection.cursor() as cursor:
        for name, query in DRAWN.items():
            cursor.execute(f"select count(*), md5(string_agg(t::text, '' order by t::text)) from ({query}) t")
            found[name] = cursor.fetchone()
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
