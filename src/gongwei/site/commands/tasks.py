"""``./gongwei tasks``."""

import click


@click.group(help="待办（应开展的服务）。例：./gongwei tasks rebuild")
def command() -> None:
    """What is done with tasks from the command line."""


@command.command(help="按现有记录和规则重新计算全部待办；已完成的和未成记录都保留，中断后接着做。")
@click.option("--processes", type=click.IntRange(1, 16), default=2, help="同时工作的进程数")
def rebuild(processes: int) -> None:
    """Build all tasks again."""
    from gongwei.site import progress
    from gongwei.tasks import rebuilding

    with progress.shown() as report:
        done = rebuilding.rebuild(
            lambda people, total: report("重建待办", people, total), processes=processes
        )
    click.echo(f"完成：{done.residents:,} 位居民，写入 {done.written:,} 项，用时 {done.seconds:.0f} 秒。")


@command.command(
    help="按现有记录和规则查找全部居民的疑似线索，更新疑似名单；已排除的不因同样的记录再次提出。"
)
def suspects() -> None:
    """Look for the suspected among all residents."""
    from gongwei.site import progress
    from gongwei.tasks import suspecting_jobs

    with progress.shown() as report:
        found = suspecting_jobs.find_now(lambda people, total: report("查找疑似", people, total))
    click.echo(
        f"完成：{found.residents:,} 位居民，{found.people:,} 人有新线索，共 {found.signs:,} 条，用时 {found.seconds:.0f} 秒。"
    )
