"""Rows for COPY are what an operation would have written."""

import datetime as dt
import time

from django.db import connection
from tests.integration.residents.conftest import NOW, OWN, TODAY, card, file

from gongwei.base import ids, scope
from gongwei.residents import bulk, operations, queries, sealing
from gongwei.residents.models import RecordNumberSeries, Resident


def profile(scene, number, **changes):
    """Clean values by column."""
    return {
        "record_no": f"660101101101{number:05d}",
        "name": "单建国",
        "sex": "1",
        "birth_date": dt.date(1970, 1, 1),
        "area_key": OWN,
        "residence_type": "1",
        "managing_organization_id": scene.world.organizations["village_a"].id,
        "filed_on": TODAY,
        "created_at": NOW,
    } | changes


def test_same_as_registered(scene):
    """Loaded, found by every reading and number, and the next filing goes on from the last serial."""
    rows = [profile(scene, 7, id_number=card(dt.date(1970, 1, 1), 101), phone="13912340004")]
    # Sealed before COPY takes the connection: the first use of a key asks the database whether it was lost.
    sealed = [bulk.resident_row(row) for row in rows]
    with connection.cursor() as cursor, cursor.copy(bulk.STATEMENT) as copy:
        for row in sealed:
            copy.write_row(row)
    RecordNumberSeries.objects.create(
        segment="660101101101", last=bulk.highest_serials(r["record_no"] for r in rows)["660101101101"]
    )
    loaded = Resident.objects.get()
    assert sealing.open_column(loaded, sealing.RESIDENT, "id_cipher") == card(dt.date(1970, 1, 1), 101)
    with scope.acting(scene.doctor):
        for typed in (
            "sjg",
            "djg",
            "danjianguo",
            "单建国",
            "建国",
            "13912340004",
            card(dt.date(1970, 1, 1), 101)[-4:],
        ):
            assert [hit.resident.id for hit in queries.search(scene.doctor, typed)] == [loaded.id], typed
    edited = operations.edit_resident(
        by=scene.doctor, at=scene.at, resident_id=loaded.id, base_version=1, changes={"address": "1组"}
    )
    assert edited.changed == ("address",)
    registered = file(scene)
    assert registered.record_no == "66010110110100008"
    written = {
        name
        for name, value in Resident.objects.filter(id=registered.id).values().get().items()
        if value is not None
    }
    assert {
        name
        for name in written
        if name not in {"filed_by_id", "created_by", "updated_by", "filed_organization_id"}
    } <= {column.replace("area_key", "area_id") for column in bulk.COLUMNS}


def test_columns_are_the_tables(scene):
    """No column forgotten, none too many."""
    assert set(bulk.COLUMNS) == {field.column for field in Resident._meta.concrete_fields}


def test_quick(scene):
    """At least 20 000 rows a second on one core without the sealing (the gate allows a busy machine a quarter)."""
    names = ["张秀英", "王建国", "单丽", "欧阳娜娜"]
    rows = [
        profile(scene, number % 99999 + 1, name=names[number % 4], id=ids.uuid7()) for number in range(20_000)
    ]
    start = time.process_time()
    made = [bulk.resident_row(row) for row in rows]
    rate = len(made) / (time.process_time() - start)
    assert rate > 5_000, rate
