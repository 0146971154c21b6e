"""Monthly production on its way from a file to yearly yields."""

from collections.abc import Iterable
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from indicators.crops import sync_crops
from indicators.demo import load_demo
from indicators.loaders.pipeline import SourceBusy
from indicators.loaders.production import (
    accept_upload,
    load_production,
    run_load,
)
from indicators.loaders.review import discard_held, publish_held
from indicators.models import (
    AskedTask,
    Baseline,
    BasePrice,
    Crop,
    Derivation,
    Indicator,
    Load,
    ProductionRecord,
    ProgressResult,
    Source,
    YearlyValue,
)
from indicators.tasks import read_production_file
from tests import factories
from tests.sources.test_midagri import HEADER
from tests.sources.workbooks import table

pytestmark = pytest.mark.django_db
SOURCE = "midagri_sisagri"
UPLOAD = reverse("admin:indicators_load_upload")
Row = tuple[int, int, str, str, float, float, float]


@pytest.fixture
def cocoa() -> Indicator:
    """Cocoa's yield over two districts, fed by the national workbook."""
    source = factories.SourceFactory(code=SOURCE)
    generation = factories.GenerationFactory(valid_from_year=2024)
    factories.PlaceFactory(province=True, generation=generation)
    for number in (1, 2):
        factories.PlaceFactory(
            ubigeo=f"99010{number}", name=f"Lugar {number}", generation=generation
        )
    sync_crops(settings.BASE_DIR / "fixtures" / "crops.yaml")
    indicator = factories.IndicatorFactory(crop="cacao")
    factories.TargetFactory(indicator=indicator)
    factories.BaselineFactory(indicator=indicator)
    Derivation.objects.create(
        source=source, indicator=indicator, rule=Derivation.Rule.CROP_YIELD
    )
    return indicator


def a_year(
    year: int,
    *,
    months: Iterable[int] = range(1, 13),
    crop: str = "CACAO",
    production_t: float = 100,
    harvested_ha: float = 800,
    district: str = "990101",
) -> list[Row]:
    return [(year, m, district, crop, production_t, harvested_ha, 7.5) for m in months]


def book(*groups: list[Row]) -> bytes:
    rows = [
        [y, m, u, "R", "P", f"Lugar {u[-1]}", crop, t, ha, price]
        for group in groups
        for y, m, u, crop, t, ha, price in group
    ]
    return table([HEADER, *rows])


def load(*groups: list[Row]) -> Load:
    return load_production(source_code=SOURCE, body=book(*groups), name="s.xlsx")


def yields(indicator: Indicator, ubigeo: str = "9901") -> dict[int, Any]:
    values = YearlyValue.objects.published().filter(
        indicator=indicator, place__ubigeo=ubigeo
    )
    return dict(values.values_list("year", "value"))


def current() -> int:
    return ProductionRecord.objects.current().count()


def test_a_first_file_is_published_and_gives_yields(cocoa: Indicator) -> None:
    done = load(a_year(2023), a_year(2024, production_t=120))
    assert (done.state, done.rows_added, done.edition) == ("published", 24, "2024-12")
    assert yields(cocoa) == {2023: Decimal("1.5"), 2024: Decimal("1.8")}
    value = YearlyValue.objects.get(year=2024, place__ubigeo="9901")
    assert "Producción de los 12 meses (1,440.0 t)" in value.note
    assert "promedio mensual del área cosechada (800.0 ha)" in value.note
    assert (value.kind, value.source.code) == ("measured", SOURCE)
    result = ProgressResult.objects.get(indicator=cocoa, is_current=True)
    assert (result.latest_year, result.status) == (2024, "achieved")


def test_district_yields_begin_with_the_limits_they_belong_to(cocoa: Indicator) -> None:
    load(a_year(2023), a_year(2024))
    assert yields(cocoa, "990101") == {2024: Decimal("1.5")}


def test_an_unfinished_year_gives_no_value_and_is_named(cocoa: Indicator) -> None:
    load(a_year(2024), a_year(2025, months=range(1, 7)))
    assert yields(cocoa).keys() == {2024}
    assert Derivation.objects.get().without_number == [
        {"year": 2025, "months": 6, "why": "months"}
    ]


def test_months_a_district_lacks_are_said_beside_the_number(cocoa: Indicator) -> None:
    load(a_year(2024), a_year(2024, district="990102", months=range(1, 11)))
    value = YearlyValue.objects.get(year=2024, place__ubigeo="9901")
    assert "Meses sin registro: Lugar 2, 2." in value.note
    assert yields(cocoa, "990102") == {}


