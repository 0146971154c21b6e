"""Numbers as Peru writes them: decimal point, thousands comma."""

from __future__ import annotations

from decimal import Decimal

_SIGNIFICANT = 8
_LONGEST = 12  # a longer one is a fraction without end, not a figure


def plain(value: float) -> str:
    """Return a number with every digit it was given: ``2,478.78``, ``−5``."""
    return _written(Decimal(repr(float(value))))


def derived(value: float) -> str:
    """Return a computed number: whole if it ends, else eight significant digits."""
    number = Decimal(repr(float(value)))
    if len(number.as_tuple().digits) <= _LONGEST:
        return _written(number)
    return _written(Decimal(f"{value:.{_SIGNIFICANT - 1}e}"))


def rounded(value: float) -> str:
    """Return a number for a sentence: three digits that count, or whole above 100."""
    digits = 0 if abs(value) >= 100 else 2
    return _written(Decimal(f"{value:.{digits}e}")) if digits else f"{value:,.0f}"


def thousandths(value: float) -> str:
    """Return a share or a pace with three decimals: ``0.455``, ``−0.165``."""
    text = f"{value:,.3f}"
    return "0.000" if text == "-0.000" else text.replace("-", "−")


def in_sum(text: str) -> str:
    """Return a printed number in brackets if it is negative, else as it is."""
    return f"({text})" if text.startswith("−") else text


def _written(number: Decimal) -> str:
    text = f"{number:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "0") else text.replace("-", "−")
