"""Codes of the plan in the reader's words."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indicators.dates import short_day
from indicators.models.plan import Origin

_ORIGIN_WORD = {
    Origin.PRINTED.value: gettext_lazy("Impreso en el plan"),
    Origin.INFERRED.value: gettext_lazy("Deducido del texto del plan"),
    Origin.PROPOSED.value: gettext_lazy("Propuesta de este tablero"),
    Origin.ADOPTED.value: gettext_lazy("Adoptado por el comité"),
}


def origin_word(origin: str) -> str:
    """Return whose words or figures something is; printed and proposed apart."""
    return str(_ORIGIN_WORD[origin])


def confidence_word(confidence: str) -> str:
    """Return how sure the reading of the printed plan is."""
    return {"high": _("alta"), "medium": _("media"), "low": _("baja")}[confidence]


_RULE_WORDS = {
    "level": gettext_lazy("Se compara el último valor con la meta."),
    "annual_ceiling": gettext_lazy(
        "Es un tope por año: se cumple con dos años seguidos por debajo."
    ),
    "cumulative": gettext_lazy(
        "Se suman los valores de cada año desde la línea de base."
    ),
    "percent_of_baseline": gettext_lazy(
        "La meta es un porcentaje sobre la línea de base."
    ),
    "share": gettext_lazy("Es un porcentaje entre 0 y 100, comparado con la meta."),
    "checklist": gettext_lazy(
        "Es una lista de pasos: cuenta el peso de los pasos hechos."
    ),
    "direction_only": gettext_lazy(
        "El plan no imprime un número: se muestra la tendencia y no se evalúa."
    ),
}


def rule_words(target_type: str) -> str:
    """Return how a value is compared with its target, in a sentence."""
    return str(_RULE_WORDS[target_type])


_COLLECTION_WORDS = {
    "auto": gettext_lazy("Cálculo programado con datos abiertos"),
    "plots": gettext_lazy("Registro de parcelas"),
    "register": gettext_lazy("Registro de la plataforma"),
    "statistics": gettext_lazy("Estadística oficial"),
    "survey": gettext_lazy("Encuesta local"),
    "manual": gettext_lazy("Registro manual con evidencia"),
}


def collection_words(collection: str) -> str:
    """Return how the value is obtained, as this dashboard proposes it."""
    return str(_COLLECTION_WORDS[collection])


_DERIVATIONS = {
    "sum_of_districts": gettext_lazy(
        "La fuente da cada distrito. La provincia es su suma, solo si están todos."
    ),
    "gross_value": gettext_lazy(
        "Estimado de este tablero: la producción de cada cultivo por su precio base,"
        " sumada. No es la cifra oficial del departamento."
    ),
    "alert_area": gettext_lazy(
        "Estimado de este tablero: la superficie de los píxeles con alerta en el año,"
        " de toda confianza, con los distritos sumados. Un año da número cuando todos"
        " los distritos se cargaron completos y la fuente ya no lo revisa, 180 días"
        " después. No es pérdida medida ni cifra oficial."
    ),
    "perennial": gettext_lazy(
        "Producción de los 12 meses entre el promedio mensual del área cosechada, con"
        " los distritos sumados. El área de un cultivo permanente se repite cada mes;"
        " por eso no se suma."
    ),
    "transitory": gettext_lazy(
        "Producción del año entre el área cosechada del año, con los distritos"
        " sumados. El área de cada mes es la que se cosechó en él; por eso se suma."
    ),
}


def derivation_words(rule: str | None, crop_kind: str | None) -> str:
    """Return how a source's rows become a yearly value; "" where a person types it."""
    key = (crop_kind or "") if rule == "crop_yield" else (rule or "")
    return str(_DERIVATIONS.get(key, ""))


def year_without_number(row: dict[str, Any]) -> str:
    """Return a year that the source has rows of, and why it gives no number."""
    words = {
        "months": _("%(year)s, con %(months)s de 12 meses"),
        "area": _("%(year)s, sin área cosechada"),
        "prices": _("%(year)s, sin el precio base de algún cultivo"),
        "open": _("%(year)s, que la fuente todavía revisa (hasta el %(until)s)"),
        "districts": _("%(year)s, sin cargar el año entero en %(places)s"),
    }[row["why"]]
    until = row.get("until")
    return words % {
        "year": row["year"],
        "months": row.get("months"),
        "until": until and short_day(dt.date.fromisoformat(until)),
        "places": ", ".join(row.get("places", ())),
    }


def made_up_alerts() -> str:
    """Return the one name of the demo's alerts, which no source has."""
    return _("Alertas inventadas de la demostración (SINTÉTICO)")
