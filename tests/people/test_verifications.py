"""Who verifies a cluster, and what becomes of what they send."""

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from indicators.evidence.pictures import MOST_BYTES
from territory.models import AlertCluster, Verification
from territory.verifications import Finding, record_verification
from tests.factories import UserFactory, write_cluster

pytestmark = pytest.mark.django_db
TYPED = {
    "follows": "0",
    "state": "confirmed",
    "visited_on": "2026-02-03",
    "evidence": "Tala reciente junto al río.",
    "role": "supervisor",
    "institution": "community",
}


@pytest.fixture
def cluster(db: None) -> AlertCluster:
    return write_cluster(ubigeo="990101", day=dt.date(2026, 1, 5))


@pytest.fixture
def supervisor(make_person: Any) -> User:
    person: User = make_person("supervisor", username="supervisora")
    return person


@pytest.fixture
def client(supervisor: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(supervisor)


def address(cluster: AlertCluster) -> str:
    return f"/panel/alertas/{cluster.pk}/verificar/"


def photo(kind: str = "JPEG", **exif: Any) -> bytes:
    picture = Image.new("RGB", (40, 20), "green")
    data = Image.Exif()
    data[0x010F] = "canario-telefono"
    data.get_ifd(0x8825)[2] = (8.0, 10.0, 30.0)
    out = io.BytesIO()
    picture.save(out, kind, exif=data, **exif)
    return out.getvalue()


def test_a_verification_is_recorded_and_shown(
    cluster: AlertCluster, client: Client, supervisor: User
) -> None:
    page = client.get(address(cluster)).content.decode()
    assert "Qué verá el público" in page
    response = client.post(address(cluster), TYPED)
    assert response.status_code == 302
    assert response.headers["Location"] == f"/alertas/{cluster.pk}/"
    landed = client.get(response.headers["Location"]).content.decode()
    assert "Se registró la verificación." in landed
    again = client.get(response.headers["Location"]).content.decode()
    assert "Se registró la verificación." not in again
    row = Verification.objects.get()
    assert (row.order, row.state, row.alerts_then) == (1, "confirmed", cluster.alerts)
    assert row.recorded_by == supervisor
    public = Client().get(f"/alertas/{cluster.pk}/").content.decode()
    assert "Confirmada en campo" in public
    assert "supervisora" not in public.replace("Supervisora", "")
    assert "Tala reciente" not in public


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"state": ""}, "Elige qué encontraron"),
        ({"state": "unverified"}, "Escoja una opción válida"),
        ({"follows": "9" * 5_000}, "Hay un problema"),
        ({"evidence": "   "}, "Escribe qué se vio"),
        ({"visited_on": "2999-01-01"}, "futuro"),
        ({"visited_on": "ayer"}, "Escribe la fecha como"),
        ({"institution": ""}, "Elige el tipo de institución"),
        ({"role": "officer"}, "Escoja una opción válida"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(
    wrong: dict[str, str], words: str, cluster: AlertCluster, client: Client
) -> None:
    response = client.post(address(cluster), TYPED | wrong)
    page = response.content.decode()
    assert response.status_code == 422
    assert "Hay un problema" in page
    if wrong.get("role") != "officer":
        assert words in page
    if "evidence" not in wrong:
        assert "Tala reciente junto al río." in page
    assert not Verification.objects.exists()


def test_two_tabs_do_not_overwrite_each_other(
    cluster: AlertCluster, client: Client
) -> None:
    client.post(address(cluster), TYPED)
    mine = TYPED | {"state": "natural", "evidence": "Lo mío: un derrumbe."}
    response = client.post(address(cluster), mine)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Tala reciente junto al río." in page
    assert "Lo mío: un derrumbe." in page
    assert Verification.objects.count() == 1
    # The page now shows which entry it follows; a correction says why.
    without_reason = client.post(address(cluster), mine | {"follows": "1"})
    assert without_reason.status_code == 422
    with_reason = mine | {"follows": "1", "reason": "Miré otra vez."}
    assert client.post(address(cluster), with_reason).status_code == 302
    states = Verification.objects.order_by("order").values_list("state", flat=True)
    assert list(states) == ["confirmed", "natural"]


@pytest.mark.parametrize("has_entry", [True, False])
@pytest.mark.parametrize(
    ("follows", "status"), [("9" * 5_000, 422), ("9" * 20, 409), ("-1", 422)]
)
def test_an_entry_that_follows_none_is_answered_with_words(
    has_entry: bool, follows: str, status: int, cluster: AlertCluster, client: Client
) -> None:
    if has_entry:
        client.post(address(cluster), TYPED)
    mine = TYPED | {"follows": follows, "reason": "Otra vez.", "evidence": "Lo mío"}
    response = client.post(address(cluster), mine)
    assert response.status_code == status
    assert "Lo mío" in response.content.decode()
    assert Verification.objects.count() == has_entry


def test_a_withdrawn_cluster_is_not_verified(
    cluster: AlertCluster, client: Client
) -> None:
    AlertCluster.objects.filter(pk=cluster.pk).update(alerts=0, area_ha=0)
    assert client.get(address(cluster)).status_code == 404
    assert client.post(address(cluster), TYPED).status_code == 404


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_is_kept_without_place_and_telephone(
    kind: str, cluster: AlertCluster, client: Client
) -> None:
    body = photo(kind)
    assert b"canario" in body
    upload = SimpleUploadedFile("María en su chacra.jpg", body)
    assert client.post(address(cluster), TYPED | {"photo": upload}).status_code == 302
    row = Verification.objects.get()
    kept = Path(settings.MEDIA_ROOT, row.file)
    assert b"canario" not in kept.read_bytes()
    with Image.open(kept) as picture:
        assert picture.size == (40, 20)
        assert dict(picture.getexif()) == {}
    assert "chacra" not in row.file
    got = client.get(f"{address(cluster)}1/foto/")
    assert b"".join(got) == kept.read_bytes()  # type: ignore[arg-type]
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in got.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "El archivo está vacío."),
        (b"%PDF-1.7 nada", "Elige una foto JPG o PNG"),
        (b"GIF89a", "Elige una foto JPG o PNG"),
        (b"\xff\xd8\xff\xe0 cortado", "Elige una foto JPG o PNG"),
        (b"x" * (MOST_BYTES + 1), "menos de 5 MB"),
    ],
    ids=["empty", "pdf", "gif", "cut", "large"],
)
def test_a_file_that_cannot_be_cleaned_is_refused(
    body: bytes, words: str, cluster: AlertCluster, client: Client
) -> None:
    upload = SimpleUploadedFile("foto.jpg", body)
    response = client.post(address(cluster), TYPED | {"photo": upload})
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Verification.objects.exists()
    assert not Path(settings.MEDIA_ROOT, "verifications").exists()


