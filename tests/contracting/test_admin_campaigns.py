"""Campaigns in the administration: draft, look before publishing, new dates with a reason, closing."""

from datetime import date
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from contracting.models import Campaign, StudentContracting
from contracting.workflow import CampaignState
from tests import factories
from tests.conftest import Clock
from tests.contracting import desk_kit, kit
from tests.contracting.desk_kit import Browser, english, url
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, jobs
from upt_portal.kernel.models import Deadline, Job

pytestmark = pytest.mark.django_db

FIELDS = [
    "stage1_from", "stage1_until", "stage2_from", "stage2_until", "stage3_from", "stage3_until",
    "stage4_from", "stage4_until", "documents_from", "payment_until",
]  # fmt: skip


@pytest.fixture(autouse=True)
def now(clock: Clock) -> None:
    clock.stand_at(kit.NOW)
    cache.clear()


@pytest.fixture
def desk(secretary: User, browser_of: Browser) -> Client:
    return english(browser_of(secretary))


@pytest.fixture
def draft(db: None) -> Campaign:
    return factories.campaign()


def address(name: str, of: Campaign | None = None) -> str:
    return reverse(f"admin:contracting_campaign_{name}", args=[of.pk] if of else [])


def dates(of: Campaign, **changed: str) -> dict[str, str]:
    return {name: getattr(of, name).isoformat() for name in FIELDS} | changed


def fields(of: Campaign, **changed: Any) -> dict[str, Any]:
    """What the form of a draft sends."""
    return {
        "name": of.name,
        "year": of.year_id,
        "faculty": of.faculty_id or "",
        "offering": "on",
        "contact": of.contact,
        **dates(of),
        **changed,
    }


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


# ---- the draft ---------------------------------------------------------------------------------------------


def test_a_draft_is_edited(desk: Client, draft: Campaign):
    answer = desk.post(address("change", draft), fields(draft, name="Contractare de toamnă"))
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert (draft.name, draft.state) == ("Contractare de toamnă", CampaignState.DRAFT)


def test_faults_of_the_dates_are_told_and_hold_back_publication(desk: Client, draft: Campaign):
    desk.post(address("change", draft), fields(draft, stage3_from="2026-11-18"))
    shown = text(desk.get(address("change", draft)))
    assert "Stage 3 must not start before stage 2 ends." in shown
    assert address("publish", draft) not in shown
    refused = desk.post(address("publish", draft))
    assert refused.status_code == 409
    assert "Stage 3 must not start before stage 2 ends." in text(refused)
    draft.refresh_from_db()
    assert draft.state == CampaignState.DRAFT


def test_a_secretary_prepares_campaigns_of_the_own_faculty_only(desk: Client, draft: Campaign):
    foreign = factories.faculty("CT")
    form = desk.get(address("add"))
    assert form.status_code == 200
    choices = form.context["adminform"].form.fields["faculty"].queryset
    assert [one.code for one in choices] == ["AC"]
    for faculty in (foreign.pk, ""):
        answer = desk.post(address("add"), fields(draft, name="Alta", faculty=faculty))
        assert answer.status_code == 200
        assert not Campaign.objects.filter(name="Alta").exists()


def test_a_chief_secretary_prepares_one_for_the_whole_university(browser_of: Browser, draft: Campaign):
    chief = browser_of(factories.user(roles.CHIEF_SECRETARY, faculties=["AC"]))
    assert chief.post(address("add"), fields(draft, name="Toate", faculty="")).status_code == 302
    assert Campaign.objects.get(name="Toate").faculty is None


def test_programmes_are_of_the_campaigns_faculty(secretary: User, browser_of: Browser, draft: Campaign):
    own = factories.programme()
    foreign = factories.programme(faculty=factories.faculty("CT"))
    client = browser_of(secretary)
    client.post(address("change", draft), fields(draft, programmes=[own.pk]))
    assert list(draft.programmes.all()) == [own]
    client.post(address("change", draft), fields(draft, programmes=[foreign.pk]))
    assert list(draft.programmes.all()) == [own]


def test_a_draft_may_be_thrown_away_a_published_one_may_not(desk: Client, draft: Campaign):
    published = kit.published()
    assert desk.post(address("delete", draft), {"post": "yes"}).status_code == 302
    assert desk.post(address("delete", published), {"post": "yes"}).status_code == 403
    assert [one.pk for one in Campaign.objects.all()] == [published.pk]


def test_a_published_campaign_is_read_only(desk: Client):
    campaign = kit.published()
    assert "Change the dates" in text(desk.get(address("change", campaign)))
    assert desk.post(address("change", campaign), fields(campaign, name="Altfel")).status_code == 403
    campaign.refresh_from_db()
    assert campaign.name != "Altfel"


