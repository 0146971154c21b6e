"""From the form to a confirmed subscription, and out of it again."""

import datetime as dt
import json
import re
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from indicators.models import Subscription, SubscriptionMail
from indicators.subscriptions.actions import forget_unconfirmed
from indicators.subscriptions.seals import opened, stop_token
from indicators.subscriptions.sending import send_due
from tests.subscriptions.conftest import ADDRESS, make_active
from tests.subscriptions.smtp_server import MailServer

pytestmark = pytest.mark.django_db
BOX = {"west": "-75.95", "south": "-7.98", "east": "-75.9", "north": "-7.95"}
RING = [[-75.9, -7.9], [-75.8, -7.9], [-75.8, -7.8], [-75.9, -7.9]]


def form(**changed: str) -> dict[str, str]:
    return {
        "area_kind": "district",
        "district": "990101",
        "cadence": "weekly",
        "least_area_ha": "1",
        "address": ADDRESS,
    } | changed


def ask(prefix: str = "", **changed: str) -> Any:
    return Client().post(f"{prefix}/avisos/", form(**changed))


def link_in(server: MailServer, word: str) -> str:
    body = server.mails[-1].get_body(("plain",)).get_content()
    return re.search(rf"http://testserver(\S*/{word}/\S+)", body)[1]


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_asked_confirmed_and_stopped(
    district: Any, server: MailServer, prefix: str
) -> None:
    response = ask(prefix)
    assert (response.status_code, response.url) == (302, f"{prefix}/avisos/pedido/")
    assert send_due() == 1
    link = link_in(server, "confirmar")
    assert link.startswith(f"{prefix}/avisos/")
    reader = Client(enforce_csrf_checks=True)
    # A mail scanner opens the link: nothing happens.
    page = reader.get(link)
    assert page.status_code == 200
    assert Subscription.objects.get().confirmed_at is None
    token = re.search(
        r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode()
    )
    assert reader.post(link, {"csrfmiddlewaretoken": token[1]}).status_code == 200
    assert Subscription.objects.get().confirmed_at is not None
    token = stop_token(str(Subscription.objects.get().public_id))
    stop = f"{prefix}/avisos/dejar/{token}/"
    assert Client().get(stop).status_code == 200
    assert Subscription.objects.count() == 1
    assert Client().post(stop).status_code == 200
    assert Subscription.objects.count() == SubscriptionMail.objects.count() == 0


def test_one_click_stop_needs_no_cookie(active: Any) -> None:
    stop = f"/avisos/dejar/{stop_token(str(active.public_id))}/"
    mail_program = Client(enforce_csrf_checks=True)
    one_click = {"List-Unsubscribe": "One-Click"}
    assert mail_program.post(stop, one_click).status_code == 200
    assert not Subscription.objects.exists()
    assert mail_program.post(stop, one_click).status_code == 200


def test_a_forged_stop_ends_nothing(active: Any) -> None:
    token = stop_token(str(active.public_id))
    assert Client().post(f"/avisos/dejar/{token[:-1]}x/").status_code == 404
    assert Subscription.objects.exists()


def test_the_link_expires_after_48_hours(district: Any, server: MailServer) -> None:
    start = timezone.now()
    ask()
    send_due()
    link = link_in(server, "confirmar")
    with time_machine.travel(start + dt.timedelta(hours=48, minutes=1)):
        assert Client().post(link).status_code == 410
        assert forget_unconfirmed() == 1
    assert not Subscription.objects.exists()


def test_a_wrong_token_confirms_nothing(district: Any, server: MailServer) -> None:
    ask()
    send_due()
    link = link_in(server, "confirmar")
    assert Client().post(link[:-2] + "x/").status_code == 410
    assert Subscription.objects.get().confirmed_at is None


def test_the_database_holds_neither_address_nor_token(
    district: Any, server: MailServer
) -> None:
    ask()
    send_due()
    token = link_in(server, "confirmar").split("/")[-2]
    with connection.cursor() as cursor:
        for table in ("indicators_subscription", "indicators_subscriptionmail"):
            cursor.execute(f"SELECT {table}::text FROM {table}")
            text = str(cursor.fetchall())
            assert ADDRESS not in text
            assert token not in text
    assert opened(Subscription.objects.get().sealed_address) == ADDRESS


def test_a_known_address_gets_the_same_answer(active: Any) -> None:
    known, unknown = ask(), ask(address="otra@example.org")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    # The same notices again would be a second mail of the same.
    assert Subscription.objects.count() == 2


def ask_many(reader: str) -> None:
    """Five from one network address, all of them answered alike."""
    client = Client(REMOTE_ADDR=reader)
    for cadence in ("weekly", "monthly", "rise", "weekly", "monthly"):
        answer = client.post("/avisos/", form(cadence=cadence))
        assert (answer.status_code, answer.url) == (302, "/avisos/pedido/")


