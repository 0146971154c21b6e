"""PostgreSQL's binary COPY format, to and from numpy arrays.

Format: https://www.postgresql.org/docs/15/sql-copy.html (Binary Format).
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER: Final = b"\xff\xff"
# Days between PostgreSQL's day zero (2000-01-01) and numpy's (1970-01-01).
_POSTGRES_EPOCH_DAYS = 10_957
_ROWS_PER_PIECE = 1 << 16
PIECE_BYTES: Final = 1 << 23

Column = npt.NDArray[Any]


def postgres_days(days: npt.NDArray[np.datetime64]) -> npt.NDArray[np.int32]:
    """Return dates as PostgreSQL sends them: days since 2000-01-01."""
    return days.astype("datetime64[D]").astype(np.int32) - np.int32(
        _POSTGRES_EPOCH_DAYS
    )


class RowReader:
    """A file to COPY from: integer columns of equal length as rows, without NULL.

    Built piece by piece, so that a million rows never stand in memory twice.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._pieces = _pieces(columns)

    def read(self, _size: int = -1) -> bytes:
        """Return the next piece, at most PIECE_BYTES; b"" at the end."""
        return next(self._pieces, b"")


def read_columns(cursor: Any, query: str, types: Sequence[str]) -> list[Column]:
    """Return the columns of a query that yields one bytea a column, in numpy types.

    string_agg(int8send(x), '') and the like bring a column in one message: a COPY of
    rows is a message, and a call, a row; measured twice as slow for a million rows.
    No row at all comes as NULL, which is an empty column. Types are such as "i8".

    Raises:
        ValueError: a column is not of the promised type.
    """
    answer = _Kept()
    cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", answer)
    columns: list[Column] = []
    # After the header: how many fields, then length and bytes of each.
    at = len(_HEADER) + 2
    for kind in types:
        size = max(int.from_bytes(answer.bytes[at : at + 4], signed=True), 0)
        width = np.dtype(kind).itemsize
        if size % width:
            raise ValueError("a column is of another type than promised")
        columns.append(
            np.frombuffer(answer.bytes, f">{kind}", count=size // width, offset=at + 4)
        )
        at += 4 + size
    return columns


class _Kept:
    """A file to COPY to that keeps what the database sends."""

    def __init__(self) -> None:
        self.bytes = bytearray()

    def write(self, part: bytes) -> int:
        self.bytes += part
        return len(part)


def _row_type(types: Sequence[str]) -> np.dtype[np.void]:
    fields = [("count", ">i2")]
    for position, kind in enumerate(types):
        fields += [(f"size{position}", ">i4"), (f"value{position}", f">{kind}")]
    return np.dtype(fields)


def _pieces(columns: Sequence[Column]) -> Iterator[bytes]:
    types = [f"{column.dtype.kind}{column.dtype.itemsize}" for column in columns]
    yield _HEADER
    rows = np.empty(min(len(columns[0]), _ROWS_PER_PIECE), dtype=_row_type(types))
    rows["count"] = len(columns)
    for position, column in enumerate(columns):
        rows[f"size{position}"] = column.dtype.itemsize
    for start in range(0, len(columns[0]), _ROWS_PER_PIECE):
        part = rows[: len(columns[0]) - start]
        for position, column in enumerate(columns):
            part[f"value{position}"] = column[start : start + _ROWS_PER_PIECE]
        yield part.tobytes()
    yield _TRAILER
