"""Row-level security alone: what an actor does not reach is not there (reliability.md §1.6)."""

import pytest
from django.db import DatabaseError, connection, transaction
from tests.integration.base.conftest import ELSEWHERE, SIBLING, TOWNSHIP, VILLAGE, rows, somebody

from gongwei.base import scope
from gongwei.base.actors import NOBODY, SYSTEM

pytestmark = pytest.mark.django_db


def seen() -> list[int]:
    return rows("select id from test_guarded order by id")


@pytest.mark.parametrize(
    ("areas", "expected"),
    [
        ((), []),
        (((VILLAGE, VILLAGE),), [1]),
        ((TOWNSHIP,), [1, 2]),
        (((VILLAGE, VILLAGE), (ELSEWHERE, ELSEWHERE)), [1, 3]),
        (((SIBLING + 1, SIBLING + 1),), []),
        (((0, 10**12 - 1),), [1, 2, 3]),
    ],
)
def test_rows_are_seen_by_area_and_children_with_their_parent(guarded, areas, expected):
    with scope.acting(somebody(1, *areas)):
        assert seen() == expected
        assert rows("select id from test_child order by id") == expected


def test_nobody_sees_nothing_and_the_owner_everything(guarded):
    with scope.acting(None):
        assert seen() == []
        assert scope.present_actor() is NOBODY
    assert seen() == [1, 2, 3]
    assert scope.present_actor() is None


def test_the_restricted_role_without_settings_sees_nothing(guarded):
    with connection.cursor() as cursor:
        cursor.execute("set local role gongwei_app")
        assert seen() == []
        cursor.execute("select set_config('gongwei.lo', '', true), set_config('gongwei.areas', '', true)")
        assert seen() == []


def test_scopes_nest_and_come_back(guarded, doctor, other):
    with scope.acting(doctor):
        assert seen() == [1]
        with scope.acting(other):
            assert seen() == [3]
            with scope.as_owner("the test looks at everything"):
                assert seen() == [1, 2, 3]
                assert scope.present_actor() == other
            assert seen() == [3]
        assert seen() == [1]
    assert rows("select current_user = session_user") == [True]


def test_a_scope_to_the_end_lets_go_where_the_transaction_goes_on(guarded, doctor):
    with transaction.atomic(), scope.acting(doctor, to_the_end=True):
        assert seen() != [1, 2, 3]
    # The test's own transaction is around it, so the settings were put back.
    assert seen() == [1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_a_scope_to_the_end_ends_with_its_transaction(doctor):
    asked = "select current_user || coalesce(current_setting('gongwei.areas', true), '')"
    before = rows(asked)
    with transaction.atomic():
        with scope.acting(doctor, to_the_end=True):
            inside = rows(asked)
        # Nothing was put back: the commit is made in the doctor's name.
        assert rows(asked) == inside != before
    assert rows(asked) == before


def test_an_error_inside_leaves_the_outer_scope(guarded, doctor, other):
    with scope.acting(doctor):
        with pytest.raises(DatabaseError), transaction.atomic(), scope.acting(other):
            rows("select 1/0")
        assert seen() == [1]
        with pytest.raises(RuntimeError), scope.acting(other):
            raise RuntimeError
        assert seen() == [1]


def test_a_broken_transaction_lets_the_first_error_through(guarded, doctor):
    with pytest.raises(DatabaseError, match="division by zero"), transaction.atomic(), scope.acting(doctor):
        rows("select 1/0")
    assert rows("select current_user = session_user") == [True]


def test_writing_outside_ones_areas_is_refused(guarded, doctor):
    with scope.acting(doctor):
        for statement in (
            f"insert into test_guarded values (9, {SIBLING}, 'y')",
            f"update test_guarded set area_key = {SIBLING} where id = 1",
            "insert into test_child values (9, 2, 'y')",
        ):
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                connection.cursor().execute(statement)
        with connection.cursor() as cursor:
            cursor.execute("update test_guarded set name = 'y' where id in (1, 2, 3)")
            assert cursor.rowcount == 1
    assert rows("select id from test_guarded where name = 'y'") == [1]


def test_a_request_never_removes_rows(guarded, doctor):
    with scope.acting(doctor), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connection.cursor().execute("delete from test_guarded")


@pytest.mark.parametrize("table", ["base_auditentry", "base_auditseal"])
@pytest.mark.parametrize("statement", ["update {} set xid = xid", "delete from {}", "truncate {}"])
def test_the_owner_too_may_only_add_to_the_audit_trail(table, statement):
    if table == "base_auditseal":
        statement = statement.replace("xid = xid", "number = number")
        rows(
            "insert into base_auditseal values (1, now(), '1', gen_random_uuid(), 1, 1, '', '', '') returning number"
        )
    else:
        from gongwei.base import audit

        audit.record(by=SYSTEM, action="view", subject_kind="resident", subject_id="1")
    with pytest.raises(DatabaseError, match="只增不改"), transaction.atomic():
        connection.cursor().execute(statement.format(table))


def test_the_range_uses_the_index(guarded, doctor):
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into test_guarded select 100 + n, 320723000000 + n, 'z' from generate_series(1, 20000) n"
        )
        cursor.execute("create index on test_guarded (area_key)")
        cursor.execute("analyze test_guarded")
    with scope.acting(somebody(1, (320723000100, 320723000105))):
        plan = "\n".join(rows("explain select count(*) from test_guarded"))
        assert rows("select count(*) from test_guarded") == [6]
    assert "Index Cond: ((area_key >=" in plan


def test_a_statement_over_its_limit_is_ended(doctor):
    with scope.acting(doctor):
        scope.limit_statements(50)
        with pytest.raises(DatabaseError, match="statement timeout"), transaction.atomic():
            rows("select pg_sleep(2)")
        assert rows("show statement_timeout") == ["50ms"]


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_a_scope_opens_one(doctor):
    with scope.acting(doctor):
        assert rows("select current_user") == ["gongwei_app"]
        assert connection.in_atomic_block
    assert rows("select current_user = session_user, coalesce(current_setting('gongwei.lo', true), '')") == [
        (True, "")
    ]


def test_a_hole_needs_a_reason():
    with pytest.raises(ValueError, match="say why"), scope.as_owner(""):
        pass
