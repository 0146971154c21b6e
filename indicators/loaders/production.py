"""Monthly production: uploaded, compared month by month, published or held.

A month of a source belongs whole to the last published load that changed it. A load
keeps the rows of those months alone in which it differs: the cost of an edition is
what it changes, not ten years of rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from indicators.crops import crops_by_source_name
from indicators.loaders.derive import hold_indicators, hold_words
from indicators.loaders.derive_production import (
    closed_years_changed,
    contradicted_by,
    derive_production,
)
from indicators.loaders.faults import not_kept
from indicators.loaders.pipeline import (
    finish,
    move,
    reject,
    run_accepted,
    schedule_load,
    source_lock,
    start_load,
    store_file,
    told,
)
from indicators.models import Load, ProductionRecord, Source, SourceFile
from indicators.outbox import ask
from indicators.sources.midagri import LAYOUTS
from indicators.sources.midagri_table import (
    Calendar,
    District,
    ProductionRow,
    ProductionTable,
    parse_production,
)
from territory.models import Place

SOURCE_CODES: Final = frozenset(LAYOUTS)
# Differences a person reads before publishing; the full set is in the rows.
_LARGEST_LIST: Final = 500
_MEASURES: Final = (
    ("producción (t)", 0),
    ("área cosechada (ha)", 1),
    ("precio (S/ por kg)", 2),
)

# place id, crop name, year, month
Key = tuple[int, str, int, int]
Amounts = tuple[Decimal, Decimal, Decimal | None]


@dataclass(frozen=True)
class Comparison:
    """How rows differ from the current ones, in the months the new ones cover."""

    added: tuple[Key, ...]
    same: int
    changed: tuple[tuple[Key, Amounts, Amounts], ...]
    removed: tuple[tuple[Key, Amounts], ...]

    def months(self) -> set[tuple[int, int]]:
        """Return the (year, month) in which anything differs."""
        keys = [
            *self.added,
            *(c[0] for c in self.changed),
            *(r[0] for r in self.removed),
        ]
        return {(year, month) for _, _, year, month in keys}


def accept_upload(*, source_code: str, body: bytes, name: str, who: User) -> Load:
    """Return the load of a kept file; a worker reads it, for it may take minutes.

    Raises:
        OSError: the file could not be kept; nothing was.
    """
    source = _source(source_code)
    file = _keep(source, body, name, who)
    with transaction.atomic():
        load = schedule_load(
            source, trigger=Load.Trigger.UPLOAD, requested_by=who, file=file
        )
        load.report = {"file_name": name}
        load.save()
        ask(
            task="indicators.tasks.read_production_file",
            arguments={"load_id": load.pk},
            key=f"production-load-{load.pk}",
        )
    return load


def load_production(*, source_code: str, body: bytes, name: str) -> Load:
    """Return the finished load of a file that the server's own command names.

    It ends published (only new rows), unchanged, held (past months change) or
    rejected (nothing changed).

    Raises:
        SourceBusy: another load of this source is running.
    """
    source = _source(source_code)
    with source_lock(source.code):
        load = start_load(source, trigger=Load.Trigger.COMMAND)
        try:
            load.file = _keep(source, body, name, None)
        except OSError as error:
            return reject(load, not_kept(error))
        load.report = {"file_name": name}
        load.save()
        return told(load, lambda: _read(load))


def run_load(load: Load) -> Load:
    """Return an accepted file's load as finished (pipeline.run_accepted)."""
    return run_accepted(load, _read)


def compared_anew(load: Load) -> str:
    """Return why a held load cannot be published yet; "" when it can.

    When another edition was published since it was compared, the differences are
    counted anew and saved, even though the publication is refused: the page shows
    them next.
    """
    with transaction.atomic():
        held = Load.objects.select_for_update().get(pk=load.pk)
        is_stale = held.report.get("compared_with") != _published_id(held)
        if held.state != Load.State.HELD or not is_stale:
            return ""
        comparison = _compare(held, _amounts(held.production.all()))
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
    if held.report.get("compared_with") != _published_id(held):
        raise ValueError("Se está publicando otra edición. Inténtalo de nuevo.")
    return _publish(held, reason=reason)


