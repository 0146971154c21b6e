"""Mails that are due, sent once, by a mail server that really answers."""

import datetime as dt
import logging
import threading
from typing import Any

import pytest
import time_machine
from django.contrib.gis.geos import Polygon
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from indicators.models import RiseNotice, Subscription, SubscriptionMail
from indicators.subscriptions.seals import stop_token
from indicators.subscriptions.sending import (
    last_period,
    plan_mails,
    send_due,
    stuck_mails,
)
from territory.models import AlertSource, Zone
from tests.indicators.alert_days import alert_days, file_load
from tests.subscriptions.conftest import ADDRESS, make_active
from tests.subscriptions.smtp_server import MailServer

pytestmark = pytest.mark.django_db
# A Saturday; the last whole week is 9 to 15 November.
TODAY = dt.date(2026, 11, 21)
WEEK = (dt.date(2026, 11, 9), dt.date(2026, 11, 16))
FORBIDDEN = ("queja", "denuncia", "complaint", "canario", "coordinates", "POLYGON")


@pytest.fixture
def week(district: Any) -> None:
    file_load()
    alert_days(district, {dt.date(2026, 11, 9): 2, dt.date(2026, 11, 15): "1.5"})
    alert_days(district, {dt.date(2026, 11, 16): 50, dt.date(2026, 11, 8): 70})
    alert_days(district, {dt.date(2026, 11, 10): 4}, source=AlertSource.RADD)


@pytest.mark.parametrize(
    ("cadence", "today", "start", "end"),
    [
        ("weekly", TODAY, *WEEK),
        ("weekly", dt.date(2026, 11, 18), dt.date(2026, 11, 2), dt.date(2026, 11, 9)),
        ("weekly", dt.date(2026, 11, 19), *WEEK),
        ("monthly", TODAY, dt.date(2026, 10, 1), dt.date(2026, 11, 1)),
        ("monthly", dt.date(2026, 1, 3), dt.date(2025, 11, 1), dt.date(2025, 12, 1)),
        ("monthly", dt.date(2026, 1, 4), dt.date(2025, 12, 1), dt.date(2026, 1, 1)),
    ],
)
def test_a_period_is_told_three_days_after_it(
    cadence: str, today: dt.date, start: dt.date, end: dt.date
) -> None:
    assert last_period(cadence, today) == (start, end)


def test_a_week_is_sent_once_with_a_line_a_source(
    active: Any, week: None, server: MailServer
) -> None:
    assert (plan_mails(today=TODAY), plan_mails(today=TODAY)) == (1, 0)
    assert (send_due(), send_due()) == (1, 0)
    (mail,) = server.mails
    text = mail.get_body(("plain",)).get_content()
    assert "Del 9 de noviembre de 2026 al 15 de noviembre de 2026" in text
    assert "Alertas: 3.5" in text.replace("3,5", "3.5")
    assert "wur_radd_alerts: 4" in text
    assert "7.5" not in text.replace("7,5", "7.5")
    assert "por confirmar" in text
    assert "alta 20" in text
    assert mail["Subject"] == "Tocache 2030: Tu resumen"


def test_mails_are_neutral_and_can_be_ended_by_one_click(
    active: Any, week: None, server: MailServer
) -> None:
    plan_mails(today=TODAY)
    send_due()
    (mail,) = server.mails
    stop = f"http://testserver/avisos/dejar/{stop_token(str(active.public_id))}/"
    assert mail["List-Unsubscribe"].replace("\n", "").replace(" ", "") == f"<{stop}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for kind in ("plain", "html"):
        body = mail.get_body((kind,)).get_content()
        assert stop in body
        assert "<img" not in body
        assert "src=" not in body
        for word in FORBIDDEN:
            assert word.casefold() not in (mail["Subject"] + body).casefold()


def test_under_the_least_area_nothing_is_sent_and_sources_are_not_added(
    district: Any, week: None, server: MailServer
) -> None:
    make_active(district=district, least_area_ha=5)
    assert plan_mails(today=TODAY) == 1
    assert send_due() == 0
    assert SubscriptionMail.objects.get().state == "nothing"
    assert server.mails == []


