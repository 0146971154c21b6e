"""Provincial tables of Global Forest Watch beside what was loaded by polygon.

The comparison is stored in the load's report and shown on the page of sources. It
feeds no goal and changes no figure.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from indicators.loaders.annual_loss import keep_zip
from indicators.loaders.pipeline import (
    finish,
    run_source,
)
from indicators.loaders.sessions import configured_session
from indicators.models import AnnualLoss, Load
from indicators.sources import gfw_tables
from indicators.sources.errors import ContentRefused
from indicators.sources.registry import (
    GFW_ADM2_ALERTS,
    GFW_ADM2_LOSS,
    GFW_TREE_COVER_LOSS,
)
from indicators.sources.session import Fetched, Session
from indicators.sources.spec import SourceSpec
from territory.models import AlertMonth, AlertSource, Jurisdiction, Place

ISO_PERU = "PER"
# Whole months before this one that the alerts are compared in.
MONTHS = 5

Totals = Mapping[str, Decimal]


def check_annual_loss(*, trigger: Load.Trigger) -> Load:
    """Return the finished load of the provincial loss table and its comparison.

    Raises:
        SourceBusy: another load of this source is running.
    """
    return _checked(
        GFW_ADM2_LOSS,
        trigger,
        gfw_tables.fetch_loss,
        gfw_tables.parse_loss,
        _own_loss,
    )


def check_alerts(*, trigger: Load.Trigger) -> Load:
    """Return the finished load of the provincial alert table and its comparison.

    Raises:
        SourceBusy: another load of this source is running.
    """
    since = _first_month()

    def fetch(session: Session, code: gfw_tables.GadmCode) -> Fetched:
        return gfw_tables.fetch_alerts(session, code, since)

    return _checked(
        GFW_ADM2_ALERTS, trigger, fetch, gfw_tables.parse_alerts, _own_alerts
    )


def _checked(
    spec: SourceSpec,
    trigger: Load.Trigger,
    fetch: Callable[[Session, gfw_tables.GadmCode], Fetched],
    parse: Callable[[bytes], Totals],
    own: Callable[[], Totals],
) -> Load:
    def work(load: Load) -> Load:
        found, table = _fetched(spec, fetch)
        load.file = keep_zip(
            load.source,
            {"code.json": found.body, "table.json": table.body},
            fetched_at=table.fetched_at,
            url=table.final_url,
        )
        theirs = parse(table.body)
        _note(load, theirs, own())
        return finish(load, Load.State.PUBLISHED)

    return run_source(spec.code, trigger=trigger, work=work)


def _fetched(
    spec: SourceSpec, fetch: Callable[[Session, gfw_tables.GadmCode], Fetched]
) -> tuple[Fetched, Fetched]:
    home = Jurisdiction.objects.filter(is_home=True).first()
    if home is None:
        raise ContentRefused(
            "no_home",
            "Falta la provincia del tablero: cárgala primero.",
            "The dashboard's province is missing: load it first.",
        )
    with configured_session(spec) as session:
        found = gfw_tables.fetch_code(session, home.name)
        code = gfw_tables.parse_code(
            found.body, iso=ISO_PERU, region=home.region_name, name=home.name
        )
        return found, fetch(session, code)


def _note(load: Load, theirs: Totals, own: Totals) -> None:
    periods = sorted(theirs.keys() | own.keys())
    load.rows_read = len(theirs)
    load.edition = timezone.localdate().isoformat()
    if theirs and (last := max(theirs))[:4].isdecimal():
        load.data_to_year = int(last[:4])
    load.report = {
        "comparison": [
            _line(period, theirs.get(period), own.get(period)) for period in periods
        ]
    }


def _line(period: str, theirs: Decimal | None, own: Decimal | None) -> dict[str, Any]:
    """Return one line; the difference is a share of our own, None without one."""
    difference = None
    if theirs is not None and own:
        difference = float(round((theirs - own) / own * 100, 1))
    return {
        "period": period,
        "theirs_ha": None if theirs is None else float(round(theirs, 2)),
        "own_ha": None if own is None else float(round(own, 2)),
        "difference_pct": difference,
    }


def _own_loss() -> Totals:
    """Return hectares by year of the published polygon query of the province."""
    published = (
        Load.objects.filter(
            source__code=GFW_TREE_COVER_LOSS.code, state=Load.State.PUBLISHED
        )
        .order_by("-published_at")
        .first()
    )
    losses = AnnualLoss.objects.filter(
        load=published,
        place__level=Place.Level.PROVINCE,
        place__jurisdiction__is_home=True,
    ).order_by("year")
    return {str(loss.year): loss.loss_ha for loss in losses}


def _own_alerts() -> Totals:
    """Return hectares by month of the integrated alerts in the province's districts."""
    rows = (
        AlertMonth.objects.filter(
            source=AlertSource.GFW_INTEGRATED,
            month__gte=_first_month(),
            district__jurisdiction__is_home=True,
            district__generation__is_current=True,
        )
        .annotate(of_month=TruncMonth("month"))
        .values("of_month")
        .annotate(total_ha=Sum("area_ha"))
        .order_by("of_month")
    )
    return {f"{row['of_month']:%Y-%m}": row["total_ha"] for row in rows}


def _first_month() -> date:
    """Return the first day of the earliest month that was certainly read whole."""
    today = timezone.localdate()
    months = today.year * 12 + today.month - 1 - MONTHS
    return date(months // 12, months % 12 + 1, 1)
