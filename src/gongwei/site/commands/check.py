"""``./gongwei check``: everything that can be said about the code without running it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click

from gongwei.site import glossary

CHECKOUT = Path(__file__).resolve().parents[4]


@click.command(help="检查代码：写法、格式、类型、分层、迁移、词汇、文档。例：./gongwei check")
def command() -> None:
    """Run every step, say what each found, and fail when one did."""
    failed = failures()
    if failed:
        raise click.ClickException(f"检查没有通过：{'、'.join(failed)}。")
    click.echo("检查全部通过。")


def failures() -> list[str]:
    """Run every step; the titles of those that failed."""
    failed = []
    for title, step in _steps():
        click.secho(f"—— {title}", bold=True)
        if not step():
            failed.append(title)
    return failed


def _steps() -> list[tuple[str, Callable[[], bool]]]:
    paths = [name for name in ("src", "tests", "benchmarks", "manage.py") if (CHECKOUT / name).exists()]
    steps: list[tuple[str, Callable[[], bool]]] = [
        ("写法（ruff）", lambda: _run("-m", "ruff", "check", "--quiet", *paths)),
        ("格式（ruff format）", lambda: _run("-m", "ruff", "format", "--check", "--quiet", *paths)),
        ("类型（mypy）", lambda: _run("-m", "mypy")),
        (
            "分层（import-linter）",
            lambda: _run(
                "-c", "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c())"
            ),
        ),
        ("迁移（makemigrations --check）", _migrations),
        ("词汇（docs/glossary.md）", _words),
        ("章法（模块长短与命名）", _layout),
    ]
    if (CHECKOUT / "src" / "gongwei" / "site" / "commands" / "docs.py").exists():
        steps.append(("文档是否最新", lambda: _run("-m", "gongwei.site.commands", "docs", "--check")))
    return steps


def _migrations() -> bool:
    # Django only reads the tables of applied migrations to warn about them, so no server is needed here.
    given = {"DATABASE_URL": "postgres://127.0.0.1:1/none", "GONGWEI_POOL": "0"}
    return _run(
        *("-W", "ignore::RuntimeWarning:django.core.management.commands.makemigrations"),
        *("-m", "django", "makemigrations", "--check", "--dry-run"),
        environment=given,
    )


def _layout() -> bool:
    # Its tests read files only; the suite's doorkeeper wants an address all the same.
    return _run(
        *("-m", "pytest", "--quiet", "-p", "no:cacheprovider"),
        str(CHECKOUT / "tests" / "architecture" / "test_layout.py"),
        environment={"DATABASE_URL": "postgres://127.0.0.1:1/none", "GONGWEI_POOL": "0"},
    )


def _words() -> bool:
    found = glossary.violations(
        CHECKOUT / "src" / "gongwei", glossary.banned(CHECKOUT / "docs" / "glossary.md")
    )
    for line in found:
        click.echo(line)
    return not found


def _run(*arguments: str, environment: dict[str, str] | None = None) -> bool:
    base = {**os.environ, "DJANGO_SETTINGS_MODULE": "gongwei.site.settings"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=CHECKOUT, env={**base, **(environment or {})}, check=False
    )
    return done.returncode == 0
