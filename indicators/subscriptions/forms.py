"""The form of /avisos/."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.gis.geos import Polygon
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from indicators.models import Subscription
from indicators.numbers import NumberError, parse_number
from indicators.subscriptions import areas
from territory.models import Place, Zone

AREA_KINDS = (
    ("district", gettext_lazy("Un distrito")),
    ("zone", gettext_lazy("Un área protegida u otra zona")),
    ("drawn", gettext_lazy("Un área que yo dibujo")),
)
CADENCES = (
    (Subscription.Cadence.WEEKLY.value, gettext_lazy("Cada semana")),
    (Subscription.Cadence.MONTHLY.value, gettext_lazy("Cada mes")),
    (Subscription.Cadence.RISE.value, gettext_lazy("Solo si hay un alza inusual")),
)
MOST_HA = 10_000
BOX = ("west", "south", "east", "north")


class SubscriptionForm(forms.Form):
    """What to hear of, how often, where to; `area` holds what was chosen."""

    area_kind = forms.ChoiceField(
        choices=AREA_KINDS,
        widget=forms.RadioSelect,
        initial="district",
        label=gettext_lazy("¿De qué lugar?"),
        error_messages={"required": gettext_lazy("Elige de qué lugar.")},
    )
    district = forms.ModelChoiceField(
        queryset=Place.objects.none(),
        required=False,
        to_field_name="ubigeo",
        label=gettext_lazy("Distrito"),
        empty_label=gettext_lazy("Elige un distrito"),
    )
    zone = forms.ModelChoiceField(
        queryset=Zone.objects.none(),
        required=False,
        label=gettext_lazy("Área protegida o zona"),
        empty_label=gettext_lazy("Elige una zona"),
    )
    polygon = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        label=gettext_lazy("Polígono en GeoJSON"),
        help_text=gettext_lazy("Hasta 500 puntos, en longitud y latitud (EPSG:4326)."),
    )
    west = forms.CharField(
        required=False, max_length=20, label=gettext_lazy("Oeste (longitud)")
    )
    south = forms.CharField(
        required=False, max_length=20, label=gettext_lazy("Sur (latitud)")
    )
    east = forms.CharField(
        required=False, max_length=20, label=gettext_lazy("Este (longitud)")
    )
    north = forms.CharField(
        required=False, max_length=20, label=gettext_lazy("Norte (latitud)")
    )
    cadence = forms.ChoiceField(
        choices=CADENCES,
        widget=forms.RadioSelect,
        initial="weekly",
        label=gettext_lazy("¿Cada cuánto?"),
        error_messages={"required": gettext_lazy("Elige cada cuánto.")},
    )
    least_area_ha = forms.CharField(
        max_length=20,
        initial="1",
        label=gettext_lazy("Avisar desde (hectáreas)"),
        help_text=gettext_lazy("Si hay menos, ese periodo no te escribimos."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={"required": gettext_lazy("Escribe desde cuántas hectáreas.")},
    )
    address = forms.EmailField(
        max_length=254,
        label=gettext_lazy("Tu correo"),
        help_text=gettext_lazy("Solo para estos avisos. Se borra cuando los dejas."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": gettext_lazy("Escribe tu correo."),
            "invalid": gettext_lazy("Revisa el correo: falta algo, como «@»."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.geom: Polygon | None = None
        districts = Place.objects.current().districts()
        home = districts.filter(jurisdiction__is_home=True).defer("geom")
        self.fields["district"].queryset = home.order_by("name")  # type: ignore[attr-defined]
        zones = Zone.objects.current().defer("geom").order_by("kind", "name")
        self.fields["zone"].queryset = zones  # type: ignore[attr-defined]
        self.fields["district"].label_from_instance = _name  # type: ignore[attr-defined]
        self.fields["zone"].label_from_instance = _zone_name  # type: ignore[attr-defined]
        for name in self.errors if self.is_bound else ():
            self.fields[name].widget.attrs["aria-invalid"] = "true"

    def clean_least_area_ha(self) -> Decimal:
        """Return the hectares typed, from 0 to 10,000, to a hundredth."""
        try:
            area_ha = parse_number(self.cleaned_data["least_area_ha"])
        except NumberError as error:
            english = (get_language() or "").startswith("en")
            words = error.reason_en if english else error.reason_es
            raise ValidationError(words) from None
        if not 0 <= area_ha <= MOST_HA:
            raise ValidationError(_("Escribe un número entre 0 y 10,000."))
        return area_ha.quantize(Decimal("0.01"))

    def clean(self) -> dict[str, Any]:
        """Return the fields; of the areas only the chosen one."""
        cleaned = super().clean() or {}
        kind = cleaned.get("area_kind")
        if kind == "district" and not cleaned.get("district"):
            self._refuse("district", _("Elige un distrito."))
        if kind == "zone" and not cleaned.get("zone"):
            self._refuse("zone", _("Elige una zona."))
        if kind == "drawn":
            self._clean_drawn(cleaned)
        return cleaned

    def _refuse(self, name: str, words: str | ValidationError) -> None:
        if name not in self.errors:
            self.add_error(name, words)

    def _clean_drawn(self, cleaned: dict[str, Any]) -> None:
        text = (cleaned.get("polygon") or "").strip()
        edges = [(cleaned.get(name) or "").strip() for name in BOX]
        try:
            if text:
                self.geom = areas.polygon_of_text(text)
            elif all(edges):
                self.geom = areas.polygon_of_box(*map(_degrees, edges))
            else:
                raise ValidationError(_("Pega un polígono o llena los cuatro bordes."))
            areas.must_lie_at_home(self.geom)
        except ValidationError as error:
            self.geom = None
            self._refuse("polygon", error)


def _degrees(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 999.0
    if not abs(number) <= 180:
        raise ValidationError(_("Escribe los bordes en grados, por ejemplo -76.51."))
    return number


def _name(place: Place) -> str:
    return place.name


def _zone_name(zone: Zone) -> str:
    return f"{zone.name} ({zone.get_kind_display()})"