def test_a_picture_bomb_is_refused(cluster: AlertCluster, client: Client) -> None:
    out = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(out, "PNG")
    upload = SimpleUploadedFile("foto.png", out.getvalue())
    response = client.post(address(cluster), TYPED | {"photo": upload})
    assert "demasiados píxeles" in response.content.decode()


@pytest.mark.parametrize("lacking", ["evidence", "reason"])
def test_the_action_itself_asks_for_evidence_and_reason(
    lacking: str, cluster: AlertCluster
) -> None:
    facts: dict[str, Any] = {
        "state": "false",
        "visited_on": dt.date(2026, 2, 1),
        "evidence": "x",
        "reason": "x",
        "role": "officer",
        "institution": "regional",
    }
    who, number = UserFactory(), cluster.pk
    record_verification(
        cluster_number=number, follows=0, finding=Finding(**facts), who=who
    )
    wrong = Finding(**facts | {lacking: " "})
    with pytest.raises(ValueError, match="Escribe"):
        record_verification(cluster_number=number, follows=1, finding=wrong, who=who)


def test_who_verifies_finds_the_alerts_in_the_panel(
    client: Client, signed_in: Callable[[User], Client], make_person: Any
) -> None:
    link = 'href="/alertas/?estado=unverified"'
    assert link in client.get("/panel/").content.decode()
    other = signed_in(make_person("editor", username="editora"))
    assert link not in other.get("/panel/").content.decode()