def _source(code: str) -> Source:
    if code not in SOURCE_CODES:
        raise ValueError(f"{code} is no source of production")
    return Source.objects.get(code=code)


def _keep(source: Source, body: bytes, name: str, who: User | None) -> SourceFile:
    return store_file(
        source=source,
        body=body,
        fetched_at=timezone.now(),
        original_name=name,
        uploaded_by=who,
    )


def _read(load: Load) -> Load:
    if _is_last_published(load):
        return finish(load, Load.State.UNCHANGED)
    return _stage_and_publish(load, _parse(load))


def _is_last_published(load: Load) -> bool:
    latest = _published(load)
    return latest is not None and latest.file_id == load.file_id


def _published(load: Load) -> Load | None:
    loads = Load.objects.filter(source=load.source_id, state=Load.State.PUBLISHED)
    return loads.order_by("-published_at", "-pk").first()


def _published_id(load: Load) -> int | None:
    published = _published(load)
    return None if published is None else published.pk


def _parse(load: Load) -> ProductionTable:
    if load.file is None:
        raise FileNotFoundError(2, "falta el archivo")
    places = _districts()
    today = timezone.localdate()
    return parse_production(
        (settings.MEDIA_ROOT / load.file.path).read_bytes(),
        load.report.get("file_name") or load.file.original_name,
        layout=LAYOUTS[load.source.code],
        districts={
            place.ubigeo: District(place.name, place.area_ha) for place in places
        },
        within=_common_prefix([place.ubigeo for place in places]),
        today=Calendar(today.year, today.month),
    )


def _districts() -> list[Place]:
    districts = Place.objects.current().districts().defer("geom")
    return list(districts.filter(jurisdiction__is_home=True).order_by("ubigeo"))


def _common_prefix(ubigeos: list[str]) -> str:
    """Return the ubigeo of the province that all districts lie in."""
    return ubigeos[0][:4] if len({u[:4] for u in ubigeos}) == 1 else ""


def _stage_and_publish(load: Load, table: ProductionTable) -> Load:
    places = {place.ubigeo: place.pk for place in _districts()}
    load.edition = table.edition
    load.rows_read = len(table.rows)
    load.data_to_year = table.rows[-1].year
    load.report |= _found_out(table)
    move(load, Load.State.VALIDATED)
    with transaction.atomic():
        source = Source.objects.select_for_update().get(pk=load.source_id)
        hold_indicators(source.derivations.all())
        new = {
            (places[row.ubigeo], row.crop_name, row.year, row.month): (
                row.production_t,
                row.harvested_ha,
                row.price_pen_kg,
            )
            for row in table.rows
        }
        comparison = _compare(load, new)
        _note(load, comparison)
        move(load, Load.State.COMPARED)
        if not (months := comparison.months()):
            return finish(load, Load.State.UNCHANGED)
        _keep_rows(load, new, months)
        if reason := _why_hold(load, comparison):
            return finish(load, Load.State.HELD, reason=reason)
        return _publish(load, reason="")


def _found_out(table: ProductionTable) -> dict[str, Any]:
    return {
        "rows_left_out": table.rows_left_out,
        "headers_repeated": table.headers_repeated,
        "ubigeos_repaired": table.ubigeos_repaired,
        "unknown_crops": _unknown_crops(table.rows),
        "without_price": sum(row.price_pen_kg is None for row in table.rows),
        "warnings_es": [w.sentence_es for w in table.warnings[:_LARGEST_LIST]],
        "warnings_en": [w.sentence_en for w in table.warnings[:_LARGEST_LIST]],
    }


def _unknown_crops(rows: Iterable[ProductionRow]) -> list[str]:
    known = crops_by_source_name()
    return sorted({row.crop_name for row in rows} - known.keys())


