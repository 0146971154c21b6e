"""A cluster's dossier as a PDF: tagged, in its language, out of nothing but its text.

Imports WeasyPrint, half a second and Pango: for the worker alone.
"""

import datetime as dt
import hashlib
import logging
from typing import NoReturn

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from weasyprint import HTML
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from indicators.alert_words import comment_url, viewer_links
from indicators.dossier_files import what_it_shows
from indicators.models import DossierFile
from indicators.series.alert_dossier import Dossier, dossier
from indicators.series.records import Lang
from indicators.series.site import home_site

logger = logging.getLogger(__name__)

_LANGUAGES: dict[Lang, str] = {"es": "es-pe", "en": "en"}


class AddressRefused(ValueError):
    """The document asked for something outside of itself."""


class NothingOutside(URLFetcher):  # type: ignore[misc]
    """Lets a document load nothing: no page, no file, no picture, no font.

    One that asks for something is a fault of ours and is not made at all.
    """

    def __init__(self) -> None:
        super().__init__(allowed_protocols=(), fail_on_errors=True)

    def fetch(self, url: str, headers: object = None) -> NoReturn:
        """Refuse an address.

        Raises:
            AddressRefused: always; its text is the scheme alone.
        """
        raise AddressRefused(url.partition(":")[0])


def make_dossier(file_id: int) -> str:
    """Return what became of a PDF that was asked for: a state, or "gone".

    Made from what is true now, which may be newer than what was asked for. Doing it
    twice makes it once. Whatever goes wrong is told to the reader, then raised: the
    outbox tries again by itself.
    """
    row = DossierFile.objects.filter(pk=file_id).defer("body").first()
    if row is None:
        return "gone"
    if row.state == DossierFile.State.MADE:
        return str(row.state)
    lang: Lang = "en" if row.language == "en" else "es"
    mine = DossierFile.objects.filter(pk=file_id)
    try:
        with translation.override(_LANGUAGES[lang]):
            page = dossier(row.cluster_id, lang=lang)
            if not isinstance(page, Dossier):
                # Merged meanwhile: the page that waits leads to the survivor.
                mine.delete()
                return "gone"
            body = dossier_pdf(page, lang=lang, made_on=timezone.localdate())
    except Exception:
        # Whatever it was: a reader waits before a page that would say "soon" for ever.
        mine.filter(state=DossierFile.State.ASKED).update(
            state=DossierFile.State.FAILED
        )
        raise
    mine.update(
        state=DossierFile.State.MADE,
        shows=what_it_shows(page, lang=lang),
        made_at=timezone.now(),
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
    )
    return str(DossierFile.State.MADE)


def dossier_pdf(page: Dossier, *, lang: Lang, made_on: dt.date) -> bytes:
    """Return a dossier as a tagged PDF (PDF/UA-1) in the active language.

    One A4 page unless it has a long history or lies in many zones.
    """
    return pdf_of(dossier_html(page, lang=lang, made_on=made_on))


def dossier_html(page: Dossier, *, lang: Lang, made_on: dt.date) -> str:
    """Return the document of the PDF as HTML that needs nothing else."""
    comment = comment_url(page.number)
    context = {
        "page": page,
        "lang": lang,
        "site": home_site(lang),
        "address": settings.SITE_URL
        + reverse("indicators:alert-detail", args=[page.number]),
        "links": viewer_links(longitude=page.longitude, latitude=page.latitude),
        "comment_url": settings.SITE_URL + comment if comment else "",
        "made_on": made_on,
        # WeasyPrint draws each SVG by itself, by the rules within it alone.
        "map_style": render_to_string("indicators/alert_sheet_map.css"),
    }
    return render_to_string("indicators/alert_sheet.html", context)


def pdf_of(html: str) -> bytes:
    """Return a document as PDF/UA-1.

    Raises:
        AddressRefused: it names an address to load something from.
    """
    document = HTML(string=html, url_fetcher=NothingOutside())
    try:
        made: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    except FatalURLFetchingError as error:
        # No Exception: it would end the worker's child, and nobody would be told.
        raise AddressRefused(str(error.__cause__)) from error
    return made
