"""Codes of the plan in the reader's words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
