"""What a subscription's area had in a period: one line a source, never added."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, Max, QuerySet, Sum

from indicators.models import RiseNotice, Source, Subscription
from territory.alert_sources import ALERT_SOURCES
from territory.models import (
    AlertConfidence,
    AlertDay,
    AlertSource,
    Place,
    Zone,
    ZoneSet,
)


@dataclass(frozen=True, kw_only=True)
class SourceLine:
    """Alerts of one source in one area and period; hectares of their pixels there.

    `by_confidence` counts alerts; `data_to` is the source's last alert anywhere.
    """

    source_code: str
    name_es: str
    name_en: str
    area_ha: float
    by_confidence: tuple[tuple[AlertConfidence, int], ...]
    data_to: dt.date
    is_synthetic: bool

    @property
    def alerts(self) -> int:
        """Return the alerts of every confidence."""
        return sum(count for _, count in self.by_confidence)


def lines_of(
    subscription: Subscription, start: dt.date, end: dt.date
) -> tuple[SourceLine, ...]:
    """Return a line for each source with alerts from `start` up to, not with, `end`."""
    ends = dict(
        AlertDay.objects.values_list("source").annotate(last=Max("day")).order_by()
    )
    names = {row.code: row for row in Source.objects.all()}
    found = []
    for number, last in sorted(ends.items()):
        source = AlertSource(number)
        counts, area_ha = _totals(subscription, source, start, end)
        if not counts:
            continue
        row = names.get(source.label)
        found.append(
            SourceLine(
                source_code=source.label,
                name_es=row.name_es if row else source.label,
                name_en=row.name_en if row else source.label,
                area_ha=area_ha,
                by_confidence=tuple(
                    (AlertConfidence(level), counts[level]) for level in sorted(counts)
                ),
                data_to=last,
                is_synthetic="synthetic" in source.label,
            )
        )
    return tuple(found)


def data_to() -> dt.date | None:
    """Return the day of the newest alert of any real source; None without alerts."""
    real = [s.value for s in AlertSource if "synthetic" not in s.label]
    last: dt.date | None = AlertDay.objects.filter(source__in=real).aggregate(
        last=Max("day")
    )["last"]
    return last


def rises_in(subscription: Subscription, since: dt.date) -> QuerySet[RiseNotice]:
    """Return notices, by weeks from a Monday on, of districts that the area touches."""
    notices = RiseNotice.objects.filter(monday__gte=since).order_by("monday", "pk")
    if subscription.district_id is not None:
        return notices.filter(district=subscription.district_id)
    zone = None if subscription.zone is None else zone_now(subscription.zone)
    geom = subscription.geom if zone is None else zone.geom
    touched = Place.objects.current().districts().filter(geom__intersects=geom)
    return notices.filter(district__in=touched)


def zone_now(zone: Zone) -> Zone:
    """Return the outline in force of a zone; the last one where it ended."""
    versions = Zone.objects.versions_of(zone.pk)
    # In force sorts first: it has no end.
    return (
        versions.order_by(F("valid_to").desc(nulls_first=True), "-pk").first() or zone
    )


def zone_ended(subscription: Subscription) -> dt.date | None:
    """Return the first day without the zone; None while it, or no zone, is watched."""
    zone = None if subscription.zone is None else zone_now(subscription.zone)
    return None if zone is None else zone.valid_to


def _totals(
    subscription: Subscription, source: AlertSource, start: dt.date, end: dt.date
) -> tuple[dict[int, int], float]:
    if subscription.geom is not None:
        return _drawn(subscription, source, start, end)
    days = AlertDay.objects.filter(source=source, day__gte=start, day__lt=end)
    if subscription.district_id is not None:
        days = days.filter(district=subscription.district_id)
    elif subscription.zone_id is not None:
        # A corrected zone has another number: who asked for it gets it as it is now.
        sets = ZoneSet.objects.holding_versions_of(subscription.zone_id)
        days = days.filter(zone_set__in=sets.values("pk"))
    rows = days.values_list("confidence").annotate(Sum("alerts"), Sum("area_ha"))
    counts, total = {}, 0.0
    for level, alerts, area_ha in rows.order_by("confidence"):
        counts[level] = alerts
        total += float(area_ha)
    return counts, total


def _drawn(
    subscription: Subscription, source: AlertSource, start: dt.date, end: dt.date
) -> tuple[dict[int, int], float]:
    import shapely

    from territory.drawn_areas import alerts_in_polygon

    assert subscription.geom is not None
    found = alerts_in_polygon(
        shapely.from_wkb(bytes(subscription.geom.wkb)),
        source=ALERT_SOURCES[source],
        start=start,
        end=end,
    )
    return found.alerts, found.area_ha
