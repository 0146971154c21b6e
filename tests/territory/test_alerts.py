import datetime as dt
from decimal import Decimal

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from territory import alert_words as aw
from territory import pixels
from territory.alert_changes import Written
from territory.alert_sources import Source
from territory.alert_words import Alerts
from territory.alerts import TooManyMissing, Window, write_alerts
from territory.binary_copy import RowReader, read_columns
from territory.models import AlertDay, AlertMonth, ForestAlert
from territory.zone_sets import zone_set_numbers
from tests.factories import PlaceFactory

INTEGRATED = Source(1, 0.0001)
DAY = dt.date(2026, 11, 1)
EVERYTHING = (dt.date(2015, 1, 1), dt.date(2059, 1, 1))


def alerts(district, *rows, zones=()) -> Alerts:
    """Rows are (position on the grid, day, confidence)."""
    (zone_set,) = zone_set_numbers([zones])
    at = np.array([position for position, _, _ in rows], dtype=float)
    words = aw.pack(
        -76.0 + at * 0.0001 + 0.00005,
        np.full(len(rows), -8.0),
        np.array([day for _, day, _ in rows], dtype="datetime64[D]"),
        np.array([confidence for _, _, confidence in rows], dtype=np.int8),
    )
    district_ids = np.full(len(rows), district.pk, dtype=np.int64)
    zone_set_ids = np.full(len(rows), zone_set, dtype=np.int64)
    return aw.unique(Alerts(words, aw.assigned(district_ids, zone_set_ids)))


def write(load_id, batch, **more) -> Written:
    with transaction.atomic():
        return write_alerts(source=INTEGRATED, load_id=load_id, alerts=batch, **more)


def totals() -> list:
    """Days, then months, as kept."""
    days = AlertDay.objects.values_list(
        "district", "zone_set", "day", "confidence", "alerts", "area_ha"
    )
    months = AlertMonth.objects.values_list(
        "district", "zone_set", "month", "confidence", "alerts", "area_ha"
    )
    return [sorted(days), sorted(months)]


def totals_from_rows() -> list:
    """The same totals, counted the slow way."""
    days: dict = {}
    months: dict = {}
    for row in ForestAlert.objects.filter(gone_load_id=None):
        _, latitude = pixels.decode(np.array([row.pixel]))
        area = pixels.cell_area_ha(latitude, INTEGRATED.cell_degrees)[0]
        place = row.district_id, row.zone_set_id
        first = row.alert_date.replace(day=1)
        for sums, day in ((days, row.alert_date), (months, first)):
            key = (*place, day, row.confidence)
            count, sum_ha = sums.get(key, (0, Decimal(0)))
            sums[key] = count + 1, sum_ha + Decimal(f"{area:.6f}")
    return [sorted((*key, *sums[key]) for key in sums) for sums in (days, months)]


@given(st.data())
def test_a_word_gives_back_what_was_packed(data):
    drawn = data.draw(st.lists(st.floats(-180, 180), min_size=1, max_size=30))
    longitude = np.array(drawn)
    latitude = np.linspace(-60, 60, len(longitude))
    day = aw.FIRST_DAY + np.arange(len(longitude)) * 500
    confidence = (np.arange(len(longitude)) % 3 + 2).astype(np.int8)
    words = aw.pack(longitude, latitude, day, confidence)
    assert (aw.pixels_of(words) == pixels.encode(longitude, latitude)).all()
    assert (aw.days_of(words) == day).all()
    assert (aw.confidences_of(words) == confidence).all()


@pytest.mark.parametrize(
    ("day", "confidence"),
    [("2014-12-31", 2), ("2059-11-10", 2), ("NaT", 2), (DAY, 1), (DAY, 5)],
)
def test_what_no_alert_can_be_is_refused(day, confidence):
    with pytest.raises(ValueError, match=r"a (day|confidence) is"):
        aw.pack(
            np.array([-76.0]),
            np.array([-8.0]),
            np.array([day], dtype="datetime64[D]"),
            np.array([confidence], dtype=np.int8),
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "numbers",
    [[], [0], [-(2**63), 2**63 - 1, -1], list(range(100_000))],
    ids=["none", "one", "limits", "more than a piece"],
)
def test_binary_rows_go_to_the_database_and_come_back(numbers):
    small = -(2**15)
    columns = [np.array(numbers, dtype=np.int64), np.full(len(numbers), small, "i2")]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE there (big bigint, small smallint)")
        cursor.copy_expert(
            "COPY there FROM STDIN (FORMAT binary)", RowReader(columns), size=1 << 23
        )
        back = read_columns(
            cursor,
            "SELECT string_agg(int8send(big), ''), string_agg(int2send(small), '')"
            " FROM there",
            ["i8", "i2"],
        )
    assert back[0].tolist() == numbers
    assert back[1].tolist() == [small] * len(numbers)


