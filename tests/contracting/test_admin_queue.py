"""The secretariat's queue: places and counts, the next case, search, export, and nobody else's students."""

import io
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation
from openpyxl import load_workbook

from contracting.admin import rows
from contracting.models import StudentContracting
from contracting.queries import queue, scans
from contracting.queries.queue import Choice, Place
from contracting.services import review, signing
from tests import factories
from tests.conftest import Clock
from tests.contracting import desk_kit, kit
from tests.contracting.desk_kit import Browser, english, fresh, url
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel.models import Job, RecordRead, TraceEntry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(clock: Clock) -> None:
    clock.stand_at(kit.NOW)
    cache.clear()


@pytest.fixture
def desk(secretary: User, browser_of: Browser) -> Client:
    return english(browser_of(secretary))


def page(client: Client, **asked: object) -> str:
    answer = client.get(url("queue"), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def places(user: User, at=kit.NOW) -> dict[int, str]:
    found = queue.found(User.objects.get(pk=user.pk), Choice(place=queue.EVERY), at)
    return dict(found.values_list("pk", "place"))


# ---- places ------------------------------------------------------------------------------------------------


def test_every_case_stands_in_one_place(secretary: User):
    one, two, three, four, five, six, seven, eight = desk_kit.cases(8)
    kit.validated(two)
    desk_kit.asked(three, secretary)
    desk_kit.answered(four, secretary)
    desk_kit.change_asked(five)
    kit.approved(kit.validated(six), secretary)
    desk_kit.uploaded(seven, secretary)
    desk_kit.lapsed(eight)
    assert places(secretary) == {
        one.pk: Place.OFFERED,
        two.pk: Place.VALIDATED,
        three.pk: Place.ASKED,
        four.pk: Place.ANSWERED,
        five.pk: Place.CHANGES,
        six.pk: Place.SIGNING,
        seven.pk: Place.UPLOADED,
        eight.pk: Place.LAPSED,
    }


def test_an_upload_that_is_late_is_listed_for_the_secretariat(secretary: User):
    case = kit.approved(kit.validated(desk_kit.cases(1)[0]), secretary)
    assert places(secretary, kit.at("2026-12-04", 23, 59)) == {case.pk: Place.SIGNING}
    assert places(secretary, kit.at("2026-12-05", 0, 1)) == {case.pk: Place.OVERDUE}


def test_what_is_accepted_is_closed(secretary: User):
    signed = desk_kit.uploaded(desk_kit.cases(1)[0], secretary)
    signing.accept_file(signed.pk, seen_sha256=signed.stored.sha256, actor=secretary, at=kit.STAGE_4)
    assert list(places(secretary).values()) == [Place.DONE]


def test_the_counts_follow_the_filters(secretary: User):
    first, second, _third = desk_kit.cases(3)
    kit.validated(first)
    kit.validated(second)
    other = desk_kit.cases(1)[0]
    kit.validated(other)
    cells = queue.cells_of(secretary, kit.NOW)
    found = queue.counts(cells, Choice())
    assert (found[Place.VALIDATED], found[Place.OFFERED], found[queue.EVERY]) == (3, 1, 4)
    here = queue.counts(cells, Choice(campaign=other.campaign_id))
    assert (here[Place.VALIDATED], here[Place.OFFERED], here[queue.EVERY]) == (1, 0, 1)


def test_the_first_place_with_work_is_shown(desk: Client):
    case = desk_kit.cases(1)[0]
    assert "Nothing waits here" in page(desk)
    kit.validated(case)
    shown = page(desk)
    assert "<h1>Validated lists</h1>" in shown
    assert str(case.enrolment.person) in shown


def test_a_filter_that_leaves_nothing_offers_to_be_cleared(desk: Client):
    kit.validated(desk_kit.cases(1)[0])
    shown = page(desk, place="validated", year="6")
    assert "Nothing fits these filters" in shown
    assert "Clear the filters" in shown


def test_a_choice_that_makes_no_sense_is_left_out():
    asked = {"place": "somewhere", "campaign": "x1", "year": "-2", "q": "  ana "}
    assert Choice.of(asked) == Choice(words="ana")


def test_closed_campaigns_are_shown_when_they_are_named(secretary: User, desk: Client):
    case = kit.validated(desk_kit.cases(1)[0])
    case.campaign.__class__.objects.filter(pk=case.campaign_id).update(state="closed")
    assert str(case.enrolment.person) not in page(desk, place="all")
    assert str(case.enrolment.person) in page(desk, place="all", campaign=case.campaign_id)


# ---- rows --------------------------------------------------------------------------------------------------


def test_a_row_says_what_was_left_out(desk: Client):
    campaign = kit.published()
    whole, part = (
        kit.case(of=factories.with_past(factories.enrolment(), {1: False, 2: False}), campaign=campaign)
        for _ in range(2)
    )
    kit.validated(whole)
    kit.validated(part, without=(1,))
    for line in (*whole.lines.all(), *part.lines.all()):
        type(line).objects.filter(pk=line.pk).update(teacher="conf. dr. Ș. Țîru")
    shown = page(desk, place="validated")
    assert "Unchanged" in shown
    assert "1 discipline left out" in shown


def test_a_row_says_what_is_on_the_scan(secretary: User, desk: Client):
    whole, part = (desk_kit.uploaded(case, secretary) for case in desk_kit.cases(2))
    for signed, pages in ((whole, (1, 2)), (part, (1,))):
        code = signed.document.paper.code
        marks = [[page, f"https://x/verify/{code}/?v=1&p={page}", [0, 0, 0.1, 0.1]] for page in pages]
        Job.objects.filter(key=scans.job_key(signed)).update(
            state=Job.State.DONE, result={"marks": marks}, finished_at=kit.STAGE_4
        )
    shown = page(desk, place="uploaded")
    assert "Matches" in shown
    assert "Page 2 missing" in shown
    assert "These first" in shown


def test_a_missing_teacher_is_told(desk: Client):
    kit.validated(desk_kit.cases(1)[0])
    assert "name is missing" in page(desk, place="validated")


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=30), "for 0 minutes"),
        (timedelta(minutes=59), "for 59 minutes"),
        (timedelta(hours=1), "for 1 hour"),
        (timedelta(hours=23, minutes=59), "for 23 hours"),
        (timedelta(days=1), "for 1 day"),
        (timedelta(days=20), "for 20 days"),
    ],
)
def test_how_long_a_case_waits(before: timedelta, words: str):
    with translation.override("en"):
        assert rows.waiting(kit.NOW - before, kit.NOW) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (kit.at("2026-11-20", 8, 12), "azi, 08:12"),
        (kit.at("2026-11-19", 19, 40), "ieri, 19:40"),
        (kit.at("2026-11-07", 22, 14), "07.11, 22:14"),
        (kit.at("2025-11-07", 22, 14), "07.11.2025, 22:14"),
    ],
)
def test_when_a_case_arrived(moment, words: str):
    with translation.override("ro"):
        assert rows.arrived(moment, kit.NOW) == words


