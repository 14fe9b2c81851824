"""``./gongwei migrate``."""

import click

from gongwei.site import database


@click.command(help="把数据库升级到当前版本。已是最新时什么也不做。例：./gongwei migrate")
def command() -> None:
    """Apply missing migrations and say whether there were any."""
    with database.standing():
        database.set_up_django()
        changed = database.bring_up_to_date()
    click.echo("数据库已升级到当前版本。" if changed else "数据库已是当前版本，无需升级。")
