import datetime as dt
from decimal import Decimal

import mapbox_vector_tile
import numpy as np
import pytest
from django.db import connection

from indicators.models.versioning import raise_data_version
from territory import tiles
from territory.alert_filters import AlertFilter
from territory.alert_sources import Source
from territory.models import AlertMonth, AlertSource, Zone
from territory.tiles import Limit, Tile
from tests.factories import PlaceFactory, square
from tests.territory.test_pyramid import alerts, write

# The tiles at -76.0, -8.0, where the made-up grid begins.
LONGITUDE, LATITUDE = -75.99, -8.003


def tile_at(z: int) -> Tile:
    x = int((LONGITUDE + 180) / 360 * 2**z)
    stretched = np.arctanh(np.sin(np.radians(LATITUDE))) / (2 * np.pi)
    return Tile(z, x, int((0.5 - stretched) * 2**z))


def address(z: int, source="gfw_integrated_alerts", **asked) -> str:
    tile = tile_at(z)
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    path = f"/tiles/alertas/{source}/{z}/{tile.x}/{tile.y}.mvt"
    return f"{path}?{query}" if query else path


def points(body: bytes) -> list[dict]:
    layer = mapbox_vector_tile.decode(body).get("alertas", {"features": []})
    return [feature["properties"] for feature in layer["features"]]


def around(tile: Tile) -> list[Tile]:
    return [
        Tile(tile.z, tile.x + right, tile.y + down)
        for right in range(-6, 7)
        for down in range(-3, 4)
    ]


def total(z: int, wanted: AlertFilter) -> tuple[int, float]:
    """Alerts and hectares in all tiles about the made-up ones."""
    found = [
        point
        for tile in around(tile_at(z))
        for point in points(tiles.alert_tile(tile, wanted))
    ]
    return sum(p["alertas"] for p in found), sum(p["area_ha"] for p in found)


@pytest.fixture
def some_alerts(db):
    district = PlaceFactory()
    rng = np.random.default_rng(5)
    drawn = {
        (int(x), int(y)): (dt.date(2024, 1, 1) + dt.timedelta(days=int(d)), int(c))
        for x, y, d, c in zip(
            rng.integers(0, 300, 3000),
            rng.integers(0, 60, 3000),
            rng.integers(0, 700, 3000),
            rng.integers(2, 5, 3000),
            strict=True,
        )
    }
    rows = [(x, y, day, c) for (x, y), (day, c) in drawn.items()]
    write(1, alerts(district, rows))
    return rows