def test_a_zone_has_the_alerts_of_every_set_that_holds_it(
    zone: Any, district: Any, server: MailServer
) -> None:
    file_load()
    day = dt.date(2026, 11, 10)
    alert_days(district, {day: 2}, zone_ids=(zone.pk,))
    alert_days(district, {day: 3}, zone_ids=(zone.pk, zone.pk + 1))
    alert_days(district, {day: 9}, zone_ids=(zone.pk + 1,))
    make_active(zone=zone, language="en")
    plan_mails(today=TODAY)
    assert send_due() == 1
    text = server.mails[0].get_body(("plain",)).get_content()
    assert "Alerts: 5" in text


def test_a_corrected_zone_is_told_as_it_is_now(
    zone: Any, district: Any, server: MailServer
) -> None:
    file_load()
    make_active(zone=zone, language="en")
    zone.valid_to, zone.gone_load_id = TODAY, 2
    zone.save()
    facts = {"kind": zone.kind, "code": zone.code, "source": zone.source}
    now = Zone.objects.create(
        name="Sin errata", geom=zone.geom, area_ha=1, first_load_id=2, **facts
    )
    alert_days(district, {dt.date(2026, 11, 10): 4}, zone_ids=(now.pk,))
    plan_mails(today=TODAY)
    assert send_due() == 1
    text = server.mails[0].get_body(("plain",)).get_content()
    assert "Alerts: 4" in text
    assert f"zona={now.pk}" in text


def test_who_watches_a_zone_that_ended_is_told_once_and_forgotten(
    zone: Any, district: Any, server: MailServer
) -> None:
    make_active(zone=zone)
    make_active(zone=zone, cadence="rise", language="en")
    unconfirmed = make_active(zone=zone, confirmed_at=None)
    other = make_active(district=district)
    zone.valid_to, zone.gone_load_id = TODAY, 2
    zone.save()
    assert (plan_mails(today=TODAY), plan_mails(today=TODAY)) == (3, 0)
    assert (send_due(), send_due()) == (2, 0)
    for mail in server.mails:
        for kind in ("plain", "html"):
            assert "Bosque de nubes" in mail.get_body((kind,)).get_content()
    assert "21 de noviembre de 2026" in server.mails[0].get_body().get_content()
    assert {*Subscription.objects.all()} == {unconfirmed, other}


def test_a_zone_that_came_back_in_time_ends_nothing(
    zone: Any, server: MailServer
) -> None:
    kept = make_active(zone=zone)
    zone.valid_to, zone.gone_load_id = TODAY, 2
    zone.save()
    assert plan_mails(today=TODAY) == 1
    zone.pk, zone.valid_to, zone.gone_load_id = None, None, None
    zone.save(force_insert=True)
    assert send_due() == 0
    assert Subscription.objects.get() == kept


@pytest.mark.parametrize(
    ("at", "refusal"),
    [
        ("connect", "421 too busy"),
        ("rcpt", f"550 no such mailbox {ADDRESS}"),
        ("data", "451 try later"),
    ],
)
def test_a_refused_mail_is_kept_tried_again_and_seen(
    active: Any,
    week: None,
    server: MailServer,
    caplog: pytest.LogCaptureFixture,
    at: str,
    refusal: str,
) -> None:
    server.refuse(at, refusal)
    start = timezone.now()
    plan_mails(today=TODAY)
    with caplog.at_level(logging.DEBUG):
        assert send_due() == 0
    mail = SubscriptionMail.objects.get()
    assert (mail.state, mail.attempts) == ("waiting", 1)
    assert mail.due_at > start + dt.timedelta(minutes=4)
    assert ADDRESS not in caplog.text
    assert ADDRESS not in mail.last_error
    later = start + dt.timedelta(hours=2)
    (stuck,) = stuck_mails(now=later)
    assert (stuck.attempts, stuck.last_error) == (1, mail.last_error)
    server.refuse("", "")
    assert send_due() == 0
    with time_machine.travel(later):
        assert send_due() == 1
        assert stuck_mails(now=later) == ()
    assert len(server.mails) == 1


