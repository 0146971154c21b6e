"""From a published edition to yearly values, with versions.

Here the rule Σ of the districts; `derive_production` has those of the crops.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pghistory
from django.db.models import Max
from django.utils import timezone

from indicators.models import (
    AnnualLoss,
    Baseline,
    Derivation,
    Indicator,
    Load,
    YearlyValue,
)
from indicators.results import recompute_progress
from indicators.yearly.closed_years import hold_years
from territory.models import Place

Key = tuple[int, int]


@dataclass(frozen=True)
class Derived:
    """A yearly value as a rule gives it, in the indicator's unit."""

    value: Decimal
    kind: YearlyValue.Kind = YearlyValue.Kind.MEASURED
    note: str = ""


def hold_indicators(derivations: Iterable[Derivation]) -> None:
    """Let whoever else saves or publishes values of the derived indicators wait.

    Call it before the first write of a transaction that publishes a load: people hold
    the indicators, in this order, before they write as well, so that none of the two
    waits for what the other has written.
    """
    derived = Indicator.objects.filter(pk__in=[one.indicator_id for one in derivations])
    list(derived.order_by("pk").select_for_update().values_list("pk"))


def derive_annual_loss(load: Load) -> int:
    """Return how many yearly values were written from a published edition.

    District values are the source's own; the province's is their sum, and only where
    every district has a row for the year: a partial sum would be a wrong number.
    A value that changes becomes a new version; the old one stays public.
    """
    written = 0
    for derivation in load.source.derivations.all():
        wanted = {key: Derived(value) for key, value in _wanted(load).items()}
        written += write_values(load, derivation, wanted)
        province = _province(load)
        if province is not None:
            recompute_progress(
                indicator_id=derivation.indicator_id,
                place_id=province.pk,
                trigger=f"load {load.pk}",
            )
    return written


def conflicting_values(load: Load) -> int:
    """Return how many values a person typed that this edition would replace."""
    wanted = {key: Derived(value) for key, value in _wanted(load).items()}
    return sum(
        contradicted(derivation, wanted) for derivation in load.source.derivations.all()
    )


def contradicted(derivation: Derivation, wanted: Mapping[Key, Derived]) -> int:
    """Return how many values that a person typed would be replaced by other ones."""
    return sum(
        value.load_id is None
        and not value.is_synthetic
        and key in wanted
        and value.value != wanted[key].value
        for key, value in current_values(derivation).items()
    )


def _wanted(load: Load) -> dict[Key, Decimal]:
    """Return hectares by (place id, year), with the province where it is complete."""
    rows = AnnualLoss.objects.filter(load=load).values_list(
        "place_id", "year", "loss_ha"
    )
    wanted = {(place_id, year): loss_ha for place_id, year, loss_ha in rows}
    province = _province(load)
    if province is None:
        return wanted
    by_year: defaultdict[int, dict[int, Decimal]] = defaultdict(dict)
    for (place_id, year), loss_ha in wanted.items():
        by_year[year][place_id] = loss_ha
    districts = set(
        Place.objects.current()
        .districts()
        .filter(jurisdiction=province.jurisdiction)
        .values_list("pk", flat=True)
    )
    for year, losses in by_year.items():
        if losses.keys() == districts:
            wanted[(province.pk, year)] = sum(losses.values(), Decimal(0))
    return wanted


def _province(load: Load) -> Place | None:
    return (
        Place.objects.current()
        .select_related("jurisdiction")
        .filter(
            level=Place.Level.PROVINCE,
            jurisdiction__places__annualloss__load=load,
        )
        .first()
    )


def current_values(derivation: Derivation) -> dict[Key, YearlyValue]:
    """Return the published values of a derivation's indicator by place and year."""
    values = YearlyValue.objects.published().filter(indicator=derivation.indicator)
    return {(value.place_id, value.year): value for value in values}


@dataclass(frozen=True)
class Differences:
    """What has to be written so that the wanted values are published.

    `changed` are the wanted ones that are new or other than what stands, `replaced`
    what stands in their place, `gone` what the source no longer gives, `made_up` all
    that the demo made up of the indicator.
    """

    changed: Mapping[Key, Derived]
    replaced: tuple[YearlyValue, ...]
    gone: tuple[YearlyValue, ...]
    made_up: tuple[YearlyValue, ...]

    @property
    def years(self) -> set[int]:
        """Return the years whose published values would change."""
        return {year for _place, year in self.changed} | {v.year for v in self.gone}

    def outside(self, years: Collection[int]) -> "Differences":
        """Return the differences of other years alone."""
        return Differences(
            {key: new for key, new in self.changed.items() if key[1] not in years},
            tuple(value for value in self.replaced if value.year not in years),
            tuple(value for value in self.gone if value.year not in years),
            self.made_up,
        )