class TestAlertTiles:
    @pytest.mark.parametrize("z", tiles.ALERT_ZOOMS)
    def test_leave_nothing_out_at_any_zoom(self, some_alerts, z):
        count, area_ha = total(z, AlertFilter(AlertSource.GFW_INTEGRATED))
        assert count == len(some_alerts)
        expected = sum(AlertMonth.objects.values_list("area_ha", flat=True), Decimal(0))
        # Each point is rounded to 0.01 ha.
        points_at_most = min(len(some_alerts), 169 * 4096)
        assert area_ha == pytest.approx(float(expected), abs=0.005 * points_at_most)
        if z <= 9:
            assert area_ha == pytest.approx(float(expected), rel=1e-2)

    @pytest.mark.parametrize("z", [7, 10, 12, 13, 16])
    @pytest.mark.parametrize(
        ("start", "end", "confidence"),
        [
            (None, None, 3),
            (dt.date(2024, 5, 1), None, 2),
            (None, dt.date(2025, 1, 1), 4),
            (dt.date(2024, 3, 1), dt.date(2024, 4, 1), 3),
        ],
    )
    def test_filters_count_what_they_say(self, some_alerts, z, start, end, confidence):
        wanted = AlertFilter(AlertSource.GFW_INTEGRATED, start, end, confidence)
        kept = [
            day
            for *_, day, sure in some_alerts
            if sure >= confidence
            and (start is None or day >= start)
            and (end is None or day < end)
        ]
        assert kept
        assert total(z, wanted)[0] == len(kept)

    def test_a_point_says_count_area_days_and_confidence(self, db):
        district = PlaceFactory()
        days = [dt.date(2025, 3, 9), dt.date(2025, 7, 1)]
        write(1, alerts(district, [(5, 5, days[0], 4), (6, 5, days[1], 2)]))
        wanted = AlertFilter(AlertSource.GFW_INTEGRATED)
        (far,) = points(tiles.alert_tile(tile_at(8), wanted))
        months = {"desde": "2025-03", "hasta": "2025-07"}
        assert far == {"alertas": 2, "area_ha": 0.02, "confianza": 4} | months
        near = [
            point
            for tile in around(tile_at(16))
            for point in points(tiles.alert_tile(tile, wanted))
        ]
        assert sorted((p["desde"], p["hasta"], p["confianza"]) for p in near) == [
            ("2025-03-09", "2025-03-09", 4),
            ("2025-07-01", "2025-07-01", 2),
        ]

    def test_the_points_lie_where_the_alerts_are(self, db):
        district = PlaceFactory()
        write(1, alerts(district, [(100, 30, dt.date(2025, 3, 9), 4)]))
        wanted = AlertFilter(AlertSource.GFW_INTEGRATED)
        for z in tiles.ALERT_ZOOMS:
            tile = tile_at(z)
            body = tiles.alert_tile(tile, wanted)
            options = {"y_coord_down": True}
            layer = mapbox_vector_tile.decode(body, default_options=options)["alertas"]
            x, y = layer["features"][0]["geometry"]["coordinates"]
            side = 360 / 2**z
            cell = side / (32 if z == 12 else 64)
            longitude = (tile.x + x / 4096) * side - 180
            assert longitude == pytest.approx(-75.98995, abs=cell / 2 + 1e-9)
            stretched = (0.5 - (tile.y + y / 4096) / 2**z) * 2 * np.pi
            latitude = np.degrees(np.arcsin(np.tanh(stretched)))
            assert latitude == pytest.approx(-8.00305, abs=cell / 2 + 1e-9)

    def test_sources_are_never_mixed(self, some_alerts):
        assert total(8, AlertFilter(AlertSource.SYNTHETIC)) == (0, 0)

    def test_made_up_alerts_say_so(self, db):
        batch = alerts(PlaceFactory(), [(5, 5, dt.date(2025, 3, 9), 4)])
        write(1, batch, source=Source(99, 0.0001))
        wanted = AlertFilter(AlertSource.SYNTHETIC)
        (point,) = points(tiles.alert_tile(tile_at(8), wanted))
        assert point["sintetico"] is True

    def test_read_the_key_and_not_the_table(self, db):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO territory_alertcell"
                " SELECT 1, (year::bigint << 35) + (1::bigint << 34) + n, 1, 2,"
                " ARRAY[year * 12 << 21 | 1]"
                " FROM generate_series(0, 9) year, generate_series(1, 5000) n"
            )
            cursor.execute("ANALYZE territory_alertcell")
            query, parameters = tiles._from_squares(
                tile_at(12), 17, AlertFilter(AlertSource.GFW_INTEGRATED)
            )
            cursor.execute(f"EXPLAIN {query}", parameters)
            plan = " ".join(line for (line,) in cursor.fetchall())
        assert "Index Cond: ((source = 1) AND (year_square >=" in plan


