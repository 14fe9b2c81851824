"""The program of the page server: the application is imported once, then granian forks its workers from it.

A worker that has to be replaced is there again in a fraction of a second instead of the seconds the imports take,
the start costs the imports once instead of once for each worker, and the workers share the memory of the code.
What every worker needs (templates, the boxes of the forms, their rules) is made before the fork too.
Called with granian's own options: ``python -m gongwei.site.pages --interface wsgi gongwei.site.wsgi:application``.
"""

import gc
import importlib
import sys
import threading


def load() -> None:
    """Import the application with all its addresses, ready to be forked: without connections, threads or garbage."""
    importlib.import_module("gongwei.site.wsgi")
    from django.db import connections
    from django.urls import get_resolver

    assert get_resolver().url_patterns
    importlib.import_module("gongwei.interfaces.web.warming").warm()
    # A connection or a thread would not survive the fork whole.
    assert not any(connection.connection for connection in connections.all(initialized_only=True))
    assert threading.active_count() == 1
    # A thread whose row has come from the database waits so long at most for one that draws a page (5 ms otherwise).
    sys.setswitchinterval(0.001)
    gc.collect()
    gc.freeze()  # what is there now is never looked at again, so the workers go on sharing it


if __name__ == "__main__":
    load()
    from granian.cli import entrypoint

    entrypoint()
