"""What a backup says about itself, and whether it is still what was written."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from gongwei.base import digests, keys

FILE = "manifest.json"
FORMAT = 1
_BLOCK = 2**20
_PROBE = b"gongwei backup key check"
PURPOSES = ("identity", "blind", "audit")


@dataclass(frozen=True)
class Manifest:
    """One backup. ``line``, ``first``, ``timeline``, ``end`` and ``cut`` are places in the log; times are UTC, ISO."""

    name: str
    format: int
    program: str
    server: int
    embedded: bool
    database: str
    reason: str
    started_at: str
    finished_at: str
    line: str
    timeline: str
    first: str
    end: str
    cut: str
    cut_at: str
    migrations: list[str]
    tables: dict[str, list[str | int]] | None
    seals: int
    keys: dict[str, dict[str, str]]
    files: dict[str, list[str | int]]

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(int(size) for size, _ in self.files.values())


def write(manifest: Manifest, folder: Path, ring: keys.FileKeyring) -> None:
    """Write the manifest with its MAC, and sync it."""
    plain = asdict(manifest)
    version = ring.current("audit")
    mac = ring.mac("audit", version, digests.canonical(plain)).hex()
    with open(folder / FILE, "x", encoding="utf-8") as file:
        json.dump({"manifest": plain, "mac": f"{version}:{mac}"}, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path, ring: keys.FileKeyring | None = None) -> Manifest:
    """The manifest of a backup. With a keyring its MAC is checked. Raises click.ClickException in Chinese."""
    try:
        kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
        plain: dict[str, Any] = kept["manifest"]
        if plain["format"] != FORMAT:
            raise click.ClickException(
                f"备份 {folder.name} 的格式是 {plain['format']}，本版本只认识 {FORMAT}。"
            )
        found = Manifest(**plain)
        version, _, mac = str(kept["mac"]).partition(":")
        number = int(version)
    except FileNotFoundError:
        raise click.ClickException(f"{folder} 不是一个备份：没有 {FILE}。") from None
    except (ValueError, KeyError, TypeError):
        raise click.ClickException(f"备份文件已损坏：{folder.name}/{FILE}") from None
    if ring is not None:
        if number not in ring.versions("audit"):
            raise click.ClickException(
                f"密钥文件 audit.json 中没有第 {number} 版密钥，无法核对备份；请先放回与备份同时的 keys 目录。"
            )
        if ring.mac("audit", number, digests.canonical(plain)).hex() != mac:
            raise click.ClickException(
                f"备份文件被改动，或密钥文件 audit.json 不是本系统的：{folder.name}/{FILE}"
            )
    return found


def damaged(
    manifest: Manifest, folder: Path, report: Callable[[str, int, int | None], None] = lambda *_: None
) -> Iterator[str]:
    """Names of files that are missing, too many, or not as they were written."""
    done = 0
    for name, (size, digest) in manifest.files.items():
        report("核对备份文件（MB）", done // _BLOCK, manifest.bytes // _BLOCK)
        path = folder / name
        if not path.is_file() or path.stat().st_size != size or sha256(path) != digest:
            yield name
        done += int(size)
    report("核对备份文件（MB）", manifest.bytes // _BLOCK, manifest.bytes // _BLOCK)
    yield from sorted(listed(folder) - set(manifest.files) - {FILE})


def listed(folder: Path) -> set[str]:
    """Every file of a backup, relative to it."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def sha256(path: Path) -> str:
    """The digest of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keyring(home: Path) -> keys.FileKeyring:
    """The keys of a home, which must be there: none is made here. Raises click.ClickException in Chinese."""
    missing = [purpose for purpose in PURPOSES if not (home / "keys" / f"{purpose}.json").exists()]
    if missing:
        names = "、".join(f"{purpose}.json" for purpose in missing)
        raise click.ClickException(
            f"密钥目录 {home / 'keys'} 中没有 {names}。密钥不在备份里：请先把另外保管的 keys 目录放回这里，再运行一次。"
        )
    return keys.FileKeyring(home / "keys")


def key_marks(ring: keys.FileKeyring) -> dict[str, dict[str, str]]:
    """What tells each key from others without giving it away: its MAC of a known text, by purpose and version."""
    return {
        purpose: {
            str(version): ring.mac(purpose, version, _PROBE).hex() for version in ring.versions(purpose)
        }
        for purpose in PURPOSES
    }


def check_keys(manifest: Manifest, ring: keys.FileKeyring) -> None:
    """Raises click.ClickException when a key the backup was made under is missing or is another one."""
    present = key_marks(ring)
    for purpose, marks in manifest.keys.items():
        for version, mark in marks.items():
            if present.get(purpose, {}).get(version) != mark:
                raise click.ClickException(
                    f"keys/{purpose}.json 中没有备份时的第 {version} 版密钥（或不是同一把），备份中用它加密的内容将打不开；"
                    "请放回与备份同时的密钥文件。"
                )
