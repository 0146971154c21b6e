"""Forms of the panel: which value, and what it is."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indicators.models import Indicator, YearlyValue
from indicators.numbers import NumberError, parse_number
from indicators.yearly.assignments import assigned_indicators
from indicators.yearly.content import ValueContent
from indicators.yearly.standing import recordable_places, standing_of
from indicators.yearly.words import (
    in_english,
    indicator_name,
    kind_label,
    no_data_label,
    place_name,
    question_text,
    refusal_text,
    shown_number,
    shown_value,
    unit,
)
from territory.models import Place

_WHOLE_LINK = gettext_lazy("Escribe un enlace completo, como https://…")


class IndicatorField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """An indicator, by its code and name in the language of the page."""

    def label_from_instance(self, obj: Any) -> str:
        """Return code and name."""
        return f"{obj.code} · {indicator_name(obj)}"


class PlaceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A place by its level and name."""

    def label_from_instance(self, obj: Any) -> str:
        """Return "Provincia de X" or "Distrito de X"."""
        return place_name(obj)


class ValueKeyForm(forms.Form):
    """Which value: an indicator, a place and a year."""

    indicator = IndicatorField(
        label=gettext_lazy("Indicador"),
        queryset=Indicator.objects.none(),
        empty_label=gettext_lazy("Elige un indicador"),
        error_messages={
            "required": gettext_lazy("Elige un indicador."),
            "invalid_choice": gettext_lazy("Ese indicador no existe en el plan."),
        },
    )
    place = PlaceField(
        label=gettext_lazy("Lugar"),
        queryset=Place.objects.none(),
        empty_label=gettext_lazy("Elige un lugar"),
        error_messages={
            "required": gettext_lazy("Elige un lugar."),
            "invalid_choice": gettext_lazy("Ese lugar no existe en la provincia."),
        },
    )
    year = forms.IntegerField(
        label=gettext_lazy("Año"),
        min_value=1985,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Escribe el año."),
            "invalid": gettext_lazy("Escribe el año con cuatro cifras, como 2025."),
            "min_value": gettext_lazy("Elige un año desde 1985."),
        },
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["indicator"].queryset = assigned_indicators(user)  # type: ignore[attr-defined]
        self.fields["place"].queryset = recordable_places()  # type: ignore[attr-defined]

    def clean_year(self) -> int:
        """Return the year, refusing one that has not come."""
        year: int = self.cleaned_data["year"]
        if year > timezone.localdate().year:
            raise forms.ValidationError(
                _("El año aún no llega: elige un año pasado o el actual.")
            )
        return year


class ValueForm(forms.Form):
    """One value as a person types it; what was typed is kept when it is refused."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Tipo de valor"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Elige el tipo de valor.")},
    )
    value = forms.CharField(
        label=gettext_lazy("Valor"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    no_data_reason = forms.ChoiceField(
        label=gettext_lazy("Si no hay dato, ¿por qué?"), required=False
    )
    source_text = forms.CharField(
        label=gettext_lazy("Fuente"),
        help_text=gettext_lazy("Quién lo publica, qué documento y qué fecha."),
        required=False,
        max_length=300,
    )
    source_url = forms.URLField(
        label=gettext_lazy("Enlace a la fuente (opcional)"),
        required=False,
        max_length=500,
        assume_scheme="https",
        validators=[
            URLValidator(schemes=["http", "https"], message=_WHOLE_LINK),
        ],
        error_messages={"invalid": _WHOLE_LINK},
    )
    note = forms.CharField(
        label=gettext_lazy("Nota (opcional)"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    proxy = forms.CharField(
        label=gettext_lazy("Si es un dato sustituto, ¿en qué difiere? (opcional)"),
        help_text=gettext_lazy(
            "Por ejemplo: 4.º grado en lugar de 2.º, o departamento en lugar de "
            "provincia."
        ),
        required=False,
        max_length=200,
    )
    change_reason = forms.CharField(
        label=gettext_lazy("Motivo de la corrección"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_confirmed = forms.BooleanField(
        label=gettext_lazy("Sí, el valor es correcto"), required=False
    )
    confirmation = forms.CharField(
        label=gettext_lazy("¿Por qué es correcto?"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    asked_about = forms.CharField(required=False, widget=forms.HiddenInput)
    lock_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        indicator: Indicator,
        place: Place,
        year: int,
        is_correction: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.indicator, self.place, self.year = indicator, place, year
        self.is_correction = is_correction
        self.name = indicator_name(indicator)
        self.questions: list[str] = []
        self.number: Decimal | None = None
        self.asked_now: str = self.initial.get("asked_about", "")
        self.is_tick_valid = bool(self.asked_now)
        self.key = (indicator.pk, place.pk, year)
        self.standing = standing_of([self.key])
        self.previous = self.standing.previous(self.key)
        self.fields["value"].help_text = self._value_hint()
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (kind, kind_label(kind)) for kind in YearlyValue.Kind.values
        ]
        self.fields["no_data_reason"].choices = [("", _("Elige un motivo"))] + [  # type: ignore[attr-defined]
            (reason, no_data_label(reason))
            for reason in YearlyValue.NoDataReason.values
        ]
        if not is_correction:
            del self.fields["change_reason"]

    def clean_value(self) -> str:
        """Return the text as typed; the number it stands for is kept aside."""
        typed: str = self.cleaned_data["value"]
        self.number = read_number(typed)
        return typed

    def clean(self) -> dict[str, Any]:
        """Return the cleaned values, after the rules that join several fields."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "kind" in cleaned:
            # A field that is wrong by itself has been told already.
            for name, text in unfinished(cleaned).items():
                if name in cleaned:
                    self.add_error(name, text)
        if self.is_correction and not cleaned.get("change_reason", "").strip():
            self.add_error("change_reason", refusal_text("no_change_reason"))
        if not self.errors:
            self._check_likely(cleaned)
        return cleaned

    @property
    def content(self) -> ValueContent:
        """Return what was typed, in the indicator's unit; only after is_valid()."""
        cleaned = self.cleaned_data
        return ValueContent(
            value=self.number,
            kind=cleaned["kind"],
            no_data_reason=cleaned["no_data_reason"],
            source_text=cleaned["source_text"],
            source_url=cleaned["source_url"],
            note=cleaned["note"],
            proxy=cleaned["proxy"],
            confirmation=cleaned["confirmation"],
            change_reason=cleaned.get("change_reason", ""),
        )

    def _value_hint(self) -> str:
        hint = _("En %(unit)s. Usa punto decimal: 1,581.5.") % {
            "unit": unit(self.indicator)
        }
        if self.previous is None:
            return f"{hint} {_('No hay un valor anterior publicado.')}"
        before = _("Valor anterior (%(year)s): %(value)s.") % {
            "year": str(self.previous.year),
            "value": shown_value(self.previous),
        }
        return f"{hint} {before}"

    def _check_likely(self, cleaned: dict[str, Any]) -> None:
        hard, soft = self.standing.questions(
            self.key, self.content, has_evidence=bool(cleaned["source_url"])
        )
        for question in hard:
            self.add_error(
                "value", question_text(question, self.indicator, self.previous)
            )
        self.questions = [
            question_text(question, self.indicator, self.previous) for question in soft
        ]
        if not soft:
            cleaned["confirmation"] = ""
            return
        # A tick given for another number says nothing about this one.
        self.asked_now = shown_number(self.number, 0)
        self.is_tick_valid = (
            cleaned["is_confirmed"] and cleaned["asked_about"] == self.asked_now
        )
        if not self.is_tick_valid:
            self.add_error("is_confirmed", _("Confirma que el valor es correcto."))
        if not cleaned["confirmation"].strip():
            self.add_error("confirmation", _("Escribe por qué el valor es correcto."))


