"""Makes the project's own Python environment from the lock files, with hashes.

Run by ``./gongwei`` with a bare Python 3.11, so it uses the standard library only and imports nothing of gongwei.
``env/installing`` exists while anything is being changed: an environment that was interrupted is made again from
nothing. ``env/installed/`` keeps a copy of each lock that is fully installed; ``./gongwei`` compares these.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

#: pyspark is published as source only; what makes a wheel of it comes before, from `build.lock`.
FROM_SOURCE = ("--no-binary=pyspark", "--no-build-isolation")


def main(arguments: list[str]) -> int:
    """``environment.py CHECKOUT HOME LOCK...``: bring ``HOME/env`` up to the locks; the exit code says how it went."""
    checkout, home, locks = Path(arguments[0]), Path(arguments[1]), arguments[2:]
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = open(home / "install.lock", "a+")  # noqa: SIM115 - closed by the `with` below
    except OSError as error:
        return _refuse(
            f"无法使用目录 {home}（{error.strerror}）。",
            "请换用有权限的用户，或用 GONGWEI_HOME 指定一个可以写入的目录。",
        )
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("另一个启动正在安装运行环境，等待它完成 ……", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        if _service_is_running(home) and not _installed(checkout, home, "runtime"):
            return _refuse(
                "程序版本已更新，但旧版本的服务还在运行。",
                "请先停止正在运行的服务（在它的窗口按 Ctrl-C），再启动。",
            )
        return _bring_up(checkout, home, locks)


def _bring_up(checkout: Path, home: Path, locks: list[str]) -> int:
    env, began = home / "env", time.monotonic()
    unfinished = env / "installing"
    if unfinished.exists() or not _installed(checkout, home, "runtime"):
        if env.exists():
            _say("正在重新建立运行环境（上次没有完成，或程序已更新）")
            shutil.rmtree(env)
        else:
            _say("第一次启动：正在建立运行环境（只需一次，约需一至三分钟）")
        env.mkdir(parents=True)
        unfinished.touch()
        if (status := _make(env)) != 0:
            return status
    for name in locks:
        if _installed(checkout, home, name):
            continue
        unfinished.touch()
        wanted = checkout / "requirements" / f"{name}.lock"
        if _install(env, wanted, home / "logs" / "install.log") != 0:
            return _refuse(
                "安装依赖没有成功。请检查网络（或 pip 的镜像设置）后再运行一次。",
                f"详细情况见 {home / 'logs' / 'install.log'}",
            )
        (env / "installed").mkdir(exist_ok=True)
        shutil.copyfile(wanted, env / "installed" / f"{name}.lock")
    for packages in (env / "lib").glob("python3.*/site-packages"):
        (packages / "gongwei.pth").write_text(f"{checkout / 'src'}\n", encoding="utf-8")
    (env / "installed" / "checkout").write_text(f"{checkout}\n", encoding="utf-8")
    unfinished.unlink(missing_ok=True)
    _say(f"运行环境已就绪（{time.monotonic() - began:.0f} 秒）")
    return 0


def _make(env: Path) -> int:
    """A virtual environment with pip. Debian may come without ``ensurepip``; then an existing pip does, or apt."""
    base = [sys.executable, "-m", "venv", "--clear"]
    if (
        _quiet([sys.executable, "-c", "import ensurepip"]) != 0
        and os.geteuid() == 0
        and shutil.which("apt-get")
    ):
        _say("本机 Python 缺少 venv 组件，正在用 apt 安装 python3-venv")
        _quiet(["apt-get", "update", "-q"])
        _quiet(["apt-get", "install", "-q", "-y", "--no-install-recommends", "python3-venv"])
    installing = env / "installing"
    if _quiet([sys.executable, "-c", "import ensurepip"]) == 0:
        status = _quiet([*base, str(env)])
    elif _quiet([sys.executable, "-m", "pip", "--version"]) == 0:
        status = _quiet([*base, "--without-pip", str(env)])
    else:
        return _refuse(
            "本机 Python 3.11 缺少 venv 组件（ensurepip），无法建立运行环境。",
            "请让管理员执行：apt install python3-venv　然后再运行一次。",
        )
    installing.touch()  # --clear emptied the folder
    if status != 0:
        return _refuse(f"无法在 {env} 建立运行环境，请检查磁盘空间和权限。")
    return 0


def _install(env: Path, lock: Path, log: Path) -> int:
    """Install one lock with pip, hashes required, one line of progress; the whole output goes to the log."""
    python = str(env / "bin" / "python")
    pip = [python, "-m", "pip"]
    if _quiet([*pip, "--version"]) != 0:
        pip = [sys.executable, "-m", "pip", "--python", python]
    wanted = sum(
        1 for line in lock.read_text(encoding="utf-8").splitlines() if "==" in line and line[0] != " "
    )
    command = [
        *pip,
        # Not compiled: most modules are never imported, the others are compiled when they first are.
        *("install", "--require-hashes", "--only-binary=:all:", "--no-deps", "--no-compile"),
        *(FROM_SOURCE if lock.stem == "spark" else ()),
        *("--no-input", "--disable-pip-version-check", "--no-warn-script-location", "--progress-bar=off"),
        *("--root-user-action=ignore", "-r", str(lock)),
    ]
    log.parent.mkdir(exist_ok=True)
    began, seen = time.monotonic(), 0
    with open(log, "a", encoding="utf-8") as record:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        assert child.stdout is not None
        try:
            for line in child.stdout:
                record.write(line)
                if line.startswith("Collecting "):
                    seen += 1
                    spent = time.monotonic() - began
                    left = spent / seen * (wanted - seen)
                    _progress(f"  下载 {seen}/{wanted}　{seen / spent:.1f} 个/秒　约剩 {left:.0f} 秒")
                elif line.startswith("Installing collected"):
                    _progress(f"  下载 {seen}/{wanted} 完成，正在安装 ……")
            return child.wait()
        except BaseException:
            child.kill()
            raise
        finally:
            _progress(None)


def _installed(checkout: Path, home: Path, name: str) -> bool:
    kept = home / "env" / "installed"
    with contextlib.suppress(OSError):
        here = (kept / "checkout").read_text(encoding="utf-8").rstrip("\n") == str(checkout)
        wanted = (checkout / "requirements" / f"{name}.lock").read_bytes()
        return here and (kept / f"{name}.lock").read_bytes() == wanted
    return False


def _service_is_running(home: Path) -> bool:
    with contextlib.suppress(FileNotFoundError), open(home / "service.lock") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _quiet(command: list[str]) -> int:
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    ).returncode


def _say(text: str) -> None:
    print(text, flush=True)


def _progress(text: str | None) -> None:
    """One line that is written over on a terminal; nothing at all elsewhere."""
    if sys.stdout.isatty():
        print("\r\033[K" + (text or ""), end="", flush=True)


def _refuse(*lines: str) -> int:
    for line in lines:
        print(line, file=sys.stderr)
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("\n已中断；下次启动会重新建立运行环境。", file=sys.stderr)
        sys.exit(130)
