"""Uploading in the admin: one person brings the file, another decides."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from indicators.models import Indicator, Load
from tests import factories
from tests.loaders.conftest import Losses, published

pytestmark = pytest.mark.django_db
UPLOAD = reverse("admin:indicators_load_upload")


def reviewer() -> User:
    user = factories.UserFactory(is_staff=True)
    for codename in ("add_load", "review_load", "view_load"):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=django_settings.AUTHENTICATION_BACKENDS[-1])
    return client


def upload(client: Client, body: bytes, name: str = "tabla.csv") -> Load:
    answer = client.post(
        UPLOAD,
        {"source": "geobosques_loss", "file": SimpleUploadedFile(name, body)},
    )
    load = Load.objects.latest("pk")
    assert answer.status_code == 302
    assert answer["Location"] == decide(load)
    return load


def decide(load: Load) -> str:
    return reverse("admin:indicators_load_decide", args=[load.pk])


def test_one_uploads_another_publishes(
    indicator: Indicator, table: Callable[[Losses], bytes], edition_2023: Losses
) -> None:
    author, other = reviewer(), reviewer()
    load = upload(signed_in(author), table(edition_2023))
    assert (load.state, load.trigger) == (Load.State.HELD, Load.Trigger.UPLOAD)
    page = signed_in(author).get(decide(load)).content.decode()
    assert "otra persona debe publicarlo" in page
    assert 'name="publish"' not in page

    signed_in(author).post(decide(load), {"why": "sí", "publish": "1"})
    assert published(indicator) == {}

    without_reason = signed_in(other).post(decide(load), {"why": "", "publish": "1"})
    assert without_reason.status_code == 200
    assert published(indicator) == {}

    signed_in(other).post(decide(load), {"why": "Revisado", "publish": "1"})
    assert published(indicator)[2023] == Decimal("1400.13")
    load.refresh_from_db()
    assert (load.reviewed_by, load.reason) == (other, "Revisado")


def test_a_second_person_can_discard(
    indicator: Indicator, table: Callable[[Losses], bytes], edition_2023: Losses
) -> None:
    load = upload(signed_in(reviewer()), table(edition_2023))
    signed_in(reviewer()).post(decide(load), {"why": "Año equivocado", "discard": "1"})
    load.refresh_from_db()
    assert load.state == Load.State.DISCARDED
    assert published(indicator) == {}


@pytest.mark.parametrize(
    "buttons", [{}, {"publish": "1", "discard": "1"}, {"action": "discard"}]
)
def test_without_one_clear_button_nothing_is_decided(
    indicator: Indicator,
    table: Callable[[Losses], bytes],
    edition_2023: Losses,
    buttons: dict[str, str],
) -> None:
    load = upload(signed_in(reviewer()), table(edition_2023))
    answer = signed_in(reviewer()).post(decide(load), {"why": "Sí", **buttons})
    assert answer.status_code == 200
    assert "Elige publicar o descartar." in answer.content.decode()
    load.refresh_from_db()
    assert load.state == Load.State.HELD
    assert published(indicator) == {}


def test_a_refused_file_shows_row_column_and_reason(
    indicator: Indicator, table: Callable[[Losses], bytes], edition_2023: Losses
) -> None:
    client = signed_in(reviewer())
    body = table(edition_2023).replace(b"450.00", b"-450.00")
    load = upload(client, body)
    page = client.get(decide(load)).content.decode()
    assert "Rechazada" in page
    assert "fila 2, columna 2022_ha" in page


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("../../etc/passwd", b"root:x:0:0\n"),
        ("bomba.xlsx", b"PK\x03\x04 nothing more"),
        ("foto.png", b"\x89PNG\r\n\x1a\n"),
        ("nul.csv", b"\x00" * 100),
    ],
    ids=["path in the name", "broken workbook", "picture", "nul bytes"],
)
def test_a_file_of_another_kind_is_refused_and_kept_under_its_own_name(
    indicator: Indicator, name: str, body: bytes, settings: object
) -> None:
    load = upload(signed_in(reviewer()), body, name)
    assert load.state == Load.State.REJECTED
    assert load.file
    kept = Path(settings.MEDIA_ROOT, load.file.path)  # type: ignore[attr-defined]
    assert kept.name == load.file.sha256
    assert kept.read_bytes() == body


def test_a_large_file_is_refused_before_it_is_read(indicator: Indicator) -> None:
    body = b"x" * 5_000_001
    answer = signed_in(reviewer()).post(
        UPLOAD,
        {"source": "geobosques_loss", "file": SimpleUploadedFile("grande.csv", body)},
    )
    assert "menos de 5 MB" in answer.content.decode()
    assert Load.objects.count() == 0


@pytest.mark.parametrize("is_staff", [True, False])
def test_without_the_right_nobody_uploads_or_decides(
    indicator: Indicator, is_staff: bool
) -> None:
    client = signed_in(factories.UserFactory(is_staff=is_staff))
    load = factories.LoadFactory(
        source__code="geobosques_loss", state="held", reason="x"
    )
    for url in (UPLOAD, decide(load)):
        assert client.get(url).status_code in (302, 403)
        assert client.post(url, {"why": "sí", "publish": "1"}).status_code in (302, 403)
    load.refresh_from_db()
    assert load.state == Load.State.HELD


def test_who_only_uploads_does_not_decide_and_an_unknown_load_is_not_found(
    indicator: Indicator,
) -> None:
    user = factories.UserFactory(is_staff=True)
    for codename in ("add_load", "view_load"):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    client = signed_in(user)
    load = factories.LoadFactory(
        source__code="geobosques_loss", state="held", reason="x"
    )
    page = client.get(decide(load))
    assert page.status_code == 200
    assert 'name="publish"' not in page.content.decode()
    assert client.post(decide(load), {"why": "sí", "publish": "1"}).status_code == 403
    missing = reverse("admin:indicators_load_decide", args=[999_999])
    assert client.get(missing).status_code == 404


def test_nobody_edits_a_load_or_a_source_by_hand(indicator: Indicator) -> None:
    user = factories.UserFactory(is_staff=True, is_superuser=True)
    client = signed_in(user)
    load = factories.LoadFactory(source__code="geobosques_loss")
    change = reverse("admin:indicators_load_change", args=[load.pk])
    assert client.post(change, {"state": "held"}).status_code == 403
    delete = reverse("admin:indicators_load_delete", args=[load.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert client.get(reverse("admin:indicators_load_changelist")).status_code == 200
    assert Load.objects.filter(pk=load.pk).exists()
