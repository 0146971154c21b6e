"""One cell of a production table: what it says, or why it is refused."""

import re
import unicodedata
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from indicators.numbers import DecimalMark, NumberError, parse_number

FIRST_YEAR: Final = 1990
# What the database keeps; Excel's fifteenth digit is nobody's measurement.
_STEP: Final = Decimal("0.0001")
_LARGEST: Final = Decimal(10) ** 9
_WHOLE = re.compile(r"([0-9]{1,6})(?:\.0+)?")


class CellError(ValueError):
    """Why a cell is refused, in both languages."""

    def __init__(self, reason_es: str, reason_en: str) -> None:
        super().__init__(reason_es)
        self.reason_es = reason_es
        self.reason_en = reason_en


def plain_name(text: str) -> str:
    """Return a name as it is compared: no accents, upper case, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(letters.upper().split())


def column_key(text: str) -> str:
    """Return a column's name as it is compared: letters and digits alone."""
    return "".join(sign for sign in plain_name(text) if sign.isalnum())


def read_ubigeo(text: str) -> tuple[str, bool]:
    """Return the six digits of a district and whether they had to be repaired.

    Repaired are a number's decimals ("221001.0") and one lost leading zero; five
    digits have no other reading, for a district's code has six and Excel drops a 0.

    Raises:
        CellError: anything else.
    """
    found = _WHOLE.fullmatch(text)
    digits = "" if found is None else found[1]
    if len(digits) == 5:
        digits = f"0{digits}"
    if len(digits) != 6 or digits.endswith("00"):
        raise CellError(
            "el ubigeo no son seis cifras de un distrito",
            "the ubigeo is not the six digits of a district",
        )
    return digits, digits != text


def read_year(text: str, last_year: int) -> int:
    """Return the year.

    Raises:
        CellError: no whole number, or outside 1990 to the current year.
    """
    found = _WHOLE.fullmatch(text)
    if found is None or not FIRST_YEAR <= int(found[1]) <= last_year:
        raise CellError(
            f"el año debe estar entre {FIRST_YEAR} y {last_year}",
            f"the year must lie between {FIRST_YEAR} and {last_year}",
        )
    return int(found[1])


def read_month(text: str) -> int:
    """Return the month, 1 to 12.

    Raises:
        CellError: anything else.
    """
    found = _WHOLE.fullmatch(text)
    if found is None or not 1 <= int(found[1]) <= 12:
        raise CellError(
            "el mes debe ser un número del 1 al 12",
            "the month must be a number from 1 to 12",
        )
    return int(found[1])


def read_amount(text: str, decimal_mark: DecimalMark) -> Decimal:
    """Return an amount that is zero or more, with at most four decimals.

    Raises:
        CellError: empty, negative, ambiguous, no number or beyond reason.
    """
    try:
        number = parse_number(text, decimal_mark=decimal_mark)
    except NumberError as error:
        raise CellError(error.reason_es, error.reason_en) from error
    if number < 0:
        raise CellError("es negativo", "it is negative")
    if number >= _LARGEST:
        raise CellError("es demasiado grande", "it is too large")
    return number.quantize(_STEP, ROUND_HALF_EVEN)


def read_price(text: str, decimal_mark: DecimalMark) -> Decimal | None:
    """Return a price; None for an empty cell or 0, which both mean "not known".

    Raises:
        CellError: as for an amount.
    """
    if not text:
        return None
    return read_amount(text, decimal_mark) or None
