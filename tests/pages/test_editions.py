"""What a source changed is told where the number stands, before and after."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from indicators.exports import export_rows
from indicators.loaders.geobosques import Upload, load_annual_loss
from indicators.loaders.review import publish_held
from indicators.models import Indicator, Load
from indicators.series.editions import source_editions
from indicators.templatetags.figures import number
from tests import factories
from tests.loaders.conftest import Losses, edition_2023, indicator, source, table

__all__ = ["edition_2023", "indicator", "source", "table"]

pytestmark = pytest.mark.django_db
Table = Callable[[Losses], bytes]


def publish(body: bytes, trigger: Load.Trigger = Load.Trigger.COMMAND) -> Load:
    load = load_annual_loss(trigger=trigger, upload=Upload(body, "tabla.csv"))
    if load.state == Load.State.HELD:
        publish_held(load=load, who=factories.UserFactory(), why="Confirmado")
        load.refresh_from_db()
    assert load.state == Load.State.PUBLISHED
    return load


def page(client: Client, indicator: Indicator, name: str) -> str:
    answer = client.get(reverse(f"indicators:{name}", args=[indicator.slug]))
    return " ".join(answer.content.decode().split())


def test_a_first_edition_and_a_new_year_change_nothing(
    client: Client, indicator: Indicator, table: Table, edition_2023: Losses
) -> None:
    publish(table(edition_2023))
    for row in edition_2023.values():
        row[2024] = "9.00"
    publish(table(edition_2023))
    assert source_editions(indicator.pk, lang="es") == ()
    assert "La fuente cambió" not in page(client, indicator, "indicator-detail")
    history = page(client, indicator, "indicator-history")
    assert "Ninguna edición cambió un valor ya publicado." in history


def test_each_changed_value_is_listed_before_and_after(
    client: Client, indicator: Indicator, table: Table, edition_2023: Losses
) -> None:
    publish(table(edition_2023))
    edition_2023["990102"][2022] = "945.00"
    second = publish(table(edition_2023))
    (edition,) = source_editions(indicator.pk, lang="es")
    assert edition.edition == second.edition
    assert [
        (change.level, change.year, change.before, change.after)
        for change in edition.changes
    ] == [("province", 2022, 1350.0, 1395.0), ("district", 2022, 900.0, 945.0)]
    for name in ("indicator-detail", "indicator-history"):
        shown = page(client, indicator, name)
        assert "La fuente cambió 2 valores el" in shown
        before, after = number(1350.0), number(1395.0)
        assert f'<td class="num">{before}</td><td class="num">{after}</td>' in shown
        assert f"edición {second.edition}" in shown

    # A third edition hides nothing of the second.
    edition_2023["990102"][2022] = "954.00"
    publish(table(edition_2023))
    editions = source_editions(indicator.pk, lang="es")
    assert [edition.changes[0].before for edition in editions] == [1395.0, 1350.0]
    assert "otras ediciones" in page(client, indicator, "indicator-detail")


def test_a_year_that_the_source_took_back_is_listed_too(
    client: Client, indicator: Indicator, table: Table, edition_2023: Losses
) -> None:
    publish(table(edition_2023))
    for row in edition_2023.values():
        del row[2023]
    publish(table(edition_2023))
    (edition,) = source_editions(indicator.pk, lang="es")
    assert len(edition.changes) == 4
    assert all(change.is_withdrawn for change in edition.changes)
    assert edition.changes[0].before == 1400.13
    shown = page(client, indicator, "indicator-detail")
    assert "La fuente cambió 4 valores el" in shown
    assert "la fuente lo quitó" in shown


def test_files_say_the_edition_and_what_stood_there_before(
    indicator: Indicator, table: Table, edition_2023: Losses
) -> None:
    publish(table(edition_2023))
    edition_2023["990102"][2022] = "945.00"
    second = publish(table(edition_2023))
    rows = {
        (row.ubigeo, row.year): (row.edition == second.edition, row.previous_value)
        for row in export_rows(indicator, english=False)
    }
    assert rows["9901", 2022] == (True, 1350)
    assert rows["990102", 2022] == (True, 900)
    assert rows["990102", 2023][1] is None


def test_however_many_changes_are_three_queries(
    indicator: Indicator,
    table: Table,
    edition_2023: Losses,
    django_assert_num_queries: Callable[[int], object],
) -> None:
    publish(table(edition_2023))
    edition_2023["990102"][2022] = "945.00"
    publish(table(edition_2023))
    with django_assert_num_queries(3):  # type: ignore[attr-defined]
        source_editions(indicator.pk, lang="es")
