"""What a complete snapshot holds: the database, table by table, and nothing that names a person."""

import dataclasses
import datetime as dt
import random

import pyarrow as pa
import pytest
from tests.integration.quality.test_bulk import write
from tests.integration.records.conftest import follow_up, record, resident
from tests.integration.snapshots import everything

from gongwei.base import clock
from gongwei.catalogue import forms
from gongwei.language import types
from gongwei.records import columns, operations
from gongwei.records.models import Episode
from gongwei.snapshots import exports, folders, reading

SEED = 20261122
CANARY = "金丝雀"


@pytest.fixture
def people(scene):
    """Six residents, two under management, one merged into another, one in another county."""
    found = [scene.resident]
    for number, changes in enumerate(
        (
            {"sex": "2", "birth_date": dt.date(1946, 3, 4), "resident_since": dt.date(2019, 1, 1)},
            {"status": "cancelled", "cancel_reason": "2", "status_since": dt.date(2025, 3, 1)},
            {"status": "cancelled", "cancel_reason": "1", "death_on": dt.date(2025, 2, 1)},
            {"status": "merged", "merged_into": scene.resident},
            {"residence_type": "2", "filed_on": None},
        ),
        2,
    ):
        found.append(resident(scene.world, number=number, **changes))
    for person, state, ended in (
        (found[0], "active", None),
        (found[1], "ended", dt.date(2025, 1, 1)),
        (found[2], "suspected", None),
    ):
        Episode.objects.create(
            resident=person,
            area_key=person.area_id,
            kind="hypertension",
            state=state,
            started_on=dt.date(2024, 11, 1),
            ended_on=ended,
            end_reason="9" if ended else "",
            organization=scene.world.organizations["village_a"],
        )
    return found


def resident_forms():
    """The forms that are about residents."""
    return [form for form in forms() if form.about is types.RESIDENT]


def test_every_table_is_as_the_database_has_it(scene, people, take, opened):
    """Random records of every form, some superseded: lists, rows, decimals, days and moments come out as they went in."""
    dice = random.Random(SEED)
    for form in resident_forms():
        write(scene, form, 12, dice, people)
    with opened(take()) as engine:
        for form in resident_forms():
            expected = everything.of_form(form.code)
            assert 0 < len(expected) <= 12
            assert everything.shown(engine, form.code) == expected, form.code
        assert everything.shown(engine, "subjects") == everything.subjects()
        assert everything.shown(engine, "episodes") == everything.episodes()
        assert everything.shown(engine, "responses") == everything.responses()
        assert engine.sql("select count(*), count(parent_id) from organizations").fetchall() == [(10, 8)]
        assert engine.sql("select * from changed").fetchall() == []
    assert set(columns.all_models()) == {form.code for form in resident_forms()}


def test_what_was_corrected_or_withdrawn_counts_nowhere_and_can_be_traced(scene, take, opened):
    """The form's table has the record in force; `responses` all three with how each stands to the other."""
    at = clock.now()
    first = record(scene, at, dt.date(2025, 5, 1)).responses[0]
    second = operations.supersede_response(
        by=scene.doctor,
        at=at,
        response_id=first.pk,
        answers=follow_up(scene, systolic=150),
        reason="看错血压",
    )
    wrong = record(scene, at, dt.date(2025, 5, 20)).responses[0]
    operations.enter_in_error(by=scene.centre, at=at, response_id=wrong.pk, reason="录错了人")
    with opened(take()) as engine:
        assert engine.sql("select record_id::varchar, systolic from htn_follow_up").fetchall() == [
            (str(second.pk), 150)
        ]
        assert sorted(
            engine.sql("select record_id::varchar, status, supersedes::varchar from responses").fetchall()
        ) == sorted(
            [
                (str(first.pk), "superseded", None),
                (str(second.pk), "final", str(first.pk)),
                (str(wrong.pk), "entered_in_error", None),
            ]
        )


