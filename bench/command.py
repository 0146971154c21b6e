"""The command line of script/bench."""

import argparse
import importlib
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from bench import figures
from bench.database import own_database
from bench.figures import Figure, Workplace

_WIDTHS = (32, 10, 5, 22, 22, 9, 3)
_HEADS = ("name", "value", "unit", "measured", "beside", "goal", "ok")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen benchmarks; return 0 when all ran, whatever the figures."""
    parser = argparse.ArgumentParser(
        prog="script/bench",
        description="Measures shares of limits and peers, side by side.",
    )
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("prefix", nargs="*", help="beginnings of names; all without")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="tocache-bench-") as folder:
        os.environ["TOCACHE_VAR"] = folder
        os.environ.setdefault("SECRET_KEY", "only-for-the-benchmarks")
        os.environ["DJANGO_SETTINGS_MODULE"] = "tocache.settings"
        with own_database() as empty:
            return _run(chosen.prefix, Path(folder), empty, as_json=chosen.json)


def _run(prefixes: Sequence[str], folder: Path, empty: str, *, as_json: bool) -> int:
    """Run each benchmark in a migrated database of its own; one that fails is told."""
    import django

    django.setup()
    for module in figures.MODULES:
        importlib.import_module(module)
    selected = figures.chosen(prefixes)
    if not selected:
        sys.stderr.write(f"no benchmark begins with: {', '.join(prefixes)}\n")
        return 2
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _connect_to(empty)
    if not as_json:
        _say(_row(_HEADS))
    failed = 0
    for registered in selected:
        with own_database(like=empty) as name:
            _connect_to(name)
            try:
                for figure in registered.run(Workplace(folder)):
                    if figures.wanted(figure.name, prefixes):
                        _say(json.dumps(figure.as_json()) if as_json else _line(figure))
            except Exception:
                failed = 1
                traceback.print_exc()
                sys.stderr.write(f"failed: {', '.join(registered.names)}\n")
            finally:
                _connect_to(empty)
    return failed


def _connect_to(name: str) -> None:
    """Let this process's next query go to another database."""
    from django.db import connections

    connections.close_all()
    connections["default"].settings_dict["NAME"] = name


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _line(figure: Figure) -> str:
    return _row(
        (
            figure.name,
            f"{figure.value:,.4g}" if figure.value < 1000 else f"{figure.value:,.0f}",
            figure.unit,
            figure.measured,
            figure.beside,
            figure.goal,
            "yes" if figure.ok else "NO",
        )
    )


def _row(cells: Sequence[str]) -> str:
    padded = (f"{cell:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))
    return " ".join(padded).rstrip()
