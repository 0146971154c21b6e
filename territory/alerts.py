"""The only writer of forest alerts: compared in numpy, copied in binary.

What is known is read as words, new rows are told apart from known ones before the
database sees them, and only new rows are copied, straight into their year's table:
measured twice as fast as a staging table with INSERT … ON CONFLICT, which compares
row by row. A year that has no table yet gets one that is filled first and indexed
afterwards. Comparing outside the database is safe because one transaction at a time
writes a source, which an advisory lock ensures.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from django.db import connection

from territory import alert_words as aw
from territory.alert_changes import Change, Written
from territory.alert_sources import Source
from territory.alert_totals import add_to_totals
from territory.alert_words import Alerts
from territory.binary_copy import PIECE_BYTES, RowReader, postgres_days, read_columns
from territory.models import AlertSource
from territory.pyramid import add_to_pyramid

_COLUMNS = (
    "pixel, district_id, alert_date, first_load_id, source, confidence, zone_set_id"
)
# Known rows are read in sequence when they are at most this many times the batch:
# cheaper than looking each up, and memory stays bounded by the batch.
_READ_ALL_BELOW = 1.25
# Rows that are read at once when all are.
_ROWS_PER_PIECE: Final = 500_000
_KNOWN = """
SELECT string_agg(int8send(
           (a.pixel << 16) | ((a.alert_date - DATE '2015-01-01')::bigint << 2)
           | (a.confidence - 1)), ''),
       string_agg(int8send((CASE WHEN a.gone_load_id IS NULL THEN 1 ELSE -1 END)
                           * ((a.district_id << 32) | a.zone_set_id)), '')
FROM territory_forestalert a
"""


@dataclass(frozen=True, slots=True)
class Window:
    """All a source has for some districts from `start` up to, not including, `end`.

    Only what was asked for in full can show what the source took back.
    """

    start: date
    end: date
    district_ids: frozenset[int]


class TooManyMissing(Exception):
    """A source no longer sends a large part of what it had; a person must look."""

    def __init__(self, missing: int, known: int) -> None:
        super().__init__(missing, known)
        self.missing = missing
        self.known = known


def lock_source(source: Source) -> None:
    """Wait until no other transaction writes this source; hold it to the end.

    Nor do zones change meanwhile, which any number of sources may rely on at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared("
            "hashtextextended('forest_alerts:zones', 0))"
        )
    _lock(f"forest_alerts:{source.number}")


def lock_zones() -> None:
    """Wait until nobody writes alerts of any source; keep them out to the end."""
    _lock("forest_alerts:zones")


def write_alerts(
    *,
    source: Source,
    load_id: int,
    alerts: Alerts,
    window: Window | None = None,
    may_lose: Callable[[int, int], bool] | None = None,
) -> Written:
    """Return what changed after writing unique, sorted alerts of one source.

    Call it inside a transaction that called `lock_source`. Confidence only rises.
    With a window, known alerts that are not among these are marked as gone; without
    one nothing is. `load_id` is kept with every new or gone row.

    Raises:
        TooManyMissing: `may_lose(missing, known in the window)` said no; nothing was
            written by this call.
    """
    known = _known_in(source, window) if window else _known_among(source, alerts)
    change = _compared(source, known, alerts, window)
    missing = len(change.missing)
    if missing and may_lose and not may_lose(missing, change.known_in_window):
        raise TooManyMissing(missing, change.known_in_window)
    _add(source, load_id, change.added)
    _update(source, load_id, change)
    # Everything kept in step with the rows is brought up to date here.
    add_to_totals(source, came=change.came, went=change.went)
    add_to_pyramid(change)
    return change.written


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """Rows of the database, sorted by key."""

    alerts: Alerts
    is_gone: npt.NDArray[np.bool_]


