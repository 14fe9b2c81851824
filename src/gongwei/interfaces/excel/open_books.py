"""Workbooks opened for reading: one in memory, or one too large for that, a sheet in hand at a time."""

import io
import zipfile
import zlib

from python_calamine import CalamineWorkbook

from gongwei.interfaces.excel import files, large_sheets, reading
from gongwei.interfaces.excel.folders import Entry
from gongwei.interfaces.excel.reading import Table


class Book:
    """A workbook that is opened once; its sheet in hand stays until the next is asked for."""

    def __init__(self, content: bytes) -> None:
        with reading.reader_errors():
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        self._name: str | None = None
        self._table: Table | None = None

    def table(self, sheet: files.Sheet) -> Table:
        """The sheet opened."""
        if self._table is None or self._name != sheet.name:
            self._table = None  # two large sheets are not held at a time
            with reading.reader_errors():
                self._table = reading.WorkbookTable(self._book.get_sheet_by_name(sheet.name), sheet.errors)
            self._name = sheet.name
        return self._table


class LargeBook:
    """The workbook in hand of those too large to be held in memory: one at a time, opened again when it is asked for."""

    def __init__(self) -> None:
        self._path: str | None = None
        self._book: large_sheets.Book | None = None

    def book(self, entry: Entry) -> large_sheets.Book | None:
        """A workbook; None for one that is not large. Raises Refused for a broken one."""
        if self._path != entry.path:
            self.close()
            archive = _archive(entry)
            if archive is None:
                return None
            try:
                self._book, self._path = large_sheets.Book(archive), entry.path
            finally:
                if self._book is None:
                    _closed(archive)
        return self._book

    def table(self, entry: Entry, sheet: files.Sheet) -> Table:
        """A sheet of it. Raises Refused."""
        book = self.book(entry)
        if book is None:
            raise files.damaged()
        return book.table(sheet)

    def close(self) -> None:
        """Close the workbook in hand."""
        if self._book is not None:
            self._book.close()
        self._path = self._book = None


def _archive(entry: Entry) -> zipfile.ZipFile | None:
    """The zip a workbook is, if it is large; to be closed with its stream. Raises Refused for a broken one."""
    try:
        stream = entry.open()
        if not isinstance(stream, io.BufferedReader):
            # Inside a zip one cannot go back and forth: the packed content is held, which is a tenth of the sheet.
            with stream:
                stream = io.BytesIO(stream.read(files.MOST_PACKAGED + 1))
        try:
            archive = zipfile.ZipFile(stream)
        except BaseException:
            stream.close()
            raise
        if files.is_large(archive):
            return archive
        _closed(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise files.damaged() from error
    return None


def _closed(archive: zipfile.ZipFile) -> None:
    stream = archive.fp
    archive.close()
    if stream is not None:
        stream.close()
