"""Where things are, and how the commands speak."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Words = list[str | Path]

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_MODULES = ROOT / "node_modules"

_running: set["subprocess.Popen[bytes]"] = set()
_stopping = threading.Event()


class Refused(Exception):
    """Something stands in the way; the message says what and how to go on."""


def var_dir() -> Path:
    """Return the absolute folder of everything this clone keeps (TOCACHE_VAR)."""
    return Path(os.environ.get("TOCACHE_VAR") or ROOT / "var").resolve()


def say(text: str) -> None:
    """Print one line at once, whoever reads the other end."""
    print(text, flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Say that a long step begins, and how long it took."""
    say(f"==> {text}")
    begun = time.monotonic()
    yield
    say(f"    {text}: done in {time.monotonic() - begun:.1f} s")


def run(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run a command to its end with its output in the log.

    Raises:
        Refused: the command failed; the message carries the end of its output.
    """
    if _stopping.is_set():
        raise Refused("Stopped.")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _running.add(process)
        status = process.wait()
        _running.discard(process)
    if status:
        shown = " ".join(str(part) for part in command)
        raise Refused(f"{shown}\nended with status {status}:\n{tail(log)}")


def stop_running() -> None:
    """Ask every command of `run` to end, and let no other begin."""
    _stopping.set()
    for process in list(_running):
        try:
            process.terminate()
        except PermissionError:
            say("A package is being installed; it is left to finish.")


def tail(log: Path, lines: int = 20) -> str:
    """Return the last lines of a log, or "" when there is none."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def fingerprint(*paths: Path, also: str = "") -> str:
    """Return the SHA-256 of files and of every file under folders, names included."""
    seal = sha256(also.encode())
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in inside:
            if file.is_file() and "__pycache__" not in file.parts:
                seal.update(str(file.relative_to(ROOT)).encode() + b"\0")
                seal.update(sha256(file.read_bytes()).digest())
    return seal.hexdigest()


def is_stamped(stamp: Path, value: str) -> bool:
    """Return whether the step behind this stamp was done for this very input."""
    return stamp.exists() and stamp.read_text() == value
