import pytest

from indicators.models import DataVersion
from tests import factories


@pytest.mark.django_db
def test_published_value_raises_the_data_version() -> None:
    before = DataVersion.objects.get().number
    value = factories.YearlyValueFactory()
    assert value.recorded_by != value.reviewed_by
    assert DataVersion.objects.get().number > before