# ---- the next case -----------------------------------------------------------------------------------------


def test_next_takes_the_one_waiting_longest_and_claims_it(secretary: User, desk: Client):
    young, old = desk_kit.cases(2)
    kit.validated(old, moment=kit.at("2026-11-18"))
    kit.validated(young, moment=kit.at("2026-11-19"))
    answer = desk.get(url("next"), {"place": "validated"})
    assert answer.url == url("change", old.pk) + "?place=validated"
    assert (fresh(old).claimed_by, fresh(old).claimed_at) == (secretary, kit.NOW)
    assert fresh(young).claimed_by is None


def test_two_secretaries_get_two_cases(desk: Client, browser_of: Browser):
    cases = [
        kit.validated(case, moment=kit.at("2026-11-18", hour)) for hour, case in enumerate(desk_kit.cases(2))
    ]
    colleague = browser_of(factories.secretary("AC"))
    first = desk.get(url("next"), {"place": "validated"}).url
    second = colleague.get(url("next"), {"place": "validated"}).url
    assert {first, second} == {url("change", case.pk) + "?place=validated" for case in cases}


def test_a_claim_ends_after_a_quarter_of_an_hour(desk: Client, browser_of: Browser, clock: Clock):
    case = kit.validated(desk_kit.cases(1)[0])
    desk.get(url("next"), {"place": "validated"})
    colleague = browser_of(factories.secretary("AC"))
    clock.stand_at(kit.NOW + timedelta(minutes=14))
    assert colleague.get(url("next"), {"place": "validated"}).url == url("queue") + "?place=validated"
    clock.stand_at(kit.NOW + timedelta(minutes=15))
    assert (
        colleague.get(url("next"), {"place": "validated"}).url == url("change", case.pk) + "?place=validated"
    )