def test_nothing_that_somebody_typed_or_that_names_a_resident_is_in_the_files(scene, take, opened):
    """A name, an address, a note, a drug: none of them is anywhere, not even inside the rows of a form."""
    person = resident(
        scene.world,
        number=7,
        name=CANARY,
        address=CANARY,
        contact_name=CANARY,
        employer=CANARY,
        name_sort="jinsique",
    )
    drug = {"name": CANARY, "times_a_day": 1, "dose": "5", "dose_unit": "1"}
    record(scene, clock.now(), dt.date(2025, 6, 1), resident_id=person.pk, note=CANARY)
    answers = {"note": CANARY, "resident_signature": CANARY, "medications": [drug]}
    record(
        scene, clock.now(), dt.date(2025, 6, 2), resident_id=person.pk, answers=follow_up(scene, **answers)
    )
    snapshot = take()
    with opened(snapshot) as engine:
        for name, rows in everything.everything(engine).items():
            assert CANARY not in str(rows), name
            assert "jinsique" not in str(rows), name
        noted = "select note, resident_signature, medications[1].name, medications[1].dose from htn_follow_up"
        assert engine.sql(noted + " where note is not null").fetchall()[0][:3] == ("…", "…", "…")
    named = {"name", "id_number", "phone", "address", "contact_name", "employer", "record_no"}
    subjects = next(export for export in exports.every() if export.name == "subjects")
    assert not set(subjects.schema.names) & named


def test_rows_lie_by_place(scene, take, opened):
    """One village is read without the others: rows are in the order of the division code."""
    for number in range(2, 30):
        village = scene.world.organizations["far_village" if number % 2 else "village_a"]
        resident(scene.world, number=number, area_key=village.area_id)
    with opened(take()) as engine:
        keys = [row[0] for row in engine.sql("select area_key from subjects").fetchall()]
    assert keys == sorted(keys)
    assert len(set(keys)) == 2


def test_a_snapshot_knows_its_cut_its_rows_and_its_digests(scene, take):
    """And its manifest says the same beside the files; a changed byte is found."""
    record(scene, clock.now(), dt.date(2025, 6, 1))
    snapshot = take()
    assert (snapshot.kind, snapshot.state, snapshot.depth) == ("complete", "complete", 0)
    assert snapshot.tables["htn_follow_up"]["rows"] == 1
    assert snapshot.rows == sum(table["rows"] for table in snapshot.tables.values())
    files = list(folders.of(snapshot.id).rglob("*.parquet"))
    assert snapshot.bytes == sum(path.stat().st_size for path in files)
    manifest = folders.manifest_of(snapshot.id)
    assert manifest["tables"] == snapshot.tables
    assert manifest["cut_snapshot"] == snapshot.cut_snapshot
    assert reading.damaged(snapshot) == []
    spoilt = folders.of(snapshot.id) / "subjects" / "part-0.parquet"
    spoilt.chmod(0o600)
    content = bytearray(spoilt.read_bytes())
    content[len(content) // 2] ^= 1
    spoilt.write_bytes(content)
    assert reading.damaged(snapshot) == ["subjects/part-0.parquet"]


def test_a_column_that_came_later_is_there_and_empty(scene, take, opened, monkeypatch):
    """Today's definitions run on an old snapshot: a new column has no values, a new form no rows."""
    record(scene, clock.now(), dt.date(2025, 6, 1))
    snapshot = take()
    known = {each.name: each for each in exports.every()}
    later = known["htn_follow_up"].schema.append(pa.field("asked_since", pa.list_(pa.string())))
    known["htn_follow_up"] = dataclasses.replace(known["htn_follow_up"], schema=later)
    known["copd_follow_up"] = dataclasses.replace(known["htn_follow_up"], name="copd_follow_up")
    monkeypatch.setattr(exports, "every", lambda: tuple(known.values()))
    with opened(snapshot) as engine:
        assert engine.sql("select systolic, asked_since from htn_follow_up").fetchall() == [(138, None)]
        assert engine.sql("select subject_id, asked_since from copd_follow_up").fetchall() == []


def test_a_column_that_was_in_another_table_is_taken_from_there(scene, people, take, opened):
    """Snapshots made before had where residents belong in a table of its own, and no birth date beside a record."""
    dice = random.Random(SEED)
    standing = [person for person in people if person.status != "merged"]
    for code in ("check_up", "htn_follow_up"):
        write(scene, next(form for form in resident_forms() if form.code == code), 8, dice, standing)
    snapshot = take()
    with opened(snapshot) as engine:
        now = everything.everything(engine)
    everything.as_written_before(snapshot)
    assert "organization_id" not in dict(snapshot.tables["subjects"]["columns"])
    with opened(snapshot) as engine:
        before = everything.everything(engine)
    assert len(before.pop("placements")) == len(now["subjects"]) == 5  # one of the six was merged
    assert any(line["organization_id"] for line in now["subjects"])
    assert all(line["subject_birth_date"] for line in now["check_up"])
    assert before == now
