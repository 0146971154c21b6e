"""What a benchmark is and what it gives: a registry and plain figures.

A module of benchmarks registers functions; each yields figures as it finishes them:

    @benchmark("page.home.vs_empty", "page.home.queries")
    def home_page(work: Workplace) -> Iterator[Figure]:
        ...

The module is named in MODULES, so that it is imported after Django is set up.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

MODULES: Final = (
    "bench.place",
    "bench.alert_loads",
    "bench.alert_growth",
    "bench.pages",
    "bench.tiles",
    "bench.scale",
    "bench.workbooks",
    "bench.api",
    "bench.grid",
    # Last: what it needs is heavy, and the rest must not wait for it.
    "bench.lighthouse",
)
ROUNDS: Final = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured share, count or duration, with what it is measured against.

    `value` is what the goal judges: with a peer it is the ratio. `measured` and
    `beside` say in words what stood on either side, "" when there is no peer. `goal`
    is ">= number" or "<= number".
    """

    name: str
    value: float
    unit: str
    baseline: str
    goal: str
    measured: str = ""
    beside: str = ""

    @property
    def ok(self) -> bool:
        """Return whether the goal is met."""
        sign, limit = self.goal.split()
        if sign not in (">=", "<="):
            raise ValueError(f"goal {self.goal!r}")
        return (
            self.value >= float(limit) if sign == ">=" else self.value <= float(limit)
        )

    def as_json(self) -> dict[str, Any]:
        """Return the six members of a `--json` line."""
        return {
            "name": self.name,
            "value": float(f"{self.value:.4g}"),
            "unit": self.unit,
            "baseline": self.baseline,
            "goal": self.goal,
            "ok": self.ok,
        }


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a benchmark works: a folder that is removed after the run."""

    folder: Path


Benchmark = Callable[[Workplace], Iterator[Figure]]


@dataclass(frozen=True, slots=True)
class Registered:
    """A benchmark and the names of all figures it yields."""

    names: tuple[str, ...]
    run: Benchmark


REGISTRY: Final[list[Registered]] = []


def benchmark(*names: str) -> Callable[[Benchmark], Benchmark]:
    """Register a benchmark under the names of its figures.

    Raises:
        ValueError: a name is taken.
    """
    taken = {name for registered in REGISTRY for name in registered.names}
    if twice := taken.intersection(names):
        raise ValueError(f"registered twice: {sorted(twice)}")

    def register(run: Benchmark) -> Benchmark:
        REGISTRY.append(Registered(names, run))
        return run

    return register


def chosen(prefixes: Sequence[str]) -> list[Registered]:
    """Return the benchmarks with a figure under one of the prefixes; all without."""
    return [
        registered
        for registered in REGISTRY
        if any(wanted(name, prefixes) for name in registered.names)
    ]


def wanted(name: str, prefixes: Sequence[str]) -> bool:
    """Return whether a name starts with one of the prefixes, or there are none."""
    return not prefixes or name.startswith(tuple(prefixes))


def seconds(work: Callable[[], object]) -> float:
    """Return how long one call takes, in seconds of wall clock."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def side_by_side(
    *measures: Callable[[], float], rounds: int = ROUNDS
) -> tuple[float, ...]:
    """Return the median of each measure, taken in turns after one warm-up round.

    In turns, so that a busy spell of the machine falls on both sides.
    """
    for measure in measures:
        measure()
    taken = [[measure() for measure in measures] for _ in range(rounds)]
    return tuple(statistics.median(column) for column in zip(*taken, strict=True))
