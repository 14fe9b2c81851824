"""How a command's answer is printed: for people, or as JSON or CSV for programs (`--format`; `--json` and `--csv` say the same)."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

import click

TEXT, JSON, CSV = "text", "json", "csv"


def offered(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--format text|json|csv` with its short forms; it gets `as_json` and `as_csv`."""

    @click.option(
        "--format", "style", type=click.Choice([TEXT, JSON, CSV]), default=TEXT, help="输出格式，默认text"
    )
    @click.option("--json", "short_json", is_flag=True, help="同 --format json：输出一行JSON，供程序读取")
    @click.option("--csv", "short_csv", is_flag=True, help="同 --format csv：可用表格软件打开")
    @wraps(command)
    def asked(*args: Any, style: str, short_json: bool, short_csv: bool, **named: Any) -> Any:
        if short_json and short_csv:
            raise click.UsageError("--json 和 --csv 只能写一个")
        return command(*args, as_json=short_json or style == JSON, as_csv=short_csv or style == CSV, **named)

    return asked


def print_csv(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    click.echo(text.getvalue(), nl=False)
