"""``./gongwei bench NAME``: runs ``benchmarks/NAME.py``."""

import contextlib
import io
import json
import runpy
import sys
from pathlib import Path

import click

BENCHMARKS = Path(__file__).resolve().parents[4] / "benchmarks"


@click.command(
    help="测量速度：bench 名称 [该项测量的选项]，最后一行输出一个 JSON。例：./gongwei bench search --residents 20000",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@click.argument("name")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(name: str, arguments: tuple[str, ...]) -> None:
    """Run ``main(argv)`` of one benchmark; its last line of output must be one JSON object."""
    known = sorted(path.stem for path in BENCHMARKS.glob("[a-z]*.py"))
    if name not in known:
        raise click.ClickException(f"没有名为 {name} 的测量。可用：{'、'.join(known) or '（暂无）'}。")
    sys.path.insert(0, str(BENCHMARKS.parent))
    module = runpy.run_path(str(BENCHMARKS / f"{name}.py"), run_name=f"benchmarks.{name}")
    kept = io.StringIO()
    with contextlib.redirect_stdout(_Both(sys.stdout, kept)):
        module["main"](list(arguments))
    lines = kept.getvalue().strip().splitlines()
    try:
        figures = json.loads(lines[-1])
    except (IndexError, ValueError):
        figures = None
    if not isinstance(figures, dict):
        raise click.ClickException(f"测量 {name} 的最后一行不是 JSON 对象，结果不可用。")


class _Both(io.TextIOBase):
    """Writes to the screen and keeps a copy."""

    def __init__(self, *outputs: io.TextIOBase) -> None:
        self.outputs = outputs

    def write(self, text: str) -> int:
        for output in self.outputs:
            output.write(text)
        return len(text)

    def flush(self) -> None:
        for output in self.outputs:
            output.flush()

    def isatty(self) -> bool:
        return self.outputs[0].isatty()

    @property
    def encoding(self) -> str:
        return "utf-8"
