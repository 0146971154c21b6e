"""Clusters of alerts: what belongs together, and numbers that stay."""

import datetime as dt
from decimal import Decimal
from itertools import combinations

import numpy as np
import pytest
import shapely
from django.db import IntegrityError, InternalError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from territory import alert_words as aw
from territory import linkage
from territory.alert_words import Alerts
from territory.alerts import Source, Window, write_alerts
from territory.clusters import Renewed, renew_clusters
from territory.footprints import MOST_CORNERS, footprint_of
from territory.models import AlertCluster, ClusterPart, ForestAlert, Verification
from territory.zone_sets import zone_set_numbers
from tests.factories import PlaceFactory, UserFactory

CELL = 0.0001
INTEGRATED = Source(1, CELL)
DAY = dt.date(2026, 3, 1)
YEAR = (dt.date(2026, 1, 1), dt.date(2027, 1, 1))


def words(*rows: tuple[int, int, int], confidence: int = 2) -> aw.Words:
    """Rows are (column, row) of the source's 11 m grid and a day after DAY."""
    column, row, day = (np.array(axis) for axis in zip(*rows, strict=True))
    packed = aw.pack(
        -76.0 + (column + 0.5) * CELL,
        -8.0 + (row + 0.5) * CELL,
        np.datetime64(DAY) + day,
        np.full(len(rows), confidence, dtype=np.int8),
    )
    return np.unique(packed)


def slow_clusters(packed: aw.Words) -> set[frozenset[int]]:
    """Every pair looked at, clusters grown one link at a time."""
    points = linkage.Points(packed)
    clusters = [{place} for place in range(len(packed))]
    for one, other in combinations(range(len(packed)), 2):
        metres = np.hypot(
            points.x[one] - points.x[other], points.y[one] - points.y[other]
        )
        metres *= (points.cell_m[one] + points.cell_m[other]) / 2
        days = abs(int(points.day[one]) - int(points.day[other]))
        if metres <= 100 and days <= 60:
            first = next(c for c in clusters if one in c)
            second = next(c for c in clusters if other in c)
            if first is not second:
                first |= second
                clusters.remove(second)
    return {frozenset(packed[sorted(c)].tolist()) for c in clusters}


def fast_clusters(packed: aw.Words) -> set[frozenset[int]]:
    labels = linkage.cluster_labels(packed)
    return {frozenset(packed[labels == one].tolist()) for one in np.unique(labels)}


ALERTS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 25), st.integers(0, 200)),
    min_size=1,
    max_size=60,
)


@given(ALERTS)
@settings(max_examples=60, deadline=None)
def test_clusters_are_those_of_the_slow_way(rows) -> None:
    packed = words(*rows)
    assert fast_clusters(packed) == slow_clusters(packed)


@given(ALERTS, st.randoms())
@settings(max_examples=30, deadline=None)
def test_the_order_of_the_alerts_does_not_matter(rows, random) -> None:
    packed = words(*rows)
    shuffled = packed.copy()
    random.shuffle(shuffled)
    assert fast_clusters(shuffled) == fast_clusters(packed)


@pytest.mark.parametrize(
    ("column", "day", "together"),
    # A column is 11.02 m wide at 8° S: nine are 99.2 m.
    [(9, 0, True), (10, 0, False), (0, 60, True), (0, 61, False), (9, 60, True)],
)
def test_the_reach_is_100_metres_and_60_days(column, day, together) -> None:
    packed = words((0, 0, 0), (column, 0, day))
    assert (len(fast_clusters(packed)) == 1) is together


def test_a_chain_of_links_is_one_cluster() -> None:
    assert len(fast_clusters(words(*((9 * n, 0, 50 * n) for n in range(20))))) == 1


def test_no_alert_has_no_cluster() -> None:
    assert len(linkage.cluster_labels(np.empty(0, dtype=np.uint64))) == 0


@given(ALERTS)
@settings(max_examples=50, deadline=None)
def test_a_footprint_covers_its_pixels_and_nothing_else(rows) -> None:
    packed = words(*rows)
    footprint = footprint_of(packed, CELL)
    squares = {(column, row) for column, row, _ in rows}
    assert footprint.is_valid
    assert footprint.area == pytest.approx(len(squares) * CELL**2)
    inside = shapely.box(-76.0, -8.0, -76.0 + 61 * CELL, -8.0 + 26 * CELL)
    assert inside.buffer(1e-9).covers(footprint)
    for column, row in squares:
        middle = shapely.Point(-76.0 + (column + 0.5) * CELL, -8.0 + (row + 0.5) * CELL)
        assert footprint.covers(middle)


def test_a_ragged_footprint_is_drawn_with_fewer_corners() -> None:
    chess = [(x, y, 0) for x in range(90) for y in range(90) if (x + y) % 2]
    assert (
        shapely.get_num_coordinates(footprint_of(words(*chess), CELL)) <= MOST_CORNERS
    )


def test_no_alert_has_no_footprint() -> None:
    with pytest.raises(ValueError, match="no alert"):
        footprint_of(np.empty(0, dtype=np.uint64), CELL)