def test_a_transitory_crop_adds_its_areas(cocoa: Indicator) -> None:
    cocoa.crop = "arroz"
    cocoa.save()
    rice = a_year(2024, crop="ARROZ CÁSCARA", months=(3, 8), harvested_ha=20)
    load(rice, a_year(2024))
    assert yields(cocoa) == {2024: Decimal(5)}


def test_the_same_bytes_and_the_same_rows_change_nothing(cocoa: Indicator) -> None:
    load(a_year(2024))
    before = list(YearlyValue.objects.values())
    assert load(a_year(2024)).state == Load.State.UNCHANGED
    again = load(list(reversed(a_year(2024))))
    assert (again.state, again.rows_same) == (Load.State.UNCHANGED, 12)
    assert ProductionRecord.objects.count() == 12
    assert list(YearlyValue.objects.values()) == before


def test_only_new_months_are_published_and_only_they_are_kept(cocoa: Indicator) -> None:
    load(a_year(2024))
    done = load(a_year(2024), a_year(2025))
    assert (done.state, done.rows_added, done.rows_same) == ("published", 12, 12)
    assert done.production.count() == 12
    assert yields(cocoa).keys() == {2024, 2025}


def test_a_file_of_other_months_removes_nothing(cocoa: Indicator) -> None:
    load(a_year(2024))
    assert load(a_year(2025)).state == Load.State.PUBLISHED
    assert current() == 24


def test_months_of_a_closed_year_wait_until_it_is_opened(cocoa: Indicator) -> None:
    load(a_year(2024))
    factories.YearLockFactory(year=2025)
    held = load(a_year(2025))
    assert held.state == Load.State.HELD
    assert held.reason == "Retenida: cambia valores de años cerrados (2025)."
    with pytest.raises(ValueError, match="Primero hay que abrir el año"):
        publish_held(load=held, who=factories.UserFactory(), why="Es lo oficial")
    assert yields(cocoa).keys() == {2024}


def test_a_changed_past_month_waits_with_before_and_after(cocoa: Indicator) -> None:
    load(a_year(2024))
    corrected = a_year(2024)
    corrected[4] = (2024, 5, "990101", "CACAO", 220, 800, 0)
    held = load(corrected)
    assert (held.state, held.rows_changed) == (Load.State.HELD, 1)
    assert "filas ya publicadas que cambia: 1" in held.reason
    assert held.report["differences"] == [
        {
            "place": "Lugar 1",
            "crop": "CACAO",
            "month": "2024-05",
            "measure": "producción (t)",
            "before": "100",
            "after": "220",
        },
        {
            "place": "Lugar 1",
            "crop": "CACAO",
            "month": "2024-05",
            "measure": "precio (S/ por kg)",
            "before": "7.5",
            "after": "sin dato",
        },
    ]
    assert yields(cocoa) == {2024: Decimal("1.5")}

    with pytest.raises(ValueError, match="por qué"):
        publish_held(load=held, who=factories.UserFactory(), why=" ")
    publish_held(load=held, who=factories.UserFactory(), why="Lo corrigió la fuente")
    assert yields(cocoa) == {2024: Decimal("1.65")}
    assert (current(), ProductionRecord.objects.count()) == (12, 13)
    versions = YearlyValue.objects.filter(place__ubigeo="9901").order_by("version")
    assert [v.state for v in versions] == ["superseded", "published"]
    assert "Lo corrigió la fuente" in versions[1].change_reason


def test_a_removed_row_waits_and_is_withdrawn_when_published(cocoa: Indicator) -> None:
    load(a_year(2024), a_year(2024, district="990102"))
    held = load(a_year(2024), a_year(2024, district="990102", months=range(1, 12)))
    assert (held.state, held.rows_removed) == (Load.State.HELD, 1)
    assert yields(cocoa, "990102") == {2024: Decimal("1.5")}
    publish_held(load=held, who=factories.UserFactory(), why="No hubo registro")
    assert yields(cocoa, "990102") == {}
    assert current() == 23

    # The year comes back later: the withdrawn version keeps its number.
    back = load(a_year(2024), a_year(2024, district="990102"))
    assert back.state == Load.State.PUBLISHED
    value = YearlyValue.objects.published().get(place__ubigeo="990102")
    assert value.version == 2


def test_a_discarded_load_changes_nothing(cocoa: Indicator) -> None:
    load(a_year(2024))
    held = load(a_year(2024, production_t=1))
    discard_held(load=held, who=factories.UserFactory(), why="Es un error")
    assert yields(cocoa) == {2024: Decimal("1.5")}
    assert current() == 12


