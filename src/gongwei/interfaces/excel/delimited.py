"""Delimited text (.csv): which encoding it is in is proven over the whole file, and every row is read or the file refused.

Nothing is ever replaced by a question mark. Old systems write numbers as `'0123` or `="0123"` so that Excel keeps them;
the marks are taken off. The file is streamed: a list of it is never made.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import IO

from gongwei.base.problems import Refused
from gongwei.interfaces.excel.cells import Raw

Opener = Callable[[], IO[bytes]]

DELIMITERS = (",", "\t", ";")
#: A mark at the beginning names the encoding; without one these are tried in order, each strictly.
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_TRIED = ("utf-8", "gb18030")
TITLES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8（带标记）", "utf-16": "UTF-16", "gb18030": "GB18030"}
_CHUNK = 2**20
#: Characters no table of people holds: what a wrong encoding makes (private use, control characters but tab and line ends).
_STRANGE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffe\uffff]")
_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
_APOSTROPHE = re.compile(r"['`‘’](?=[0-9A-Za-z+\-.]+$)")


@dataclass(frozen=True)
class Proof:
    """How a file is read. `widths`: how many rows have so many cells; `padded`: widths of which some row ends empty."""

    encoding: str
    delimiter: str
    skipped: int = 0
    widths: Mapping[int, int] = field(default_factory=dict)
    padded: frozenset[int] = frozenset()

    def trims(self, width: int) -> bool:
        """Whether the writer of a file with a heading of so many cells leaves empty cells at the end of a row away.

        One that does so does it often, and never leaves one in place; a row that is short for once was broken by a line
        end nobody quoted.
        """
        shorter = sum(rows for cells, rows in self.widths.items() if cells < width)
        return width not in self.padded and shorter * 10 > self.widths.get(width, 0)


def prove(opener: Opener) -> Proof:
    """Find encoding and separator and read the whole file once to see that both hold. Raises Refused."""
    encoding = _encoding(opener)
    delimiter, skipped = _delimiter(opener, encoding)
    return _read_through(opener, Proof(encoding, delimiter, skipped))


def _refused(message: str, code: str, hint: str) -> Refused:
    return Refused(message, field="file", code=code, hint=hint)


def _encoding(opener: Opener) -> str:
    with opener() as file:
        head = file.read(4)
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    for name in (marked,) if marked else _TRIED:
        decoder = codecs.getincrementaldecoder(name)("strict")
        try:
            with opener() as file:
                while chunk := file.read(_CHUNK):
                    if _STRANGE.search(decoder.decode(chunk)):
                        raise UnicodeDecodeError(name, b"", 0, 1, "strange")
                decoder.decode(b"", True)
        except UnicodeError:
            continue
        return name
    raise _refused(
        "文本文件的编码不能确认（不是UTF-8、UTF-16或GB18030），为免出现乱码未读取。",
        "encoding",
        "请用Excel或WPS打开确认文字正确后，另存为 .xlsx 再导入。",
    )


def _text(opener: Opener, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(opener(), encoding=encoding, errors="strict", newline="")


def _delimiter(opener: Opener, encoding: str) -> tuple[str, int]:
    """The separator that gives the first rows most columns; Excel's own first line `sep=;` says it."""
    with _text(opener, encoding) as text:
        first = text.readline(64).strip().strip('"').lower()
    if first.startswith("sep=") and len(first) == 5:
        return first[4], 1
    widths = {}
    for delimiter in DELIMITERS:
        with _text(opener, encoding) as text:
            try:
                some = [len(row) for row in islice(csv.reader(text, delimiter=delimiter), 30)]
            except csv.Error:
                some = [1]
        widths[delimiter] = sorted(some)[len(some) // 2] if some else 0, max(some, default=0)
    best = max(DELIMITERS, key=lambda each: widths[each])
    return (best if widths[best][1] > 1 else DELIMITERS[0]), 0


def _read_through(opener: Opener, proof: Proof) -> Proof:
    """Read the file to its end and count its widths. Raises Refused where a quotation never ends."""
    number = 0
    widths: Counter[int] = Counter()
    padded = set()
    try:
        for row in _raw(opener, proof):
            number += 1
            if row:
                widths[len(row)] += 1
                if not row[-1]:
                    padded.add(len(row))
    except csv.Error as error:
        raise _refused(
            f"第{number + 1}行起引号不配对或单元格过长，不能确定各列的界限。",
            "csv",
            "请用原系统重新导出，或用Excel核对后另存为 .xlsx 再导入。",
        ) from error
    return replace(proof, widths=widths, padded=frozenset(padded))


def _raw(opener: Opener, proof: Proof) -> Iterator[list[str]]:
    with _text(opener, proof.encoding) as text:
        yield from islice(csv.reader(text, delimiter=proof.delimiter, strict=True), proof.skipped, None)


def rows(opener: Opener, proof: Proof) -> Iterator[list[Raw]]:
    """The rows in order, empty ones too; the first stands in row 1 + `proof.skipped`."""
    for row in _raw(opener, proof):
        yield [_cell(each) if each and each[0] in "='`‘’" else each for each in row]


def _cell(text: str) -> str:
    found = _FORMULA.fullmatch(text)
    if found:
        return found[1].replace('""', '"')
    return _APOSTROPHE.sub("", text, count=1)