def test_a_skipped_case_is_free_again_and_the_next_one_follows(secretary: User, desk: Client):
    first, second = (
        kit.validated(case, moment=kit.at("2026-11-18", hour)) for hour, case in enumerate(desk_kit.cases(2))
    )
    desk.get(url("next"), {"place": "validated"})
    answer = desk.post(url("skip", first.pk) + "?place=validated", follow=True)
    assert answer.redirect_chain[-1][0] == url("change", second.pk) + "?place=validated"
    assert fresh(first).claimed_by is None
    again = desk.get(url("next"), {"place": "validated", "after": queue.Left(second.pk, second.state_at)})
    assert again.url == url("change", first.pk) + "?place=validated"


def test_a_skipped_case_comes_back_only_after_the_others(secretary: User, desk: Client):
    first, second, third = (
        kit.validated(case, moment=kit.at("2026-11-18", hour)) for hour, case in enumerate(desk_kit.cases(3))
    )
    skipped = desk.post(url("skip", first.pk) + "?place=validated", follow=True).redirect_chain[-1][0]
    assert skipped == url("change", second.pk) + "?place=validated"
    on = desk_kit.press(desk, second, "approve", query="?place=validated").url
    assert desk.get(on).url == url("change", third.pk) + "?place=validated"
    on = desk_kit.press(desk, third, "approve", query="?place=validated").url
    assert desk.get(on).url == url("change", first.pk) + "?place=validated"


@pytest.mark.parametrize(
    "after", ["", "17", "17,", "17,now", "x,2026-11-20T10:00:00+02:00", "17,2026-11-20T10:00"]
)
def test_a_place_that_makes_no_sense_is_the_start(after: str):
    assert queue.Left.of(after) is None


def test_next_opens_the_scan_where_one_waits(secretary: User, desk: Client):
    signed = desk_kit.uploaded(desk_kit.cases(1)[0], secretary)
    answer = desk.get(url("next"), {"place": "uploaded"})
    assert answer.url == url("review", signed.document.contracting_id, signed.pk) + "?place=uploaded"


def test_when_nothing_is_left_the_queue_says_so(desk: Client):
    answer = desk.get(url("next"), {"place": "validated"}, follow=True)
    assert "Nothing else waits here that nobody works on." in answer.content.decode()


# ---- search ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["tantar", "ȚÂNȚAR", "stefan tan", "țân ște", "LX0042", "lx00"])
def test_a_student_is_found_by_beginnings_without_diacritics(desk: Client, words: str):
    who = factories.enrolment(
        person=factories.person(last_name="Țânțaru", first_name="Ștefan-Ionuț"),
        matriculation_number="LX00421",
    )
    case = kit.case(of=factories.with_past(who))
    shown = page(desk, q=words)
    assert str(case.enrolment.person) in shown


@pytest.mark.parametrize("words", ["antaru", "șș", "'; drop", "& | !", "x" * 200])
def test_other_words_find_nobody(desk: Client, words: str):
    who = factories.enrolment(person=factories.person(last_name="Țânțaru", first_name="Ștefan"))
    kit.case(of=factories.with_past(who))
    assert "Țânțaru" not in page(desk, q=words).split("<main")[1].split("search")[1]


# ---- the list as a file ------------------------------------------------------------------------------------


def test_the_list_is_saved_as_a_workbook_and_the_act_is_kept(secretary: User, desk: Client):
    case = kit.validated(desk_kit.cases(1)[0])
    answer = desk.post(url("export"), {"place": "validated", "format": "xlsx"})
    sheet = load_workbook(io.BytesIO(answer.content)).active
    table = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert table[0][:3] == ["Matriculation no.", "Student", "Faculty"]
    assert table[1][:5] == [
        case.enrolment.matriculation_number,
        str(case.enrolment.person),
        "AC",
        case.enrolment.programme.code,
        2,
    ]
    entry = TraceEntry.objects.get(act="contracting.export")
    assert (entry.actor, entry.data) == (secretary, {"filter": "place=validated", "count": 1})


