"""SERNANP's map service replayed, and files of zones, through the whole pipeline."""

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import stamina
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from indicators.demo_alerts import load_demo_alerts
from indicators.loaders.review import publish_approved, publish_held
from indicators.loaders.zones import load_protected_areas, load_zone_file
from indicators.models import AskedTask, Load
from indicators.series import source_states
from indicators.sources import sernanp
from indicators.sources.errors import ContentRefused
from indicators.sources.session import MAX_TRIES
from territory.alert_sources import ALERT_SOURCES
from territory.models import AlertMonth, AlertSource, ForestAlert, Place, Zone
from tests import factories
from tests.territory.test_zones import store_alerts, zones_by_sql, zones_stored

pytestmark = pytest.mark.django_db
FELEC_MS = 1_554_076_800_000  # 2019-04-01


def ring(west: float, south: float, size: float) -> list[list[list[float]]]:
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def area(code: str, west: float, south: float, size: float = 0.3) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {
            "OBJECTID": 1,
            "anp_codi": code,
            "anp_nomb": f"Área {code}",
            "anp_felec": FELEC_MS,
        },
        "geometry": {"type": "Polygon", "coordinates": ring(west, south, size)},
    }


class MapService:
    """An ArcGIS MapServer as SERNANP's: pages of one, counts, faults with 200."""

    page_rows = 1

    def __init__(self) -> None:
        self.layers: dict[int, list[dict[str, Any]]] = {n: [] for n in range(1, 6)}
        self.layers[3] = [area("ACR21", -76.9, -8.9), area("ACR22", -76.5, -8.5)]
        self.layers[11] = [area("BPP1", -76.7, -8.7)]
        self.names = {3: "acr", 11: "Bosque Producción Permanente"}
        self.fault: Response | None = None
        self.hidden = 0
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: Request) -> Response:
        self.asked.append(dict(request.args))
        if self.fault is not None:
            return self.fault
        parts = request.path.rstrip("/").split("/")
        if parts[-1] == "MapServer":
            listed = [{"id": n, "name": name} for n, name in self.names.items()]
            return reply({"layers": listed})
        found = self.layers[int(parts[-2])]
        if request.args.get("returnCountOnly") == "true":
            return reply({"count": len(found)})
        start = int(request.args["resultOffset"])
        page = found[: len(found) - self.hidden][start : start + self.page_rows]
        more = start + self.page_rows < len(found) - self.hidden
        return reply(
            {
                "type": "FeatureCollection",
                "crs": {"type": "name", "properties": {"name": "EPSG:4326"}},
                "features": page,
                "properties": {"exceededTransferLimit": more},
            }
        )


def reply(answer: Any) -> Response:
    return Response(json.dumps(answer), content_type="application/json")


@pytest.fixture
def service(
    httpserver: HTTPServer, settings: LazySettings, tmp_path: Path
) -> Iterator[MapService]:
    settings.MEDIA_ROOT = tmp_path
    settings.SERNANP_URL = httpserver.url_for("/x/MapServer")
    settings.SOURCE_PRIVATE_ENDPOINTS = [f"{httpserver.host}:{httpserver.port}"]
    replay = MapService()
    httpserver.expect_request(re.compile("/x/MapServer.*")).respond_with_handler(replay)
    factories.SourceFactory(code="sernanp_zones")
    factories.SourceFactory(code="zone_files")
    factories.PlaceFactory()
    with stamina.set_testing(True, attempts=MAX_TRIES, cap=True):
        yield replay


def load() -> Load:
    return load_protected_areas(trigger=Load.Trigger.SCHEDULE)


def test_every_layer_is_read_page_by_page_and_alerts_are_assigned(
    service: MapService,
) -> None:
    store_alerts(200)
    done = load()
    assert (done.state, done.reason) == (Load.State.PUBLISHED, "")
    assert (done.rows_read, done.rows_added) == (3, 3)
    assert list(Zone.objects.values_list("kind", "code", "name", "valid_from")) == [
        ("production_forest", "BPP1", "Área BPP1", date(2019, 4, 1)),
        ("regional_area", "ACR21", "Área ACR21", date(2019, 4, 1)),
        ("regional_area", "ACR22", "Área ACR22", date(2019, 4, 1)),
    ]
    assert Zone.objects.filter(area_ha__gt=Decimal(1000)).count() == 3
    assert done.report["kinds"] == sorted([*sernanp.NUMBERED, "production_forest"])
    assert done.report["reassigned"] > 0
    assert zones_stored() == zones_by_sql()
    assert all(asked.get("outSR", "4326") == "4326" for asked in service.asked)


