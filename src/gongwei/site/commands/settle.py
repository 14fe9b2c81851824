"""``./gongwei settle``: settle a county's year over a snapshot and print what each institution gets."""

import json
from typing import Any
from uuid import UUID

import click

from gongwei.base import clock, scope
from gongwei.base.actors import SYSTEM, Actor
from gongwei.base.problems import Refused
from gongwei.settlement import money, standards
from gongwei.site.commands import formats, signing

HEADINGS = (
    "机构",
    "级别",
    "服务人口",
    "得分",
    "拨付比例",
    "基数",
    "应拨",
    "扣减",
    "已预拨",
    "结算",
    "奖励",
    "本级补齐",
)
#: What can be done with a settlement, as on its page: the operation and its words.
STEPS = {
    "submit": "提交审批",
    "approve": "批准",
    "post": "记入台账",
    "publish": "向机构公布",
    "send_back": "退回",
}
LEVELS = {"town": "乡级", "village": "村级"}
LINE_HEADINGS = (
    "机构",
    "服务机构",
    "医务人员",
    "服务",
    "次数",
    "数量",
    "当量",
    "单价",
    "系数",
    "比例",
    "金额",
)


@click.command(
    help="按数据快照计算一个县区的年度结算并显示；同样的依据不会算两次。例：./gongwei settle --year 2025 --county 660101000000 --csv"
)
@click.option("--year", type=int, required=True, help="预算年度")
@click.option("--county", type=int, help="县级区划代码（12位）；只有一个县区时可不写")
@click.option("--pot", type=click.Choice(list(standards.POTS)), default=standards.ORIGINAL, help="资金类别")
@click.option("--total", default="", help="要分配的总额（元）；默认用批准的分配方案或预算")
@click.option("--show", "run_id", default="", help="不计算，显示这次结算（编号）")
@click.option("--lines", "with_lines", is_flag=True, help="显示明细（机构、医务人员、服务），默认只显示机构")
@click.option(
    "--do",
    "step",
    type=click.Choice(list(STEPS)),
    help="办理 --show 指明的结算：" + "、".join(STEPS.values()),
)
@click.option("--reason", default="", help="退回的理由")
@click.option("--by", "username", help="以哪个账号的岗位办理（用户名）；办理时必填")
@formats.offered
def command(
    year: int,
    county: int | None,
    pot: str,
    total: str,
    run_id: str,
    with_lines: bool,
    step: str | None,
    reason: str,
    username: str | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Compute, or show one and move it on, and print."""
    from gongwei.measures import jobs
    from gongwei.settlement import queries, running

    plain = as_json or as_csv
    if step and not (run_id and username):
        raise click.UsageError("--do 须与 --show 结算编号、--by 用户名同用")
    by = signing.actor_of(username) if username else SYSTEM
    try:
        if run_id:
            if step:
                _move(by, _id(run_id), step, reason)
            made = queries.run(SYSTEM, _id(run_id))
        else:
            made = running.compute(
                by=by,
                at=clock.now(),
                county_key=county or _only_county(),
                year=year,
                pot=pot,
                snapshot=jobs.snapshot(SYSTEM),
                total_fen=money.fen(total) if total else None,
                told=(lambda message: None) if plain else lambda message: click.echo(message, err=True),
            )
    except Refused as refused:
        raise click.ClickException(f"{refused.message}{refused.hint or ''}") from refused
    if as_json:
        click.echo(json.dumps(_told(made, with_lines), ensure_ascii=False))
        return
    headings = LINE_HEADINGS if with_lines else HEADINGS
    rows = list(_lines(made) if with_lines else _units(made))
    if as_csv:
        formats.print_csv(headings, rows)
        return
    for row in rows:
        click.echo("  ".join(str(each) for each in row))
    click.echo(
        f"完成：{made.title}，编号 {made.id}，总额 {money.yuan(made.total_fen)} 元，应拨 {money.yuan(made.due_fen)} 元，"
        f"扣减 {money.yuan(made.withheld_fen)} 元，{made.get_state_display()}，用时 {made.seconds:.0f} 秒。"
    )


def _move(by: Actor, run_id: UUID, step: str, reason: str) -> None:
    """One step of a settlement in the name of an account, as on its page."""
    from gongwei.settlement import run_operations

    more = {"reason": reason} if step == "send_back" else {}
    with scope.acting(by):
        getattr(run_operations, step)(by=by, at=clock.now(), run_id=run_id, **more)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise click.BadParameter(f"{text} 不是编号", param_hint="--show") from None


def _only_county() -> int:
    from gongwei.places.models import Area

    found = list(Area.objects.filter(level="county", valid_until=None).values_list("key", flat=True)[:2])
    if len(found) != 1:
        raise click.UsageError("请用 --county 写明县级区划代码")
    return found[0]


def _units(made: Any) -> Any:
    from gongwei.settlement import queries

    for unit in queries.units(SYSTEM, made):
        score = (
            "一票否决" if unit.veto else "未评价" if unit.points is None else f"{unit.points.normalize():f}"
        )
        amounts = (
            unit.base_fen, unit.due_fen, unit.withheld_fen, unit.prepaid_fen, unit.final_fen, unit.reward_fen, unit.topup_fen,
        )  # fmt: skip
        ratio = f"{(unit.ratio * 100).normalize():f}%"
        yield (
            unit.name,
            LEVELS[unit.level],
            unit.persons,
            score,
            ratio,
            *(money.yuan(each) for each in amounts),
        )


def _lines(made: Any) -> Any:
    from gongwei.settlement import queries

    names = {unit.organization_id: unit.name for unit in queries.units(SYSTEM, made)}
    for line in queries.lines(made):
        price = "" if line.unit_fen is None else f"{(line.unit_fen / 100).normalize():f}"
        numbers = (line.quantity, line.weight, price, line.coefficient, line.share)
        yield (
            names.get(line.organization_id, ""), line.origin, line.practitioner, line.service, line.records,
            *(each if isinstance(each, str) else f"{each.normalize():f}" for each in numbers), money.yuan(line.amount_fen),
        )  # fmt: skip


def _told(made: Any, with_lines: bool) -> dict[str, Any]:
    from gongwei.settlement import queries

    units = [
        {
            "organization": str(unit.organization_id), "name": unit.name, "level": unit.level, "persons": unit.persons,
            "points": None if unit.points is None else str(unit.points), "veto": unit.veto, "ratio": str(unit.ratio),
            "base_fen": unit.base_fen, "due_fen": unit.due_fen, "withheld_fen": unit.withheld_fen,
            "prepaid_fen": unit.prepaid_fen, "final_fen": unit.final_fen, "reward_fen": unit.reward_fen,
            "topup_fen": unit.topup_fen,
        }
        for unit in queries.units(SYSTEM, made)
    ]  # fmt: skip
    found: dict[str, Any] = {
        "settlement": str(made.id), "state": made.state, "year": made.year, "pot": made.pot, "snapshot": str(made.snapshot_id),
        "inputs": made.inputs_digest, "result": made.result_digest, "total_fen": made.total_fen, "due_fen": made.due_fen,
        "withheld_fen": made.withheld_fen, "seconds": round(made.seconds, 1), "units": units,
    }  # fmt: skip
    if with_lines:
        found["lines"] = [
            {
                "organization": str(line.organization_id), "origin": str(line.origin_id),
                "practitioner": None if line.practitioner_id is None else str(line.practitioner_id),
                "service": line.service_code, "records": line.records, "quantity": str(line.quantity),
                "weight": str(line.weight), "unit_fen": None if line.unit_fen is None else str(line.unit_fen),
                "coefficient": str(line.coefficient), "share": str(line.share), "amount_fen": line.amount_fen,
            }
            for line in queries.lines(made)
        ]  # fmt: skip
    return found
