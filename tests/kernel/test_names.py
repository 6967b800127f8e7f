"""Names: Romanian order, search without diacritics, one spelling."""

import pytest

from upt_portal.kernel.names import normalise, search_key, sort_key


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ştefan  Ţepeş", "Ștefan Țepeș"),
        (" Ionescu\u00a0Ana\t", "Ionescu Ana"),
        ("S\u0326tefan", "Ștefan"),  # s and a combining comma
        ("S\u0327tefan", "Ștefan"),  # s and a combining cedilla
        ("A\u0306", "Ă"),
        ("Ana\u200b-\u00adMaria", "Ana-Maria"),
        ("", ""),
        ("Ștefan", "Ștefan"),
    ],
)
def test_one_spelling_is_stored(typed, kept):
    assert normalise(typed) == kept


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Ștefănescu-Țepeș  Ana", "stefanescu tepes ana"),
        ("Ştefănescu‐Ţepeş ana", "stefanescu tepes ana"),
        ("ÎNVĂȚĂCEL", "invatacel"),
        ("O'Brien", "obrien"),
        ("Łukasz Groß", "lukasz gross"),
        ("Fizică 2", "fizica 2"),
        ("C++", "c++"),
    ],
)
def test_search_ignores_case_diacritics_and_hyphens(text, key):
    assert search_key(text) == key
    assert search_key(key) == key


def test_romanian_order():
    names = [
        "1 Mai", "A", "Abc", "Az", "Ab Z", "Ăb", "Âb", "Pop Zoe", "Popa Ana", "Pop-Albu Ion", "Sz", "Șa",
        "St", "Ta", "Tz", "Ța", "Î", "Iz", "J", "Z", "Y",
    ]  # fmt: skip
    assert sorted(names, key=sort_key) == [
        "1 Mai", "A", "Ab Z", "Abc", "Az", "Ăb", "Âb", "Iz", "Î", "J", "Pop-Albu Ion", "Pop Zoe", "Popa Ana",
        "St", "Sz", "Șa", "Ta", "Tz", "Ța", "Y", "Z",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("POPA Ana", "Popa ana"),
        ("Ştefan", "Ștefan"),
        ("Müller", "Muller"),
        ("Pop-Albu", "Pop Albu"),
        ("O’Brien", "OBrien"),
    ],
)
def test_what_sorts_alike(one, other):
    assert sort_key(one) == sort_key(other)


def test_the_key_is_digits_only_so_that_every_collation_agrees():
    assert sort_key("Ștefănescu-Țepeș Ana 2 (bis)").isdigit()
    assert sort_key("") == ""
    assert sort_key("Ștefănescu") != sort_key("Stefănescu")