def test_made_up_alerts_do_not_stop_real_zones(service: MapService) -> None:
    store_alerts(200, ALERT_SOURCES[AlertSource.SYNTHETIC])
    done = load()
    assert done.state == Load.State.PUBLISHED
    assert done.report["reassigned"] > 0
    assert zones_stored() == zones_by_sql()
    asked = AskedTask.objects.get(key=f"clusters:load-{done.pk}")
    assert asked.task == "indicators.tasks.renew_alert_clusters"


def test_the_same_again_changes_nothing(service: MapService) -> None:
    load()
    before = list(Zone.objects.values())
    assert load().state == Load.State.UNCHANGED
    assert list(Zone.objects.values()) == before


def test_a_zone_that_is_gone_waits_for_a_person(service: MapService) -> None:
    load()
    store_alerts(200)
    service.layers[3].pop()
    held = load()
    assert (held.state, held.rows_removed) == (Load.State.HELD, 1)
    assert "Área ACR22" in held.reason
    assert Zone.objects.current().count() == 3
    approved = publish_held(load=held, who=factories.UserFactory(), why="Decreto 1")
    assert (approved.state, approved.reason) == (Load.State.APPROVED, "Decreto 1")
    assert Zone.objects.current().count() == 3
    assert publish_approved(approved).state == Load.State.PUBLISHED
    assert Zone.objects.current().count() == 2
    assert zones_stored() == zones_by_sql()
    counted = sum(AlertMonth.objects.values_list("alerts", flat=True))
    assert counted == ForestAlert.objects.count()


def bow_tie() -> dict[str, Any]:
    feature = area("ACR9", 0, 0)
    feature["geometry"]["coordinates"] = [
        [[-76, -8], [-75, -7], [-75, -8], [-76, -7], [-76, -8]]
    ]
    return feature


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda s: setattr(s, "hidden", 1), "cuenta 2 registros y envió 1"),
        (lambda s: setattr(s, "fault", reply({"error": {"code": 500}})), "error"),
        (
            lambda s: setattr(s, "fault", Response("<html>", content_type="text/html")),
            "página web",
        ),
        (lambda s: setattr(s, "fault", reply({"nothing": 1})), "qué capas"),
        (lambda s: s.layers[3].append(bow_tie()), "no es válido"),
        (
            lambda s: s.layers[3][0]["properties"].pop("anp_codi"),
            "no tiene código o nombre; trae: objectid, anp_nomb, anp_felec",
        ),
        (
            lambda s: s.layers[3][0]["geometry"].update(type="Point"),
            "Área ACR21: no tiene un polígono",
        ),
        (
            lambda s: s.layers[3].append(area("ACR7", 500_000, 9_000_000)),
            "no son grados",
        ),
    ],
    ids=[
        "short",
        "fault with 200",
        "html",
        "no layers",
        "bow tie",
        "unnamed",
        "point",
        "metres",
    ],
)
def test_a_bad_answer_is_refused_whole_and_says_why(
    service: MapService, spoil: Any, reason: str
) -> None:
    load()
    before = list(Zone.objects.values())
    spoil(service)
    refused = load()
    assert refused.state == Load.State.REJECTED
    assert reason in refused.reason
    assert list(Zone.objects.values()) == before


def test_parts_of_one_zone_become_one_outline(service: MapService) -> None:
    service.layers[3] = [area("ACR21", -76.9, -8.9), area("ACR21", -76.6, -8.9)]
    assert load().state == Load.State.PUBLISHED
    (zone,) = Zone.objects.filter(kind=Zone.Kind.REGIONAL_AREA)
    assert zone.geom.extent == pytest.approx((-76.9, -8.9, -76.3, -8.6))


