import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.urls import reverse

from indicators.loaders import alerts as loader
from indicators.loaders.alert_clusters import renew_clusters_of
from indicators.loaders.pipeline import SourceBusy, source_lock
from indicators.loaders.review import publish_held
from indicators.models import AskedTask, Load, Source, SourceFile
from indicators.sources.registry import GFW_INTEGRATED_ALERTS, open_session
from indicators.sources.session import MAX_TRIES
from indicators.tasks import (
    load_gfw_alerts,
    load_gfw_alerts_of_district,
    renew_clusters_of_load,
)
from territory.models import AlertCluster, AlertMonth, ForestAlert
from tests.factories import PlaceFactory, SourceFactory, UserFactory, square
from tests.sources.gfw_server import (
    API_KEY,
    GfwServer,
    answers,
    cut_silently,
    html,
    redirect,
    reply,
    short_body,
)

CODE = "gfw_integrated_alerts"
UBIGEO = "990101"
TODAY = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
ALERTS = [
    (-75.89995, -7.95005, "2026-11-01", "nominal"),
    (-75.89985, -7.95005, "2026-11-10", "high"),
    (-75.89975, -7.95005, "2026-11-19", "highest"),
]


@pytest.fixture(scope="module")
def started() -> Iterator[GfwServer]:
    with GfwServer() as server:
        yield server


@pytest.fixture
def server(started: GfwServer) -> Iterator[GfwServer]:
    started.forget()
    started.alerts = ALERTS
    with stamina.set_testing(True, attempts=MAX_TRIES, cap=True):
        yield started


@pytest.fixture
def district(db):
    SourceFactory(code=CODE)
    return PlaceFactory(ubigeo=UBIGEO, geom=square(-75.95, -8.0))


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


def load(server: GfwServer, *, api_key: str = API_KEY, days=None, who=None) -> Load:
    return loader.load_district_alerts(
        ubigeo=UBIGEO,
        trigger=Load.Trigger.SCHEDULE,
        days=days,
        requested_by=who,
        make_session=lambda: open_session(
            GFW_INTEGRATED_ALERTS,
            api_key=api_key,
            base_url=server.url,
            endpoints=frozenset({server.endpoint}),
        ),
    )


def rows() -> list:
    return sorted(
        ForestAlert.objects.values_list(
            "pixel", "alert_date", "confidence", "gone_load_id"
        )
    )


def test_alerts_are_fetched_kept_and_published(server, district, settings):
    done = load(server)
    assert done.state == Load.State.PUBLISHED, done.reason
    assert (done.rows_read, done.rows_added, done.edition) == (3, 3, "v20261118")
    assert done.data_to_date == dt.date(2026, 11, 19)
    assert done.report["start"] == "2026-05-25"
    assert server.questions[0]["geometry"]["type"] == "MultiPolygon"
    kept = Path(settings.MEDIA_ROOT) / done.file.path
    with zipfile.ZipFile(kept) as archive:
        [name] = archive.namelist()
        assert len(json.loads(archive.read(name))["data"]) == 3
    assert sorted(row[2] for row in rows()) == [2, 3, 4]
    assert sum(month.alerts for month in AlertMonth.objects.all()) == 3


def test_the_same_version_is_not_asked_for_again(server, district):
    first = load(server)
    again = load(server)
    assert again.state == Load.State.UNCHANGED
    assert again.report["same_version_as_load"] == first.pk
    assert len(server.questions) == 1


def test_a_new_version_with_the_same_bytes_changes_nothing(server, district):
    load(server)
    server.version = "v20261119"
    before = rows()
    again = load(server)
    assert (again.state, again.edition) == (Load.State.UNCHANGED, "v20261119")
    assert SourceFile.objects.count() == 1
    assert rows() == before


def test_an_overlapping_window_adds_and_raises(server, district):
    load(server)
    server.version = "v20261119"
    new = (-75.89965, -7.95005, "2026-11-20", "nominal")
    server.alerts = [(*ALERTS[0][:3], "highest"), *ALERTS[1:], new]
    again = load(server)
    assert (again.rows_added, again.rows_changed, again.rows_same) == (1, 1, 2)
    assert sorted(row[2] for row in rows()) == [2, 3, 4, 4]


