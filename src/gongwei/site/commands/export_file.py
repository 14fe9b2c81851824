"""``./gongwei export``: filled forms (or residents) as a workbook that can be imported again."""

import datetime as dt
import io
from pathlib import Path

import click

from gongwei.base import problems
from gongwei.interfaces.excel import exporting
from gongwei.site.commands import signing


@click.command(
    help="导出填报表，列与导入模板相同。例：./gongwei export 随访.xlsx --form htn_follow_up --by dangan --from 2025-01-01"
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--form", "code", required=True, help="表单代码，如 htn_follow_up；居民为 residents")
@click.option("--by", "username", required=True, help="以哪个账号的岗位导出（用户名）")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="服务日期从")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="服务日期到")
def command(
    file: Path, code: str, username: str, first: dt.datetime | None, last: dt.datetime | None
) -> None:
    """Export what the account's duty reaches."""
    by = signing.actor_of(username)
    content = io.BytesIO()
    try:
        count = exporting.write(
            by, content, code, first.date() if first else None, last.date() if last else None
        )
    except problems.Refused as refused:
        raise click.ClickException(refused.message) from refused
    file.write_bytes(content.getvalue())
    click.echo(f"已导出 {count:,} 行：{file}")