class TestFiles:
    def path(self, folder: Path, collection: Any) -> Path:
        path = folder / "zones.geojson"
        path.write_text(json.dumps(collection), "utf-8")
        return path

    def test_a_file_says_when_it_is_made_up(
        self, service: MapService, tmp_path: Path
    ) -> None:
        feature = area("X", -76.9, -8.9)
        feature["properties"] = {"codigo": "SIN-1", "nombre": "Zona inventada"}
        path = self.path(tmp_path, {"type": "FeatureCollection", "features": [feature]})
        command = ("load_zones", "--file", str(path), "--kind", "concession")
        call_command(*command, "--synthetic")
        zone = Zone.objects.get()
        assert (zone.code, zone.kind, zone.is_synthetic) == (
            "SIN-1",
            "concession",
            True,
        )
        load = Load.objects.get()
        assert load.report["synthetic"] is True
        assert load.edition == timezone.localdate().isoformat()
        (state,) = (
            state
            for state in source_states(
                lang="es", today=timezone.localdate(), has_key=lambda _: True
            )
            if state.code == "zone_files"
        )
        assert state.is_synthetic

    def test_without_a_kind_each_feature_names_its_own(
        self, service: MapService, tmp_path: Path
    ) -> None:
        features = [area("A", -76.9, -8.9), area("B", -76.5, -8.5)]
        for feature, kind in zip(features, ("community", "buffer_zone"), strict=True):
            feature["properties"]["kind"] = kind
        path = self.path(tmp_path, {"type": "FeatureCollection", "features": features})
        call_command("load_zones", "--file", str(path))
        assert list(Zone.objects.values_list("kind", "code")) == [
            ("buffer_zone", "B"),
            ("community", "A"),
        ]
        assert Load.objects.get().report["kinds"] == ["buffer_zone", "community"]

    @pytest.mark.parametrize("kind", ["castillo", None, 7, "rejected"])
    def test_a_feature_of_an_unknown_kind_refuses_all(
        self, service: MapService, tmp_path: Path, kind: Any
    ) -> None:
        features = [area("A", -76.9, -8.9), area("B", -76.5, -8.5)]
        features[0]["properties"]["kind"] = "community"
        features[1]["properties"]["kind"] = kind
        path = self.path(tmp_path, {"type": "FeatureCollection", "features": features})
        with pytest.raises(
            CommandError, match=r"no existe el tipo de zona|no dicen su tipo"
        ):
            call_command("load_zones", "--file", str(path))
        assert not Zone.objects.exists()

    def test_zones_come_beside_the_alerts_of_the_demo(
        self, service: MapService, tmp_path: Path
    ) -> None:
        load_demo_alerts()
        west, south, east, north = Place.objects.get().geom.extent
        assert not ForestAlert.objects.filter(zone_set__zone_ids__len__gt=0).exists()
        whole = area("X", west, south, max(east - west, north - south))
        path = self.path(tmp_path, {"type": "FeatureCollection", "features": [whole]})
        call_command("load_zones", "--file", str(path), "--kind", "concession")
        moved = ForestAlert.objects.filter(zone_set__zone_ids__len=1)
        assert moved.count() == ForestAlert.objects.count() > 0

    def test_a_zone_that_moves_far_waits_for_a_person(
        self, service: MapService, tmp_path: Path
    ) -> None:
        def file(west: float, size: float) -> Path:
            features = [area("C1", west, -8.5, size)]
            found = {"type": "FeatureCollection", "features": features}
            return self.path(tmp_path, found)

        trigger, kind = Load.Trigger.COMMAND, Zone.Kind.CONCESSION
        for west, size, state in (
            (-76.5, 0.3, Load.State.PUBLISHED),
            (-76.45, 0.3, Load.State.PUBLISHED),
            (-76.0, 0.3, Load.State.HELD),
            (-76.45, 0.1, Load.State.HELD),
        ):
            path = file(west, size)
            loaded = load_zone_file(path=path, kind=kind, trigger=trigger)
            assert loaded.state == state, (west, size)
        assert "cambian de lugar o de tamaño" in loaded.reason
        who = factories.UserFactory()
        publish_approved(publish_held(load=loaded, who=who, why="Es menor"))
        assert Zone.objects.current().get(code="C1").geom.extent[2] < -76.3

    def test_made_up_zones_do_not_become_real(
        self, service: MapService, tmp_path: Path
    ) -> None:
        feature = area("C1", -76.5, -8.5)
        feature["properties"]["sintetico"] = True
        path = self.path(tmp_path, {"type": "FeatureCollection", "features": [feature]})
        trigger, kind = Load.Trigger.COMMAND, Zone.Kind.CONCESSION
        refused = load_zone_file(path=path, kind=kind, trigger=trigger)
        assert refused.state == Load.State.REJECTED
        assert "inventadas" in refused.reason
        load_zone_file(path=path, kind=kind, trigger=trigger, is_synthetic=True)
        del feature["properties"]["sintetico"]
        path = self.path(tmp_path, {"type": "FeatureCollection", "features": [feature]})
        held = load_zone_file(path=path, kind=kind, trigger=trigger)
        assert held.state == Load.State.HELD
        assert "de inventadas a reales" in held.reason

    @pytest.mark.parametrize(
        ("name", "said"),
        [("Otra", "dos zonas tienen el código"), ("a\0b", "no se pueden guardar")],
    )
    def test_names_that_cannot_be_kept_are_refused(
        self, name: str, said: str, service: MapService, tmp_path: Path
    ) -> None:
        features = [area("C1", -76.5, -8.5, 0.1), area("C1", -76.2, -8.5, 0.1)]
        features[1]["properties"]["anp_nomb"] = name
        path = self.path(tmp_path, {"type": "FeatureCollection", "features": features})
        refused = load_zone_file(
            path=path, kind=Zone.Kind.CONCESSION, trigger=Load.Trigger.COMMAND
        )
        assert refused.state == Load.State.REJECTED
        assert said in str(refused.report)
        assert not Zone.objects.exists()

    @pytest.mark.parametrize("rings", [[[]], [[[]]]])
    def test_a_ring_without_points_is_no_polygon(
        self, rings: Any, service: MapService, tmp_path: Path
    ) -> None:
        feature = area("C1", -76.5, -8.5)
        feature["geometry"]["coordinates"] = rings
        path = self.path(tmp_path, {"type": "FeatureCollection", "features": [feature]})
        refused = load_zone_file(
            path=path, kind=Zone.Kind.CONCESSION, trigger=Load.Trigger.COMMAND
        )
        assert refused.state == Load.State.REJECTED
        assert "polígono" in str(refused.report)

    @pytest.mark.parametrize(
        ("collection", "reason"),
        [
            ({"type": "Feature"}, "FeatureCollection"),
            ({"type": "FeatureCollection", "features": []}, "no tiene zonas"),
            (
                {
                    "type": "FeatureCollection",
                    "features": [area("X", -76.9, -8.9)],
                    "crs": {"type": "link", "properties": {"href": "http://x/"}},
                },
                "EPSG:4326",
            ),
        ],
    )
    def test_a_file_that_is_not_zones_is_refused(
        self, service: MapService, tmp_path: Path, collection: Any, reason: str
    ) -> None:
        path = self.path(tmp_path, collection)
        with pytest.raises(CommandError, match=reason):
            call_command("load_zones", "--file", str(path), "--kind", "concession")
        refused = load_zone_file(
            path=path, kind=Zone.Kind.CONCESSION, trigger=Load.Trigger.COMMAND
        )
        assert refused.state == Load.State.REJECTED
        assert not Zone.objects.exists()


def test_a_day_is_read_from_milliseconds_and_text_and_nothing_else() -> None:
    for value, day in (
        (FELEC_MS, date(2019, 4, 1)),
        ("2019-04-01T00:00:00", date(2019, 4, 1)),
        ("ayer", None),
        (True, None),
        (1e300, None),
    ):
        feature = area("A", 0, 0)
        feature["properties"]["anp_felec"] = value
        assert sernanp.read_feature(feature, "regional_area").valid_from == day


def test_a_feature_that_is_no_object_is_refused() -> None:
    with pytest.raises(ContentRefused, match="no tiene código"):
        sernanp.parse_zones(b'{"features": [7]}', "regional_area")
