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


class RowWriter:
    """A file to COPY to, for rows of integer columns without NULL."""

    def __init__(self, types: Sequence[str]) -> None:
        """Take the numpy type of each column, such as "i8"."""
        self._row = _row_type(types)
        self._bytes = bytearray()

    def write(self, data: bytes) -> int:
        """Keep what the database sends."""
        self._bytes += data
        return len(data)

    def columns(self) -> list[Column]:
        """Return the columns, views of what came.

        Raises:
            ValueError: the rows are not of the promised types.
        """
        size = len(self._bytes) - len(_HEADER) - len(_TRAILER)
        if size % self._row.itemsize:
            raise ValueError("a row has other columns than promised, or a NULL")
        rows = np.frombuffer(
            self._bytes,
            dtype=self._row,
            count=size // self._row.itemsize,
            offset=len(_HEADER),
        )
        width = len(self._row.names or ()) // 2
        return [rows[f"value{position}"] for position in range(width)]


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
