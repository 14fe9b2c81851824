"""A new key is brought in while the system works; killed anywhere, it goes on; nothing becomes unreadable."""

import pytest
from django.conf import settings
from django.db import connection, transaction
from tests.integration.base.conftest import rows

from gongwei.base import jobs, keys, rotation, sealed
from gongwei.base.actors import SYSTEM
from gongwei.base.models import KeyRotation
from gongwei.base.problems import Refused

TABLE, COLUMN = "test_sealed", "number_cipher"


def number(row: int) -> str:
    return f"1101011990{row:08}"


def keys_of(text: str, *, kind: str) -> dict[str, bytes | None]:
    return {"number_key": sealed.blind(f"{kind}:{text}", purpose="test")}


@pytest.fixture
def residents(db, monkeypatch):
    """1 200 rows with a sealed number and its blind index, in a registered table."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"create table {TABLE} (id int primary key, kind text, {COLUMN} bytea, number_key bytea)"
        )
        for row in range(1, 1201):
            cipher = sealed.encrypt(number(row), table=TABLE, column=COLUMN, row_id=row) if row % 10 else None
            blind = sealed.blind(f"id:{number(row)}", purpose="test") if cipher else None
            cursor.execute(f"insert into {TABLE} values (%s, 'id', %s, %s)", [row, cipher, blind])
    monkeypatch.setattr(sealed, "_columns", {})
    sealed.register(TABLE, COLUMN, derived=keys_of, also=("kind",))
    rotation._type_of.cache_clear()
    return sealed.registered()[0]


class Unseen:
    """Nobody watches how far it is."""

    def start(self, total: int | None) -> None:
        """Nothing is shown."""

    def step(self, count: int) -> None:
        """Nothing is shown."""


def all_open() -> bool:
    found = rows(f"select id, {COLUMN} from {TABLE} where {COLUMN} is not null")
    return len(found) == 1080 and all(
        sealed.decrypt(cipher, table=TABLE, column=COLUMN, row_id=row) == number(row) for row, cipher in found
    )


def test_every_row_takes_the_new_key_and_the_old_one_can_go(residents):
    run = rotation.begin(by=SYSTEM)
    assert keys.keyring().current("identity") == 2
    with pytest.raises(Refused, match="旧密钥"):
        rotation.retire_old_keys(by=SYSTEM)
    run = jobs.run_now(run.id)
    assert (run.state, run.done, run.total) == ("succeeded", 1080, 1080)
    assert rotation.remaining(residents, 2) == 0
    assert all_open()
    assert rotation.retire_old_keys(by=SYSTEM) == [1]
    assert all_open()
    assert rows("select action, subject_id from base_auditentry where action = 'rotate_key' order by id") == [
        ("rotate_key", "identity:2"),
        ("rotate_key", "identity:1"),
    ]


@pytest.mark.parametrize("die_at", [1, 600, 1080])
def test_interrupted_anywhere_it_goes_on(residents, monkeypatch, die_at):
    keys.keyring().add_version("identity")
    original, calls = rotation._seal_anew, []

    def dying(*arguments):
        calls.append(1)
        if len(calls) == die_at:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(rotation, "_seal_anew", dying)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        # the savepoint stands for the transaction the kill takes with it; finished batches have their own
        rotation.rotate_column(residents, purpose="identity", version=2)
    monkeypatch.setattr(rotation, "_seal_anew", original)
    assert all_open()
    rotation.rotate_column(residents, purpose="identity", version=2)
    assert all_open()
    assert rotation.remaining(residents, 2) == 0
    assert KeyRotation.objects.get().rows == 1080


@pytest.mark.django_db(transaction=True)
def test_finished_batches_survive_and_are_not_done_again(monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute(f"create table {TABLE} (id int primary key, {COLUMN} bytea)")
    try:
        for row in range(1, 1201):
            cipher = sealed.encrypt(number(row), table=TABLE, column=COLUMN, row_id=row)
            rows(f"insert into {TABLE} values (%s, %s) returning 1", [row, cipher])
        keys.keyring().add_version("identity")
        column, original, calls = sealed.Column(TABLE, COLUMN), rotation._seal_anew, []
        rotation._type_of.cache_clear()

        def counting(*arguments):
            calls.append(1)
            if len(calls) == 700:
                raise KeyboardInterrupt
            return original(*arguments)

        monkeypatch.setattr(rotation, "_seal_anew", counting)
        with pytest.raises(KeyboardInterrupt):
            rotation.rotate_column(column, purpose="identity", version=2)
        assert rotation.remaining(column, 2) == 700
        assert rotation.rotate_column(column, purpose="identity", version=2) == 700
        assert rotation.remaining(column, 2) == 0
        assert KeyRotation.objects.get().rows == 1200
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"drop table {TABLE}")


def test_a_row_changed_meanwhile_is_left_to_its_writer(residents, monkeypatch):
    keys.keyring().add_version("identity")
    original = sealed.decrypt

    def meanwhile(value, **place):
        if str(place["row_id"]) == "7":
            theirs = sealed.encrypt("theirs", table=TABLE, column=COLUMN, row_id=7)
            rows(f"update {TABLE} set {COLUMN} = %s where id = 7 returning 1", [theirs])
        return original(value, **place)

    monkeypatch.setattr(rotation.sealed, "decrypt", meanwhile)
    rotation.rotate_column(residents, purpose="identity", version=2)
    monkeypatch.setattr(rotation.sealed, "decrypt", original)
    cipher = rows(f"select {COLUMN} from {TABLE} where id = 7")[0]
    assert sealed.decrypt(cipher, table=TABLE, column=COLUMN, row_id=7) == "theirs"


def test_the_blind_index_follows_its_own_key(residents):
    before = sealed.blind(f"id:{number(11)}", purpose="test")
    run = jobs.run_now(rotation.begin(by=SYSTEM, purpose="blind").id)
    after = sealed.blind(f"id:{number(11)}", purpose="test")
    assert run.state == "succeeded"
    assert before != after
    assert rows(f"select id from {TABLE} where number_key = %s", [after]) == [11]
    assert rotation.retire_old_keys(by=SYSTEM, purpose="blind") == [1]


def another_process() -> keys.Keyring:
    """The keyring of another process: the same files, a memory of its own."""
    return keys.FileKeyring(settings.HOME / "keys")


@pytest.mark.parametrize("purpose", ["identity", "blind"])
def test_a_worker_that_has_just_looked_brings_in_the_key_another_process_makes(residents, purpose):
    assert keys.keyring().current(purpose) == 1
    rotation_asked_for = another_process().add_version(purpose)
    assert keys.keyring().current(purpose) == rotation_asked_for == 2
    assert rotation.rotate_all(purpose=purpose, progress=Unseen())["version"] == 2
    assert not rotation.unfinished(purpose)
    assert rotation.states(purpose)[0].rows == 1080
    assert all_open()


def test_what_was_written_under_the_old_key_after_the_pass_is_brought_along_before_the_key_goes(residents):
    jobs.run_now(rotation.begin(by=SYSTEM).id)
    late = sealed._seal(keys.keyring(), 1, number(7), TABLE, COLUMN, 7)
    rows(f"update {TABLE} set {COLUMN} = %s where id = 7 returning 1", [late])
    assert rotation.retire_old_keys(by=SYSTEM) == [1]
    assert rotation.states("identity")[0].finished_at is not None
    assert all_open()


def test_an_index_written_under_the_old_key_after_the_pass_is_computed_anew_before_the_key_goes(residents):
    jobs.run_now(rotation.begin(by=SYSTEM, purpose="blind").id)
    late = sealed._blind(keys.keyring(), 1, "test", f"id:{number(7)}")
    rows(f"update {TABLE} set number_key = %s where id = 7 returning 1", [late])
    assert rotation.retire_old_keys(by=SYSTEM, purpose="blind") == [1]
    found = sealed.blinds(f"id:{number(7)}", purpose="test")
    assert rows(f"select id from {TABLE} where number_key = any(%s)", [found]) == [7]
    assert rotation.states("blind")[0].rows == 1080


def test_only_keys_of_columns_can_be_changed(residents):
    with pytest.raises(Refused, match="只能更换"):
        rotation.begin(by=SYSTEM, purpose="audit")


def test_no_second_key_before_the_first_is_everywhere(residents):
    run = rotation.begin(by=SYSTEM)
    assert rotation.unfinished("identity")
    with pytest.raises(Refused, match="尚未完成"):
        rotation.begin(by=SYSTEM)
    assert keys.keyring().versions("identity") == (2, 1)
    jobs.run_now(run.id)
    assert not rotation.unfinished("identity")
    with pytest.raises(Refused, match="没有未完成"):
        rotation.go_on(by=SYSTEM, purpose="identity")
    assert jobs.run_now(rotation.begin(by=SYSTEM).id).result == {"version": 3, "columns": 1}


def test_a_cancelled_rotation_is_gone_on_with(residents):
    jobs.cancel(by=SYSTEM, run_id=rotation.begin(by=SYSTEM).id)
    assert rotation.unfinished("identity")
    assert jobs.run_now(rotation.go_on(by=SYSTEM, purpose="identity").id).state == "succeeded"
    assert all_open()
    assert rotation.remaining(residents, 2) == 0


def test_how_far_a_column_is_can_be_seen(residents):
    state = rotation.states("identity")[0]
    assert (state.title, state.version, state.rows, state.finished_at) == (
        "test_sealed：number_cipher",
        1,
        0,
        None,
    )
    jobs.run_now(rotation.begin(by=SYSTEM).id)
    state = rotation.states("identity")[0]
    assert (state.version, state.rows) == (2, 1080)
    assert state.finished_at is not None


def test_a_real_column_has_a_chinese_name():
    column = sealed.Column("residents_resident", "phone_cipher")
    assert rotation.title_of(column) == "居民：本人电话密文"
