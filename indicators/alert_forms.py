"""The form with which somebody says what they found at a cluster."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indicators.alert_filters import STATES
from indicators.alert_words import INSTITUTION_WORDS, ROLE_WORDS
from indicators.day_input import DayInput
from indicators.evidence.pictures import PhotoRefused, cleaned_photo
from territory.verifications import Finding

_WRITE = gettext_lazy("Escribe qué se vio, con tus palabras.")


class VerificationForm(forms.Form):
    """State, date of the visit, evidence; a reason where an earlier entry stands."""

    follows = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    state = forms.ChoiceField(
        label=gettext_lazy("¿Qué encontraron?"),
        # A visit finds something; "unverified" is what stands before any.
        choices=[(code, words) for code, words in STATES if code != "unverified"],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Elige qué encontraron.")},
    )
    visited_on = forms.DateField(
        label=gettext_lazy("Fecha de la visita"),
        input_formats=["%Y-%m-%d"],
        widget=DayInput(),
        error_messages={
            "required": gettext_lazy("Escribe la fecha de la visita."),
            "invalid": gettext_lazy("Escribe la fecha como 2026-07-28."),
        },
    )
    evidence = forms.CharField(
        label=gettext_lazy("Qué se vio"),
        help_text=gettext_lazy(
            "No escribas nombres, teléfonos ni direcciones. El público no lo verá."
        ),
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _WRITE},
    )
    reason = forms.CharField(
        label=gettext_lazy("Por qué corriges la entrada anterior"),
        max_length=1_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    role = forms.ChoiceField(label=gettext_lazy("En qué rol lo registras"))
    institution = forms.ChoiceField(
        label=gettext_lazy("Tipo de institución"),
        choices=(("", gettext_lazy("Elige")), *INSTITUTION_WORDS.items()),
        error_messages={"required": gettext_lazy("Elige el tipo de institución.")},
    )
    photo = forms.FileField(
        label=gettext_lazy("Foto (opcional)"),
        help_text=gettext_lazy(
            "JPG o PNG de hasta 5 MB. Quitamos la ubicación y los datos del teléfono."
        ),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}),
    )

    def __init__(
        self, *args: Any, roles: tuple[str, ...], corrects: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.corrects = corrects
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = [(code, ROLE_WORDS[code]) for code in roles]
        if not corrects:
            del self.fields["reason"]

    def clean_evidence(self) -> str:
        """Return the text; spaces alone are none."""
        text = str(self.cleaned_data["evidence"]).strip()
        if not text:
            raise forms.ValidationError(str(_WRITE))
        return text

    def clean_reason(self) -> str:
        """Return why an earlier entry is corrected."""
        text = str(self.cleaned_data["reason"]).strip()
        if not text:
            raise forms.ValidationError(_("Escribe por qué corriges."))
        return text

    def clean_visited_on(self) -> dt.date:
        """Return the day, which lies in the past."""
        day: dt.date = self.cleaned_data["visited_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("La visita no puede ser en el futuro."))
        if day.year < 2015:
            raise forms.ValidationError(_("La visita es anterior a toda alerta."))
        return day

    def clean_photo(self) -> bytes:
        """Return the picture without anything else, b"" where there is none."""
        upload = self.cleaned_data["photo"]
        if not upload:
            return b""
        try:
            return cleaned_photo(upload)
        except PhotoRefused as refused:
            raise forms.ValidationError(str(refused)) from refused

    def finding(self, *, file: str) -> Finding:
        """Return what was typed; only after `is_valid`."""
        given = self.cleaned_data
        return Finding(
            state=given["state"],
            visited_on=given["visited_on"],
            evidence=given["evidence"],
            reason=given.get("reason", ""),
            role=given["role"],
            institution=given["institution"],
            file=file,
        )
