"""Signing in: guessing is slowed, nobody is locked out by a stranger."""

import datetime as dt
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from axes.models import AccessAttempt
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from tests.factories import UserFactory
from tests.persons import PASSWORD

LOGIN = "/cuenta/login/"
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
hashed: list[str] = []


class CountingHasher(Argon2PasswordHasher):
    """The real hasher, with a count of how often it worked."""

    def encode(self, password: str, salt: str) -> str:
        hashed.append("encode")
        return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        hashed.append("verify")
        return super().verify(password, encoded)


@pytest.fixture
def person() -> User:
    user: User = UserFactory(username="rosa", password=PASSWORD)
    return user


def attempt(username: str, password: str, address: str = HERE) -> Any:
    return Client(REMOTE_ADDR=address).post(
        LOGIN, {"login": username, "password": password}
    )


def page_text(response: Any, username: str) -> str:
    """The page without what differs by nature: the typed name and the token."""
    text = response.content.decode().replace(username, "")
    start = text.find('name="csrfmiddlewaretoken"')
    return text[:start] + text[text.find(">", start) :] if start >= 0 else text


def test_right_password_opens_the_panel(person: User) -> None:
    response = attempt("rosa", PASSWORD)
    assert (response.status_code, response.url) == (302, "/panel/")


def test_unknown_user_and_wrong_password_read_the_same(person: User) -> None:
    wrong, unknown = attempt("rosa", "x" * 12), attempt("nadie", "x" * 12)
    assert wrong.status_code == unknown.status_code == 200
    assert page_text(wrong, "rosa") == page_text(unknown, "nadie")
    assert "Error:" in wrong.content.decode()
    assert "Hay un problema" in wrong.content.decode()


def test_unknown_user_costs_as_much_as_a_wrong_password(
    person: User, settings: Any
) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    hashed.clear()
    attempt("rosa", "x" * 12)
    known = len(hashed)
    attempt("nadie", "x" * 12)
    assert known == 1
    assert len(hashed) == 2 * known


def test_fifth_failure_locks_person_and_address_even_for_the_right_password(
    person: User,
) -> None:
    for _ in range(4):
        assert attempt("rosa", "equivocada-1").status_code == 200
    assert attempt("rosa", "equivocada-1").status_code == 429
    locked = attempt("rosa", PASSWORD)
    assert locked.status_code == 429
    assert "muchos intentos" in locked.content.decode()
    assert AccessAttempt.objects.filter(username="rosa", ip_address=HERE).exists()


def test_spellings_of_a_name_share_one_counter(person: User) -> None:
    spellings = ("rosa", "ROSA", "Rosa", " rosa ", "ro\u017fa")
    codes = [attempt(name, "equivocada-1").status_code for name in spellings]
    assert codes == [200, 200, 200, 200, 429]
    assert attempt("rOsA", PASSWORD).status_code == 429


def test_another_spelling_signs_in_and_clears_the_counter(person: User) -> None:
    attempt("rosa", "equivocada-1")
    assert attempt("ROSA", PASSWORD).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_locked_page_is_the_same_for_a_user_who_does_not_exist(person: User) -> None:
    for _ in range(5):
        known, unknown = attempt("rosa", "equivocada-1"), attempt("nadie", "mala")
    assert known.status_code == unknown.status_code == 429
    assert known.content == unknown.content


def test_nobody_is_locked_out_from_another_address(person: User) -> None:
    for _ in range(12):
        attempt("rosa", "equivocada-1", ELSEWHERE)
    assert attempt("rosa", PASSWORD, ELSEWHERE).status_code == 429
    assert attempt("rosa", PASSWORD, HERE).status_code == 302


def test_lock_is_over_after_an_hour(person: User) -> None:
    for _ in range(5):
        attempt("rosa", "equivocada-1")
    row = AccessAttempt.objects.get(username="rosa")
    assert attempt("rosa", PASSWORD).status_code == 429
    AccessAttempt.objects.update(
        attempt_time=row.attempt_time - dt.timedelta(minutes=61)
    )
    assert attempt("rosa", PASSWORD).status_code == 302


