"""Encrypted cells: they open in their own row only; the CNP: valid, masked, generated."""

import base64
import pickle
from datetime import date

import pytest
from django.core import serializers
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.test import override_settings
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from studentrecords.models import Person
from upt_portal.kernel.answers import YES
from upt_portal.kernel.cnp import birth_date_of, check_cnp, fits_birth_date, make_cnp, mask_cnp, sex_of
from upt_portal.kernel.crypto import SealBroken, blind_index, reserve_keys, seal, unseal

CNP = "5050614352661"
OTHER = "5031231351230"
OLD_KEY = "k1:" + base64.b64encode(b"1" * 32).decode()
NEW_KEY = "k2:" + base64.b64encode(b"2" * 32).decode()


def person(cnp=CNP, **fields):
    return Person(last_name="Pop", first_name="Ana", cnp=cnp, **fields)


def stored(pk):
    with connection.cursor() as cursor:
        cursor.execute("SELECT cnp FROM studentrecords_person WHERE id = %s", [pk])
        return cursor.fetchone()[0]


def store(pk, cell):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE studentrecords_person SET cnp = %s WHERE id = %s", [cell, pk])


# --- The cell ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_row_reads_it_and_the_database_does_not():
    row = person()
    row.save()
    assert row.cnp == CNP
    assert Person.objects.get(pk=row.pk).cnp == CNP
    assert CNP not in stored(row.pk)
    assert stored(row.pk).startswith("dev:")


@pytest.mark.django_db
def test_a_cell_moved_to_another_row_does_not_open():
    ana, ion = person(), person(OTHER)
    ana.save()
    ion.save()
    store(ana.pk, stored(ion.pk))
    thief = Person.objects.get(pk=ana.pk)
    with pytest.raises(SealBroken):
        _ = thief.cnp
    with pytest.raises(SealBroken), transaction.atomic():
        thief.save()
    assert Person.objects.get(pk=ion.pk).cnp == OTHER


@pytest.mark.django_db
@pytest.mark.parametrize(
    "spoil",
    [
        lambda cell: cell[:-4] + ("AAAA" if cell[-4:] != "AAAA" else "BBBB"),
        lambda cell: "other" + cell,
        lambda cell: cell[:12],
        lambda cell: CNP,
        lambda cell: "dev:ț",
    ],
)
def test_an_altered_cell_does_not_open(spoil):
    row = person()
    row.save()
    store(row.pk, spoil(stored(row.pk)))
    with pytest.raises(SealBroken) as broken:
        _ = Person.objects.get(pk=row.pk).cnp
    assert CNP not in str(broken.value)


@pytest.mark.django_db
def test_an_untouched_cell_stays_as_it_is_and_a_changed_one_is_sealed_anew():
    row = person()
    row.save()
    cell = stored(row.pk)
    again = Person.objects.get(pk=row.pk)
    again.phone = "0256"
    again.save()
    assert stored(row.pk) == cell
    again.cnp = OTHER
    again.save()
    assert stored(row.pk) != cell
    assert Person.objects.get(pk=row.pk).cnp == OTHER


@pytest.mark.django_db
def test_the_same_text_never_makes_the_same_cell():
    ana, ion = person(), person()
    ana.save()
    ion.save()
    assert stored(ana.pk) != stored(ion.pk)


@pytest.mark.django_db
def test_a_new_key_reads_the_old_cells_and_writes_its_own():
    row = person()
    with override_settings(FIELD_KEYS=OLD_KEY):
        row.save()
    with override_settings(FIELD_KEYS=f"{NEW_KEY},{OLD_KEY}"):
        again = Person.objects.get(pk=row.pk)
        assert again.cnp == CNP
        again.save()
        assert stored(row.pk).startswith("k2:")
    with override_settings(FIELD_KEYS=NEW_KEY):
        assert Person.objects.get(pk=row.pk).cnp == CNP
    with override_settings(FIELD_KEYS=OLD_KEY), pytest.raises(SealBroken, match="no key of FIELD_KEYS"):
        _ = Person.objects.get(pk=row.pk).cnp


