"""Asking for notices, confirming them, ending them."""

import datetime as dt
from decimal import Decimal
from typing import Any, Final

from django.contrib.gis.geos import Polygon
from django.db import connection, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from indicators.models import Subscription, SubscriptionMail
from indicators.subscriptions.seals import (
    address_hash,
    sealed,
    stopped_id,
    token_hash,
)
from territory.models import Place, Zone

CONFIRM_WITHIN: Final = dt.timedelta(hours=48)
# Nobody can fill a stranger's mailbox: more than these are dropped without a word. One
# reader reaches half of them (views.MOST_FOR_ONE_ADDRESS).
MOST_ASKED_A_DAY: Final = 6
MOST_ACTIVE: Final = 20


def ask_subscription(
    *,
    address: str,
    cadence: str,
    least_area_ha: Decimal,
    language: str,
    district: Place | None = None,
    zone: Zone | None = None,
    geom: Polygon | None = None,
) -> None:
    """Keep what somebody asks for until the address confirms it, and ask it to.

    Exactly one area is given. Returns nothing on purpose: whether the address is
    known, has the same notices already or too many must not be told.
    """
    key, now = address_hash(address), timezone.now()
    area = {"district": district, "zone": zone, "geom": geom}
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Two at once for one address: the second counts the first.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [key])
        known = Subscription.objects.filter(address_hash=key)
        active = known.exclude(confirmed_at=None)
        opened = known.filter(confirmed_at=None, created_at__gt=now - dt.timedelta(1))
        same = active.filter(cadence=cadence, **_given(area)).exists()
        if same or len(opened) >= MOST_ASKED_A_DAY or len(active) >= MOST_ACTIVE:
            return
        made = Subscription.objects.create(
            sealed_address=sealed(address),
            address_hash=key,
            cadence=cadence,
            least_area_ha=least_area_ha,
            language=language,
            created_at=now,
            **area,
        )
        today = timezone.localdate(now)
        SubscriptionMail.objects.create(
            subscription=made,
            kind=SubscriptionMail.Kind.CONFIRM,
            period_start=today,
            period_end=today + dt.timedelta(days=1),
            asked_at=now,
            due_at=now,
        )


def confirm_subscription(*, public_id: str, token: str) -> bool:
    """Return whether the token confirms a subscription; a second time still True.

    False for a wrong or expired one, and for a subscription that has ended.
    """
    with transaction.atomic():
        row = (
            Subscription.objects.select_for_update().filter(public_id=public_id).first()
        )
        if row is None or not _is_valid(row, token):
            return False
        if row.confirmed_at is None:
            row.confirmed_at = timezone.now()
            row.save()
        return True


def stop_subscription(*, token: str) -> bool:
    """Return whether the token is one of ours; the subscription is gone then.

    With it go the address, the area and every mail of it. Again: True.
    """
    public_id = stopped_id(token)
    if public_id is None:
        return False
    Subscription.objects.filter(public_id=public_id).delete()
    return True


def forget_unconfirmed() -> int:
    """Return how many subscriptions nobody confirmed in time were deleted."""
    limit = timezone.now() - CONFIRM_WITHIN
    old = Subscription.objects.filter(confirmed_at=None, created_at__lt=limit)
    # A link sent late, after the mail server refused it, keeps its 48 hours.
    old = old.exclude(confirm_until__gt=timezone.now())
    waiting = SubscriptionMail.objects.filter(state=SubscriptionMail.State.WAITING)
    old = old.exclude(pk__in=waiting.values("subscription"))
    count = old.count()
    old.delete()
    return count


def _given(area: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in area.items() if value is not None}


def _is_valid(row: Subscription, token: str) -> bool:
    if not row.confirm_hash or row.confirm_until is None:
        return False
    if row.confirm_until <= timezone.now():
        return False
    return constant_time_compare(row.confirm_hash, token_hash(token))
