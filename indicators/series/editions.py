"""What a source changed of values already published: before and after, by edition."""

from collections import defaultdict
from typing import Any

from django.apps import apps
from django.db.models import Exists, Q
from django.utils import timezone

from indicators.models import Load, YearlyValue
from indicators.series.records import Edition, EditionChange, Lang
from indicators.series.site import in_language

_PUBLIC = (
    YearlyValue.State.PUBLISHED,
    YearlyValue.State.SUPERSEDED,
    YearlyValue.State.WITHDRAWN,
)
_Found = dict[int, list[EditionChange]]


def has_editions(indicator: Any) -> Exists:
    """Return whether a load changed or took back any value of a query's indicator."""
    return Exists(
        YearlyValue.objects.filter(
            Q(supersedes__isnull=False) | Q(state=YearlyValue.State.WITHDRAWN),
            indicator=indicator,
            load__isnull=False,
        )
    )


def source_editions(indicator_id: int, *, lang: Lang) -> tuple[Edition, ...]:
    """Return the editions that changed published values of an indicator, newest first.

    From the stored versions of every place, so what a later edition changed again
    stays. A value that came for the first time is no change. Three queries.
    """
    found: _Found = defaultdict(list)
    _add_changed(found, indicator_id)
    _add_withdrawn(found, indicator_id)
    loads = Load.objects.filter(pk__in=found).select_related("source")
    editions = [
        Edition(
            on=timezone.localdate(load.published_at or load.started_at),
            edition=load.edition,
            source=in_language(load.source, "name", lang),
            changes=tuple(sorted(found[load.pk], key=_by_year_and_place)),
        )
        for load in loads.order_by("-published_at", "-pk")
    ]
    return tuple(editions)


def _add_changed(found: _Found, indicator_id: int) -> None:
    rows = YearlyValue.objects.filter(
        indicator_id=indicator_id,
        load__isnull=False,
        supersedes__isnull=False,
        state__in=_PUBLIC,
        place__jurisdiction__is_home=True,
    ).values_list(
        *("load_id", "place__name", "place__level", "year"),
        *("supersedes__value", "value"),
    )
    for load_id, place, level, year, before, after in rows:
        found[load_id].append(_change(place, level, year, before, after))


def _add_withdrawn(found: _Found, indicator_id: int) -> None:
    """Add what loads took back: their number stands in the context of the event."""
    events: Any = apps.get_model("indicators", "YearlyValueEvent").objects
    rows = events.filter(
        indicator_id=indicator_id,
        state=YearlyValue.State.WITHDRAWN,
        pgh_context__metadata__has_key="load",
        place__jurisdiction__is_home=True,
    ).values_list(
        *("pgh_context__metadata__load", "place__name", "place__level"),
        *("year", "value"),
    )
    for load_id, place, level, year, before in rows:
        change = _change(place, level, year, before, None, is_withdrawn=True)
        found[int(load_id)].append(change)


def _change(
    place: str,
    level: str,
    year: int,
    before: Any,
    after: Any,
    *,
    is_withdrawn: bool = False,
) -> EditionChange:
    return EditionChange(
        place=place,
        level=level,
        year=year,
        before=None if before is None else float(before),
        after=None if after is None else float(after),
        is_withdrawn=is_withdrawn,
    )


def _by_year_and_place(change: EditionChange) -> tuple[int, bool, str]:
    """Newest year first, in it the province before its districts."""
    return (-change.year, change.level != "province", change.place)
