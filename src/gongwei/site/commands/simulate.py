"""``./gongwei simulate``, and what ``./gongwei demo`` needs of it."""

from __future__ import annotations

from typing import Any

import click

DEMO_RESIDENTS, DEMO_SEED, DEMO_YEARS = 20_000, 1, 3


@click.command(
    help="生成模拟的县或城市（居民、机构、几年的服务），写入空数据库。例：./gongwei simulate --residents 20000 --seed 1 --years 2"
)
@click.option("--residents", type=click.IntRange(1_000, 20_000_000), default=DEMO_RESIDENTS, help="居民人数")
@click.option("--seed", type=int, default=DEMO_SEED, help="随机种子；同一种子得到同样的人和服务")
@click.option("--years", type=click.IntRange(1, 10), default=2, help="服务记录的年数，到今天为止")
def command(residents: int, seed: int, years: int) -> None:
    """Fill an empty database with a simulated county or city."""
    from gongwei.site import progress

    with progress.shown() as report:
        from gongwei.site.simulation.build import NotEmpty

        try:
            world = build(residents=residents, seed=seed, years=years, progress=report)
        except NotEmpty as refusal:
            raise click.ClickException(str(refusal)) from refusal
        click.echo(f"完成：{world.residents:,} 位居民，{world.rows:,} 行数据，用时 {world.seconds:.0f} 秒。")


def build(*, residents: int, seed: int = DEMO_SEED, years: int = 2, progress: Any = None) -> Any:
    """Make a world in the database that is ready; see `gongwei.site.simulation.build.build`."""
    from gongwei.site.simulation import build as simulation

    return simulation.build(residents=residents, seed=seed, years=years, progress=progress)


def build_demo(*, progress: Any = None) -> Any:
    """Make the demonstration county, with the living parts that only people can make (transfers, clashes, jobs), its last
    whole year of evaluation and money, and the present year's money so far."""
    from gongwei.base import clock
    from gongwei.site.simulation import build as simulation
    from gongwei.site.simulation import demo, money_year

    def finish() -> None:
        demo.enliven()
        year = clock.today().year
        money_year.make(year - 1, *([progress] if progress else []))
        money_year.begin(year)

    return simulation.build(
        residents=DEMO_RESIDENTS, seed=DEMO_SEED, years=DEMO_YEARS, progress=progress, finish=finish
    )


def demo_stands() -> bool:
    """Whether the database holds a finished simulation."""
    from gongwei.site.simulation import build as simulation

    return simulation.standing() is not None


def demo_logins() -> list[tuple[str, str, str]]:
    """(role, user name, password) of the demonstration logins, one per role."""
    from gongwei.site.simulation import accounts

    return accounts.demo_logins()
