"""``./gongwei backup``: take (when no word follows), list, verify, stream."""

import json
import os

import click

from gongwei.base import clock
from gongwei.site import database, processes, progress
from gongwei.site.backups import manifest, server, taking, wal


@click.group(
    invoke_without_command=True,
    help="备份整个系统（密钥除外）：数据库、审计锚点、快照和指标、结算的结果文件。例：./gongwei backup",
)
@click.option("--reason", default="命令行", help="用途，记在清单里。")
@click.option("--json", "as_json", is_flag=True, help="只输出一行 JSON，供程序读取。")
@click.pass_context
def command(context: click.Context, reason: str, as_json: bool) -> None:
    """Take a backup unless another word follows."""
    if context.invoked_subcommand is not None:
        return
    home = database.home()
    place = taking.root(home)
    with server.standing(home) as standing, progress.shown() as report:
        made = taking.take(standing, place, reason=reason, report=(lambda *_: None) if as_json else report)
    if as_json:
        click.echo(json.dumps(_plain(made), ensure_ascii=False))
        return
    click.echo(f"完成并已核对：{_line(made)}\n放在 {place / made.name}")
    if made.tables is None:
        click.echo("注意：系统一直有人在写，没有取得各表的行数和摘要；恢复时不能逐表核对。")
    if os.stat(place).st_dev == os.stat(home).st_dev:
        click.echo(
            "注意：备份与数据在同一块磁盘上，磁盘损坏时会一起丢失；请用 GONGWEI_BACKUP 指定另一块磁盘上的目录。"
        )
    click.echo("密钥不在备份里，请另行保管 keys 目录；没有密钥，备份中的证件号码和电话打不开，也不能恢复。")


@command.command("list", help="列出备份，新的在前。例：./gongwei backup list")
@click.option("--json", "as_json", is_flag=True, help="只输出一行 JSON，供程序读取。")
def listed(as_json: bool) -> None:
    """Show what there is."""
    found = taking.standing(taking.root(database.home()))
    if as_json:
        click.echo(json.dumps([_plain(each) for each in found], ensure_ascii=False))
        return
    for each in found:
        click.echo(_line(each))
    if not found:
        click.echo("还没有备份。用 ./gongwei backup 做一个。")


@command.command(help="核对备份文件与写成时的摘要；有损坏时退出码为 1。例：./gongwei backup verify")
@click.argument("name", required=False)
def verify(name: str | None) -> None:
    """Compare one backup, or all, with their manifests."""
    home = database.home()
    place = taking.root(home)
    ring = manifest.keyring(home)
    wrong = False
    for folder in sorted(place.glob(f"{taking.BACKUP}*")):
        if name and folder.name != name:
            continue
        try:
            bad = list(manifest.damaged(manifest.read(folder, ring), folder))
        except click.ClickException as error:
            bad = [error.format_message()]
        wrong = wrong or bool(bad)
        click.echo(f"{folder.name} {'损坏：' + '、'.join(bad) if bad else '完好'}")
    if wrong:
        raise click.exceptions.Exit(1)


@command.command(help="持续归档数据库日志，直到被停止；与服务一起长期运行。例：./gongwei backup stream")
def stream() -> None:
    """Stream the log until stopped."""
    home = database.home()
    try:
        with processes.stoppable(), server.standing(home) as standing:
            click.echo(f"正在归档日志到 {wal.folder(taking.root(home), standing.line())}，按 Ctrl-C 停止。")
            wal.follow(standing, taking.root(home))
    except processes.Stopped:
        click.echo("已停止归档。")


def _plain(made: manifest.Manifest) -> dict[str, object]:
    return {
        "name": made.name,
        "cut_at": made.cut_at,
        "program": made.program,
        "server": made.server,
        "bytes": made.bytes,
        "files": len(made.files),
        "rows": sum(int(rows) for rows, _ in made.tables.values()) if made.tables else None,
        "reason": made.reason,
    }


def _line(made: manifest.Manifest) -> str:
    from datetime import datetime

    cut = datetime.fromisoformat(made.cut_at).astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M:%S")
    rows = f"{sum(int(count) for count, _ in made.tables.values()):,} 行" if made.tables else "未取各表摘要"
    return f"{made.name} 截止 {cut} {rows} {made.bytes / 1e6:,.1f} MB 程序 {made.program} {made.reason}"