def read_number(typed: str) -> Decimal | None:
    """Return the number somebody typed; None for nothing.

    Raises:
        ValidationError: it is no number or can be read in two ways, with the readings.
    """
    if not typed:
        return None
    try:
        return parse_number(typed)
    except NumberError as error:
        reason = error.reason_en if in_english() else error.reason_es
        raise forms.ValidationError(reason) from error


class ReasonForm(forms.Form):
    """The words that go with a return or a withdrawal, and the version seen."""

    reason = forms.CharField(
        label=gettext_lazy("Motivo"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Escribe el motivo.")},
    )
    lock_version = forms.IntegerField(widget=forms.HiddenInput)


class SessionForm(forms.Form):
    """The session that took note of a year's values."""

    session = forms.CharField(
        label=gettext_lazy("Sesión que tomó nota de los valores"),
        help_text=gettext_lazy(
            "Por ejemplo: Sesión ordinaria 3 del COTEDETEP, 12 de noviembre de 2026. "
            "Será público."
        ),
        max_length=200,
        error_messages={
            "required": gettext_lazy(
                "Escribe en qué sesión se tomó nota de los valores."
            ),
            "max_length": gettext_lazy("Escribe como máximo 200 letras."),
        },
    )


class OpeningForm(forms.Form):
    """Why a closed year is opened."""

    reason = forms.CharField(
        label=gettext_lazy("Por qué se abre el año"),
        help_text=gettext_lazy("Será público."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Escribe el motivo.")},
    )


class VersionForm(forms.Form):
    """The version a person saw when they pressed the button."""

    lock_version = forms.IntegerField(widget=forms.HiddenInput)


def unfinished(typed: Mapping[str, str]) -> dict[str, str]:
    """Return what is missing or too much about a value, by field; empty when nothing.

    `typed` has kind, value, no_data_reason and source_text as texts.
    """
    found = {}
    value, reason = typed.get("value", ""), typed.get("no_data_reason", "")
    if typed["kind"] == YearlyValue.Kind.NO_DATA:
        if value:
            found["value"] = _("Borra el valor o elige otro tipo de valor.")
        if not reason:
            found["no_data_reason"] = _("Elige por qué no hay dato.")
        return found
    if not value:
        found["value"] = _("Escribe un número, por ejemplo 1,581.5.")
    if reason:
        found["no_data_reason"] = _("Quita el motivo: solo se usa cuando no hay dato.")
    if not typed.get("source_text", "").strip():
        found["source_text"] = _("Escribe de dónde sale el valor.")
    return found


def initial_of(row: YearlyValue) -> dict[str, Any]:
    """Return the form's initial values for a stored draft."""
    return {
        "kind": row.kind,
        "value": shown_number(row.value, row.indicator.decimals),
        "no_data_reason": row.no_data_reason,
        "source_text": row.source_text,
        "source_url": row.source_url,
        "note": row.note,
        "proxy": row.proxy,
        "change_reason": row.change_reason,
        "confirmation": row.confirmation,
        "is_confirmed": bool(row.confirmation),
        "asked_about": shown_number(row.value, 0) if row.confirmation else "",
        "lock_version": row.lock_version,
    }


def correction_of(row: YearlyValue) -> dict[str, Any]:
    """Return the form's initial values for correcting a value that is not open.

    All that was said of it, so that what stays true need not be typed again; the
    reasons are new ones.
    """
    left_out = {"change_reason", "confirmation", "is_confirmed", "asked_about"}
    kept = initial_of(row).items()
    return {
        name: said for name, said in kept if name not in left_out | {"lock_version"}
    }
