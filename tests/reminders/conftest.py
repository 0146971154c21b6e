"""An editor with an assignment since 2025, and a mail server that really listens."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import User

from indicators.models import Assignment, Indicator
from tests.factories import AssignmentFactory, PlaceFactory, TargetFactory
from tests.subscriptions.conftest import server

__all__ = ["server"]
TAKEN_ON = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)


def assign(person: User, on: dt.datetime = TAKEN_ON, **facts: Any) -> Indicator:
    """A new indicator that a person enters since a day."""
    indicator: Indicator = TargetFactory(
        **{f"indicator__{name}": value for name, value in facts.items()}
    ).indicator
    AssignmentFactory(user=person, indicator=indicator)
    Assignment.objects.filter(indicator=indicator).update(assigned_at=on)
    return indicator


@pytest.fixture
def province(db: Any) -> Any:
    return PlaceFactory(province=True)


@pytest.fixture
def editor(make_person: Any, province: Any) -> User:
    person: User = make_person("editor", username="editora", first_name="Rosa")
    return person
