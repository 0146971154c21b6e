"""The columns of a workbook of values, and how a text stands in one of its cells."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.text import normalize_newlines
from django.utils.translation import gettext_lazy, override

from indicators.exports import FORMULA_SIGNS

# Excel holds 32,767 characters a cell; the guarding sign needs one more.
_LONGEST_CELL: Final = 32_700
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_QUOTE = "'"


@dataclass(frozen=True)
class Column:
    """One column. `width` is in characters; `is_typed` says whether people fill it."""

    name: str
    header: Promise
    width: int
    is_typed: bool = False


COLUMNS: Final = (
    Column("code", gettext_lazy("Código"), 10),
    Column("indicator", gettext_lazy("Indicador"), 44),
    Column("place", gettext_lazy("Lugar"), 20),
    Column("ubigeo", gettext_lazy("Ubigeo"), 9),
    Column("unit", gettext_lazy("Unidad"), 14),
    Column("previous_year", gettext_lazy("Año anterior"), 10),
    Column("previous", gettext_lazy("Valor anterior"), 14),
    Column("year", gettext_lazy("Año"), 7),
    Column("value", gettext_lazy("Valor"), 14, True),
    Column("kind", gettext_lazy("Tipo de valor"), 13, True),
    Column("no_data_reason", gettext_lazy("Motivo si no hay dato"), 18, True),
    Column("source_text", gettext_lazy("Fuente"), 32, True),
    Column("source_url", gettext_lazy("Enlace a la fuente"), 28, True),
    Column("proxy", gettext_lazy("Dato sustituto: en qué difiere"), 24, True),
    Column("note", gettext_lazy("Nota"), 30, True),
    Column("confirmation", gettext_lazy("Por qué es correcto"), 28, True),
    Column("change_reason", gettext_lazy("Motivo de la corrección"), 28, True),
    Column("state", gettext_lazy("Estado"), 16),
    Column("key", gettext_lazy("Clave de la fila (no cambiar)"), 8),
)
TYPED: Final = tuple(column.name for column in COLUMNS if column.is_typed)
# Without these nothing can be told apart; the others only inform.
NEEDED: Final = ("code", "ubigeo", "year", *TYPED, "key")


@cache
def names_by_header() -> dict[str, str]:
    """Return the column's name by its header in every language, in lower case."""
    found: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {str(column.header).casefold(): column.name for column in COLUMNS}
    return found


def header_of(name: str) -> str:
    """Return the header of a column in the language of the page."""
    return next(str(column.header) for column in COLUMNS if column.name == name)


def flat_text(text: str) -> str:
    """Return a text as a cell can hold it: trimmed, without control characters."""
    clean = _CONTROL.sub(" ", normalize_newlines(text))
    return clean.strip()[:_LONGEST_CELL].rstrip()


def guarded(text: str) -> str:
    """Return a text that no sheet takes for a formula; an empty one stays empty.

    Unlike in a plain export, a quote in front is doubled as well: `unguarded` gives
    back exactly what was there.
    """
    is_risky = bool(text) and (text[0] in FORMULA_SIGNS or text[0] == _QUOTE)
    return _QUOTE + text if is_risky else text


def unguarded(text: str) -> str:
    """Return what `guarded` was given; a text that was never guarded stays."""
    is_guarded = len(text) > 1 and text[0] == _QUOTE
    if is_guarded and (text[1] in FORMULA_SIGNS or text[1] == _QUOTE):
        return text[1:]
    return text
