"""The form with which somebody adds a file or a link behind a value."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indicators.evidence.actions import EvidenceContent
from indicators.evidence.cleaning import MOST_BYTES, FileRefused, cleaned_file
from indicators.evidence.files import CleanFile
from indicators.evidence.words import KIND_WORDS

_WHOLE_LINK = gettext_lazy("Escribe un enlace completo, como https://…")
_ACCEPTED = ".pdf,.xlsx,.csv,.jpg,.jpeg,.png,.geojson"


class EvidenceForm(forms.Form):
    """Title, what it is, a file or a link, and who may open it."""

    prefix = "evidence"
    title = forms.CharField(
        label=gettext_lazy("Título"),
        help_text=gettext_lazy(
            "Todos lo leerán. No escribas nombres de personas ni teléfonos."
        ),
        max_length=200,
        error_messages={
            "required": gettext_lazy("Escribe el título de la evidencia."),
            "max_length": gettext_lazy("Escribe un título de 200 letras como máximo."),
        },
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Qué es"),
        choices=(("", gettext_lazy("Elige")), *KIND_WORDS.items()),
        error_messages={
            "required": gettext_lazy("Elige qué es la evidencia."),
            "invalid_choice": gettext_lazy("Elige qué es la evidencia."),
        },
    )
    file = forms.FileField(
        label=gettext_lazy("Archivo"),
        help_text=gettext_lazy(
            "PDF, XLSX, CSV, JPG, PNG o GeoJSON de hasta 20 MB. Quitamos autor, fechas "
            "y ubicación de PDF, XLSX y fotos."
        ),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": _ACCEPTED}),
    )
    url = forms.URLField(
        label=gettext_lazy("O un enlace"),
        help_text=gettext_lazy("La página que publica el dato o el documento."),
        required=False,
        max_length=500,
        assume_scheme="https",
        validators=[URLValidator(schemes=["http", "https"], message=_WHOLE_LINK)],
        error_messages={
            "invalid": _WHOLE_LINK,
            "max_length": gettext_lazy("El enlace pasa de 500 letras."),
        },
    )
    access = forms.ChoiceField(
        label=gettext_lazy("Quién la puede abrir"),
        choices=(
            ("public", gettext_lazy("Pública: todos, cuando el valor se publique")),
            ("reserved", gettext_lazy("Reservada: el público solo lee el título")),
        ),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Elige quién puede abrir la evidencia."),
            "invalid_choice": gettext_lazy("Elige quién puede abrir la evidencia."),
        },
    )

    def clean_title(self) -> str:
        """Return the title in one line."""
        return " ".join(str(self.cleaned_data["title"]).split())

    def clean_url(self) -> str:
        """Return the link, refusing one that carries a name and a password."""
        url: str = self.cleaned_data["url"]
        if "@" in urlsplit(url).netloc:
            raise forms.ValidationError(_("El enlace lleva una clave: quítala."))
        return url

    def clean_file(self) -> CleanFile | None:
        """Return the file as it may be kept, None where none was sent."""
        upload = self.cleaned_data["file"]
        if not upload:
            return None
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(_("El archivo debe pesar como máximo 20 MB."))
        try:
            return cleaned_file(upload.read(), upload.name)
        except FileRefused as refused:
            raise forms.ValidationError(str(refused)) from refused

    def clean(self) -> dict[str, Any]:
        """Return the cleaned values: a file or a link, not both and not neither."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "file" not in cleaned or "url" not in cleaned:
            return cleaned
        if cleaned["file"] and cleaned["url"]:
            self.add_error("url", _("Elige un archivo o un enlace, no los dos."))
        elif not cleaned["file"] and not cleaned["url"]:
            self.add_error("file", _("Elige un archivo o escribe un enlace."))
        return cleaned

    @property
    def had_file(self) -> bool:
        """Return whether a file came with the form: no browser keeps the choice."""
        return bool(self.files)

    @property
    def content(self) -> EvidenceContent:
        """Return what was given; only after is_valid()."""
        given = self.cleaned_data
        return EvidenceContent(
            title=given["title"],
            kind=given["kind"],
            is_public=given["access"] == "public",
            url=given["url"],
            file=given["file"],
        )


class EvidenceChoiceForm(forms.Form):
    """Which evidence a button is of."""

    evidence = forms.IntegerField(widget=forms.HiddenInput)
