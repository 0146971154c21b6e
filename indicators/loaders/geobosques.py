"""Official annual loss: fetched or uploaded, compared, published or held."""

import io
import zipfile
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from indicators.loaders.derive import conflicting_values, derive_annual_loss
from indicators.loaders.pipeline import (
    finish,
    move,
    reject,
    source_lock,
    start_load,
    store_file,
)
from indicators.loaders.sessions import configured_session
from indicators.models import AnnualLoss, Load, Source, SourceFile
from indicators.sources.errors import ContentRefused, SourceError
from indicators.sources.geobosques import (
    combined,
    fetch_json,
    parse_json,
    parse_wide_table,
)
from indicators.sources.records import LossTable
from indicators.sources.registry import GEOBOSQUES_LOSS
from territory.models import Place

SOURCE_CODE = GEOBOSQUES_LOSS.code
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


def load_annual_loss(
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
    source = Source.objects.get(code=SOURCE_CODE)
    with source_lock(source.code):
        load = start_load(source, trigger=trigger, requested_by=requested_by)
        try:
            load.file = (
                _keep_upload(source, upload, requested_by)
                if upload
                else _download(source)
            )
            load.save()
            if already := _already_published(load.file):
                load.report = {"same_file_as_load": already.pk}
                return finish(load, Load.State.UNCHANGED)
            table = _parse(load.file, upload.name if upload else "")
            return _stage_and_publish(load, table)
        except SourceError as error:
            return reject(load, error)
        except OSError as error:
            return reject(load, _not_kept(error))
        except Exception:
            reject(load, _fault())
            raise


def publish_held(*, load: Load, who: User, why: str) -> Load:
    """Return a held load as published by a person other than who uploaded it.

    What the person saw must still be what happens: when another edition was
    published since, the differences are counted anew and the load stays held.

    Raises:
        ValueError: the load is not held, who uploaded it publishes it, no reason,
            or what is published has changed since it was compared.
    """
    if not why.strip():
        raise ValueError("Escribe por qué se publica.")
    # Saved even though the publication is refused: the page shows it next.
    if _compared_anew(load):
        raise ValueError(
            "Mientras esperaba se publicó otra edición. Se comparó de nuevo:"
            " revisa las diferencias antes de publicar."
        )
    with transaction.atomic():
        # One publication of a source at a time, whatever was compared before.
        Source.objects.select_for_update().get(pk=load.source_id)
        held = Load.objects.select_for_update().get(pk=load.pk)
        _check_held(held, who)
        if held.report.get("compared_with") != _published_id(held.source):
            raise ValueError("Se está publicando otra edición. Inténtalo de nuevo.")
        held.reviewed_by = who
        return _publish(held, reason=why.strip())


def _compared_anew(load: Load) -> bool:
    """Return whether a held load had to be compared with a newer edition."""
    with transaction.atomic():
        held = Load.objects.select_for_update().get(pk=load.pk)
        if held.state != Load.State.HELD or held.report.get(
            "compared_with"
        ) == _published_id(held.source):
            return False
        comparison = _compare(held)
        _note(held, comparison)
        reason = _why_hold(held, comparison) or "Retenida: se comparó de nuevo."
        finish(held, Load.State.HELD, reason=reason)
        return True


def discard_held(*, load: Load, who: User, why: str) -> Load:
    """Return a held load as discarded; what was published stays.

    Raises:
        ValueError: the load is not held, who uploaded it discards it, or no reason.
    """
    if not why.strip():
        raise ValueError("Escribe por qué se descarta.")
    with transaction.atomic():
        held = Load.objects.select_for_update().get(pk=load.pk)
        _check_held(held, who)
        held.reviewed_by = who
        return finish(held, Load.State.DISCARDED, reason=why.strip())


def _check_held(load: Load, who: User) -> None:
    if load.state != Load.State.HELD:
        raise ValueError("Esta carga ya no está retenida.")
    if load.requested_by_id == who.pk:
        raise ValueError("Quien subió el archivo no puede publicarlo ni descartarlo.")


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


def _download(source: Source) -> SourceFile:
    """Keep one zip with the service's reply for each district, byte for byte."""
    replies = io.BytesIO()
    with (
        configured_session(GEOBOSQUES_LOSS) as session,
        zipfile.ZipFile(replies, "w") as archive,
    ):
        fetched_at = timezone.now()
        for ubigeo in _district_ubigeos():
            reply = fetch_json(session, ubigeo)
            member = zipfile.ZipInfo(f"{ubigeo}.json", date_time=_ZIP_EPOCH)
            archive.writestr(member, reply.body)
            url = reply.final_url
    return store_file(
        source=source,
        body=replies.getvalue(),
        fetched_at=fetched_at,
        original_name="respuestas.zip",
        url=url,
    )


def _parse(file: SourceFile, name: str) -> LossTable:
    """Read the file under the name it has this time, not when first uploaded."""
    body = (settings.MEDIA_ROOT / file.path).read_bytes()
    # A year's loss is measured after it has ended.
    max_year = timezone.localdate().year - 1
    if not file.url:
        return parse_wide_table(
            body,
            name,
            known_ubigeos=_district_ubigeos(),
            max_year=max_year,
            within=_common_prefix(_district_ubigeos()),
        )
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return combined(
            [
                parse_json(
                    archive.read(name), name.removesuffix(".json"), max_year=max_year
                )
                for name in sorted(archive.namelist())
            ]
        )


def _district_ubigeos() -> list[str]:
    districts = Place.objects.current().districts()
    return sorted(
        districts.filter(jurisdiction__is_home=True).values_list("ubigeo", flat=True)
    )


def _common_prefix(ubigeos: list[str]) -> str:
    """Return the ubigeo of the province that all districts lie in."""
    return ubigeos[0][:4] if len({u[:4] for u in ubigeos}) == 1 else ""


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
    places = {p.ubigeo: p for p in Place.objects.current().districts()}
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
        Source.objects.select_for_update().get(pk=load.source_id)
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
        reasons.append(f"cambia {len(comparison.changed)} valores ya publicados")
    if comparison.removed:
        reasons.append(f"quita {len(comparison.removed)} valores ya publicados")
    if typed := conflicting_values(load):
        reasons.append(f"contradice {typed} valores registrados por una persona")
    if load.trigger == Load.Trigger.UPLOAD:
        reasons.append("la subió una persona y la publica otra")
    return f"Retenida: {'; '.join(reasons)}." if reasons else ""


def _publish(load: Load, *, reason: str) -> Load:
    finish(load, Load.State.PUBLISHED, reason=reason)
    derive_annual_loss(load)
    return load


def _fault() -> ContentRefused:
    return ContentRefused(
        "fault",
        "La carga falló por un error del programa; no cambió nada. Ya quedó anotado.",
        "The load failed for a fault of the program; nothing changed. It is noted.",
    )


def _not_kept(error: OSError) -> ContentRefused:
    return ContentRefused(
        "not_kept",
        f"No se pudo guardar el archivo en el servidor: {error.strerror}.",
        f"The file could not be kept on the server: {error.strerror}.",
    )
