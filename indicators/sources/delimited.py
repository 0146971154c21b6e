"""Reads a delimited text whose encoding and separator its writer did not say."""

from dataclasses import dataclass
from typing import Final

from indicators.sources.spreadsheet import TextRow, text_rows

_SEPARATORS: Final = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class DelimitedText:
    """Rows as text, with what was found out about the file."""

    rows: tuple[TextRow, ...]
    separator: str
    encoding: str


def read_delimited(content: bytes) -> DelimitedText:
    """Return the rows of a CSV of any usual encoding and separator.

    UTF-8 with or without byte order mark; what is not valid UTF-8 is read as
    Windows-1252, which holds Latin-1's letters. The separator is the one that stands
    most often in the first line that holds any.

    Raises:
        ContentRefused: no text, half a file, or quotes that do not close.
    """
    text, encoding = decoded(content)
    separator = _separator(text)
    return DelimitedText(text_rows(text, separator=separator), separator, encoding)


def decoded(content: bytes) -> tuple[str, str]:
    """Return a text of any usual encoding, without byte order mark, and the encoding.

    What means nothing in Windows-1252 ends as a sign that no name contains.
    """
    try:
        return content.decode("utf-8-sig"), "utf-8-sig"
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace"), "cp1252"


def _separator(text: str) -> str:
    for line in text.splitlines():
        counts = {separator: line.count(separator) for separator in _SEPARATORS}
        if any(counts.values()):
            return max(counts, key=lambda separator: counts[separator])
    return ","
