"""``./gongwei evaluate``: open a round, score its system items from a frozen run, move it on, publish, make final, show scores."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import click

from gongwei.base import clock, scope
from gongwei.base.actors import Actor
from gongwei.base.problems import Problem, Several
from gongwei.evaluation import national, queries, rounds, seeing
from gongwei.site.commands import formats, signing

_by = click.option("--by", "username", required=True, help="以哪个账号的岗位办理（用户名）")
_round = click.argument("round_id", type=click.UUID)


@click.group(
    help="绩效评价：建立轮次、系统评分、公示、定案、查看得分。例：./gongwei evaluate open --period 2025Q1 --cut 2025-04-30 --by pingjia"
)
def command() -> None:
    """The group."""


@command.command("open", help="建立一轮评价")
@click.option("--period", required=True, help="评价期：2025Q1、2025H1、2025、2025-01..2025-06")
@click.option("--cut", required=True, type=click.DateTime(["%Y-%m-%d"]), help="数据截止日，如 2025-04-30")
@click.option(
    "--level",
    "levels",
    multiple=True,
    type=click.Choice(list(national.LEVELS)),
    help="评价对象，可写多次；默认乡镇卫生院",
)
@click.option("--title", default="", help="名称")
@_by
@formats.offered
def open_round(
    period: str,
    cut: dt.datetime,
    levels: tuple[str, ...],
    title: str,
    username: str,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Open a round of the year the period lies in."""

    def run(by: Actor) -> dict[str, Any]:
        made = rounds.open_round(
            by=by,
            at=clock.now(),
            county_key=seeing.county_of(by) or 0,
            year=int(period[:4]) if period[:4].isdigit() else 0,
            period=period,
            levels=levels or (national.TOWNSHIP,),
            cut_on=cut.date(),
            title=title,
        )
        return {
            "round": str(made.id),
            "title": made.title,
            "number": made.number,
            "sheets": made.sheets.count(),
        }

    _do(username, as_json, as_csv, run, "已建立{title}（第{number}轮），{sheets}张评分表。编号 {round}")


@command.command(help="用存档的指标结果给系统取数的指标评分")
@_round
@click.option("--run", "run_id", type=click.UUID, help="指标结果的编号；不写用截止日以前最新的")
@_by
@formats.offered
def score(round_id: UUID, run_id: UUID | None, username: str, as_json: bool, as_csv: bool) -> None:
    """Choose a frozen run and score."""

    def run(by: Actor) -> dict[str, Any]:
        chosen = run_id
        if chosen is None:
            found = queries.round_of(by, round_id)
            usable = [] if found is None else queries.runs_for(found)
            if not usable:
                raise click.ClickException(
                    "截止日以前没有含所需统计期的指标结果，请先运行 ./gongwei measure。"
                )
            chosen = usable[0].id
        made = rounds.choose_run(by=by, at=clock.now(), round_id=round_id, run_id=chosen)
        return _said(by, made.id)

    _do(username, as_json, as_csv, run)


@command.command(help="把一轮评价推进到自评、复核或现场评价")
@_round
@click.option(
    "--to", required=True, type=click.Choice([each.value for each in rounds.ORDER[1:]]), help="环节"
)
@_by
@formats.offered
def advance(round_id: UUID, to: str, username: str, as_json: bool, as_csv: bool) -> None:
    """Move a round on."""

    def run(by: Actor) -> dict[str, Any]:
        return _said(by, rounds.advance(by=by, at=clock.now(), round_id=round_id, to=to).id)

    _do(username, as_json, as_csv, run)


@command.command(help="公示一轮评价的结果")
@_round
@_by
@formats.offered
def publish(round_id: UUID, username: str, as_json: bool, as_csv: bool) -> None:
    """Publish a round."""

    def run(by: Actor) -> dict[str, Any]:
        return _said(by, rounds.publish(by=by, at=clock.now(), round_id=round_id).id)

    _do(username, as_json, as_csv, run)


@command.command(help="申诉期满后定案")
@_round
@_by
@formats.offered
def finish(round_id: UUID, username: str, as_json: bool, as_csv: bool) -> None:
    """Make a round final."""

    def run(by: Actor) -> dict[str, Any]:
        return _said(by, rounds.finish(by=by, at=clock.now(), round_id=round_id).id)

    _do(username, as_json, as_csv, run)


@command.command(help="显示各机构的年度得分")
@click.option("--year", required=True, type=int, help="年度")
@click.option("--level", default=national.TOWNSHIP, type=click.Choice(list(national.LEVELS)), help="评价对象")
@_by
@formats.offered
def scores(year: int, level: str, username: str, as_json: bool, as_csv: bool) -> None:
    """The scores of a year."""

    def run(by: Actor) -> dict[str, Any]:
        lines = [
            {
                "name": name,
                "organization": str(each.organization_id),
                "points": f"{each.points:f}",
                "shown": queries.shown(each.exact, year),
                "state": each.state,
                "veto": None if each.veto is None else each.veto.document,
                "digest": each.digest,
            }
            for name, each in queries.yearly(by, year, level)
        ]
        return {"year": year, "level": level, "scores": lines}

    _do(username, as_json, as_csv, run)


def _said(by: Actor, round_id: UUID) -> dict[str, Any]:
    """A round with the points of each sheet."""
    found = queries.round_of(by, round_id)
    assert found is not None
    return {
        "round": str(found.id),
        "title": found.title,
        "state": found.state,
        "scores": [
            {
                "name": each.name,
                "level": each.level,
                "points": None if each.points is None else f"{each.points:f}",
                "shown": queries.shown(each.points, found.year) if each.points is not None else "—",
                "missing": each.missing,
            }
            for each in queries.sheet_list(by, found)
        ],
    }


def _do(
    username: str, as_json: bool, as_csv: bool, run: Callable[[Actor], dict[str, Any]], words: str = ""
) -> None:
    """Do it in the name of the account's duty that evaluates, and print."""
    by = signing.actor_of(username)
    try:
        with scope.acting(by):
            answer = run(by)
    except Several as several:
        raise click.ClickException("；".join(each.message for each in several.problems)) from several
    except Problem as problem:
        raise click.ClickException(f"{problem.message}{problem.hint or ''}") from problem
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    if as_csv:
        _as_table(answer)
        return
    if words:
        click.echo(words.format(**answer))
    for each in answer.get("scores", ()):
        click.echo(f"{each['shown']:>7}  {each['name']}")


def _as_table(answer: dict[str, Any]) -> None:
    """The scores as a table; what has none as one line."""
    rows = answer.get("scores")
    if rows is None:
        formats.print_csv(list(answer), [list(answer.values())])
        return
    names = list(dict.fromkeys(name for row in rows for name in row))
    formats.print_csv(names, [[row.get(name) for name in names] for row in rows])
