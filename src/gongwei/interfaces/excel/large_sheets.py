"""Sheets of a large .xlsx row by row: what is in memory is the shared strings, packed, and a few rows.

The reader of ordinary workbooks (calamine) holds every cell of a sheet, some 100 bytes each. Here the sheet's XML goes through
expat a piece at a time; values come out as the other reader gives them (tests/integration/excel holds the two equal).
"""

import datetime as dt
import re
import zipfile
import zlib
from array import array
from bisect import insort
from collections.abc import Iterator
from itertools import islice
from typing import Any
from xml.parsers import expat

from gongwei.interfaces.excel import files, merged_cells, reading
from gongwei.interfaces.excel.cells import Raw

_CHUNK = 2**18
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]{1,3}\d{1,7}):([A-Z]{1,3}\d{1,7})"')
#: Formats every Excel knows by number that show a day or a time; the last three show a duration.
_DAYS = frozenset({*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)})
_DURATIONS = frozenset({46})
_ASIDE = re.compile(r'"[^"]*"|\\.|_.|\*.')
_BRACKETS = re.compile(r"\[(?!(?:h+|m+|s+)\])[^\]]*\]", re.IGNORECASE)
_DURATION = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_OF_DAYS = re.compile(r"[dmyhs年月日]", re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ZERO = dt.datetime(1899, 12, 30)
_PLAIN, _DAY, _LENGTH = 0, 1, 2


class Strings:
    """The shared strings of a workbook: one after the other in one piece of memory, with where each ends."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._ends = array("Q")

    def add(self, text: str) -> None:
        """Put one behind the others."""
        self._text += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._text))

    def __getitem__(self, place: int) -> str:
        begin = self._ends[place - 1] if place else 0
        return self._text[begin : self._ends[place]].decode("utf-8", "surrogatepass")


class Book:
    """A large workbook, opened: its strings and formats are read once."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """Raises Refused for parts that cannot be read."""
        self._archive = archive
        self.sheets = files.of_large(archive)
        with _broken():
            names = {each.lower(): each for each in archive.namelist()}
            self.strings = Strings()
            if "xl/sharedstrings.xml" in names:
                _parsed(archive, names["xl/sharedstrings.xml"], _Shared(self.strings))
            styles, book = _Styles(), _Calendar()
            if "xl/styles.xml" in names:
                _parsed(archive, names["xl/styles.xml"], styles)
            _parsed(archive, names["xl/workbook.xml"], book)
        self.kinds = styles.kinds
        self.zero = dt.datetime(1904, 1, 1) if book.from_1904 else _ZERO

    def close(self) -> None:
        """Close the file; its sheets cannot be read any more."""
        stream = self._archive.fp
        self._archive.close()
        if stream is not None:
            stream.close()

    def table(self, sheet: files.Sheet) -> "LargeTable":
        """A sheet. Raises Refused."""
        with _broken():
            return LargeTable(self, self._archive, sheet)


class LargeTable:
    """A sheet of a large workbook (`reading.Table`); its XML is gone through again for each question."""

    splits = False

    def __init__(self, book: Book, archive: zipfile.ZipFile, sheet: files.Sheet) -> None:
        self._book, self._archive, self._path, self._name = book, archive, sheet.path, sheet.name
        self._merged: list[merged_cells.Merged] = []
        for chunk in files.chunks(archive, sheet.path):
            for first, last in _MERGED.findall(chunk):
                found = merged_cells.place_of(first.decode()), merged_cells.place_of(last.decode())
                if found not in self._merged[-64:]:  # chunks overlap
                    insort(self._merged, found)

    def trims(self, width: int) -> bool:
        """See `Table`."""
        return True

    def head(self, count: int = reading.HEAD_ROWS) -> list[list[Raw]]:
        """See `Table`."""
        rows = list(islice(self._all(), count))
        width = max(map(len, rows), default=0)
        return merged_cells.head([_wide(row, width) for row in rows], self._merged)

    def rows(self, first: int) -> Iterator[list[Raw]]:
        """See `Table`."""
        # What is merged down stands in rows too that hold nothing else.
        width = max(
            (left + 1 for (top, left), (bottom, _) in self._merged if bottom > top >= first), default=0
        )
        rows = self._all() if not width else (_wide(row, width) for row in self._all())
        return merged_cells.down(rows, self._merged, first)

    def _all(self) -> Iterator[list[Raw]]:
        rows = _Rows(self._book, self._name)
        parser = _parser(rows)
        number = 0
        with _broken(), self._archive.open(self._path) as file:
            while True:
                chunk = file.read(_CHUNK)
                parser.Parse(chunk, not chunk)
                for place, row in rows.done:
                    while number < place:
                        yield []
                        number += 1
                    yield row
                    number = place + 1
                rows.done.clear()
                if not chunk:
                    return


def _wide(row: list[Raw], width: int) -> list[Raw]:
    """A row with empty cells up to a width."""
    row.extend([""] * (width - len(row)))
    return row


class _broken:
    """What cannot be parsed or unpacked becomes Refused."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: object) -> None:
        wrong = (expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, KeyError, IndexError, ValueError)
        if isinstance(error, wrong):
            raise files.damaged() from error


def _parser(handler: Any) -> Any:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = _no_doctype
    return parser


def _no_doctype(*_: object) -> None:
    raise zipfile.BadZipFile("a workbook has no document type")


def _parsed(archive: zipfile.ZipFile, name: str, handler: Any) -> None:
    parser = _parser(handler)
    with archive.open(name) as file:
        while chunk := file.read(_CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)


def _plain(text: str) -> str:
    """Characters XML cannot hold are written _x000D_."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class _Shared:
    """Takes the shared strings: each <si> is one, of one or several <t>; readings (<rPh>) are none of it."""

    def __init__(self, strings: Strings) -> None:
        self._strings = strings
        self._parts: list[str] = []
        self._inside = self._aside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "si":
            self._parts = []
        elif name == "t":
            self._inside = not self._aside
        elif name == "rPh":
            self._aside = True

    def end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name == "t":
            self._inside = False
        elif name == "rPh":
            self._aside = False
        elif name == "si":
            self._strings.add(_plain("".join(self._parts)))

    def text(self, text: str) -> None:
        if self._inside:
            self._parts.append(text)


class _Styles:
    """Takes what kind of number each cell format shows."""

    def __init__(self) -> None:
        self.kinds: list[int] = []
        self._own: dict[int, int] = {}
        self._inside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "numFmt":
            self._own[int(attributes["numFmtId"])] = kind_of_format(attributes.get("formatCode", ""))
        elif name == "cellXfs":
            self._inside = True
        elif name == "xf" and self._inside:
            number = int(attributes.get("numFmtId", "0"))
            known = _DAY if number in _DAYS else _LENGTH if number in _DURATIONS else _PLAIN
            self.kinds.append(self._own.get(number, known))

    def end(self, name: str) -> None:
        if name.rpartition(":")[2] == "cellXfs":
            self._inside = False

    def text(self, text: str) -> None:
        return None


def kind_of_format(code: str) -> int:
    """Whether a number format shows a number, a day (or time), or a duration: 0, 1, 2."""
    first = _ASIDE.sub("", code).split(";")[0]
    if _DURATION.search(first):
        return _LENGTH
    bare = _BRACKETS.sub("", first)
    return _DAY if _OF_DAYS.search(bare) and "general" not in bare.lower() else _PLAIN


class _Calendar:
    """Takes whether days are counted from 1904."""

    def __init__(self) -> None:
        self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "workbookPr":
            self.from_1904 = attributes.get("date1904", "0").lower() in ("1", "true")

    def end(self, name: str) -> None:
        return None

    def text(self, text: str) -> None:
        return None


class _Rows:
    """Takes the rows of a sheet; `done` holds those that came to their end, each with its number from 0."""

    def __init__(self, book: Book, name: str) -> None:
        self._sheet = name
        self.done: list[tuple[int, list[Raw]]] = []
        self._strings, self._kinds, self._zero = book.strings, book.kinds, book.zero
        self._number = -1
        self._row: list[Raw] = []
        self._column = -1
        self._kind, self._style = "", 0
        self._parts: list[str] = []
        self._inside = self._aside = self._formula = False
        self._columns: dict[str, int] = {}
        self._names = {each: each for each in ("row", "c", "v", "t", "f", "rPh")}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = self._names.get(name) or self._named(name)
        if name == "c":
            place = attributes.get("r")
            if place is None:
                self._column += 1
            else:
                letters = place.rstrip("0123456789")
                column = self._columns.get(letters)
                if column is None:
                    column = self._columns[letters] = merged_cells.place_of(f"{letters}1")[1]
                    if column >= files.MOST_COLUMNS:
                        raise files.too_wide(self._sheet, files.MOST_ROWS_PACKAGED)
                self._column = column
            self._kind = attributes.get("t", "n")
            self._style = int(attributes.get("s", 0))
            self._parts = []
            self._formula = False
        elif name == "v" or name == "t":
            self._inside = not self._aside
        elif name == "row":
            self._number = int(attributes["r"]) - 1 if "r" in attributes else self._number + 1
            if self._number >= files.MOST_ROWS_PACKAGED:
                raise files.too_wide(self._sheet, files.MOST_ROWS_PACKAGED)
            self._row, self._column = [], -1
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._aside = True

    def end(self, name: str) -> None:
        name = self._names.get(name) or self._named(name)
        if name == "v" or name == "t":
            self._inside = False
        elif name == "c":
            text = "".join(self._parts)
            if not text and not self._formula:
                return
            row = self._row
            if len(row) < self._column:
                row.extend([""] * (self._column - len(row)))
            row.append(self._value(text))
        elif name == "row":
            self.done.append((self._number, self._row))
        elif name == "rPh":
            self._aside = False

    def text(self, text: str) -> None:
        if self._inside:
            self._parts.append(text)

    def _named(self, name: str) -> str:
        """The name without the prefix some programs write, remembered."""
        found = self._names[name] = name.rpartition(":")[2] or name
        return found

    def _value(self, text: str) -> Raw:
        kind = self._kind
        if kind == "s":
            return self._strings[int(text)]
        if kind == "e" or (not text and kind != "str"):
            return reading.FAILED_FORMULA
        if kind in ("str", "inlineStr"):
            return _plain(text)
        if kind == "b":
            return text in ("1", "true")
        if kind == "d":
            return dt.datetime.fromisoformat(text)
        number = float(text)
        shows = self._kinds[self._style] if self._style < len(self._kinds) else _PLAIN
        if shows == _PLAIN:
            return number
        if shows == _LENGTH:
            return dt.timedelta(days=number)
        return self._moment(number)

    def _moment(self, number: float) -> Raw:
        moment = self._zero + dt.timedelta(milliseconds=round(number * 86_400_000))
        if number < 1:
            return moment.time()
        return moment.date() if number == int(number) else moment
