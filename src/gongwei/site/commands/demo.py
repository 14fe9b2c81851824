"""``./gongwei demo``."""

from collections.abc import Sequence

import click

from gongwei.site import database, progress, service


@click.command(help="建立两万人的演示县（只在第一次），启动服务，列出各岗位的演示账号。例：./gongwei demo")
@service.options
def command(host: str, port: int | None) -> None:
    """Run the service on the demonstration county."""
    service.run(host=host, port=port, furnish=_furnish, screen=_screen)


def _furnish() -> None:
    from gongwei.site.commands import simulate

    if not simulate.demo_stands():
        click.echo("正在建立演示县（两万居民，只需一次）……")
        with progress.shown() as report:
            simulate.build_demo(progress=report)


def _screen(address: service.Address) -> str:
    from gongwei.site.commands import simulate

    return "\n".join(
        [
            "",
            "公卫演示系统已启动（数据都是模拟的）",
            f"  网址　　　{address.url}",
            "  正在运行　页面服务、后台任务、PostgreSQL 数据库",
            f"  数据位置　{database.home()}",
            "  停止　　　按 Ctrl-C；再次启动：./gongwei demo",
            "",
            *_table([("岗位", "用户名", "密码"), *simulate.demo_logins()]),
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
