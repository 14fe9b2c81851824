"""A process that helps with a package: what `spreading` starts. Imports nothing of Django at the top: it is not set up yet."""

from typing import Any

from gongwei.interfaces.excel import process

PROGRAM = "from gongwei.interfaces.packages import helping; helping.serve()"


def serve() -> None:
    """Take portions until the pipe ends; see `process.answer`."""

    def work(names_and_villages: bytes) -> Any:
        import pickle

        from gongwei.interfaces.packages import spreading

        return spreading.Worker(*pickle.loads(names_and_villages))

    process.answer(work)
