"""What must be known of an .xls file before it is read: a password, and cells whose formula failed.

The reader itself gives an empty cell for a failed formula and loses it silently. Here the compound file (MS-CFB) is opened
and the records of the workbook stream (MS-XLS) are walked through; nothing is interpreted but what is asked for.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_END = 0xFFFFFFFE
_BOUNDSHEET, _FILEPASS, _EOF, _BOOLERR, _FORMULA = 0x85, 0x2F, 0x0A, 0x205, 0x06


class Damaged(ValueError):
    """The file is no compound file, or is broken."""


class Locked(ValueError):
    """The file opens with a password only."""


@dataclass
class OldSheet:
    """A sheet in the order of the file. `errors`: (row, column) of failed cells, counted from 0."""

    offset: int
    visible: bool
    errors: set[tuple[int, int]] = field(default_factory=set)


def sheets(content: bytes) -> list[OldSheet]:
    """The sheets of a workbook. Raises Damaged or Locked."""
    # A new workbook with a password is a compound file too, and stays one where the rest of it cannot be followed.
    if _ENCRYPTED in content:
        raise Locked("encrypted package")
    try:
        return _sheets(_stream(content))
    except (struct.error, IndexError, KeyError) as error:
        raise Damaged(str(error)) from error


def _stream(content: bytes) -> bytes:
    """The stream of the workbook inside the compound file."""
    if not content.startswith(SIGNATURE):
        raise Damaged("no compound file")
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    small = 1 << struct.unpack_from("<H", content, 32)[0]
    if size not in (512, 4096) or small != 64:
        raise Damaged("sector size")
    first_directory, _, cutoff, first_small, _, first_more, _ = struct.unpack_from("<7I", content, 48)
    most = len(content) // size + 1

    def sector(number: int) -> bytes:
        start = (number + 1) * size
        if number >= most or start >= len(content):
            raise Damaged("a sector lies outside")
        return content[start : start + size].ljust(size, b"\0")

    allocated = [each for each in struct.unpack_from("<109I", content, 76) if each < _END - 1]
    more, seen = first_more, 0
    while more < _END - 1:
        found = struct.unpack(f"<{size // 4}I", sector(more))
        allocated += [each for each in found[:-1] if each < _END - 1]
        more, seen = found[-1], seen + 1
        if seen > most:
            raise Damaged("a circle")
    table: list[int] = []
    for number in allocated[:most]:
        table += struct.unpack(f"<{size // 4}I", sector(number))

    def chain(first: int) -> bytes:
        parts, number = [], first
        while number < _END - 1:
            parts.append(sector(number))
            if number >= len(table) or len(parts) > most:
                raise Damaged("a broken chain")
            number = table[number]
        return b"".join(parts)

    directory = chain(first_directory)
    entries: dict[str, tuple[int, int]] = {}
    for start in range(0, len(directory), 128):
        length = struct.unpack_from("<H", directory, start + 64)[0]
        name = directory[start : start + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        entries.setdefault(
            name,
            (
                struct.unpack_from("<I", directory, start + 116)[0],
                struct.unpack_from("<I", directory, start + 120)[0],
            ),
        )
    where = entries.get("Workbook") or entries.get("Book") or entries.get("WORKBOOK")
    if where is None:
        raise Damaged("no workbook inside")
    first, length = where
    if length >= cutoff:
        return chain(first)[:length]
    whole, places = (
        chain(entries["Root Entry"][0]),
        struct.unpack(f"<{len(chain(first_small)) // 4}I", chain(first_small)),
    )
    parts, number = [], first
    while number < _END - 1:
        parts.append(whole[number * small : (number + 1) * small])
        if number >= len(places) or len(parts) > len(places):
            raise Damaged("a broken chain")
        number = places[number]
    return b"".join(parts)[:length]


def _records(stream: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """(kind, place of the content, length) of the records from a place to the end of their part."""
    depth = 0
    while start + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, start)
        yield kind, start + 4, length
        # Charts are parts inside a part, each with its own beginning and end.
        depth += kind & 0xFF == 0x09
        if kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        start += 4 + length


def _sheets(stream: bytes) -> list[OldSheet]:
    found = []
    for kind, at, _ in _records(stream, 0):
        if kind == _FILEPASS:
            raise Locked("file password")
        if kind == _BOUNDSHEET:
            offset, hidden, what = struct.unpack_from("<IBB", stream, at)
            found.append(OldSheet(offset, hidden & 3 == 0 and what == 0))  # charts and macros hold no rows
    for sheet in found:
        for kind, at, length in _records(stream, sheet.offset):
            if (kind == _BOOLERR and length >= 8 and stream[at + 7] == 1) or (
                kind == _FORMULA
                and length >= 14
                and stream[at + 6] == 2
                and stream[at + 12 : at + 14] == b"\xff\xff"
            ):
                row, column = struct.unpack_from("<HH", stream, at)
                sheet.errors.add((row, column))
    return found
