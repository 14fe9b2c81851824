"""``./gongwei measure``: run the measures over a snapshot and print the figures."""

import importlib.util
import json
from typing import Any

import click

from gongwei.base import clock
from gongwei.base.actors import SYSTEM
from gongwei.base.problems import Refused
from gongwei.measures import periods
from gongwei.site import provision
from gongwei.site.commands import formats

LEVELS = {
    "province": "省",
    "city": "市",
    "county": "县",
    "township": "乡",
    "village": "村",
    "organization": "机构",
}
HEADINGS = ("代码", "名称", "级别", "指标代码", "指标", "统计期", "分子", "分母", "剔除", "公布数", "率")


@click.command(
    help="对数据快照计算全部指标，结果存档并显示。例：./gongwei measure --period 2026 --period 2026-06 --csv"
)
@click.option(
    "--period",
    "codes",
    multiple=True,
    help="统计期：2026、2026H1、2026Q2、2026-06、2026-01..2026-06；可写多次，默认年初至今",
)
@click.option("--measure", "measures", multiple=True, help="只算这些指标（指标代码），可写多次")
@click.option("--fresh", is_flag=True, help="先写一个新的数据快照（默认用一小时内的快照，没有则写增量）")
@click.option("--level", type=click.Choice(list(LEVELS)), help="显示这一级的全部单位，默认只显示最上级")
@click.option("--title", default="", help="这次计算的名称")
@click.option("--keep", is_flag=True, help="长期保存这次计算和它的快照")
@click.option("--spark", default=None, help="在Spark计算集群上计算，如 spark://10.1.1.1:7077；默认在本机")
@formats.offered
def command(
    codes: tuple[str, ...],
    measures: tuple[str, ...],
    fresh: bool,
    level: str | None,
    title: str,
    keep: bool,
    spark: str | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Run and print."""
    from gongwei.measures import jobs, running
    from gongwei.measures.models import Run
    from gongwei.snapshots import operations

    plain = as_json or as_csv
    if spark is not None:
        _check(spark)
    try:
        chosen = [periods.parse(code) for code in codes] or [periods.to_date(clock.today())]
    except ValueError as wrong:
        raise click.UsageError(f"没有这样的统计期：{wrong.args[0].split(':')[0]}") from wrong
    try:
        taken = (
            operations.take(by=SYSTEM, at=clock.now(), reason="命令行计算指标")
            if fresh
            else jobs.snapshot(SYSTEM)
        )
        made = running.run(
            by=SYSTEM,
            at=clock.now(),
            snapshot=taken,
            periods=chosen,
            measures=measures or None,
            title=title,
            kind=Run.Kind.ASKED,
            spark=spark,
            told=(lambda message: None) if plain else lambda message: click.echo(message, err=True),
        )
        if keep:
            running.keep(by=SYSTEM, at=clock.now(), run_id=made.id)
    except Refused as refused:
        raise click.ClickException(refused.message) from refused
    rows = list(_rows(made, level))
    if as_json:
        figures = [dict(zip(HEADINGS, row, strict=True)) for row in rows]
        click.echo(
            json.dumps(
                {"run": str(made.id), "snapshot": str(taken.id), "figures": figures}, ensure_ascii=False
            )
        )
    elif as_csv:
        formats.print_csv(HEADINGS, rows)
    else:
        for row in rows:
            rate = "—" if row[-1] is None else f"{row[-1]}"
            click.echo(f"{row[1]}  {row[5]}  {row[3]} {row[4]}  {row[6]:,}／{row[9] or row[7]:,}  {rate}")
        click.echo(f"完成：{made.title}，编号 {made.id}，用时 {made.seconds:.0f} 秒。")


def _check(master: str) -> None:
    """Refuse an address that is none, and a machine without what Spark needs, before a snapshot is written."""
    if not master.startswith(("spark://", "local")):
        raise click.BadParameter(
            f"{master} 不是计算集群的地址，应类似 spark://10.1.1.1:7077", param_hint="--spark"
        )
    if importlib.util.find_spec("pyspark") is None:
        raise click.ClickException(
            "没有安装 Spark 组件，安装方法见《在Spark集群上计算指标》（docs/handbook/spark.md）。"
        )
    if not provision.has_java():
        raise click.ClickException(
            f"Spark 需要 Java 17 或 21，请安装（Debian：apt install {provision.JAVA_PACKAGE}），"
            "或用 JAVA_HOME 指明它的位置。"
        )


def _rows(made: Any, level: str | None) -> Any:
    from gongwei import catalogue
    from gongwei.measures import queries

    tops = queries.tops(SYSTEM, made)
    shown = tops if level is None else queries.places_of(SYSTEM, made, level)
    for each in queries.at(SYSTEM, made, shown):
        measure = catalogue.measure(each.measure_code)
        published = None if each.published is None else each.published.value
        rate = None if each.rate is None else str(each.rate)
        yield (
            each.place.key, each.place.name, LEVELS.get(each.place.level, "医生"), measure.code, measure.title,
            each.period_code, each.numerator, each.denominator, each.excluded, published, rate,
        )  # fmt: skip
