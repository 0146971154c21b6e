"""F-20: no room for the file that is to be kept."""

import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from indicators.loaders.geobosques import Upload, load_annual_loss
from indicators.models import Indicator, Load, SourceFile
from tests.loaders.conftest import Losses, published

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ROOM_BYTES = 200


@pytest.fixture
def little_room() -> Iterator[None]:
    """No file of this process may grow beyond a few bytes; needs no rights."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM_BYTES, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_f20_without_room_nothing_is_kept_and_the_person_is_told(
    indicator: Indicator,
    table: Callable[[Losses], bytes],
    edition_2023: Losses,
    settings: Any,
    little_room: None,
) -> None:
    body = table(edition_2023)
    assert len(body) > ROOM_BYTES
    ended = load_annual_loss(
        trigger=Load.Trigger.UPLOAD, upload=Upload(body=body, name="tabla.csv")
    )
    assert ended.state == Load.State.REJECTED
    assert "No se pudo guardar el archivo" in ended.reason
    assert not SourceFile.objects.exists()
    kept = Path(settings.MEDIA_ROOT)
    assert [path for path in kept.rglob("*") if path.is_file()] == []
    assert published(indicator) == {}
