"""The command line of script/bench."""

import argparse
import importlib
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import figures
from bench.database import own_database
from bench.figures import Figure, Workplace

_WIDTHS = (32, 10, 5, 22, 22, 9, 3)
_HEADS = ("name", "value", "unit", "measured", "beside", "goal", "ok")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen benchmarks; return 0 when they ran, whatever the figures."""
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
        with own_database():
            return _run(chosen.prefix, Path(folder), as_json=chosen.json)


def _run(prefixes: Sequence[str], folder: Path, *, as_json: bool) -> int:
    import django

    django.setup()
    for module in figures.MODULES:
        importlib.import_module(module)
    selected = figures.chosen(prefixes)
    if not selected:
        sys.stderr.write(f"no benchmark begins with: {', '.join(prefixes)}\n")
        return 2
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0)
    if not as_json:
        _say(_row(_HEADS))
    try:
        for registered in selected:
            for figure in registered.run(Workplace(folder)):
                if figures.wanted(figure.name, prefixes):
                    _say(json.dumps(figure.as_json()) if as_json else _line(figure))
    finally:
        connections.close_all()
    return 0


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
