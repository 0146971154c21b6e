"""Alerts counted in squares of five sizes, so that a map tile never reads alerts.

A square of level L is one cell of the web-Mercator world cut into 2^L by 2^L. Each
has one row a calendar year, and the rows lie year by year: a batch touches its own
year and costs the same whatever lies before it, and a tile of some years reads no
others, at most 4,096 rows a year. A row has the year's
alerts by month and confidence, packed into one array of 31-bit numbers (10 bits months
since 2015-01, 2 bits confidence less one, 19 bits alerts). Everything in it is added
and taken away exactly; nothing depends on the order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from django.db import connection, transaction

from territory import alert_words as aw
from territory import pixels
from territory.alert_changes import Change
from territory.alert_words import Words
from territory.binary_copy import PIECE_BYTES, RowReader, read_columns

COARSEST: Final = 13
FINEST: Final = 17
FIRST_YEAR: Final = 2015
COUNT_BITS: Final = 19
MOST_IN_BIN: Final = (1 << COUNT_BITS) - 1
# One bit and the Morton code of the finest level.
SQUARE_BITS: Final = 2 * FINEST + 1
_BIN_BITS: Final = 12
# What is known of a batch's squares may be ten times the batch: read in pieces, memory
# does not grow with what was there.
_SQUARES_AT_ONCE: Final = 20_000

Ints = npt.NDArray[np.int64]


def month_number(day: date) -> int:
    """Return the month of a day, counted from January 2015 (0)."""
    return (day.year - FIRST_YEAR) * 12 + day.month - 1


def square_range(level: int, first: int, after: int) -> tuple[int, int]:
    """Return the numbers of a level's cells from `first` to `after` as squares.

    Half open, as are the cells. A row's number is years since 2015, then the square.
    """
    top = 1 << (2 * level)
    return top | first, (top | (after - 1)) + 1


def add_to_pyramid(change: Change) -> None:
    """Count what a batch changed in every square it lies in.

    Call it in the transaction that writes the rows, as its last write: it holds a
    lock on the source's squares to the end.

    Raises:
        ValueError: more is taken out than is in, or one square's month has more than
            half a million alerts of one confidence; the transaction must not go on.
    """
    came, went = change.came.words, change.went.words
    if not (len(came) or len(went)):
        return
    words = np.concatenate([came, went]) if len(went) else came
    signs = np.ones(len(words), dtype=np.int64)
    signs[len(came) :] = -1
    with connection.cursor() as cursor:
        _lock(cursor, change.source.number)
        _count(cursor, change.source.number, words, signs)


def rebuild_pyramid(source_number: int) -> int:
    """Return how many alerts were counted anew from the rows of a source.

    All or nothing; memory is bounded by the alerts of one year.
    """
    counted = 0
    with transaction.atomic(), connection.cursor() as cursor:
        _lock(cursor, source_number)
        cursor.execute(
            "DELETE FROM territory_alertcell WHERE source = %s", [source_number]
        )
        for words in _counted_words(cursor, source_number):
            _count(cursor, source_number, words, np.ones(len(words), dtype=np.int64))
            counted += len(words)
    return counted


def _lock(cursor: Any, source_number: int) -> None:
    cursor.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
        [f"alert_cells:{source_number}"],
    )


def _count(cursor: Any, source_number: int, words: Words, signs: Ints) -> None:
    years = aw.days_of(words).astype("datetime64[Y]").astype(np.int16)
    # Rows lie year by year, and five levels of one year fit in memory with ease.
    for year in np.unique(years):
        mine = years == year
        for delta in _Squares.of(words[mine], signs[mine]).pieces(_SQUARES_AT_ONCE):
            known = _take_out_known(cursor, source_number, delta.squares)
            _put_in(cursor, source_number, known.plus(delta) if known else delta)


def _counted_words(cursor: Any, source_number: int) -> Iterator[Words]:
    cursor.execute(
        "SELECT extract(year FROM min(alert_date))::int,"
        " extract(year FROM max(alert_date))::int"
        " FROM territory_forestalert WHERE source = %s",
        [source_number],
    )
    first, last = cursor.fetchone()
    for year in range(first, last + 1) if first else ():
        bounds = [date(year, 1, 1), date(year + 1, 1, 1)]
        asked = cursor.mogrify(_WORDS, [source_number, *bounds]).decode()
        (column,) = read_columns(cursor, asked, ["i8"])
        if len(column):
            yield np.sort(column.astype(np.int64).view(np.uint64))


_WORDS: Final = """
SELECT string_agg(int8send((pixel << 16)
           | ((alert_date - DATE '2015-01-01')::bigint << 2) | (confidence - 1)), '')
