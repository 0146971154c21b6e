"""Second opinions of an indicator: read with it, shown beside it, never joined."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from indicators.charts import Point, Series
from indicators.models import AnnualLoss, Load, SecondOpinion
from indicators.series.records import Lang, Opinion, OpinionYear, SourceLine
from territory.models import Place

_SOURCE_FIELDS = ("publisher", "licence", "citation", "homepage_url")


def opinion_list(indicator: Any) -> ArraySubquery:
    """Return the sources beside an indicator with the years they give the province.

    Of each source the edition that was published last. Part of the indicator's query.
    """
    newest = Load.objects.filter(
        source=OuterRef("source_id"), state=Load.State.PUBLISHED
    ).order_by("-published_at")
    years = AnnualLoss.objects.filter(
        load=OuterRef("newest_id"),
        place__level=Place.Level.PROVINCE,
        place__generation__is_current=True,
        place__jurisdiction__is_home=True,
    ).order_by("year")
    opinions = (
        SecondOpinion.objects.filter(indicator=indicator)
        .annotate(newest_id=Subquery(newest.values("pk")[:1]))
        .annotate(
            edition=Subquery(newest.values("edition")[:1]),
            published_at=Subquery(newest.values("published_at")[:1]),
            years=ArraySubquery(
                years.values(json=JSONObject(year=F("year"), value=F("loss_ha")))
            ),
        )
        .exclude(newest_id=None)
        .order_by("source__order")
    )
    names = ("name_es", "name_en", "cautions_es", "cautions_en", *_SOURCE_FIELDS)
    fields = {name: F(f"source__{name}") for name in names}
    own = {name: F(name) for name in ("edition", "published_at", "years")}
    return ArraySubquery(opinions.values(json=JSONObject(**fields, **own)))


def opinions_of(
    found: Sequence[dict[str, Any]], values: Sequence[Any], *, unit: str, lang: Lang
) -> tuple[Opinion, ...]:
    """Return the second opinions with years in order; a year not given is a hole."""
    official = {
        value.year: None if value.value is None else float(value.value)
        for value in values
    }
    return tuple(
        _opinion(item, official, unit, lang) for item in found if item["years"]
    )


def _opinion(
    item: dict[str, Any], official: dict[int, float | None], unit: str, lang: Lang
) -> Opinion:
    given = {line["year"]: float(line["value"]) for line in item["years"]}
    years = range(min(given), max(given) + 1)
    series = Series(
        unit=unit,
        points=tuple(Point(year=year, value=given.get(year)) for year in years),
        bars=True,
        is_running_total=False,
        target_value=None,
        target_year=max(given),
        target_operator="",
        baseline=None,
        breaks=(),
    )
    return Opinion(
        source=SourceLine(
            name=item[f"name_{lang}"],
            publisher=item["publisher"],
            licence=item["licence"],
            citation=item["citation"],
            url=item["homepage_url"],
        ),
        edition=item["edition"],
        published_on=_day(item["published_at"]),
        cautions=tuple(item[f"cautions_{lang}"]),
        series=series,
        years=tuple(
            OpinionYear(year=year, value=given.get(year), official=official.get(year))
            for year in years
        ),
    )


def _day(text: str) -> dt.date:
    instant = parse_datetime(text)
    assert instant is not None
    return timezone.localdate(instant)
