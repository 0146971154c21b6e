"""What a status is called and how it looks: a word and a shape, never colour alone."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, kw_only=True)
class Group:
    """A kind of status as lists count and filter it.

    ``slug`` stands in addresses, ``shape`` names the drawn mark, ``tone`` its
    colour class; ``counted`` is the word after a number ("2 en camino").
    """

    slug: str
    word: str | Promise
    counted: str | Promise
    shape: str
    tone: str


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One status or reason: ``code`` of the method, its word, shape and group."""

    code: str
    word: str | Promise
    shape: str
    group: Group


MET = Group(
    slug="alcanzada",
    word=_("Meta alcanzada"),
    counted=_("con la meta alcanzada"),
    shape="star",
    tone="met",
)
ON_TRACK = Group(
    slug="en-camino",
    word=_("En camino"),
    counted=_("en camino"),
    shape="up",
    tone="good",
)
FASTER = Group(
    slug="acelerar",
    word=_("Avanza, debe acelerar"),
    counted=_("que avanzan y deben acelerar"),
    shape="up-hollow",
    tone="faster",
)
LIMITED = Group(
    slug="insuficiente",
    word=_("Avance insuficiente"),
    counted=_("con avance insuficiente"),
    shape="diamond",
    tone="limited",
)
WORSE = Group(
    slug="retroceso",
    word=_("Retroceso"),
    counted=_("con retroceso"),
    shape="down",
    tone="worse",
)
TREND = Group(
    slug="tendencia",
    word=_("Solo tendencia"),
    counted=_("con tendencia y sin número en el plan"),
    shape="arrow",
    tone="none",
)
WITHOUT_DATA = Group(
    slug="sin-datos",
    word=_("Sin datos suficientes"),
    counted=_("sin datos suficientes"),
    shape="circle",
    tone="none",
)
TO_VALIDATE = Group(
    slug="por-validar",
    word=_("Meta por validar"),
    counted=_("con la meta por validar"),
    shape="square",
    tone="none",
)
GROUPS = (MET, ON_TRACK, FASTER, LIMITED, WORSE, TREND, WITHOUT_DATA, TO_VALIDATE)
WITHOUT_VERDICT = frozenset({TREND.slug, WITHOUT_DATA.slug, TO_VALIDATE.slug})

_ROWS: tuple[tuple[str, str | Promise, str, Group], ...] = (
    ("achieved", MET.word, "star", MET),
    ("met_this_year", _("Se cumple este año"), "star-hollow", MET),
    ("maintained", _("Meta mantenida"), "star", MET),
    ("on_track", ON_TRACK.word, "up", ON_TRACK),
    ("accelerate", FASTER.word, "up-hollow", FASTER),
    ("limited", LIMITED.word, "diamond", LIMITED),
    ("deterioration", WORSE.word, "down", WORSE),
    ("trend_only", TREND.word, "arrow", TREND),
    ("no_baseline", _("Falta la línea de base"), "circle", WITHOUT_DATA),
    ("no_approved_value", _("Falta un valor"), "circle", WITHOUT_DATA),
    ("one_point", _("Falta otro año"), "circle", WITHOUT_DATA),
    ("too_early", _("Es pronto para evaluar"), "circle", WITHOUT_DATA),
    ("no_target", _("Falta el número de la meta"), "square", TO_VALIDATE),
    ("definition_pending", _("Falta la definición"), "square", TO_VALIDATE),
)
MARKS = {
    code: Mark(code=code, word=word, shape=shape, group=group)
    for code, word, shape, group in _ROWS
}


def mark_of(status: str, reason: str) -> Mark:
    """Return the mark of a stored result.

    What cannot be assessed is marked by its reason. Raises KeyError for a code the
    method does not have, so that a new status cannot pass for an old one.
    """
    return MARKS[reason if status == "not_assessable" else status]
