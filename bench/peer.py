"""The same load as Django's manual would have it: rows, objects, bulk_create.

Same file, same table, same result: cells checked, pixel and district found, known
rows skipped, the totals of the months kept. No numpy and no COPY.
"""

import csv
import math
from datetime import date
from pathlib import Path

from django.contrib.gis.geos import Point
from django.db.models import Count
from django.db.models.functions import TruncMonth

from indicators.sources.gfw import CONFIDENCE_WORDS, FIRST_DAY
from territory.models import AlertMonth, AlertSource, ForestAlert, Place
from territory.pixels import CELLS_PER_AXIS
from territory.zone_sets import zone_set_numbers

_PIXEL_HA = 0.0122


def load_with_bulk_create(path: Path, *, load_id: int) -> None:
    """Load a CSV of alerts; nothing is returned."""
    places = [
        (place.pk, place.geom.prepared) for place in Place.objects.current().districts()
    ]
    (zone_set_id,) = zone_set_numbers([()])
    alerts = []
    with path.open(newline="") as file:
        reader = csv.reader(file)
        next(reader)
        for longitude_text, latitude_text, day_text, word in reader:
            longitude, latitude = float(longitude_text), float(latitude_text)
            day = date.fromisoformat(day_text)
            if not (abs(longitude) <= 180 and abs(latitude) <= 85 and day >= FIRST_DAY):
                raise ValueError(f"{longitude} {latitude} {day}")
            point = Point(longitude, latitude, srid=4326)
            for district_id, shape in places:
                if shape.contains(point):
                    alerts.append(
                        ForestAlert(
                            pixel=_pixel(longitude, latitude),
                            alert_date=day,
                            district_id=district_id,
                            zone_set_id=zone_set_id,
                            first_load_id=load_id,
                            source=AlertSource.GFW_INTEGRATED,
                            confidence=CONFIDENCE_WORDS[word],
                        )
                    )
                    break
    ForestAlert.objects.bulk_create(alerts, ignore_conflicts=True)
    _keep_totals(load_id)


def _keep_totals(load_id: int) -> None:
    names = ("district_id", "source", "confidence", "zone_set_id")
    totals = (
        ForestAlert.objects.filter(first_load_id=load_id)
        .annotate(month=TruncMonth("alert_date"))
        .values(*names, "month")
        .annotate(alerts=Count("pixel"))
    )
    for total in totals:
        own = {name: total[name] for name in names}
        month, _ = AlertMonth.objects.get_or_create(
            **own,
            month=total["month"],
            defaults={"alerts": 1, "area_ha": _PIXEL_HA},
        )
        month.alerts += total["alerts"]
        month.save()


def _pixel(longitude: float, latitude: float) -> int:
    x = int((longitude + 180) / 360 * CELLS_PER_AXIS)
    stretched = math.asinh(math.tan(math.radians(latitude)))
    y = int((1 - stretched / math.pi) / 2 * CELLS_PER_AXIS)
    return _spread(x) | _spread(y) << 1


def _spread(bits: int) -> int:
    bits = (bits | bits << 16) & 0x0000FFFF0000FFFF
    bits = (bits | bits << 8) & 0x00FF00FF00FF00FF
    bits = (bits | bits << 4) & 0x0F0F0F0F0F0F0F0F
    bits = (bits | bits << 2) & 0x3333333333333333
    return (bits | bits << 1) & 0x5555555555555555
