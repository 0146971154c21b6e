"""Reminders: planned once, sent once, by a mail server that really answers."""

import datetime as dt
import re
import threading
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from indicators.models import ReminderMail
from indicators.reminders.sending import (
    plan_reminders,
    send_reminders,
    stuck_reminders,
)
from tests.factories import YearlyValueFactory
from tests.reminders.conftest import assign
from tests.subscriptions.smtp_server import MailServer

pytestmark = pytest.mark.django_db
# Noon in Lima, 31 May 2026: a month before the values of 2025 are due.
NOON = dt.datetime(2026, 5, 31, 17, tzinfo=dt.UTC)
SINCE = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


def plan() -> int:
    return plan_reminders(today=timezone.localdate())


def text_of(server: MailServer) -> str:
    return str(server.mails[-1].get_body(("plain",)).get_content())


def test_one_summary_names_all_that_is_owed(editor: User, server: MailServer) -> None:
    for name in ("Rendimiento de yuca", "Rendimiento de café"):
        assign(editor, SINCE, name_es=name)
    late = assign(editor, dt.datetime(2025, 3, 1, tzinfo=dt.UTC))
    with time_machine.travel(NOON, tick=False):
        assert (plan(), plan()) == (1, 0)
        assert (send_reminders(), send_reminders()) == (1, 0)
    (mail,) = server.mails
    assert mail["To"] == editor.email
    assert mail["Subject"] == "Tocache 2030: Valores por registrar"
    text = text_of(server)
    assert "Te faltan 3 valores hasta el 30 de junio de 2026" in text
    assert "1 valor atrasado: era hasta el 30 de junio de 2025" in text
    assert f"- {late.code} · {late.goal.name_es} · 2024" in text
    assert "http://testserver/panel/" in text
    grid = r"Registra los valores de (20\d\d): http://testserver/panel/registro/\1/"
    assert re.search(grid, text)
    html = mail.get_body(("html",)).get_content()
    assert "Te faltan 3 valores hasta el 30 de junio de 2026" in html
    assert "src=" not in html


def test_a_year_of_days_gives_each_reminder_once(
    editor: User, server: MailServer
) -> None:
    assign(editor, SINCE)
    days = [dt.date(2026, 5, 1) + dt.timedelta(days=n) for n in range(92)]
    planned = [day for day in days if plan_reminders(today=day)]
    assert planned == [
        dt.date(2026, 5, 31),
        dt.date(2026, 6, 23),
        *(dt.date(2026, 7, 7) + dt.timedelta(weeks=n) for n in range(4)),
    ]


def test_the_day_is_that_of_lima(editor: User) -> None:
    assign(editor, SINCE)
    with time_machine.travel(dt.datetime(2026, 5, 31, 4, tzinfo=dt.UTC), tick=False):
        assert plan() == 0
    with time_machine.travel(dt.datetime(2026, 5, 31, 5, tzinfo=dt.UTC), tick=False):
        assert plan() == 1


def test_what_was_done_before_the_mail_left_is_not_asked_for(
    editor: User, province: Any, server: MailServer
) -> None:
    indicator = assign(editor, SINCE)
    with time_machine.travel(NOON, tick=False):
        assert plan() == 1
        YearlyValueFactory(indicator=indicator, place=province, year=2025)
        assert send_reminders() == 0
    assert (ReminderMail.objects.get().state, server.mails) == ("nothing", [])


def test_a_returned_value_is_told_once(
    editor: User, province: Any, server: MailServer
) -> None:
    row = YearlyValueFactory(
        indicator=assign(editor, SINCE),
        place=province,
        year=2025,
        state="returned",
        return_reason="Falta la fuente.",
        recorded_by=editor,
        reviewed_at=dt.datetime(2026, 2, 3, 15, tzinfo=dt.UTC),
    )
    day = dt.datetime(2026, 2, 4, 12, tzinfo=dt.UTC)
    with time_machine.travel(day, tick=False):
        assert (plan(), plan(), send_reminders()) == (1, 0, 1)
    assert "Devueltos con observaciones" in text_of(server)
    assert "Falta la fuente" not in text_of(server)
    with time_machine.travel(day + dt.timedelta(days=1), tick=False):
        assert plan() == 0
        row.reviewed_at = timezone.now()
        row.save()
    with time_machine.travel(day + dt.timedelta(days=2), tick=False):
        assert plan() == 1


@pytest.mark.parametrize("facts", [{"email": ""}, {"is_active": False}])
def test_nobody_is_planned_who_cannot_be_written_to(
    editor: User, facts: dict[str, Any]
) -> None:
    assign(editor, SINCE)
    User.objects.filter(pk=editor.pk).update(**facts)
    assert plan_reminders(today=NOON.date()) == 0


def test_who_lost_the_role_meanwhile_gets_nothing(
    editor: User, server: MailServer
) -> None:
    assign(editor, SINCE)
    with time_machine.travel(NOON, tick=False):
        assert plan() == 1
        editor.groups.clear()
        assert (send_reminders(), plan_reminders(today=dt.date(2026, 6, 23))) == (0, 0)


def test_a_server_that_refuses_is_tried_again_and_staff_sees_it(
    editor: User, server: MailServer
) -> None:
    assign(editor, SINCE)
    server.refuse("connect", "421 too busy")
    with time_machine.travel(NOON, tick=False):
        plan()
        assert send_reminders() == 0
        later = NOON + dt.timedelta(hours=2)
        assert stuck_reminders(now=later) == 1
        server.refuse("", "")
        assert send_reminders() == 0
    with time_machine.travel(later, tick=False):
        assert send_reminders() == 1
        assert stuck_reminders(now=later) == 0


def test_a_sender_cut_short_sends_the_same_mail_and_no_other(
    editor: User, server: MailServer
) -> None:
    assign(editor, SINCE)
    server.lose_answer = True
    with time_machine.travel(NOON, tick=False):
        plan()
        assert send_reminders() == 0
    server.lose_answer = False
    with time_machine.travel(NOON + dt.timedelta(minutes=6), tick=False):
        assert (send_reminders(), send_reminders()) == (1, 0)
    first, second = server.mails
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.django_db(transaction=True)
def test_senders_and_planners_side_by_side_send_each_once(
    make_person: Any, editor: User, server: MailServer
) -> None:
    for person in (editor, make_person("editor"), make_person("editor")):
        assign(person, SINCE)
    ready, sent = threading.Barrier(3), []

    def work() -> None:
        ready.wait()
        try:
            plan_reminders(today=NOON.date())
            sent.append(send_reminders())
        finally:
            connections.close_all()

    with time_machine.travel(NOON):
        threads = [threading.Thread(target=work) for _n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        send_reminders()
    assert len(server.mails) == ReminderMail.objects.count() == 3
    assert len({mail["To"] for mail in server.mails}) == 3
    assert len(sent) == 3


def test_the_database_refuses_a_second_reminder_of_an_occasion(editor: User) -> None:
    assign(editor, SINCE)
    plan_reminders(today=NOON.date())
    row = ReminderMail.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_the_database_refuses_a_sent_reminder_without_its_time(editor: User) -> None:
    assign(editor, SINCE)
    plan_reminders(today=NOON.date())
    with pytest.raises(IntegrityError), transaction.atomic():
        ReminderMail.objects.update(state="sent")
