"""A process that ends when the one that started it does, even by kill -9: nobody is left to work for.

May be called between fork and exec, or first thing in a spawned interpreter.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
# Loaded here: what runs between fork and exec must take no lock that another thread may have held at the fork.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with(parent: int, number: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel to send this process a signal when its parent, given by its pid, has ended; or end at once."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            os._exit(1)
