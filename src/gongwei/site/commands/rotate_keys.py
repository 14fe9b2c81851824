"""``./gongwei rotate-keys``."""

import click

from gongwei.base import keys, problems, rotation
from gongwei.base.actors import SYSTEM
from gongwei.site import progress


class Bar:
    """The work of a rotation on a terminal."""

    def __init__(self, report: progress.Report, title: str) -> None:
        self._report, self._title = report, title
        self._done, self._total = 0, 0

    def start(self, total: int | None) -> None:
        """Say how much there is to do; seen twice where a last pass looks for rows written meanwhile."""
        self._total = total or 0
        self._report(self._title, 0, self._total)

    def step(self, count: int) -> None:
        """Say that so much more is done."""
        self._done += count
        self._report(self._title, min(self._done, self._total), self._total)


@click.command(
    help=(
        "更换加密密钥：生成新密钥，把证件号码和电话逐行重新加密；系统照常使用，中断后再运行即接着做。"
        "例：./gongwei rotate-keys --purpose identity"
    )
)
@click.option(
    "--purpose",
    type=click.Choice(sorted(rotation.PURPOSES)),
    default="identity",
    show_default=True,
    help="identity 换加密密钥；blind 换索引密钥（查找证件号码、电话用）。",
)
@click.option("--status", is_flag=True, help="只显示各列换到哪里，不更换。")
@click.option(
    "--retire", is_flag=True, help="销毁已不再使用的旧密钥（备份里的旧数据将打不开，请先另存密钥文件）。"
)
def command(purpose: str, status: bool, retire: bool) -> None:
    """Bring in a new key, go on with one that was interrupted, show how far it is, or destroy old keys."""
    try:
        if status:
            _show(purpose)
        elif retire:
            with progress.shown() as report:
                gone = rotation.retire_old_keys(by=SYSTEM, purpose=purpose, progress=_bar(report, purpose))
            words = "、".join(f"第 {version} 版" for version in sorted(gone))
            click.echo(f"已销毁：{words}。" if gone else "没有旧密钥。")
        else:
            _rotate(purpose)
    except problems.Problem as problem:
        raise click.ClickException(problem.message) from problem


def _rotate(purpose: str) -> None:
    title = rotation.PURPOSES[purpose]
    if rotation.unfinished(purpose):
        click.echo(f"继续上次未完成的换钥：{title}，第 {keys.keyring().current(purpose)} 版。")
    else:
        version = rotation.new_key(by=SYSTEM, purpose=purpose)
        click.echo(f"已生成第 {version} 版{title}。请立即备份密钥目录，再等待完成。")
    with progress.shown() as report:
        done = rotation.rotate_all(purpose=purpose, progress=_bar(report, purpose))
    click.echo(
        f"完成：{done['columns']} 列已换成第 {done['version']} 版。"
        f"旧密钥仍保留，确认无误后用 ./gongwei rotate-keys --purpose {purpose} --retire 销毁。"
    )


def _bar(report: progress.Report, purpose: str) -> Bar:
    return Bar(report, "重新加密" if purpose == "identity" else "重算索引")


def _show(purpose: str) -> None:
    ring = keys.keyring()
    versions = "、".join(str(version) for version in ring.versions(purpose))
    click.echo(f"{rotation.PURPOSES[purpose]}：现用第 {ring.current(purpose)} 版，保留的版本 {versions}。")
    for state in rotation.states(purpose):
        click.echo(f"  {state.title}　{words(state)}")


def words(state: rotation.State) -> str:
    """Where a column stands, in words."""
    if state.version == 1:
        return "没有更换过"
    if state.finished_at:
        return f"已换成第 {state.version} 版，{state.rows:,} 行"
    return f"正在换成第 {state.version} 版，已换 {state.rows:,} 行" if state.started_at else "尚未开始"
