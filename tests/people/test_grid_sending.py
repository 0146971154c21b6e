"""A year goes to review: what was seen, all of it or nothing."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from indicators.grid.actions import submit_drafts
from indicators.models import YearLock, YearlyValue
from indicators.yearly.writing import ValueRefusedError
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


def test_saving_and_sending_sends_the_rows_of_the_page(
    desk: Client, editor: User, indicator, province
) -> None:
    elsewhere = draft_of(editor, assigned(editor), province)
    foreign = draft_of(factories.UserFactory(), assigned(editor), province)
    shown = cells(foreign.indicator, province, seen=seen(foreign))
    desk.post(PAGE, cells(indicator, province) | shown | {"send": "1"})
    sent = YearlyValue.objects.get(indicator=indicator)
    assert sent.state == "in_review"
    for row in (elsewhere, foreign):
        row.refresh_from_db()
        assert row.state == "draft"


def test_nothing_is_sent_while_a_row_is_wrong(
    desk: Client, editor: User, indicator, province
) -> None:
    sent = cells(indicator, province) | cells(assigned(editor), province, "1,5")
    response = desk.post(PAGE, sent | {"send": "1"})
    assert "Todavía no se envió nada a revisión." in text(response)
    assert [state for _value, state in stored()] == ["draft"]


def test_year_is_sent_as_it_was_shown(
    desk: Client, editor: User, indicator, province
) -> None:
    ready = draft_of(
        editor, indicator, province, value="-1", confirmation="Es pérdida."
    )
    missing = assigned(editor)
    page = desk.get(f"{PAGE}enviar/").content.decode()
    for words in ("Se enviará 1 valor.", "Es pérdida.", "El valor es negativo."):
        assert words in page
    assert f"{missing.code} · Provincia de" in page
    sent = {"seen": re.search(r'name="seen" value="([^"]*)"', page)[1]}  # type: ignore[index]
    YearlyValue.objects.filter(pk=ready.pk).update(value="-2", lock_version=2)
    stale = desk.post(f"{PAGE}enviar/", sent)
    assert (stale.status_code, stored()[0][1]) == (409, "draft")
    assert "No se envió nada." in text(stale)
    assert desk.post(f"{PAGE}enviar/", {"seen": seen(ready)}).status_code == 302
    ready.refresh_from_db()
    assert (ready.state, ready.lock_version) == ("in_review", 3)
    assert ready.submitted_at is not None


def test_stored_evidence_answers_the_question_for_a_link(
    desk: Client, editor: User, indicator, province
) -> None:
    row = draft_of(editor, indicator, province)
    YearlyValue.objects.filter(pk=row.pk).update(source_url="")
    question = "No hay enlace ni archivo"
    assert question in text(desk.get(f"{PAGE}enviar/"))
    factories.EvidenceFactory(value=row)
    assert question not in text(desk.get(f"{PAGE}enviar/"))


@pytest.mark.parametrize("text_of_seen", ["", "x", "1:1,", ":", "\x00", "9" * 50])
def test_sending_nothing_is_refused_with_words(
    desk: Client, indicator, text_of_seen: str
) -> None:
    response = desk.post(f"{PAGE}enviar/", {"seen": text_of_seen})
    assert response.status_code in {409, 422}
    assert "Hay un problema" in text(response)


def test_all_drafts_are_sent_or_none(editor: User, indicator, province) -> None:
    own = draft_of(editor, indicator, province)
    foreign = draft_of(factories.UserFactory(), assigned(editor), province)
    unassigned = draft_of(editor, factories.IndicatorFactory(), province)
    for row in (foreign, unassigned):
        with pytest.raises(ValueRefusedError, match="not_allowed"):
            submit_drafts(actor=editor, seen={own.pk: 1, row.pk: 1})
    with pytest.raises(ValueRefusedError, match="wrong_state"):
        submit_drafts(actor=editor, seen={own.pk: 1, 999_999: 1})
    lock = {"locked_by": factories.UserFactory(), "locked_at": timezone.now()}
    closed = YearLock.objects.create(year=YEAR, session="Sesión 4", **lock)
    with pytest.raises(ValueRefusedError, match="year_locked"):
        submit_drafts(actor=editor, seen={own.pk: 1})
    assert {state for _value, state in stored()} == {"draft"}
    closed.unlocked_at, closed.unlocked_by = timezone.now(), closed.locked_by
    closed.unlock_reason = "Error de tipeo."
    closed.save()
    assert submit_drafts(actor=editor, seen={own.pk: 1}) == 1
    context = own.events.latest("pgh_id").pgh_context  # type: ignore[attr-defined]
    assert context.metadata["user"] == editor.pk
