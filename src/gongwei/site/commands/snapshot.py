"""``./gongwei snapshot``: take, list, verify, remove-old."""

import json
from typing import Any
from uuid import UUID

import click

from gongwei.base import clock
from gongwei.base.actors import SYSTEM
from gongwei.base.problems import Refused
from gongwei.site.commands import formats
from gongwei.snapshots import queries
from gongwei.snapshots.models import Snapshot

HEADINGS = ("编号", "种类", "状态", "截止时刻", "行数", "字节", "变动居民", "长期保存", "用途", "摘要")


@click.group(help="数据快照：指标计算和溯源用的列式文件。例：./gongwei snapshot take --reason 季度报表")
def command() -> None:
    """Snapshots from the command line."""


@command.command(help="写一个数据快照。例：./gongwei snapshot take --reason 季度报表 --increment")
@click.option("--reason", default="命令行", help="用途，列在快照旁边")
@click.option("--increment", is_flag=True, help="只写上一个快照以来变动的居民（不能时写完整快照）")
@click.option("--pin", is_flag=True, help="长期保存，不按期清理")
@formats.offered
def take(reason: str, increment: bool, pin: bool, as_json: bool, as_csv: bool) -> None:
    """Write one."""
    from gongwei.site import progress
    from gongwei.snapshots import operations

    try:
        with progress.shown() as report:
            snapshot = operations.take(
                by=SYSTEM,
                at=clock.now(),
                reason=reason,
                base=queries.latest() if increment else None,
                progress=None if as_json or as_csv else report,
            )
        if pin:
            snapshot = operations.pin(by=SYSTEM, at=clock.now(), snapshot_id=snapshot.id)
    except Refused as refused:
        raise click.ClickException(refused.message) from refused
    if as_json:
        click.echo(json.dumps(_plain(snapshot), ensure_ascii=False))
    elif as_csv:
        formats.print_csv(HEADINGS, [_row(snapshot)])
    else:
        click.echo(f"完成：{_line(snapshot)}")


@command.command("list", help="列出数据快照，新的在前。例：./gongwei snapshot list")
@formats.offered
def listed(as_json: bool, as_csv: bool) -> None:
    """Show what there is."""
    found = list(queries.listed()[:100])
    if as_json:
        click.echo(json.dumps([_plain(each) for each in found], ensure_ascii=False))
        return
    if as_csv:
        formats.print_csv(HEADINGS, [_row(each) for each in found])
        return
    for each in found:
        click.echo(f"{_line(each)}{'，' + each.error_zh if each.error_zh else ''}")
    if not found:
        click.echo("还没有数据快照。用 ./gongwei snapshot take 写一个。")


@command.command(help="核对快照文件与写成时的摘要；有损坏时退出码为1。例：./gongwei snapshot verify")
@click.argument("snapshot_id", required=False, type=click.UUID)
@formats.offered
def verify(snapshot_id: UUID | None, as_json: bool, as_csv: bool) -> None:
    """Compare digests of one snapshot, or of all that can be read."""
    from gongwei.snapshots import reading

    chosen = Snapshot.objects.filter(state=Snapshot.State.COMPLETE)
    if snapshot_id is not None and not (chosen := chosen.filter(id=snapshot_id)):
        raise click.ClickException("没有这个数据快照，或已清理。")
    wrong = {str(each.id): reading.damaged(each) for each in chosen}
    if as_json:
        click.echo(json.dumps(wrong, ensure_ascii=False))
    elif as_csv:
        formats.print_csv(("编号", "损坏的表"), [(key, "、".join(names)) for key, names in wrong.items()])
    else:
        for key, names in wrong.items():
            click.echo(f"{key} {'损坏：' + '、'.join(names) if names else '完好'}")
    if any(wrong.values()):
        raise click.exceptions.Exit(1)


@command.command("remove-old", help="清理过了保留期的快照。例：./gongwei snapshot remove-old")
@formats.offered
def remove_old(as_json: bool, as_csv: bool) -> None:
    """Remove what need not be kept."""
    from gongwei.snapshots import operations

    try:
        gone = operations.remove_old(by=SYSTEM, at=clock.now())
    except Refused as refused:
        raise click.ClickException(refused.message) from refused
    if as_json:
        click.echo(json.dumps([str(each) for each in gone]))
    elif as_csv:
        formats.print_csv(("编号",), [(str(each),) for each in gone])
    else:
        click.echo(f"清理了 {len(gone)} 个数据快照。")


def _plain(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "id": str(snapshot.id),
        "kind": str(snapshot.kind),
        "base": str(snapshot.base_id) if snapshot.base_id else None,
        "state": str(snapshot.state),
        "cut_at": snapshot.cut_at.isoformat() if snapshot.cut_at else None,
        "rows": snapshot.rows,
        "bytes": snapshot.bytes,
        "changed": snapshot.changed,
        "digest": snapshot.digest,
        "pinned": snapshot.pinned,
        "reason": snapshot.reason,
        "error": snapshot.error_zh,
        "tables": {name: table["rows"] for name, table in sorted(snapshot.tables.items())},
    }


def _row(snapshot: Snapshot) -> tuple[Any, ...]:
    plain = _plain(snapshot)
    return tuple(
        plain[name]
        for name in (
            "id",
            "kind",
            "state",
            "cut_at",
            "rows",
            "bytes",
            "changed",
            "pinned",
            "reason",
            "digest",
        )
    )


def _line(snapshot: Snapshot) -> str:
    cut = snapshot.cut_at.astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M:%S") if snapshot.cut_at else "—"
    pinned = "，长期保存" if snapshot.pinned else ""
    return (
        f"{snapshot.id} {snapshot.get_state_display()} {snapshot.get_kind_display()} 截止 {cut} "
        f"{snapshot.rows:,} 行 {snapshot.bytes / 1e6:,.1f} MB {snapshot.reason}{pinned}"
    )
