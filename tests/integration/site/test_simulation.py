"""The simulated county: believable, the same for the same seed, made by processes of their own as a city is."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from gongwei.base import clock
from gongwei.residents import identity, sealing

CHECKOUT = Path(__file__).parents[3]
RESIDENTS = 2000


def made(url: str, seed: int) -> dict:
    program = [sys.executable, "-m", "tests.integration.site.simulated_world", str(RESIDENTS), str(seed)]
    paths = f"{CHECKOUT / 'src'}{os.pathsep}{CHECKOUT}"
    done = subprocess.run(
        program,
        cwd=CHECKOUT,
        env={**os.environ, "DATABASE_URL": url, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def county(database_copy):
    with database_copy("simulated") as url:
        yield url, made(url, 7)


def test_the_same_seed_gives_the_same_people_and_services(county, database_copy):
    _, first = county
    assert first["residents"][0] >= RESIDENTS
    with database_copy("again") as url:
        again = made(url, 7)
    assert again == first


def test_it_is_believable(county):
    """Shares as in the seventh census of 2020 (65+: 13.5 %, 0–14: 17.9 %), an older county allowed for."""
    with psycopg.connect(county[0]) as connection:

        def share(condition: str, of: str = "true") -> float:
            row = connection.execute(
                f"select avg(({condition})::int) from residents_resident where {of}"  # type: ignore[arg-type]
            ).fetchone()
            return float(row[0])

        assert 0.10 < share("age(birth_date) >= interval '65 years'") < 0.25
        assert 0.10 < share("age(birth_date) < interval '15 years'") < 0.22
        assert 0.46 < share("sex = '1'") < 0.56
        assert share("area_key / 10000000000 = 66") == 1, "province 66 is nobody's"
        under_care = connection.execute(
            "select kind, count(*) from records_episode where state = 'active' group by 1"
        ).fetchall()
        # Adults with hypertension are about a quarter, and the norm asks to manage a good half of them.
        assert RESIDENTS * 0.05 < dict(under_care)["hypertension"] < RESIDENTS * 0.25
        late = connection.execute(
            "select count(*) from (select done_on - lag(done_on) over (partition by resident_id order by done_on) as gap"
            " from hypertension_followup where live) t where gap > 106"
        ).fetchone()
        assert late[0] > 0, "some follow-ups are late, as in life"


def test_identity_numbers_are_valid_and_no_real_ones(county):
    """Read with the keys of this home: check digit right, birth date the resident's, reserved division."""
    with psycopg.connect(county[0]) as connection:
        rows = connection.execute(
            "select id, birth_date, id_cipher from residents_resident where id_type = '01' and id_cipher is not null"
            " order by id limit 200"
        ).fetchall()
    read = []
    for key, born, cipher in rows:
        number = sealing.sealed.decrypt(bytes(cipher), table=sealing.RESIDENT, column="id_cipher", row_id=key)
        found = identity.parse_id_number(number, on=clock.today())
        read.append((number[:2], found.birth_date == born))
    assert len(read) == 200
    assert {division for division, _ in read} == {"66"}
    assert sum(same for _, same in read) > 190, "but for a few that somebody mistyped"


def test_every_household_stands_in_a_grid_of_its_village_and_its_doctor(county):
    with psycopg.connect(county[0]) as connection:
        (people, wrong) = connection.execute(
            """
            select count(*), count(*) filter (where g.id is null or g.area_key <> r.area_key
              or g.responsible_doctor_id <> r.responsible_doctor_id or h.grid_id is distinct from r.grid_id)
            from residents_resident r join residents_household h on h.id = r.household_id
            left join places_grid g on g.id = r.grid_id
            """
        ).fetchone()
    assert people >= RESIDENTS
    assert wrong == 0


def test_its_figures_are_neither_nothing_nor_everything(county):
    """What a county shows of the year before: every rate of care has people who have it and people who lack it."""
    with psycopg.connect(county[0]) as connection:
        found = connection.execute(
            "select measure, sum(denominator), sum(numerator) from measures_livefigure "
            "where year = %s group by measure",
            [clock.today().year - 1],
        ).fetchall()
    rates = {
        measure: int(numerator) / int(denominator) for measure, denominator, numerator in found if denominator
    }
    for measure in ("HTN.1", "HTN.3", "DM.1", "DM.3", "EL.1", "EL.3", "HR.4"):
        assert 0 < rates[measure] < 1, measure
