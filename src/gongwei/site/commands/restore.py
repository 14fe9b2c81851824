"""``./gongwei restore``."""

import datetime as dt
import os
from pathlib import Path

import click

from gongwei.base import clock
from gongwei.site import database, progress
from gongwei.site.backups import checking, restoring, taking
from gongwei.site.backups.recovering import CUT, END, Target


class Moment(click.ParamType[Target]):
    """``end``, ``cut``, or a time in China."""

    name = "时刻"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Target:
        """Read it."""
        if isinstance(value, dt.datetime) or value in (END, CUT):
            return value
        try:
            moment = dt.datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"“{value}”不是时刻；写成 end、cut 或 2026-11-22T09:30:00（北京时间）。")
        return moment if moment.tzinfo else moment.replace(tzinfo=clock.CHINA)


@click.command(
    help=(
        "从备份恢复。先把另外保管的 keys 目录放回 GONGWEI_HOME。不写名称时用最新的备份（指定时刻的，用早于它的最新一个）。"
        "例：./gongwei restore --to 2026-11-22T09:30:00"
    )
)
@click.argument("name", required=False)
@click.option(
    "--to",
    "target",
    type=Moment(),
    default=END,
    show_default=True,
    help="end 恢复到日志的最后；cut 恢复到备份的时刻；或写时刻（北京时间）。",
)
@click.option("--replace", is_flag=True, help="已有数据库时换掉它；原有的改名保留，不删除。")
@click.option(
    "--data", type=click.Path(path_type=Path), help="自备的 PostgreSQL：在这个空目录里做成数据目录，不启动。"
)
@click.option("--check", "only_check", is_flag=True, help="自备的 PostgreSQL 启动以后：只作恢复后的核对。")
def command(name: str | None, target: Target, replace: bool, data: Path | None, only_check: bool) -> None:
    """Restore, then check what was restored; exit status 1 when a check fails."""
    home = database.home()
    place = taking.root(home)
    folder = restoring.chosen(place, name, target)
    if only_check:
        made = restoring.checked(home, folder, target, lambda *_: None)
        with database.standing():
            _report(checking.check(made, to_the_cut=target == CUT))
        return
    if os.environ.get("DATABASE_URL") and data is None:
        raise click.ClickException(
            "设置了 DATABASE_URL（自备的 PostgreSQL）：请用 --data 目录 恢复成数据目录，由数据库管理员启动后，再运行 --check。"
        )
    with progress.shown() as report:
        if data is not None:
            made = restoring.lay_out(home, folder, data.resolve(), target=target, report=report)
            click.echo(
                f"已在 {data} 做成数据目录（PostgreSQL {made.server // 10000}）。请用同一大版本的服务器启动，它会自行重放日志；"
                "启动后运行 ./gongwei restore --check。"
            )
            return
        done = restoring.restore(home, folder, target=target, replace=replace, say=click.echo, report=report)
    click.echo(f"已恢复 {done.made.name}，日志用到 {done.log_until}。")
    for path in done.aside:
        click.echo(f"原有的改名为 {path}，确认无误后可删除。")
    if done.compared:
        click.echo(f"各表行数和摘要与备份清单相同（{len(done.made.tables or {})} 张表，在备份的时刻比对）。")
    with database.standing():
        _report(checking.check(done.made, to_the_cut=False))
    click.echo("请启动服务，并立即运行 ./gongwei backup 做一次新的备份：恢复以后的日志从新的备份接起。")


def _report(findings: list[str]) -> None:
    for line in findings:
        click.echo(f"  {line}")
    if findings:
        raise click.ClickException("恢复后的核对发现以上问题。")
    click.echo("核对通过：表结构与备份相同，审计日志完好，密钥打得开数据。")