@pytest.mark.parametrize("setting", ["", "k1", "k1:xyz", "k1:" + base64.b64encode(b"short").decode()])
def test_a_key_that_is_none_is_said_at_once(setting):
    with override_settings(FIELD_KEYS=setting), pytest.raises(ImproperlyConfigured, match="FIELD_KEYS"):
        seal("x", "place")


@pytest.mark.django_db
def test_an_empty_cell_is_empty():
    row = person("")
    row.save()
    assert stored(row.pk) == ""
    assert Person.objects.get(pk=row.pk).cnp == ""
    assert Person.objects.filter(cnp="").count() == 1


@pytest.mark.django_db
def test_lists_in_bulk_take_their_keys_first():
    rows = [person(make_cnp(date(2005, 6, 14), "F", serial=n)) for n in (1, 2, 3)]
    with pytest.raises(SealBroken, match="reserve_keys"), transaction.atomic():
        Person.objects.bulk_create(rows)
    reserve_keys(rows)
    reserve_keys([])
    Person.objects.bulk_create(rows)
    assert [Person.objects.get(pk=row.pk).cnp for row in rows] == [row.cnp for row in rows]
    person(OTHER).save()
    assert Person.objects.count() == 4


@pytest.mark.django_db
def test_a_deferred_or_refreshed_cell_opens_too():
    row = person()
    row.save()
    assert Person.objects.defer("cnp").get(pk=row.pk).cnp == CNP
    row.cnp = OTHER
    row.refresh_from_db()
    assert row.cnp == CNP


@pytest.mark.django_db
def test_queries_neither_compare_nor_write_it():
    row = person()
    row.save()
    with pytest.raises(TypeError, match="blind index"):
        Person.objects.filter(cnp=CNP).exists()
    with pytest.raises(TypeError, match="blind index"):
        Person.objects.filter(cnp__contains="505").exists()
    with pytest.raises(TypeError, match="blind index"), transaction.atomic():
        Person.objects.update(cnp=CNP)


@pytest.mark.django_db
def test_values_fixtures_and_caches_hold_the_sealed_cell():
    row = person()
    row.save()
    again = Person.objects.get(pk=row.pk)
    written = serializers.serialize("json", [again, row])
    assert CNP not in written
    assert CNP not in repr(list(Person.objects.values("cnp")))
    assert CNP.encode() not in pickle.dumps(again)
    with pytest.raises(TypeError, match="through its row"), transaction.atomic():
        next(serializers.deserialize("json", written)).save()


@given(st.text(min_size=1), st.text())
def test_any_text_comes_back_and_only_to_its_place(text, place):
    cell = seal(text, place)
    assert unseal(cell, place) == text
    with pytest.raises(SealBroken):
        unseal(cell, place + "x")


def test_a_cell_cannot_be_indexed():
    from upt_portal.kernel.crypto import EncryptedText

    field = EncryptedText(unique=True)
    field.set_attributes_from_name("secret")
    field.model = Person
    assert "An encrypted column cannot be indexed." in [found.msg for found in field.check()]


# --- The blind index ---------------------------------------------------------------------------------------


def test_the_blind_index_finds_equal_values_of_one_purpose_only():
    assert blind_index(CNP, "cnp") == blind_index(f" {CNP[:1]} {CNP[1:7]}-{CNP[7:]} ", "cnp")
    assert blind_index(CNP, "cnp") != blind_index(OTHER, "cnp")
    assert blind_index(CNP, "cnp") != blind_index(CNP, "passport")
    assert blind_index("rx 123", "passport") == blind_index("RX123", "passport")
    assert len(blind_index(CNP, "cnp")) == 64
    assert blind_index("  ", "cnp") == ""


def test_the_blind_index_depends_on_its_own_key():
    before = blind_index(CNP, "cnp")
    with override_settings(FIELD_KEYS=NEW_KEY):
        assert blind_index(CNP, "cnp") == before
    with override_settings(BLIND_INDEX_KEY="another"):
        assert blind_index(CNP, "cnp") != before


