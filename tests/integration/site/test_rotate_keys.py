"""`./gongwei rotate-keys`: brings a new key in, goes on after an interruption, says where it stands."""

import click
import pytest
from click.testing import CliRunner
from django.db import connection

from gongwei.base import keys, rotation, sealed
from gongwei.site.commands.rotate_keys import command

TABLE, COLUMN, ROWS = "test_sealed", "number_cipher", 620


@pytest.fixture
def column(db, monkeypatch, settings, tmp_path):
    """620 sealed rows in a registered table, under keys of their own."""
    settings.HOME = tmp_path
    with connection.cursor() as cursor:
        cursor.execute(f"create table {TABLE} (id int primary key, {COLUMN} bytea)")
        for row in range(1, ROWS + 1):
            cipher = sealed.encrypt(f"号码{row}", table=TABLE, column=COLUMN, row_id=row)
            cursor.execute(f"insert into {TABLE} values (%s, %s)", [row, cipher])
    monkeypatch.setattr(sealed, "_columns", {})
    sealed.register(TABLE, COLUMN)
    rotation._type_of.cache_clear()
    return sealed.registered()[0]


def run(*arguments):
    """Run the command as a person would."""
    return CliRunner().invoke(command, arguments)


def test_a_new_key_is_brought_in_and_the_old_one_destroyed(column):
    done = run()
    assert done.exit_code == 0, done.output
    assert "已生成第 2 版" in done.output
    assert "完成：1 列已换成第 2 版" in done.output
    assert rotation.remaining(column, 2) == 0
    assert "已换成第 2 版，620 行" in run("--status").output
    assert "已销毁：第 1 版" in run("--retire").output
    assert keys.keyring().versions("identity") == (2,)


def test_interrupted_it_goes_on_with_the_same_key(column, monkeypatch):
    original, calls = rotation._seal_anew, []

    def dying(*arguments):
        calls.append(1)
        if len(calls) == 501:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(rotation, "_seal_anew", dying)
    with pytest.raises(click.Abort):
        command.main(args=[], standalone_mode=False)
    monkeypatch.setattr(rotation, "_seal_anew", original)
    assert "正在换成第 2 版，已换 500 行" in run("--status").output
    assert "密钥" in run("--retire").output
    again = run()
    assert "继续上次未完成的换钥" in again.output
    assert keys.keyring().versions("identity") == (2, 1)
    assert "已换成第 2 版，620 行" in run("--status").output


def test_before_any_rotation_it_says_so(column):
    said = run("--status").output
    assert "现用第 1 版，保留的版本 1" in said
    assert "没有更换过" in said
    assert "没有旧密钥" in run("--retire").output
