from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.numbers import (
    NumberError,
    decimal_mark_of,
    format_number,
    parse_number,
    rescaling_factor,
)

NUMBERS = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12
).map(lambda number: number.quantize(Decimal("0.0001")))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", "0"),
        ("1581", "1581"),
        ("1,581", "1581"),
        ("1581.50", "1581.50"),
        ("1,234,567.89", "1234567.89"),
        ("1 581", "1581"),
        ("1\u00a0581.5", "1581.5"),
        ("1\u2009581\u2009000", "1581000"),
        ("1\u202f581", "1581"),
        ("  12.5\n", "12.5"),
        ("-3", "-3"),
        ("\u22123.5", "-3.5"),
        ("0.09", "0.09"),
    ],
)
def test_parse_number_reads_peruvian_style(text, number):
    assert str(parse_number(text)) == number


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1,5", ["1.5", "15"]),
        ("1581,5", ["1581.5", "15815"]),
        ("1.581,5", ["1581.5"]),
        ("1.581.000", ["1581000"]),
        ("15,81", ["15.81", "1581"]),
        ("1,58,100", ["158.100", "158100"]),
        ("0,581", ["0.581", "581"]),
        ("1,581 000", ["1.581000", "1581000"]),
        ("1'581", ["1581"]),
        ("12 34", ["1234"]),
        ("007", ["7"]),
        ("5.", []),
        ("1..2", []),
        ("1..2,5", []),
        ("1.2.3", []),
        ("1.58.100", []),
    ],
)
def test_parse_number_refuses_what_can_be_read_twice(text, readings):
    with pytest.raises(NumberError) as refused:
        parse_number(text)
    assert refused.value.code == "ambiguous"
    assert refused.value.readings == tuple(Decimal(number) for number in readings)
    assert text in refused.value.reason_es


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \t", "empty"),
        ("1e3", "exponent"),
        ("1.5E-3", "exponent"),
        ("NaN", "not_a_number"),
        ("inf", "not_a_number"),
        ("-", "not_a_number"),
        ("--1", "not_a_number"),
        ("+1", "not_a_number"),
        (".5", "not_a_number"),
        ("s/d", "not_a_number"),
        ("12 ha", "not_a_number"),
        ("١٢", "not_a_number"),
        ("1_000", "not_a_number"),
        ("0x10", "not_a_number"),
        ("9" * 41, "not_a_number"),
    ],
)
def test_parse_number_refuses_other_texts(text, code):
    with pytest.raises(NumberError) as refused:
        parse_number(text)
    assert refused.value.code == code
    assert str(refused.value) == refused.value.reason_es


@given(NUMBERS)
def test_parse_number_reads_back_what_format_number_writes(number):
    assert parse_number(format_number(number)) == number


@given(NUMBERS)
def test_parse_number_reads_grouping_by_space_and_no_grouping_alike(number):
    grouped = format_number(number)
    assert parse_number(grouped.replace(",", "\u00a0")) == number
    assert parse_number(grouped.replace(",", "")) == number


@given(st.text(alphabet="0123456789.,- \u00a0", max_size=12))
def test_parse_number_never_reads_a_comma_as_decimal(text):
    try:
        number = parse_number(text)
    except NumberError:
        return
    digits = "".join(character for character in text if character in "0123456789.-")
    assert number == Decimal(digits)
    assert all(len(group) == 3 for group in text.strip().split(".")[0].split(",")[1:])


@given(st.integers(1, 10**6), st.integers(0, 99))
def test_parse_number_refuses_two_decimals_after_a_comma(whole, hundredths):
    with pytest.raises(NumberError):
        parse_number(f"{whole},{hundredths:02d}")


@pytest.mark.parametrize(
    ("value", "previous", "factor"),
    [
        ("158100", "1581", 100),
        ("1581000", "1600", 1000),
        ("1.581", "1581", 1000),
        ("1581", "1200", None),
        ("1581", None, None),
        ("0", "1581", None),
        ("1581", "0", None),
    ],
)
def test_rescaling_factor_names_a_change_of_scale(value, previous, factor):
    before = None if previous is None else Decimal(previous)
    assert rescaling_factor(Decimal(value), before) == factor


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["12,5", "1,581", "40"], ","),
        (["12.5", "1,581", "40"], "."),
        (["1.581,5"], ","),
        (["1,581.5"], "."),
        (["1,581", "40", "", "—"], None),
        (["12,5", "12.5"], "mixed"),
        ([], None),
    ],
)
def test_decimal_mark_of_a_file_is_what_its_numbers_prove(texts, mark):
    assert decimal_mark_of(texts) == mark


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("1,581", ",", "1.581"),
        ("1.581,5", ",", "1581.5"),
        ("1 581,5", ",", "1581.5"),
        ("40", ",", "40"),
        ("1.581", ",", None),
        ("1,581,000", ",", None),
        ("12.5", ",", None),
        ("1,581", None, None),
        ("1581.5", None, "1581.5"),
        ("12,5", None, None),
    ],
)
def test_parse_number_with_the_mark_a_file_proves(text, mark, number):
    if number is None:
        with pytest.raises(NumberError):
            parse_number(text, decimal_mark=mark)
    else:
        assert parse_number(text, decimal_mark=mark) == Decimal(number)


@given(NUMBERS)
def test_parse_number_reads_a_decimal_comma_as_the_point_it_stands_for(number):
    assert parse_number(f"{number:f}".replace(".", ","), decimal_mark=",") == number


@pytest.mark.parametrize("text", ["1.234", "12,345"])
def test_where_both_marks_are_proven_three_digits_are_no_number(text: str) -> None:
    with pytest.raises(NumberError):
        parse_number(text, decimal_mark="mixed")
    assert parse_number("12.5", decimal_mark="mixed") == Decimal("12.5")
