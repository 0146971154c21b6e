import pytest

from indicators.models.versioning import current_data_version
from tests import factories


@pytest.mark.django_db
def test_published_value_raises_the_data_version() -> None:
    before = current_data_version()
    value = factories.YearlyValueFactory()
    assert value.recorded_by != value.reviewed_by
    assert current_data_version() > before