def _compared(
    source: Source, known: _Known, alerts: Alerts, window: Window | None
) -> Change:
    before = known.alerts
    at = np.searchsorted(aw.keys(before.words), aw.keys(alerts.words))
    if len(before):
        at = np.minimum(at, len(before) - 1)
        found = aw.keys(before.words)[at] == aw.keys(alerts.words)
    else:
        found = np.zeros(len(alerts), dtype=bool)
    at = at[found]
    # What a known row was assigned to stays: it was in force when the row came.
    then = before.where(at)
    now = Alerts(alerts.words[found], then.assigned)
    was_gone = known.is_gone[at]
    rises = (now.words > then.words) & ~was_gone
    surest = Alerts(np.maximum(now.words, then.words), then.assigned)
    missing = np.zeros(len(before), dtype=bool)
    in_window = 0
    if window:
        asked = np.isin(before.district_ids, list(window.district_ids))
        asked &= ~known.is_gone
        in_window = int(asked.sum())
        asked[at] = False
        missing = asked
    written = Written(
        added=len(alerts) - len(at),
        raised=int(rises.sum()),
        returned=int(was_gone.sum()),
        lowered=int(((now.words < then.words) & ~was_gone).sum()),
        same=int(((now.words == then.words) & ~was_gone).sum()),
        missing=int(missing.sum()),
    )
    return Change(
        source=source,
        added=alerts.where(~found) if len(at) else alerts,
        raised_from=then.where(rises),
        raised_to=now.where(rises),
        returned=surest.where(was_gone),
        missing=before.where(missing),
        written=written,
        known_in_window=in_window,
    )


# --- Reading what is known ----------------------------------------------------


def _known_in(source: Source, window: Window) -> _Known:
    """Read the window in every district: a key is taken wherever it lies."""
    return _sorted(
        _read_known(
            "WHERE a.source = %s AND a.alert_date >= %s AND a.alert_date < %s",
            [source.number, window.start, window.end],
        )
    )


