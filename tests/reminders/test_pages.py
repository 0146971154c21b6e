"""What the panel says of values that are owed."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from indicators.models import ReminderMail
from tests.factories import YearlyValueFactory
from tests.reminders.conftest import assign
from tocache.states import upkeep_states

pytestmark = pytest.mark.django_db
JUNE = dt.datetime(2026, 6, 1, 17, tzinfo=dt.UTC)
SINCE = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


def home_of(person: User, path: str = "/panel/") -> str:
    client = Client()
    with time_machine.travel(JUNE, tick=False):
        client.force_login(person)
        return client.get(path).content.decode()


def test_the_panel_lists_what_is_missing_with_its_links(
    editor: User, province: Any
) -> None:
    begun, fresh = assign(editor, SINCE), assign(editor, SINCE)
    YearlyValueFactory(indicator=begun, place=province, year=2025, draft=True)
    text = home_of(editor)
    assert "Te faltan 2 valores hasta el 30 de junio de 2026" in text
    assert text.count("borrador: falta enviarlo") == 1
    for one in (begun, fresh):
        row = f"r{one.pk}-{province.pk}-row"
        address = f"/panel/registro/2025/?lugar={province.pk}#{row}"
        assert f'href="{address}"' in text
        assert f'id="{row}"' in home_of(editor, address)
    assert "Personas sin correo" not in text


def test_the_panel_names_five_and_leads_to_the_grid_for_the_rest(
    editor: User, province: Any
) -> None:
    for _ in range(5):
        assign(editor, SINCE)
    assert home_of(editor).count("/panel/registro/2025/?lugar=") == 5
    assert "en el registro" not in home_of(editor)
    assign(editor, SINCE)
    text = home_of(editor)
    assert text.count("/panel/registro/2025/?lugar=") == 5
    assert 'href="/panel/registro/2025/">Ver los 6 en el registro</a>' in text


def test_what_is_owed_comes_before_what_can_be_done(
    make_person: Any, province: Any
) -> None:
    person = make_person("editor")
    person.groups.add(Group.objects.get(name="reviewer"))
    assign(person, SINCE)
    heads = re.findall(r"<h2>([^<]+)</h2>", home_of(person))
    assert heads == [
        "Te falta 1 valor hasta el 30 de junio de 2026",
        "Registro",
        "Revisión",
    ]


def test_the_administrator_sees_who_cannot_be_written_to(
    make_person: Any, province: Any
) -> None:
    silent = make_person("editor", email="", last_name="Sin Correo")
    assign(silent, SINCE)
    assert "Personas sin correo" not in home_of(silent)
    text = home_of(make_person("administrator", is_staff=True))
    assert "Personas sin correo" in text
    assert f"/admin/auth/user/{silent.pk}/change/" in text


def test_the_state_page_counts_reminders_that_do_not_leave(editor: User) -> None:
    long_ago = timezone.now() - dt.timedelta(hours=2)
    ReminderMail.objects.create(
        user=editor,
        occasion="late",
        period=long_ago.date(),
        asked_at=long_ago,
        due_at=long_ago,
    )
    assert any("1 aviso no sale" in part.effect for part in upkeep_states())