def test_one_that_disappears_is_marked_and_reported(server, district):
    load(server)
    server.version = "v20261119"
    server.alerts = ALERTS[:2]
    again = load(server)
    assert (again.state, again.rows_removed) == (Load.State.PUBLISHED, 1)
    assert sorted(row[3] or 0 for row in rows()) == [0, 0, again.pk]


def many(count: int) -> list:
    return [(-75.9 + n * 0.0001, -7.95005, "2026-11-01", "high") for n in range(count)]


def test_an_empty_answer_after_many_alerts_is_held(server, district):
    server.alerts = many(100)
    load(server)
    before = rows()
    server.version, server.alerts = "v20261119", []
    held = load(server)
    assert held.state == Load.State.HELD
    assert "100 de las 100" in held.reason
    assert rows() == before
    # The next day the same answer does not ask for a second decision.
    assert load(server).state == Load.State.UNCHANGED


def test_a_person_publishes_a_held_load_with_a_reason(server, district):
    asker, reviewer = UserFactory(), UserFactory()
    server.alerts = many(100)
    load(server)
    server.version, server.alerts = "v20261119", many(10)
    held = load(server, who=asker)
    for who, why in ((reviewer, " "), (asker, "es así")):
        with pytest.raises(ValueError, match=r"(por qué|Quien)"):
            publish_held(load=held, who=who, why=why)
    published = publish_held(load=held, who=reviewer, why="GFW lo explicó")
    assert (published.state, published.rows_removed) == (Load.State.PUBLISHED, 90)
    assert ForestAlert.objects.filter(gone_load_id=held.pk).count() == 90
    with pytest.raises(ValueError, match="ya no está retenida"):
        publish_held(load=held, who=reviewer, why="otra vez")


def test_clusters_are_renewed_after_a_person_published(server, district):
    server.alerts = many(100)
    renew_clusters_of(load(server))
    server.version, server.alerts = "v20261119", many(10)
    held = load(server)
    publish_held(load=held, who=UserFactory(), why="GFW lo explicó")
    assert AlertCluster.objects.get().alerts == 100
    asked = AskedTask.objects.get(key=f"clusters:load-{held.pk}")
    assert asked.task == renew_clusters_of_load.name
    renew_clusters_of_load(**asked.arguments)
    assert AlertCluster.objects.get().alerts == 10


def test_a_held_load_whose_file_is_gone_stays_held(server, district, settings):
    server.alerts = many(100)
    load(server)
    server.version, server.alerts = "v20261119", []
    held = load(server)
    (Path(settings.MEDIA_ROOT) / held.file.path).unlink()
    with pytest.raises(ValueError, match="no se puede leer"):
        publish_held(load=held, who=UserFactory(), why="es así")
    held.refresh_from_db()
    assert held.state == Load.State.HELD


def test_the_admin_publishes_alerts_as_alerts(server, district, client):
    reviewer = UserFactory(is_staff=True, is_superuser=True)
    server.alerts = many(100)
    load(server)
    server.version, server.alerts = "v20261119", many(10)
    held = load(server)
    client.force_login(reviewer)
    client.post(
        reverse("admin:indicators_load_decide", args=[held.pk]),
        {"why": "GFW lo explicó", "publish": "1"},
    )
    held.refresh_from_db()
    assert held.state == Load.State.PUBLISHED
    assert ForestAlert.objects.filter(gone_load_id=held.pk).count() == 90


def test_an_old_held_load_does_not_undo_a_newer_one(server, district):
    server.alerts = many(100)
    load(server)
    server.version, server.alerts = "v20261119", []
    held = load(server)
    server.version, server.alerts = "v20261120", many(101)
    assert load(server).state == Load.State.PUBLISHED
    with pytest.raises(ValueError, match="más nueva"):
        publish_held(load=held, who=UserFactory(), why="tarde")


def test_an_empty_answer_for_a_new_district_is_fine(server, district):
    server.alerts = []
    done = load(server)
    assert (done.state, done.rows_read) == (Load.State.PUBLISHED, 0)
    assert done.data_to_date is None


def test_an_empty_confidence_is_nominal(server, district):
    server.alerts = [(*ALERTS[0][:3], "")]
    load(server)
    assert rows()[0][2] == 2


def test_windows_that_take_too_long_are_halved(server, district, settings):
    server.longest_window_days = 60
    done = load(server)
    assert (done.state, done.rows_added) == (Load.State.PUBLISHED, 3)
    with zipfile.ZipFile(Path(settings.MEDIA_ROOT) / done.file.path) as archive:
        assert len(archive.namelist()) == 4


