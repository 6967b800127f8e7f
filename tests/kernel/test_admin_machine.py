"""The machine room: messages and jobs started again, terms extended by their own room, all to read."""

from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.conftest import Clock
from tests.contracting import desk_kit, kit
from tests.contracting.desk_kit import Browser, english
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, jobs
from upt_portal.kernel.models import ClosedDay, Deadline, DeadlineExtension, Job, Mail, TraceEntry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(clock: Clock) -> None:
    clock.stand_at(kit.NOW)
    cache.clear()


@pytest.fixture
def keeper(db: None) -> User:
    return factories.user(roles.ADMINISTRATOR)


@pytest.fixture
def room(keeper: User, browser_of: Browser) -> Client:
    return english(browser_of(keeper))


def url(model: str, name: str, *args: object) -> str:
    return reverse(f"admin:kernel_{model}_{name}", args=args)


def mail(**fields: object) -> Mail:
    values = {
        "key": f"test:{factories.number()}",
        "address": "student@student.upt.ro",
        "language": "ro",
        "template": "contracting/mail/lapsed",
        "subject": "Lista nu a fost validată",
        "text": "Bună ziua",
        "created_at": kit.NOW,
        **fields,
    }
    return Mail.objects.create(**values)


# ---- mail --------------------------------------------------------------------------------------------------


def test_a_message_that_failed_is_sent_again(keeper: User, room: Client):
    stuck = mail(state=Mail.State.PARKED, attempts=5, error="SMTPServerDisconnected: gone")
    assert "Send again" in room.get(url("mail", "change", stuck.pk)).content.decode()
    room.post(url("mail", "again", stuck.pk))
    stuck.refresh_from_db()
    assert (stuck.state, stuck.attempts, stuck.error) == (Mail.State.QUEUED, 0, "")
    assert (audit.trail(stuck).get().act, audit.trail(stuck).get().actor) == ("kernel.send_again", keeper)


def test_a_message_that_was_sent_is_not_sent_again(room: Client):
    gone = mail(state=Mail.State.SENT, sent_at=kit.NOW)
    assert "Send again" not in room.get(url("mail", "change", gone.pk)).content.decode()
    assert room.post(url("mail", "again", gone.pk)).status_code == 403
    gone.refresh_from_db()
    assert gone.state == Mail.State.SENT


def test_messages_are_read_by_the_administrator_only(browser_of: Browser):
    stuck = mail(state=Mail.State.PARKED)
    for role in (roles.SECRETARY, roles.CHIEF_SECRETARY, roles.DEANERY, roles.FINANCE):
        other = browser_of(factories.user(role, faculties=["AC"]))
        assert other.get(url("mail", "changelist")).status_code == 403
        assert other.post(url("mail", "again", stuck.pk)).status_code == 403
    stuck.refresh_from_db()
    assert stuck.state == Mail.State.PARKED


# ---- jobs --------------------------------------------------------------------------------------------------


def test_a_parked_job_is_started_again(keeper: User, room: Client):
    job = jobs.enqueue("contracting.read_scan", "scan:1", {"signed": 1}, at=kit.NOW)
    Job.objects.filter(pk=job.pk).update(state=Job.State.PARKED, attempts=5, error="MemoryError")
    room.post(url("job", "again", job.pk))
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == (Job.State.QUEUED, 0, "")
    assert audit.trail(job).get().actor == keeper


def test_a_job_under_way_is_left_alone(room: Client):
    job = jobs.enqueue("contracting.read_scan", "scan:1", {"signed": 1}, at=kit.NOW)
    assert room.post(url("job", "again", job.pk)).status_code == 403


# ---- terms -------------------------------------------------------------------------------------------------


