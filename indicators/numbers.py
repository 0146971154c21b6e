"""The one parser for numbers that people type or send in files.

Peru, its Excel and Plotly's es-PE locale write 1,581.50: decimal point, thousands
comma. Other readings differ by a factor of ten or a thousand, so whatever could be
read in two ways is refused and the likely readings are offered.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

# None: nothing in the file tells which mark its writer uses.
# One mark before three digits: a number in thousandths or in thousands.
_EITHER = re.compile(r"-?\d{1,3}[.,]\d{3}")
DecimalMark = Literal[".", ",", "mixed"] | None

_LONGEST = 40
_SPACES = " \u00a0\u2007\u2009\u202f"
_MINUS = "\u2212"
_NUMBER = re.compile(
    rf"""
    -?
    (?: 0 | [1-9][0-9]*
      | [1-9][0-9]{{0,2}} (?:,[0-9]{{3}})+
      | [1-9][0-9]{{0,2}} (?:[{_SPACES}][0-9]{{3}})+
    )
    (?:\.[0-9]+)?
    """,
    re.VERBOSE,
)
# As Spain writes. Points alone are no evidence of groups: 1.581 stays ambiguous.
_COMMA_NUMBER = re.compile(
    rf"""
    -?
    (?: (?: 0 | [1-9][0-9]* | [1-9][0-9]{{0,2}} (?:[{_SPACES}][0-9]{{3}})+ )
        (?:,[0-9]+)?
      | [1-9][0-9]{{0,2}} (?:\.[0-9]{{3}})+ ,[0-9]+
    )
    """,
    re.VERBOSE,
)
_DIGITS_AND_MARKS = re.compile(rf"-?[0-9][0-9.,'{_SPACES}]*")
_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_GROUPED_BY_POINTS = re.compile(r"-?[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_EXPONENT = re.compile(r"-?[0-9.,]+[eE][+-]?[0-9]+")


class NumberError(ValueError):
    """A text that is not a number, or that can be read in more than one way.

    `readings` holds what the writer most likely meant, best first; empty when
    nothing can be guessed.
    """

    def __init__(
        self,
        code: str,
        text: str,
        reason_es: str,
        reason_en: str,
        readings: tuple[Decimal, ...] = (),
    ) -> None:
        super().__init__(reason_es)
        self.code = code
        self.text = text
        self.reason_es = reason_es
        self.reason_en = reason_en
        self.readings = readings


def parse_number(text: str, *, decimal_mark: DecimalMark = ".") -> Decimal:
    """Return the exact number written in Peruvian style, or with a decimal comma.

    Accepts an optional minus (hyphen or U+2212), commas or spaces between groups of
    exactly three digits, and a decimal point: "1581.5", "1,581.5", "1 581.5".
    The number of decimals is kept. Unitless: the caller knows the unit.

    ``decimal_mark`` is "," only where a whole file proves it (``decimal_mark_of``):
    then "1,581" is 1.581, and points stand between groups only beside a decimal
    comma. With None, where a file proves nothing, every comma is refused; with "mixed",
    where it proves both, "1.234" as well.

    Raises:
        NumberError: empty, not a number, exponent, infinite, or ambiguous such as
            "1,5" and "1.581,5".

    Source: CLDR's es-PE (decimal ".", group ","), as Excel and Plotly use it.
    """
    stripped = text.strip().replace(_MINUS, "-")
    if not stripped:
        raise NumberError("empty", text, "Está vacío.", "It is empty.")
    if len(stripped) > _LONGEST:
        raise _refusal(text, stripped)
    if decimal_mark == ",":
        if _COMMA_NUMBER.fullmatch(stripped):
            return Decimal(_without(stripped, "." + _SPACES).replace(",", "."))
    elif decimal_mark == "mixed" and _EITHER.fullmatch(stripped):
        raise _refusal(text, stripped)
    elif (decimal_mark == "." or "," not in stripped) and _NUMBER.fullmatch(stripped):
        return Decimal(_without(stripped, "," + _SPACES))
    raise _refusal(text, stripped)


def decimal_mark_of(texts: Iterable[str]) -> DecimalMark:
    """Return the decimal mark that the numbers of one file prove, None if none.

    A text proves a mark when the other reading of it is impossible: "12,5" the
    comma, "12.5" the point; "1,581" and "1581" prove nothing. Texts that prove
    both marks, as of two writers, give "mixed".
    """
    proven = set()
    for text in texts:
        stripped = text.strip().replace(_MINUS, "-")
        with_point = _NUMBER.fullmatch(stripped) is not None
        with_comma = _COMMA_NUMBER.fullmatch(stripped) is not None
        if with_point != with_comma:
            proven.add("." if with_point else ",")
    if proven == {".", ","}:
        return "mixed"
    if proven == {","}:
        return ","
    return "." if proven else None


def format_number(value: Decimal) -> str:
    """Return the number as Peru writes it: thousands comma, decimal point."""
    return f"{value:,f}"


def rescaling_factor(value: Decimal, previous: Decimal | None) -> int | None:
    """Return 100 or 1000 when a value looks like its predecessor in another scale.

    Both values are in the same unit. The factor is the nearer of the two, whether
    the value grew or shrank by it. Returns None when the change is smaller than
    fifty times, or when either value is missing or zero and nothing can be compared.

    Source: the house rule that such a value is always asked back; the borders 50 and
    316 (the geometric middle of 100 and 1,000) are this project's own.
    """
    if previous is None or not value or not previous:
        return None
    larger, smaller = sorted((abs(value), abs(previous)), reverse=True)
    if larger < smaller * 50:
        return None
    return 100 if larger < smaller * 316 else 1000


def _without(text: str, marks: str) -> str:
    return text.translate({ord(mark): None for mark in marks})


def _refusal(text: str, stripped: str) -> NumberError:
    shown = text.strip()[:_LONGEST]
    if _EXPONENT.fullmatch(stripped):
        return NumberError(
            "exponent",
            text,
            f"«{shown}» usa notación científica; escriba el número completo.",
            f"“{shown}” uses scientific notation; write the number in full.",
        )
    if len(stripped) > _LONGEST or not _DIGITS_AND_MARKS.fullmatch(stripped):
        return NumberError(
            "not_a_number",
            text,
            f"«{shown}» no es un número.",
            f"“{shown}” is not a number.",
        )
    readings = _likely_readings(stripped)
    spanish = " o ".join(format_number(reading) for reading in readings)
    english = " or ".join(format_number(reading) for reading in readings)
    return NumberError(
        "ambiguous",
        text,
        f"«{shown}» puede leerse de más de una manera"
        + (f" (¿quiso decir {spanish}?)" if readings else "")
        + "; use punto decimal y coma solo para los miles, como 1,581.50.",
        f"“{shown}” can be read in more than one way"
        + (f" (did you mean {english}?)" if readings else "")
        + "; use a decimal point and commas for thousands only, as in 1,581.50.",
        readings,
    )


def _likely_readings(stripped: str) -> tuple[Decimal, ...]:
    compact = _without(stripped, _SPACES + "'")
    whole, _, tail = compact.rpartition(",")
    candidates = [] if "." in whole else [_without(compact, ",")]
    is_grouped = "." not in whole or _GROUPED_BY_POINTS.fullmatch(whole)
    if tail and "." not in tail and is_grouped:
        candidates.insert(0, f"{_without(whole, ',.')}.{tail}")
    if compact.count(".") > 1 and _GROUPED_BY_POINTS.fullmatch(compact):
        candidates.insert(0, _without(compact, "."))
    found: list[Decimal] = []
    for candidate in candidates:
        if _PLAIN.fullmatch(candidate) and Decimal(candidate) not in found:
            found.append(Decimal(candidate))
    return tuple(found)