FROM territory_forestalert
WHERE source = %s AND alert_date >= %s AND alert_date < %s AND gone_load_id IS NULL
"""


# --- Squares in memory --------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Squares:
    """Bins of squares in order: a key is year, square, month and confidence in one.

    A square's number is one, then the bits of its Morton code; with the year before
    it, it is the number of a row.
    """

    keys: Ints
    counts: Ints

    @property
    def squares(self) -> Ints:
        """Return the numbers of the distinct squares and years, in order."""
        rows = self.keys >> _BIN_BITS
        return rows[np.flatnonzero(np.append(True, rows[1:] != rows[:-1]))]

    @classmethod
    def of(cls, words: Words, signs: Ints) -> Self:
        """Return the squares of all levels in which alerts lie."""
        months = aw.days_of(words).astype("datetime64[M]").astype(np.int64)
        months -= (FIRST_YEAR - 1970) * 12
        bins = (months << 2) | (words & np.uint64(3)).view(np.int64)
        years = months // 12 << SQUARE_BITS
        squares = aw.pixels_of(words) >> 2 * (pixels.ZOOM - FINEST)
        squares |= 1 << (2 * FINEST)
        levels = [_summed(((years | squares) << _BIN_BITS) | bins, signs)]
        for _ in range(FINEST - COARSEST):
            levels.insert(0, _summed(_parents(levels[0][0]), levels[0][1]))
        return cls(*_summed(*map(np.concatenate, zip(*levels, strict=True))))

    def pieces(self, squares: int) -> Iterator[Self]:
        """Yield the squares in order, so many at once, none of them cut."""
        rows = self.keys >> _BIN_BITS
        starts = np.searchsorted(rows, self.squares[::squares])
        for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
            yield type(self)(self.keys[start:end], self.counts[start:end])

    def plus(self, other: Self) -> Self:
        """Return both together; bins of zero are kept."""
        return type(self)(
            *_summed(
                np.concatenate([self.keys, other.keys]),
                np.concatenate([self.counts, other.counts]),
            )
        )


_SQUARE: Final = ((1 << SQUARE_BITS) - 1) << _BIN_BITS


def _parents(keys: Ints) -> Ints:
    """Return the same bins in the squares one level up: two bits less each."""
    squares = keys & _SQUARE
    bins = keys & ((1 << _BIN_BITS) - 1)
    return (
        (keys & ~(_SQUARE | ((1 << _BIN_BITS) - 1)))
        | (squares >> (_BIN_BITS + 2) << _BIN_BITS)
        | bins
    )


def _summed(keys: Ints, amounts: Ints) -> tuple[Ints, Ints]:
    """Return the distinct keys in order, each with the sum of its amounts."""
    if (keys[1:] < keys[:-1]).any():
        # Mostly in order already, which a stable sort makes use of.
        order = np.argsort(keys, kind="stable")
        keys, amounts = keys[order], amounts[order]
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    return keys[starts], np.add.reduceat(amounts, starts)


# --- Squares in the database --------------------------------------------------


def _take_out_known(cursor: Any, source_number: int, squares: Ints) -> _Squares | None:
    """Return those of the squares that have a row, and delete those rows."""
    cursor.execute(
        "SELECT EXISTS (SELECT FROM territory_alertcell WHERE source = %s)",
        [source_number],
    )
    if not cursor.fetchone()[0]:
        return None
    cursor.execute("DROP TABLE IF EXISTS pg_temp.asked_cell")
    cursor.execute(
        "CREATE TEMPORARY TABLE asked_cell (year_square bigint) ON COMMIT DROP"
    )
    cursor.copy_expert(
        "COPY asked_cell FROM STDIN (FORMAT binary)",
        RowReader([squares]),
        size=PIECE_BYTES,
    )
    cursor.execute("ANALYZE asked_cell")
    # They lie side by side: their range in the index is read, not the table.
    among = [source_number, int(squares[0]), int(squares[-1])]
    # Read and delete apart: COPY reads no statement that changes rows.
    known = _read(cursor, among)
    cursor.execute(
        "DELETE FROM territory_alertcell c USING asked_cell a"
        " WHERE c.source = %s AND c.year_square BETWEEN %s AND %s"
        " AND c.year_square = a.year_square",
        among,
    )
    return known


_READ: Final = """
SELECT string_agg(int8send(c.year_square), ''),
       string_agg(int4send(cardinality(c.bins)), ''),
       string_agg(array_send(c.bins), '')