# --- Stored clusters ------------------------------------------------------------


def assigned(district, count: int, *zone_ids: int):
    (zone_set,) = zone_set_numbers([zone_ids])
    return np.full(count, (district.pk << 32) | zone_set, dtype=np.int64)


def write(district, packed: aw.Words, *, window: bool = False) -> None:
    ids = assigned(district, len(packed))
    whole = Window(*YEAR, frozenset({district.pk})) if window else None
    with transaction.atomic():
        write_alerts(
            source=INTEGRATED, load_id=1, alerts=Alerts(packed, ids), window=whole
        )


def of_days(rows, days) -> aw.Words:
    chosen = [row for row in rows if row[2] in days]
    return words(*chosen) if chosen else np.empty(0, dtype=np.uint64)


def renew(**more) -> Renewed:
    return renew_clusters(source=INTEGRATED, **more)


def standing() -> dict[int, frozenset[int]]:
    return {
        row.number: frozenset(np.frombuffer(row.members, "<u8").tolist())
        for row in AlertCluster.objects.standing()
    }


def stored_words() -> aw.Words:
    rows = ForestAlert.objects.filter(gone_load_id=None)
    return np.sort(
        np.array(
            [
                (r.pixel << 16)
                | ((r.alert_date - dt.date(2015, 1, 1)).days << 2)
                | (r.confidence - 1)
                for r in rows
            ],
            dtype=np.uint64,
        )
    )