# --- The CNP -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cnp", "born", "sex"),
    [
        ("1810103345216", date(1981, 1, 3), "M"),
        ("5050614352661", date(2005, 6, 14), "M"),
        ("5031231351230", date(2003, 12, 31), "M"),
        ("505 061 435 2661", date(2005, 6, 14), "M"),
    ],
)
def test_a_valid_cnp(cnp, born, sex):
    assert check_cnp(cnp) == YES
    assert (birth_date_of(cnp), sex_of(cnp)) == (born, sex)
    assert fits_birth_date(cnp, born)
    assert not fits_birth_date(cnp, born.replace(year=born.year + 1))


@pytest.mark.parametrize(
    ("cnp", "ro", "en"),
    [
        ("", "Introduceți CNP-ul", "Enter your CNP"),
        ("123", "CNP-ul are 13 cifre; ați introdus 3", "CNP has 13 digits; you entered 3"),
        ("1", "CNP-ul are 13 cifre; ați introdus 1", "CNP has 13 digits; you entered 1"),
        ("18101033452166", "CNP-ul are 13 cifre; ați introdus 14", "CNP has 13 digits; you entered 14"),
        *(
            (
                cnp,
                "CNP-ul nu este corect. Comparați cifrele cu actul de identitate",
                "The CNP is not correct. Compare the digits with your ID",
            )
            for cnp in (
                "1810103345213",  # the sample printed in the guide: check digit 6, not 3
                "5050230352661",  # 30 February
                "0050614352661",
                "5050614352661x",
            )
        ),
    ],
)
def test_a_wrong_cnp_is_refused_in_words(cnp, ro, en):
    answer = check_cnp(cnp)
    assert not answer
    with translation.override("ro"):
        assert str(answer.reason) == ro
    with translation.override("en"):
        assert str(answer.reason) == en


def test_the_sample_of_the_guide_still_says_its_birth_date():
    assert birth_date_of("1810103345213") == date(1981, 1, 3)


@pytest.mark.parametrize("born", [date(2000, 2, 29), date(1996, 2, 29), date(2004, 5, 6), date(1904, 5, 6)])
def test_of_a_resident_the_century_is_not_known(born):
    cnp = make_cnp(born, "F", resident=True)
    assert check_cnp(cnp) == YES
    assert birth_date_of(cnp) is None
    assert fits_birth_date(cnp, born)
    assert sex_of(cnp) == "F"


def test_a_foreigners_number_says_no_sex():
    assert sex_of("9") == ""


@given(
    st.dates(date(1800, 1, 1), date(2099, 12, 31)),
    st.sampled_from("MF"),
    st.integers(1, 99),
    st.integers(1, 999),
)
def test_a_generated_cnp_is_valid_and_says_what_it_was_made_of(birth, sex, county, serial):
    cnp = make_cnp(birth, sex, county, serial)
    assert check_cnp(cnp) == YES
    assert (birth_date_of(cnp), sex_of(cnp)) == (birth, sex)


@pytest.mark.parametrize(
    "wrong",
    [
        {"birth": date(2100, 1, 1), "sex": "M"},
        {"birth": date(1850, 1, 1), "sex": "M", "resident": True},
        {"birth": date(2005, 1, 1), "sex": "X"},
        {"birth": date(2005, 1, 1), "sex": "M", "county": 0},
        {"birth": date(2005, 1, 1), "sex": "M", "serial": 1000},
    ],
)
def test_what_no_cnp_is_given_for(wrong):
    with pytest.raises(ValueError, match=r".+"):
        make_cnp(**wrong)


def test_digits_that_make_no_date_are_an_error():
    with pytest.raises(ValueError, match="no date of birth"):
        birth_date_of("5050230352661")


@pytest.mark.parametrize(
    ("cnp", "masked"),
    [("1810103341234", "1•••••••••••4"), ("1 810103 341234", "1•••••••••••4"), ("1234", "••••"), ("", "")],
)
def test_REC_024_a_masked_cnp_shows_its_first_and_last_digit(cnp, masked):
    assert mask_cnp(cnp) == masked