def test_days_asked_for_do_not_pass_for_the_reread(server, district):
    asked = loader.Days(dt.date(2026, 1, 1), dt.date(2026, 11, 5))
    assert load(server, days=asked).rows_added == 1
    assert load(server).rows_added == 2


FAULTS = {
    "redirect to /query/json 308 elsewhere": redirect(308, "http://10.0.0.1/x"),
    "403": answers(403, "No valid API Key found."),
    "422": answers(422, "Layer X is invalid"),
    "429": answers(429, "Too many requests"),
    "500": answers(500, "Internal error"),
    "500 took too long": answers(500, "Query took too long to process."),
    "504": answers(504, "Gateway timeout"),
    "html": html(),
    "html that lies": html(content_type="application/json"),
    "cut": short_body,
    "cut silently": cut_silently,
    "no list": lambda _: reply({"data": 1}),
    "other day": lambda _: reply(
        [
            {
                "longitude": -75.9,
                "latitude": -7.95,
                f"{CODE}__date": "2031-01-01",
                f"{CODE}__confidence": "high",
            }
        ]
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_leaves_what_was_there_and_says_why(server, district, fault):
    load(server)
    before = rows(), list(AlertMonth.objects.order_by("pk").values())
    server.always(fault)
    asked = loader.Days(dt.date(2026, 11, 1), dt.date(2026, 11, 20))
    refused = load(server, days=asked)
    assert refused.state == Load.State.REJECTED
    assert refused.reason
    assert refused.finished_at is not None
    assert (rows(), list(AlertMonth.objects.order_by("pk").values())) == before
    server.forget()
    server.alerts = [*ALERTS, (-75.89965, -7.95005, "2026-11-18", "nominal")]
    done = load(server, days=asked)
    assert (done.state, done.rows_added) == (Load.State.PUBLISHED, 1)


def test_a_permanent_redirect_is_followed(server, district):
    server.fail_next(
        redirect(308, f"/dataset/{CODE}/latest"),
    )
    assert load(server).state == Load.State.PUBLISHED


def test_a_disk_that_is_full_is_told(server, district, settings, tmp_path):
    blocked = tmp_path / "full"
    blocked.write_text("a file where a folder should be")
    settings.MEDIA_ROOT = blocked
    refused = load(server)
    assert refused.state == Load.State.REJECTED
    assert "No se pudo guardar" in refused.reason
    assert not ForestAlert.objects.exists()


def test_without_a_key_no_load_is_tried(server, district, settings):
    settings.GFW_API_KEY = ""
    assert load_gfw_alerts() == 0
    assert load_gfw_alerts_of_district(UBIGEO) == "no_key"
    with pytest.raises(CommandError, match="Sin clave"):
        call_command("load_alerts")
    assert not Load.objects.exists()
    assert server.requests == []


def test_a_load_whose_worker_died_is_told_by_the_next(server, district):
    source = Source.objects.get(code=CODE)
    dead = Load.objects.create(
        source=source,
        state=Load.State.DOWNLOADING,
        trigger=Load.Trigger.SCHEDULE,
        started_at=TODAY,
        report={"ubigeo": UBIGEO},
    )
    load(server)
    dead.refresh_from_db()
    assert dead.state == Load.State.REJECTED
    assert "se interrumpió" in dead.reason


def test_command_prints_and_repeats(server, district, settings, tmp_path, capsys):
    path = tmp_path / "alertas.csv"
    path.write_text(csv_of(ALERTS))
    call_command("load_alerts", file=path)
    call_command("load_alerts", file=path)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("archivo: Publicada. 3 nuevas")
    assert second.startswith("archivo: Sin cambios.")


def csv_of(alerts: list) -> str:
    head = f"longitude,latitude,{CODE}__date,{CODE}__confidence\n"
    return head + "".join(",".join(map(str, alert)) + "\n" for alert in alerts)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "primera fila"),
        ("latitude,longitude\n", "primera fila"),
        (csv_of(ALERTS)[:-5], "cortado"),
        (csv_of(ALERTS)[:-9] + "\n", "fila 4, columna gfw_integrated_alerts__conf"),
        (csv_of([(-75.9, "x", "2026-11-01", "high")]), "fila 2, columna latitude"),
        (csv_of([(-75.9, -98.0, "2026-11-01", "high")]), "fila 2, columna latitude"),
        (csv_of([(-75.9, "", "2026-11-01", "high")]), "fila 2, columna latitude"),
        (csv_of([(-75.9, -7.9, "01/11/2026", "high")]), "fila 2, columna gfw"),
        (csv_of([(-75.9, -7.9, "2026-11-21", "high")]), "a 2026-11-20"),
        (csv_of([*ALERTS, (1, 2)]), "fila 5"),
        (csv_of([*ALERTS, (1, 2, 3, 4, 5, 6)]), "CSV"),
    ],
)
def test_a_bad_file_is_refused_whole(district, tmp_path, text, told):
    path = tmp_path / "alertas.csv"
    path.write_text(text)
    refused = loader.load_alert_file(path=path, trigger=Load.Trigger.COMMAND)
    assert refused.state == Load.State.REJECTED
    everything = refused.reason + " ".join(refused.report.get("errors_es", []))
    assert told in everything
    assert not ForestAlert.objects.exists()
    assert not AlertMonth.objects.exists()