def differences(derivation: Derivation, wanted: Mapping[Key, Derived]) -> Differences:
    """Return what the wanted values would change; nothing is written."""
    current = current_values(derivation)
    changed = {
        key: value
        for key, value in wanted.items()
        if key not in current
        or current[key].is_synthetic
        or (current[key].value, current[key].kind) != (value.value, value.kind)
    }
    return Differences(
        changed=changed,
        replaced=tuple(
            current[key]
            for key in changed
            if key in current and not current[key].is_synthetic
        ),
        gone=tuple(
            value
            for key, value in current.items()
            if key not in wanted and value.source_id == derivation.source_id
        ),
        made_up=tuple(v for v in current.values() if wanted and v.is_synthetic),
    )


def closed_years_changed(load: Load) -> list[int]:
    """Return the closed years whose values this edition would change, in order."""
    wanted = {key: Derived(value) for key, value in _wanted(load).items()}
    years: set[int] = set()
    for derivation in load.source.derivations.all():
        years |= differences(derivation, wanted).years
    return sorted(hold_years(years))


def hold_words(years: Iterable[int]) -> str:
    """Return why a load waits for closed years; "" when it touches none."""
    listed = ", ".join(str(year) for year in years)
    return f"cambia valores de años cerrados ({listed})" if listed else ""


def write_values(
    load: Load,
    derivation: Derivation,
    wanted: Mapping[Key, Derived],
    *,
    leaves_closed_years: bool = False,
) -> int:
    """Return how many values were written so that the wanted ones are published.

    A value that changes becomes a new version, and one of this source that is no
    longer wanted is withdrawn. All that the demo made up of the indicator gives way,
    its baseline too: a real series is not judged against an invented one. The caller
    holds the indicator already (`hold_indicators`).

    Raises:
        ValueError: a closed year would change and is not left as it stands; a
            sentence for the person.
    """
    now = timezone.now()
    found = differences(derivation, wanted)
    closed = sorted(hold_years(found.years))
    if leaves_closed_years:
        found = found.outside(closed)
    elif closed:
        raise ValueError(
            f"No se publica: {hold_words(closed)}. Primero hay que abrir el año, con "
            "un motivo que se publica."
        )
    before = {(value.place_id, value.year): value for value in found.replaced}
    why = _why(load)
    with pghistory.context(load=load.pk, reason=why):
        YearlyValue.objects.filter(pk__in=[v.pk for v in found.made_up]).delete()
        if wanted:
            made_up_start = Baseline.objects.filter(is_synthetic=True)
            made_up_start.filter(indicator=derivation.indicator_id).delete()
        replaced = [value.pk for value in found.replaced]
        YearlyValue.objects.filter(pk__in=replaced).update(
            state=YearlyValue.State.SUPERSEDED
        )
        versions = _latest_versions(derivation)
        YearlyValue.objects.bulk_create(
            _version(load, derivation, key, value, before.get(key), versions, now, why)
            for key, value in found.changed.items()
        )
        YearlyValue.objects.filter(pk__in=[value.pk for value in found.gone]).update(
            state=YearlyValue.State.WITHDRAWN, change_reason=why
        )
    return len(found.changed) + len(found.gone)


def _latest_versions(derivation: Derivation) -> dict[Key, int]:
    """Return the last version by place and year, of withdrawn values as well."""
    values = YearlyValue.objects.filter(indicator=derivation.indicator).exclude(
        state__in=YearlyValue.OPEN_STATES
    )
    rows = values.order_by().values_list("place_id", "year").annotate(Max("version"))
    return {(place_id, year): version for place_id, year, version in rows}


def _why(load: Load) -> str:
    """Return what happened, and in whose words, for the public history."""
    if load.trigger == Load.Trigger.UPLOAD:
        return f"Archivo subido a mano (edición {load.edition}): {load.reason}"
    return f"La fuente publicó la edición {load.edition}. {load.reason}".rstrip()


def _version(
    load: Load,
    derivation: Derivation,
    key: Key,
    derived: Derived,
    before: YearlyValue | None,
    versions: Mapping[Key, int],
    now: datetime,
    why: str,
) -> YearlyValue:
    place_id, year = key
    version = versions.get(key, 0) + 1
    return YearlyValue(
        indicator_id=derivation.indicator_id,
        place_id=place_id,
        year=year,
        version=version,
        supersedes=None if before is None or before.is_synthetic else before,
        change_reason=why if version > 1 else "",
        value=derived.value,
        kind=derived.kind,
        note=derived.note,
        state=YearlyValue.State.PUBLISHED,
        source=load.source,
        source_text=load.source.citation[:300],
        source_url=load.source.homepage_url,
        load=load,
        recorded_at=now,
        reviewed_by=load.reviewed_by,
        reviewed_at=now if load.reviewed_by else None,
        published_at=now,
    )