# ---- publishing --------------------------------------------------------------------------------------------


def ready(count: int = 1, **of: Any) -> Campaign:
    """A draft for these students, with a price."""
    kit.price()
    campaign = factories.campaign()
    desk_kit.students(count, **of)
    return campaign


def test_the_page_says_for_whom_and_quotes_both_mails(desk: Client):
    campaign = ready(2)
    shown = text(desk.get(address("publish", campaign)))
    assert "I publish for 2 students" in shown
    assert "Lista dumneavoastră de discipline" in shown
    assert "Your list of disciplines is ready" in shown
    assert "There is nothing to validate" in shown


def test_students_without_a_price_are_named(desk: Client):
    campaign = factories.campaign()
    one = desk_kit.students(1)[0]
    shown = text(desk.get(address("publish", campaign)))
    assert "1 student: the price list has no tuition for the programme" in shown
    assert one.matriculation_number in shown
    assert 'class="btn btn-main"' not in shown


def test_students_without_disciplines_or_electives_are_named(desk: Client):
    campaign = ready(1)
    empty = factories.enrolment(curriculum=factories.curriculum(filled=False))
    unchosen = factories.enrolment()
    shown = text(desk.get(address("publish", campaign)))
    assert "1 student: the curriculum has no disciplines for the year of study" in shown
    assert empty.matriculation_number in shown
    assert "1 student: an elective of the year is not chosen yet" in shown
    assert unchosen.matriculation_number in shown
    assert "I publish for 2 students" in shown
    table = desk.get(address("publish", campaign), {"format": "csv"}).content.decode("utf-8-sig")
    assert len(table.strip().splitlines()) == 3


def test_the_year_is_contracted_once(desk: Client):
    running = desk_kit.cases(1)[0]
    campaign = factories.campaign()
    shown = text(desk.get(address("publish", campaign)))
    assert "already contracted, or being contracted, in another campaign" in shown
    assert running.enrolment.matriculation_number in shown


