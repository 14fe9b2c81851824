"""The measures on a Spark cluster of a master and two workers: what the row engine and DuckDB say, and the same files."""

import datetime as dt
import gc
import json

import ibis
import pytest
from click.testing import CliRunner
from tests.generative import people as random_people
from tests.generative import test_measures_agree as plans
from tests.integration.measures import spark_cluster
from tests.integration.measures.conftest import VILLAGE, enrol, follow_up, record, resident, wait_for_others
from tests.integration.snapshots import everything

from gongwei import catalogue
from gongwei.base.actors import SYSTEM
from gongwei.engines import columnar, columnar_plans, columnar_spark, row
from gongwei.measures import periods, running
from gongwei.measures.models import MeasureReport, Run
from gongwei.site.commands import measure
from gongwei.snapshots import operations as snapshots
from gongwei.snapshots.models import Snapshot

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # Six Javas start: seconds, or minutes where there is much else to do.
    pytest.mark.timeout(1200),
    # pyspark leaves its sockets to the collector.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]
CODES = ("2025", "2025-01..2025-06")


@pytest.fixture(scope="module")
def master(tmp_path_factory):
    """A cluster with one session on it, open for this module; what asks for a session on it gets that one."""
    folder = tmp_path_factory.mktemp("spark")
    with (
        spark_cluster.cluster(folder) as address,
        columnar_spark.session(address, spark_cluster.OPTIONS),
    ):
        yield address
        gc.collect()


def shown(session, folder, database):
    """The tables of a DuckDB database as Spark's, by way of files."""
    for (name,) in database.sql("select table_name from duckdb_tables() where not temporary").fetchall():
        path = folder / f"{name}.parquet"
        database.execute(f"copy \"{name}\" to '{path}' (format parquet)")
        columns = dict(each[:2] for each in database.sql(f'describe "{name}"').fetchall())
        columnar_spark.show(session, name, columnar_spark.files(session, [path], columns))


def sides_of(subjects, measure, days):
    conditions = (
        measure.in_denominator,
        measure.in_numerator,
        measure.base.if_missing(False) & measure.excluded,
    )
    return [
        sum(row.evaluate_period(condition, subject, days) is True for subject in subjects)
        for condition in conditions
    ]


def test_every_part_of_every_measure_is_what_the_row_engine_says(master, tmp_path):
    """Random people: all measures, two periods in one plan, on both workers."""
    parameters = catalogue.parameters()
    kinds = [each.code for each in catalogue.episodes()]
    folk = random_people.subjects(7, 25, parameters, random_people.forms_asked(), kinds)
    compared = 0
    with plans.database(folk) as database, columnar_spark.session(master) as session:
        assert session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() == 1 + spark_cluster.WORKERS
        shown(session, tmp_path, database)
        made = plans.run(database, CODES, parameters)
        for step in made.every_step():
            columnar_spark.keep(session, step.name, columnar.sql(step.query, "spark"))
        for code in CODES:
            days = row.DateRange(*periods.parse(code).days)
            for group in plans.groups():
                query = made.people[group.name, periods.parse(code).days]
                columnar_spark.keep(session, "people", columnar.sql(query, "spark"))
                rows = columnar_spark.run("select * from people", session)
                found = {int(each["subject_id"]): each for each in rows}
                assert found == {int(each["subject_id"]): each for each in columnar.run(query, database)}
                for place, each in found.items():
                    said = {c: row.evaluate_period(f.node, folk[place], days) for c, f in group.facts.items()}
                    assert {c: each[c] for c in said} == said, f"{code} {group.name} {place}"
                    compared += len(said)
                sums_of = columnar_plans.sums(ibis.table(query.schema(), name="people"), group.measures)
                lines = columnar_spark.run(sums_of, session)
                for each in group.measures:
                    sums = [
                        sum(line[f"{each.code}/{side}"] for line in lines) for side in columnar_plans.SIDES
                    ]
                    assert sums == sides_of(folk, each, days), f"{code} {each.code}"
    assert compared > 1000


@pytest.fixture
def chain(scene, at):
    """A county in a complete snapshot and an increment: four residents, three under management, one seen again since."""
    people = [scene.resident]
    people += [
        resident(scene.world, number=number, birth_date=dt.date(1940 + 7 * number, 3, 1), area_key=VILLAGE)
        for number in (2, 3, 4)
    ]
    for number, person in enumerate(people[:3]):
        scene.resident = person
        enrol(scene, at, started_on=dt.date(2024, 3 + number, 10))
        record(scene, at, dt.date(2025, 2, 5 + number), answers=follow_up(scene, systolic=128))
    whole = snapshots.take(by=SYSTEM, at=at, reason="试")
    record(scene, at, dt.date(2025, 5, 20), answers=follow_up(scene, systolic=150))
    wait_for_others()
    return snapshots.take(by=SYSTEM, at=at, reason="试", base=whole)


def reports(run):
    names = ("measure", "period", "place__key", "denominator", "numerator", "excluded", "rate")
    return sorted(MeasureReport.objects.filter(run=run).values_list(*names), key=str)


def test_the_command_gives_the_files_and_reports_duckdb_gives(master, chain, at):
    assert chain.kind == Snapshot.Kind.INCREMENT
    half = CODES[1]
    here = running.run(by=SYSTEM, at=at, snapshot=chain, periods=[periods.parse(half)], title="本机")
    everything.as_written_before(chain.base)  # Spark reads the files of an older installation as well
    done = CliRunner().invoke(measure.command, ["--period", half, "--spark", master, "--json"])
    assert done.exit_code == 0, done.output
    there = Run.objects.get(id=json.loads(done.stdout.splitlines()[-1])["run"])
    assert (here.engine, there.engine) == ("duckdb", "spark")
    assert there.snapshot_id == chain.id
    assert there.files == here.files  # the SHA-256 of every file among them
    assert reports(there) == reports(here)
    assert there.definitions == here.definitions
    assert MeasureReport.objects.filter(run=there, measure="HTN.1", denominator=3).exists()


def test_an_address_that_is_none_is_refused_before_anything_is_done():
    done = CliRunner().invoke(measure.command, ["--spark", "http://127.0.0.1:9"])
    assert done.exit_code == 2
    assert "spark://" in done.output
    assert not Run.objects.exists()
    assert not Snapshot.objects.exists()
