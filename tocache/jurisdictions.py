"""Set up a jurisdiction from its folder: boundaries, sources, plan, first loads.

A second province is a second folder; nothing in the code knows a name.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.db import transaction

from indicators.demo import load_demo
from indicators.loaders.geobosques import SOURCE_CODE as GEOBOSQUES
from indicators.loaders.geobosques import Upload, load_annual_loss
from indicators.loaders.pipeline import finish, start_load, store_file
from indicators.models import (
    Derivation,
    Indicator,
    Load,
    SecondOpinion,
    SeriesBreak,
    Source,
    ZoneOverlay,
)
from indicators.models.versioning import raise_data_version
from indicators.sources.alert_sets import DATASETS
from indicators.sources.registry import SOURCES, SourceSpec
from indicators.sync import ChangeLog, PlanFileError
from territory.boundaries import load_boundaries
from territory.models import (
    AlertSource,
    BoundaryGeneration,
    Jurisdiction,
    Place,
    Zone,
)
from tocache.planfile import load_plan, recompute_results

Say = Callable[[str], None]
_FREQUENCIES = {
    1: ("diaria", "daily"),
    7: ("semanal", "weekly"),
    30: ("mensual", "monthly"),
    365: ("anual", "yearly"),
    1825: ("cada cinco años", "every five years"),
}
LOADERS = {GEOBOSQUES: load_annual_loss}


def sync_sources() -> ChangeLog:
    """Return what changed after bringing the sources in line with the registry."""
    log = ChangeLog()
    rows = [
        {
            "code": spec.code,
            "order": order,
            "name_es": spec.name_es,
            "name_en": spec.name_en,
            "publisher": spec.publisher,
            "homepage_url": spec.page_url,
            "is_official": spec.is_official,
            "licence": spec.licence,
            "citation": spec.citation,
            "frequency_es": _FREQUENCIES[spec.frequency_days][0],
            "frequency_en": _FREQUENCIES[spec.frequency_days][1],
            # A month has 30.4 days; a source that is faster has no calendar of months.
            "frequency_months": round(spec.frequency_days / 30.4) or None,
            "late_after_days": spec.frequency_days + spec.expected_lag_days,
            "cautions_es": list(spec.cautions_es),
            "cautions_en": list(spec.cautions_en),
            "key_setting": spec.key_env or "",
            "is_scheduled": _is_scheduled(spec),
        }
        for order, spec in enumerate(SOURCES.values(), 1)
    ]
    log.sync_rows(Source.objects.all(), key="code", fixed={}, rows=rows)
    return log


def _is_scheduled(spec: SourceSpec) -> bool:
    """Return whether this installation asks the source by itself."""
    if spec.code in DATASETS:
        return spec.code in settings.ALERT_SOURCES
    return bool(spec.base_url or (spec.url_env and getattr(settings, spec.url_env)))


def set_up_jurisdiction(folder: Path, *, say: Say) -> Jurisdiction:
    """Return the jurisdiction of a folder after bringing the database in line.

    Running it again changes nothing. say receives a line for each step.

    Raises:
        PlanFileError: jurisdiction.yaml or the plan cannot be read.
        BoundaryError: the boundaries cannot be read.
    """
    facts = yaml.safe_load((folder / "jurisdiction.yaml").read_text("utf-8"))
    with transaction.atomic():
        jurisdiction, _ = Jurisdiction.objects.update_or_create(
            code=facts["code"],
            defaults={
                name: facts[name]
                for name in ("ubigeo", "name", "region_name", "is_home")
            },
        )
        generation, _ = BoundaryGeneration.objects.update_or_create(
            code=facts["boundaries"]["generation"],
            defaults={
                name: facts["boundaries"][name]
                for name in ("valid_from_year", "publisher", "licence", "citation")
            }
            | {"is_current": True},
        )
        path = folder / facts["boundaries"]["file"]
        body = path.read_bytes()
        changes = load_boundaries(
            body, jurisdiction=jurisdiction, generation=generation
        )
    if changes:
        raise_data_version()
        _note_boundaries(facts["boundaries"], path.name, body, len(changes))
    say(f"{jurisdiction}: boundaries, {len(changes)} changes")
    log = load_plan(folder / facts["plan"], jurisdiction=jurisdiction, write=True)
    say(f"{jurisdiction}: plan, {len(log.changes)} changes")
    _sync_derivations(facts, jurisdiction)
    _sync_second_opinions(facts, jurisdiction)
    _sync_zone_overlays(facts, jurisdiction)
    _first_loads(folder, facts, say)
    stored = recompute_results(jurisdiction, trigger="setup")
    say(f"{jurisdiction}: {stored} new results")
    return jurisdiction


def _note_boundaries(
    facts: Mapping[str, Any], name: str, body: bytes, places: int
) -> None:
    """Keep the file and say on the sources page when it was loaded."""
    source = Source.objects.get(code=facts["source"])
    load = start_load(source, trigger=Load.Trigger.COMMAND)
    load.file = store_file(
        source=source, body=body, fetched_at=load.started_at, original_name=name
    )
    load.edition = facts["generation"]
    load.rows_read = places
    load.data_to_year = facts["valid_from_year"]
    finish(load, Load.State.PUBLISHED)


def _sync_derivations(facts: Mapping[str, Any], jurisdiction: Jurisdiction) -> None:
    for item in facts.get("derivations", []):
        indicator = _indicator(item["indicator"], jurisdiction)
        log = ChangeLog()
        source = Source.objects.get(code=item["source"])
        log.sync_rows(
            Derivation.objects.filter(indicator=indicator),
            key="indicator_id",
            fixed={},
            rows=[
                {
                    "indicator_id": indicator.pk,
                    "source_id": source.pk,
                    "rule": _rule(item),
                }
            ],
        )
        texts = ("reason_es", "reason_en")
        log.sync_rows(
            SeriesBreak.objects.filter(indicator=indicator),
            key="year",
            fixed={"indicator": indicator},
            rows=[
                {"year": row["year"]} | {t: " ".join(row[t].split()) for t in texts}
                for row in item.get("series_breaks", [])
            ],
        )


def _indicator(code: str, jurisdiction: Jurisdiction) -> Indicator:
    try:
        return Indicator.objects.get(
            code=code,
            goal__axis__plan_version__is_current=True,
            goal__axis__plan_version__plan__jurisdiction=jurisdiction,
        )
    except Indicator.DoesNotExist as error:
        raise PlanFileError(
            f"derivations: el plan no tiene el indicador {code}"
        ) from error


def _sync_second_opinions(facts: Mapping[str, Any], jurisdiction: Jurisdiction) -> None:
    wanted = {
        (
            _indicator(item["indicator"], jurisdiction).pk,
            Source.objects.get(code=item["source"]).pk,
        )
        for item in facts.get("second_opinions", [])
    }
    present = SecondOpinion.objects.filter(
        indicator__goal__axis__plan_version__plan__jurisdiction=jurisdiction
    )
    for opinion in present:
        key = (opinion.indicator_id, opinion.source_id)
        if key in wanted:
            wanted.remove(key)
        else:
            opinion.delete()
    SecondOpinion.objects.bulk_create(
        SecondOpinion(indicator_id=indicator_id, source_id=source_id)
        for indicator_id, source_id in sorted(wanted)
    )


def _sync_zone_overlays(facts: Mapping[str, Any], jurisdiction: Jurisdiction) -> None:
    rows = [
        {
            "indicator_id": _indicator(item["indicator"], jurisdiction).pk,
            "kinds": [_kind(kind) for kind in item["kinds"]],
        }
        for item in facts.get("zone_overlays", [])
    ]
    present = ZoneOverlay.objects.filter(
        indicator__goal__axis__plan_version__plan__jurisdiction=jurisdiction
    )
    ChangeLog().sync_rows(present, key="indicator_id", fixed={}, rows=rows)


def _kind(kind: str) -> str:
    if kind not in Zone.Kind.values:
        raise PlanFileError(f"zone_overlays: no existe el tipo de zona {kind}")
    return kind


def _rule(item: Mapping[str, Any]) -> str:
    rule = item.get("rule", Derivation.Rule.SUM_OF_DISTRICTS)
    if rule not in Derivation.Rule.values:
        raise PlanFileError(f"derivations: no existe la regla {rule}")
    if rule == Derivation.Rule.ALERT_AREA and item["source"] not in AlertSource.labels:
        raise PlanFileError(f"derivations: {item['source']} no es fuente de alertas")
    return str(rule)


def _first_loads(folder: Path, facts: Mapping[str, Any], say: Say) -> None:
    """Load the files that ship, unless the source already published something."""
    for item in facts.get("first_loads", []):
        code = item["source"]
        published = Load.objects.filter(
            source__code=code, state=Load.State.PUBLISHED
        ).exists()
        if published:
            continue
        path = folder / item["file"]
        load = LOADERS[code](
            trigger=Load.Trigger.COMMAND,
            upload=Upload(body=path.read_bytes(), name=path.name),
        )
        say(f"{code}: {load.state}, {load.rows_added or 0} rows {load.reason}".rstrip())


def add_demo_values(folder: Path, jurisdiction: Jurisdiction, *, say: Say) -> None:
    """Add the synthetic values of a folder's demo.yaml, if it has one."""
    path = folder / "demo.yaml"
    if not (jurisdiction.is_home and path.exists()):
        return
    file = yaml.safe_load(path.read_text("utf-8"))
    added = load_demo(file, place=_province(jurisdiction))
    say(f"{jurisdiction}: {added} synthetic values (DEMO=1)")
    # Imported here: numpy and shapely are of no use to what else sets up.
    from indicators.demo_alerts import load_demo_alert_years, load_demo_alerts
    from indicators.demo_zones import load_demo_zones
    from indicators.loaders.alert_clusters import renew_all_clusters

    zones = load_demo_zones(folder / "demo_zones.geojson")
    say(f"{jurisdiction}: {zones} synthetic zones (DEMO=1)")
    alerts = load_demo_alerts()
    if zones or alerts:
        renew_all_clusters()
    say(f"{jurisdiction}: {alerts} synthetic alerts (DEMO=1)")
    added = load_demo_alert_years(place=_province(jurisdiction))
    say(f"{jurisdiction}: {added} synthetic values of alerts (DEMO=1)")


def _province(jurisdiction: Jurisdiction) -> Place:
    return Place.objects.current().get(
        jurisdiction=jurisdiction, level=Place.Level.PROVINCE
    )
