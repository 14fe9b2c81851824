"""``./gongwei docs``."""

from pathlib import Path

import click

from gongwei.site import documents

FOLDER = Path(__file__).resolve().parents[4] / "docs" / "generated"


@click.command(help="根据系统内的定义生成数据字典、规则、指标等文档（docs/generated）。例：./gongwei docs")
@click.option("--check", is_flag=True, help="只检查是否最新，不改动；不是最新时退出码为 1。")
def command(check: bool) -> None:
    """Write the chapters, or say which ones are not up to date."""
    if not check:
        changed = documents.write(FOLDER)
        click.echo(f"文档已更新 {len(changed)} 页。" if changed else "文档已是最新。")
        return
    if late := documents.stale(FOLDER):
        listed = "\n".join(f"  docs/generated/{name}" for name in late)
        raise click.ClickException(f"以下文档不是最新，请运行 ./gongwei docs 并提交：\n{listed}")
    click.echo("文档是最新的。")