@pytest.mark.django_db
class TestStored:
    def test_a_cluster_says_what_it_holds(self) -> None:
        west, east = PlaceFactory(ubigeo="990101"), PlaceFactory(ubigeo="990102")
        write(west, words((0, 0, 0), (1, 0, 5)))
        write(east, words((2, 0, 9), confidence=4))
        assert renew() == Renewed(added=1)
        cluster = AlertCluster.objects.get()
        assert (cluster.first_date, cluster.last_date) == (DAY, dt.date(2026, 3, 10))
        assert (cluster.alerts, cluster.confidence, cluster.source) == (3, 4, 1)
        parts = {
            (p.district_id, p.confidence): (p.alerts, p.area_ha)
            for p in ClusterPart.objects.all()
        }
        assert parts == {
            (west.pk, 2): (2, cluster.area_ha * 2 / 3),
            (east.pk, 4): (1, cluster.area_ha / 3),
        }
        # Three pixels of 0.01219 ha each, as GFW itself counts them at 8° S.
        assert cluster.area_ha == pytest.approx(Decimal("0.03657"), abs=Decimal("1e-4"))
        assert cluster.centroid.x == pytest.approx(-76 + 1.5 * CELL, abs=2e-5)
        assert cluster.footprint.area == pytest.approx(3 * CELL**2)

    def test_a_second_run_changes_nothing(self) -> None:
        write(PlaceFactory(), words((0, 0, 0), (40, 0, 0)))
        renew()
        before = list(AlertCluster.objects.values())
        assert renew() == Renewed()
        assert renew(rebuild=True) == Renewed()
        assert list(AlertCluster.objects.values()) == before

    def test_a_number_stays_while_its_cluster_grows(self) -> None:
        district = PlaceFactory()
        write(district, words((0, 0, 30), (100, 0, 30)))
        renew()
        first, second = sorted(standing())
        untouched = AlertCluster.objects.get(pk=second).updated_at
        # An older alert joins later: the number does not hang on the first alert.
        write(district, words((1, 0, 0)))
        assert renew() == Renewed(changed=1)
        assert AlertCluster.objects.get(pk=first).alerts == 2
        assert AlertCluster.objects.get(pk=second).updated_at == untouched

    def test_a_higher_confidence_reaches_the_cluster(self) -> None:
        district = PlaceFactory()
        write(district, words((0, 0, 0)))
        renew()
        write(district, words((0, 0, 0), confidence=4))
        assert renew() == Renewed(changed=1)
        assert AlertCluster.objects.get().confidence == 4
        assert ClusterPart.objects.get().confidence == 4

    def test_zones_that_changed_reach_the_cluster(self) -> None:
        district = PlaceFactory()
        write(district, words((0, 0, 0)))
        renew()
        (protected,) = zone_set_numbers([(7,)])
        ForestAlert.objects.update(zone_set=protected)
        assert renew() == Renewed(changed=1)
        assert ClusterPart.objects.get().zone_set.zone_ids == [7]
        assert renew() == Renewed()

    def test_what_is_merged_leads_to_the_survivor(self) -> None:
        district = PlaceFactory()
        write(district, words((0, 0, 0), (16, 0, 0), (32, 0, 0)))
        renew()
        first, second, third = sorted(standing())
        write(district, words((24, 0, 0)))
        assert renew() == Renewed(changed=1, merged=1)
        assert AlertCluster.objects.get(pk=third).merged_into_id == second
        write(district, words((8, 0, 0)))
        renew()
        # No chain of redirects: every old number leads straight to the survivor.
        for old in (second, third):
            row = AlertCluster.objects.get(pk=old)
            assert (row.merged_into_id, row.alerts, row.area_ha) == (first, 0, 0)
        assert list(standing()) == [first]

    def test_what_the_source_takes_back_shrinks_splits_and_empties(self) -> None:
        district = PlaceFactory()
        write(district, words((0, 0, 0), (1, 0, 0), (9, 0, 0), (18, 0, 0)))
        renew()
        (number,) = standing()
        write(district, words((0, 0, 0), (1, 0, 0), (18, 0, 0)), window=True)
        assert renew() == Renewed(added=1, changed=1)
        assert AlertCluster.objects.get(pk=number).alerts == 2
        write(district, words((18, 0, 0)), window=True)
        assert renew() == Renewed(withdrawn=1)
        row = AlertCluster.objects.get(pk=number)
        assert (row.alerts, row.area_ha, row.merged_into) == (0, 0, None)
        assert not row.parts.exists()
        assert renew() == Renewed()

    def test_what_comes_back_has_its_old_number(self) -> None:
        district = PlaceFactory()
        write(district, words((0, 0, 0)))
        renew()
        (number,) = standing()
        write(district, np.empty(0, dtype=np.uint64), window=True)
        renew()
        assert standing() == {}
        write(district, words((0, 0, 0)))
        renew()
        assert list(standing()) == [number]

    def test_sources_are_never_clustered_together(self) -> None:
        district = PlaceFactory()
        write(district, words((0, 0, 0)))
        with transaction.atomic():
            ids = assigned(district, 1)
            write_alerts(
                source=Source(4, CELL),
                load_id=1,
                alerts=Alerts(words((1, 0, 0)), ids),
            )
        renew()
        renew_clusters(source=Source(4, CELL))
        assert sorted(AlertCluster.objects.values_list("source", "alerts")) == [
            (1, 1),
            (4, 1),
        ]

    @given(st.lists(ALERTS.map(lambda rows: rows[:15]), min_size=2, max_size=5))
    @settings(
        max_examples=8,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_step_by_step_is_the_same_as_at_once(self, batches) -> None:
        """Each batch takes back what it does not hold of the first 60 days."""
        sid = transaction.savepoint()
        district = PlaceFactory(ubigeo="990101")
        for batch in batches:
            recent = Window(DAY, DAY + dt.timedelta(days=60), frozenset({district.pk}))
            for packed, window in (
                (of_days(batch, range(60)), recent),
                (of_days(batch, range(60, 201)), None),
            ):
                with transaction.atomic():
                    write_alerts(
                        source=INTEGRATED,
                        load_id=1,
                        alerts=Alerts(packed, assigned(district, len(packed))),
                        window=window,
                    )
            renew(start=DAY, end=DAY + dt.timedelta(days=201))
            assert set(standing().values()) == slow_clusters(stored_words())
            counted = sum(p.alerts for p in ClusterPart.objects.all())
            assert counted == len(stored_words())
        assert renew(rebuild=True) == Renewed()
        transaction.savepoint_rollback(sid)


@pytest.mark.django_db
class TestRules:
    @pytest.fixture
    def cluster(self) -> AlertCluster:
        write(PlaceFactory(), words((0, 0, 0)))
        renew()
        return AlertCluster.objects.get()

    def entry(self, cluster, **more) -> Verification:
        facts = {
            "cluster": cluster,
            "order": 1,
            "state": "confirmed",
            "visited_on": DAY,
            "evidence": "Se vio",
            "role": "supervisor",
            "institution": "civil",
            "alerts_then": 1,
            "recorded_by": UserFactory(),
        }
        return Verification.objects.create(**facts | more)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"confidence": 5},
            {"alerts": 0},
            {"area_ha": 0},
            {"last_date": dt.date(2020, 1, 1)},
        ],
    )
    def test_the_database_refuses_a_cluster_that_cannot_be(self, cluster, wrong):
        with pytest.raises(IntegrityError):
            AlertCluster.objects.filter(pk=cluster.pk).update(**wrong)

    def test_a_cluster_with_alerts_leads_nowhere(self, cluster):
        with pytest.raises(IntegrityError, match="cluster_merged_is_empty"):
            AlertCluster.objects.filter(pk=cluster.pk).update(merged_into=cluster.pk)

    def test_a_verification_is_never_changed_nor_deleted(self, cluster):
        row = self.entry(cluster)
        for statement in ("UPDATE {} SET state = 'false'", "DELETE FROM {}"):
            with (
                pytest.raises(InternalError, match="Cannot"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement.format("territory_verification"))
        row.refresh_from_db()
        assert row.state == "confirmed"

    @pytest.mark.parametrize(
        "wrong",
        [{"evidence": ""}, {"order": 0}, {"order": 2}, {"order": 2, "reason": ""}],
    )
    def test_a_verification_needs_evidence_and_a_correction_a_reason(
        self, cluster, wrong
    ):
        with pytest.raises(IntegrityError):
            self.entry(cluster, **wrong)

    def test_two_entries_never_take_the_same_place(self, cluster):
        self.entry(cluster)
        with pytest.raises(IntegrityError, match="one_verification_an_order"):
            self.entry(cluster)
