"""Alerts counted in squares of five sizes, so that a map tile never reads alerts.

A square of level L is one cell of the web-Mercator world cut into 2^L by 2^L. Each
has its alerts by month and confidence, packed into one array of 31-bit numbers
(10 bits months since 2015-01, 2 bits confidence less one, 19 bits alerts): one row a
square, however many months there are, so that a tile reads at most 4,096 rows.
Everything in it is added and taken away exactly; nothing depends on the order.
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
_BIN_BITS: Final = 12

Ints = npt.NDArray[np.int64]


def month_number(day: date) -> int:
    """Return the month of a day, counted from January 2015 (0)."""
    return (day.year - FIRST_YEAR) * 12 + day.month - 1


def node_range(level: int, first: int, after: int) -> tuple[int, int]:
    """Return the node numbers of a level's cells from `first` to before `after`."""
    return (1 << (2 * level)) | first, ((1 << (2 * level)) | (after - 1)) + 1


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
    delta = _Squares.of(words, signs)
    known = _take_out_known(cursor, source_number, delta.nodes)
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
    """Bins of squares in order: a key is node, month and confidence in one."""

    keys: Ints
    counts: Ints

    @property
    def nodes(self) -> Ints:
        """Return the distinct squares, in order."""
        nodes = self.keys >> _BIN_BITS
        return nodes[np.flatnonzero(np.append(True, nodes[1:] != nodes[:-1]))]

    @classmethod
    def of(cls, words: Words, signs: Ints) -> Self:
        """Return the squares of all levels in which alerts lie."""
        months = aw.days_of(words).astype("datetime64[M]").astype(np.int64)
        bins = (months - (FIRST_YEAR - 1970) * 12) << 2
        bins |= (words & np.uint64(3)).view(np.int64)
        cells = aw.pixels_of(words) >> 2 * (pixels.ZOOM - FINEST)
        level = _summed(((cells | (1 << (2 * FINEST))) << _BIN_BITS) | bins, signs)
        levels = [level]
        for _ in range(FINEST - COARSEST):
            keys, counts = levels[0]
            # A parent's number is the child's without its last two bits.
            bins = keys & ((1 << _BIN_BITS) - 1)
            parents = (keys >> (_BIN_BITS + 2) << _BIN_BITS) | bins
            levels.insert(0, _summed(parents, counts))
        keys, counts = (np.concatenate(part) for part in zip(*levels, strict=True))
        return cls(keys, counts)

    def plus(self, other: Self) -> Self:
        """Return both together; bins of zero are kept."""
        return type(self)(
            *_summed(
                np.concatenate([self.keys, other.keys]),
                np.concatenate([self.counts, other.counts]),
            )
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


def _take_out_known(cursor: Any, source_number: int, nodes: Ints) -> _Squares | None:
    """Return the squares among `nodes` that have a row, and delete those rows."""
    cursor.execute(
        "SELECT EXISTS (SELECT FROM territory_alertcell WHERE source = %s)",
        [source_number],
    )
    if not cursor.fetchone()[0]:
        return None
    cursor.execute("DROP TABLE IF EXISTS pg_temp.asked_cell")
    cursor.execute("CREATE TEMPORARY TABLE asked_cell (node bigint) ON COMMIT DROP")
    cursor.copy_expert(
        "COPY asked_cell FROM STDIN (FORMAT binary)",
        RowReader([nodes]),
        size=PIECE_BYTES,
    )
    cursor.execute("ANALYZE asked_cell")
    # Read and delete apart: COPY reads no statement that changes rows.
    known = _read(cursor, source_number)
    cursor.execute(
        "DELETE FROM territory_alertcell c USING asked_cell a"
        " WHERE c.source = %s AND c.node = a.node",
        [source_number],
    )
    return known


_READ: Final = """
SELECT string_agg(int8send(c.node), ''), string_agg(int4send(cardinality(c.bins)), ''),
       string_agg(array_send(c.bins), '')
FROM territory_alertcell c JOIN asked_cell a USING (node) WHERE c.source = %s
"""
# PostgreSQL sends an array as five numbers of four bytes, then each element as its
# length and itself: src/backend/utils/adt/arrayfuncs.c, array_send.
_ARRAY_HEAD: Final = 5


def _read(cursor: Any, source_number: int) -> _Squares | None:
    asked = cursor.mogrify(_READ, [source_number]).decode()
    nodes, sizes, arrays = (
        column.astype(np.int64)
        for column in read_columns(cursor, asked, ["i8", "i4", "i4"])
    )
    if not len(nodes):
        return None
    starts = np.cumsum(sizes * 2 + _ARRAY_HEAD) - sizes * 2
    bins = arrays[_positions(starts + 1, sizes, step=2)]
    keys = (np.repeat(nodes, sizes) << _BIN_BITS) | (bins >> COUNT_BITS)
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
    nodes, alerts = _summed(keys >> _BIN_BITS, counts)
    _, sizes = _summed(keys >> _BIN_BITS, np.ones_like(counts))
    firsts = np.cumsum(sizes) - sizes
    rows = _Rows(
        source_number=source_number,
        nodes=nodes,
        alerts=alerts,
        confidences=np.maximum.reduceat((keys & 3) + 1, firsts),
        sizes=sizes,
        bins=((keys & ((1 << _BIN_BITS) - 1)) << COUNT_BITS) | counts,
    )
    cursor.copy_expert(
        "COPY territory_alertcell (source, node, alerts, confidence, bins)"
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
        *(("node_size", ">i4"), ("node", ">i8")),
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
    nodes: Ints,
    alerts: Ints,
    confidences: Ints,
) -> bytes:
    heads = np.zeros(len(sizes), dtype=_HEAD)
    for name in ("source", "node", "alerts", "confidence"):
        heads[f"{name}_size"] = _HEAD[name].itemsize
    heads["fields"], heads["source"] = 5, source
    heads["node"], heads["alerts"], heads["confidence"] = nodes, alerts, confidences
    heads["bins_size"] = 20 + 8 * sizes
    heads["dimensions"], heads["kind"], heads["lowest"] = 1, _INT4_OID, 1
    heads["length"] = sizes
    width = _HEAD.itemsize // 8
    starts = np.cumsum(sizes + width) - sizes - width
    words = np.empty(len(sizes) * width + len(bins), dtype=">u8")
    words[(starts[:, None] + np.arange(width)).ravel()] = heads.view(">u8")
    words[_positions(starts + width, sizes, step=1)] = (4 << 32) | bins
    return words.tobytes()
