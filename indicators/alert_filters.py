"""What readers may ask of the list of clusters, read from the address."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indicators.day_input import DayInput
from indicators.numbers import NumberError, parse_number

PARAMETERS: Final = (
    "fuente",
    "distrito",
    "confianza",
    "estado",
    "zona",
    "desde",
    "hasta",
    "minimo",
    "orden",
    "pagina",
)
CONFIDENCES: Final = (
    ("2", gettext_lazy("Todas")),
    ("3", gettext_lazy("Alta o muy alta")),
    ("4", gettext_lazy("Muy alta")),
)
STATES: Final = (
    ("unverified", gettext_lazy("Sin verificar")),
    ("confirmed", gettext_lazy("Confirmada en campo")),
    ("false", gettext_lazy("Falsa alarma")),
    ("natural", gettext_lazy("Causa natural")),
    ("authorised", gettext_lazy("Cambio autorizado")),
)
ORDERS: Final = (
    ("reciente", gettext_lazy("Más reciente")),
    ("superficie", gettext_lazy("Más hectáreas")),
    ("antigua", gettext_lazy("Más antigua")),
)
STATE_WORDS: Final = dict(STATES)
# An address with a larger page is nobody's.
MAX_PAGE: Final = 100_000


@dataclass(frozen=True, kw_only=True)
class AlertFilters:
    """A checked question. Empty text, None or 0 leaves a filter out.

    `since` and `until` are whole days, both counted; `confidence` is the least.
    """

    source: int
    ubigeo: str = ""
    confidence: int = 2
    state: str = ""
    zone_id: int = 0
    since: dt.date | None = None
    until: dt.date | None = None
    min_ha: Decimal | None = None
    order: str = "reciente"
    page: int = 1


_PLAUSIBLE: Final = (
    MinValueValidator(dt.date(1900, 1, 1), gettext_lazy("Escribe un año desde 1900.")),
    MaxValueValidator(
        dt.date(2099, 12, 31), gettext_lazy("Escribe un año hasta 2099.")
    ),
)


class AlertFilterForm(forms.Form):
    """The filters as a form sent by plain GET."""

    fuente = forms.ChoiceField(label=gettext_lazy("Fuente"), required=False)
    distrito = forms.ChoiceField(label=gettext_lazy("Distrito"), required=False)
    zona = forms.ChoiceField(label=gettext_lazy("Zona"), required=False)
    confianza = forms.ChoiceField(
        label=gettext_lazy("Confianza, al menos"), required=False, choices=CONFIDENCES
    )
    estado = forms.ChoiceField(
        label=gettext_lazy("Verificación"),
        required=False,
        choices=(("", gettext_lazy("Todas")), *STATES),
    )
    desde = forms.DateField(
        label=gettext_lazy("Desde"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=DayInput(),
        validators=_PLAUSIBLE,
        error_messages={"invalid": gettext_lazy("Escribe la fecha como 2026-07-28.")},
    )
    hasta = forms.DateField(
        label=gettext_lazy("Hasta"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=DayInput(),
        validators=_PLAUSIBLE,
        error_messages={"invalid": gettext_lazy("Escribe la fecha como 2026-07-28.")},
    )
    minimo = forms.CharField(
        label=gettext_lazy("Hectáreas, al menos"),
        required=False,
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    orden = forms.ChoiceField(
        label=gettext_lazy("Orden"), required=False, choices=ORDERS
    )
    pagina = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MAX_PAGE,
        widget=forms.HiddenInput,
        error_messages={"invalid": gettext_lazy("Esa página no existe.")},
    )

    def __init__(
        self,
        *args: Any,
        sources: Sequence[tuple[int, str]],
        districts: Sequence[tuple[str, str]],
        zones: Sequence[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._first_source = sources[0][0] if sources else 0
        choices: dict[str, list[tuple[str, Any]]] = {
            "fuente": [(str(number), name) for number, name in sources],
            "distrito": [("", _("Todos")), *districts],
            "zona": [("", _("Todas")), *((str(n), name) for n, name in zones)],
        }
        for name, allowed in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = allowed
        for field in self.fields.values():
            field.error_messages["invalid_choice"] = _("Elige una opción de la lista.")
        # A link to a zone that ended must not lead to the unfiltered list.
        gone = _("Esa zona ya no está entre las cargadas.")
        self.fields["zona"].error_messages["invalid_choice"] = gone
        if not zones and not self.data.get("zona"):
            del self.fields["zona"]

    def clean_minimo(self) -> Decimal | None:
        """Return the least hectares, None if not given."""
        text = self.cleaned_data["minimo"]
        if not text:
            return None
        try:
            number = parse_number(text)
        except NumberError as error:
            raise forms.ValidationError(
                _("Escribe un número, por ejemplo 1.5.")
            ) from error
        if number < 0:
            raise forms.ValidationError(_("Escribe cero o más."))
        return number

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it starts."""
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("desde"), cleaned.get("hasta")
        if since and until and until < since:
            self.add_error("hasta", _("El periodo termina antes de empezar."))
        return cleaned

    @property
    def filters(self) -> AlertFilters:
        """Return the checked question; only after `is_valid`."""
        given = self.cleaned_data
        return AlertFilters(
            source=int(given["fuente"] or self._first_source),
            ubigeo=given["distrito"],
            confidence=int(given["confianza"] or 2),
            state=given["estado"],
            zone_id=int(given.get("zona") or 0),
            since=given["desde"],
            until=given["hasta"],
            min_ha=given["minimo"],
            order=given["orden"] or ORDERS[0][0],
            page=given["pagina"] or 1,
        )
