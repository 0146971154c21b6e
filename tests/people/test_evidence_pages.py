"""Evidence in the panel and its files, as browsers and strangers ask for them."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client

from indicators.evidence.reading import readable_evidence
from indicators.models import Evidence, YearlyValue
from indicators.panel.value_story import value_story
from tests import factories
from tests.faults.test_disk import little_room
from tests.people.evidence_files import pdf, picture, sent, typed

pytestmark = pytest.mark.django_db
State = YearlyValue.State


@pytest.fixture
def draft(editor: User) -> YearlyValue:
    value: YearlyValue = factories.YearlyValueFactory(draft=True, recorded_by=editor)
    factories.AssignmentFactory(user=editor, indicator=value.indicator)
    return value


@pytest.fixture
def desk(editor: User, signed_in: Any) -> Client:
    client: Client = signed_in(editor)
    return client


def page_of(value: YearlyValue) -> str:
    return f"/panel/valores/{value.pk}/"


def add_to(value: YearlyValue) -> str:
    return f"/panel/valores/{value.pk}/evidencia/"


def file_form(body: bytes, name: str, **fields: Any) -> dict[str, Any]:
    return typed(url="", **fields) | {"evidence-file": sent(body, name)}


def files_kept() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def publish(value: YearlyValue, state: str = State.PUBLISHED) -> None:
    YearlyValue.objects.filter(pk=value.pk).update(
        state=state,
        reviewed_by=factories.UserFactory(),
        published_at=value.recorded_at,
        change_reason="Se midió mal." if state == State.WITHDRAWN else "",
        return_reason="Falta la fuente." if state == State.RETURNED else "",
    )


def test_a_link_is_added_shown_and_removed(draft: YearlyValue, desk: Client) -> None:
    assert "Sin evidencia" in desk.get(page_of(draft)).content.decode()
    response = desk.post(add_to(draft), typed(), follow=True)
    page = response.content.decode()
    assert "Evidencia agregada." in page
    assert 'href="https://example.org/anuario"' in page
    assert "Documento o conjunto de datos" in page
    assert "■■■□" in page and "3 de 4" in page
    assert "La agregó editora" in page
    row = Evidence.objects.get()
    response = desk.post(f"{add_to(draft)}quitar/", {"evidence": row.pk}, follow=True)
    assert "Evidencia quitada." in response.content.decode()
    assert not Evidence.objects.exists()
    story = [(line.what, line.value, line.person) for line in value_story(draft)]
    assert story[1:] == [
        ("Evidencia agregada", "Anuario 2024", "editora"),
        ("Evidencia quitada", "Anuario 2024", "editora"),
    ]
    assert "Evidencia quitada</strong>: Anuario 2024" in response.content.decode()
    for chosen in (row.pk, "", "x", 10**30):
        response = desk.post(f"{add_to(draft)}quitar/", {"evidence": chosen})
        assert response.status_code == 409
        assert "ya no está en la lista" in response.content.decode()


def test_a_file_is_kept_under_our_name_and_handed_out_as_attachment(
    draft: YearlyValue, desk: Client
) -> None:
    form = file_form(
        pdf(), "../../Acta de María.PDF", title="Acta: «año» <2024>", access="reserved"
    )
    assert desk.post(add_to(draft), form).status_code == 302
    row = Evidence.objects.get()
    (kept,) = files_kept()
    assert kept == Path(settings.MEDIA_ROOT, row.path)
    assert kept.parent.name == "evidence" and "Mar" not in kept.name
    response = desk.get(f"/evidencia/{row.pk}/")
    body = b"".join(response)
    assert hashlib.sha256(body).hexdigest() == row.sha256
    assert row.original_sha256 == hashlib.sha256(pdf()).hexdigest()
    assert row.size_bytes == len(body)
    headers = response.headers
    code = draft.indicator.code.lower()
    assert headers["Content-Disposition"] == (
        f'attachment; filename="{code}-2024-acta-ano-2024.pdf"'
    )
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in headers["Cache-Control"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": ""}, "Escribe el título"),
        ({"title": "x" * 300}, "200 letras como máximo"),
        ({"title": "nulo\0"}, "caracteres nulos"),
        ({"kind": "rumour"}, "Elige qué es"),
        ({"access": ""}, "Elige quién puede abrir"),
        ({"url": ""}, "Elige un archivo o escribe un enlace"),
        ({"url": "javascript:alert(1)"}, "Escribe un enlace completo"),
        ({"url": "https://example.org/" + "a" * 500}, "500 letras"),
        ({"file": sent(pdf(), "a.pdf")}, "no los dos"),
        ({"url": "", "file": sent(b"", "a.pdf")}, "está vacío"),
        ({"url": "", "file": sent(picture(), "a.pdf")}, "no es PDF"),
        ({"url": "", "file": sent(b"x" * 20_000_001, "a.csv")}, "20 MB"),
        ({"url": "", "file": sent(b"x", "n" * 300 + ".exe")}, "PDF, XLSX"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_is_refused_is_said_and_what_was_typed_stays(
    fields: dict[str, Any], words: str, draft: YearlyValue, desk: Client
) -> None:
    sent_form = typed(**{"title": "Mi título"} | fields)
    response = desk.post(add_to(draft), sent_form)
    page = response.content.decode()
    assert response.status_code == 422
    assert "Hay un problema" in page
    assert words in page
    assert not Evidence.objects.exists()
    assert files_kept() == []
    if "title" not in fields:
        assert 'value="Mi título"' in page
    assert ("elígelo otra vez" in page) == ("file" in fields)


def test_the_same_file_twice_is_said(draft: YearlyValue, desk: Client) -> None:
    desk.post(add_to(draft), file_form(pdf(), "uno.pdf"))
    response = desk.post(add_to(draft), file_form(pdf(), "dos.pdf"))
    assert response.status_code == 422
    assert "Este archivo ya está" in response.content.decode()
    assert len(files_kept()) == 1


def test_without_room_nothing_is_kept_and_the_form_stays(
    draft: YearlyValue, desk: Client
) -> None:
    with little_room():
        response = desk.post(add_to(draft), file_form(pdf(), "a.pdf"))
    page = response.content.decode()
    assert response.status_code == 503
    assert "No se pudo guardar el archivo" in page
    assert 'value="Anuario 2024"' in page
    assert not Evidence.objects.exists()
    assert files_kept() == []


def test_a_body_above_the_limit_is_refused_before_it_is_read(
    draft: YearlyValue, desk: Client
) -> None:
    class Unread:
        def read(self, *_size: int) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    response = desk.generic(
        "POST",
        add_to(draft),
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(settings.MOST_BODY_BYTES + 1),
        **{"wsgi.input": Unread()},
    )
    assert response.status_code == 413
    assert "hasta 20 MB" in response.content.decode()


@pytest.mark.parametrize("state", [s for s in State if s not in ("draft", "returned")])
def test_what_was_sent_shows_no_form_and_takes_nothing(
    state: str, draft: YearlyValue, desk: Client
) -> None:
    row = factories.EvidenceFactory(value=draft)
    publish(draft, state)
    page = desk.get(page_of(draft)).content.decode()
    assert "Anuario 2024" in page
    assert "Agregar evidencia" not in page and "Quitar «" not in page
    form = typed(url="https://example.org/otro") | {"evidence": row.pk}
    for address in (add_to(draft), f"{add_to(draft)}quitar/"):
        response = desk.post(address, form)
        assert response.status_code == 409
        assert "cambió de estado" in response.content.decode()
    assert Evidence.objects.get() == row


def test_another_values_evidence_is_not_removed_through_ones_own(
    draft: YearlyValue, desk: Client
) -> None:
    row = factories.EvidenceFactory(value__year=2019)
    response = desk.post(f"{add_to(draft)}quitar/", {"evidence": row.pk})
    assert response.status_code == 409
    assert Evidence.objects.get() == row


WORKERS = {"editor", "reviewer", "administrator"}
EVERYBODY = {*WORKERS, "member", "supervisor", "officer", "moderator", "", "signed_out"}


@pytest.mark.parametrize(
    ("state", "is_public", "readers"),
    [
        ("draft", True, WORKERS),
        ("in_review", True, WORKERS),
        ("returned", True, WORKERS),
        ("withdrawn", True, WORKERS),
        ("withdrawn", False, WORKERS),
        ("published", True, EVERYBODY),
        ("superseded", True, EVERYBODY),
        ("published", False, {*WORKERS, "member"}),
        ("superseded", False, {*WORKERS, "member"}),
        ("draft", False, WORKERS),
    ],
)
def test_who_reads_evidence_in_which_state(
    state: str, is_public: bool, readers: set[str], draft: YearlyValue, make_person: Any
) -> None:
    row = factories.EvidenceFactory(value=draft, is_public=is_public)
    publish(draft, state)
    people = {role: make_person(*filter(None, [role])) for role in EVERYBODY}
    people["signed_out"] = AnonymousUser()
    people["editor of others"] = make_person("editor")
    people["editor of others who reviews"] = make_person("editor", "reviewer")
    for role in people.keys() - EVERYBODY:
        people[role].assignments.all().delete()
    found = {
        role
        for role, person in people.items()
        if readable_evidence(row.pk, person)[0] is not None
    }
    others = {"editor of others"} if readers == EVERYBODY else set()
    assert found == {*readers, *others, "editor of others who reviews"}


@pytest.mark.parametrize(
    ("state", "is_public", "signed_out", "supervisor"),
    [
        ("published", True, 200, 200),
        ("published", False, 302, 404),
        ("withdrawn", True, 404, 404),
        ("draft", True, 404, 404),
    ],
)
def test_strangers_get_the_file_are_asked_to_sign_in_or_find_nothing(
    state: str,
    is_public: bool,
    signed_out: int,
    supervisor: int,
    draft: YearlyValue,
    desk: Client,
    make_person: Any,
    signed_in: Any,
) -> None:
    form = file_form(pdf(), "a.pdf", access="public" if is_public else "reserved")
    desk.post(add_to(draft), form)
    publish(draft, state)
    address = f"/evidencia/{Evidence.objects.get().pk}/"
    readers = (
        (Client(), signed_out),
        (signed_in(make_person("supervisor")), supervisor),
    )
    for client, status in readers:
        response = client.get(address)
        assert response.status_code == status
        # Read to the end, a file is closed.
        assert (b"%PDF" in b"".join(response)) == (status == 200)
    assert Client().get("/evidencia/999999/").status_code == 404


def test_a_link_and_a_lost_file_have_nothing_to_hand_out(
    draft: YearlyValue, desk: Client
) -> None:
    link = factories.EvidenceFactory(value=draft)
    assert desk.get(f"/evidencia/{link.pk}/").status_code == 404
    desk.post(add_to(draft), file_form(pdf(), "a.pdf"))
    row = Evidence.objects.exclude(pk=link.pk).get()
    files_kept()[0].unlink()
    assert desk.get(f"/evidencia/{row.pk}/").status_code == 404
