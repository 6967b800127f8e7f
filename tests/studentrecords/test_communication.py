"""Official messages, competitions and confidential notifications: who sends, who reads, who never does."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from studentrecords.models import Competition, ConfidentialNotice, Enrolment, OfficialMessage
from studentrecords.queries import communication as queries
from studentrecords.queries.communication import Audience
from studentrecords.refusal import Refused
from studentrecords.services import communication, confidential
from tests import factories
from tests.accounts.kit import run_jobs
from tests.contracting.desk_kit import Browser, english
from tests.races import Gate, at_once
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import outbox
from upt_portal.kernel.models import Mail, TraceEntry

pytestmark = pytest.mark.django_db
NOW = factories.NOW
SECRET = "Profesorul cere bani pentru note."


@pytest.fixture(autouse=True)
def now(clock):
    return clock


@pytest.fixture
def enrolment(db) -> Enrolment:
    factories.academic_year()
    return factories.enrolment()


@pytest.fixture
def infocenter(db) -> User:
    return factories.user(roles.INFOCENTER)


@pytest.fixture
def rector(db) -> User:
    return factories.user(roles.VICE_RECTOR)


def sent(actor: User, audience: Audience, expected: int, decision: str = "") -> OfficialMessage:
    return communication.send(
        audience, subject=("Anunț", "Notice"), text=("Text în română.", "Text in English."),
        decision=decision, expected=expected, actor=actor, at=NOW,
    )  # fmt: skip


# ---- official messages -------------------------------------------------------------------------------------


def test_REC_049_REC_023_a_message_is_on_the_page_and_goes_to_the_institutional_address(
    enrolment, infocenter, browser_of
):
    user = enrolment.person.user
    user.institutional_email, user.language = "andra.v@student.upt.ro", "en"
    user.save()
    message = sent(infocenter, Audience(number=enrolment.matriculation_number), 1)
    run_jobs()
    row = Mail.objects.get(recipient=user)
    assert (row.address, row.subject) == ("andra.v@student.upt.ro", "Notice")
    assert "Text in English." in row.text
    page = browser_of(user).get(reverse("student_message", args=[enrolment.pk, row.pk]))
    assert "Text in English." in page.content.decode()
    assert message.number == 1


def test_REC_050_a_decision_is_communicated_when_the_mail_leaves(enrolment, infocenter):
    general = factories.user(roles.SECRETARY_GENERAL)
    audience = Audience(number=enrolment.matriculation_number)
    with pytest.raises(Refused):
        sent(infocenter, audience, 1, decision="DR 1/20.11.2026")
    message = sent(general, audience, 1, decision="DR 1/20.11.2026")
    run_jobs()
    user = enrolment.person.user
    assert queries.communication_of(message, user) is None
    left = NOW + timedelta(minutes=3)
    assert outbox.deliver(Mail.objects.get(recipient=user).pk, at=left)
    Mail.objects.update(read_at=left + timedelta(days=3))
    assert queries.communication_of(message, user) == left
    assert "DR 1/20.11.2026" in mail.outbox[-1].body


def test_REC_049_the_audience_is_shown_first_and_each_reader_gets_one(enrolment, infocenter):
    plan = enrolment.curriculum
    factories.enrolment(curriculum=plan)
    factories.enrolment(curriculum=plan, status="interrupted")
    factories.enrolment(curriculum=plan, year_of_study=1)
    audience = Audience(programme=enrolment.programme_id, year=2)
    assert queries.reached(audience).count() == 2
    with pytest.raises(Refused, match="2"):
        sent(infocenter, audience, 3)
    sent(infocenter, audience, 2)
    run_jobs()
    from upt_portal.kernel import jobs
    from upt_portal.kernel.models import Job

    job = Job.objects.get(kind="studentrecords.official")
    Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED)
    jobs.run(str(job.pk), at=NOW)  # a worker was killed and the job ran again
    assert Mail.objects.filter(key__startswith="official:").count() == 2


def test_REC_049_others_send_nothing(enrolment, secretary, browser_of: Browser):
    with pytest.raises(Refused):
        sent(secretary, Audience(number=enrolment.matriculation_number), 1)
    administrator = browser_of(factories.administrator())
    assert administrator.get(reverse("admin:studentrecords_officialmessage_write")).status_code == 403


def test_the_page_of_a_message(enrolment, infocenter, browser_of: Browser):
    desk = english(browser_of(infocenter))
    where = reverse("admin:studentrecords_officialmessage_write")
    typed = {"number": enrolment.matriculation_number, "subject_ro": "Anunț", "text_ro": "Text"}
    assert desk.post(where, {"subject_ro": "Anunț", "text_ro": "Text"}).status_code == 422
    assert desk.post(where, typed | {"year": "2"}).status_code == 422
    assert "It reaches one student" in desk.post(where, typed | {"act": "look"}).content.decode()
    assert desk.post(where, typed | {"act": "send", "expected": "7"}).status_code == 422
    assert desk.post(where, typed | {"act": "send", "expected": "x"}).status_code == 422
    assert desk.post(where, typed | {"act": "send", "expected": "1"}).status_code == 302
    message = OfficialMessage.objects.get()
    assert (
        desk.get(reverse("admin:studentrecords_officialmessage_change", args=[message.pk])).status_code == 200
    )
    assert "Anunț" in desk.get(reverse("admin:studentrecords_officialmessage_changelist")).content.decode()
    with pytest.raises(DatabaseError), transaction.atomic():
        OfficialMessage.objects.update(text_ro="Altul")


# ---- competitions ------------------------------------------------------------------------------------------


def test_REC_052_a_short_registration_is_not_saved_without_its_rule(secretary, browser_of: Browser):
    factories.faculty("AC")
    desk = english(browser_of(secretary))
    where = reverse("admin:studentrecords_competition_add")
    typed = {
        "kind": "scholarship", "name_ro": "Bursă", "faculty": factories.faculty("AC").pk,
        "posted_on": "2025-03-03", "closes_on": "2025-03-07",
    }  # fmt: skip
    refused = desk.post(where, typed)
    assert refused.status_code in (200, 422)
    assert not Competition.objects.exists()
    assert "Bursă" in refused.content.decode()
    assert desk.post(where, typed | {"closes_on": "2025-03-10"}).status_code == 302
    assert desk.post(where, typed | {"other_rule": "OM 3/2025 art. 4"}).status_code == 302
    assert Competition.objects.count() == 2
    foreign = desk.post(where, typed | {"closes_on": "2025-04-10", "faculty": factories.faculty("CT").pk})
    assert foreign.status_code in (200, 422)


def test_REC_052_a_student_sees_what_is_posted_for_the_own_faculty(enrolment, secretary, browser_of: Browser):
    def call(name: str, faculty: str | None, closes: date, posted: date = date(2026, 11, 2)) -> None:
        Competition.objects.create(
            kind="camp", name_ro=name, faculty=factories.faculty(faculty) if faculty else None,
            posted_on=posted, closes_on=closes, posted_by=secretary,
        )  # fmt: skip

    call("Tabără AC", "AC", date(2026, 11, 20))
    call("Tabără UPT", None, date(2026, 12, 1))
    call("Tabără CT", "CT", date(2026, 12, 1))
    call("Încheiată", None, date(2026, 11, 19))
    call("Mâine", None, date(2026, 12, 1), posted=date(2026, 11, 21))
    page = browser_of(enrolment.person.user).get(reverse("studentrecords:competitions", args=[enrolment.pk]))
    assert [one.name_ro for one in page.context["open"]] == ["Tabără AC", "Tabără UPT"]
    assert [one.name_ro for one in page.context["closed"]] == ["Încheiată"]


# ---- in confidence -----------------------------------------------------------------------------------------


def told(enrolment: Enrolment) -> ConfidentialNotice:
    return confidential.tell(SECRET, author=enrolment.person.user, at=NOW)


def test_REC_051_text_and_author_lie_sealed_and_no_trace_or_mail_names_them(enrolment, rector):
    found = told(enrolment)
    with connection.cursor() as cursor:
        cursor.execute("SELECT author, text FROM studentrecords_confidentialnotice")
        author, text = cursor.fetchone()
    assert str(enrolment.person.user_id) != author
    assert SECRET not in text
    entry = TraceEntry.objects.get(subject__contains="confidential")
    assert (entry.actor, entry.data) == (None, {})
    message = Mail.objects.get(recipient=rector)
    for private in (SECRET, enrolment.person.last_name, enrolment.matriculation_number):
        assert private not in message.text
    assert not Mail.objects.filter(recipient=enrolment.person.user).exists()
    found.text = "altceva"
    with pytest.raises(DatabaseError), transaction.atomic():
        found.save(update_fields=["text"])


@pytest.mark.parametrize(
    "role",
    [
        roles.SECRETARY,
        roles.CHIEF_SECRETARY,
        roles.DEANERY,
        roles.FINANCE,
        roles.SCHOOL_MANAGEMENT,
        roles.TEACHER,
        roles.INFOCENTER,
        roles.SECRETARY_GENERAL,
        roles.STUDENT,
        "superuser",
    ],
)
def test_REC_051_nobody_but_the_vice_rector_reads(enrolment, browser_of: Browser, role):
    found = told(enrolment)
    other = factories.administrator() if role == "superuser" else factories.user(role, faculties=["AC"])
    client = browser_of(other)
    for name, args in (("confidential_desk", []), ("confidential_one", [found.pk])):
        answer = client.get(reverse(f"studentrecords:{name}", args=args))
        assert answer.status_code == 403
        assert SECRET not in answer.content.decode()
    act = reverse("studentrecords:confidential_act", args=[found.pk, "answer"])
    assert client.post(act, {"answer": "x"}).status_code == 403
    assert not queries.confidential_for(other).exists()


def test_REC_051_no_table_of_the_administration_shows_it():
    from django.contrib import admin

    names = {model.__name__ for model in admin.site._registry}
    assert not names & {"ConfidentialNotice", "ForwardedNotice"}


def test_REC_051_sent_on_without_identity_and_answered(enrolment, rector, browser_of: Browser):
    found = told(enrolment)
    dean = factories.user(roles.DEANERY, faculties=["AC"])
    elsewhere = factories.user(roles.DEANERY, faculties=["CT"])
    client = english(browser_of(rector))
    page = client.get(reverse("studentrecords:confidential_one", args=[found.pk])).content.decode()
    assert SECRET in page
    assert enrolment.person.user.email in page
    act = reverse("studentrecords:confidential_act", args=[found.pk, "send-on"])
    faculty = factories.faculty("AC").pk
    named = client.post(act, {"faculty": faculty, "text": f"Studenta {enrolment.person.last_name} spune…"})
    assert named.status_code == 422
    assert client.post(act, {"faculty": faculty, "text": ""}).status_code == 422
    assert client.post(act, {"faculty": faculty, "text": "Verificați notarea."}).status_code == 302
    sent_on = queries.sent_on_to(dean).get()
    assert not queries.sent_on_to(elsewhere).exists()
    where = reverse("studentrecords:sent_on_one", args=[sent_on.pk])
    assert browser_of(elsewhere).get(where).status_code == 404
    desk = english(browser_of(dean))
    shown = desk.get(where).content.decode()
    assert "Verificați notarea." in shown
    for private in (SECRET, enrolment.person.last_name, enrolment.person.user.email):
        assert private not in shown
    assert desk.post(where, {"answer": ""}).status_code == 422
    assert desk.post(where, {"answer": "S-a verificat."}).status_code == 302
    assert desk.post(where, {"answer": "Din nou."}).status_code == 422
    answer = reverse("studentrecords:confidential_act", args=[found.pk, "answer"])
    client.post(answer, {"answer": "Mulțumim, s-a verificat."})
    assert client.post(answer, {"answer": "Încă una."}).status_code == 422
    own = browser_of(enrolment.person.user).get(reverse("studentrecords:confidential", args=[enrolment.pk]))
    assert "Mulțumim, s-a verificat." in own.content.decode()


def test_REC_051_the_form_of_a_student(enrolment, browser_of: Browser):
    client = english(browser_of(enrolment.person.user))
    where = reverse("studentrecords:confidential", args=[enrolment.pk])
    assert client.post(where, {"text": " "}).status_code == 422
    assert client.post(where, {"text": SECRET}).status_code == 302
    assert SECRET in client.get(where).content.decode()
    other = factories.enrolment()
    foreign = english(browser_of(other.person.user))
    assert SECRET not in foreign.get(reverse("studentrecords:confidential", args=[other.pk])).content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_REC_051_two_answers_at_once(monkeypatch, locked):
    factories.academic_year()
    enrolment, rector = factories.enrolment(), factories.user(roles.VICE_RECTOR)
    found = told(enrolment)
    gate = Gate()
    record = confidential.audit.record
    monkeypatch.setattr(confidential.audit, "record", gate.before(lambda *args, **more: None))
    assert record
    if not locked:
        monkeypatch.setattr(confidential, "_locked", lambda pk, actor: ConfidentialNotice.objects.get(pk=pk))

    def answer(words: str):
        return lambda: confidential.answer(found.pk, words, actor=rector, at=NOW)

    outcomes = at_once(answer("unu"), answer("doi"))
    assert sum(isinstance(one, Refused) for one in outcomes) == (1 if locked else 0)
    assert Client
