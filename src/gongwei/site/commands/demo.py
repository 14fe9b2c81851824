"""``./gongwei demo``."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from gongwei.site import database, progress, service


@click.command(help="建立两万人的演示县（只在第一次），启动服务，列出各岗位的演示账号。例：./gongwei demo")
@service.options
def command(host: str, port: int | None) -> None:
    """Run the service on the demonstration county."""
    service.run(host=host, port=port, furnish=_furnish, screen=_screen)


def _furnish(url: str) -> None:
    """Build the county once; what was built, and for which database, is noted so that later starts need not ask."""
    note = _note()
    here = database.identity(url)
    if note.exists() and json.loads(note.read_text()).get("database") == here:
        return
    database.set_up_django()
    from gongwei.site.commands import simulate

    if not simulate.demo_stands():
        click.echo("正在建立演示县（两万居民，只需一次）……")
        with progress.shown() as report:
            simulate.build_demo(progress=report)
    note.write_text(json.dumps({"database": here, "logins": simulate.demo_logins()}, ensure_ascii=False))


def _note() -> Path:
    return database.home() / "demo.json"


def _screen(address: service.Address) -> str:
    return "\n".join(
        [
            "",
            "公卫演示系统已启动（数据都是模拟的）",
            f"  网址　　　{address.url}",
            "  正在运行　页面服务、后台任务、PostgreSQL 数据库",
            f"  数据位置　{database.home()}",
            "  停止　　　按 Ctrl-C；再次启动：./gongwei demo",
            "",
            *_table([("岗位", "用户名", "密码"), *json.loads(_note().read_text())["logins"]]),
        ]
    )


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns aligned by what a terminal shows: a Chinese character is two cells wide."""
    widths = [max(_cells(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  "
        + "  ".join(
            text + " " * (width - _cells(text)) for text, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _cells(text: str) -> int:
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)
