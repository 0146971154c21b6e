"""Annual loss, one edition of a source at a time: compared, published or held.

The official loss and any second opinion take the same way; a source that feeds no
indicator (no Derivation) never reaches one.
"""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from indicators.loaders.derive import (
    closed_years_changed,
    conflicting_values,
    derive_annual_loss,
    hold_indicators,
    hold_words,
)
from indicators.loaders.pipeline import (
    finish,
    move,
    source_lock,
    start_load,
    store_file,
    told,
)
from indicators.models import AnnualLoss, Load, Source, SourceFile
from indicators.sources.records import LossTable
from territory.models import Place

# A zip member without a time of its own, so that the same replies are the same file.
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
# Differences a person reads before publishing; the full set is in the rows.
_LARGEST_DIFFERENCE_LIST = 500


@dataclass(frozen=True)
class Upload:
    """A file handed over by a person or a command."""

    body: bytes
    name: str


@dataclass(frozen=True)
class Comparison:
    """How an edition differs from the published one; counts of (place, year)."""

    added: int
    same: int
    changed: tuple[tuple[str, int, Decimal, Decimal], ...]
    removed: tuple[tuple[str, int, Decimal], ...]

    @property
    def rewrites_history(self) -> bool:
        """Whether a published figure would change or go."""
        return bool(self.changed or self.removed)


@dataclass(frozen=True)
class Feed:
    """How one source's annual loss is fetched and read.

    `download` keeps the replies and returns their record, or None when the source
    has nothing newer; `parse` reads a kept file under the name it came with.
    """

    code: str
    download: Callable[[Source], SourceFile | None]
    parse: Callable[[SourceFile, str], LossTable]


def load_edition(
    feed: Feed,
    *,
    trigger: Load.Trigger,
    upload: Upload | None = None,
    requested_by: User | None = None,
) -> Load:
    """Return the finished load of an uploaded file, or of what the service answers.

    It ends published (only new years), unchanged (the same bytes or the same rows),
    held (past years change, or a person uploaded it) or rejected (nothing changed).

    Raises:
        SourceBusy: another load of this source is running.
    """
    source = Source.objects.get(code=feed.code)
    with source_lock(source.code):
        load = start_load(source, trigger=trigger, requested_by=requested_by)
        return told(load, lambda: _loaded(feed, load, upload))


def _loaded(feed: Feed, load: Load, upload: Upload | None) -> Load:
    source = load.source
    load.file = (
        _keep_upload(source, upload, load.requested_by)
        if upload
        else feed.download(source)
    )
    if load.file is None:
        return finish(load, Load.State.UNCHANGED)
    load.save()
    if already := _already_published(load.file):
        load.report = {"same_file_as_load": already.pk}
        return finish(load, Load.State.UNCHANGED)
    table = feed.parse(load.file, upload.name if upload else "")
    return _stage_and_publish(load, table)


def compared_anew(load: Load) -> str:
    """Return why a held load cannot be published yet; "" when it can.

    When another edition was published since it was compared, the differences are
    counted anew and saved, even though the publication is refused: the page shows
    them next.
    """
    with transaction.atomic():
        held = Load.objects.select_for_update().get(pk=load.pk)
        if held.state != Load.State.HELD or held.report.get(
            "compared_with"
        ) == _published_id(held.source):
            return ""
        comparison = _compare(held)
        _note(held, comparison)
        reason = _why_hold(held, comparison) or "Retenida: se comparó de nuevo."
        finish(held, Load.State.HELD, reason=reason)
    return (
        "Mientras esperaba se publicó otra edición. Se comparó de nuevo:"
        " revisa las diferencias antes de publicar."
    )


