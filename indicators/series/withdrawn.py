"""Published values that were taken back and not replaced: read with the indicator."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q

from indicators.models import YearlyValue
from indicators.series.listed import listed
from indicators.series.records import Withdrawal
from territory.models import Place

_State = YearlyValue.State


def withdrawn_list(indicator: Any) -> ArraySubquery:
    """Return the withdrawn values without another in their place and year.

    Part of the indicator's query. One withdrawn before it was public is left out.
    """
    follows = Q(state=_State.PUBLISHED) | Q(
        state=_State.WITHDRAWN, version__gt=OuterRef("version")
    )
    another = YearlyValue.objects.filter(
        follows,
        indicator=OuterRef("indicator_id"),
        place=OuterRef("place_id"),
        year=OuterRef("year"),
    )
    withdrawn = YearlyValue.objects.filter(
        ~Exists(another),
        indicator=indicator,
        state=_State.WITHDRAWN,
        published_at__isnull=False,
        place__generation__is_current=True,
        place__jurisdiction__is_home=True,
    )
    # The province first: its level sorts after that of a district.
    return listed(
        withdrawn.order_by("-year", "-place__level", "place__name"),
        "year",
        reason=F("change_reason"),
        place=F("place__name"),
        level=F("place__level"),
    )


def withdrawals_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Withdrawal, ...]:
    """Return the withdrawals of a page, the newest year first."""
    return tuple(
        Withdrawal(
            year=row["year"],
            district=row["place"] if row["level"] == Place.Level.DISTRICT else "",
            reason=row["reason"],
        )
        for row in rows
    )