def test_address_of_a_forwarded_header_is_believed_only_behind_our_proxy(
    person: User, settings: Any
) -> None:
    def forged(number: int) -> Any:
        return Client(REMOTE_ADDR=HERE, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")

    for number in range(5):
        response = forged(number).post(LOGIN, {"login": "rosa", "password": "mala"})
    assert response.status_code == 429
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert (
        forged(9).post(LOGIN, {"login": "rosa", "password": PASSWORD}).status_code
        == 302
    )


def test_sign_in_works_while_redis_is_away(person: User, settings: Any) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    assert attempt("rosa", PASSWORD).status_code == 302
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    }


def test_sign_up_is_closed(foreign_templates: None) -> None:
    page = Client().get("/cuenta/signup/")
    assert "la administración" in page.content.decode()
    form = {
        "username": "nueva",
        "email": "n@example.org",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert Client().post("/cuenta/signup/", form).status_code == 200
    assert not User.objects.filter(username="nueva").exists()


def test_password_reset_says_the_same_for_a_stranger(
    person: User, foreign_templates: None
) -> None:
    known = Client().post("/cuenta/password/reset/", {"email": person.email})
    stranger = Client().post("/cuenta/password/reset/", {"email": "x@example.org"})
    assert known.status_code == stranger.status_code == 302
    assert known.url == stranger.url
    assert [message.to for message in mail.outbox if person.email in message.to]


def test_second_factor_is_asked_when_it_is_on(
    person: User, foreign_templates: None
) -> None:
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    client = Client(REMOTE_ADDR=HERE)
    first = client.post(LOGIN, {"login": "rosa", "password": PASSWORD})
    assert first.url == "/cuenta/2fa/authenticate/"
    assert client.get("/panel/").status_code == 302
    wrong = client.post(first.url, {"code": "000000"})
    assert wrong.status_code == 200
    counter = next(iter(yield_hotp_counters_from_time()))
    code = format_hotp_value(hotp_value(secret, counter))
    assert client.post(first.url, {"code": code}).url == "/panel/"
    assert client.get("/panel/").status_code == 200


def test_second_factor_cannot_be_guessed(person: User, foreign_templates: None) -> None:
    TOTP.activate(person, generate_totp_secret())
    client = Client(REMOTE_ADDR=HERE)
    client.post(LOGIN, {"login": "rosa", "password": PASSWORD})
    texts = [
        client.post("/cuenta/2fa/authenticate/", {"code": f"00000{n}"}).content.decode()
        for n in range(7)
    ]
    assert texts[0] != texts[-1]
    assert "intentos" in texts[-1]
    assert Authenticator.objects.filter(user=person).exists()


@pytest.mark.parametrize(
    ("address", "goal"),
    [("/entrar/", "/cuenta/login/"), ("/en/entrar/", "/en/cuenta/login/")],
)
def test_short_address_leads_to_sign_in(address: str, goal: str) -> None:
    assert Client().get(address).url == goal


def test_admin_signs_in_through_the_same_page() -> None:
    response = Client().get("/admin/login/", {"next": "/admin/"})
    assert response.status_code == 302
    assert response.url.startswith("/cuenta/login/?")


def test_cookies_are_closed_to_scripts_and_other_sites(person: User) -> None:
    client = Client()
    client.get(LOGIN)
    client.post(LOGIN, {"login": "rosa", "password": PASSWORD})
    for name in ("sessionid", "csrftoken"):
        assert client.cookies[name]["httponly"]
        assert client.cookies[name]["samesite"] == "Lax"


def test_error_words_are_spanish_whatever_the_browser_prefers() -> None:
    page = Client(HTTP_ACCEPT_LANGUAGE="en").post(LOGIN, {"login": "", "password": ""})
    text = page.content.decode()
    assert "Este campo es requerido." in text or "Este campo es obligatorio." in text
    assert "This field" not in text


@pytest.mark.parametrize("key", ["\\000aaaaaaaaaa", "a" * 31, "A" * 32, "ñ" * 32])
def test_cookie_that_is_no_session_of_ours_is_nobody(key: str) -> None:
    client = Client(HTTP_COOKIE=f'sessionid="{key}"')
    assert client.get("/panel/").status_code == 302
    assert client.get(LOGIN).status_code == 200
