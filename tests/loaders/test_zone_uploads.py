"""Files of zones by hand: one brings them, another approves, a worker does the work."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from indicators.loaders import zone_outlines
from indicators.models import AskedTask, Load
from indicators.tasks import publish_load, read_zone_file
from territory.models import Zone
from tests import factories
from tests.loaders.test_load_admin import UPLOAD, decide, reviewer, signed_in
from tests.loaders.test_zone_loads import area

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def source(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    factories.SourceFactory(code="zone_files")


def body(*codes: str, kind: str = "", size: float = 0.1) -> bytes:
    features = [area(code, -76.9 + n, -8.9, size) for n, code in enumerate(codes)]
    for feature in features:
        feature["properties"] |= {"kind": kind} if kind else {}
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def send(user: User, content: bytes, kind: str = "concession") -> Any:
    file = SimpleUploadedFile("zonas.geojson", content)
    data = {"source": "zone_files", "kind": kind, "file": file}
    return signed_in(user).post(UPLOAD, data)


def read(user: User, content: bytes, kind: str = "concession") -> Load:
    """Return the load of an upload after its task ran, as a worker would run it."""
    assert send(user, content, kind).status_code == 302
    asked = AskedTask.objects.latest("pk")
    assert asked.task == "indicators.tasks.read_zone_file"
    read_zone_file(**asked.arguments)
    return Load.objects.latest("pk")


def press_publish(user: User, load: Load, why: str = "Revisado") -> Any:
    data = {"why": why, "publish": "1"}
    return signed_in(user).post(decide(load), data, follow=True)


def work_off() -> None:
    asked_for = AskedTask.objects.filter(task="indicators.tasks.publish_load")
    for asked in asked_for.order_by("pk"):
        publish_load(**asked.arguments)


def test_one_uploads_another_approves_and_a_worker_publishes() -> None:
    author, other = reviewer(), reviewer()
    page = signed_in(author).get(send(author, body("C1", "C2"))["Location"])
    assert "espera su lectura" in page.content.decode()
    assert not Zone.objects.exists()
    load = Load.objects.get()
    read_zone_file(load_id=load.pk)
    load.refresh_from_db()
    assert (load.state, load.rows_added) == (Load.State.HELD, 2)
    press_publish(author, load)
    load.refresh_from_db()
    assert load.state == Load.State.HELD

    page = press_publish(other, load)
    assert "se está publicando" in page.content.decode()
    assert not Zone.objects.exists()
    again = press_publish(other, load)
    assert "ya no está retenida" in again.content.decode()
    work_off()
    work_off()
    assert set(Zone.objects.values_list("code", "kind")) == {
        ("C1", "concession"),
        ("C2", "concession"),
    }
    load.refresh_from_db()
    assert (load.state, load.reviewed_by, load.reason) == (
        Load.State.PUBLISHED,
        other,
        "Revisado",
    )


def test_the_review_names_what_comes_what_changes_and_what_goes() -> None:
    first = read(reviewer(), body("C1", "C2"))
    press_publish(reviewer(), first)
    work_off()
    second = read(reviewer(), body("C3", "C2", size=0.11))
    assert second.state == Load.State.HELD
    page = signed_in(reviewer()).get(decide(second)).content.decode()
    for words in ("Llegan: 1", "Área C3", "Cambian: 1", "Área C2", "Ya no están: 1"):
        assert words in page
    assert page.index("Área C3") < page.index("Área C2") < page.rindex("Área C1")


def test_what_changed_since_it_was_seen_is_held_again_and_says_so() -> None:
    first, second = (
        read(reviewer(), content) for content in (body("C1"), body("C1", "C2"))
    )
    for load in (second, first):
        press_publish(reviewer(), load, why="Sí")
    work_off()
    states = dict(Load.objects.values_list("pk", "state"))
    assert states == {first.pk: "held", second.pk: "published"}
    page = signed_in(reviewer()).get(decide(first)).content.decode()
    assert "No se publicó («Sí»): Ya se publicó una carga más nueva" in page
    first.refresh_from_db()
    assert first.reviewed_by is None
    assert first.reason.startswith("Retenida:")
    # Held again, it can be approved again: a task of its own.
    press_publish(reviewer(), first)
    first.refresh_from_db()
    assert first.state == Load.State.APPROVED


def test_another_result_than_the_one_shown_is_not_published() -> None:
    older, newer = read(reviewer(), body("C1")), read(reviewer(), body("C1", "C2"))
    for load in (older, newer):
        press_publish(reviewer(), load)
    work_off()
    newer.refresh_from_db()
    assert newer.state == Load.State.HELD
    assert "revisa otra vez" in newer.report["not_published"]
    assert newer.report["zones"]["came"] == {"count": 1, "names": ["Área C2"]}
    press_publish(reviewer(), newer)
    work_off()
    assert Zone.objects.current().count() == 2


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (body("C1"), "", "elige el tipo"),
        (body("C1", kind="castillo"), "", "no existe el tipo de zona"),
        (b"\x00\xff", "concession", "no es un archivo GeoJSON"),
        (b"[" * 100_000, "concession", "no es un archivo GeoJSON"),
    ],
)
def test_a_file_that_is_not_whole_is_refused_by_the_worker(
    content: bytes, kind: str, said: str
) -> None:
    load = read(reviewer(), content, kind)
    assert load.state == Load.State.REJECTED
    assert said in load.reason


def test_a_kind_named_by_each_zone_needs_none_asked_for() -> None:
    load = read(reviewer(), body("C1", kind="community"), "")
    assert (load.state, load.report["kinds"]) == (Load.State.HELD, ["community"])


def test_the_same_zones_again_wait_for_nobody() -> None:
    press_publish(reviewer(), read(reviewer(), body("C1")))
    work_off()
    assert read(reviewer(), body("C1")).state == Load.State.UNCHANGED


def test_too_large_a_file_is_refused_by_the_page_and_by_the_loader(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = send(reviewer(), b" " * 20_000_001)
    assert "menos de 20 MB" in answer.content.decode()
    assert not Load.objects.exists()
    monkeypatch.setattr(zone_outlines, "LARGEST_FILE_BYTES", 100)
    load = read(reviewer(), body("C1"))
    assert load.state == Load.State.REJECTED
    assert "pesa más de" in load.reason


def test_nobody_is_approved_by_nobody_or_without_a_reason() -> None:
    load = factories.LoadFactory(source__code="zones", state="held", reason="x")
    for who, why in ((None, "x"), (reviewer(), "")):
        with (
            pytest.raises(IntegrityError, match="approved_by_somebody"),
            transaction.atomic(),
        ):
            Load.objects.filter(pk=load.pk).update(
                state="approved", reviewed_by=who, reason=why
            )
