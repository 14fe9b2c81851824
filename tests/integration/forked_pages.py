"""Page workers for test_killed_workers: the real application behind a small server whose workers are cheap to replace.

Answers to forms are held back for a moment, as by a slow network: so about half of the kills hit between what was
committed and its answer, the moment in which only the key of the form keeps a second attempt from doing it twice.
granian, which `serve` starts, gives up after two deaths of a worker in 5.5 seconds and is then started again as a whole.
That is right for a county and too slow for killing two hundred workers in a minute. Here a dead worker is forked again
at once; the connections that wait are the listening socket's and outlive it.

    forked_pages.py PORT WORKERS
"""

import os
import socket
import socketserver
import sys
import time
from collections.abc import Iterable
from typing import Any
from wsgiref import simple_server

from gongwei.site import pages

HELD_BACK_S = 0.1


class Worker(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    """One worker, each request in a thread of its own."""

    daemon_threads = True


class Quiet(simple_server.WSGIRequestHandler):
    """Without a line for each request."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def work(listening: socket.socket) -> None:
    """Answer requests until killed."""
    from gongwei.site.wsgi import application

    def held_back(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = application(environ, start_response)
        if environ["REQUEST_METHOD"] == "POST":
            time.sleep(HELD_BACK_S)
        return answer

    server = Worker(listening.getsockname(), Quiet, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    server.server_name, server.server_port = listening.getsockname()
    server.setup_environ()
    server.set_app(held_back)
    server.serve_forever()


def main(port: str, workers: str) -> None:
    """Keep so many workers alive."""
    pages.load()
    alive: set[int] = set()
    with socket.create_server(("127.0.0.1", int(port)), backlog=64) as listening:
        while True:
            while len(alive) < int(workers):
                child = os.fork()
                if child == 0:
                    work(listening)
                    os._exit(0)
                alive.add(child)
            alive.discard(os.wait()[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
