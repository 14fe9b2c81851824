"""Where snapshots are on disk, and how a set of files comes to be there whole or not at all.

    <home>/snapshots/<id>/<table>/part-0.parquet
    <home>/snapshots/<id>/manifest.json

A set is written under another name, synced to the disk and renamed; what a killed writer left is swept away later.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from gongwei.base import digests

MANIFEST = "manifest.json"
_WRITING, _REMOVING = ".writing-", ".removing-"


def home() -> Path:
    """The folder of all snapshots."""
    return Path(settings.HOME) / "snapshots"


def of(snapshot_id: UUID) -> Path:
    """The folder of a snapshot that is whole."""
    return home() / str(snapshot_id)


def begin(snapshot_id: UUID) -> Path:
    """Make the folder a snapshot is written in."""
    folder = home() / f"{_WRITING}{snapshot_id}"
    home().mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(mode=0o700)
    return folder


def finish(folder: Path, snapshot_id: UUID, manifest: dict[str, Any]) -> str:
    """Write the manifest, bring everything to the disk and show the folder under its name; returns its SHA-256."""
    content = digests.canonical(manifest)
    (folder / MANIFEST).write_bytes(content)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file():
            path.chmod(0o400)
        _sync(path)
    _sync(folder)
    folder.rename(of(snapshot_id))
    _sync(home())
    return hashlib.sha256(content).hexdigest()


def manifest_of(snapshot_id: UUID) -> dict[str, Any]:
    """The manifest as it was written. Raises OSError when it is not there."""
    found: dict[str, Any] = json.loads((of(snapshot_id) / MANIFEST).read_bytes())
    return found


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove(snapshot_id: UUID) -> None:
    """Take a snapshot's files away; renamed first, so that nobody finds half of them."""
    if (folder := of(snapshot_id)).exists():
        leaving = home() / f"{_REMOVING}{snapshot_id}"
        folder.rename(leaving)
        shutil.rmtree(leaving)


def sweep(standing: Iterable[UUID]) -> list[str]:
    """Take away whatever is no whole snapshot (`standing`): what a killed writer or remover left. Returns the names."""
    kept = {str(each) for each in standing}
    gone = []
    for path in sorted(home().glob("*")) if home().exists() else []:
        if path.is_dir() and path.name not in kept and _ours(path.name):
            shutil.rmtree(path)
            gone.append(path.name)
    return gone


def _ours(name: str) -> bool:
    try:
        UUID(name.removeprefix(_WRITING).removeprefix(_REMOVING))
    except ValueError:
        return False
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
