from decimal import Decimal

import pytest

from indicators.yearly.checks import Surroundings, impossible, unlikely


def hard(value: str | None, *, year: int = 2025, is_share: bool = False) -> list[str]:
    number = Decimal(value) if value is not None else None
    found = impossible(
        value=number, year=year, this_year=2026, is_share=is_share, is_measured=True
    )
    return [question.code for question in found]


def soft(
    value: str | None,
    previous: str | None,
    *,
    year: int = 2025,
    is_final: bool = True,
) -> list[str]:
    found = unlikely(
        value=Decimal(value) if value is not None else None,
        around=Surroundings(Decimal(previous) if previous is not None else None),
        year=year,
        this_year=2026,
        is_final=is_final,
    )
    return [question.code for question in found]


@pytest.mark.parametrize(
    ("value", "year", "is_share", "expected"),
    [
        ("0", 2025, True, []),
        ("100", 2025, True, []),
        ("100.0001", 2025, True, ["share_range"]),
        ("-0.1", 2025, True, ["share_range"]),
        ("100.1", 2025, False, []),
        ("1", 2026, False, []),
        ("1", 2027, False, ["year_future"]),
        (None, 2027, False, ["year_future"]),
        (None, 2025, True, []),
        ("1", 1984, False, ["year_too_early"]),
        ("99999999999999", 2025, False, []),
        ("100000000000000", 2025, False, ["too_large"]),
        ("1.2345", 2025, False, []),
        ("1.23450", 2025, False, []),
        ("1.23456", 2025, False, ["too_precise"]),
    ],
)
def test_impossible(
    value: str | None, year: int, is_share: bool, expected: list[str]
) -> None:
    assert hard(value, year=year, is_share=is_share) == expected


@pytest.mark.parametrize(
    ("value", "previous", "expected"),
    [
        ("1.3", "1.0", []),
        ("1.31", "1.0", ["large_change"]),
        ("0.69", "1.0", ["large_change"]),
        ("0.7", "1.0", []),
        ("100", "1", ["rescaled"]),
        ("1581", "1.581", ["rescaled"]),
        ("1.581", "1581", ["rescaled"]),
        ("-1", None, ["negative"]),
        ("-1.5", "-1", ["large_change", "negative"]),
        ("5", None, []),
        ("5", "0", []),
        (None, "5", []),
    ],
)
def test_unlikely(value: str | None, previous: str | None, expected: list[str]) -> None:
    assert soft(value, previous) == expected


@pytest.mark.parametrize(
    ("year", "is_final", "expected"),
    [(2026, True, ["year_running"]), (2026, False, []), (2025, True, [])],
)
def test_a_running_year_is_asked_back_when_measured(
    year: int, is_final: bool, expected: list[str]
) -> None:
    assert soft("1", None, year=year, is_final=is_final) == expected


def test_rescaled_says_by_how_much() -> None:
    found = unlikely(
        value=Decimal("1581"),
        around=Surroundings(Decimal("1.581")),
        year=2025,
        this_year=2026,
        is_final=True,
    )
    assert found[0].factor == 1000
