"""``./gongwei worker``."""

import os

import click

from gongwei.site import database, processes, service


@click.command(help="只启动后台任务进程，供多台服务器分担。例：DATABASE_URL=... ./gongwei worker")
def command() -> None:
    """Work off background jobs until stopped."""
    crew = processes.Crew(database.home() / "logs")
    try:
        with processes.stoppable():
            crew.start("jobs", service.jobs(), os.environ)
            click.echo("后台任务进程已启动。停止请按 Ctrl-C。")
            crew.watch()
    except processes.Stopped:
        crew.stop()
    finally:
        crew.stop()
    click.echo("已停止。")