def _keep_rows(
    load: Load, new: dict[Key, Amounts], months: set[tuple[int, int]]
) -> None:
    crops = crops_by_source_name()
    ProductionRecord.objects.bulk_create(
        (
            ProductionRecord(
                load=load,
                source_id=load.source_id,
                place_id=place_id,
                crop=crops.get(name),
                crop_name=name,
                year=year,
                month=month,
                production_t=amounts[0],
                harvested_ha=amounts[1],
                price_pen_kg=amounts[2],
            )
            for (place_id, name, year, month), amounts in new.items()
            if (year, month) in months
        ),
        batch_size=5000,
    )


def _amounts(rows: Any) -> dict[Key, Amounts]:
    return {
        (place_id, name, year, month): (production_t, harvested_ha, price)
        for place_id, name, year, month, production_t, harvested_ha, price in (
            rows.order_by().values_list(
                "place_id",
                "crop_name",
                "year",
                "month",
                "production_t",
                "harvested_ha",
                "price_pen_kg",
            )
        )
    }


def _compare(load: Load, after: dict[Key, Amounts]) -> Comparison:
    """Compare with what is current in the months that the new rows cover."""
    months = {(year, month) for _, _, year, month in after}
    current = ProductionRecord.objects.current().filter(
        source=load.source_id, year__in={year for year, _ in months}
    )
    before = {
        key: amounts
        for key, amounts in _amounts(current).items()
        if (key[2], key[3]) in months
    }
    return Comparison(
        added=tuple(after.keys() - before.keys()),
        same=sum(before.get(key) == amounts for key, amounts in after.items()),
        changed=tuple(
            (key, before[key], after[key])
            for key in sorted(before.keys() & after.keys(), key=_by_month)
            if before[key] != after[key]
        ),
        removed=tuple(
            (key, before[key])
            for key in sorted(before.keys() - after.keys(), key=_by_month)
        ),
    )


def _by_month(key: Key) -> tuple[int, int, int, str]:
    place_id, name, year, month = key
    return year, month, place_id, name


def _note(load: Load, comparison: Comparison) -> None:
    load.rows_added = len(comparison.added)
    load.rows_changed = len(comparison.changed)
    load.rows_removed = len(comparison.removed)
    load.rows_same = comparison.same
    load.report |= {
        "compared_with": _published_id(load),
        "differences": _differences(comparison),
    }


def _differences(comparison: Comparison) -> list[dict[str, str]]:
    names = {place.pk: place.name for place in _districts()}
    nothing: tuple[None, None, None] = (None, None, None)
    pairs = [
        *comparison.changed,
        *((key, before, nothing) for key, before in comparison.removed),
    ]
    return [
        {
            "place": names.get(key[0], ""),
            "crop": key[1],
            "month": f"{key[2]}-{key[3]:02d}",
            "measure": measure,
            "before": _shown(before[at]),
            "after": _shown(after[at]),
        }
        for key, before, after in pairs[:_LARGEST_LIST]
        for measure, at in _MEASURES
        if before[at] != after[at]
    ]


def _shown(amount: Decimal | None) -> str:
    if amount is None:
        return "sin dato"
    text = f"{amount:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _why_hold(load: Load, comparison: Comparison) -> str:
    """Return why a person must look first, in Spanish; empty if nobody must."""
    reasons = []
    if comparison.changed:
        reasons.append(f"filas ya publicadas que cambia: {len(comparison.changed)}")
    if comparison.removed:
        reasons.append(f"filas ya publicadas que quita: {len(comparison.removed)}")
    if typed := contradicted_by(load):
        reasons.append(f"valores de una persona que contradice: {typed}")
    if closed := hold_words(closed_years_changed(load)):
        reasons.append(closed)
    if load.trigger == Load.Trigger.UPLOAD:
        reasons.append("la subió una persona y la publica otra")
    return f"Retenida: {'; '.join(reasons)}." if reasons else ""


def _publish(load: Load, *, reason: str) -> Load:
    finish(load, Load.State.PUBLISHED, reason=reason)
    replaced = ProductionRecord.objects.current().in_months_of(load)
    replaced.exclude(load=load).update(is_current=False)
    load.production.update(is_current=True)
    load.report |= {"values_written": derive_production(load)}
    load.save(update_fields=["report"])
    return load
