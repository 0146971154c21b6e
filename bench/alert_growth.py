"""What grows with the history and what must not: memory, and a small batch."""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from django.db import connection

from bench import made_up
from bench.alert_loads import forget_everything, load_file
from bench.figures import ROUNDS, Figure, Workplace, benchmark, seconds

SMALL_HISTORY = 100_000
LARGE_HISTORY = 10_000_000
BATCH = 10_000
_BATCH_DAYS = 30
_YEARS = 10
_FIRST_YEAR = 2016


@benchmark(
    "load.memory_mb",
    "load.memory_mb.10m",
    "load.alerts.increment",
    "load.alerts.increment_grows",
)
def growth(work: Workplace) -> Iterator[Figure]:
    """Load 1 M and 10 M rows in a worker, then small batches into 100 k and 10 M."""
    made_up.store_districts()
    forget_everything()
    small = _written(work.folder / "small.csv", SMALL_HISTORY, seed=10)
    load_file(small)
    into_small_s = _increments(work.folder, seed=100)
    forget_everything()
    one_mb = _worker_mb(work.folder, 1_000_000, seed=11)
    yield _memory_figure("load.memory_mb", one_mb, "1 M rows")
    forget_everything()
    ten_mb = _worker_mb(work.folder, LARGE_HISTORY, seed=12)
    yield _memory_figure("load.memory_mb.10m", ten_mb, "10 M rows")
    into_large_s = _increments(work.folder, seed=200)
    yield Figure(
        name="load.alerts.increment",
        value=into_large_s,
        unit="s",
        baseline=f"10,000 new rows of the last {_BATCH_DAYS} days, into 10 M rows",
        goal="<= 0.25",
    )
    yield Figure(
        name="load.alerts.increment_grows",
        value=into_large_s / into_small_s,
        unit="",
        baseline="the same batch into 100 k",
        goal="<= 1.3",
        measured=f"{into_large_s:.3f} s",
        beside=f"{into_small_s:.3f} s",
    )


def _memory_figure(name: str, value_mb: float, what: str) -> Figure:
    return Figure(
        name=name,
        value=value_mb,
        unit="MB",
        baseline=f"idle worker; {what} in one file",
        goal="<= 450",
    )


def _worker_mb(folder: Path, rows: int, *, seed: int) -> float:
    warm_up = _written(folder / "warm_up.csv", 1000, seed=seed + 1)
    path = _written(folder / "large.csv", rows, seed=seed)
    ran = subprocess.run(
        [sys.executable, "-m", "bench.worker_memory", str(warm_up), str(path)],
        env={**os.environ},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    path.unlink()
    return float(ran.stdout)


def _increments(folder: Path, *, seed: int) -> float:
    """Return the median seconds of batches of new rows, after one warm-up."""
    _settle()
    # As a day's load brings them: a source adds to the days of the last weeks.
    batches = [folder / f"batch{number}.csv" for number in range(ROUNDS + 1)]
    for number, batch in enumerate(batches):
        made_up.write_csv(
            batch,
            BATCH,
            seed=seed + number,
            first_year=_FIRST_YEAR,
            years=_YEARS,
            last_days=_BATCH_DAYS,
        )
    spent = [seconds(partial(load_file, batch)) for batch in batches]
    return statistics.median(spent[1:])


def _settle() -> None:
    """Do what the database does by itself within minutes after a large load."""
    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM ANALYZE territory_forestalert, territory_alertday,"
            " territory_alertmonth, territory_alertcell"
        )
        cursor.execute("CHECKPOINT")


def _written(path: Path, rows: int, *, seed: int) -> Path:
    made_up.write_csv(path, rows, seed=seed, first_year=_FIRST_YEAR, years=_YEARS)
    return path
