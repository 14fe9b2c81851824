"""The files of a package: their digest, and the sealed copy of one that came through a page.

A package that stands on the server is read where it is; its digest is taken again before each reading, so that what is checked
is what was received. One sent through a page is kept sealed until its rows are staged, and then thrown away.
"""

import base64
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from django.conf import settings

from gongwei.base import digests, sealed
from gongwei.base.problems import Refused
from gongwei.interfaces.excel import mapping_files, sources
from gongwei.interfaces.excel.models import Package

TABLE, COLUMN = "excel_package", "content"
#: What a page takes; more is brought in on the server (./gongwei import).
MOST_BYTES = 200 * 2**20
_CHUNK = 2**20
_LENGTH = struct.Struct(">I")


class Described(NamedTuple):
    """A package as it lies there: digest of all its files, their size in bytes and number."""

    digest: bytes
    size: int
    files: int


def describe(place: Path, mapping: str = "") -> Described:
    """The digest of a folder's files by their paths (or of one file), and of the mapping file given beside it."""
    found = sorted(each for each in place.rglob("*") if each.is_file()) if place.is_dir() else [place]
    whole = hashes.Hash(hashes.SM3())
    size = 0
    for each in found:
        one = hashes.Hash(hashes.SM3())
        with open(each, "rb") as file:
            while chunk := file.read(_CHUNK):
                one.update(chunk)
                size += len(chunk)
        name = each.relative_to(place).as_posix() if place.is_dir() else ""
        whole.update(digests.canonical([name, one.finalize().hex()]))
    whole.update(mapping.encode())
    return Described(whole.finalize(), size, len(found))


def describe_bytes(content: bytes, mapping: str = "") -> Described:
    """The same for a package that came through a page."""
    named = digests.canonical(["", digests.sm3(content).hex()])
    return Described(digests.sm3(named, mapping.encode()), len(content), 1)


@contextmanager
def opened(package: Package) -> Iterator[sources.Package]:
    """The package, to be read. Raises Refused when it is no longer what was received."""
    mapping = mapping_files.read(package.mapping) if package.mapping else None
    if package.place:
        place = Path(package.place)
        if not place.exists():
            raise Refused(f"数据包已不在原处：{place}。", code="gone", hint="请放回原处，或重新导入。")
        if describe(place, package.mapping).digest != bytes(package.digest):
            raise Refused(
                "数据包接收以后有改动。", code="changed", hint="请重新导入；已写入的行会显示为“已存在”。"
            )
        with sources.opened(place, name=package.name, mapping=mapping) as found:
            yield found
        return
    with sources.opened(_kept(package.id), name=package.name, mapping=mapping) as found:
        yield found


def _path(package_id: UUID) -> Path:
    return Path(settings.HOME) / "packages" / f"{package_id}.sealed"


def keep(package_id: UUID, content: bytes) -> None:
    """Keep a copy on disk, sealed piece by piece."""
    path = _path(package_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(path, "wb") as file:
        for number, start in enumerate(range(0, len(content), _CHUNK)):
            text = base64.b64encode(content[start : start + _CHUNK]).decode("ascii")
            piece = sealed.encrypt(text, table=TABLE, column=COLUMN, row_id=f"{package_id}/{number}")
            assert piece is not None
            file.write(_LENGTH.pack(len(piece)))
            file.write(piece)


def _kept(package_id: UUID) -> bytes:
    path = _path(package_id)
    if not path.exists():
        raise Refused("上传的数据包已不再保存，请重新上传。", code="gone")
    found = bytearray()
    with open(path, "rb") as file:
        number = 0
        while head := file.read(_LENGTH.size):
            piece = file.read(_LENGTH.unpack(head)[0])
            text = sealed.decrypt(piece, table=TABLE, column=COLUMN, row_id=f"{package_id}/{number}")
            found += base64.b64decode(text or "")
            number += 1
    return bytes(found)


def forget(package_id: UUID) -> None:
    """Throw the copy away."""
    _path(package_id).unlink(missing_ok=True)
