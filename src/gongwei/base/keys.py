"""Keys, and what is done with them, behind one interface: a file today, an HSM where a county has one.

The interface hands out no key, only results, so that a keyring whose keys never leave the hardware fits behind
it. Purposes have keys of their own: `identity` (sealed columns), `blind` (blind indexes), `audit` (entries).
"""

import fcntl
import json
import os
import secrets
import stat
import threading
from abc import ABC, abstractmethod
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings
from django.utils.module_loading import import_string

from gongwei.base import clock

NONCE_BYTES = 12
TAG_BYTES = 16
_KEY_BYTES = {"identity": 16, "blind": 32, "audit": 32}
#: A key is looked at once, not for each value: a sixth of the time of a short one.
_sm4 = lru_cache(maxsize=16)(algorithms.SM4)


class KeyMissing(Exception):
    """A key version that is not there; or a key file that may not be used. The text is Chinese."""


class WrongKey(Exception):
    """A ciphertext that does not open: it was changed, moved, or sealed with another key."""


class Keyring(ABC):
    """Keys by purpose and version; version numbers count from 1, the highest is used for new values."""

    @abstractmethod
    def current(self, purpose: str) -> int:
        """Return the version that seals new values."""

    @abstractmethod
    def versions(self, purpose: str) -> tuple[int, ...]:
        """Return all usable versions, the current one first."""

    @abstractmethod
    def encrypt(self, purpose: str, version: int, nonce: bytes, plain: bytes, associated: bytes) -> bytes:
        """Return ciphertext and tag of SM4-GCM."""

    @abstractmethod
    def decrypt(self, purpose: str, version: int, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        """Return the plaintext; raises WrongKey."""

    @abstractmethod
    def mac(self, purpose: str, version: int, data: bytes) -> bytes:
        """Return the HMAC-SM3 (32 bytes)."""

    @abstractmethod
    def add_version(self, purpose: str) -> int:
        """Make a new key for a purpose; from now on it seals new values. Returns its version."""

    @abstractmethod
    def retire(self, purpose: str, version: int) -> None:
        """Destroy a version that nothing is sealed with any more. Raises ValueError for the current one."""


class FileKeyring(Keyring):
    """Keys in one file per purpose, made on first use, readable by its owner only.

    Another process may add a version at any time: whoever asks which key is current has the file looked at (1.6 µs),
    so that nothing is sealed with an older key than the newest; what was sealed with a known one opens without a look.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths = {purpose: folder / f"{purpose}.json" for purpose in _KEY_BYTES}
        self._lock = threading.Lock()
        self._keys: dict[str, dict[int, bytes]] = {}
        self._stamps: dict[str, tuple[int, int]] = {}
        self._macs: dict[tuple[str, int], hmac.HMAC] = {}

    def current(self, purpose: str) -> int:
        """Return the highest version."""
        return max(self._of(purpose))

    def versions(self, purpose: str) -> tuple[int, ...]:
        """Return all versions, the current one first."""
        return tuple(sorted(self._of(purpose), reverse=True))

    def encrypt(self, purpose: str, version: int, nonce: bytes, plain: bytes, associated: bytes) -> bytes:
        """Seal with SM4-GCM."""
        encryptor = Cipher(_sm4(self._key(purpose, version)), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated)
        return encryptor.update(plain) + encryptor.finalize() + encryptor.tag

    def decrypt(self, purpose: str, version: int, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        """Open what `encrypt` sealed."""
        body, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
        decryptor = Cipher(_sm4(self._key(purpose, version)), modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(associated)
        try:
            return decryptor.update(body) + decryptor.finalize()
        except InvalidTag:
            raise WrongKey from None

    def mac(self, purpose: str, version: int, data: bytes) -> bytes:
        """Return HMAC-SM3; a prepared context is copied, which halves the time."""
        key = self._key(purpose, version)
        prepared = self._macs.get((purpose, version))
        if prepared is None:
            prepared = self._macs[purpose, version] = hmac.HMAC(key, hashes.SM3())
        context = prepared.copy()
        context.update(data)
        return context.finalize()

    def add_version(self, purpose: str) -> int:
        """Write a new key to the file, under a lock, replacing the file in one step."""
        with self._locked():
            keys = self._read(purpose)
            version = max(keys, default=0) + 1
            keys[version] = secrets.token_bytes(_KEY_BYTES[purpose])
            self._write(purpose, keys)
        self._load(purpose)
        return version

    def retire(self, purpose: str, version: int) -> None:
        """Take a key out of the file."""
        with self._locked():
            keys = self._read(purpose)
            if version == max(keys, default=0):
                raise ValueError("the current key cannot be retired")
            keys.pop(version, None)
            self._write(purpose, keys)
        self._load(purpose)

    def _key(self, purpose: str, version: int) -> bytes:
        key = self._keys.get(purpose, {}).get(version)
        if key is None:
            key = self._load(purpose).get(version)
        if key is None:
            raise KeyMissing(
                f"密钥文件 {self._path(purpose)} 中没有第 {version} 版密钥，无法打开用它加密的内容。"
            )
        return key

    def _of(self, purpose: str) -> dict[int, bytes]:
        keys = self._keys.get(purpose)
        if keys is None or self._stamp(purpose) != self._stamps[purpose]:
            return self._load(purpose)
        return keys

    def _load(self, purpose: str) -> dict[int, bytes]:
        with self._lock:
            stamp = self._stamp(purpose)
            keys = self._read(purpose)
            if not keys:
                with self._locked():
                    keys = self._read(purpose)  # another process may have made them while this one waited
                    if not keys:
                        self._refuse_to_replace(purpose)
                        keys = {1: secrets.token_bytes(_KEY_BYTES[purpose])}
                        self._write(purpose, keys)
                stamp = self._stamp(purpose)
            # The stamp is older than the keys or as old: at worst they are read once too often.
            self._stamps[purpose], self._keys[purpose] = stamp, keys
            return keys

    def _refuse_to_replace(self, purpose: str) -> None:
        """A missing file is made anew only while nothing was made with its keys. Raises KeyMissing otherwise."""
        from gongwei.base import key_check  # asks the tables, which know this module

        if key_check.in_use(purpose):
            raise KeyMissing(
                f"密钥文件 {self._path(purpose)} 不见了，而数据库里已有用它加密的内容。请从备份恢复这个文件；"
                "换成新的密钥，原有的证件号码和电话将无法打开。"
            )

    def _path(self, purpose: str) -> Path:
        if purpose not in _KEY_BYTES:
            raise ValueError(f"no such purpose: {purpose}")
        return self._paths[purpose]

    def _stamp(self, purpose: str) -> tuple[int, int]:
        """What changes with the file: it is always replaced, so the inode is another even within a tick of the clock."""
        try:
            found = os.stat(self._paths[purpose])
        except FileNotFoundError:
            return 0, 0
        return found.st_ino, found.st_mtime_ns

    def _read(self, purpose: str) -> dict[int, bytes]:
        path = self._path(purpose)
        try:
            with path.open(encoding="ascii") as file:
                if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                    raise KeyMissing(f"密钥文件 {path} 可被他人读取，已拒绝使用。请先执行 chmod 600。")
                content = json.load(file)
        except FileNotFoundError:
            return {}
        except json.JSONDecodeError:
            raise KeyMissing(f"密钥文件 {path} 已损坏，请从备份恢复；不要删除它。") from None
        return {int(version): bytes.fromhex(entry["key"]) for version, entry in content["versions"].items()}

    def _write(self, purpose: str, keys: dict[int, bytes]) -> None:
        path = self._path(purpose)
        made = {}
        if path.exists():
            made = json.loads(path.read_text(encoding="ascii"))["versions"]
        versions = {
            str(version): made.get(str(version), {"key": key.hex(), "made_at": clock.now().isoformat()})
            for version, key in sorted(keys.items())
        }
        half = path.with_suffix(f".{os.getpid()}.half")
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump({"versions": versions}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)  # a key that a power cut can lose must never have sealed anything
        finally:
            os.close(folder)

    def _locked(self) -> "_FileLock":
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _FileLock(self._folder / ".lock")


class _FileLock:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def __exit__(self, *exc: object) -> None:
        os.close(self._descriptor)


_keyrings: dict[tuple[str, Path | str], Keyring] = {}


def keyring() -> Keyring:
    """Return this installation's keyring: the class named by the setting GONGWEI_KEYRING, a file by default."""
    name = getattr(settings, "GONGWEI_KEYRING", "gongwei.base.keys.FileKeyring")
    found = _keyrings.get((name, settings.HOME))
    if found is None:
        found = _keyrings[name, settings.HOME] = import_string(name)(Path(settings.HOME) / "keys")
    return found
