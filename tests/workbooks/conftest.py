"""A province with two districts and an editor of three indicators."""

import pytest
from django.contrib.auth.models import User

from indicators.models import Indicator
from territory.models import Place
from tests import factories


@pytest.fixture
def places(db: None) -> list[Place]:
    return [
        factories.PlaceFactory(province=True),
        *(factories.PlaceFactory(ubigeo=f"99010{n}") for n in (1, 2)),
    ]


@pytest.fixture
def indicators(editor: User, places: list[Place]) -> list[Indicator]:
    made = [
        factories.IndicatorFactory(by_district=split) for split in ("separate", "", "")
    ]
    for indicator in made:
        factories.AssignmentFactory(user=editor, indicator=indicator)
    return made