@pytest.mark.django_db
def test_a_column_of_another_type_is_refused():
    with connection.cursor() as cursor, pytest.raises(ValueError, match="another type"):
        read_columns(cursor, "SELECT int4send(7)", ["i8"])


@pytest.mark.django_db
class TestWriting:
    def test_new_rows_in_new_and_known_years(self):
        district = PlaceFactory()
        first = write(1, alerts(district, (1, DAY, 2), (2, "2024-02-29", 4)))
        second = write(2, alerts(district, (3, DAY, 3), (4, "2025-12-31", 3)))
        assert (first, second) == (Written(added=2), Written(added=2))
        rows = ForestAlert.objects.order_by("alert_date", "first_load_id")
        assert [
            (row.alert_date.isoformat(), row.first_load_id, row.confidence)
            for row in rows
        ] == [
            ("2024-02-29", 1, 4),
            ("2025-12-31", 2, 3),
            ("2026-11-01", 1, 2),
            ("2026-11-01", 2, 3),
        ]
        assert {row.district_id for row in rows} == {district.pk}
        assert totals() == totals_from_rows()

    def test_totals_are_apart_by_zone_set_and_follow_every_change(self):
        district = PlaceFactory()
        inside = alerts(district, (1, DAY, 2), (2, DAY, 2), zones=(7, 9))
        outside = alerts(district, (3, DAY, 2), (4, "2026-11-30", 4))
        write(1, aw.unique(aw.together([inside, outside])))
        assert totals() == totals_from_rows()
        assert sorted(
            AlertMonth.objects.values_list("zone_set__zone_ids", "confidence", "alerts")
        ) == [([], 2, 1), ([], 4, 1), ([7, 9], 2, 2)]
        # The row's own zone set counts, not the one it comes with later.
        write(2, alerts(district, (1, DAY, 4)))
        assert totals() == totals_from_rows()
        assert AlertDay.objects.get(zone_set__zone_ids=[7, 9], confidence=4).alerts == 1

    def test_the_same_rows_again_change_nothing(self):
        district = PlaceFactory()
        batch = alerts(district, (1, DAY, 2), (2, DAY, 3))
        write(1, batch)
        before = list(ForestAlert.objects.order_by("pixel").values())
        assert write(2, batch) == Written(same=2)
        assert list(ForestAlert.objects.order_by("pixel").values()) == before

    def test_confidence_rises_and_never_falls(self):
        district = PlaceFactory()
        write(1, alerts(district, (1, DAY, 2), (2, DAY, 4)))
        written = write(2, alerts(district, (1, DAY, 3), (2, DAY, 2)))
        assert written == Written(raised=1, lowered=1)
        found = ForestAlert.objects.order_by("pixel")
        assert sorted(row.confidence for row in found) == [3, 4]
        assert totals() == totals_from_rows()

    def test_of_equal_alerts_in_a_batch_the_surest_counts(self):
        district = PlaceFactory()
        batch = alerts(district, (1, DAY, 3), (1, DAY, 4), (1, DAY, 2))
        assert write(1, batch) == Written(added=1)
        assert ForestAlert.objects.get().confidence == 4

    def test_what_a_window_no_longer_has_is_marked_and_comes_back(self):
        district, other = PlaceFactory(ubigeo="990101"), PlaceFactory(ubigeo="990102")
        write(1, alerts(district, (1, DAY, 4), (2, DAY, 2), (3, "2026-01-05", 2)))
        write(1, alerts(other, (7, DAY, 2)))
        window = Window(DAY, EVERYTHING[1], frozenset({district.pk}))
        gone = write(2, alerts(district, (2, DAY, 2)), window=window)
        assert gone == Written(same=1, missing=1)
        assert ForestAlert.objects.get(gone_load_id=2).confidence == 4
        assert totals() == totals_from_rows()
        again = write(3, alerts(district, (2, DAY, 2)), window=window)
        assert again == Written(same=1)
        back = write(4, alerts(district, (1, DAY, 2), (2, DAY, 2)), window=window)
        assert back == Written(returned=1, same=1)
        assert not ForestAlert.objects.exclude(gone_load_id=None).exists()
        assert ForestAlert.objects.filter(confidence=4).count() == 1
        assert totals() == totals_from_rows()

    def test_a_month_without_alerts_left_has_no_row(self):
        district = PlaceFactory()
        write(1, alerts(district, (1, DAY, 2)))
        window = Window(*EVERYTHING, frozenset({district.pk}))
        write(2, alerts(district), window=window)
        assert totals() == [[], []]

    def test_too_many_missing_change_nothing(self):
        district = PlaceFactory()
        write(1, alerts(district, (1, DAY, 2), (2, DAY, 2)))
        window = Window(*EVERYTHING, frozenset({district.pk}))
        with pytest.raises(TooManyMissing) as refused:
            write(
                2,
                alerts(district, (3, DAY, 2)),
                window=window,
                may_lose=lambda missing, known: missing < known,
            )
        assert (refused.value.missing, refused.value.known) == (2, 2)
        assert ForestAlert.objects.filter(gone_load_id=None).count() == 2

    def test_a_pixel_known_in_another_district_is_not_written_twice(self):
        district, other = PlaceFactory(ubigeo="990101"), PlaceFactory(ubigeo="990102")
        write(1, alerts(district, (1, DAY, 2)))
        window = Window(*EVERYTHING, frozenset({other.pk}))
        assert write(2, alerts(other, (1, DAY, 3)), window=window) == Written(raised=1)
        assert ForestAlert.objects.get().district_id == district.pk
        assert totals() == totals_from_rows()

    def test_sources_do_not_meet(self):
        district = PlaceFactory()
        batch = alerts(district, (1, DAY, 2))
        write(1, batch)
        with transaction.atomic():
            radd = Source(4, 0.0001)
            written = write_alerts(source=radd, load_id=2, alerts=batch)
        assert written == Written(added=1)
        assert AlertMonth.objects.count() == 2

    def test_a_few_rows_are_looked_up_among_many(self):
        district = PlaceFactory()
        write(1, alerts(district, *((n, DAY, 2) for n in range(5000))))
        few = alerts(district, (10, DAY, 2), (20, DAY, 3), (9000, DAY, 2))
        assert write(2, few) == Written(added=1, raised=1, same=1)
        assert totals() == totals_from_rows()

    def test_a_few_rows_of_several_years_are_looked_up(self):
        district = PlaceFactory()
        many = [(n, f"{2020 + n % 4}-03-01", 2) for n in range(4000)]
        write(1, alerts(district, *many))
        few = alerts(district, *many[:6], (0, "2021-03-01", 2), (1, "2021-03-01", 4))
        assert write(2, few) == Written(added=1, raised=1, same=5)
        assert totals() == totals_from_rows()

    @pytest.mark.slow
    def test_equals_a_dictionary_after_many_random_batches(self):
        district, other = PlaceFactory(ubigeo="990101"), PlaceFactory(ubigeo="990102")
        rng = np.random.default_rng(3)
        expected: dict = {}
        for load_id in range(1, 13):
            place = district if load_id % 2 else other
            # Each district has its own pixels, as polygons that do not overlap.
            own = 0 if load_id % 2 else 1000
            drawn = {
                (own + int(n), DAY - dt.timedelta(days=int(d))): int(c)
                for n, d, c in zip(
                    rng.integers(0, 40, 150),
                    rng.integers(0, 700, 150) // 50 * 50,
                    rng.integers(2, 5, 150),
                    strict=True,
                )
            }
            batch = alerts(place, *((n, d, c) for (n, d), c in drawn.items()))
            window = Window(*EVERYTHING, frozenset({place.pk}))
            write(load_id, batch, window=window if load_id % 3 else None)
            if load_id % 3:
                for key, value in expected.items():
                    if value[0] == place.pk and key not in drawn:
                        expected[key] = (place.pk, value[1], True)
            for key, confidence in drawn.items():
                before = expected.get(key, (0, 0))[1]
                expected[key] = (place.pk, max(before, confidence), False)
        rows = ForestAlert.objects.values_list("district_id", "confidence")
        assert sorted(rows.filter(gone_load_id=None)) == sorted(
            value[:2] for value in expected.values() if not value[2]
        )
        assert ForestAlert.objects.count() == len(expected)
        assert totals() == totals_from_rows()

    def test_the_database_refuses_another_confidence_and_a_second_row(self):
        district = PlaceFactory()
        write(1, alerts(district, (1, DAY, 2)))
        row = ForestAlert.objects.get()
        for change in ({"confidence": 5, "pixel": 1}, {}):
            values = {"pixel": row.pixel, "alert_date": DAY, "source": 1}
            values |= {"confidence": 2, "first_load_id": 1, "district": district}
            with pytest.raises(IntegrityError), transaction.atomic():
                ForestAlert.objects.create(**(values | change))

    def test_a_tile_is_read_by_a_range_of_the_key(self):
        district = PlaceFactory()
        write(1, alerts(district, *((n, DAY, 2) for n in range(3000))))
        first, after = pixels.tile_range(16, 18932, 34228)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE territory_forestalert")
            cursor.execute(
                "EXPLAIN SELECT * FROM territory_forestalert"
                " WHERE pixel >= %s AND pixel < %s",
                [first, after],
            )
            plan = " ".join(line for (line,) in cursor.fetchall())
        assert "Index Cond" in plan


def test_every_source_of_alerts_has_its_pixels() -> None:
    from territory.alert_sources import ALERT_SOURCES
    from territory.models import AlertSource

    assert sorted(ALERT_SOURCES) == sorted(AlertSource.values)