def test_a_file_larger_than_a_batch(district, tmp_path, monkeypatch):
    monkeypatch.setattr("indicators.loaders.alert_files._ROWS_PER_PIECE", 7)
    monkeypatch.setattr("indicators.loaders.alert_rows.ROWS_PER_BATCH", 20)
    path = tmp_path / "alertas.csv"
    elsewhere = (-70.0, -7.95, "2026-11-01", "high")
    path.write_text(csv_of([*many(90), *many(50), elsewhere]))
    done = loader.load_alert_file(path=path, trigger=Load.Trigger.COMMAND)
    assert (done.state, done.rows_read) == (Load.State.PUBLISHED, 141)
    assert done.report["outside"] == 1
    assert done.rows_added == 90
    assert done.rows_same + done.report["repeated"] == 50
    assert ForestAlert.objects.count() == 90


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_of_two_loads_at_once_one_runs(server):
    SourceFactory(code=CODE)
    PlaceFactory(ubigeo=UBIGEO, geom=square(-75.95, -8.0))
    entered, leave = threading.Event(), threading.Event()

    def wait(_):
        entered.set()
        leave.wait(30)
        return reply({"version": "v20261118"})

    server.fail_next(wait)
    ended: list = []

    def first() -> None:
        try:
            ended.append(load(server).state)
        finally:
            connections.close_all()

    thread = threading.Thread(target=first)
    thread.start()
    assert entered.wait(30)
    with pytest.raises(SourceBusy):
        load(server)
    leave.set()
    thread.join(60)
    assert ended == [Load.State.PUBLISHED]
    assert len(rows()) == 3
    assert Load.objects.count() == 1


CHILD = """
import sys, time
import django
django.setup()
from django.db import connections, connection
connections["default"].settings_dict["NAME"] = sys.argv[1]
from pathlib import Path
from indicators.loaders import alerts
from indicators.models import Load
def stop(load, report):
    print("written", report.written.added, flush=True)
    time.sleep(120)
alerts._note = stop
alerts.load_alert_file(path=Path(sys.argv[2]), trigger=Load.Trigger.COMMAND)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_a_killed_process_leaves_no_row(tmp_path):
    SourceFactory(code=CODE)
    PlaceFactory(ubigeo=UBIGEO, geom=square(-75.95, -8.0))
    path = tmp_path / "alertas.csv"
    path.write_text(csv_of(many(500)))
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, connection.settings_dict["NAME"], str(path)],
        stdout=subprocess.PIPE,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tocache.settings",
            "TOCACHE_VAR": str(tmp_path / "var"),
            "SECRET_KEY": "of-the-child",
        },
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"written 500\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert not ForestAlert.objects.exists()
    assert not AlertMonth.objects.exists()
    assert Load.objects.get().state == Load.State.DOWNLOADING
    done = loader.load_alert_file(path=path, trigger=Load.Trigger.COMMAND)
    assert (done.state, done.rows_added) == (Load.State.PUBLISHED, 500)
    assert Load.objects.filter(state=Load.State.REJECTED).count() == 1


@pytest.mark.django_db
def test_the_lock_of_a_district_does_not_hold_another(server, district):
    with source_lock(f"{CODE}:990102"):
        assert load(server).state == Load.State.PUBLISHED
