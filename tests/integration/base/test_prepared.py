"""Prepared reads and inserts give what Django's own give, under the same rights."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from gongwei.base import clock, ids, prepared
from gongwei.base.actors import NOBODY, SYSTEM
from gongwei.base.models import JobRun

pytestmark = pytest.mark.django_db


def _run(title: str, **more: object) -> JobRun:
    return JobRun(title=title, state="queued", created_at=clock.now(), **more)


def test_a_query_gives_the_same_rows_as_its_queryset():
    first, second = _run("甲", total=3, result={"行数": 2}), _run("乙")
    first.save()
    second.save()
    query = prepared.Query(lambda title: JobRun.objects.filter(title=title).order_by("id"), title=str)
    assert query.rows(title="甲") == [first]
    assert query.first(title="甲").result == {"行数": 2}
    assert query.first(title="丙") is None
    named = prepared.Query(lambda id: JobRun.objects.filter(id=id).values_list("title", "total"), id=UUID)
    assert named.rows(id=second.id) == [("乙", None)]


def test_an_argument_the_queryset_does_not_use_is_told_at_once():
    query = prepared.Query(lambda title: JobRun.objects.all(), title=str)
    with pytest.raises(ValueError, match="title"):
        query.rows(title="甲")


@pytest.mark.parametrize(
    "result",
    [None, {}, {"名": 'a"b\\c{},\n', "数": [1, None, "三"]}],
)
def test_an_insert_keeps_every_value(result):
    row = _run(
        "甲'乙\"丙", result=result, total=2**40, started_at=dt.datetime(2025, 1, 2, 3, 4, 5, 6, dt.UTC)
    )
    assert prepared.insert(row)
    kept = JobRun.objects.get(pk=row.pk)
    for field in JobRun._meta.concrete_fields:
        assert getattr(kept, field.attname) == getattr(row, field.attname), field.name
    assert not row._state.adding


def test_a_row_that_is_there_is_refused_or_left():
    row = _run("甲")
    prepared.insert(row)
    again = _run("乙", id=row.pk)
    assert not prepared.insert(again, unless_there=True)
    assert JobRun.objects.get(pk=row.pk).title == "甲"
    with pytest.raises(IntegrityError), transaction.atomic():
        prepared.insert(again)
    # The connection goes on after the savepoint.
    assert prepared.execute("select 1") == [(1,)]


def test_values_without_a_type_become_what_the_column_is():
    with connection.cursor() as cursor:
        cursor.execute(
            "create temporary table every_kind (n numeric, b boolean, d date, t text[], y bytea, u uuid) on commit drop"
        )
    values = [
        Decimal("10.50"),
        False,
        dt.date(2025, 3, 10),
        ["甲", 'a"b\\', None, "NULL"],
        b"\x00\xff",
        ids.uuid7(),
    ]
    prepared._run(
        prepared._Untyped, "insert into every_kind values (%t, %t, %t, %t, %t, %t)", values, planned=True
    )
    assert [list(row) for row in prepared.execute("select * from every_kind")] == [values]


def test_a_prepared_read_follows_the_rights_of_each_scope():
    from gongwei.base import scope

    row = _run("甲", account_id=ids.uuid7())
    row.save()
    query = prepared.Query(lambda id: JobRun.objects.filter(id=id), id=UUID)
    for _ in range(7):  # often enough for a plan of its own
        assert query.first(id=row.id) == row
    role = "select current_setting('role'), current_user::text"
    assert prepared.execute(role)[0][0] == "none"
    with scope.acting(NOBODY):
        assert prepared.execute(role)[0] == ("gongwei_app", "gongwei_app")
        seen_by_nobody = list(JobRun.objects.filter(id=row.id))
        assert query.rows(id=row.id) == seen_by_nobody
    with scope.acting(SYSTEM):
        assert query.rows(id=row.id) == list(JobRun.objects.filter(id=row.id))
    assert query.first(id=row.id) == row


def test_a_null_character_is_refused_before_it_is_sent():
    with pytest.raises(Exception, match="NUL"):
        prepared.insert(_run("甲\x00"))
    assert prepared.execute("select 1") == [(1,)]
