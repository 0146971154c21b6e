import json
import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import numpy as np
import pytest
from django.db import connection

from bench import figures, made_up
from bench.database import bench_url
from bench.figures import Figure, benchmark, chosen, side_by_side, wanted
from bench.lighthouse import read_scores


def figure(**more) -> Figure:
    values = {"name": "a.b", "value": 0.5, "unit": "", "baseline": "peer"}
    return Figure(**(values | {"goal": "<= 0.6"} | more))


@pytest.mark.parametrize(
    ("value", "goal", "ok"),
    [
        (0.6, "<= 0.6", True),
        (0.61, "<= 0.6", False),
        (16, ">= 16", True),
        (15.9, ">= 16", False),
    ],
)
def test_a_goal_is_met_or_not(value, goal, ok):
    assert figure(value=value, goal=goal).ok is ok


def test_a_goal_without_a_direction_is_a_mistake():
    with pytest.raises(ValueError, match="goal"):
        _ = figure(goal="= 3").ok


def test_json_has_the_six_members_in_order():
    shown = figure(value=0.123456, measured="1 s", beside="2 s").as_json()
    assert json.dumps(shown) == (
        '{"name": "a.b", "value": 0.1235, "unit": "", "baseline": "peer",'
        ' "goal": "<= 0.6", "ok": true}'
    )


def test_prefixes_choose_benchmarks_and_figures(monkeypatch):
    monkeypatch.setattr(figures, "REGISTRY", [])
    benchmark("page.home.cold", "page.home.bytes")(lambda _: iter(()))
    benchmark("load.alerts.reload")(lambda _: iter(()))
    assert len(chosen([])) == 2
    assert [found.names[0] for found in chosen(["load."])] == ["load.alerts.reload"]
    assert [found.names[0] for found in chosen(["page.home.b"])] == ["page.home.cold"]
    assert chosen(["nothing"]) == []
    assert wanted("page.home.bytes", ["page.home.b"])
    assert not wanted("page.home.cold", ["page.home.b"])


def test_a_name_is_registered_once(monkeypatch):
    monkeypatch.setattr(figures, "REGISTRY", [])
    benchmark("a")(lambda _: iter(()))
    with pytest.raises(ValueError, match="twice"):
        benchmark("b", "a")


def test_side_by_side_takes_turns_and_drops_the_warm_up():
    calls: list[str] = []
    values = {"ours": iter([99, 1, 2, 30]), "peer": iter([99, 4, 5, 6])}

    def measure(name: str):
        def once() -> float:
            calls.append(name)
            return next(values[name])

        return once

    medians = side_by_side(measure("ours"), measure("peer"), rounds=3)
    assert medians == (2, 5)
    assert calls == ["ours", "peer"] * 4


def lighthouse_report(**more: float | None) -> bytes:
    scores = {"performance": 0.99, "accessibility": 1, "best-practices": 1, "seo": 1}
    found = {name: {"score": score} for name, score in (scores | more).items()}
    return json.dumps({"categories": found}).encode()


def test_lighthouse_scores_count_to_a_hundred():
    assert read_scores(lighthouse_report(performance=0.983)) == {
        "performance": 98,
        "accessibility": 100,
        "best-practices": 100,
        "seo": 100,
    }


def test_a_page_lighthouse_could_not_judge_has_no_score():
    with pytest.raises(RuntimeError, match="no score"):
        read_scores(lighthouse_report(seo=None))


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("postgis://u:p@h:5432/tocache", "postgis://u:p@h:5432/tocache_bench"),
        ("postgis:///tocache", "postgis:///tocache_bench"),
        ("postgis://u@%2Frun%2Fpg/x", "postgis://u@%2Frun%2Fpg/x_bench"),
        ("postgis://u@/x?host=%2Frun", "postgis://u@/x_bench?host=%2Frun"),
        ("postgis:///x?host=/run/pg", "postgis:///x_bench?host=/run/pg"),
    ],
)
def test_the_database_of_the_benchmarks_is_another(url, own):
    assert bench_url(url) == own


def test_an_address_without_a_database_is_refused():
    with pytest.raises(ValueError, match="no database"):
        bench_url("postgis://h:5432/")


def test_made_up_alerts_lie_in_the_made_up_districts(tmp_path):
    from indicators.loaders.alert_files import read_alert_csv
    from territory.assignment import PolygonIndex

    path = tmp_path / "alerts.csv"
    made_up.write_csv(path, 5000, seed=1)
    [alerts] = read_alert_csv(
        path, "gfw_integrated_alerts", last_day=np.datetime64("2026-01-01").item()
    )
    assert len(alerts) == 5000
    index = PolygonIndex(made_up.districts())
    found = index.positions(alerts.longitude, alerts.latitude)
    assert set(found.tolist()) == set(range(6))
    cells = alerts.longitude * 10_000
    assert np.abs(cells - np.floor(cells) - 0.5).max() < 1e-6


def test_shuffled_and_mixed_files(tmp_path):
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    made_up.write_csv(first, 100, seed=1)
    made_up.write_csv(second, 100, seed=2)
    shuffled, mixed = tmp_path / "shuffled.csv", tmp_path / "mixed.csv"
    made_up.write_shuffled(first, shuffled, seed=3)
    made_up.write_mixed(mixed, first, second, share_known=0.1)
    lines = first.read_text().splitlines()
    assert shuffled.read_text() != first.read_text()
    assert sorted(shuffled.read_text().splitlines()) == sorted(lines)
    assert len(set(mixed.read_text().splitlines()) & set(lines[1:])) == 10


@pytest.mark.django_db
@pytest.mark.slow
def test_the_command_leaves_no_database():
    name = connection.settings_dict["NAME"]
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}")
    ran = subprocess.run(
        [sys.executable, "-m", "bench", "--json", "no.such.figure"],
        env={**os.environ, "DATABASE_URL": urlunsplit(url)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 2
    assert "no benchmark begins with: no.such.figure" in ran.stderr
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        assert f"{name}_bench" not in [found for (found,) in cursor.fetchall()]


@pytest.mark.django_db
@pytest.mark.slow
def test_the_peer_and_the_product_find_the_same(tmp_path):
    from bench.alert_loads import load_file
    from bench.peer import load_with_bulk_create
    from territory.models import ForestAlert

    made_up.store_districts()
    path = tmp_path / "alerts.csv"
    made_up.write_csv(path, 400, seed=1)
    load_file(path)
    fields = ("pixel", "alert_date", "district_id", "confidence")
    ours = sorted(ForestAlert.objects.values_list(*fields))
    ForestAlert.objects.all().delete()
    load_with_bulk_create(path, load_id=7)
    assert sorted(ForestAlert.objects.values_list(*fields)) == ours
    assert len(ours) > 390
