"""Sealed columns: identity numbers and telephones, encrypted in the row and found by a keyed blind index.

A sealed value is `format (1 byte) | key version (2) | nonce (12) | SM4-GCM ciphertext and tag (16)`. Table, column,
row and key version are its associated data: moved to another place it no longer opens. A blind index is HMAC-SM3 of
the normalised value under a key of its own, cut to 16 bytes (an unkeyed hash of an ID number is reversed in seconds).
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from gongwei.base import keys
from gongwei.base.keys import NONCE_BYTES, Keyring

FORMAT = b"\x01"
BLIND_BYTES = 16
_HEAD = 3
_SHORTEST = _HEAD + NONCE_BYTES + keys.TAG_BYTES


class Tampered(Exception):
    """A sealed value that does not open in its place: changed, moved from another row or column, or cut short."""


@dataclass(frozen=True, slots=True)
class Column:
    """A sealed column that key rotation must know.

    `derived(text)` gives the blind columns of the same row, so that they follow a new blind key; with
    `also=("id_type",)` it is called as `derived(text, id_type=...)` with those columns of the row.
    """

    table: str
    column: str
    row_id: str = "id"
    derived: Callable[..., dict[str, bytes | None]] | None = None
    also: tuple[str, ...] = ()


_columns: dict[tuple[str, str], Column] = {}


def register(
    table: str,
    column: str,
    *,
    row_id: str = "id",
    derived: Callable[..., dict[str, bytes | None]] | None = None,
    also: tuple[str, ...] = (),
) -> None:
    """Make a sealed column known to key rotation; call it from `AppConfig.ready`."""
    _columns[table, column] = Column(table, column, row_id, derived, also)


def registered() -> list[Column]:
    """Return the sealed columns of all apps."""
    return [_columns[key] for key in sorted(_columns)]


def _associated(table: str, column: str, row_id: UUID | str | int, version: int) -> bytes:
    return f"{table}|{column}|{row_id}|{version}".encode()


def encrypt(text: str | None, *, table: str, column: str, row_id: UUID | str | int) -> bytes | None:
    """Seal a text for one place; None stays None."""
    if text is None:
        return None
    ring = keys.keyring()
    return _seal(ring, ring.current("identity"), text, table, column, row_id)


def encrypt_many(
    rows: Iterable[tuple[UUID | str | int, str | None]], *, table: str, column: str
) -> list[bytes | None]:
    """Seal many texts of one column, given as (row id, text); for bulk loads, usable in several processes."""
    ring = keys.keyring()
    version = ring.current("identity")
    return [
        None if text is None else _seal(ring, version, text, table, column, row_id) for row_id, text in rows
    ]


def _seal(ring: Keyring, version: int, text: str, table: str, column: str, row_id: UUID | str | int) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    body = ring.encrypt(
        "identity", version, nonce, text.encode(), _associated(table, column, row_id, version)
    )
    return FORMAT + version.to_bytes(2, "big") + nonce + body


def decrypt(
    sealed: bytes | memoryview | None, *, table: str, column: str, row_id: UUID | str | int
) -> str | None:
    """Open a sealed text in its place; None stays None.

    Raises Tampered when it does not belong there, KeyMissing when its key is not in the keyring.
    """
    if sealed is None:
        return None
    value = bytes(sealed)
    if len(value) < _SHORTEST or value[:1] != FORMAT:
        raise Tampered(f"{table}.{column} {row_id}")
    version = version_of(value)
    nonce, body = value[_HEAD : _HEAD + NONCE_BYTES], value[_HEAD + NONCE_BYTES :]
    try:
        plain = keys.keyring().decrypt(
            "identity", version, nonce, body, _associated(table, column, row_id, version)
        )
    except keys.WrongKey:
        raise Tampered(f"{table}.{column} {row_id}") from None
    return plain.decode()


def version_of(sealed: bytes) -> int:
    """Return the key version a value was sealed with."""
    return int.from_bytes(sealed[1:_HEAD], "big")


def blind(value: str, *, purpose: str) -> bytes:
    """Return the blind index (16 bytes) of a normalised value; purposes keep equal values of two columns apart."""
    ring = keys.keyring()
    return _blind(ring, ring.current("blind"), purpose, value)


def blind_many(values: Iterable[str | None], *, purpose: str) -> list[bytes | None]:
    """Return the blind indexes of many values; for bulk loads, usable in several processes."""
    ring = keys.keyring()
    version = ring.current("blind")
    return [None if value is None else _blind(ring, version, purpose, value) for value in values]


def blinder() -> Callable[[str, str], bytes]:
    """Return `blind` as a function of purpose and value under the key of this moment; for bulk loads."""
    ring = keys.keyring()
    version = ring.current("blind")
    return lambda purpose, value: _blind(ring, version, purpose, value)


def blinds(value: str, *, purpose: str) -> list[bytes]:
    """Return the blind index under every usable key, the current one first: what a search compares with.

    There is one but for the time in which a new blind key is being brought in.
    """
    ring = keys.keyring()
    return [_blind(ring, version, purpose, value) for version in ring.versions("blind")]


def _blind(ring: Keyring, version: int, purpose: str, value: str) -> bytes:
    return ring.mac("blind", version, f"{purpose}|{value}".encode())[:BLIND_BYTES]
