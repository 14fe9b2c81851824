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
