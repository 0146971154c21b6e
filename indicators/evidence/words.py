"""Evidence in the reader's words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

KIND_WORDS = {
    "official_statistic": gettext_lazy("Estadística oficial"),
    "document": gettext_lazy("Documento"),
    "data_set": gettext_lazy("Conjunto de datos"),
    "third_party": gettext_lazy("Informe de un tercero"),
    "photo": gettext_lazy("Foto"),
    "statement": gettext_lazy("Declaración"),
}


def level_word(level: int) -> str:
    """Return what the best evidence of a level from 0 to 4 is."""
    return (
        _("Sin evidencia"),
        _("Declaración"),
        _("Tercero o foto"),
        _("Documento o conjunto de datos"),
        _("Estadística oficial con enlace"),
    )[level]