def publish(held: Load, *, reason: str) -> Load:
    """Return a held load as published, inside the caller's transaction and lock.

    Raises:
        ValueError: another edition is being published right now.
    """
    if held.report.get("compared_with") != _published_id(held.source):
        raise ValueError("Se está publicando otra edición. Inténtalo de nuevo.")
    return _publish(held, reason=reason)


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Return a zip of replies; the same replies give the same bytes."""
    replies = io.BytesIO()
    with zipfile.ZipFile(replies, "w") as archive:
        for name, body in members.items():
            archive.writestr(zipfile.ZipInfo(name, date_time=_ZIP_EPOCH), body)
    return replies.getvalue()


def keep_zip(
    source: Source, members: Mapping[str, bytes], *, fetched_at: datetime, url: str
) -> SourceFile:
    """Return the record of one zip with a service's replies, byte for byte.

    Raises:
        OSError: the file could not be kept; nothing was.
    """
    return store_file(
        source=source,
        body=zipped(members),
        fetched_at=fetched_at,
        original_name="respuestas.zip",
        url=url,
    )


def _keep_upload(
    source: Source, upload: Upload, requested_by: User | None
) -> SourceFile:
    return store_file(
        source=source,
        body=upload.body,
        fetched_at=timezone.now(),
        original_name=upload.name,
        uploaded_by=requested_by,
    )


def _already_published(file: SourceFile) -> Load | None:
    """Return the load that published these bytes, if they are still what is shown."""
    latest = _published(file.source)
    return latest if latest and latest.file_id == file.pk else None


def _published(source: Source) -> Load | None:
    return (
        Load.objects.filter(source=source, state=Load.State.PUBLISHED)
        .order_by("-published_at")
        .first()
    )


def _published_id(source: Source) -> int | None:
    published = _published(source)
    return None if published is None else published.pk


def _stage_and_publish(load: Load, table: LossTable) -> Load:
    places = {
        place.ubigeo: place
        for place in Place.objects.current().defer("geom").order_by("ubigeo")
    }
    load.edition = table.edition
    load.rows_read = len(table.rows)
    load.data_to_year = max(row.year for row in table.rows)
    load.report = {
        "rows_left_out": table.rows_left_out,
        "warnings_es": [w.sentence_es for w in table.warnings],
        "warnings_en": [w.sentence_en for w in table.warnings],
    }
    move(load, Load.State.VALIDATED)
    with transaction.atomic():
        source = Source.objects.select_for_update().get(pk=load.source_id)
        hold_indicators(source.derivations.all())
        AnnualLoss.objects.bulk_create(
            AnnualLoss(
                load=load,
                place=places[row.ubigeo],
                year=row.year,
                loss_ha=row.loss_ha,
                forest_end_of_year_ha=row.forest_end_of_year_ha,
            )
            for row in table.rows
        )
        comparison = _compare(load)
        _note(load, comparison)
        move(load, Load.State.COMPARED)
        if not (comparison.added or comparison.rewrites_history):
            AnnualLoss.objects.filter(load=load).delete()
            return finish(load, Load.State.UNCHANGED)
        if reason := _why_hold(load, comparison):
            return finish(load, Load.State.HELD, reason=reason)
        return _publish(load, reason="")


def _compare(load: Load) -> Comparison:
    published = _published(load.source)
    before = {} if published is None else _losses(published)
    after = _losses(load)
    return Comparison(
        added=len(after.keys() - before.keys()),
        same=sum(before.get(key) == value for key, value in after.items()),
        changed=tuple(
            (*key, before[key], after[key])
            for key in sorted(before.keys() & after.keys())
            if before[key] != after[key]
        ),
        removed=tuple(
            (*key, before[key]) for key in sorted(before.keys() - after.keys())
        ),
    )


def _losses(load: Load) -> dict[tuple[str, int], Decimal]:
    rows = AnnualLoss.objects.filter(load=load).order_by()
    return {
        (ubigeo, year): loss_ha
        for ubigeo, year, loss_ha in rows.values_list(
            "place__ubigeo", "year", "loss_ha"
        )
    }


def _note(load: Load, comparison: Comparison) -> None:
    load.rows_added = comparison.added
    load.rows_changed = len(comparison.changed)
    load.rows_removed = len(comparison.removed)
    load.rows_same = comparison.same
    load.report = {
        **load.report,
        "compared_with": _published_id(load.source),
        "changed": [
            {"ubigeo": u, "year": y, "before_ha": str(b), "after_ha": str(a)}
            for u, y, b, a in comparison.changed[:_LARGEST_DIFFERENCE_LIST]
        ],
        "removed": [
            {"ubigeo": u, "year": y, "before_ha": str(b)}
            for u, y, b in comparison.removed[:_LARGEST_DIFFERENCE_LIST]
        ],
    }


def _why_hold(load: Load, comparison: Comparison) -> str:
    """Return why a person must look first, in Spanish; empty if nobody must."""
    reasons = []
    if comparison.changed:
        reasons.append(f"cambia {_published_values(len(comparison.changed))}")
    if comparison.removed:
        reasons.append(f"quita {_published_values(len(comparison.removed))}")
    if typed := conflicting_values(load):
        what = "valor registrado" if typed == 1 else "valores registrados"
        reasons.append(f"contradice {typed} {what} por una persona")
    if closed := hold_words(closed_years_changed(load)):
        reasons.append(closed)
    if load.trigger == Load.Trigger.UPLOAD:
        reasons.append("la subió una persona y la publica otra")
    return f"Retenida: {'; '.join(reasons)}." if reasons else ""


def _published_values(count: int) -> str:
    return "1 valor ya publicado" if count == 1 else f"{count} valores ya publicados"


def _publish(load: Load, *, reason: str) -> Load:
    finish(load, Load.State.PUBLISHED, reason=reason)
    derive_annual_loss(load)
    return load