def _known_among(source: Source, alerts: Alerts) -> _Known:
    """Read what is known of these alerts, in the cheaper of two ways."""
    if not len(alerts):
        return _Known(alerts, np.zeros(0, dtype=bool))
    days = aw.days_of(alerts.words)
    first, last = days.min().item(), days.max().item()
    if _rows_about(first.year, last.year) <= _READ_ALL_BELOW * len(alerts):
        return _sorted(
            _read_known(
                "WHERE a.source = %s AND a.alert_date BETWEEN %s AND %s",
                [source.number, first, last],
            )
        )
    with connection.cursor() as cursor:
        _stage(
            cursor,
            "asked_alert",
            {
                "pixel bigint": aw.pixels_of(alerts.words),
                "day date": postgres_days(days),
            },
        )
        cursor.execute("ANALYZE asked_alert")
        # They are in the order of the key, so a page of its index is read once, from
        # memory after that. Taken for random reads, a whole year is read instead.
        cursor.execute("SET LOCAL random_page_cost = 1.1")
    found = [
        _read_known(
            "JOIN asked_alert s ON a.pixel = s.pixel AND a.alert_date = s.day"
            " WHERE a.source = %s AND a.alert_date BETWEEN %s AND %s"
            " AND s.day BETWEEN %s AND %s",
            [source.number, *year, *year],
        )
        for year in _years(days)
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL random_page_cost TO DEFAULT")
    return _sorted(aw.together(found))


def _years(days: aw.Days) -> list[tuple[date, date]]:
    """Return first and last day of each year among the days.

    A join on the date does not tell the planner which partitions to leave out, so
    each year is asked for on its own.
    """
    years = np.unique(days.astype("datetime64[Y]")).astype(np.int64) + 1970
    return [(date(year, 1, 1), date(year, 12, 31)) for year in years.tolist()]


def _sorted(found: Alerts) -> _Known:
    ordered = aw.in_order(found)
    # Below zero: taken back by the source.
    is_gone = ordered.assigned < 0
    return _Known(Alerts(ordered.words, np.abs(ordered.assigned)), is_gone)


def _read_known(where: str, parameters: list[Any]) -> Alerts:
    with connection.cursor() as cursor:
        asked = cursor.mogrify(_KNOWN + where, parameters).decode()
        words, assigned = read_columns(cursor, asked, ["i8", "i8"])
    # Native byte order; the sign bit of the database is the top bit of the word.
    native = words.astype(np.int64).view(np.uint64)
    return Alerts(native, assigned.astype(np.int64))


def _rows_about(first_year: int, last_year: int) -> int:
    """Return about how many rows the years hold, from the planner's statistics."""
    names = [_partition(year) for year in range(first_year, last_year + 1)]
    with connection.cursor() as cursor:
        # A table never analysed has -1; its pages tell, at some 120 rows each.
        cursor.execute(
            "SELECT coalesce(sum(greatest(reltuples,"
            " pg_relation_size(oid) / 8192 * 120)), 0)::bigint"
            " FROM pg_class WHERE relname = ANY(%s) AND relispartition",
            [names],
        )
        return int(cursor.fetchone()[0])


def read_pieces() -> Iterator[tuple[int, Alerts, npt.NDArray[np.bool_]]]:
    """Yield every stored row in pieces: source, alerts, whether each is gone.

    Pieces are of one year and some half a million rows; memory does not grow with
    the table.
    """
    with connection.cursor() as cursor:
        years = sorted(_partition_years(cursor))
    for year in years:
        after = -1
        while (last := _end_of_piece(year, after)) is not None:
            for source in AlertSource.values:
                found = _sorted(
                    _read_known(
                        "WHERE a.source = %s AND a.alert_date BETWEEN %s AND %s"
                        " AND a.pixel > %s AND a.pixel <= %s",
                        [source, date(year, 1, 1), date(year, 12, 31), after, last],
                    )
                )
                if len(found.alerts):
                    yield source, found.alerts, found.is_gone
            after = last


def _end_of_piece(year: int, after: int) -> int | None:
    """Return the last pixel of the year's next piece, None when none is left."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(pixel) FROM (SELECT pixel FROM territory_forestalert"
            " WHERE alert_date BETWEEN %s AND %s AND pixel > %s"
            " ORDER BY pixel LIMIT %s) piece",
            [date(year, 1, 1), date(year, 12, 31), after, _ROWS_PER_PIECE],
        )
        last: int | None = cursor.fetchone()[0]
    return last


# --- Writing ------------------------------------------------------------------


def _add(source: Source, load_id: int, added: Alerts) -> None:
    if not len(added):
        return
    years = _days(added, "datetime64[Y]").astype(np.int64) + 1970
    present = np.unique(years)
    with connection.cursor() as cursor:
        known_years = _partition_years(cursor)
        if not known_years.issuperset(present.tolist()):
            # Two sources may need the same new year at the same time.
            _lock("forest_alerts:partitions")
            known_years = _partition_years(cursor)
        for year in present.tolist():
            rows = added if len(present) == 1 else added.where(years == year)
            reader = RowReader(
                [
                    aw.pixels_of(rows.words),
                    rows.district_ids,
                    postgres_days(_days(rows)),
                    np.broadcast_to(np.int32(load_id), len(rows)),
                    np.broadcast_to(np.int16(source.number), len(rows)),
                    aw.confidences_of(rows.words),
                    rows.zone_set_ids.astype(np.int32),
                ]
            )
            if year in known_years:
                _copy_in(cursor, _partition(year), _COLUMNS, reader)
            else:
                _new_partition(cursor, year, reader)


def _new_partition(cursor: Any, year: int, reader: RowReader) -> None:
    """Fill a table, index it, then make it the year's partition.

    The check on the date lets the partition be attached without another scan.
    """
    name = _partition(year)
    bounds = f"'{year}-01-01') TO ('{year + 1}-01-01'"
    cursor.execute(
        f"CREATE TABLE {name} (LIKE territory_forestalert INCLUDING CONSTRAINTS,"
        f" CONSTRAINT in_year CHECK (alert_date >= '{year}-01-01'"
        f" AND alert_date < '{year + 1}-01-01'))"
    )
    _copy_in(cursor, name, _COLUMNS, reader, ", FREEZE")
    cursor.execute(f"ALTER TABLE {name} ADD PRIMARY KEY (pixel, alert_date, source)")
    cursor.execute(
        f"ALTER TABLE territory_forestalert ATTACH PARTITION {name}"
        f" FOR VALUES FROM ({bounds})"
    )
    cursor.execute(f"ALTER TABLE {name} DROP CONSTRAINT in_year")


_RISE: Final = """
UPDATE territory_forestalert a SET confidence = s.confidence, gone_load_id = NULL
FROM changed_alert s
WHERE a.pixel = s.pixel AND a.alert_date = s.day AND a.source = %s
      AND a.alert_date BETWEEN %s AND %s AND s.day BETWEEN %s AND %s
"""
_MARK_GONE: Final = """
UPDATE territory_forestalert a SET gone_load_id = %s
FROM changed_alert s
WHERE a.pixel = s.pixel AND a.alert_date = s.day AND a.source = %s
      AND a.alert_date BETWEEN %s AND %s AND s.day BETWEEN %s AND %s
"""


def _update(source: Source, load_id: int, change: Change) -> None:
    surer = np.concatenate([change.raised_to.words, change.returned.words])
    _update_rows(_RISE, [source.number], surer)
    _update_rows(_MARK_GONE, [load_id, source.number], change.missing.words)


_MOVE: Final = """
UPDATE territory_forestalert a SET zone_set_id = s.zone_set_id
FROM changed_alert s
WHERE a.pixel = s.pixel AND a.alert_date = s.day AND a.source = %s
      AND a.alert_date BETWEEN %s AND %s AND s.day BETWEEN %s AND %s
"""


def write_zone_sets(source: Source, alerts: Alerts) -> None:
    """Write the zone sets of stored alerts, which must exist; totals are not touched.

    For territory/zones.py, in a transaction that called `lock_zones`.
    """
    _update_rows(_MOVE, [source.number], alerts.words, alerts.zone_set_ids)


def _update_rows(
    statement: str,
    parameters: list[int],
    words: aw.Words,
    zone_set_ids: npt.NDArray[np.int64] | None = None,
) -> None:
    if not len(words):
        return
    columns: dict[str, npt.NDArray[Any]] = {
        "pixel bigint": aw.pixels_of(words),
        "day date": postgres_days(aw.days_of(words)),
        "confidence smallint": aw.confidences_of(words),
    }
    if zone_set_ids is not None:
        columns["zone_set_id int"] = zone_set_ids.astype(np.int32)
    days = aw.days_of(words)
    with connection.cursor() as cursor:
        _stage(cursor, "changed_alert", columns)
        cursor.execute("ANALYZE changed_alert")
        for year in _years(days):
            cursor.execute(statement, [*parameters, *year, *year])


# --- Pieces -------------------------------------------------------------------


def _days(alerts: Alerts, unit: str = "datetime64[D]") -> npt.NDArray[np.datetime64]:
    return aw.days_of(alerts.words).astype(unit)


def _partition(year: int) -> str:
    return f"territory_forestalert_{int(year)}"


def _partition_years(cursor: Any) -> set[int]:
    cursor.execute(
        "SELECT right(inhrelid::regclass::text, 4)::int FROM pg_inherits"
        " WHERE inhparent = 'territory_forestalert'::regclass"
    )
    return {year for (year,) in cursor.fetchall()}


def _stage(cursor: Any, name: str, columns: dict[str, npt.NDArray[Any]]) -> None:
    """Copy columns into a temporary table of this transaction, replacing it."""
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
    cursor.execute(
        f"CREATE TEMPORARY TABLE {name} ({', '.join(columns)}) ON COMMIT DROP"
    )
    _copy_in(
        cursor,
        name,
        ", ".join(column.split()[0] for column in columns),
        RowReader(list(columns.values())),
    )


def _copy_in(
    cursor: Any, table: str, columns: str, reader: RowReader, options: str = ""
) -> None:
    cursor.copy_expert(
        f"COPY {table} ({columns}) FROM STDIN (FORMAT binary{options})",
        reader,
        size=PIECE_BYTES,
    )


def _lock(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
