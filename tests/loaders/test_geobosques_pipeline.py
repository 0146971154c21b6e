"""The official loss on its way from a file or the service to a published value."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_httpserver import HTTPServer

from indicators.loaders.geobosques import Upload, load_annual_loss
from indicators.loaders.pipeline import SourceBusy, source_lock
from indicators.loaders.review import discard_held, publish_held
from indicators.models import (
    AnnualLoss,
    Indicator,
    Load,
    ProgressResult,
    SourceFile,
    YearlyValue,
)
from indicators.tasks import load_geobosques_loss
from tests import factories
from tests.loaders.conftest import Losses, published

pytestmark = pytest.mark.django_db
Table = Callable[[Losses], bytes]


def load(body: bytes, name: str = "tabla.csv", **options: Any) -> Load:
    return load_annual_loss(
        trigger=options.pop("trigger", Load.Trigger.COMMAND),
        upload=Upload(body=body, name=name),
        **options,
    )


def test_first_edition_is_published_and_summed(
    indicator: Indicator, table: Table, edition_2023: Losses
) -> None:
    done = load(table(edition_2023))
    assert done.state == Load.State.PUBLISHED
    assert (done.rows_read, done.rows_added, done.edition) == (69, 69, "2023")
    assert published(indicator) == {
        2022: Decimal("1350.00"),
        2023: Decimal("1400.13"),
    }
    # A zero of the source is a zero, not a missing value.
    assert published(indicator, "990103")[2022] == Decimal(0)
    result = ProgressResult.objects.get(indicator=indicator, is_current=True)
    assert result.status == "achieved"
    assert result.inputs_and_outputs["facts"]["met_since_year"] == 2001
    assert done.file
    kept = Path(settings.MEDIA_ROOT, done.file.path)
    assert kept.read_bytes() == table(edition_2023)


def test_same_bytes_again_change_nothing(
    indicator: Indicator, table: Table, edition_2023: Losses
) -> None:
    load(table(edition_2023))
    again = load(table(edition_2023))
    assert again.state == Load.State.UNCHANGED
    assert YearlyValue.objects.count() == 4 * 23
    assert SourceFile.objects.count() == 1


def test_same_rows_in_another_file_change_nothing(
    indicator: Indicator, table: Table, edition_2023: Losses
) -> None:
    load(table(edition_2023))
    again = load(table(dict(reversed(edition_2023.items()))))
    assert again.state == Load.State.UNCHANGED
    assert again.rows_same == 69
    assert AnnualLoss.objects.count() == 69


def test_a_new_year_is_published_by_itself(
    indicator: Indicator, table: Table, edition_2023: Losses
) -> None:
    load(table(edition_2023))
    for row in edition_2023.values():
        row[2024] = "600.03"
    done = load(table(edition_2023))
    assert (done.state, done.rows_added) == (Load.State.PUBLISHED, 3)
    assert published(indicator)[2024] == Decimal("1800.09")
    result = ProgressResult.objects.get(indicator=indicator, is_current=True)
    assert result.status != "achieved"
    assert ProgressResult.objects.filter(indicator=indicator).count() == 2


def test_changed_history_waits_for_a_person_and_keeps_the_old_version(
    indicator: Indicator, table: Table, edition_2023: Losses
) -> None:
    load(table(edition_2023))
    edition_2023["990102"][2022] = "930.06"
    held = load(table(edition_2023))
    assert held.state == Load.State.HELD
    assert "cambia 1 valor ya publicado" in held.reason
    assert held.report["changed"] == [
        {"ubigeo": "990102", "year": 2022, "before_ha": "900.00", "after_ha": "930.06"}
    ]
    assert published(indicator)[2022] == Decimal("1350.00")

    reviewer = factories.UserFactory()
    publish_held(load=held, who=reviewer, why="Corrección anunciada por el MINAM")
    assert published(indicator)[2022] == Decimal("1380.06")
    new = YearlyValue.objects.published().get(
        indicator=indicator, year=2022, place__ubigeo="9901"
    )
    assert (new.version, new.reviewed_by) == (2, reviewer)
    assert new.change_reason == (
        "La fuente publicó la edición 2023. Corrección anunciada por el MINAM"
    )
    assert new.supersedes
    assert new.supersedes.state == YearlyValue.State.SUPERSEDED
    assert new.supersedes.value == Decimal("1350.00")


def test_edition_that_changes_a_closed_year_waits_until_it_is_opened(
    indicator: Indicator, table: Table, edition_2023: Losses
) -> None:
    load(table(edition_2023))
    lock = factories.YearLockFactory(year=2024)
    for row in edition_2023.values():
        row[2024] = "600.03"
    held = load(table(edition_2023))
    assert held.state == Load.State.HELD
    assert held.reason == "Retenida: cambia valores de años cerrados (2024)."
    reviewer = factories.UserFactory()
    with pytest.raises(ValueError, match="Primero hay que abrir el año"):
        publish_held(load=held, who=reviewer, why="Es la cifra oficial")
    assert 2024 not in published(indicator)
    held.refresh_from_db()
    assert held.state == Load.State.HELD

    lock.unlocked_at, lock.unlocked_by = timezone.now(), reviewer
    lock.unlock_reason = "La fuente publicó 2024"
    lock.save()
    publish_held(load=held, who=reviewer, why="Es la cifra oficial")
    assert published(indicator)[2024] == Decimal("1800.09")


def test_a_retracted_year_is_held_and_withdrawn_only_when_published(
    indicator: Indicator, table: Table, edition_2023: Losses
) -> None:
    load(table(edition_2023))
    for row in edition_2023.values():
        del row[2023]
    held = load(table(edition_2023))
    assert (held.state, held.rows_removed) == (Load.State.HELD, 3)
    assert 2023 in published(indicator)
    publish_held(load=held, who=factories.UserFactory(), why="Lo confirma la fuente")
    assert 2023 not in published(indicator)
    withdrawn = YearlyValue.objects.filter(state=YearlyValue.State.WITHDRAWN)
    assert withdrawn.count() == 4


def test_a_discarded_load_leaves_what_was_there(
    indicator: Indicator, table: Table, edition_2023: Losses
) -> None:
    load(table(edition_2023))
    edition_2023["990101"][2023] = "1.08"
    held = load(table(edition_2023))
    discarded = discard_held(load=held, who=factories.UserFactory(), why="Es un error")
    assert (discarded.state, discarded.reason) == ("discarded", "Es un error")
    assert published(indicator)[2023] == Decimal("1400.13")
    with pytest.raises(ValueError, match="ya no está retenida"):
        publish_held(load=held, who=factories.UserFactory(), why="otra vez")


def test_what_one_person_uploads_another_publishes(
    indicator: Indicator, table: Table, edition_2023: Losses
) -> None:
    uploader = factories.UserFactory()
    held = load(table(edition_2023), trigger=Load.Trigger.UPLOAD, requested_by=uploader)
    assert held.state == Load.State.HELD
    assert published(indicator) == {}
    with pytest.raises(ValueError, match="Quien subió el archivo"):
        publish_held(load=held, who=uploader, why="Yo mismo")
    with pytest.raises(IntegrityError), transaction.atomic():
        Load.objects.filter(pk=held.pk).update(reviewed_by=uploader)
    publish_held(load=held, who=factories.UserFactory(), why="Revisado")
    assert published(indicator)[2023] == Decimal("1400.13")


def test_a_held_load_is_compared_again_when_another_was_published_meanwhile(
    indicator: Indicator, table: Table, edition_2023: Losses
) -> None:
    load(table(edition_2023))
    first = {ubigeo: dict(row) for ubigeo, row in edition_2023.items()}
    first["990101"][2022] = "500.04"
    second = {ubigeo: dict(row) for ubigeo, row in edition_2023.items()}
    second["990102"][2023] = "800.01"
    held_first, held_second = load(table(first)), load(table(second))
    reviewer = factories.UserFactory()
    publish_held(load=held_first, who=reviewer, why="Revisado")

    # The second was compared with what is no longer published.
    with pytest.raises(ValueError, match="se publicó otra edición"):
        publish_held(load=held_second, who=reviewer, why="Revisado")
    assert published(indicator)[2022] == Decimal("1400.04")
    held_second.refresh_from_db()
    assert held_second.state == Load.State.HELD
    assert {row["ubigeo"] for row in held_second.report["changed"]} == {
        "990101",
        "990102",
    }
    publish_held(load=held_second, who=reviewer, why="Visto lo nuevo")
    assert published(indicator)[2022] == Decimal("1350.00")


def test_a_file_is_read_under_the_name_it_has_this_time(
    indicator: Indicator, table: Table, edition_2023: Losses
) -> None:
    body = table(edition_2023)
    assert load(body, "datos.txt").state == Load.State.REJECTED
    assert load(body, "datos.csv").state == Load.State.PUBLISHED
    edition_2023["990101"][2022] = "451.08"
    assert load(table(edition_2023), "x" * 300 + ".csv").state == Load.State.HELD


def test_an_unforeseen_fault_ends_the_load(
    indicator: Indicator,
    table: Table,
    edition_2023: Losses,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_args: Any) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr("indicators.loaders.annual_loss._compare", broken)
    with pytest.raises(RuntimeError):
        load(table(edition_2023))
    ended = Load.objects.get()
    assert ended.state == Load.State.REJECTED
    assert "error del programa" in ended.reason
    assert AnnualLoss.objects.count() == 0


def test_a_value_a_person_typed_is_never_replaced_silently(
    indicator: Indicator, table: Table, edition_2023: Losses
) -> None:
    place = factories.PlaceFactory(province=True)
    factories.YearlyValueFactory(
        indicator=indicator, place=place, year=2022, value=Decimal(1200)
    )
    held = load(table(edition_2023))
    assert held.state == Load.State.HELD
    assert "contradice 1 valor registrado por una persona" in held.reason
    assert published(indicator) == {2022: Decimal(1200)}


@pytest.mark.parametrize(
    ("spoil", "place", "why"),
    [
        (lambda b: b.replace(b"450.00", b"-450.00"), "fila 2, columna 2022_ha", ""),
        (lambda b: b.replace(b"450.00", b'"4,50.00"'), "fila 2, columna 2022_ha", ""),
        (lambda b: b.replace(b"450.00", b'"450,5"'), "fila 2, columna 2022_ha", ""),
        (lambda b: b.replace(b"450.00", b""), "fila 2, columna 2022_ha", ""),
        (lambda b: b.replace(b",990101,", b",990177,"), "fila 2, columna UBIGEO", ""),
        (lambda b: b.replace(b"2022_ha", b"2021_ha"), "el año se repite", ""),
        (
            lambda b: b.replace(b"450.00", b"99999999999999"),
            "fila 2, columna 2022_ha",
            "mayor que la del Perú",
        ),
        (lambda b: b[: len(b) // 2], "fila", ""),
        (lambda b: b"<html><body>mantenimiento</body></html>", "", "página web"),
        (lambda b: b"", "", "vac"),
    ],
    ids=[
        "negative",
        "comma",
        "ambiguous",
        "empty cell",
        "unknown ubigeo",
        "year twice",
        "oversized",
        "half a file",
        "html",
        "empty",
    ],
)
def test_bad_input_is_refused_whole_and_leaves_the_rest(
    indicator: Indicator,
    table: Table,
    edition_2023: Losses,
    spoil: Callable[[bytes], bytes],
    place: str,
    why: str,
) -> None:
    load(table(edition_2023))
    refused = load(spoil(table(edition_2023)))
    assert refused.state == Load.State.REJECTED
    told = " ".join([refused.reason, *refused.report.get("errors_es", [])])
    assert place in told
    assert why in told
    assert published(indicator)[2022] == Decimal("1350.00")
    assert AnnualLoss.objects.count() == 69


def test_five_old_districts_are_not_taken_for_six_new(
    indicator: Indicator, table: Table, edition_2023: Losses
) -> None:
    del edition_2023["990103"]
    refused = load(table(edition_2023))
    assert refused.state == Load.State.REJECTED
    assert "990103" in " ".join(refused.report["errors_es"])
    assert YearlyValue.objects.count() == 0


def serve(server: HTTPServer, losses: Losses) -> None:
    for ubigeo, row in losses.items():
        reply = [
            {"year": year, "loss": float(loss), "range1": float(loss)}
            | {f"range{n}": 0 for n in range(2, 6)}
            for year, loss in row.items()
        ]
        server.expect_request(
            "/api/forest-loss/wet-forest-list",
            query_string={"ubigeoCode": ubigeo},
        ).respond_with_data(json.dumps(reply), content_type="application/json")


@pytest.fixture
def service(httpserver: HTTPServer, settings: Any) -> HTTPServer:
    settings.GEOBOSQUES_URL = httpserver.url_for("").rstrip("/")
    settings.SOURCE_PRIVATE_ENDPOINTS = [f"{httpserver.host}:{httpserver.port}"]
    return httpserver


def fetch() -> Load:
    return load_annual_loss(trigger=Load.Trigger.SCHEDULE)


def test_the_service_feeds_the_same_pipeline(
    indicator: Indicator, edition_2023: Losses, service: HTTPServer
) -> None:
    serve(service, edition_2023)
    done = fetch()
    assert done.state == Load.State.PUBLISHED
    assert published(indicator)[2023] == Decimal("1400.13")
    assert fetch().state == Load.State.UNCHANGED
    assert SourceFile.objects.count() == 1


def test_a_service_in_maintenance_changes_nothing(
    indicator: Indicator, edition_2023: Losses, service: HTTPServer
) -> None:
    serve(service, edition_2023)
    fetch()
    service.clear()
    service.expect_request("/api/forest-loss/wet-forest-list").respond_with_data(
        "<html>mantenimiento</html>", content_type="application/json"
    )
    assert fetch().state == Load.State.REJECTED
    assert published(indicator)[2023] == Decimal("1400.13")


def test_two_loads_of_a_source_do_not_run_at_once(
    indicator: Indicator, table: Table, edition_2023: Losses
) -> None:
    from django.db import connection

    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_lock(hashtextextended(%s, 0))",
                ["load:geobosques_loss"],
            )
        with pytest.raises(SourceBusy):
            load(table(edition_2023))
        assert load_geobosques_loss() == "busy"
    finally:
        other.close()
    assert Load.objects.count() == 0
    with source_lock("geobosques_loss"):
        pass
    assert load(table(edition_2023)).state == Load.State.PUBLISHED


def test_the_command_refuses_with_every_reason(
    indicator: Indicator,
    table: Table,
    edition_2023: Losses,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "tabla.csv"
    path.write_bytes(table(edition_2023).replace(b"450.00", b"-1"))
    with pytest.raises(CommandError, match="Se rechazó todo"):
        call_command("load_source", "geobosques_loss", file=path)
    assert "fila 2, columna 2022_ha" in capsys.readouterr().out
    path.write_bytes(table(edition_2023))
    call_command("load_source", "geobosques_loss", file=path)
    assert "69 nuevas" in capsys.readouterr().out
