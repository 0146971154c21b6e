"""Numbers as Peru writes them: decimal point, thousands comma."""

from __future__ import annotations

from decimal import Decimal

_SIGNIFICANT = 8
_SHORT = 4
# Units that count things, as the plan writes them, and one of each.
_ONE = {
    "alianzas": "alianza",
    "arribos": "arribo",
    "bionegocios": "bionegocio",
    "cooperativas": "cooperativa",
    "distritos": "distrito",
    "entrevistas": "entrevista",
    "habitantes": "habitante",
    "instrumentos": "instrumento",
    "personas": "persona",
    "representantes": "representante",
    "unidades hidrográficas": "unidad hidrográfica",
    "arrivals": "arrival",
    "biobusinesses": "biobusiness",
    "cooperatives": "cooperative",
    "districts": "district",
    "hydrographic units": "hydrographic unit",
    "inhabitants": "inhabitant",
    "instruments": "instrument",
    "interviews": "interview",
    "partnerships": "partnership",
    "people": "person",
    "representatives": "representative",
}
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


def brief(value: float) -> str:
    """Return the outcome of a step that no later one uses: four digits that count,
    and never less than the whole number.
    """
    digits = max(_SHORT, len(f"{abs(value):.0f}"))
    return _written(Decimal(f"{value:.{digits - 1}e}"))


def counted(unit: str, value: float | None) -> str:
    """Return the unit that stands beside a value: ``alianza`` beside 1."""
    return _ONE.get(unit, unit) if value == 1 else unit


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