def test_a_term_is_extended_by_its_own_room(keeper: User, room: Client):
    case = desk_kit.cases(1)[0]
    term = Deadline.objects.get(kind="contracting.validate")
    assert "Extend this term" in room.get(url("deadline", "change", term.pk)).content.decode()
    empty = room.post(url("deadline", "extend", term.pk), {"until": "2026-12-01", "reason": ""})
    assert empty.status_code == 422
    early = room.post(url("deadline", "extend", term.pk), {"until": "2026-11-21", "reason": "Boală"})
    assert "The extension must end later" in early.content.decode()
    assert "Boală" in early.content.decode()
    room.post(url("deadline", "extend", term.pk), {"until": "2026-12-01", "reason": "Boală"})
    case.refresh_from_db()
    assert case.extended_until == date(2026, 12, 1)
    extension = DeadlineExtension.objects.get()
    assert (extension.actor, extension.reason) == (keeper, "Boală")
    assert "Boală" in room.get(url("deadline", "change", term.pk)).content.decode()


def test_a_closed_term_and_one_of_no_known_kind_are_not_extended(room: Client):
    term = Deadline.objects.create(subject="kernel.test:1", kind="kernel.test", due_at=kit.NOW)
    assert room.get(url("deadline", "extend", term.pk)).status_code == 403
    kit.validated(desk_kit.cases(1)[0])
    met = Deadline.objects.get(kind="contracting.validate")
    assert (
        room.post(url("deadline", "extend", met.pk), {"until": "2026-12-01", "reason": "x"}).status_code
        == 403
    )


@pytest.mark.parametrize("asked", [{}, {"kind": "contracting.validate"}, {"standing": "running"}])
def test_terms_are_listed_in_words(room: Client, asked: dict[str, str]):
    desk_kit.cases(1)
    shown = room.get(url("deadline", "changelist"), asked).content.decode()
    assert "Validation" in shown
    assert "CON-043" in shown


# ---- trace, papers, closed days ----------------------------------------------------------------------------


def test_the_trace_is_read_and_never_written(room: Client):
    case = desk_kit.cases(1)[0]
    entry = TraceEntry.objects.filter(subject=f"contracting.studentcontracting:{case.pk}").first()
    shown = room.get(url("traceentry", "changelist"), {"q": f"contracting.studentcontracting:{case.pk}"})
    assert "The list of disciplines was offered" in shown.content.decode()
    assert room.post(url("traceentry", "change", entry.pk), {"reason": "x"}).status_code == 403
    assert room.post(url("traceentry", "delete", entry.pk), {"post": "yes"}).status_code == 403


def test_of_a_paper_number_and_code_are_shown_not_its_words(secretary: User, room: Client):
    case = desk_kit.cases(1)[0]
    kit.approved(kit.validated(case), secretary)
    paper = case.documents.get().paper
    shown = room.get(url("issuedpaper", "change", paper.pk)).content.decode()
    assert paper.code in shown
    assert case.enrolment.matriculation_number not in shown


def test_closed_days_are_kept_by_school_management_and_read_by_secretariats(browser_of: Browser):
    given = {"day": "2026-12-23", "kind": "university", "name_ro": "Zi liberă", "name_en": ""}
    office = browser_of(factories.user(roles.SCHOOL_MANAGEMENT))
    assert office.post(url("closedday", "add"), given).status_code == 302
    day = ClosedDay.objects.get(day=date(2026, 12, 23))
    assert TraceEntry.objects.get(act="kernel.closed_day").data == {
        "day": "2026-12-23",
        "name": "Zi liberă",
    }
    clerk = browser_of(factories.secretary("AC"))
    assert clerk.get(url("closedday", "changelist")).status_code == 200
    assert clerk.post(url("closedday", "change", day.pk), given).status_code == 403


@pytest.mark.parametrize(("language", "written"), [("ro", "25.11.2026, 23:59"), ("en", "25 Nov 2026, 23:59")])
def test_dates_are_written_as_the_reader_writes_them(room: Client, language: str, written: str):
    desk_kit.cases(1)
    room.cookies["language"] = language
    assert written in room.get(url("deadline", "changelist")).content.decode()
