import datetime as dt

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from territory import alert_words as aw
from territory import pixels, pyramid
from territory.alert_changes import Change, Written
from territory.alert_sources import Source
from territory.alert_words import Alerts
from territory.alerts import Window, write_alerts
from territory.models import AlertCell, ForestAlert
from territory.zone_sets import zone_set_numbers
from tests.factories import PlaceFactory

INTEGRATED = Source(1, 0.0001)
ALL_DAYS = (dt.date(2015, 1, 1), dt.date(2059, 1, 1))


def alerts(district, rows) -> Alerts:
    """Rows are (x, y, day, confidence) on the source's grid."""
    (nowhere,) = zone_set_numbers([()])
    words = aw.pack(
        np.array([-76.0 + x * 0.0001 + 0.00005 for x, *_ in rows], dtype=float),
        np.array([-8.0 - y * 0.0001 - 0.00005 for _, y, *_ in rows], dtype=float),
        np.array([day for *_, day, _ in rows], dtype="datetime64[D]"),
        np.array([confidence for *_, confidence in rows], dtype=np.int8),
    )
    lies_in = aw.assigned(np.full(len(rows), district.pk), np.full(len(rows), nowhere))
    return aw.unique(Alerts(words, lies_in))


def write(load_id, batch, source=INTEGRATED, **more) -> Written:
    with transaction.atomic():
        return write_alerts(source=source, load_id=load_id, alerts=batch, **more)


def cells() -> dict:
    return {
        (row.source, row.year_square): (row.alerts, row.confidence, row.bins)
        for row in AlertCell.objects.all()
    }


def cells_from_rows() -> dict:
    """The same squares, counted one by one in plain Python."""
    found: dict = {}
    for row in ForestAlert.objects.filter(gone_load_id=None):
        months = (row.alert_date.year - 2015) * 12 + row.alert_date.month - 1
        for level in range(13, 18):
            square = 4**level + row.pixel // 4 ** (24 - level)
            year_square = (row.alert_date.year - 2015) * 2**35 + square
            bins = found.setdefault((row.source, year_square), {})
            key = (months, row.confidence)
            bins[key] = bins.get(key, 0) + 1
    return {
        key: (
            sum(bins.values()),
            max(confidence for _, confidence in bins),
            [
                (months << 21) + ((confidence - 1) << 19) + count
                for (months, confidence), count in sorted(bins.items())
            ],
        )
        for key, bins in found.items()
    }


ROW = st.tuples(
    st.integers(0, 400),
    st.integers(0, 60),
    st.sampled_from([dt.date(2015, 1, 1), dt.date(2024, 2, 29), dt.date(2026, 11, 1)]),
    st.integers(2, 4),
)
BATCH = st.tuples(st.lists(ROW, max_size=25), st.booleans())


@pytest.mark.django_db
class TestSquares:
    def test_have_each_alert_once_at_every_level(self):
        district = PlaceFactory()
        rows = [(x, 0, dt.date(2025, 3, 9), 2) for x in range(300)]
        write(1, alerts(district, rows))
        assert cells() == cells_from_rows()
        by_level: dict = {}
        for (_, year_square), (count, *_) in cells().items():
            level = ((year_square % 2**35).bit_length() - 1) // 2
            by_level[level] = by_level.get(level, 0) + count
        assert by_level == dict.fromkeys(range(13, 18), 300)

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.lists(BATCH, min_size=1, max_size=5))
    def test_kept_in_step_equal_counted_anew(self, batches):
        """Raised, gone and returned alerts included."""
        sign = transaction.savepoint()
        district = PlaceFactory()
        window = Window(*ALL_DAYS, frozenset({district.pk}))
        for load_id, (rows, is_window) in enumerate(batches, 1):
            batch = alerts(district, rows)
            write(load_id, batch, window=window if is_window else None)
        kept = cells()
        assert kept == cells_from_rows()
        counted = pyramid.rebuild_pyramid(1)
        assert counted == ForestAlert.objects.filter(gone_load_id=None).count()
        assert cells() == kept
        transaction.savepoint_rollback(sign)

    def test_many_rows_in_pieces(self, monkeypatch):
        monkeypatch.setattr(pyramid, "_ROWS_AT_ONCE", 7)
        monkeypatch.setattr(pyramid, "_SQUARES_AT_ONCE", 11)
        district = PlaceFactory()
        day = dt.date(2025, 3, 9)
        write(1, alerts(district, [(x * 40, x * 9, day, 3) for x in range(200)]))
        write(2, alerts(district, [(x * 40, x * 9, day, 4) for x in range(90)]))
        assert cells() == cells_from_rows()

    def test_a_batch_leaves_other_years_alone(self):
        district = PlaceFactory()
        old, new = dt.date(2024, 12, 31), dt.date(2025, 1, 1)
        write(1, alerts(district, [(1, 1, old, 2)]))
        with connection.cursor() as cursor:
            cursor.execute("SELECT ctid FROM territory_alertcell ORDER BY 1")
            before = cursor.fetchall()
            write(2, alerts(district, [(1, 1, new, 2)]))
            cursor.execute("SELECT ctid FROM territory_alertcell ORDER BY 1")
            assert cursor.fetchall()[: len(before)] == before
        assert len(cells()) == 2 * len(before)
        assert cells() == cells_from_rows()

    def test_sources_do_not_meet(self):
        district = PlaceFactory()
        batch = alerts(district, [(1, 1, dt.date(2025, 1, 1), 2)])
        write(1, batch)
        write(2, batch, source=Source(99, 0.0001))
        assert cells() == cells_from_rows()
        assert {source for source, _ in cells()} == {1, 99}

    def test_nothing_stays_when_everything_is_gone(self):
        district = PlaceFactory()
        write(1, alerts(district, [(1, 1, dt.date(2025, 1, 1), 2)]))
        window = Window(*ALL_DAYS, frozenset({district.pk}))
        write(2, alerts(district, []), window=window)
        assert cells() == {}

    def test_taking_out_what_is_not_in_fails_loudly(self):
        district = PlaceFactory()
        one = alerts(district, [(1, 1, dt.date(2025, 1, 1), 2)])
        none = alerts(district, [])
        change = Change(INTEGRATED, none, none, none, none, one, Written(missing=1), 1)
        with pytest.raises(ValueError, match="do not agree"):
            pyramid.add_to_pyramid(change)

    def test_a_command_counts_what_was_loaded_before(self, capsys):
        district = PlaceFactory()
        write(1, alerts(district, [(1, 1, dt.date(2025, 1, 1), 2)]))
        expected = cells()
        AlertCell.objects.all().delete()
        call_command("rebuild_alert_cells")
        assert cells() == expected
        assert "gfw_integrated_alerts: 1 alerts" in capsys.readouterr().out

    def test_a_refused_batch_changes_no_square(self):
        district = PlaceFactory()
        write(1, alerts(district, [(1, 1, dt.date(2025, 1, 1), 2)]))
        before = cells()
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            write(2, alerts(district, [(2, 1, dt.date(2025, 1, 1), 2)]))
            raise ZeroDivisionError
        assert cells() == before


def test_a_range_of_squares_holds_the_children_of_a_tile():
    first, after = pixels.tile_range(8, 73, 133)
    shift = 2 * (24 - 14)
    low, high = pyramid.square_range(14, first >> shift, after >> shift)
    assert high - low == 64 * 64
    assert low >> 28 == 1
