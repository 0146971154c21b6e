"""Requests that no page of ours makes: refused with words, never a 500."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("foreign_templates"),
]


@pytest.mark.parametrize(
    "address",
    [
        "/admin/governance/rolechange/?state__exact=%00",
        "/admin/indicators/load/?state__exact=%00",
        "/admin/auth/user/?q=%00",
        "/panel/valores/?place=%00",
        "/panel/valores/nuevo/?indicator=1&place=%00&year=2024",
        "/indicadores/?%00=1",
        "/cuenta/login/?next=%00",
    ],
)
def test_nul_in_an_address_is_refused_with_words(
    administrator: User, signed_in, address: str
) -> None:
    response = signed_in(administrator).get(address)
    assert response.status_code == 400
    assert "No entendimos el pedido" in response.content.decode()


def test_nul_is_refused_in_the_language_of_the_address() -> None:
    response = Client().get("/en/panel/?x=%00")
    assert (response.status_code, response["Content-Language"]) == (400, "en")


def test_api_refuses_nul_in_its_own_form() -> None:
    response = Client().get("/api/v1/values/?indicator=%00")
    assert response.status_code == 400
    assert response["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("row", ["x", "\0", "1\0", "", "-1", "9" * 40, "١"])
@pytest.mark.parametrize("page", ["governance/rolechange", "governance/signinattempt"])
def test_ticked_row_that_is_no_number_is_refused(
    administrator: User, signed_in, page: str, row: str
) -> None:
    action = "confirm" if "role" in page else "delete_selected"
    response = signed_in(administrator).post(
        f"/admin/{page}/", {"action": action, "_selected_action": row}
    )
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("prefix", "words"),
    [("", "Solo recibe lo que se envía con el botón"), ("/en", 'lang="en"')],
)
def test_wrong_method_is_a_page_with_words(prefix: str, words: str) -> None:
    response = Client().get(f"{prefix}/panel/valores/1/enviar/")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    page = response.content.decode()
    assert "<h1>" in page
    assert words in page or prefix


@pytest.mark.parametrize("path", ["/glosario/", "/estado/", "/healthz"])
def test_wrong_method_of_a_public_page_is_a_page_with_words(path: str) -> None:
    # Also without the token that no reader of a public page has.
    response = Client(enforce_csrf_checks=True).post(path)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert "<h1>" in response.content.decode()


def test_wrong_method_of_the_api_is_no_page() -> None:
    response = Client().post("/api/v1/values/")
    assert response.status_code == 405
    assert b"<h1>" not in response.content
