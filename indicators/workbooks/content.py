"""What one line of a sent sheet says of its value, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import override

from indicators.exports import plain_number
from indicators.models import YearlyValue
from indicators.numbers import DecimalMark, NumberError, parse_number
from indicators.workbooks.columns import TYPED
from indicators.workbooks.sheet_rows import SheetRow
from indicators.yearly.content import ValueContent
from indicators.yearly.forms import ValueForm, unfinished
from indicators.yearly.words import in_english, kind_label, no_data_label

_CHOICES: Final = {
    "kind": (YearlyValue.Kind.values, kind_label),
    "no_data_reason": (YearlyValue.NoDataReason.values, no_data_label),
}
_TEXTS: Final = (
    *("source_text", "source_url", "proxy", "note"),
    *("confirmation", "change_reason"),
)


@dataclass(frozen=True)
class CellProblem:
    """One thing that is wrong with a cell, by the name of its column."""

    column: str
    text: str


@dataclass(frozen=True)
class TypedLine:
    """The typed cells: numbers plain, kinds and reasons as codes where they are known.

    `number` is the value; None where there is none or where it cannot be read.
    """

    cells: Mapping[str, str]
    number: Decimal | None
    problems: tuple[CellProblem, ...]

    @property
    def is_blank(self) -> bool:
        """Return whether nothing is typed."""
        return not any(self.cells.values())


def typed_line(cells: Mapping[str, str], mark: DecimalMark) -> TypedLine:
    """Return what a line says; what cannot be read stays as it was typed."""
    typed = {name: cells[name] for name in TYPED}
    problems = []
    number = None
    if typed["value"]:
        try:
            number = parse_number(typed["value"], decimal_mark=mark)
            typed["value"] = plain_number(number)
        except NumberError as error:
            text = error.reason_en if in_english() else error.reason_es
            problems.append(CellProblem("value", text))
    for name in _CHOICES:
        if typed[name]:
            code = _codes(name).get(typed[name].casefold())
            if code is None:
                problems.append(CellProblem(name, _unknown_choice(name, typed[name])))
            typed[name] = code or typed[name]
    return TypedLine(typed, number, tuple(problems))


def content_of_line(
    line: TypedLine, stored: SheetRow
) -> tuple[ValueContent, tuple[CellProblem, ...]]:
    """Return what would be saved, and what is wrong with it.

    A cell that says what stands keeps that to the last sign, even where a sheet
    cannot hold it, as a line break of two signs.
    """
    now = stored.typed
    texts, problems = {}, list(line.problems)
    for name in _TEXTS:
        texts[name] = stored.kept(name)
        if line.cells[name] != now[name]:
            try:
                texts[name] = ValueForm.base_fields[name].clean(line.cells[name])
            except ValidationError as error:
                problems.append(CellProblem(name, " ".join(error.messages)))
    told = {problem.column for problem in problems}
    problems += [
        CellProblem(name, text)
        for name, text in _unfinished(line).items()
        if name not in told
    ]
    number = line.number
    if stored.shown is not None and line.cells["value"] == now["value"]:
        number = stored.shown.value
    content = ValueContent(
        value=number,
        kind=line.cells["kind"],
        no_data_reason=line.cells["no_data_reason"],
        **texts,
    )
    return content, tuple(problems)


def _unfinished(line: TypedLine) -> dict[str, str]:
    if not line.cells["kind"]:
        return {"kind": _("Elige el tipo de valor.")}
    return unfinished(line.cells)


@cache
def _codes(name: str) -> dict[str, str]:
    """Return the codes of a list by its words in every language."""
    codes, label = _CHOICES[name]
    found: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {label(code).casefold(): code for code in codes}
    return found


def _unknown_choice(name: str, typed: str) -> str:
    codes, label = _CHOICES[name]
    return _("«%(typed)s» no está en la lista: elige %(choices)s.") % {
        "typed": typed[:40],
        "choices": ", ".join(f"«{label(code)}»" for code in codes),
    }