def test_the_look_before_publishing_costs_the_same_for_3_and_30(
    secretary: User, browser_of: Browser, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    campaign = ready(3)
    client, costs = browser_of(secretary), []
    for more in (0, 27):
        desk_kit.students(more)
        client.get(url("queue"))
        with CaptureQueriesContext(connection) as counted:
            client.get(address("publish", campaign))
        costs.append(len(counted))
    assert costs[0] == costs[1]


def test_publishing_makes_the_offers_in_the_background(secretary: User, desk: Client):
    campaign = ready(2)
    answer = desk.post(address("publish", campaign))
    job = Job.objects.get(kind="contracting.build_offers")
    assert answer.url == url("job", job.pk)
    campaign.refresh_from_db()
    assert (campaign.state, job.actor) == (CampaignState.PUBLISHED, secretary)
    jobs.run(str(job.pk), at=kit.NOW)
    assert StudentContracting.objects.filter(campaign=campaign).count() == 2
    assert "2 offers made" in text(desk.get(url("job", job.pk)))


def test_those_left_out_are_in_the_result(desk: Client):
    campaign = ready(1)
    left_out = factories.enrolment(curriculum=factories.curriculum(filled=False))
    desk.post(address("publish", campaign))
    job = Job.objects.get(kind="contracting.build_offers")
    jobs.run(str(job.pk), at=kit.NOW)
    shown = text(desk.get(url("job", job.pk)))
    assert "1 was left out" in shown
    assert left_out.matriculation_number in shown


def test_publishing_twice_publishes_once(desk: Client):
    campaign = ready(1)
    desk.post(address("publish", campaign))
    again = desk.post(address("publish", campaign))
    assert again.status_code == 409
    assert Job.objects.filter(kind="contracting.build_offers").count() == 1
    assert desk.get(address("publish", campaign)).status_code == 302


def test_offers_that_were_missing_are_made_once_the_reason_is_solved(desk: Client):
    campaign = kit.published()
    late = desk_kit.students(1)[0]
    kit.price()
    assert "I make the offer of 1 student without one" in text(desk.get(address("change", campaign)))
    answer = desk.post(address("complete", campaign))
    job = Job.objects.get(kind="contracting.build_offers")
    assert answer.url == url("job", job.pk)
    jobs.run(str(job.pk), at=kit.NOW)
    assert StudentContracting.objects.get(campaign=campaign).enrolment == late
    assert "without one" not in text(desk.get(address("change", campaign)))


def test_a_draft_makes_no_offers(desk: Client, draft: Campaign):
    answer = desk.post(address("complete", draft), follow=True)
    assert "Offers are made for a published campaign only." in text(answer)
    assert not Job.objects.exists()


# ---- new dates, closing ------------------------------------------------------------------------------------


def test_dates_change_with_a_reason_and_terms_follow(desk: Client):
    case = desk_kit.cases(1)[0]
    campaign = case.campaign
    changed = dates(campaign, stage1_until="2026-11-26")
    without = desk.post(address("reschedule", campaign), {**changed, "reason": ""})
    assert without.status_code == 422
    assert "Write why the dates change" in text(without)
    answer = desk.post(address("reschedule", campaign), {**changed, "reason": "Server oprit o zi"})
    assert answer.status_code == 302
    campaign.refresh_from_db()
    assert campaign.stage1_until == date(2026, 11, 26)
    term = Deadline.objects.get(subject=f"contracting.studentcontracting:{case.pk}")
    assert term.due_at.astimezone(kit.NOW.tzinfo).date() == date(2026, 11, 26)
    entry = audit.trail(campaign).last()
    assert (entry.reason, entry.data["new"]) == ("Server oprit o zi", {"stage1_until": "2026-11-26"})


def test_dates_out_of_order_are_refused_and_the_form_is_kept(desk: Client):
    campaign = kit.published()
    answer = desk.post(
        address("reschedule", campaign),
        {**dates(campaign, stage4_from="2026-11-27"), "reason": "Mai devreme"},
    )
    assert answer.status_code == 422
    assert "Stage 4 must start after stage 3 ends." in text(answer)
    assert "Mai devreme" in text(answer)
    campaign.refresh_from_db()
    assert campaign.stage4_from == date(2026, 11, 28)


def test_the_same_dates_are_no_change(desk: Client):
    campaign = kit.published()
    answer = desk.post(address("reschedule", campaign), {**dates(campaign), "reason": "Nimic"})
    assert "No date was changed." in text(answer)


def test_closing_is_asked_once_more(desk: Client):
    case = desk_kit.cases(1)[0]
    shown = text(desk.get(address("close", case.campaign)))
    assert "1 student has not finished contracting." in shown
    assert shown.index("Back to the campaign") < shown.index("I close the campaign")
    desk.post(address("close", case.campaign))
    case.campaign.refresh_from_db()
    assert case.campaign.state == CampaignState.CLOSED
    again = desk.post(address("close", case.campaign), follow=True)
    assert "is not possible now" in text(again)


# ---- whose -------------------------------------------------------------------------------------------------


def test_a_campaign_of_another_faculty_is_not_found(browser_of: Browser, draft: Campaign):
    stranger = browser_of(factories.secretary("CT"))
    for name in ("publish", "complete", "reschedule", "close"):
        assert stranger.get(address(name, draft)).status_code == 404
        assert stranger.post(address(name, draft)).status_code == 404
    assert stranger.get(address("changelist")).context["cl"].result_count == 0
    assert stranger.get(address("change", draft)).status_code == 302
    assert stranger.get(address("history", draft)).status_code == 404
    draft.refresh_from_db()
    assert draft.state == CampaignState.DRAFT


def test_one_of_the_whole_university_is_read_by_a_secretary_and_set_up_by_a_chief(browser_of: Browser):
    campaign = factories.campaign(faculty=None)
    plain = browser_of(factories.secretary("AC"))
    chief = browser_of(factories.user(roles.CHIEF_SECRETARY, faculties=["AC"]))
    assert plain.get(address("change", campaign)).status_code == 200
    assert plain.get(address("publish", campaign)).status_code == 403
    assert plain.post(address("change", campaign), fields(campaign)).status_code == 403
    assert chief.get(address("publish", campaign)).status_code == 200


def test_other_offices_have_no_campaigns(browser_of: Browser, draft: Campaign):
    for role in (roles.DEANERY, roles.FINANCE, roles.SCHOOL_MANAGEMENT):
        other = browser_of(factories.user(role, faculties=["AC"]))
        assert other.get(address("changelist")).status_code == 403
        assert other.get(address("publish", draft)).status_code in {403, 404}


@pytest.mark.parametrize("language", ["ro", "en"])
def test_the_history_shows_acts_and_changed_dates(desk: Client, language: str):
    campaign = kit.published()
    desk.post(
        address("reschedule", campaign),
        {**dates(campaign, payment_until="2026-12-20"), "reason": "Sărbători"},
    )
    desk.cookies["language"] = language
    shown = text(desk.get(address("history", campaign)))
    assert "Sărbători" in shown
    assert "2026-12-13 → 2026-12-20" in shown
