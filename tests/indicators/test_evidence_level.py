"""The evidence level of a value: the table, and what beats what."""

import pytest

from indicators.evidence.level import Origin, value_level
from indicators.models import Evidence


@pytest.mark.parametrize(
    ("kind", "has_link", "level"),
    [
        ("official_statistic", True, 4),
        ("official_statistic", False, 3),
        ("document", True, 3),
        ("document", False, 3),
        ("data_set", True, 3),
        ("data_set", False, 3),
        ("third_party", True, 2),
        ("third_party", False, 2),
        ("photo", True, 2),
        ("photo", False, 2),
        ("statement", True, 1),
        ("statement", False, 1),
    ],
)
def test_one_piece_has_the_level_of_its_kind(
    kind: str, has_link: bool, level: int
) -> None:
    assert value_level([(kind, has_link)], origin=None) == level


def test_every_kind_has_a_level() -> None:
    for kind in Evidence.Kind.values:
        assert value_level([(kind, False)], origin=None) >= 1


def test_the_best_piece_decides_and_none_is_zero() -> None:
    items = [("statement", False), ("document", False), ("photo", False)]
    assert value_level(items, origin=None) == 3
    assert value_level([], origin=None) == 0


@pytest.mark.parametrize(
    ("is_official", "is_measured", "level"),
    [(True, True, 4), (True, False, 3), (False, True, 3), (False, False, 3)],
)
def test_a_load_is_evidence_and_the_best_only_of_an_official_figure(
    is_official: bool, is_measured: bool, level: int
) -> None:
    origin = Origin(is_official=is_official, is_measured=is_measured)
    assert value_level([], origin=origin) == level
    assert value_level([("statement", True)], origin=origin) == level
    assert value_level([("official_statistic", True)], origin=origin) == 4
