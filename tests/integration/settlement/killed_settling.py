"""Settles the county of the tests and stops in the middle, so that it can be killed: prints the run and waits.

python -m tests.integration.settlement.killed_settling SNAPSHOT
"""

import sys
import time
from uuid import UUID

import django


def main(snapshot: str) -> None:
    """Compute; when the counting begins, say so and wait."""
    django.setup()
    from gongwei.base import clock
    from gongwei.base.actors import SYSTEM
    from gongwei.settlement import running
    from gongwei.settlement.models import SettlementRun
    from gongwei.snapshots import queries

    def told(message: str) -> None:
        if message.startswith("统计"):
            print(SettlementRun.objects.get(state="running").id, flush=True)  # noqa: T201
            time.sleep(600)

    found = queries.of(UUID(snapshot))
    assert found is not None
    running.compute(
        by=SYSTEM, at=clock.now(), county_key=660101000000, year=2025, snapshot=found, total_fen=1_000_000, told=told
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1])
