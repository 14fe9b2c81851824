"""``./gongwei test``: the gate. Checks, then every test on a real PostgreSQL and in a real Chromium."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from gongwei.base import postgres
from gongwei.site import database, provision
from gongwei.site.commands import check

PROCESSES = 2
#: A file is run by one process, so that what its tests share is made once; files are begun in the order of tests/conftest.py.
SPREAD = ("-n", str(PROCESSES), "--dist", "loadfile", "--no-loadscope-reorder")


@click.command(
    help="检查代码并运行全部测试；给出 pytest 的参数时只运行这些测试，不做代码检查。"
    "标为 night 的大规模测试只在 -m night 时运行。例：./gongwei test　或　./gongwei test tests/unit -k 身份证",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Provision, check, test; pytest's closing line comes last and its exit code is kept."""
    browser = provision.chromium(database.home())
    provision.chinese_font()
    provision.java()
    if not arguments and (failed := check.failures()):
        raise click.ClickException(f"检查没有通过，测试没有运行：{'、'.join(failed)}。")
    click.secho("—— 测试（pytest）", bold=True)
    chosen = arguments if "-m" in arguments else ("-m", "not night", *arguments)
    with _home() as home, _servers(home) as urls:
        environment = {
            **os.environ,
            "DATABASE_URL": urls[0],
            "GONGWEI_TEST_SERVERS": " ".join(urls),
            "GONGWEI_HOME": str(home),
            "GONGWEI_CHROMIUM": str(browser.program),
            "GONGWEI_CHROMIUM_SANDBOX": "1" if browser.sandbox else "0",
            "DJANGO_SETTINGS_MODULE": "gongwei.site.settings",
        }
        status = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *SPREAD, *chosen],
            cwd=check.CHECKOUT,
            env=environment,
            check=False,
        ).returncode
    sys.exit(status)


@contextlib.contextmanager
def _home() -> Iterator[Path]:
    """A home of the tests' own, thrown away: keys and anchors of a real county are never touched."""
    home = Path(tempfile.mkdtemp(prefix="gongwei-test-"))
    home.chmod(0o711)  # the account of the database must reach its data
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def _servers(home: Path) -> Iterator[list[str]]:
    """A server for each process of tests: what is final on a server waits for its longest transaction, whoever holds it."""
    if given := os.environ.get("DATABASE_URL"):
        yield [given]
        return
    with contextlib.ExitStack() as held:
        urls = []
        for number in range(PROCESSES):
            place = home / f"server{number}"
            place.mkdir(mode=0o711)
            try:
                cluster = held.enter_context(postgres.Cluster(place, durable=False))
            except postgres.Unavailable as error:
                raise click.ClickException(str(error)) from error
            urls.append(cluster.url())
        yield urls
