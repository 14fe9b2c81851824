"""What an uploaded file is, before anything is unpacked into memory: told from its first bytes and from the zip directory.

Taken are workbooks (.xlsx, .xls) and delimited text (.csv), told by content, not by name. A workbook that only pretends to be small (a zip bomb, one cell in the last corner of a sheet) is refused here; so is what is
no workbook, in words that say what to do.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from gongwei.base.problems import Refused
from gongwei.interfaces.excel import delimited, old_excel

XLSX, XLS, TEXT = "xlsx", "xls", "text"
MOST_BYTES = 40 * 2**20
MOST_UNPACKED = 1_200 * 2**20
#: Of a workbook in a package, which is read row by row when it is large (`large_sheets`): all the rows a sheet can have.
MOST_PACKAGED, MOST_UNPACKED_PACKAGED, MOST_ROWS_PACKAGED = 200 * 2**20, 6 * 2**30, 2**20
LARGE_FROM = 100 * 2**20
MOST_ENTRIES = 2_000
#: Ordinary sheets shrink to a tenth or a twentieth; what shrinks more than this and is large was made to be a bomb.
MOST_RATIO, RATIO_FROM = 200, 30 * 2**20
MOST_ROWS, MOST_COLUMNS = 199_999, 234  # columns A to HZ

#: Sheets of Excel before 1995, which stand in no compound file: nothing reads them any more.
_ANCIENT = (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_TOO_FAR = re.compile(rb' r="(?:[A-Z]{3}\d|[I-Z][A-Z]\d|[A-Z]{0,3}(?:[2-9]\d{5}|\d{7}))')
_ERROR = re.compile(rb'<c r="([A-Z]{1,2}\d{1,6})"[^>]*? t="e"')
_NOT_CALCULATED = re.compile(
    rb'<c r="([A-Z]{1,2}\d{1,6})"[^>]*?>(?:<f[^>]*?/>|<f[^>]*?>[^<]*</f>)(?:<v ?/>|<v></v>)?</c>'
)
_NAMESPACE = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CHUNK, _OVERLAP = 4 * 2**20, 65_536


@dataclass(frozen=True)
class Sheet:
    """A worksheet of a workbook. `errors`: cells (A1, B7) whose formula failed or was never worked out."""

    name: str
    place: int
    visible: bool
    errors: frozenset[str] = field(default_factory=frozenset)
    #: Where its XML stands in the zip of an .xlsx.
    path: str = ""


def examine(content: bytes, *, text: bool = False) -> list[Sheet]:
    """The worksheets of a file that can be read safely. Raises Refused with what to do instead.

    With `text` a delimited text file is taken too, as one sheet without a name.
    """
    if len(content) > MOST_BYTES:
        raise too_large()
    kind = kind_of(content[:4000])
    if kind == TEXT:
        if not text:
            raise _refused(
                "这是文本文件（如CSV），不是Excel文件。",
                "text",
                "请用Excel或WPS打开，另存为“Excel工作簿（.xlsx）”后再上传。",
            )
        delimited.prove(lambda: io.BytesIO(content))
        return [Sheet("", 0, True)]
    if kind == XLS:
        return _old_sheets(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _directory(archive)
            return list(_sheets(archive))
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, ValueError, KeyError) as error:
        raise damaged() from error


def is_large(archive: zipfile.ZipFile) -> bool:
    """Whether a workbook holds more than should be in memory at a time."""
    return sum(each.file_size for each in archive.infolist()) > LARGE_FROM


def of_large(archive: zipfile.ZipFile) -> list[Sheet]:
    """The worksheets of a large workbook; what stands in them is looked at when they are read. Raises Refused."""
    try:
        _directory(archive, MOST_UNPACKED_PACKAGED)
        return [sheet for sheet in _listed(archive) if sheet.path.startswith("xl/worksheets/")]
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, ValueError, KeyError) as error:
        raise damaged() from error


def damaged() -> Refused:
    """What is said of a workbook that cannot be read."""
    return _refused("文件已损坏，不能读取。", "damaged", "请用Excel或WPS重新打开并另存为 .xlsx 后再上传。")


def too_wide(name: str, most_rows: int) -> Refused:
    """What is said of a sheet with cells too far out."""
    return _refused(
        f"工作表“{name}”超过{most_rows:,}行或{MOST_COLUMNS}列。",
        "too_wide",
        "请删去数据以外的空行空列；行数很多时拆成几个文件分别上传。",
    )


def too_large(most: int = MOST_BYTES) -> Refused:
    """What is said of a workbook that is too large."""
    return _refused(
        f"文件超过{most // 2**20}MB。", "too_large", "请拆成几个文件分别上传，或另存为CSV后成包导入。"
    )


def _refused(message: str, code: str, hint: str) -> Refused:
    return Refused(message, field="file", code=code, hint=hint)


def kind_of(head: bytes) -> str:
    """XLSX (or another zip), XLS or TEXT, told from the first bytes of a file. Raises Refused for anything else."""
    save_as = "请用Excel或WPS打开，另存为“Excel工作簿（.xlsx）”后再上传。"
    if not head:
        raise _refused("文件是空的。", "empty", "请重新选择文件。")
    if head.startswith(old_excel.SIGNATURE):
        return XLS
    if head.startswith(b"PK"):
        return XLSX
    if head.startswith(_ANCIENT):
        raise _refused("这是1995年以前的Excel文件。", "old_excel", save_as)
    if head.startswith(b"%PDF"):
        raise _refused("这是PDF文件，不是Excel文件。", "not_excel", "请上传按模板填写的 .xlsx 文件。")
    start = head[:2000].lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").lower().replace(b"\x00", b"")
    if start.startswith((b"<html", b"<!doctype", b"<?xml", b"<table", b"<meta", b"<style")):
        raise _refused("这是网页格式的表格，扩展名虽是Excel，内容不是。", "web_page", save_as)
    if head.startswith(_UTF16) or b"\x00" not in head:
        return TEXT
    raise _refused("不是Excel文件，不能读取。", "not_excel", "请上传按模板填写的 .xlsx 文件。")


def _old_sheets(content: bytes) -> list[Sheet]:
    try:
        found = old_excel.sheets(content)
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            named = book.sheets_metadata
    except (old_excel.Locked, PasswordError) as error:
        raise _refused(
            "文件设有打开密码，不能读取。",
            "password",
            "请在Excel中取消密码（文件—信息—保护工作簿）后再上传。",
        ) from error
    except (old_excel.Damaged, CalamineError, OSError, ValueError) as error:
        raise damaged() from error
    if len(named) != len(found):
        raise damaged()
    return [
        Sheet(
            each.name,
            place,
            sheet.visible,
            frozenset(f"{_letters(column)}{row + 1}" for row, column in sheet.errors),
        )
        for place, (each, sheet) in enumerate(zip(named, found, strict=True))
    ]


def _letters(place: int) -> str:
    text, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(65 + rest) + text
    return text


def _directory(archive: zipfile.ZipFile, most_unpacked: int = MOST_UNPACKED) -> None:
    entries = archive.infolist()
    names = {each.filename for each in entries}
    if any(each.flag_bits & 1 for each in entries):
        raise _refused("文件设有密码，不能读取。", "password", "请取消密码后再上传。")
    if "xl/workbook.xml" not in names:
        if "xl/workbook.bin" in names:
            what = "这是Excel二进制工作簿（.xlsb）"
        elif "mimetype" in names:
            what = "这是OpenDocument文件（.ods）"
        elif "word/document.xml" in names:
            what = "这是Word文档"
        else:
            what = "这是压缩文件或其他文件"
        raise _refused(
            f"{what}，不是 .xlsx 文件。", "not_excel", "请另存为“Excel工作簿（.xlsx）”，不要压缩，再上传。"
        )
    bomb = _refused(
        "文件解压后过大，疑似恶意文件，未予打开。", "bomb", "请重新从模板填写；行数很多时拆成几个文件。"
    )
    if len(entries) > MOST_ENTRIES or sum(each.file_size for each in entries) > most_unpacked:
        raise bomb
    for each in entries:
        if each.file_size > RATIO_FROM and each.file_size > MOST_RATIO * max(each.compress_size, 1):
            raise bomb
    if len(names) < len(entries):
        raise _refused("文件内有重名的部分，不能读取。", "damaged", "请用Excel或WPS另存一份再上传。")


def _sheets(archive: zipfile.ZipFile) -> Iterator[Sheet]:
    for name in archive.namelist():
        if name.startswith("xl/sharedStrings"):
            for _ in chunks(archive, name):
                pass
    for sheet in _listed(archive):
        if sheet.path.startswith("xl/worksheets/"):
            errors = _scanned(archive, sheet.path, sheet.name)
            sheet = replace(sheet, errors=frozenset(errors))
        yield sheet


def _listed(archive: zipfile.ZipFile) -> Iterator[Sheet]:
    try:
        book = ElementTree.fromstring(_small(archive, "xl/workbook.xml"))
        links = ElementTree.fromstring(_small(archive, "xl/_rels/workbook.xml.rels"))
    except (DefusedXmlException, ElementTree.ParseError, SyntaxError) as error:
        raise zipfile.BadZipFile("workbook.xml") from error
    targets = {each.get("Id"): each.get("Target", "") for each in links}
    known = set(archive.namelist())
    for place, each in enumerate(book.iterfind("m:sheets/m:sheet", _NAMESPACE)):
        target = targets.get(each.get(_RELATION), "")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if path.startswith("xl/worksheets/") and path not in known:
            raise zipfile.BadZipFile(path)
        yield Sheet(each.get("name", ""), place, each.get("state", "visible") == "visible", path=path)


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        found = file.read(4 * 2**20)
    if b"<!DOCTYPE" in found[:4096]:
        raise zipfile.BadZipFile(name)
    return found


def chunks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The unpacked content, each chunk beginning with the end of the one before; the checksum is verified on the way."""
    rest = b""
    with archive.open(name) as file:
        while chunk := file.read(_CHUNK):
            if not rest and b"<!DOCTYPE" in chunk[:4096]:
                raise zipfile.BadZipFile(name)
            yield rest + chunk
            rest = chunk[-_OVERLAP:]


def _scanned(archive: zipfile.ZipFile, path: str, name: str) -> set[str]:
    errors: set[str] = set()
    for chunk in chunks(archive, path):
        if _TOO_FAR.search(chunk):
            raise too_wide(name, MOST_ROWS)
        if b't="e"' in chunk:
            errors.update(found.decode() for found in _ERROR.findall(chunk))
        if b"<f" in chunk:
            errors.update(found.decode() for found in _NOT_CALCULATED.findall(chunk))
    return errors
