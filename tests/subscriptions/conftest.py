"""A province with two districts, a zone, and a mail server that really listens."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from indicators.models import Subscription
from indicators.subscriptions.seals import address_hash, sealed
from territory.models import Zone
from tests.factories import PlaceFactory, square
from tests.subscriptions.smtp_server import MailServer, mail_server

ADDRESS = "canario@example.org"


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    with mail_server() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_TIMEOUT = 5
        settings.SITE_URL = "http://testserver"
        yield running


@pytest.fixture
def province(db: Any) -> Any:
    return PlaceFactory(province=True)


@pytest.fixture
def district(province: Any) -> Any:
    return PlaceFactory(ubigeo="990101", name="Alto")


@pytest.fixture
def zone(province: Any) -> Any:
    return Zone.objects.create(
        kind=Zone.Kind.REGIONAL_AREA,
        code="z1",
        name="Bosque de nubes",
        geom=square(-75.9, -8.0),
        area_ha=Decimal("12100"),
        source="made_up",
        first_load_id=1,
    )


@pytest.fixture
def active(district: Any) -> Any:
    return make_active(district=district)


def make_active(**facts: Any) -> Any:
    """A confirmed subscription, weekly and from 1 ha unless said otherwise."""
    defaults = {
        "sealed_address": sealed(ADDRESS),
        "address_hash": address_hash(ADDRESS),
        "cadence": "weekly",
        "least_area_ha": Decimal(1),
        "language": "es",
        "created_at": timezone.now(),
        "confirmed_at": dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC),
    }
    return Subscription.objects.create(**{**defaults, **facts})
