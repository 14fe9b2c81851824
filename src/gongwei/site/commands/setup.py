"""``./gongwei setup``: a new installation's county, organizations and first three administrators."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
import yaml

from gongwei.base import clock, problems
from gongwei.places import roles
from gongwei.site import founding

#: What is asked, or read from the file: (section, its fields). The order of areas is from the top down.
AREAS = ("省", "市", "县区")
COMMISSION = "卫生健康委"
AREA_FIELDS, PERSON_FIELDS = ("代码", "名称"), ("姓名", "用户名")
AREA_COLUMNS = ("区划代码", "名称")
ORGANIZATION_COLUMNS = ("机构代码", "机构名称", "机构类别", "所在区划", "上级机构代码", "服务区划")


@click.command(
    help="新装系统的第一步：设立本县区和三名管理员，导入区划和机构名单。例：./gongwei setup --from 本县.yaml"
)
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="县区和三名管理员的 YAML 文件；不给则逐项询问。",
)
@click.option(
    "--areas",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="乡镇、村（居）区划名单（CSV：区划代码,名称）；已有的跳过，可反复运行。",
)
@click.option(
    "--organizations",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"机构名单（CSV：{','.join(ORGANIZATION_COLUMNS)}）；已有的跳过。",
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2009-01-01",
    show_default=True,
    help="区划和机构从何日起启用；早于此日的档案和服务不能录入。",
)
def command(source: Path | None, areas: Path | None, organizations: Path | None, since: dt.datetime) -> None:
    """Set up what is missing; everything asked for is made, or nothing of that part."""
    at, day = clock.now(), since.date()
    try:
        _found(source, at, day, only_lists=bool(areas or organizations))
        if areas:
            made = founding.add_areas(
                [(row["区划代码"], row["名称"]) for row in _rows(areas, AREA_COLUMNS)], at=at, since=day
            )
            click.echo(f"区划：新设 {made} 个。")
        if organizations:
            listed = [_organization(row) for row in _rows(organizations, ORGANIZATION_COLUMNS)]
            click.echo(f"机构：新设 {founding.add_organizations(listed, at=at, since=day)} 个。")
    except problems.Refused as refused:
        raise click.ClickException(
            refused.message + (f"\n{refused.hint}" if refused.hint else "")
        ) from refused


def _found(source: Path | None, at: dt.datetime, day: dt.date, *, only_lists: bool) -> None:
    """The county and its administrators, unless they stand and only lists were asked for.

    The passwords are shown at once: a list that is refused afterwards must not swallow them.
    """
    if founding.stands() and source is None:
        if only_lists:
            return
        raise click.ClickException(
            "系统中已有管理员，无需再次设立。新的账号和岗位请由现有管理员在页面上办理。"
        )
    given = _read(source) if source else _asked()
    logins = founding.found(
        at=at,
        since=day,
        areas=[(given[level]["代码"], given[level]["名称"]) for level in AREAS],
        organization=(given[COMMISSION]["代码"], given[COMMISSION]["名称"]),
        administrators=[
            founding.Administrator(role, given[roles.title(role)]["姓名"], given[roles.title(role)]["用户名"])
            for role in roles.ADMINISTRATORS
        ],
    )
    click.echo("县区和管理员已设立。以下初始密码只显示这一次，请分别交给本人，首次登录时须修改：")
    for login in logins:
        click.echo(f"  {login.role}　{login.name}　用户名 {login.username}　初始密码 {login.password}")


def _sections() -> list[tuple[str, tuple[str, ...]]]:
    people = [(roles.title(role), PERSON_FIELDS) for role in roles.ADMINISTRATORS]
    return [*((level, AREA_FIELDS) for level in (*AREAS, COMMISSION)), *people]


def _asked() -> dict[str, dict[str, str]]:
    click.echo("逐项填写，按 Ctrl-C 放弃。区划代码为 12 位统计用区划代码。")
    return {
        section: {name: click.prompt(f"{section}{name}").strip() for name in names}
        for section, names in _sections()
    }


def _read(source: Path) -> dict[str, dict[str, str]]:
    """Raises click.ClickException naming what is missing, or a number that lost its quotation marks."""
    try:
        content: Any = yaml.safe_load(_text(source))
    except yaml.YAMLError as error:
        raise click.ClickException(f"{source.name} 不是正确的 YAML 文件：{error}") from error
    found: dict[str, dict[str, str]] = {}
    for section, names in _sections():
        part = content.get(section) if isinstance(content, dict) else None
        for name in names:
            value = part.get(name) if isinstance(part, dict) else None
            if not value:
                raise click.ClickException(f"{source.name} 缺少“{section}”的“{name}”。")
            found.setdefault(section, {})[name] = str(value)
    return found


def _organization(row: Mapping[str, str]) -> founding.OrganizationRow:
    code, name, kind, area, parent, serves = (row[column] for column in ORGANIZATION_COLUMNS)
    return founding.OrganizationRow(code, name, kind, area, parent, tuple(serves.replace("；", " ").split()))


def _rows(path: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    """The lines of a CSV file, cells stripped, empty lines left out. Raises click.ClickException for a missing column."""
    reader = csv.DictReader(io.StringIO(_text(path)))
    if missing := [name for name in columns if name not in (reader.fieldnames or ())]:
        raise click.ClickException(f"{path.name} 缺少列：{'、'.join(missing)}。")
    rows = [{name: (row[name] or "").strip() for name in columns} for row in reader]
    return [row for row in rows if any(row.values())]


def _text(path: Path) -> str:
    """Excel in Chinese saves CSV as GB 18030 unless told otherwise."""
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return content.decode("gb18030")
        except UnicodeDecodeError:
            raise click.ClickException(f"{path.name} 应为 UTF-8 或 GB 18030 编码。") from None
