"""Loading a million alerts, against bare COPY and against Django's bulk_create.

Each measured load is the product's own, from the file on disk to the published load:
hashed, kept, read, checked, district found, compared, written, summarised.
"""

import shutil
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from bench import made_up
from bench.figures import ROUNDS, Figure, Workplace, benchmark, seconds
from bench.peer import load_with_bulk_create
from indicators.loaders.alerts import load_alert_file
from indicators.models import Load, SourceFile
from territory.models import AlertCell, AlertDay, AlertMonth

ROWS = 1_000_000
_PEER_LOAD = 2_000_000_000
# The peer is measured on a tenth: it would take minutes.
PEER_ROWS = ROWS // 10
# Of a file loaded into a table in use, this share is known already.
SHARE_KNOWN = 0.1


@dataclass(frozen=True, slots=True)
class Files:
    """The first file, its rows in another order, a second file, and a peer's tenth."""

    first: Path
    shuffled: Path
    second: Path
    tenth: Path


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds of each step of one round."""

    copy: float
    first: float
    reload: float
    same_bytes: float
    in_use: float


@benchmark(
    "load.alerts.first_vs_copy",
    "load.alerts.vs_copy",
    "load.alerts.reload",
    "load.alerts.reload_same_bytes",
    "load.alerts.vs_bulk_create",
)
def alert_loads(work: Workplace) -> Iterator[Figure]:
    """A first load, the same again, a second file; each beside a bare COPY."""
    made_up.store_districts()
    files = _write_files(work.folder)
    _round(files)
    rounds = [_round(files) for _ in range(ROUNDS)]
    copy_s, first_s, reload_s, same_s, in_use_s = (
        statistics.median(getattr(timed, name) for timed in rounds)
        for name in ("copy", "first", "reload", "same_bytes", "in_use")
    )
    for name, own_s, goal in (
        ("load.alerts.first_vs_copy", first_s, ">= 0.22"),
        ("load.alerts.vs_copy", in_use_s, ">= 0.12"),
    ):
        yield Figure(
            name=name,
            value=copy_s / own_s,
            unit="",
            baseline="bare COPY of the same CSV",
            goal=goal,
            measured=_rate(ROWS / own_s),
            beside=_rate(ROWS / copy_s),
        )
    for name, own_s, goal in (
        ("load.alerts.reload", reload_s, "<= 0.6"),
        ("load.alerts.reload_same_bytes", same_s, "<= 0.02"),
    ):
        yield Figure(
            name=name,
            value=own_s / first_s,
            unit="",
            baseline="first load",
            goal=goal,
            measured=f"{own_s:.3f} s",
            beside=f"{first_s:.3f} s",
        )
    peer_s = statistics.median(_peer(files) for _ in range(ROUNDS))
    yield Figure(
        name="load.alerts.vs_bulk_create",
        value=(ROWS / in_use_s) / (PEER_ROWS / peer_s),
        unit="",
        baseline="the same work with bulk_create(ignore_conflicts), a tenth",
        goal=">= 16",
        measured=_rate(ROWS / in_use_s),
        beside=_rate(PEER_ROWS / peer_s),
    )


def forget_everything() -> None:
    """Empty the alerts, all counted from them, loads and kept files.

    No partition is kept, nor a dead row: each round starts as the first one did.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'territory_forestalert'::regclass"
        )
        for (partition,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {partition}")
        for model in (AlertDay, AlertMonth, AlertCell):
            cursor.execute(f"TRUNCATE {model._meta.db_table}")
    Load.objects.all().delete()
    SourceFile.objects.all().delete()
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


def load_file(path: Path, *, state: str = Load.State.PUBLISHED) -> None:
    """Load a file through the product's pipeline.

    Raises:
        AssertionError: it did not end in the state a figure is about.
    """
    load = load_alert_file(path=path, trigger=Load.Trigger.COMMAND)
    if load.state != state:
        raise AssertionError(f"{path.name}: {load.state} {load.reason}")


def _write_files(folder: Path) -> Files:
    files = Files(
        *(folder / f"{name}.csv" for name in ("first", "shuffled", "second", "tenth"))
    )
    made_up.write_csv(files.first, ROWS, seed=1)
    made_up.write_shuffled(files.first, files.shuffled, seed=2)
    fresh = folder / "fresh.csv"
    made_up.write_csv(fresh, ROWS, seed=3)
    made_up.write_mixed(files.second, files.first, fresh, share_known=SHARE_KNOWN)
    made_up.write_csv(files.tenth, PEER_ROWS, seed=4)
    return files


def _round(files: Files) -> Timed:
    forget_everything()
    copies = [_bare_copy(files.first)]
    first_s = seconds(lambda: load_file(files.first))
    reload_s = seconds(lambda: load_file(files.shuffled))
    same_s = seconds(lambda: load_file(files.shuffled, state=Load.State.UNCHANGED))
    copies.append(_bare_copy(files.second))
    in_use_s = seconds(lambda: load_file(files.second))
    return Timed(statistics.mean(copies), first_s, reload_s, same_s, in_use_s)


def _bare_copy(path: Path) -> float:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_bare")
        cursor.execute(
            "CREATE UNLOGGED TABLE bench_bare"
            " (longitude float8, latitude float8, day date, confidence text)"
        )
        with path.open("rb") as file:
            return seconds(
                lambda: cursor.copy_expert(
                    "COPY bench_bare FROM STDIN (FORMAT csv, HEADER)", file, 1 << 20
                )
            )


def _peer(files: Files) -> float:
    """Return the peer's seconds for a tenth, into the table the last round left."""
    with connection.cursor() as cursor:
        spent = seconds(lambda: load_with_bulk_create(files.tenth, load_id=_PEER_LOAD))
        cursor.execute(
            "DELETE FROM territory_forestalert WHERE first_load_id = %s", [_PEER_LOAD]
        )
        if cursor.rowcount < PEER_ROWS * 0.9:
            raise AssertionError("the peer did not write its rows")
        cursor.execute("VACUUM territory_forestalert")
    return spent


def _rate(rows_per_s: float) -> str:
    return f"{rows_per_s:,.0f} rows/s"
