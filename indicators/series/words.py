"""Codes of the plan in the reader's words."""

from django.utils.translation import gettext as _

from indicators.models.plan import Origin


def origin_word(origin: str) -> str:
    """Return whose words or figures something is; printed and proposed apart."""
    return {
        Origin.PRINTED.value: _("Impreso en el plan"),
        Origin.INFERRED.value: _("Deducido del texto del plan"),
        Origin.PROPOSED.value: _("Propuesta de este tablero"),
        Origin.ADOPTED.value: _("Adoptado por el comité"),
    }[origin]


def confidence_word(confidence: str) -> str:
    """Return how sure the reading of the printed plan is."""
    return {"high": _("alta"), "medium": _("media"), "low": _("baja")}[confidence]


def rule_words(target_type: str) -> str:
    """Return how a value is compared with its target, in a sentence."""
    return {
        "level": _("Se compara el último valor con la meta."),
        "annual_ceiling": _(
            "Es un tope por año: se cumple con dos años seguidos por debajo."
        ),
        "cumulative": _("Se suman los valores de cada año desde la línea de base."),
        "percent_of_baseline": _("La meta es un porcentaje sobre la línea de base."),
        "share": _("Es un porcentaje entre 0 y 100, comparado con la meta."),
        "checklist": _("Es una lista de pasos: cuenta el peso de los pasos hechos."),
        "direction_only": _(
            "El plan no imprime un número: se muestra la tendencia y no se evalúa."
        ),
    }[target_type]


def collection_words(collection: str) -> str:
    """Return how the value is obtained, as this dashboard proposes it."""
    return {
        "auto": _("Cálculo programado con datos abiertos"),
        "plots": _("Registro de parcelas"),
        "register": _("Registro de la plataforma"),
        "statistics": _("Estadística oficial"),
        "survey": _("Encuesta local"),
        "manual": _("Registro manual con evidencia"),
    }[collection]
