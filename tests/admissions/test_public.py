"""The public pages of admissions: what they tell, in which language, how heavy they are."""

import re
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from admissions.models import Campaign, PreparatoryField, WindowChange, WindowKind
from admissions.queries import public
from admissions.workflow.smaller import CampaignState
from studentrecords.models import Cycle
from tests import factories
from tests.admissions import kit
from tests.conftest import Clock
from upt_portal.accounts import roles

pytestmark = pytest.mark.django_db
HEAVIEST = 60_000
PAGES = ("campaign", "programmes", "documents", "language", "preparatory", "payment", "refunds", "legal")


@pytest.fixture
def campaign(db: None, clock: Clock) -> Campaign:
    clock.stand_at(kit.NOW)
    made = kit.campaign()
    kit.window(
        made, kind=WindowKind.ENROLMENT, opens=date(2026, 9, 28), closes=date(2027, 1, 31), decision="HS 50"
    )
    return made


def words(client: Client, page: str, **asked: str) -> str:
    """Text of a page in English, tags taken out."""
    answer = client.get(reverse(f"admissions:{page}"), asked)
    assert answer.status_code == 200
    html = re.sub(r"<(script|style).*?</\1>", "", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def change(of: Campaign, new: date, reason: str, at: Any) -> WindowChange:
    window = of.windows.get(kind=WindowKind.APPLICATION)
    made = WindowChange.objects.create(
        window=window, old_closes=window.closes, new_closes=new, new_time=time(16), reason=reason,
        author=factories.user(roles.ADMISSIONS_ADMIN), at=at,
    )  # fmt: skip
    window.closes, window.closing_time = new, time(16)
    window.save()
    return made


def test_every_page_opens_without_an_account_and_is_light(client, campaign):
    kit.offer(campaign)
    for page in PAGES:
        for language in ("en", "ro"):
            client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
            answer = client.get(reverse(f"admissions:{page}"))
            assert answer.headers["content-language"] == language
            assert answer.status_code == 200, page
            assert len(answer.content) < HEAVIEST, page
            assert "noindex" not in answer.content.decode()


def test_candidates_read_english_until_they_choose_and_the_rest_of_the_portal_stays_romanian(
    client, campaign
):
    assert "Calendar of admission" in words(client, "campaign")
    assert client.get(reverse("home")).headers["content-language"] == "ro"
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "ro"
    assert "Calendarul admiterii" in words(client, "campaign")


def test_adm_010_a_campaign_in_preparation_is_not_shown(client, clock):
    clock.stand_at(kit.NOW)
    kit.campaign(opened=False)
    assert "No campaign is published yet" in words(client, "campaign")
    assert client.get(reverse("admissions:campaign"), {"year": "2026"}).status_code == 404


def test_adm_012_and_015_every_change_stands_with_its_days_reason_and_the_official_site(client, campaign):
    change(campaign, date(2026, 8, 15), "Places were left at three programmes.", kit.at("2026-07-01"))
    told = words(client, "campaign")
    assert "Closed on 31 July 2026, now closes on 15 August 2026." in told
    assert "Places were left at three programmes." in told
    assert "1 July 2026" in told
    assert "until 15 August 2026, 16:00" in told
    assert "international.upt.ro" in told


@pytest.mark.parametrize(
    ("day", "hour", "minute", "second", "state"),
    [
        ("2026-02-28", 23, 59, 59, "ahead"),
        ("2026-03-01", 0, 0, 0, "open"),
        ("2026-07-31", 15, 59, 59, "open"),
        ("2026-07-31", 16, 0, 0, "past"),
    ],
)
def test_adm_011_a_period_is_open_from_its_first_midnight_to_its_closing_time(
    campaign, day, hour, minute, second, state
):
    campaign.windows.filter(kind=WindowKind.APPLICATION).update(closing_time=time(16))
    rows = public.periods(campaign, kit.at(day, hour, minute, second))
    assert [row.state for row in rows if row.window.kind == WindowKind.APPLICATION] == [state]


def test_adm_025_programmes_are_filtered_by_cycle_faculty_and_language(client, campaign):
    english = kit.offer(campaign)
    romanian = kit.offer(campaign, language="ro", cycle=Cycle.MASTER)
    shut = kit.offer(campaign, active=False)
    names = {one: one.programme.name_en or one.programme.name_ro for one in (english, romanian, shut)}

    def shown(**asked: str) -> set[str]:
        rows = client.get(reverse("admissions:programmes"), asked).context["rows"]
        return {row["offered"].offer.programme.code for row in rows}

    assert len(set(names.values())) == 3
    assert shown() == {english.programme.code, romanian.programme.code}
    assert shown(taught="ro") == {romanian.programme.code}
    assert shown(taught="foreign") == shown(taught="en") == {english.programme.code}
    assert shown(cycle=Cycle.MASTER) == {romanian.programme.code}
    assert shown(faculty="XX") == set()
    assert shown(taught="xx", cycle="nothing") == shown()


def test_adm_022_an_offer_without_an_amount_says_so(client, campaign):
    kit.offer(campaign, tuition_eur=None, minimum_eur=None, decision="")
    assert "not set yet" in words(client, "programmes")
    kit.offer(campaign, tuition_eur=Decimal("2430.00"))
    assert "EUR\xa02,430.00" in words(client, "programmes") or "EUR 2,430.00" in words(client, "programmes")


def test_the_number_of_queries_does_not_grow_with_the_programmes(
    client, campaign, django_assert_max_num_queries, django_assert_num_queries
):
    kit.offer(campaign)
    url = reverse("admissions:programmes")
    with django_assert_max_num_queries(12) as first:
        client.get(url)
    for _ in range(5):
        kit.offer(campaign)
    with django_assert_num_queries(len(first)):
        client.get(url)


@pytest.mark.parametrize(
    ("asked", "letters"),
    [
        ({"cycle": "licenta"}, "abdefhijklmn"),
        ({"cycle": "licenta", "waiting": "on", "graduated_on": "2026-06-01"}, "acdefhijklmn"),
        # One day before the first day that counts as current: the diploma stays mandatory.
        ({"cycle": "licenta", "waiting": "on", "graduated_on": "2025-08-31"}, "abdefhijklmn"),
        ({"cycle": "licenta", "free": "on", "name_changed": "on"}, "abdefghijkln"),
        ({"cycle": "master"}, "abcefgijklmno"),
        ({"cycle": "master", "waiting": "on", "graduated_on": "2025-09-01"}, "abdefgijklmno"),
    ],
)
def test_adm_060_the_helper_names_the_documents_by_letter(client, campaign, asked, letters):
    rows = client.get(reverse("admissions:documents"), asked).context["rows"]
    assert "".join(sorted(row["letter"] for row in rows)) == letters


def test_adm_061_the_extra_documents_have_no_letter(client, campaign):
    asked = {"cycle": "licenta", "nigeria": "on", "by_proxy": "on"}
    rows = client.get(reverse("admissions:documents"), asked).context["rows"]
    assert [str(row["title"]) for row in rows if not row["letter"]] != []
    assert len([row for row in rows if not row["letter"]]) == 2


def test_adm_045_the_helper_says_why_a_certificate_does_not_serve(client, campaign):
    told = words(client, "documents", cycle="licenta", waiting="on", graduated_on="2024-06-01")
    assert "A certificate does not serve" in told
    asked = words(client, "documents", cycle="licenta", waiting="on")
    assert "Enter the day of graduation" in asked


@pytest.mark.parametrize(
    ("asked", "serves"),
    [
        ({"taught": "ro"}, False),
        ({"taught": "ro", "kind": "ro_certificate", "level": "A2", "issuer": "cultural_institute"}, False),
        ({"taught": "ro", "kind": "ro_certificate", "level": "B1", "issuer": "cultural_institute"}, True),
        ({"taught": "ro", "kind": "ro_certificate", "level": "C2", "issuer": "other"}, False),
        ({"taught": "ro", "kind": "ro_school_years", "years": "3"}, False),
        ({"taught": "ro", "kind": "ro_school_years", "years": "4"}, True),
        ({"taught": "ro", "kind": "test", "test": "IELTS"}, False),
        ({"taught": "foreign", "kind": "test", "test": "IELTS"}, True),
        ({"taught": "foreign", "kind": "interlingua"}, True),
        ({"taught": "foreign", "kind": "fl_school_years", "years": "1"}, False),
        ({"taught": "foreign", "kind": "fl_school_years", "years": "2"}, True),
    ],
)
def test_adm_070_the_helper_answers_by_the_rule_of_the_dossier(client, campaign, asked, serves):
    assert bool(client.get(reverse("admissions:language"), asked).context["answer"]) is serves


def test_adm_074_without_a_proof_the_preparatory_year_and_its_fields_are_shown(client, campaign):
    PreparatoryField.objects.create(name_ro="științe inginerești", name_en="engineering sciences")
    assert "The preparatory year of Romanian" in words(client, "language", taught="ro")
    assert "engineering sciences" in words(client, "preparatory")


def test_adm_016_the_legal_basis_and_the_office_stand_also_without_a_campaign(client, clock):
    clock.stand_at(kit.NOW)
    told = words(client, "legal")
    assert "Law no. 199/2023" in told
    assert "student-admissions@upt.ro" in told
    assert "Interlingua" in told


def test_adm_086_the_payment_page_shows_the_account_and_the_fee(client, campaign):
    told = words(client, "payment")
    assert "RO56 RNCB 0255 0083 3045 0267" in told
    assert "100.00" in told


def test_adm_005_the_refund_page_shows_the_last_days_of_the_campaign(client, campaign):
    told = words(client, "refunds")
    assert "31 December 2026" in told
    assert "30 April 2027" in told


def test_an_earlier_campaign_can_be_read_by_its_year(client, campaign):
    kit.campaign(2027)
    campaign.state, campaign.closed_at = CampaignState.CLOSED, kit.at("2027-02-01")
    campaign.save()
    assert "2027–2028" in words(client, "campaign")
    assert "30 April 2027" in words(client, "refunds", year="2026")
    for page in PAGES:
        assert client.get(reverse(f"admissions:{page}"), {"year": "1999"}).status_code == 404
