"""An increment with its bases is the same as a complete snapshot of the same moment; nothing is missed, nothing twice."""

import datetime as dt
import random

import duckdb
import psycopg
import pytest
from tests.integration.base.conftest import database_url  # noqa: F401
from tests.integration.places import worlds
from tests.integration.records.conftest import SIBLING, VILLAGE, follow_up, record, resident
from tests.integration.snapshots import everything

from gongwei.base import changes, clock
from gongwei.base.problems import Refused
from gongwei.places import operations as places
from gongwei.records import episode_steps, operations
from gongwei.records.models import Episode, Response
from gongwei.residents.models import Resident
from gongwei.snapshots import parameters, queries, reading
from gongwei.snapshots.models import Snapshot

SEED = 20261122
ROUNDS, STEPS = 3, 10


def announced(person):
    """Change a resident's row past the operations, and announce it as they do."""
    changes.announce(kind="resident", subject_id=person.pk, resident_id=person.pk)


def one_step(scene, dice, people):
    """One thing that happens in a county."""
    at, person = clock.now(), dice.choice(people)
    day = dt.date(2025, 6, 1) - dt.timedelta(days=dice.randint(0, 500))
    mine = Response.objects.filter(resident=person, status="final")
    match dice.choice(["record"] * 8 + ["supersede", "withdraw", "start", "end", "move", "merge", "new"]):
        case "record":
            record(scene, at, day, resident_id=person.pk)
        case "supersede" if old := mine.first():
            answers = follow_up(scene, systolic=dice.randint(120, 170))
            operations.supersede_response(
                by=scene.doctor, at=at, response_id=old.pk, answers=answers, reason="看错", done_on=day
            )
        case "withdraw" if old := mine.last():
            operations.enter_in_error(by=scene.centre, at=at, response_id=old.pk, reason="录错")
        case "start":
            episode_steps.start_episode(
                by=scene.doctor, at=at, resident_id=person.pk, kind="hypertension", started_on=day
            )
        case "end" if open_one := Episode.objects.filter(resident=person, state="active").first():
            episode_steps.end_episode(
                by=scene.doctor,
                at=at,
                episode_id=open_one.pk,
                ended_on=dt.date(2025, 6, 1),
                end_reason="9",
                reason="不再管理",
            )
        case "move":
            Resident.objects.filter(pk=person.pk).update(
                area=SIBLING if person.area_id == VILLAGE else VILLAGE
            )
            person.refresh_from_db()
            announced(person)
        case "merge":
            Resident.objects.filter(pk=person.pk).update(status="merged", merged_into=people[0])
            announced(person)
        case "new":
            people.append(resident(scene.world, number=len(people) + 1))
            announced(people[-1])


@pytest.mark.parametrize("seed", [SEED, pytest.param(SEED + 1, marks=pytest.mark.night)])
def test_after_random_changes_an_increment_is_what_a_complete_one_is(scene, take, opened, seed):
    dice = random.Random(seed)
    people = [scene.resident, *(resident(scene.world, number=number) for number in range(2, 8))]
    latest = take()
    for number in range(ROUNDS):
        for _ in range(STEPS):
            try:
                one_step(scene, dice, people)
            except Refused:  # what the county does not allow has not happened
                continue
        latest = take(base=latest)
        assert (latest.kind, latest.depth) == ("increment", number + 1)
        with opened(latest) as engine, opened(take()) as whole:
            assert everything.everything(engine) == everything.everything(whole)
        with opened(latest) as engine:
            assert everything.shown(engine, "responses") == everything.responses()
            assert everything.shown(engine, "subjects") == everything.subjects()
    assert len(everything.responses()) > 5
    assert [each.depth for each in queries.chain(latest)] == list(range(ROUNDS + 1))


def test_a_slow_transaction_is_neither_missed_nor_told_twice(scene, take, opened, database_url):  # noqa: F811
    """It begins before the base and ends after it; a quick one with a later number ends before. R4 for snapshots."""
    slow_one, quick_one = resident(scene.world, number=2), resident(scene.world, number=3)

    def change(session, person):
        session.execute("update residents_resident set sex = '2' where id = %s", [person.pk])
        session.execute(
            "insert into base_change (at, kind, subject_id, resident_id) values (now(), 'resident', %s, %s)",
            [person.pk, person.pk],
        )

    def women(snapshot):
        with opened(snapshot) as engine:
            return {
                row[0] for row in engine.sql("select subject_id from subjects where sex = '2'").fetchall()
            }

    with psycopg.connect(database_url) as slow, psycopg.connect(database_url) as quick:
        change(slow, slow_one)
        change(quick, quick_one)
        quick.commit()
        base = take()
        assert women(base) == {quick_one.pk}
        during = take(base=base)
        assert (during.changed, women(during)) == (0, {quick_one.pk})
        slow.commit()
    after = take(base=during)
    assert (after.changed, women(after)) == (1, {slow_one.pk, quick_one.pk})
    with opened(after) as engine:
        assert engine.sql("select subject_id from changed").fetchall() == [(slow_one.pk,)]
    assert take(base=after).changed == 0


def test_who_may_differ_between_two_of_a_chain(scene, take):
    other = resident(scene.world, number=2)
    first = take()
    announced(scene.resident)
    second = take(base=first)
    announced(other)
    third = take(base=second)
    engine = duckdb.connect()

    def between(new, old):
        text = reading.changed(new, old)
        return None if text is None else {row[0] for row in engine.sql(text).fetchall()}

    assert between(third, first) == {scene.resident.pk, other.pk}
    assert between(third, second) == {other.pk}
    assert between(third, third) == set()
    assert between(take(), third) is None


def test_two_snapshots_stand_beside_one_another(scene, take):
    """For the difference between two runs: each in a schema of its own."""
    first = take()
    resident(scene.world, number=2)
    announced(scene.resident)
    engine = duckdb.connect()
    reading.attach(first, engine, schema="before")
    reading.attach(take(), engine, schema="after")
    counts = "select (select count(*) from before.subjects), (select count(*) from after.subjects)"
    assert engine.sql(counts).fetchall() == [(1, 2)]


def test_a_chain_grows_no_longer_than_it_may(scene, take):
    most = parameters.number("chain", dt.date(2025, 6, 2))
    kinds, latest = [], take()
    for _ in range(most + 1):
        latest = take(base=latest)
        kinds.append(latest.kind)
    assert kinds == ["increment"] * most + ["complete"]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"cut_server": "1/1"}, id="another database: its transaction numbers mean nothing here"),
        pytest.param({"state": "removed"}, id="the base is gone"),
        pytest.param({"cut_xid": 2**62}, id="the database was put back to an earlier time"),
        pytest.param({"tables": {}}, id="other tables are asked for now"),
    ],
)
def test_without_a_base_that_fits_it_is_complete(scene, take, changed):
    base = take()
    Snapshot.objects.filter(id=base.id).update(**changed)
    assert (take(base=base).kind, take().kind) == ("complete", "complete")


def test_a_change_of_divisions_concerns_everybody(scene, take, opened):
    """A village gets another code: nobody is announced, everybody there has moved."""
    base = take()
    places.recode_area(
        by=scene.world.actor("system_admin@commission"),
        at=clock.now(),
        key=VILLAGE,
        code=f"{worlds.key(660101, 101, 209)}",
        on=dt.date(2025, 6, 1),
        document="甲县民政局文件",
    )
    after = take(base=base)
    assert after.kind == "complete"
    with opened(after) as engine:
        found = engine.sql("select distinct area_key from subjects").fetchall()
    assert found == [(worlds.key(660101, 101, 209),)]
