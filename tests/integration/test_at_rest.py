"""R18: no identity in the clear at rest. Canaries through the real operations, then every file is searched.

Data directory, write-ahead log, server logs, temporary files of a running sort, a dump by COPY, and the home with its
anchors and logs. Names are stored as they are, so they must be found: else the search itself would be blind.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gongwei.base import postgres

ROOT = Path(__file__).resolve().parents[2]
WRITER = Path(__file__).with_name("canary_writer.py")
#: How a number could stand in a file: as text, as UTF-16, and as the hexadecimal of its text (a bytea in a dump or log).
FORMS = (str.encode, lambda text: text.encode("utf-16-le"), lambda text: text.encode().hex().encode())


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that the account of the server can reach."""
    folder = Path(tempfile.mkdtemp(prefix="gongwei-at-rest-"))
    folder.chmod(0o711)
    yield folder
    postgres.Cluster(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


def beginning(words: list[str]) -> str:
    """What all of the words begin with."""
    first, last = min(words), max(words)
    alike = [a == b for a, b in zip(first, last, strict=False)]
    return first[: (*alike, False).index(False)]


def holding(folder: Path, words: list[str]) -> dict[str, set[str]]:
    """The files under a folder that hold one of the words, with the words."""
    # First what words that begin alike have in common: a file without it is read once and not once for each word.
    alike: dict[str, list[str]] = {}
    for word in words:
        alike.setdefault(word[:2], []).append(word)
    patterns = {
        form(beginning(some)): {form(word): word for word in some}
        for some in alike.values()
        for form in FORMS
    }
    found: dict[str, set[str]] = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            try:
                content = path.read_bytes()
            except FileNotFoundError:  # the server removes its own
                continue
            begun = [some for start, some in patterns.items() if start in content]
            if hits := {word for some in begun for pattern, word in some.items() if pattern in content}:
                found[str(path.relative_to(folder))] = hits
    return found


def written(home: Path, url: str, count: int) -> dict[str, list[str]]:
    """Let the writer do its work; what it says it wrote."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "GONGWEI_HOME": str(home),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
    }
    ended = subprocess.run(
        [sys.executable, str(WRITER), str(count)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    return json.loads(ended.stdout.splitlines()[-1])


def searched(home: Path, count: int) -> None:
    """Write, then search while the server runs with a sort on disk, and again after it has ended."""
    dump = home / "dump"
    with postgres.Cluster(home) as cluster:
        said = written(home, cluster.url(), count)
        assert len(set(said["numbers"])) == 4 * count
        with psycopg.connect(cluster.url()) as connection:
            names = [
                row[0]
                for row in connection.execute(
                    "select c.oid::regclass::text from pg_class c where c.relkind = 'r' "
                    "and c.relnamespace = 'public'::regnamespace order by 1"
                )
            ]
            with open(dump, "wb") as file:
                for name in names:
                    with connection.cursor().copy(f"copy {name} to stdout") as copy:
                        for block in copy:
                            file.write(block)
            connection.execute("set work_mem = '64kB'")
            connection.execute(
                "declare held no scroll cursor for select r.*, n from residents_resident r, "
                "generate_series(1, 3000) n order by md5(n::text || r.id::text)"
            )
            connection.execute("fetch 1 from held")
            running = holding(home, said["numbers"])
            spilled = [
                path for path in home.rglob("*pgsql_tmp*") if path.is_file() and path.stat().st_size > 10**5
            ]
        assert spilled
        assert running == {}
    assert holding(home, said["numbers"]) == {}
    places = holding(home, said["names"])
    for part in ("base/", "pg_wal/", "dump"):
        assert any(part in path for path in places), part


def test_no_identity_stands_in_any_file(home: Path) -> None:
    searched(home, 12)


@pytest.mark.night
def test_no_identity_stands_in_any_file_of_many(home: Path) -> None:
    searched(home, 2000)