class TestAddresses:
    def test_a_tile_is_kept_compressed_and_tagged(self, client, some_alerts):
        raise_data_version()
        first = client.get(address(9), headers={"accept-encoding": "br"})
        assert first.status_code == 200
        assert first["Content-Type"] == "application/vnd.mapbox-vector-tile"
        assert first["Content-Encoding"] == "br"
        assert first["Cache-Control"] == "public, no-cache"
        headers = {"accept-encoding": "br", "if-none-match": first["ETag"]}
        again = client.get(address(9), headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        plain = client.get(address(9))
        assert sum(p["alertas"] for p in points(plain.content)) > 0

    def test_a_change_makes_the_kept_tile_stale(self, client, some_alerts):
        raise_data_version()
        before = client.get(address(9))
        write(2, alerts(PlaceFactory(), [(90, 90, dt.date(2026, 1, 1), 2)]))
        raise_data_version()
        after = client.get(address(9), headers={"if-none-match": before["ETag"]})
        assert after.status_code == 200
        assert sum(p["alertas"] for p in points(after.content)) == 1 + sum(
            p["alertas"] for p in points(before.content)
        )

    def test_an_empty_tile_has_no_content(self, client, db):
        answer = client.get(address(9))
        assert (answer.status_code, answer.content) == (204, b"")

    @pytest.mark.parametrize(
        ("asked", "words"),
        [
            ({"confianza": "mucha"}, "nominal, alta o muy-alta"),
            ({"desde": "2025-13"}, "Escribe el mes de «desde»"),
            ({"hasta": "ayer"}, "Escribe el mes de «hasta»"),
            ({"desde": "2025-03", "hasta": "2025-02"}, "anterior"),
            ({"color": "rojo"}, "No existe el filtro «color»"),
            ({"desde": "2025-01&desde=2025-02"}, "repetido"),
        ],
    )
    def test_a_wrong_filter_is_refused_with_words(self, client, db, asked, words):
        answer = client.get(address(9, **asked))
        assert answer.status_code == 400
        assert words in answer.content.decode()

    @pytest.mark.parametrize(
        "path",
        [
            "/tiles/alertas/gfw_integrated_alerts/3/0/0.mvt",
            "/tiles/alertas/gfw_integrated_alerts/17/0/0.mvt",
            "/tiles/alertas/gfw_integrated_alerts/8/256/0.mvt",
            "/tiles/alertas/otra/8/1/1.mvt",
            "/tiles/limites/parcelas/8/1/1.mvt",
            "/tiles/limites/distritos/8/1/256.mvt",
            "/tiles/limites/distritos/99999999999999999999/1/1.mvt",
        ],
    )
    def test_no_such_tile(self, client, db, path):
        assert client.get(path).status_code == 404

    def test_a_tile_that_takes_too_long_says_so(self, client, db, monkeypatch):
        sleeping = (
            "SELECT 0::bigint cell, 1 alertas, 2 confianza, '' desde, '' hasta"
            " FROM pg_sleep(%s)"
        )
        monkeypatch.setattr(tiles, "TIMEOUT_MS", 20)
        monkeypatch.setattr(tiles, "_from_squares", lambda *_: (sleeping, [30]))
        answer = client.get(address(9))
        assert answer.status_code == 503
        assert answer["Retry-After"] == "30"

    def test_each_tile_is_one_query(
        self, client, some_alerts, django_assert_num_queries
    ):
        # The page cache asks the data version; savepoints stand for the transaction.
        with django_assert_num_queries(4):
            client.get(address(9, confianza="alta"))


@pytest.mark.django_db
class TestLimits:
    def test_districts_come_with_their_names(self, client):
        PlaceFactory(ubigeo="990101", name="Villa Baja", geom=square(-76.05, -8.05))
        tile = tile_at(8)
        answer = client.get(f"/tiles/limites/distritos/8/{tile.x}/{tile.y}.mvt")
        layer = mapbox_vector_tile.decode(answer.content)["distritos"]
        (feature,) = layer["features"]
        assert feature["properties"] == {"ubigeo": "990101", "nombre": "Villa Baja"}
        assert feature["geometry"]["type"] == "Polygon"
        assert client.get(f"{answer.request['PATH_INFO']}?a=1").status_code == 400

    def test_zones_in_force_come_with_kind(self):
        facts = {"kind": Zone.Kind.REGIONAL_AREA, "source": "prueba", "area_ha": 1}
        facts |= {"geom": square(-76.0, -8.05), "first_load_id": 1}
        Zone.objects.create(code="a", name="Bosque", is_synthetic=True, **facts)
        ended = {"valid_to": dt.date(2020, 1, 1), "gone_load_id": 2}
        Zone.objects.create(code="b", name="De antes", **facts, **ended)
        body = tiles.limit_tile(tile_at(8), Limit.ZONES)
        (feature,) = mapbox_vector_tile.decode(body)["zonas"]["features"]
        assert feature["properties"] == {
            "tipo": "regional_area",
            "nombre": "Bosque",
            "sintetico": True,
        }

    def test_far_away_there_is_nothing(self, client):
        PlaceFactory()
        assert client.get("/tiles/limites/distritos/8/1/1.mvt").status_code == 204
