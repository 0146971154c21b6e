"""script/check: everything about the code that is not a test."""

import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .places import PYTHON, ROOT, VENV, Words, say
from .server import ROOMS
from .testing import with_test_services

BIN = VENV / "bin"


@dataclass(frozen=True)
class Step:
    """A command that must succeed, or that must find the fault planted for it."""

    name: str
    command: Sequence[str | Path]
    planted: str | None = None
    """What the output must name when the fault is seen."""
    stdin: str = ""
    env: dict[str, str] = field(default_factory=dict)
    cwd: Path = ROOT


PRODUCTION = {
    "DEMO": "0",
    "DEBUG": "0",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "SITE_URL": "https://tocache.example",
    "ALLOWED_HOSTS": "tocache.example",
}


def steps(copy: Path) -> list[Step]:
    """Return every step; `copy` holds the rooms and one import that points up."""
    templates = sorted(
        {folder for folder in ROOT.glob("*/templates") if folder.parent.name in ROOMS}
    )
    if (ROOT / "templates").exists():
        templates.insert(0, ROOT / "templates")
    manage: Words = [PYTHON, ROOT / "manage.py"]
    untyped = "def f(x):\n    return x\n"
    imports: Words = [BIN / "lint-imports", "--no-logo", "--no-cache"]
    return [
        Step("lint", [BIN / "ruff", "check", "."]),
        Step(
            "lint, planted fault",
            [BIN / "ruff", "check", "--stdin-filename", "territory/planted.py", "-"],
            planted="F401",
            stdin="import os\n",
        ),
        Step("format", [BIN / "ruff", "format", "--check", "."]),
        Step("types", [BIN / "mypy", "."]),
        Step(
            "types, planted fault",
            [BIN / "mypy", "-c", untyped],
            planted="no-untyped-def",
        ),
        Step("templates", [BIN / "djlint", "--lint", *templates]),
        Step(
            "templates, planted fault",
            [BIN / "djlint", "--lint", "-"],
            planted="H013",
            stdin='<img src="x">\n',
        ),
        Step("import contracts", imports),
        Step(
            "import contracts, planted fault",
            imports,
            planted="territory.planted -> indicators.models",
            cwd=copy,
        ),
        Step("migrations", [*manage, "makemigrations", "--check", "--dry-run"]),
        Step("triggers", [PYTHON, ROOT / "script" / "house" / "triggers.py"]),
        Step(
            "deployment settings",
            [*manage, "check", "--deploy", "--fail-level", "WARNING"],
            env=PRODUCTION,
        ),
    ]


def passes(step: Step, env: dict[str, str]) -> str:
    """Return "" when a step is as it should be, otherwise what was said."""
    done = subprocess.run(
        [str(word) for word in step.command],
        cwd=step.cwd,
        env={**env, **step.env},
        input=step.stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if step.planted is None:
        return "" if done.returncode == 0 else done.stdout or "no output"
    if done.returncode and step.planted in done.stdout:
        return ""
    return f"the planted fault ({step.planted}) was not seen:\n{done.stdout}"


def main() -> int:
    """Run every step, one line each, and repeat what failed at the end."""
    return with_test_services("script/check", _check)


def _check(env: dict[str, str]) -> int:
    env = {"SECRET_KEY": secrets.token_urlsafe(64), **env, "DEMO": "1"}
    failures: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        _copy_with_planted_import(copy)
        for step in steps(copy):
            if failure := passes(step, env):
                failures[step.name] = failure
            say(f"{'FAILED' if failure else 'ok    '}  {step.name}")
    for name, failure in failures.items():
        say(f"\n--- {name}\n{failure.rstrip()}")
    say(f"\nscript/check: {len(failures)} of {len(steps(ROOT))} steps failed.")
    return 1 if failures else 0


def _copy_with_planted_import(copy: Path) -> None:
    """The planted file must not lie in the clone, where others run meanwhile."""
    only_python = shutil.ignore_patterns("static", "templates", "data", "__pycache__")
    for room in ROOMS:
        shutil.copytree(ROOT / room, copy / room, ignore=only_python)
    shutil.copy(ROOT / "pyproject.toml", copy)
    planted = copy / "territory" / "planted.py"
    planted.write_text("from indicators import models\n\n__all__ = ['models']\n")
