"""The report of a package: for people, or as JSON or CSV for programs. Numbers always come with their sum."""

import csv
import io
import json

import click

from gongwei.base import scope
from gongwei.base.actors import Actor
from gongwei.interfaces.packages import deciding, queries, totals
from gongwei.interfaces.packages.queries import Report

STYLES = ("text", "json", "csv")
_COLUMNS = ("total", *totals.PARTS)


def show(report: Report, style: str) -> None:
    """Print a report."""
    if style == "json":
        click.echo(json.dumps(queries.as_json(report), ensure_ascii=False))
    elif style == "csv":
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["文件", "工作表", "种类", "状态", *(totals.TITLES[each] for each in _COLUMNS)])
        for each in report.sheets:
            numbers = [each.counts.get(name, 0) for name in _COLUMNS]
            writer.writerow([each.file, each.sheet, each.title, each.state_title, *numbers])
        click.echo(text.getvalue(), nl=False)
    else:
        _in_words(report)


def _in_words(report: Report) -> None:
    for note in report.notes:
        click.echo(note)
    for each in report.sheets:
        where = each.file if not each.sheet else f"{each.file}“{each.sheet}”"
        click.echo(
            f"{where}　{each.title}　{totals.told(each.counts) if each.counts['total'] else each.state_title}"
        )
        for text in ([each.problem] if each.problem else []) + each.notes:
            click.echo(f"    {text}")
        for kind in each.kinds[:5]:
            if kind["severity"] == "block":
                heading = f"“{kind['heading']}”：" if kind["heading"] else ""
                click.echo(f"    {kind['rows']:,} 行　{heading}{kind['reason']}")
    click.echo(f"合计　{totals.told(report.counts)}　（{report.state_title}）")
    if not report.balanced:
        raise click.ClickException("各行去向之和与读入的行数不符，请把数据包编号告诉开发者。")
    if report.problem:
        click.echo(report.problem)


def show_waiting(by: Actor, package: queries.Package) -> None:
    """The rows that wait for a person, with whom they may be; shown to whoever may see residents."""
    deciding.require(by)
    after = None
    while True:
        with scope.acting(by):
            rows, after = queries.waiting(by, package, after)
        for row in rows:
            cells = "　".join(filter(None, row.shown.cells))
            click.echo(f"{row.id}　{row.file} 第{row.shown.number}行　{cells}")
            for each in row.candidates:
                click.echo(f"    {each.id}　{each.said}")
        if after is None:
            return
