"""The files of a package: of a folder, of a zip, or one alone. Nothing is unpacked onto the disk.

A path that leads outside, a bomb and a password refuse the whole; an archive inside an archive, a link and a file that is too
large are named one by one. Names of old zips are GB18030; names of a Mac are made one (NFC).
"""

import io
import os
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from gongwei.base.problems import Refused
from gongwei.interfaces.excel import files

MOST_FILES = 5_000
MOST_UNPACKED = 8 * 2**30
_DATA = {".xlsx", ".xlsm", ".xls", ".et", ".csv", ".txt", ".tsv", ""}
_ARCHIVES = {".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"}
_MAPPINGS = {".yaml", ".yml"}
_OF_THE_SYSTEM = {".ds_store", "thumbs.db", "desktop.ini", ".gitkeep"}


@dataclass
class Entry:
    """A file. `path` inside the package; `outermost`: not in a folder, but for one that everything lies in."""

    path: str
    size: int
    opener: Any
    problem: Refused | None = None
    outermost: bool = True
    #: How a text file is read, once it is proven: proving reads it twice.
    proof: Any = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return PurePosixPath(self.path).name

    @property
    def stem(self) -> str:
        """The name without its ending."""
        return PurePosixPath(self.path).stem

    def open(self) -> IO[bytes]:
        """The content as a stream; as often as asked."""
        opened: IO[bytes] = self.opener()
        return opened

    def head(self) -> bytes:
        """The first bytes. Raises Refused for a broken entry of an archive."""
        return self.content(4000)

    def content(self, at_most: int) -> bytes:
        """The first bytes up to a number. Raises Refused for a broken entry of an archive."""
        try:
            with self.open() as file:
                return file.read(at_most)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise files.damaged() from error


@dataclass
class Folder:
    """The files of a package, sorted by path, and notes on what is none of it."""

    entries: list[Entry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def _refused(message: str, code: str, hint: str) -> Refused:
    return Refused(message, field="file", code=code, hint=hint)


@contextmanager
def opened(package: Path | bytes, name: str = "") -> Iterator[Folder]:
    """The files of a folder, a zip or a single file. Raises Refused."""
    if isinstance(package, Path) and package.is_dir():
        yield _sorted(_of_directory(package))
        return
    stream: IO[bytes]
    if isinstance(package, Path):
        name = name or package.name
        stream = package.open("rb")
    else:
        stream = io.BytesIO(package)
    with stream:
        if stream.read(2) != b"PK" or _is_workbook(stream):
            size = stream.seek(0, os.SEEK_END)
            folder = Folder()
            _put(folder, name or "上传的文件", size, lambda: _again(package))
            yield folder
            return
        try:
            with zipfile.ZipFile(stream) as archive:
                yield _sorted(_of_zip(archive))
        except (zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
            raise _refused("压缩包已损坏，不能读取。", "damaged", "请重新压缩后再导入。") from error


def _again(package: Path | bytes) -> IO[bytes]:
    return package.open("rb") if isinstance(package, Path) else io.BytesIO(package)


def _is_workbook(stream: IO[bytes]) -> bool:
    """Whether a zip is an Office document of its own, to be told by `files`."""
    try:
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError):
        return False
    return bool(names & {"xl/workbook.xml", "xl/workbook.bin", "mimetype", "word/document.xml"})


def _sorted(folder: Folder) -> Folder:
    folder.entries.sort(key=lambda each: each.path)
    tops = {each.path.partition("/")[0] for each in folder.entries}
    depth = 1 if len(tops) == 1 and all("/" in each.path for each in folder.entries) else 0
    for each in folder.entries:
        each.outermost = each.path.count("/") == depth
    return folder


def _put(folder: Folder, path: str, size: int, opener: Any, problem: Refused | None = None) -> None:
    """Take a file in, or say why it is none of the package."""
    parts = PurePosixPath(path).parts
    name, ending = parts[-1], PurePosixPath(path).suffix.lower()
    if "__MACOSX" in parts or name.startswith("._") or name.lower() in _OF_THE_SYSTEM:
        folder.notes.append(f"“{path}”是系统附带的文件，未读取。")
        return
    if name.startswith(("~$", ".~")):
        folder.notes.append(f"“{path}”是Excel打开时的临时文件，未读取；请确认原文件已保存。")
        return
    if problem is None and ending in _ARCHIVES:
        problem = _refused(
            "压缩包里的压缩包不读取。", "nested", "请解压后把里面的Excel或CSV文件直接放进数据包。"
        )
    if problem is None and ending not in _DATA | _MAPPINGS:
        folder.notes.append(f"“{path}”不是Excel或CSV文件，未读取。")
        return
    folder.entries.append(Entry(path, size, opener, problem))
    if len(folder.entries) > MOST_FILES:
        raise _refused(f"数据包的文件超过{MOST_FILES}个。", "too_many", "请分成几个数据包导入。")


def _of_directory(top: Path) -> Folder:
    folder = Folder()
    for where, inside, names in os.walk(top):
        inside.sort()
        for name in sorted(names):
            file = Path(where, name)
            path = unicodedata.normalize("NFC", file.relative_to(top).as_posix())
            if file.is_symlink() or not file.is_file():
                link = _refused("这是链接，不是文件。", "link", "请把原文件复制到数据包里。")
                _put(folder, path, 0, io.BytesIO, link)
            else:
                _put(folder, path, file.stat().st_size, lambda file=file: file.open("rb"))
    return folder


def _of_zip(archive: zipfile.ZipFile) -> Folder:
    folder, seen = Folder(), set()
    infos = [each for each in archive.infolist() if not each.is_dir()]
    bomb = _refused("压缩包解压后过大，疑似恶意文件，未予打开。", "bomb", "请分成几个数据包导入。")
    if len(infos) > 4 * MOST_FILES or sum(each.file_size for each in infos) > MOST_UNPACKED:
        raise bomb
    for each in infos:
        if each.flag_bits & 1:
            raise _refused("压缩包设有密码，不能读取。", "password", "请取消密码后重新压缩。")
        if each.file_size > files.RATIO_FROM and each.file_size > files.MOST_RATIO * max(
            each.compress_size, 1
        ):
            raise bomb
        path = _path(each)
        if path in seen:
            raise _refused(f"压缩包里有两个同名文件“{path}”。", "damaged", "请重新压缩后再导入。")
        seen.add(path)
        link = None
        if stat.S_ISLNK(each.external_attr >> 16):
            link = _refused("这是链接，不是文件。", "link", "请把原文件放进压缩包。")
        _put(folder, path, each.file_size, lambda each=each: archive.open(each), link)
    return folder


def _path(info: zipfile.ZipInfo) -> str:
    """The path of an entry, its name read as it was written. Raises Refused for one that leads outside."""
    name = info.orig_filename.split("\x00")[0]
    if not info.flag_bits & 0x800:
        raw = name.encode("cp437")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    path = unicodedata.normalize("NFC", name.replace("\\", "/"))
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or ":" in parts[0] or not path.strip("/"):
        raise _refused(
            "压缩包里有指向文件夹以外的路径，未予打开。",
            "outside",
            "请确认压缩包的来源，用系统自带的工具重新压缩。",
        )
    return str(PurePosixPath(path))
