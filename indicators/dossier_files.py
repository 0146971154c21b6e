"""Asking for the PDF of a dossier, and how far it is. No PDF is made here."""

import hashlib
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Length
from django.utils import timezone

from indicators.models import DossierFile
from indicators.outbox import ask
from indicators.series.alert_dossier import Dossier
from indicators.series.records import Lang

KEEP: Final = timedelta(days=30)
# The schedule publishes every 5 s and a page takes about 2 s to make; but it may wait
# behind a load.
SLOW_AFTER: Final = timedelta(minutes=10)


def what_it_shows(page: Dossier, *, lang: Lang) -> str:
    """Return the SHA-256 of all that the PDF of a dossier says, but its own date.

    The release stands for its texts, its layout and its links.
    """
    said = f"{settings.RELEASE}\n{lang}\n{page!r}"
    return hashlib.sha256(said.encode()).hexdigest()


def dossier_file(number: int, *, lang: Lang) -> DossierFile | None:
    """Return the PDF of a cluster without its bytes but their number, `size_bytes`.

    None if nobody asked for it.
    """
    rows = DossierFile.objects.filter(cluster=number, language=lang)
    return rows.defer("body").annotate(size_bytes=Length("body")).first()


def served_file(number: int, *, lang: Lang) -> DossierFile | None:
    """Return the finished PDF of a cluster with its bytes, None while there is none.

    It may be older than the data: it says its date.
    """
    rows = DossierFile.objects.filter(
        cluster=number, language=lang, state=DossierFile.State.MADE
    )
    return (
        rows.select_related("cluster")
        .defer("cluster__footprint", "cluster__members", "cluster__assigned")
        .first()
    )


def ask_dossier(page: Dossier, *, lang: Lang) -> bool:
    """Return whether the PDF was newly asked for; one that stands or comes is enough.

    Nobody is named and no reason is asked for: it changes nothing that anyone reads.
    An older one is given up.
    """
    shows = what_it_shows(page, lang=lang)
    with transaction.atomic():
        # Two who ask at once come one after the other.
        row, is_new = DossierFile.objects.select_for_update().get_or_create(
            cluster_id=page.number,
            language=lang,
            defaults={"shows": shows, "asked_at": timezone.now()},
        )
        if not is_new and row.serves(shows):
            return False
        row.shows = shows
        row.state = DossierFile.State.ASKED
        row.asked_at = timezone.now()
        row.made_at, row.body, row.sha256 = None, None, ""
        row.times_asked += 1
        row.save()
        ask(
            task="indicators.tasks.make_dossier",
            arguments={"file_id": row.pk},
            key=f"dossier:{row.pk}:{row.times_asked}",
        )
    return True


def forget_old_dossiers() -> int:
    """Return how many PDFs nobody asked for in a month were forgotten."""
    old = DossierFile.objects.filter(asked_at__lt=timezone.now() - KEEP)
    return int(old.delete()[0])
