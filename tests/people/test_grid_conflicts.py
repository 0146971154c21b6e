"""Rows of the grid that somebody else saved, sent, published or closed."""

import re
import threading
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from indicators.models import YearLock, YearlyValue
from tests import factories
from tests.people.grid_rows import (
    PAGE,
    YEAR,
    assigned,
    cells,
    desk,
    draft_of,
    indicator,
    province,
    seen,
    stored,
    text,
)

__all__ = ["desk", "indicator", "province"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "version", ["", "x", ":", "1:", "9" * 400 + ":1", "999999:1", "١:١", "-1:-1"]
)
def test_strange_version_never_overwrites(
    desk: Client, editor: User, indicator, province, version: str
) -> None:
    draft_of(editor, indicator, province)
    sent = cells(indicator, province, "1.3", seen=version)
    assert desk.post(PAGE, sent).status_code == 409
    assert stored() == [(Decimal("1.2500"), "draft")]


def test_second_saver_chooses_cell_by_cell(
    desk: Client, editor: User, indicator, province
) -> None:
    other = factories.UserFactory(first_name="Rosa", last_name="Quispe")
    row = draft_of(editor, indicator, province, value="1.25")
    shown = seen(row)
    YearlyValue.objects.filter(pk=row.pk).update(
        value="1.40", source_text="Censo", recorded_by=other, lock_version=2
    )
    unmet = assigned(editor)
    mine = cells(indicator, province, "1.50", seen=shown, note="Nota mía")
    response = desk.post(PAGE, mine | cells(unmet, province, "1,5") | {"save": ""})
    page = text(response)
    assert response.status_code == 409
    for words in ("Rosa Quispe", "<strong>1.40</strong>", "<strong>1.50</strong>"):
        assert words in page
    prefix = f"r{indicator.pk}-{province.pk}"

    def offered(name: str) -> str:
        radio = re.search(rf'name="{prefix}-{name}" value="([^"]*)"[^>]* checked', page)
        assert radio
        return radio[1]

    # Nothing is overwritten unasked; what only one of the two changed is taken.
    assert offered("value") == "1.40"
    assert offered("source_text") == "Censo"
    assert offered("note") == "Nota mía"
    assert f'name="r{unmet.pk}-{province.pk}-value" value="1,5"' in page
    chosen = cells(indicator, province, "1.50", seen=seen(row), source_text="Censo")
    carried = cells(unmet, province, "1.5")
    assert desk.post(PAGE, chosen | carried).status_code == 302
    row.refresh_from_db()
    assert (row.value, row.source_text, row.recorded_by) == (
        *(Decimal("1.5"), "Censo", editor),
    )
    assert YearlyValue.objects.filter(indicator=unmet).exists()


def test_row_that_somebody_else_changed_is_left_to_them(
    desk: Client, editor: User, indicator, province
) -> None:
    row = draft_of(editor, indicator, province, value="1.25", source_text="Anuario")
    shown = seen(row)
    YearlyValue.objects.filter(pk=row.pk).update(value="1.40", lock_version=2)
    response = desk.post(PAGE, cells(indicator, province, "1.25", seen=shown))
    assert response.status_code == 302
    assert stored() == [(Decimal("1.4000"), "draft")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": "in_review"}, "Lo guardado ya se envió a revisión"),
        ({"state": "published"}, "corrígelo en su propia página"),
    ],
)
def test_row_closed_meanwhile_is_shown_beside_what_was_typed(
    desk: Client, editor: User, indicator, province, change: dict, words: str
) -> None:
    row = draft_of(editor, indicator, province)
    shown = seen(row)
    reviewer = factories.UserFactory()
    if change["state"] == "published":
        change |= {"reviewed_by": reviewer, "published_at": timezone.now()}
    YearlyValue.objects.filter(pk=row.pk).update(lock_version=2, **change)
    for value in ("1.77", "1,77"):
        response = desk.post(PAGE, cells(indicator, province, value, seen=shown))
        assert response.status_code == 409
        assert words in text(response)
        assert value in text(response)
    assert [value for value, _state in stored()] == [Decimal("1.2500")]


def test_locked_year_is_read_only_and_says_why(
    desk: Client, editor: User, indicator, province
) -> None:
    lock = {"locked_by": factories.UserFactory(), "locked_at": timezone.now()}
    YearLock.objects.create(year=YEAR, session="Sesión 4", **lock)
    page = text(desk.get(PAGE))
    assert "El año 2024 está cerrado" in page
    assert "Sesión 4" in page
    assert 'name="r' not in page
    response = desk.post(PAGE, cells(indicator, province, "1.77"))
    assert response.status_code == 409
    assert "1.77" in text(response)
    assert not YearlyValue.objects.exists()


def test_published_rows_are_shown_and_corrected_elsewhere(
    desk: Client, editor: User, indicator, province
) -> None:
    typed = factories.YearlyValueFactory(indicator=indicator, place=province, year=YEAR)
    derived = assigned(editor)
    factories.YearlyValueFactory(
        indicator=derived,
        place=province,
        year=YEAR,
        value="77",
        load=factories.LoadFactory(),
    )
    page = text(desk.get(PAGE))
    assert "fuente automática" in page
    assert "77.00 t/ha" in page
    assert page.count("/panel/valores/nuevo/?indicator=") == 1
    assert f"?indicator={typed.indicator_id}&amp;place=" in page
    assert "-seen" not in page
    for row in (indicator, derived):
        assert desk.post(PAGE, cells(row, province, "1.77")).status_code == 409
    assert YearlyValue.objects.count() == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_save_one_and_meet_seven_conflicts(make_person) -> None:
    province = factories.PlaceFactory(province=True)
    person = make_person("editor")
    indicator = assigned(person)
    start = threading.Barrier(8)
    found: list[int] = []

    def save(number: int) -> None:
        client = Client()
        client.force_login(person)
        sent = cells(indicator, province, f"1.3{number}")
        start.wait()
        try:
            found.append(client.post(PAGE, sent).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(found) == [302] + [409] * 7
    assert YearlyValue.objects.count() == 1