def test_nobody_fills_a_strangers_mailbox_nor_keeps_its_owner_out(
    district: Any,
) -> None:
    start = timezone.now()
    ask_many("192.0.2.1")
    assert SubscriptionMail.objects.count() == 3
    # The owner, from elsewhere, still gets a mail.
    assert ask().status_code == 302
    assert SubscriptionMail.objects.count() == 4
    ask_many("192.0.2.2")
    assert SubscriptionMail.objects.count() == 6
    with time_machine.travel(start + dt.timedelta(days=1, minutes=1)):
        ask()
    assert SubscriptionMail.objects.count() == 7


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"address": "canario"}, "Revisa el correo"),
        ({"address": ""}, "Escribe tu correo"),
        ({"district": ""}, "Elige un distrito"),
        ({"district": "999999"}, 'class="wrong"'),
        ({"area_kind": "zone"}, "Elige una zona"),
        ({"area_kind": "drawn"}, "llena los cuatro bordes"),
        ({"area_kind": "drawn", **BOX, "west": "oeste"}, "en grados"),
        ({"area_kind": "drawn", **BOX, "west": "-75.8"}, "Revisa los bordes"),
        ({"area_kind": "drawn", **BOX, "north": "nan"}, "en grados"),
        ({"least_area_ha": "1,5"}, 'class="wrong"'),
        ({"least_area_ha": "-1"}, "entre 0 y 10,000"),
        ({"cadence": "hourly"}, 'class="wrong"'),
    ],
)
def test_bad_input_is_said_and_nothing_typed_is_lost(
    district: Any, changed: dict[str, str], words: str
) -> None:
    response = ask(**changed)
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert "Hay un problema" in page
    assert changed.get("address", ADDRESS) in page
    assert not Subscription.objects.exists()


def polygon(**changed: Any) -> str:
    return json.dumps({"type": "Polygon", "coordinates": [RING]} | changed)


@pytest.mark.parametrize(
    "text",
    [
        polygon(),
        json.dumps({"type": "Feature", "geometry": json.loads(polygon())}),
        polygon(crs={"properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}),
    ],
)
def test_a_drawn_area_is_kept(district: Any, text: str) -> None:
    assert ask(area_kind="drawn", polygon=text).status_code == 302
    assert Subscription.objects.get().geom.coords[0][1] == (-75.8, -7.9)


def test_a_box_is_kept(district: Any) -> None:
    assert ask(area_kind="drawn", **BOX).status_code == 302
    assert Subscription.objects.get().geom.extent == (-75.95, -7.98, -75.9, -7.95)


BOWTIE = [[-75.9, -7.9], [-75.8, -7.8], [-75.8, -7.9], [-75.9, -7.8], [-75.9, -7.9]]
FAR = [[2.0, 48.0], [2.1, 48.0], [2.1, 48.1], [2.0, 48.0]]
MANY = [[-75.9 + n / 10_000, -7.9] for n in range(500)] + [[-75.9, -7.8], [-75.9, -7.9]]


@pytest.mark.parametrize(
    "text",
    [
        "POLYGON((0 0,1 1,1 0,0 0))",
        "[" * 20_000,
        "{}",
        "null",
        polygon(type="MultiPolygon"),
        polygon(coordinates=[]),
        polygon(coordinates=[[]]),
        polygon(coordinates=[RING[:2]]),
        polygon(coordinates=[[["a", "b"]] * 4]),
        polygon(coordinates=[[[1e400, 0]] * 4]),
        polygon(coordinates=[[[True, False]] * 4]),
        polygon(coordinates=[BOWTIE]),
        polygon(coordinates=[FAR]),
        polygon(coordinates=[MANY]),
        polygon(coordinates=[RING[:1] * 4]),
        polygon(crs={"properties": {"name": "EPSG:32718"}}),
        polygon(crs="EPSG:4326"),
        "x" * 60_001,
    ],
)
def test_what_is_no_polygon_at_home_is_refused_with_words(
    district: Any, text: str
) -> None:
    response = ask(area_kind="drawn", polygon=text)
    assert response.status_code == 422
    assert 'href="#id_polygon"' in response.content.decode()
    assert not Subscription.objects.exists()


def test_too_many_from_one_reader_are_asked_to_wait(district: Any) -> None:
    answers = [ask(address=f"a{n}@example.org").status_code for n in range(11)]
    assert answers == [302] * 10 + [429]
    assert ADDRESS in ask().content.decode()
    cache.clear()
    assert ask().status_code == 302


def test_without_redis_everybody_may_ask(district: Any, settings: Any) -> None:
    settings.CACHES = {
        "default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    }
    answers = [ask(address=f"a{n}@example.org").status_code for n in range(12)]
    assert answers == [302] * 12


def test_the_database_refuses_two_areas_or_none(district: Any, zone: Any) -> None:
    for area in ({}, {"district": district, "zone": zone}):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_active(**area)


def test_pages_with_a_token_are_kept_nowhere(active: Any) -> None:
    for path in (
        f"/avisos/confirmar/{active.public_id}/x/",
        f"/avisos/dejar/{stop_token(str(active.public_id))}/",
    ):
        response = Client().get(path)
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex"
        assert response["Referrer-Policy"] == "same-origin"
