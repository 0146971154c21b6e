"""One row of the grid as a person types it; only a row that was touched counts."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indicators.grid.year import GridRow
from indicators.models import YearlyValue
from indicators.yearly.batches import Entry
from indicators.yearly.checks import ValueQuestion
from indicators.yearly.content import ValueContent
from indicators.yearly.forms import ValueForm, initial_of, read_number
from indicators.yearly.words import (
    kind_label,
    no_data_label,
    question_text,
    refusal_text,
    shown_number,
)

Kind = YearlyValue.Kind
# What a row says, in the order of its cells.
CELLS = (
    *("value", "kind", "source_text", "source_url", "proxy", "note"),
    *("change_reason", "confirmation"),
)
_NO_DATA = f"{Kind.NO_DATA}:"
# Of what the database can count.
_MOST_DIGITS = 18


def kind_choices() -> list[tuple[str, str]]:
    """Return the kinds of a value, "no data" once for each of its reasons."""
    firm = [(kind, kind_label(kind)) for kind in Kind.values if kind != Kind.NO_DATA]
    missing = [
        (_NO_DATA + reason, f"{kind_label(Kind.NO_DATA)}: {no_data_label(reason)}")
        for reason in YearlyValue.NoDataReason.values
    ]
    return [("", _("Elige")), *firm, *missing]


class RowForm(forms.Form):
    """A row: the fields of a value's own form, with kind and reason in one choice."""

    value = ValueForm.base_fields["value"]
    kind = forms.ChoiceField(
        label=gettext_lazy("Tipo"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Elige un tipo de la lista.")},
    )
    source_text = ValueForm.base_fields["source_text"]
    source_url = ValueForm.base_fields["source_url"]
    proxy = ValueForm.base_fields["proxy"]
    note = ValueForm.base_fields["note"]
    change_reason = ValueForm.base_fields["change_reason"]
    is_confirmed = ValueForm.base_fields["is_confirmed"]
    confirmation = ValueForm.base_fields["confirmation"]
    asked_about = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        row: GridRow,
        shown: Any = None,
    ) -> None:
        """`shown` is the version the person saw: a value or its event, None without."""
        shown_fields = shown_cells(shown)
        super().__init__(data, prefix=row.prefix, initial=shown_fields)
        self.row = row
        self.shown = shown_fields
        self.number: Decimal | None = None
        self.questions: list[str] = []
        self.fields["kind"].choices = kind_choices()  # type: ignore[attr-defined]
        self.seen: str = row.seen
        if data is not None:
            self.seen = data.get(f"{self.prefix}-seen", "")
        self.asked_now: str = shown_fields["asked_about"]
        self.is_tick_valid = bool(self.asked_now)

    @property
    def typed(self) -> dict[str, str]:
        """Return the text of each cell; a cell that was not sent is as it was shown."""
        sent = ((name, self.data.get(self.add_prefix(name))) for name in CELLS)
        return {
            name: self.shown[name] if text is None else _one_line_ends(text)
            for name, text in sent
        }

    @property
    def is_touched(self) -> bool:
        """Return whether any cell differs from what was shown."""
        return any(text != self.shown[name] for name, text in self.typed.items())

    @property
    def is_open(self) -> bool:
        """Return whether the cells that are seldom used have something to show."""
        seldom = ("proxy", "note", "change_reason")
        cells = self.typed if self.is_bound else self.shown
        return self.row.is_correction or any(cells[name] for name in seldom)

    @property
    def wrong_cells(self) -> list[Any]:
        """Return the fields with errors, but for the answers to a question."""
        asked = {"is_confirmed", "confirmation"}
        return [
            self[name] for name in self.errors if name in self.fields.keys() - asked
        ]

    def unjudged(self) -> "RowForm":
        """Return the row as it was typed, without a word about what is wrong."""
        form = RowForm(row=self.row)
        form.initial = form.shown = {**self.shown, **self.typed}
        form.seen = self.seen
        form.asked_now = self.data.get(self.add_prefix("asked_about"), "")
        form.is_tick_valid = self.add_prefix("is_confirmed") in self.data
        return form

    def clean_value(self) -> str:
        """Return the text as typed; the number it stands for is kept aside."""
        typed: str = self.cleaned_data["value"]
        self.number = read_number(typed)
        return typed

    def clean(self) -> dict[str, Any]:
        """Return the cleaned cells, after the rules that join several of them."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        kind = cleaned.get("kind")
        if kind == "" and not cleaned.get("value", "x"):
            self.add_error("value", self._nothing_typed())
        elif kind == "":
            self.add_error("kind", _("Elige el tipo de valor."))
        elif kind and kind.startswith(_NO_DATA):
            if cleaned.get("value"):
                self.add_error("value", _("Borra el valor o elige otro tipo de valor."))
        elif kind:
            self._check_present(cleaned)
        sent = self.add_prefix("change_reason") in self.data
        if sent and not cleaned.get("change_reason", "x").strip():
            self.add_error("change_reason", refusal_text("no_change_reason"))
        return cleaned

    @property
    def entry(self) -> Entry:
        """Return what is to be saved; only after is_valid()."""
        kind, _colon, reason = self.cleaned_data["kind"].partition(":")
        texts = {
            name: _one_line_ends(self.cleaned_data[name])
            for name in ("source_text", "source_url", "note", "proxy", "change_reason")
        }
        # A tick given for another number says nothing about this one.
        self.asked_now = self._subject
        self.is_tick_valid = bool(
            self.cleaned_data["is_confirmed"]
            and self.cleaned_data["asked_about"] == self.asked_now
        )
        confirmation = _one_line_ends(self.cleaned_data["confirmation"])
        content = ValueContent(
            value=self.number,
            kind=kind,
            no_data_reason=reason,
            confirmation=confirmation if self.is_tick_valid else "",
            **texts,
        )
        return Entry(*self.row.key, content, seen=read_seen(self.seen))

    def refuse(self, questions: Sequence[ValueQuestion]) -> None:
        """Say on the number why it can never be published."""
        for text in self._sentences(questions):
            self.add_error("value", text)

    def ask(self, questions: Sequence[ValueQuestion]) -> None:
        """Ask for a tick and a reason: the number is unlikely."""
        self.questions = self._sentences(questions)
        if not self.is_tick_valid:
            self.add_error("is_confirmed", _("Confirma que el valor es correcto."))
        if not self.cleaned_data.get("confirmation", "").strip():
            self.add_error("confirmation", _("Escribe por qué el valor es correcto."))

    @property
    def _subject(self) -> str:
        return shown_number(self.number, 0) or str(self.cleaned_data["kind"])

    def _sentences(self, questions: Sequence[ValueQuestion]) -> list[str]:
        row = self.row
        return [question_text(one, row.indicator, row.previous) for one in questions]

    def _nothing_typed(self) -> str:
        if self.shown["kind"]:
            return _(
                "Escribe un número o elige «Sin dato». Para quitar el borrador, "
                "ábrelo y descártalo."
            )
        return _("Escribe un número, por ejemplo 1,581.5.")

    def _check_present(self, cleaned: dict[str, Any]) -> None:
        if not cleaned.get("value", "x"):
            self.add_error("value", _("Escribe un número, por ejemplo 1,581.5."))
        if not cleaned.get("source_text", "x").strip():
            self.add_error("source_text", _("Escribe de dónde sale el valor."))


def shown_cells(stored: Any) -> dict[str, str]:
    """Return the text of every cell of a stored value or its event; "" without one."""
    if stored is None:
        return dict.fromkeys((*CELLS, "asked_about"), "")
    fields = initial_of(stored)
    is_missing = stored.kind == Kind.NO_DATA
    kind = _NO_DATA + stored.no_data_reason if is_missing else stored.kind
    cells = {name: _one_line_ends(str(fields.get(name, ""))) for name in CELLS}
    asked = (shown_number(stored.value, 0) or kind) if stored.confirmation else ""
    return {**cells, "kind": kind, "asked_about": asked}


def read_seen(text: str) -> tuple[int, int] | None:
    """Return the row and version in a hidden field; None when it names none."""
    pk, _colon, version = text.partition(":")
    if not all(part.isascii() and part.isdigit() for part in (pk, version)):
        return None
    if len(pk) > _MOST_DIGITS or len(version) > _MOST_DIGITS:
        return None
    return int(pk), int(version)


def _one_line_ends(text: str) -> str:
    # Browsers send "\r\n" whatever was stored; other whitespace around says nothing.
    return text.replace("\r\n", "\n").strip()
