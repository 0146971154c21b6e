"""How pages write an evidence level: a word, steps and the number."""

from functools import cache

from django import template
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from indicators.evidence.level import BEST
from indicators.evidence.reading import EvidenceItem
from indicators.evidence.words import level_word

register = template.Library()


@register.simple_tag
def evidence_level(level: int) -> SafeString:
    """Return the level from 0 to 4 as "Documento ■■■□ 3 de 4"."""
    return _written(level, get_language())


# A table has one in each row, and there are ten of them in all.
@cache
def _written(level: int, _language: str | None) -> SafeString:
    return format_html(
        '<span class="evidence">{} <span class="steps" aria-hidden="true">{}{}</span> '
        "<b>{}</b></span>",
        level_word(level),
        "■" * level,
        "□" * (BEST - level),
        _("%(level)s de %(best)s") % {"level": level, "best": BEST},
    )


@register.filter
def about_file(item: EvidenceItem) -> str:
    """Return "PDF, 1.2 MB" of a file, "" for a link and where it is reserved."""
    return f"{item.form}, {filesizeformat(item.size_bytes or 0)}" if item.form else ""
