"""SM3 digests and the one way plain values are written down before they are digested."""

import datetime as dt
import json
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives import hashes

BYTES = 32
ZERO = bytes(BYTES)

_empty = hashes.Hash(hashes.SM3())


def sm3(*parts: bytes) -> bytes:
    """Return the SM3 digest of the parts, one after another."""
    digest = _empty.copy()
    for part in parts:
        digest.update(part)
    return digest.finalize()


def canonical(value: Any) -> bytes:
    """Return plain values as JSON with sorted keys and no spaces: equal values give equal bytes."""
    return _encoder.encode(value).encode()


def _plain(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
