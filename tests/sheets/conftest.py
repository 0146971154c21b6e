"""An editor of one indicator, and the steps of the mapping screen by client."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from indicators.models import Indicator, SheetUpload
from tests.factories import AssignmentFactory, PlaceFactory, TargetFactory
from tests.sheets.statistics import learning

ENLA = {
    "sheet": "UGEL",
    "title_row": "4",
    "value_column": "5",
    "factor": "1",
    "year_column": "4",
    "place": "9901",
    "kind": "measured",
    "source_text": "MINEDU, ENLA 2024",
    "proxy": "4.º grado en lugar de 2.º",
    "filter_column_1": "1",
    "filter_text_1": "220010",
    "filter_column_2": "3",
    "filter_text_2": "4P",
}


@pytest.fixture
def places(db: Any) -> dict[str, Any]:
    return {
        "9901": PlaceFactory(province=True),
        "990101": PlaceFactory(ubigeo="990101", name="Alto"),
        "990102": PlaceFactory(ubigeo="990102", name="Bajo"),
    }


@pytest.fixture
def editor(make_person: Any, places: Any) -> User:
    person: User = make_person("editor", username="editora")
    return person


@pytest.fixture
def indicator(editor: User) -> Indicator:
    made: Indicator = TargetFactory(
        value=Decimal(60), indicator__target_type="share", indicator__unit_es="%"
    ).indicator
    AssignmentFactory(user=editor, indicator=made)
    return made


@pytest.fixture
def desk(editor: User) -> Client:
    client = Client()
    client.force_login(editor)
    return client


def upload(
    desk: Client, indicator: Indicator, content: bytes, name: str = "enla.xlsx"
) -> Any:
    file = SimpleUploadedFile(name, content)
    data = {"indicator": indicator.pk, "file": file}
    return desk.post("/panel/estadisticas/", data)


def uploaded(desk: Client, indicator: Indicator, content: bytes = b"") -> SheetUpload:
    """The file of an upload that went well."""
    response = upload(desk, indicator, content or learning())
    assert response.status_code == 302, response.content.decode()
    return SheetUpload.objects.latest("pk")


def step(upload: SheetUpload, name: str = "") -> str:
    return f"/panel/estadisticas/{upload.public_id}/{name}"
