"""The forms of the mapping screen: which file, which columns, why they are right."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.contrib.auth.models import User
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indicators.models import Indicator, YearlyValue
from indicators.sheets.rules import BY_CODE, MOST_FILTERS, Rule
from indicators.sheets.tables import LIMITS, Column
from indicators.yearly.assignments import assigned_indicators
from indicators.yearly.checks import EARLIEST_YEAR
from indicators.yearly.forms import IndicatorField
from indicators.yearly.words import kind_label, no_data_label, place_name
from territory.models import Place

_WHOLE_LINK = gettext_lazy("Escribe un enlace completo, como https://…")
_LAST_YEAR: Final = 2100
_FACTORS: Final = ("1", "100", "1000", "0.001")


class SheetUploadForm(forms.Form):
    """A file, and the indicator whose values it holds."""

    indicator = IndicatorField(
        label=gettext_lazy("Indicador"),
        queryset=Indicator.objects.none(),
        empty_label=gettext_lazy("Elige un indicador"),
        error_messages={
            "required": gettext_lazy("Elige un indicador."),
            "invalid_choice": gettext_lazy("Ese indicador no está a tu cargo."),
        },
    )
    file = forms.FileField(
        label=gettext_lazy("Archivo"),
        help_text=gettext_lazy("Excel (.xlsx) o CSV, de 10 MB como máximo."),
        error_messages={
            "required": gettext_lazy("Elige un archivo."),
            "empty": gettext_lazy("El archivo está vacío."),
            "invalid": gettext_lazy("Elige un archivo."),
        },
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["indicator"].queryset = assigned_indicators(user)  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        """Return the file if it is not too large to be read."""
        upload = self.cleaned_data["file"]
        if upload.size > LIMITS.file_bytes:
            raise forms.ValidationError(_("El archivo debe pesar menos de 10 MB."))
        return upload


class TitleRowForm(forms.Form):
    """Which sheet, and in which row its titles stand; chosen before the columns."""

    sheet = forms.ChoiceField(label=gettext_lazy("Hoja"), required=False)
    title_row = forms.IntegerField(
        label=gettext_lazy("Fila de los títulos"),
        min_value=1,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "invalid": gettext_lazy("Escribe el número de la fila, como 4."),
            "min_value": gettext_lazy("Escribe el número de la fila, como 4."),
        },
    )

    def __init__(self, *args: Any, names: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sheet"].choices = [(name, name or "CSV") for name in names]  # type: ignore[attr-defined]


def _column(label: Any, *, required: bool = False, error: Any = "") -> Any:
    return forms.ChoiceField(
        label=label,
        required=required,
        error_messages={
            "required": error,
            "invalid_choice": gettext_lazy("Esa columna no está en la hoja."),
        },
    )


class RuleForm(forms.Form):
    """Which columns hold what, which rows are meant, and what the values are."""

    value_column = _column(
        gettext_lazy("Columna del valor"),
        required=True,
        error=gettext_lazy("Elige la columna del valor."),
    )
    factor = forms.ChoiceField(
        label=gettext_lazy("Unidad del archivo"),
        help_text=gettext_lazy("El valor debe quedar en la unidad del indicador."),
    )
    year_column = _column(gettext_lazy("Columna del año"))
    year = forms.IntegerField(
        label=gettext_lazy("Año, si ninguna columna lo dice"),
        required=False,
        min_value=EARLIEST_YEAR,
        max_value=_LAST_YEAR,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "invalid": gettext_lazy("Escribe el año con cuatro cifras, como 2025."),
            "min_value": gettext_lazy("Elige un año desde 1985."),
            "max_value": gettext_lazy("Escribe el año con cuatro cifras, como 2025."),
        },
    )
    place = forms.ChoiceField(
        label=gettext_lazy("¿De qué lugar son los valores?"),
        error_messages={"required": gettext_lazy("Elige un lugar.")},
    )
    place_column = _column(gettext_lazy("Columna del ubigeo"))
    kind = forms.ChoiceField(label=gettext_lazy("Tipo de valor"))
    missing_as = forms.ChoiceField(
        label=gettext_lazy("Celdas sin dato (N.D., guion o vacías)"), required=False
    )
    proxy = forms.CharField(
        label=gettext_lazy("Indicador sustituto (opcional)"),
        help_text=gettext_lazy(
            "Solo si la cifra no mide lo mismo. Por ejemplo: 4.º grado en lugar de "
            "2.º, o departamento en lugar de provincia."
        ),
        required=False,
        max_length=200,
    )
    source_text = forms.CharField(
        label=gettext_lazy("Fuente"),
        help_text=gettext_lazy("Quién lo publica, qué documento y qué fecha."),
        max_length=300,
        error_messages={"required": gettext_lazy("Escribe de dónde sale el valor.")},
    )
    source_url = forms.URLField(
        label=gettext_lazy("Enlace a la fuente (opcional)"),
        required=False,
        max_length=500,
        assume_scheme="https",
        validators=[URLValidator(schemes=["http", "https"], message=_WHOLE_LINK)],
        error_messages={"invalid": _WHOLE_LINK},
    )

    def __init__(
        self, *args: Any, columns: Sequence[Column], places: Sequence[Place], **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        self.columns = columns
        for number in range(1, MOST_FILTERS + 1):
            words = {"number": number}
            self.fields[f"filter_column_{number}"] = _column(
                _("Condición %(number)s: columna") % words
            )
            self.fields[f"filter_text_{number}"] = forms.CharField(
                label=_("Condición %(number)s: dice") % words,
                required=False,
                max_length=100,
            )
        self._offer(places)

    def _offer(self, places: Sequence[Place]) -> None:
        titles = [(str(one.index), _column_name(one)) for one in self.columns]
        for name, field in self.fields.items():
            if "column" in name:
                empty = _("Elige una columna") if field.required else _("Ninguna")
                field.choices = [("", empty), *titles]  # type: ignore[attr-defined]
        kinds = [kind for kind in YearlyValue.Kind.values if kind != "no_data"]
        offers: dict[str, list[tuple[str, str]]] = {
            "kind": [(kind, kind_label(kind)) for kind in kinds],
            "factor": list(zip(_FACTORS, _factor_words(), strict=True)),
            "missing_as": [("", _("No registrarlas"))]
            + [
                (reason, _("Sin dato: %(why)s") % {"why": no_data_label(reason)})
                for reason in YearlyValue.NoDataReason.values
            ],
            "place": [("", _("Elige un lugar"))]
            + [(place.ubigeo, place_name(place)) for place in places]
            + [(BY_CODE, _("Cada fila lo dice con su ubigeo"))],
        }
        for name, choices in offers.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Return the cleaned values, after the rules that join several fields."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        has_column, has_year = cleaned.get("year_column"), cleaned.get("year")
        if not has_column and not has_year and not {"year"} & set(self.errors):
            self.add_error("year", _("Elige la columna del año o escribe el año."))
        if has_column and has_year:
            self.add_error("year", _("Borra el año o quita la columna del año."))
        if cleaned.get("place") == BY_CODE and not cleaned.get("place_column"):
            self.add_error("place_column", _("Elige la columna del ubigeo."))
        for number in range(1, MOST_FILTERS + 1):
            self._check_filter(cleaned, number)
        return cleaned

    def _check_filter(self, cleaned: dict[str, Any], number: int) -> None:
        column = cleaned.get(f"filter_column_{number}")
        text = cleaned.get(f"filter_text_{number}")
        if column and not text:
            words = _("Escribe qué dice la columna en las filas que quieres.")
            self.add_error(f"filter_text_{number}", words)
        if text and not column:
            self.add_error(f"filter_column_{number}", _("Elige una columna."))

    def filters(self) -> list[tuple[Any, Any]]:
        """Return the pairs of fields of each condition, for the page."""
        return [
            (self[f"filter_column_{number}"], self[f"filter_text_{number}"])
            for number in range(1, MOST_FILTERS + 1)
        ]

    def rule(self, *, sheet: str, title_row: int) -> Rule:
        """Return what was chosen; only after is_valid()."""
        data = self.cleaned_data
        year_column, place_column = (
            int(data[name]) if data[name] else None
            for name in ("year_column", "place_column")
        )
        filters = tuple(
            (int(data[f"filter_column_{n}"]), data[f"filter_text_{n}"])
            for n in range(1, MOST_FILTERS + 1)
            if data[f"filter_column_{n}"]
        )
        value_column = int(data["value_column"])
        used = {value_column, year_column, place_column} | {at for at, _said in filters}
        plain = ("year", "place", "factor", "kind", "missing_as")
        return Rule(
            sheet=sheet,
            title_row=title_row,
            value_column=value_column,
            filters=filters,
            titles={str(c.index): c.title for c in self.columns if c.index in used},
            year_column=year_column,
            place_column=place_column,
            **{name: data[name] for name in (*plain, *_SAID)},
        )


_SAID: Final = ("source_text", "source_url", "proxy")


class ImportForm(forms.Form):
    """Which preview is imported, and the reasons that some of its rows ask for."""

    lock_version = forms.IntegerField(widget=forms.HiddenInput)
    is_file_public = forms.BooleanField(
        label=gettext_lazy("Cualquiera puede abrir el archivo"),
        help_text=gettext_lazy(
            "El archivo queda como evidencia. Si no marcas esto, el público solo lee "
            "su título."
        ),
        required=False,
    )
    change_reason = forms.CharField(
        label=gettext_lazy("Motivo de la corrección"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    is_confirmed = forms.BooleanField(
        label=gettext_lazy("Sí, los valores son correctos"), required=False
    )
    confirmation = forms.CharField(
        label=gettext_lazy("¿Por qué son correctos?"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        """Return the cleaned values; a tick and its reason go together."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        has_reason = bool(cleaned.get("confirmation", "").strip())
        if cleaned.get("is_confirmed") and not has_reason:
            words = _("Escribe por qué los valores son correctos.")
            self.add_error("confirmation", words)
        if has_reason and not cleaned.get("is_confirmed"):
            words = _("Confirma que los valores son correctos.")
            self.add_error("is_confirmed", words)
        return cleaned


def _column_name(column: Column) -> str:
    title = column.title or _("sin título")
    return f"{column.letter} · {title}"[:90]


def _factor_words() -> tuple[str, ...]:
    return (
        _("La misma del indicador"),
        _("Proporción de 0 a 1: multiplicar por 100"),
        _("En miles: multiplicar por 1,000"),
        _("Mil veces menor, como kg por t: dividir entre 1,000"),
    )
