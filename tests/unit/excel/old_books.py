"""Writes .xls files (BIFF8 in a compound file), as much of them as old exports have: text, numbers, days, merged cells, errors."""

import datetime as dt
import struct

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DAY, _MOMENT = 1, 2  # formats by place in the list of formats


def workbook(sheets, hidden=(), locked=False):
    """The bytes of an .xls: sheets are {name: (rows, merged ranges)}; a cell ("#", n) is an error, of a formula where n is "f"."""
    streams = [_sheet(rows, merged) for rows, merged in sheets.values()]
    names = list(sheets)
    head_size = len(_globals(names, [0] * len(names), hidden, locked))
    offsets, at = [], head_size
    for each in streams:
        offsets.append(at)
        at += len(each)
    return compound(_globals(names, offsets, hidden, locked) + b"".join(streams))


def record(kind, content=b""):
    return struct.pack("<HH", kind, len(content)) + content


def _text(text, length="<H"):
    return struct.pack(length, len(text)) + b"\x01" + text.encode("utf-16-le")


def _globals(names, offsets, hidden, locked):
    parts = [record(0x809, struct.pack("<HHHHII", 0x600, 0x005, 0x0DBB, 0x07CC, 0, 6))]
    if locked:
        parts.append(record(0x2F, bytes(6)))
    parts.append(record(0x42, struct.pack("<H", 1200)))
    parts.append(record(0x22, struct.pack("<H", 0)))
    parts += [
        record(0x31, struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + b"\x05\x00Arial")
    ] * 4
    # Cell formats: plain, day (14), day and time (22).
    for number in (0, 14, 22):
        parts.append(record(0xE0, struct.pack("<HHHBBBBIIH", 0, number, 0, 0x20, 0, 0, 0, 0, 0, 0)))
    for name, offset in zip(names, offsets, strict=True):
        state = 1 if name in hidden else 0
        parts.append(record(0x85, struct.pack("<IBB", offset, state, 0) + _text(name, "<B")))
    return b"".join([*parts, record(0x0A)])


def _sheet(rows, merged):
    width = max((len(row) for row in rows), default=0)
    parts = [
        record(0x809, struct.pack("<HHHHII", 0x600, 0x010, 0x0DBB, 0x07CC, 0, 6)),
        record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0)),
    ]
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            parts.append(_cell(number, column, value))
    if merged:
        ranges = b"".join(
            struct.pack("<HHHH", top, bottom, left, right) for (top, left), (bottom, right) in merged
        )
        parts.append(record(0xE5, struct.pack("<H", len(merged)) + ranges))
    return b"".join([*parts, record(0x0A)])


def _cell(row, column, value):
    if value is None or value == "":
        return b""
    at = struct.pack("<HH", row, column)
    if isinstance(value, tuple):
        if value[1] == "f":
            return record(0x06, at + struct.pack("<HBBBBBBHHIH", 0, 2, 0, 7, 0, 0, 0, 0xFFFF, 0, 0, 0))
        return record(0x205, at + struct.pack("<HBB", 0, value[1], 1))
    if isinstance(value, str):
        return record(0x204, at + struct.pack("<H", 0) + _text(value))
    style = 0
    if isinstance(value, dt.datetime):
        style, value = _MOMENT, (value - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)
    elif isinstance(value, dt.date):
        style, value = _DAY, (value - dt.date(1899, 12, 30)).days
    return record(0x203, at + struct.pack("<Hd", style, value))


def compound(stream, name="Workbook"):
    """A compound file (MS-CFB) with one stream."""
    size = 512
    stream = stream.ljust(max(4096, -(-len(stream) // size) * size), b"\0")
    count = len(stream) // size
    tables = 1
    while tables * 128 < count + 1 + tables:
        tables += 1
    # Sectors: the allocation tables, the directory, the stream.
    table = [0xFFFFFFFD] * tables + [0xFFFFFFFE]
    table += [*range(tables + 2, tables + 1 + count), 0xFFFFFFFE]
    table += [0xFFFFFFFF] * (tables * 128 - len(table))
    head = SIGNATURE + bytes(16)
    head += struct.pack(
        "<HHHHHHIIIIIIIIII",
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        0,
        0,
        0,
        tables,
        tables,
        0,
        4096,
        0xFFFFFFFE,
        0,
        0xFFFFFFFE,
        0,
    )
    head += struct.pack("<109I", *[*range(tables), *[0xFFFFFFFF] * (109 - tables)])
    directory = (
        _entry("Root Entry", 5, 1, 0xFFFFFFFE, 0)
        + _entry(name, 2, 0xFFFFFFFF, tables + 1, len(stream))
        + _entry("", 0, 0xFFFFFFFF, 0, 0) * 2
    )
    return head + struct.pack(f"<{len(table)}I", *table) + directory + stream


def _entry(name, kind, child, start, size):
    text = name.encode("utf-16-le")
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(text) + 2 if name else 0, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        + bytes(36)
        + struct.pack("<III", start, size, 0)
    )