def test_a_name_that_a_spreadsheet_would_run_is_only_text(desk: Client):
    who = factories.enrolment(person=factories.person(last_name='=HYPERLINK("http://x")', first_name="+1"))
    kit.validated(kit.case(of=factories.with_past(who)))
    book = desk.post(url("export"), {"place": "validated", "format": "xlsx"})
    sheet = load_workbook(io.BytesIO(book.content)).active
    assert sheet["B2"].value == '\'=HYPERLINK("http://x") +1'
    assert sheet["B2"].data_type == "s"
    text = desk.post(url("export"), {"place": "validated", "format": "csv"}).content.decode("utf-8-sig")
    assert "\n=HYPER" not in text
    assert ";'=HYPER" in text.replace("\"'=", "'=")


def test_two_exports_are_two_entries_of_one_chain(secretary: User, desk: Client):
    for _time in range(2):
        desk.post(url("export"), {"place": "all", "format": "csv"})
    entries = audit.trail(f"contracting.export:{secretary.pk}")
    assert [entry.number for entry in entries] == [1, 2]
    assert audit.broken_links(entries) == []


# ---- nobody else's students --------------------------------------------------------------------------------


def test_a_secretary_of_another_faculty_finds_nothing(browser_of: Browser, secretary: User):
    case = kit.validated(desk_kit.cases(1)[0])
    stranger = english(browser_of(factories.secretary("CT")))
    name = str(case.enrolment.person)
    for asked in ({"place": "validated"}, {"place": "all"}, {"q": name}, {"campaign": case.campaign_id}):
        shown = stranger.get(url("queue"), asked).content.decode()
        assert f">{name}<" not in shown
        assert case.campaign.name not in shown
    assert stranger.get(url("next"), {"place": "validated"}).url == url("queue") + "?place=validated"
    stranger.post(url("skip", case.pk))
    rows_ = stranger.post(url("export"), {"place": "all", "format": "csv"}).content.decode("utf-8-sig")
    assert len(rows_.strip().splitlines()) == 1
    assert not RecordRead.objects.exists()


def test_the_claim_of_a_colleague_survives_a_stranger_who_skips(browser_of: Browser, secretary: User):
    case = kit.validated(desk_kit.cases(1)[0])
    review.claim(case.pk, actor=secretary, at=kit.NOW)
    browser_of(factories.secretary("CT")).post(url("skip", case.pk))
    browser_of(factories.secretary("AC")).post(url("skip", case.pk))
    assert fresh(case).claimed_by == secretary


def test_the_queue_is_the_secretariats(browser_of: Browser):
    for role in (roles.DEANERY, roles.FINANCE, roles.SCHOOL_MANAGEMENT):
        other = browser_of(factories.user(role, faculties=["AC"]))
        assert other.get(url("queue")).status_code == 403
        assert other.post(url("export"), {"place": "all"}).status_code == 403
    assert browser_of(factories.student_user()).get(url("queue")).status_code in {302, 403}
    assert Client().get(url("queue")).status_code == 302


def test_the_first_page_shows_the_work_to_do(desk: Client):
    kit.validated(desk_kit.cases(1)[0])
    shown = desk.get("/admin/").content.decode()
    assert "Work to do" in shown
    assert shown.index("Validated lists") < shown.index("Reference tables")


# ---- the cost ----------------------------------------------------------------------------------------------


def queries_of(client: Client, django_assert_max_num_queries, place: str) -> int:
    # Three of them are the side menu counting the documents, appeals and exam requests that wait.
    with django_assert_max_num_queries(13) as counted:
        assert client.get(url("queue"), {"place": place}).status_code == 200
    return len(counted)


@pytest.mark.parametrize("place", ["validated", "uploaded", "all"])
def test_the_queue_costs_the_same_for_3_and_30_rows(
    secretary: User, browser_of: Browser, django_assert_max_num_queries, place: str
):
    campaign = kit.published()
    people = desk_kit.students(30)
    costs = []
    for count in (3, 30):
        for one in people[:count]:
            if not StudentContracting.objects.filter(enrolment=one).exists():
                case = kit.case(of=one, campaign=campaign)
                desk_kit.uploaded(case, secretary) if place == "uploaded" else kit.validated(case)
        client = browser_of(secretary)
        client.get(url("queue"))
        costs.append(queries_of(client, django_assert_max_num_queries, place))
    assert costs[0] == costs[1]
