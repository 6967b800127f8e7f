"""Sums: the worked examples of fees, and the cents that get lost elsewhere."""

from decimal import Decimal as D

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from upt_portal.kernel.money import NotASum, format_money, instalments, parse_money, rounded

NB = "\u00a0"


@pytest.mark.parametrize(
    ("annual", "credits", "fee"),
    [
        ("3900", 5, "325.00"),
        ("4000", 7, "466.67"),
        ("4150", 4, "276.67"),
        ("4000", 5, "333.33"),
        ("4200", 60, "4200.00"),
        ("4000", 3, "200.00"),
        ("3900", 4, "260.00"),
        ("4500", 4, "300.00"),
        ("4500", 6, "450.00"),
    ],
)
def test_the_formula_of_a_credit_multiplied_first_and_rounded_once(annual, credits, fee):
    assert rounded(D(annual) * credits / 60) == D(fee)


@pytest.mark.parametrize(
    ("x", "cents"),
    [
        ("0.005", "0.01"),
        ("0.0049999", "0.00"),
        ("2.675", "2.68"),
        ("-0.005", "-0.01"),
        ("1.015", "1.02"),  # half even would give 1.02 too, 1.025 not
        ("1.025", "1.03"),
        ("7", "7.00"),
    ],
)
def test_halves_go_up(x, cents):
    assert str(rounded(D(x))) == cents


def test_a_total_adds_rounded_lines():
    assert sum(rounded(D(4000) * 5 / 60) for _ in range(3)) == D("999.99")


@pytest.mark.parametrize(
    ("total", "count", "parts"),
    [
        ("4000", 3, ["1333.33", "1333.33", "1333.34"]),  # fees §7.3
        ("2000", 3, ["666.67", "666.67", "666.66"]),
        ("4000", 4, ["1000.00"] * 4),
        ("100.01", 1, ["100.01"]),
        ("0.05", 10, ["0.00"] * 9 + ["0.05"]),
        ("0", 2, ["0.00", "0.00"]),
    ],
)
def test_instalments(total, count, parts):
    assert [str(part) for part in instalments(D(total), count)] == parts


@given(st.integers(0, 10_000_000), st.integers(1, 60))
def test_instalments_add_up_to_the_cent_and_none_is_negative(cents, count):
    total = D(cents) / 100
    parts = instalments(total, count)
    assert sum(parts) == total
    assert len(parts) == count
    assert min(parts) >= 0
    assert set(parts[:-1]) <= {parts[0]}


@pytest.mark.parametrize(("total", "count"), [("10", 0), ("10.001", 2), ("-1", 2)])
def test_instalments_refuse_what_cannot_be_split(total, count):
    with pytest.raises(ValueError, match="whole cents"):
        instalments(D(total), count)


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        ("1250", "RON", "ro", f"1.250,00{NB}lei"),
        ("1250", "RON", "en", f"RON{NB}1,250.00"),
        ("1250", "RON", "en-gb", f"RON{NB}1,250.00"),
        ("1234567.891", "RON", "ro", f"1.234.567,89{NB}lei"),
        ("0", "RON", "ro", f"0,00{NB}lei"),
        ("0.005", "RON", "ro", f"0,01{NB}lei"),
        ("-0.004", "RON", "ro", f"0,00{NB}lei"),
        ("-1250.5", "RON", "ro", f"−1.250,50{NB}lei"),
        ("-1250.5", "RON", "en", f"−RON{NB}1,250.50"),
        ("2835", "EUR", "ro", f"2.835,00{NB}EUR"),
        ("2835", "EUR", "en", f"EUR{NB}2,835.00"),
    ],
)
def test_a_sum_as_it_is_written(amount, currency, language, text):
    assert format_money(D(amount), currency, language) == text


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.250,00", "1250.00"),
        ("1,250.00", "1250.00"),
        ("1250,5", "1250.50"),
        ("1250.5", "1250.50"),
        ("1250", "1250.00"),
        ("1.250", "1250.00"),
        ("1,250", "1250.00"),
        ("12.345.678,90", "12345678.90"),
        (f" 1{NB}250,00{NB}lei ", "1250.00"),
        ("RON 12", "12.00"),
        ("12,40 €", "12.40"),
        ("0,05", "0.05"),
        ("-3,10", "-3.10"),
        ("−3,10", "-3.10"),
    ],
)
def test_a_sum_as_it_is_typed(text, amount):
    assert str(parse_money(text)) == amount


@pytest.mark.parametrize(
    "text", ["", "abc", "1.2.3", "0,125", "12,345.678", "1,250,00", "1e3", "--1", "1-2", "٣", "1" * 30, "NaN"]
)
def test_what_is_no_sum_is_refused_in_words(text):
    with pytest.raises(NotASum) as refused:
        parse_money(text)
    with translation.override("en"):
        assert str(refused.value) == "Enter a sum like 1.250,00"
    with translation.override("ro"):
        assert str(refused.value) == "Introduceți o sumă în forma 1.250,00"


@given(st.integers(-(10**10), 10**10), st.sampled_from(["ro", "en"]), st.sampled_from(["RON", "EUR"]))
def test_what_is_written_reads_back(cents, language, currency):
    amount = D(cents) / 100
    assert parse_money(format_money(amount, currency, language)) == amount
