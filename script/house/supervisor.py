"""Starts programs, starts them again when they die, and stops every one of them."""

import ctypes
import fcntl
import json
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from .places import ROOT, Refused, say, tail

PR_SET_PDEATHSIG = 1
PATIENCE_S = 15.0
# A program that dies this often within the window will not get better by itself.
DEATHS_ALLOWED = 3
DEATHS_WINDOW_S = 60.0
LOG_LIMIT_BYTES = 10_000_000

_libc = ctypes.CDLL(None)


@dataclass(frozen=True)
class Program:
    """A command to keep running, and the signal that ends it in order."""

    name: str
    command: tuple[str, ...]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    stop: signal.Signals = signal.SIGTERM
    is_server: bool = False
    """Others need it: it is stopped after them."""
    is_vital: bool = False
    """Without it there is no site: when it keeps dying, everything ends."""


def started_at(pid: int) -> str | None:
    """Return the kernel's start mark of a process, None when it is gone.

    A number alone says little: the kernel gives it to another process later.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def alive(pid: int) -> bool:
    """Return whether a process runs (a zombie does not)."""
    return started_at(pid) is not None


def group_alive(leader: int) -> bool:
    """Return whether any running process belongs to the leader's group."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] not in "ZX" and int(fields[2]) == leader:
            return True
    return False


class Supervisor:
    """Owns a state folder and the programs that run on it."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.children: dict[str, tuple[Program, subprocess.Popen[bytes]]] = {}
        self.deaths: dict[str, deque[float]] = {}
        self.record = var / "children.json"
        self.claimed = False

    def claim(self) -> None:
        """Take the state folder, and end what a killed predecessor left running.

        Raises:
            Refused: another supervisor has it, or it cannot be written.
        """
        try:
            self.var.mkdir(parents=True, exist_ok=True)
            # Never closed: the kernel gives it back when this process ends.
            lock = os.open(self.var / "lock", os.O_RDWR | os.O_CREAT, 0o644)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"Another command already runs on {self.var}.") from None
        except OSError as error:
            raise Refused(f"{error}: set TOCACHE_VAR to a folder of yours.") from None
        self.claimed = True
        self._end_leftovers()

    def _end_leftovers(self) -> None:
        try:
            recorded = json.loads(self.record.read_text())
        except (FileNotFoundError, ValueError):
            return
        for name, (pid, mark, how) in recorded.items():
            # Members outlive a dead leader; its number is not given out meanwhile.
            if started_at(pid) not in (mark, None) or not group_alive(pid):
                continue
            say(f"Stopping {name}, left over from before ({pid}).")
            _end_group(pid, signal.Signals(how))
        self.record.unlink(missing_ok=True)

    def start(self, program: Program) -> None:
        """Start a program in a process group of its own."""
        program.log.parent.mkdir(parents=True, exist_ok=True)
        if program.log.exists() and program.log.stat().st_size > LOG_LIMIT_BYTES:
            program.log.replace(program.log.with_suffix(".log.1"))
        with program.log.open("ab") as output:
            process = subprocess.Popen(
                program.command,
                cwd=ROOT,
                env={**os.environ, **program.env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(_end_with_parent, program.stop),
            )
        self.children[program.name] = (program, process)
        self._write_record()

    def _write_record(self) -> None:
        marks = {
            name: (process.pid, started_at(process.pid), int(program.stop))
            for name, (program, process) in self.children.items()
        }
        draft = self.record.with_suffix(".new")
        draft.write_text(json.dumps(marks))
        draft.replace(self.record)

    def revive(self) -> None:
        """Start again what died, and say so.

        Raises:
            Refused: a program keeps dying.
        """
        for name, (program, process) in list(self.children.items()):
            if process.poll() is None:
                continue
            recent = self.deaths.setdefault(name, deque(maxlen=DEATHS_ALLOWED))
            recent.append(time.monotonic())
            say(f"{name} ended with status {process.returncode}:")
            say(tail(program.log, 8))
            _end_group(process.pid, program.stop)
            often = len(recent) == DEATHS_ALLOWED
            if often and recent[-1] - recent[0] < DEATHS_WINDOW_S:
                if program.is_vital:
                    raise Refused(f"{name} keeps dying; its log is {program.log}.")
                say(f"{name} keeps dying; the site goes on without it meanwhile.")
            # What shared its memory needs a moment to notice the death.
            time.sleep(len(recent))
            say(f"Starting {name} again.")
            self.start(program)

    def stop(self) -> None:
        """End every program and wait for all of them: the site, then its servers."""
        for wave in (False, True):
            ending = [
                (program, process)
                for program, process in self.children.values()
                if program.is_server == wave
            ]
            for program, process in ending:
                process.send_signal(program.stop)
            for _, process in ending:
                _see_off(process.pid, leader=process)
        self.children.clear()
        if self.claimed:
            self.record.unlink(missing_ok=True)


def _end_with_parent(how: signal.Signals) -> None:
    """In the child: ask the kernel for this signal when the supervisor dies."""
    _libc.prctl(PR_SET_PDEATHSIG, how)


def _end_group(pid: int, how: signal.Signals) -> None:
    """Ask a leader to end and see its group off."""
    with suppress(ProcessLookupError):
        os.kill(pid, how)
    _see_off(pid, None if alive(pid) else 0.0)


def _see_off(
    pid: int,
    patience_s: float | None = None,
    leader: "subprocess.Popen[bytes] | None" = None,
) -> None:
    """Wait for a group to end, then end what is left of it without mercy."""
    end = time.monotonic() + (PATIENCE_S if patience_s is None else patience_s)
    while group_alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    while group_alive(pid):
        time.sleep(0.05)
    if leader is not None:
        leader.wait()
