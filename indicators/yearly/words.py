"""The words of the panel: why something was refused, what is asked back."""

from decimal import Decimal

from django.contrib.auth.models import User
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from indicators.models import Indicator, YearlyValue
from indicators.yearly.checks import EARLIEST_YEAR, ValueQuestion
from territory.models import Place


def in_english() -> bool:
    """Return whether the page is in English."""
    return (get_language() or "").startswith("en")


def shown_number(value: Decimal | None, decimals: int) -> str:
    """Return the value as Peru writes it, "" when there is none.

    At least `decimals` decimals, and never fewer than the value has.
    """
    if value is None:
        return ""
    exponent = value.normalize().as_tuple().exponent
    own = -exponent if isinstance(exponent, int) else 0
    # Rounding would fail on what somebody typed with more than 28 digits.
    return f"{value:,.{max(own, decimals, 0)}f}"


def shown_value(row: YearlyValue) -> str:
    """Return the value with its unit, or "Sin dato" with its reason."""
    if row.value is None:
        return f"{_('Sin dato')}: {no_data_label(row.no_data_reason).lower()}"
    return f"{shown_number(row.value, row.indicator.decimals)} {unit(row.indicator)}"


def unit(indicator: Indicator) -> str:
    """Return the indicator's unit in the language of the page."""
    return indicator.unit_en if in_english() else indicator.unit_es


def indicator_name(indicator: Indicator) -> str:
    """Return what the public page calls the indicator, in the page's language.

    Five printed indicators share one wording and differ by their goal alone.
    """
    named = indicator.goal if indicator.is_main else indicator
    return named.name_en if in_english() else named.name_es


def person_name(user: User | None) -> str:
    """Return how the panel names a person; "" where nobody stands behind it."""
    return (user.get_full_name() or user.get_username()) if user else ""


def place_name(place: Place) -> str:
    """Return "Provincia de X" or "Distrito de X": both may have one name."""
    if place.level == Place.Level.PROVINCE:
        return _("Provincia de %(name)s") % {"name": place.name}
    return _("Distrito de %(name)s") % {"name": place.name}


def state_label(state: str) -> str:
    """Return the word for a state of a value; "" has the word for nothing recorded."""
    return {
        "": _("Sin registrar"),
        "draft": _("Borrador"),
        "in_review": _("En revisión"),
        "returned": _("Devuelto con observaciones"),
        "published": _("Publicado"),
        "superseded": _("Corregido"),
        "withdrawn": _("Retirado"),
    }[state]


def kind_label(kind: str) -> str:
    """Return the word for a kind of value."""
    return {
        "measured": _("Medido"),
        "estimated": _("Estimado"),
        "preliminary": _("Preliminar"),
        "no_data": _("Sin dato"),
    }[kind]


def no_data_label(reason: str) -> str:
    """Return the words for a reason of there being no value."""
    return {
        "not_collected": _("No se levantó"),
        "not_published": _("Aún no se publica"),
        "confidential": _("Es confidencial"),
        "not_applicable": _("No aplica"),
    }[reason]


def refusal_text(code: str) -> str:
    """Return why an action was refused, for the person who tried it."""
    return {
        "not_allowed": _("No tienes permiso para hacer esto con este valor."),
        "own_value": _("Tú registraste este valor: lo revisa y publica otra persona."),
        "wrong_state": _("El valor cambió de estado y esto ya no se puede hacer."),
        "no_reason": _("Escribe el motivo."),
        "no_change_reason": _("Escribe por qué se corrige el valor publicado."),
        "open_exists": _(
            "Ya hay un valor en preparación para este indicador, lugar y año."
        ),
        "from_load": _(
            "Este valor llega de una fuente automática: se corrige en la fuente."
        ),
        "impossible": _("El valor no es posible."),
        "unconfirmed": _("Confirma el valor y escribe por qué es correcto."),
        "contradiction": _(
            "Con este valor los datos publicados se contradicen. Devuélvelo."
        ),
        "wrong_content": _("Elige un valor o un motivo de que no haya dato."),
        "year_locked": _(
            "El año está cerrado: para cambiar sus valores hay que abrirlo con un "
            "motivo."
        ),
        "no_session": _("Escribe en qué sesión se tomó nota de los valores."),
        "year_not_over": _("Solo se cierra un año que ya terminó."),
        "year_busy": _(
            "Alguien está publicando un valor de este año. Espera un momento e "
            "inténtalo otra vez."
        ),
        "year_closed": _("Otra persona ya cerró este año."),
        "year_open": _("Otra persona ya abrió este año."),
        "twice": _("Este indicador, lugar y año está dos veces."),
        "published_meanwhile": _(
            "Entretanto se publicó otro valor de este año. Devuélvelo para que se "
            "registre como corrección."
        ),
        "same_file": _("Este archivo ya está en la lista de evidencia."),
        "same_link": _("Este enlace ya está en la lista de evidencia."),
        "too_many": _("El valor ya tiene 20 evidencias: quita una para agregar otra."),
        "no_room": _(
            "No se pudo guardar el archivo: el disco del servidor no lo aceptó. Lo "
            "demás sigue aquí. Avisa a la administración e inténtalo más tarde."
        ),
        "gone": _("Esa evidencia ya no está en la lista."),
    }[code]


def question_text(
    question: ValueQuestion, indicator: Indicator, previous: YearlyValue | None
) -> str:
    """Return the sentence for a finding about a typed value."""
    before = shown_value(previous) if previous else ""
    year = str(previous.year) if previous else ""
    share = question.factor or Decimal(0)
    words = {
        "year_future": _("Nadie pudo medir un año que aún no llega. Elige otro tipo."),
        "year_ahead": _("El año aún no llega. ¿Es correcto?"),
        "no_evidence": _(
            "No hay enlace ni archivo que respalde el valor. ¿Por qué es correcto?"
        ),
        "year_too_early": _("Elige un año desde %(year)s.")
        % {"year": str(EARLIEST_YEAR)},
        "share_range": _("Es un porcentaje: escribe un número entre 0 y 100."),
        "too_large": _("El número es demasiado grande. Revisa la unidad."),
        "too_precise": _("Escribe como máximo 4 decimales."),
        "rescaled": _(
            "El valor difiere unas %(times)s veces del de %(year)s (%(before)s). "
            "¿Está en la misma unidad?"
        )
        % {"times": f"{share:,.0f}", "year": year, "before": before},
        "large_change": _(
            "El valor cambia %(pct)s respecto de %(year)s (%(before)s). ¿Es correcto?"
        )
        % {"pct": f"{share * 100:+.0f} %", "year": year, "before": before},
        "far_from_history": _(
            "El valor se aleja mucho de los años anteriores (mediana %(middle)s). "
            "¿Es correcto?"
        )
        % {"middle": shown_number(share, indicator.decimals)},
        "parts": _(
            "Los distritos suman %(parts)s y la provincia dice %(whole)s. ¿Es correcto?"
        )
        % {
            "parts": shown_number(share, indicator.decimals),
            "whole": shown_number(question.total, indicator.decimals),
        },
        "negative": _("El valor es negativo. ¿Es correcto?"),
        "year_running": _(
            "El año aún no termina: un valor medido suele ser preliminar. ¿Es correcto?"
        ),
    }
    return words[question.code]