def test_a_held_load_is_compared_again_after_another_publication(
    cocoa: Indicator,
) -> None:
    load(a_year(2024))
    first, second = (
        load(a_year(2024, production_t=80)),
        load(a_year(2024, production_t=90)),
    )
    who = factories.UserFactory()
    publish_held(load=first, who=who, why="Revisado")
    with pytest.raises(ValueError, match="se publicó otra edición"):
        publish_held(load=second, who=who, why="Revisado")
    second.refresh_from_db()
    assert second.report["differences"][0]["before"] == "80"
    assert yields(cocoa) == {2024: Decimal("1.2")}
    publish_held(load=second, who=who, why="Visto lo nuevo")
    assert yields(cocoa) == {2024: Decimal("1.35")}


def test_a_value_a_person_typed_is_never_replaced_silently(cocoa: Indicator) -> None:
    place = factories.PlaceFactory(province=True)
    factories.YearlyValueFactory(
        indicator=cocoa, place=place, year=2024, value=Decimal("1.1")
    )
    held = load(a_year(2024))
    assert held.state == Load.State.HELD
    assert "valores de una persona que contradice: 1" in held.reason


def test_all_that_the_demo_made_up_gives_way_to_a_measured_year(
    cocoa: Indicator,
) -> None:
    place = factories.PlaceFactory(province=True)
    made_up = {"baseline": [2020, 0.9], "values": {2020: 0.9, 2024: 1, 2025: 1.1}}
    Baseline.objects.all().delete()
    load_demo({cocoa.code: made_up}, place=place)
    assert Baseline.objects.get(indicator=cocoa).is_synthetic
    assert load(a_year(2024)).state == Load.State.PUBLISHED
    assert load_demo({cocoa.code: made_up}, place=place) == 0
    value = YearlyValue.objects.get(indicator=cocoa, place=place)
    assert (value.year, value.value, value.is_synthetic, value.version) == (
        2024,
        Decimal("1.5"),
        False,
        1,
    )
    assert not Baseline.objects.filter(indicator=cocoa).exists()
    result = ProgressResult.objects.get(indicator=cocoa, is_current=True)
    assert not result.is_synthetic


def test_an_adopted_baseline_stays_beside_measured_years(cocoa: Indicator) -> None:
    load(a_year(2024))
    assert not Baseline.objects.get(indicator=cocoa).is_synthetic


def test_an_unknown_crop_is_kept_listed_and_linked_once_it_is_known(
    cocoa: Indicator, tmp_path: Any
) -> None:
    done = load(a_year(2024), a_year(2024, crop="PITAJAYA"))
    assert done.report["unknown_crops"] == ["PITAJAYA"]
    assert ProductionRecord.objects.filter(crop=None).count() == 12
    path = tmp_path / "crops.yaml"
    known = (settings.BASE_DIR / "fixtures" / "crops.yaml").read_text("utf-8")
    path.write_text(
        known + "- {code: pitahaya, name_es: pitahaya, name_en: pitaya,"
        " kind: perennial, source_names: [Pitajaya]}\n",
        "utf-8",
    )
    sync_crops(path)
    assert ProductionRecord.objects.filter(crop__code="pitahaya").count() == 12


def test_gross_value_is_an_estimate_and_needs_every_price(cocoa: Indicator) -> None:
    gross = factories.IndicatorFactory(unit_es="millones de soles")
    source = Source.objects.get(code=SOURCE)
    Derivation.objects.create(source=source, indicator=gross, rule="gross_value")
    load(a_year(2023), a_year(2023, crop="ARROZ", production_t=50))
    assert yields(gross) == {}

    def price(code: str, amount: str) -> None:
        crop = Crop.objects.get(code=code)
        BasePrice.objects.create(
            crop=crop, price_pen_kg=Decimal(amount), source_text="Anuario"
        )

    price("cacao", "5")
    load(a_year(2024), a_year(2024, crop="ARROZ", production_t=50))
    assert yields(gross) == {}
    lacking = Derivation.objects.get(indicator=gross).without_number
    assert lacking[0]["crops"] == ["arroz"]

    price("arroz", "0.7")
    load(a_year(2025), a_year(2025, crop="ARROZ", production_t=50))
    # 1,200 t × 5,000 S/ + 600 t × 700 S/ = 6.42 million.
    assert yields(gross) == dict.fromkeys((2023, 2024, 2025), Decimal("6.42"))
    value = YearlyValue.objects.get(indicator=gross, year=2025)
    assert value.kind == YearlyValue.Kind.ESTIMATED
    assert "precio base de 2007" in value.note
    assert "No es la cifra oficial" in value.note