def test_a_server_that_is_down_keeps_the_mail(
    active: Any, week: None, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    plan_mails(today=TODAY)
    assert send_due() == 0
    assert SubscriptionMail.objects.get().last_error == "ConnectionRefusedError"


def test_a_lost_answer_sends_the_same_message_id_again(
    active: Any, week: None, server: MailServer
) -> None:
    server.lose_answer = True
    start = timezone.now()
    plan_mails(today=TODAY)
    assert send_due() == 0
    server.lose_answer = False
    with time_machine.travel(start + dt.timedelta(minutes=6)):
        assert send_due() == 1
    first, second = server.mails
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.django_db(transaction=True)
def test_two_senders_send_each_mail_once(
    district: Any, week: None, server: MailServer
) -> None:
    for _n in range(6):
        make_active(district=district)
    plan_mails(today=TODAY)
    ready, sent = threading.Barrier(3), []

    def sender() -> None:
        ready.wait()
        try:
            sent.append(send_due())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sender) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) == len(server.mails) == 6
    assert len({mail["Message-ID"] for mail in server.mails}) == 6


@pytest.fixture
def rise(district: Any) -> Any:
    return RiseNotice.objects.create(
        district=district,
        source=AlertSource.GFW_INTEGRATED,
        monday=WEEK[0],
        area_ha=40,
        mean_ha=10,
        sd_ha=1,
        excess_ha=29,
        limit_ha=5,
        method="alza v1",
        found_at=timezone.now(),
    )


def test_a_rise_is_told_to_those_whose_area_it_touches(
    district: Any, zone: Any, week: None, rise: Any, server: MailServer
) -> None:
    inside = make_active(district=district, cadence="rise")
    far = Polygon.from_bbox((-75.2, -7.3, -75.1, -7.2))
    far.srid = 4326
    make_active(geom=far, cadence="rise")
    make_active(zone=zone, cadence="rise")
    assert plan_mails(today=TODAY) == 2
    # The zone touches the district, but has no alerts of its own.
    assert send_due() == 1
    (mail,) = server.mails
    assert mail["Subject"] == "Tocache 2030: Hay una novedad"
    assert "alza inusual en el distrito Alto" in mail.get_body(("plain",)).get_content()
    assert plan_mails(today=TODAY) == 0
    assert inside.mails.get().state == "sent"


def test_who_has_not_confirmed_gets_nothing(district: Any, week: None) -> None:
    make_active(district=district, confirmed_at=None)
    assert plan_mails(today=TODAY) == 0


def test_weeks_before_the_confirmation_are_not_sent(district: Any, week: None) -> None:
    make_active(
        district=district, confirmed_at=dt.datetime(2026, 11, 17, tzinfo=dt.UTC)
    )
    assert plan_mails(today=TODAY) == 0


def test_the_database_refuses_a_second_mail_of_a_period(active: Any) -> None:
    plan_mails(today=TODAY)
    mail = SubscriptionMail.objects.get()
    mail.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        mail.save(force_insert=True)


def test_stopping_takes_waiting_mails_along(active: Any, server: MailServer) -> None:
    plan_mails(today=TODAY)
    Subscription.objects.all().delete()
    assert send_due() == 0
    assert server.mails == []


def test_an_address_under_another_key_holds_back_nobody(
    active: Any, week: None, district: Any, server: MailServer, settings: Any
) -> None:
    key, settings.SECRET_KEY = settings.SECRET_KEY, "of-another-year"
    unreadable = make_active(district=district)
    settings.SECRET_KEY = key
    plan_mails(today=TODAY)
    SubscriptionMail.objects.filter(subscription=unreadable).update(
        due_at=timezone.now() - dt.timedelta(days=1)
    )
    assert send_due() == 1
    mail = SubscriptionMail.objects.get(subscription=unreadable)
    assert (mail.state, mail.attempts, mail.last_error) == (
        "waiting",
        1,
        "InvalidToken",
    )