FROM territory_alertcell c JOIN asked_cell a USING (year_square)
WHERE c.source = %s AND c.year_square BETWEEN %s AND %s
"""
# PostgreSQL sends an array as five numbers of four bytes, then each element as its
# length and itself: src/backend/utils/adt/arrayfuncs.c, array_send.
_ARRAY_HEAD: Final = 5


def _read(cursor: Any, among: list[int]) -> _Squares | None:
    asked = cursor.mogrify(_READ, among).decode()
    rows, sizes, arrays = (
        column.astype(np.int64)
        for column in read_columns(cursor, asked, ["i8", "i4", "i4"])
    )
    if not len(rows):
        return None
    starts = np.cumsum(sizes * 2 + _ARRAY_HEAD) - sizes * 2
    bins = arrays[_positions(starts + 1, sizes, step=2)]
    keys = (np.repeat(rows, sizes) << _BIN_BITS) | (bins >> COUNT_BITS)
    return _Squares(*_summed(keys, bins & MOST_IN_BIN))


def _positions(starts: Ints, sizes: Ints, *, step: int) -> Ints:
    """Return start, start + step, … of each row, as many as `sizes` says."""
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    positions: Ints = np.repeat(starts, sizes) + within * step
    return positions


def _put_in(cursor: Any, source_number: int, squares: _Squares) -> None:
    if (squares.counts < 0).any() or (squares.counts > MOST_IN_BIN).any():
        raise ValueError("the squares of the map do not agree with the alerts")
    there = squares.counts > 0
    keys, counts = squares.keys[there], squares.counts[there]
    if not len(keys):
        return
    numbers, alerts = _summed(keys >> _BIN_BITS, counts)
    _, sizes = _summed(keys >> _BIN_BITS, np.ones_like(counts))
    firsts = np.cumsum(sizes) - sizes
    rows = _Rows(
        source_number=source_number,
        year_squares=numbers,
        alerts=alerts,
        confidences=np.maximum.reduceat((keys & 3) + 1, firsts),
        sizes=sizes,
        bins=((keys & ((1 << _BIN_BITS) - 1)) << COUNT_BITS) | counts,
    )
    cursor.copy_expert(
        "COPY territory_alertcell (source, year_square, alerts, confidence, bins)"
        " FROM STDIN (FORMAT binary)",
        rows,
        size=PIECE_BYTES * 4,
    )


# The head of a row up to the array's elements, in the bytes of COPY; its length is a
# multiple of eight, and so is an element's: all rows are one array of long numbers.
_HEAD: Final = np.dtype(
    [
        ("fields", ">i2"),
        *(("source_size", ">i4"), ("source", ">i2")),
        *(("year_square_size", ">i4"), ("year_square", ">i8")),
        *(("alerts_size", ">i4"), ("alerts", ">i8")),
        *(("confidence_size", ">i4"), ("confidence", ">i4")),
        *(("bins_size", ">i4"), ("dimensions", ">i4"), ("nulls", ">i4")),
        *(("kind", ">i4"), ("length", ">i4"), ("lowest", ">i4")),
    ]
)
_INT4_OID: Final = 23
_ROWS_AT_ONCE: Final = 1 << 15


class _Rows:
    """A file to COPY from: squares with their bins, piece by piece."""

    def __init__(
        self, *, source_number: int, sizes: Ints, bins: Ints, **columns: Ints
    ) -> None:
        self._pieces = self._made(source_number, sizes, bins, columns)

    def read(self, _size: int = -1) -> bytes:
        """Return the next piece; b"" at the end."""
        return next(self._pieces, b"")

    def _made(
        self, source: int, sizes: Ints, bins: Ints, columns: dict[str, Ints]
    ) -> Iterator[bytes]:
        yield b"PGCOPY\n\xff\r\n\0" + bytes(8)
        ends = np.cumsum(sizes)
        for start in range(0, len(sizes), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            mine = bins[ends[start] - sizes[start] : ends[part][-1]]
            yield _piece(
                source, sizes[part], mine, *(c[part] for c in columns.values())
            )
        yield b"\xff\xff"


def _piece(
    source: int,
    sizes: Ints,
    bins: Ints,
    year_squares: Ints,
    alerts: Ints,
    confidences: Ints,
) -> bytes:
    heads = np.zeros(len(sizes), dtype=_HEAD)
    for name in ("source", "year_square", "alerts", "confidence"):
        heads[f"{name}_size"] = _HEAD[name].itemsize
    heads["fields"], heads["source"] = 5, source
    heads["year_square"] = year_squares
    heads["alerts"], heads["confidence"] = alerts, confidences
    heads["bins_size"] = 20 + 8 * sizes
    heads["dimensions"], heads["kind"], heads["lowest"] = 1, _INT4_OID, 1
    heads["length"] = sizes
    width = _HEAD.itemsize // 8
    starts = np.cumsum(sizes + width) - sizes - width
    words = np.empty(len(sizes) * width + len(bins), dtype=">u8")
    words[(starts[:, None] + np.arange(width)).ravel()] = heads.view(">u8")
    words[_positions(starts + width, sizes, step=1)] = (4 << 32) | bins
    return words.tobytes()