def test_a_refused_file_changes_nothing_and_says_why(cocoa: Indicator) -> None:
    load(a_year(2024))
    bad = a_year(2025)
    bad[1] = (2025, 13, "990101", "CACAO", 1, 1, 1)
    refused = load(bad)
    assert refused.state == Load.State.REJECTED
    assert "fila 3, columna mes" in refused.report["errors_es"][0]
    assert (current(), refused.production.count()) == (12, 0)


def test_an_unforeseen_fault_ends_the_load_without_rows(
    cocoa: Indicator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr("indicators.loaders.production.derive_production", broken)
    with pytest.raises(RuntimeError):
        load(a_year(2024))
    assert Load.objects.get().state == Load.State.REJECTED
    assert ProductionRecord.objects.count() == 0


def test_the_database_keeps_one_current_row_and_refuses_nonsense(
    cocoa: Indicator,
) -> None:
    load(a_year(2024))
    row = ProductionRecord.objects.first()
    assert row is not None
    for wrong in ({"month": 13}, {"production_t": -1}, {"price_pen_kg": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ProductionRecord.objects.filter(pk=row.pk).update(**wrong)
    other = factories.LoadFactory(source=row.source)
    row.pk, row.load = None, other
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_two_loads_of_a_source_never_run_at_once(cocoa: Indicator) -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"load:{SOURCE}"]
            )
        with pytest.raises(SourceBusy):
            load(a_year(2024))
    finally:
        other.close()
    assert Load.objects.count() == 0
    assert load(a_year(2024)).state == Load.State.PUBLISHED


def staff(*codenames: str) -> tuple[User, Client]:
    user = factories.UserFactory(is_staff=True)
    for codename in codenames:
        user.user_permissions.add(Permission.objects.get(codename=codename))
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return user, client


def uploaded(client: Client, body: bytes) -> Load:
    answer = client.post(
        UPLOAD, {"source": SOURCE, "file": SimpleUploadedFile("s.xlsx", body)}
    )
    load = Load.objects.latest("pk")
    assert answer.status_code == 302
    assert answer["Location"] == decide(load)
    return load


def decide(load: Load) -> str:
    return reverse("admin:indicators_load_decide", args=[load.pk])


def test_an_upload_waits_for_a_worker_and_a_second_person(cocoa: Indicator) -> None:
    author, client = staff("add_load", "view_load", "review_load")
    _, second = staff("view_load", "review_load")
    waiting = uploaded(client, book(a_year(2024), a_year(2024, crop="PITAJAYA")))
    assert waiting.state == Load.State.SCHEDULED
    assert ProductionRecord.objects.count() == 0
    assert "espera su lectura" in client.get(decide(waiting)).content.decode()
    asked = AskedTask.objects.get()
    assert asked.task == read_production_file.name

    assert read_production_file(**asked.arguments) == Load.State.HELD
    # Published twice by the outbox, read once.
    assert read_production_file(**asked.arguments) == Load.State.HELD
    assert Load.objects.get().production.count() == 24
    page = client.get(decide(waiting)).content.decode()
    assert "PITAJAYA" in page
    assert 'name="publish"' not in page
    second.post(decide(waiting), {"why": "Revisado", "publish": "1"})
    assert yields(cocoa) == {2024: Decimal("1.5")}
    waiting.refresh_from_db()
    assert waiting.requested_by == author


def test_a_refused_upload_lists_its_errors_on_the_page(cocoa: Indicator) -> None:
    _, client = staff("add_load", "view_load")
    waiting = uploaded(client, book(a_year(2024, production_t=-1)))
    read_production_file(waiting.pk)
    page = client.get(decide(waiting)).content.decode()
    assert "Rechazada" in page
    assert "fila 2, columna PRODUCCION(t)" in page


def test_the_command_loads_a_file_and_refuses_to_go_without(
    cocoa: Indicator, tmp_path: Any
) -> None:
    path = tmp_path / "s.xlsx"
    path.write_bytes(book(a_year(2024)))
    out = StringIO()
    call_command("load_source", SOURCE, file=path, stdout=out)
    assert "12 nuevas" in out.getvalue()
    with pytest.raises(CommandError, match="--file"):
        call_command("load_source", SOURCE)


def test_an_accepted_file_that_is_gone_ends_the_load(cocoa: Indicator) -> None:
    load = accept_upload(
        source_code=SOURCE,
        body=book(a_year(2024)),
        name="s.xlsx",
        who=factories.UserFactory(),
    )
    assert load.file
    (settings.MEDIA_ROOT / load.file.path).unlink()
    assert run_load(load).state == Load.State.REJECTED
