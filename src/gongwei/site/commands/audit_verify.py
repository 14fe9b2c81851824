"""``./gongwei audit-verify``."""

import json

import click

from gongwei.base import seals, verification

SHOWN = 50


@click.command(
    help="核验审计日志：逐条校验码、封存摘要、摘要链、库外锚点。发现改动时退出码为 1。例：./gongwei audit-verify"
)
@click.option("--json", "as_json", is_flag=True, help="只输出一行 JSON，供程序读取。")
@click.option("--seal/--no-seal", "first_seal", default=True, help="先封存尚未封存的记录（默认是）。")
def command(as_json: bool, first_seal: bool) -> None:
    """Seal what is final, verify the whole trail and report; exit status 1 when something is wrong."""
    if first_seal:
        seals.seal()
        seals.anchor()
    findings = verification.verify()
    head = seals.head()
    total = head.total if head else 0
    if as_json:
        problems = [{"kind": item.kind, "seal": item.seal, "entry": item.entry_id} for item in findings]
        click.echo(json.dumps({"entries": total, "seals": head.number if head else 0, "problems": problems}))
    elif not findings:
        click.echo(f"审计日志完好：已封存 {total} 条，摘要链和库外锚点均相符。")
    else:
        click.echo(f"审计日志有 {len(findings)} 处问题（已封存 {total} 条）：")
        for item in findings[:SHOWN]:
            click.echo(f"  {item.message}")
        if len(findings) > SHOWN:
            click.echo(f"  …… 其余 {len(findings) - SHOWN} 处未列出。")
    if findings:
        raise click.exceptions.Exit(1)
