"""Takes a snapshot and is killed (-9) in the middle of it, as a worker would be: for test_taking.

killed_taker.py      (DATABASE_URL and GONGWEI_HOME in the environment)
"""

import os
import signal

import django


def main() -> None:
    """Begin, write a table, and be gone."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "gongwei.site.settings"
    os.environ["GONGWEI_POOL"] = "0"
    django.setup()
    from gongwei.base import clock
    from gongwei.base.actors import SYSTEM
    from gongwei.snapshots import folders, operations

    def told(title: str, done: int, total: int | None) -> None:
        if any(folders.home().glob(".writing-*/*/*.parquet")):
            os.kill(os.getpid(), signal.SIGKILL)

    operations.take(by=SYSTEM, at=clock.now(), reason="被中断", progress=told)


if __name__ == "__main__":
    main()
