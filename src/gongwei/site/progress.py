"""How long work is shown: a bar with rate and remaining time on a terminal, a line now and then elsewhere."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

Report = Callable[[str, int, int | None], None]
"""``report(title, done, total)``: called as often as one likes; ``total`` None while it is unknown."""

SECONDS_BETWEEN_LINES = 10


@contextlib.contextmanager
def shown() -> Iterator[Report]:
    """Yield a `Report`; each new title is a new bar."""
    if not sys.stdout.isatty():
        yield _lines()
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f}/秒" if task.speed else "")

    with Progress(
        TextColumn("  {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TextColumn("约剩"),
        TimeRemainingColumn(),
    ) as bars:
        tasks: dict[str, TaskID] = {}

        def report(title: str, done: int, total: int | None) -> None:
            if title not in tasks:
                tasks[title] = bars.add_task(title, total=total)
            bars.update(tasks[title], completed=done, total=total)

        yield report


def _lines() -> Report:
    began: dict[str, float] = {}
    said: dict[str, float] = {}

    def report(title: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        start = began.setdefault(title, now)
        finished = total is not None and done >= total
        if not finished and now - said.get(title, start) < SECONDS_BETWEEN_LINES and title in said:
            return
        if finished and said.get(title) == float("inf"):
            return
        said[title] = float("inf") if finished else now
        spent = now - start
        rate = f"，{done / spent:,.0f}/秒" if spent > 0.5 and done else ""
        left = f"，约剩 {spent / done * (total - done):.0f} 秒" if rate and total and not finished else ""
        print(f"  {title} {done:,}{f'/{total:,}' if total is not None else ''}{rate}{left}", flush=True)

    return report
