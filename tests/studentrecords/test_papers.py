"""School papers from the request to the sealed PDF: at once, by the secretariat, late, and who gets them."""

from datetime import date, datetime, timedelta

import pypdf
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from studentrecords.models import DocumentRequest, EnrolmentStatus, ExamAttempt
from studentrecords.queries import papers as queries
from studentrecords.refusal import Refused
from studentrecords.rules import papers as rules
from studentrecords.services import corrections
from studentrecords.services import papers as services
from studentrecords.services.papers import Wish
from studentrecords.tasks import flag_late_documents
from studentrecords.workflow.papers import DOCUMENT_MOVES, SECRETARIAT, STUDENT, SYSTEM, DocumentState
from tests import factories, races
from tests.studentrecords import exams_kit
from upt_portal.accounts import roles
from upt_portal.kernel import audit, jobs
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.models import Deadline, IssuedPaper, Job, Mail
from upt_portal.kernel.moves import NEW, MoveRefused, grid
from upt_portal.kernel.references import reference

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 10, tzinfo=ROMANIA)  # a Friday
CERTIFICATE = Wish("certificate", purpose="employer")
TRANSCRIPT = Wish("transcript")
SYLLABUS = Wish("syllabus", details="Programa analitică la Fizică")


@pytest.fixture
def enrolment(db):
    return factories.with_past(factories.enrolment())


@pytest.fixture
def now(clock):
    return clock.stand_at(NOW)


def ask(enrolment, wish=CERTIFICATE, at=NOW) -> DocumentRequest:
    return services.ask(enrolment.pk, wish, actor=enrolment.person.user, at=at)


def made(asked: DocumentRequest) -> IssuedPaper:
    """The paper of an application, made by a worker."""
    paper = IssuedPaper.objects.get(about=reference(asked))
    assert jobs.run(str(Job.objects.get(key=f"paper:{paper.pk}").pk), at=NOW + timedelta(seconds=1))
    paper.refresh_from_db()
    asked.refresh_from_db()
    return paper


def pages_of(paper: IssuedPaper) -> list[str]:
    with paper.file.open("rb") as file:
        return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(file).pages]


# ---- the machine -------------------------------------------------------------------------------------------

TABLE = {
    (NEW, "submit"): ({"submitted"}, {STUDENT, SECRETARIAT}),
    ("submitted", "register"): ({"registered"}, {SYSTEM}),
    ("registered", "ready"): ({"ready"}, {SECRETARIAT, SYSTEM}),
    ("ready", "deliver"): ({"delivered"}, {STUDENT, SECRETARIAT}),
}


def test_every_cell_of_state_role_and_move():
    states, hands = [NEW, *DocumentState.values], [STUDENT, SECRETARIAT, SYSTEM]
    cells = grid(DOCUMENT_MOVES, states, hands)
    expected = {
        (state, actor, name): targets if actor in may else set()
        for state in states
        for actor in hands
        for name in DOCUMENT_MOVES.names
        for targets, may in [TABLE.get((state, name), (set(), set()))]
    }
    assert {(cell.state, cell.actor, cell.name): set(cell.targets) for cell in cells} == expected


# ---- at once -----------------------------------------------------------------------------------------------


def test_REC_042_the_certificate_comes_at_once_with_number_term_and_seal(enrolment, now):
    asked = ask(enrolment)
    assert (asked.state, asked.number, asked.self_service) == ("registered", "1/20.11.2026", True)
    paper = made(asked)
    assert (asked.state, asked.outcome, paper.number, paper.sealed) == (
        "ready",
        "document",
        asked.number,
        True,
    )
    text = " ".join(pages_of(paper))
    for words in (
        "Adeverință de student",
        enrolment.person.last_name,
        enrolment.matriculation_number,
        "2026–2027",
        "un angajator",
        "buget",
        paper.code,
        "pagina 1 din 1",
    ):
        assert words in text
    assert enrolment.person.cnp not in text


def test_REC_042_the_certificate_in_english_is_english(enrolment, now):
    paper = made(ask(enrolment, Wish("certificate", "en", "other", "Erasmus+ <b>at</b> TU Wien")))
    text = " ".join(pages_of(paper))
    for words in (
        "Certificate of student status",
        "Erasmus+ <b>at</b> TU Wien",
        "page 1 of 1",
        "state-funded",
    ):
        assert words in text
    assert "Adeverință" not in text


def test_REC_042_the_transcript_shows_published_results_and_the_grading_table(enrolment, now):
    paper = made(ask(enrolment, TRANSCRIPT))
    pages = pages_of(paper)
    text = " ".join(pages)
    first = enrolment.curriculum.disciplines.filter(year=1, kind="compulsory").order_by("semester").first()
    for words in ("Situație școlară", "Anul universitar 2025–2026", first.name_ro, "A-I", "14 iunie 2005"):
        assert words in text
    record = queries.record_of(enrolment, NOW.date())
    earned = sum(line.credits for line in record.lines)
    assert f"{earned} din {enrolment.programme.credits}" in text
    assert "8,00" in text
    assert "100,0%" in text
    for number, page in enumerate(pages, 1):
        assert f"pagina {number} din {len(pages)}" in page
        assert paper.code in page


def test_REC_042_a_transcript_of_nothing_says_so(now):
    fresh = factories.enrolment(year_of_study=1)
    assert "niciun rezultat" in " ".join(pages_of(made(ask(fresh, TRANSCRIPT))))


def test_REC_042_drafts_never_reach_a_transcript(clock):
    catalogue = exams_kit.opened(exams_kit.students(2))
    exams_kit.write(catalogue, "10", "9")
    student = catalogue.rows.order_by("enrolment").first().enrolment
    at = clock.stand_at(exams_kit.IN_TIME)
    assert queries.record_of(student, at.date()).lines == []
    exams_kit.signed(catalogue)
    assert queries.record_of(student, at.date()).lines == []
    from studentrecords.services import catalogues

    catalogues.publish(catalogue.pk, actor=catalogue.holder, at=at)
    assert [line.result for line in queries.record_of(student, at.date()).lines] == ["10"]


def test_REC_042_a_correction_under_way_holds_the_transcript_back_in_words(clock, browser_of):
    catalogue = exams_kit.published("7", "8")
    row = catalogue.rows.order_by("enrolment").first()
    student = row.enrolment
    at = clock.stand_at(exams_kit.LATE)
    corrections.open_correction(
        catalogue.pk,
        [row.pk],
        justification="lucrare recitită",
        approval="DA 1",
        approved_on=at.date(),
        actor=factories.secretary("AC"),
        at=at,
    )
    with pytest.raises(Refused, match=catalogue.discipline.name_ro):
        services.ask(student.pk, TRANSCRIPT, actor=student.person.user, at=at)
    assert not DocumentRequest.objects.exists()
    assert not IssuedPaper.objects.exists()
    answer = browser_of(student.person.user).post(
        reverse("studentrecords:papers", args=[student.pk]),
        {"act": "transcript", "transcript-language": "ro"},
    )
    assert answer.status_code == 422
    assert catalogue.discipline.name_ro in answer.content.decode()
    assert services.ask(student.pk, CERTIFICATE, actor=student.person.user, at=at).self_service


def test_REC_154_the_transcript_counts_the_result_of_record(enrolment, now):
    line = queries.record_of(enrolment, NOW.date()).lines[0]
    factories.result(enrolment, line.discipline, 4, session="C", on=date(2026, 9, 4))
    again = next(
        one for one in queries.record_of(enrolment, NOW.date()).lines if one.discipline == line.discipline
    )
    assert (again.result, again.credits, again.session) == (
        line.result,
        line.discipline.credits,
        line.session,
    )


def test_the_transcript_takes_a_constant_number_of_queries(enrolment, now):
    few = factories.enrolment(curriculum=enrolment.curriculum)
    factories.result(few, enrolment.curriculum.disciplines.filter(year=1).first())
    counts = []
    for one in (few, enrolment):
        with CaptureQueriesContext(connection) as seen:
            record = queries.record_of(one, NOW.date())
        counts.append((len(record.lines), len(seen)))
    (least, first), (most, second) = counts
    assert least < most
    assert first == second <= 8


def test_REC_042_the_grading_table_looks_back_on_two_completed_years(enrolment, now):
    years = queries.completed_years(NOW.date())
    assert [year.name for year in years] == ["2025-2026"]
    for name in ("2024-2025", "2023-2024"):
        factories.academic_year(name)
    assert [year.name for year in queries.completed_years(NOW.date())] == ["2025-2026", "2024-2025"]


# ---- once, and not too often -------------------------------------------------------------------------------


def test_the_same_paper_on_the_same_day_is_issued_once(enrolment, now):
    first = ask(enrolment)
    assert ask(enrolment, at=NOW + timedelta(hours=1)).pk == first.pk
    assert ask(enrolment, Wish("certificate", "en", "employer")).pk != first.pk
    assert ask(enrolment, TRANSCRIPT).pk == ask(enrolment, TRANSCRIPT, at=NOW + timedelta(minutes=1)).pk
    assert ask(enrolment, at=NOW + timedelta(days=1)).pk != first.pk


def test_a_transcript_after_a_new_result_is_a_new_one(enrolment, now):
    first = ask(enrolment, TRANSCRIPT)
    factories.result(enrolment, enrolment.curriculum.disciplines.filter(year=2).first(), 10)
    assert ask(enrolment, TRANSCRIPT, at=NOW + timedelta(minutes=1)).pk != first.pk


def test_an_application_that_waits_is_not_filed_twice(enrolment, now):
    first = ask(enrolment, SYLLABUS)
    assert ask(enrolment, SYLLABUS, at=NOW + timedelta(days=1)).pk == first.pk
    assert DocumentRequest.objects.count() == 1


def test_a_day_has_its_measure(enrolment, now):
    for number in range(services.MOST_A_DAY):
        ask(enrolment, Wish("other", details=f"Adeverința {number}"))
    with pytest.raises(Refused, match="multe documente"):
        ask(enrolment, Wish("other", details="încă una"))
    assert DocumentRequest.objects.count() == services.MOST_A_DAY
    assert ask(enrolment, Wish("other", details="mâine"), at=NOW + timedelta(days=1))


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_file_one_application(monkeypatch):
    student = factories.with_past(factories.enrolment())
    outcomes = races.at_once(lambda: ask(student).pk, lambda: ask(student).pk)
    assert outcomes[0] == outcomes[1]
    assert (DocumentRequest.objects.count(), IssuedPaper.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_presses_would_file_two(monkeypatch):
    student = factories.with_past(factories.enrolment())
    gate = races.Gate()

    def unlocked(pk):
        from studentrecords.models import Enrolment

        return Enrolment.objects.select_related("person__user", "programme__faculty").get(pk=pk)

    monkeypatch.setattr(services, "_lock_student", unlocked)
    monkeypatch.setattr(services, "_asked_before", gate.before(services._asked_before))
    races.at_once(lambda: ask(student).pk, lambda: ask(student).pk)
    assert DocumentRequest.objects.count() == 2


# ---- the secretariat ---------------------------------------------------------------------------------------


def test_REC_043_an_application_is_registered_at_once_with_number_and_time(enrolment, now):
    asked = ask(enrolment, SYLLABUS)
    assert (asked.state, asked.number, asked.submitted_at, asked.registered_at) == (
        "registered",
        "1/20.11.2026",
        NOW,
        NOW,
    )
    assert asked.due_at.astimezone(ROMANIA).date() == date(2026, 11, 25)
    assert Deadline.objects.get(subject=reference(asked)).due_at == asked.due_at
    assert [entry.act for entry in audit.trail(asked)] == [
        "studentrecords.document_submitted",
        "studentrecords.document_registered",
    ]
    assert not IssuedPaper.objects.exists()


def test_REC_043_numbers_run_without_gaps_and_a_refusal_takes_none(enrolment, now, monkeypatch):
    ask(enrolment, SYLLABUS)
    monkeypatch.setattr(services, "_issue", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ask(enrolment, CERTIFICATE)
    monkeypatch.undo()
    assert ask(enrolment, CERTIFICATE).number == "2/20.11.2026"


def test_REC_042_the_holiday_moves_the_term(enrolment, clock):
    at = clock.stand_on(date(2026, 11, 27))  # 30 November and 1 December are closed
    asked = ask(enrolment, SYLLABUS, at=at)
    assert asked.due_at.astimezone(ROMANIA).date() == date(2026, 12, 4)


def test_REC_042_a_student_who_left_gets_the_certificate_from_the_secretariat(enrolment, now, secretary):
    type(enrolment).objects.filter(pk=enrolment.pk).update(status=EnrolmentStatus.EXPELLED)
    asked = ask(enrolment)
    assert not asked.self_service
    assert not IssuedPaper.objects.exists()
    services.issue_for(asked.pk, actor=secretary, at=NOW)
    with pytest.raises(Refused):
        services.issue_for(asked.pk, actor=secretary, at=NOW)
    with pytest.raises(Refused):
        services.make_ready(asked.pk, answer="", actor=secretary, at=NOW)
    paper = made(asked)
    assert asked.state == "ready"
    assert asked.handled_by == secretary
    assert "Exmatriculat" in " ".join(pages_of(paper))
    assert Mail.objects.get(template="studentrecords/mail/document_ready").recipient == enrolment.person.user


def test_REC_042_ready_then_delivered_meets_the_term(enrolment, now, secretary):
    asked = ask(enrolment, SYLLABUS)
    at = NOW + timedelta(days=1)
    services.make_ready(asked.pk, answer="Secretariat, camera 12", actor=secretary, at=at)
    assert Deadline.objects.get(subject=reference(asked)).met_at == at
    services.deliver(asked.pk, actor=secretary, at=at + timedelta(hours=1))
    asked.refresh_from_db()
    assert (asked.state, asked.answer, asked.delivered_at) == (
        "delivered",
        "Secretariat, camera 12",
        at + timedelta(hours=1),
    )
    with pytest.raises(MoveRefused):
        services.deliver(asked.pk, actor=secretary, at=at)
    with pytest.raises(MoveRefused):
        services.make_ready(asked.pk, answer="", actor=secretary, at=at)


def test_REC_043_no_answer_without_words(enrolment, now, secretary):
    asked = ask(enrolment, SYLLABUS)
    with pytest.raises(Refused):
        services.make_ready(asked.pk, outcome="answer", answer=" ", actor=secretary, at=NOW)
    services.make_ready(asked.pk, outcome="answer", answer="Nu există.", actor=secretary, at=NOW)
    asked.refresh_from_db()
    assert (asked.state, asked.outcome) == ("ready", "answer")


def test_REC_042_what_is_late_is_told_once_to_the_head_of_the_own_secretariat(enrolment, clock):
    asked = ask(enrolment, SYLLABUS)
    head = factories.user(roles.CHIEF_SECRETARY, faculties=["AC"])
    other = factories.user(roles.CHIEF_SECRETARY, faculties=["CT"])
    clock.stand_at(asked.due_at)
    assert flag_late_documents() == 0
    clock.stand_at(asked.due_at + timedelta(seconds=1))
    assert (flag_late_documents(), flag_late_documents()) == (1, 0)
    told = Mail.objects.filter(template="studentrecords/mail/document_late")
    assert [mail.recipient for mail in told] == [head]
    assert enrolment.person.last_name not in told[0].text
    assert other not in [mail.recipient for mail in told]
    asked.refresh_from_db()
    assert asked.flagged_at is not None
    assert asked.state == "registered"


def test_REC_042_a_paper_a_worker_never_made_is_late_too(enrolment, clock):
    asked = ask(enrolment)
    clock.stand_at(asked.due_at + timedelta(seconds=1))
    assert flag_late_documents() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clerks_make_one_document_ready_once(secretary):
    student = factories.with_past(factories.enrolment())
    asked = ask(student, SYLLABUS)
    both = [
        lambda words=words: services.make_ready(asked.pk, answer=words, actor=secretary, at=NOW)
        for words in ("camera 1", "camera 2")
    ]
    outcomes = races.at_once(*both)
    assert sorted(isinstance(one, MoveRefused) for one in outcomes) == [False, True]


def test_REC_002_the_database_keeps_states_and_times_together(enrolment, now):
    asked = ask(enrolment, SYLLABUS)
    for wrong in (
        {"state": "ready"},
        {"state": "delivered"},
        {"number": ""},
        {"registered_at": NOW - timedelta(days=1)},
        {"delivered_at": NOW},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            DocumentRequest.objects.filter(pk=asked.pk).update(**wrong)


# ---- pages -------------------------------------------------------------------------------------------------


def page(enrolment) -> str:
    return reverse("studentrecords:papers", args=[enrolment.pk])


def test_the_page_issues_lists_and_gives_the_file_once_delivered(enrolment, now, browser_of):
    client = browser_of(enrolment.person.user)
    sent = {"act": "certificate", "certificate-purpose": "health", "certificate-language": "ro"}
    assert client.post(page(enrolment), sent).status_code == 302
    asked = DocumentRequest.objects.get()
    where = reverse("studentrecords:paper", args=[enrolment.pk, asked.pk])
    assert client.get(where).status_code == 404  # its bytes are on their way
    assert "se pregătește" in client.get(page(enrolment)).content.decode()
    paper = made(asked)
    assert client.head(where).status_code == 200
    asked.refresh_from_db()
    assert asked.state == "ready"
    answer = client.get(where)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{paper.filename}"'
    assert paper.filename == "adeverinta-student-1-2026.pdf"
    asked.refresh_from_db()
    assert asked.state == "delivered"
    assert asked.delivered_at is not None


def test_another_student_s_paper_is_not_there(enrolment, now, browser_of):
    asked = ask(enrolment)
    made(asked)
    other = factories.enrolment()
    client = browser_of(other.person.user)
    assert client.get(reverse("studentrecords:paper", args=[enrolment.pk, asked.pk])).status_code == 404
    assert client.get(reverse("studentrecords:paper", args=[other.pk, asked.pk])).status_code == 404
    assert client.get(page(enrolment)).status_code == 404
    assert client.post(page(enrolment), {"act": "transcript"}).status_code == 404
    asked.refresh_from_db()
    assert asked.state == "ready"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"act": "certificate", "certificate-language": "ro"}, "Alegeți pentru ce este adeverința"),
        (
            {
                "act": "certificate",
                "certificate-language": "ro",
                "certificate-purpose": "other",
                "certificate-purpose_words": "   ",
            },
            "Scrieți pentru ce este adeverința",
        ),
        (
            {"act": "certificate", "certificate-language": "xx", "certificate-purpose": "health"},
            "Alegeți o limbă",
        ),
        (
            {"act": "prepared", "prepared-document": "syllabus", "prepared-language": "ro"},
            "Scrieți de ce aveți nevoie",
        ),
        (
            {
                "act": "prepared",
                "prepared-document": "certificate",
                "prepared-details": "fără motiv",
                "prepared-language": "ro",
            },
            "Alegeți un document",
        ),
    ],
)
def test_a_wrong_form_keeps_what_was_typed_and_does_nothing(enrolment, now, browser_of, sent, words):
    answer = browser_of(enrolment.person.user).post(page(enrolment), sent)
    assert answer.status_code == 422
    body = answer.content.decode()
    assert words in body
    if details := sent.get("prepared-details"):
        assert details in body
    assert not DocumentRequest.objects.exists()


def test_an_unknown_act_does_nothing(enrolment, now, browser_of):
    assert browser_of(enrolment.person.user).post(page(enrolment), {"act": "diploma"}).status_code == 302
    assert not DocumentRequest.objects.exists()


def test_the_page_takes_the_same_queries_for_one_and_for_ten(enrolment, now, browser_of):
    client, counts = browser_of(enrolment.person.user), []
    client.get(page(enrolment))
    for wishes in (1, 9):
        for number in range(wishes):
            ask(enrolment, Wish("other", details=f"{wishes}-{number}"))
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(page(enrolment)).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_the_english_page_is_english(enrolment, now, browser_of):
    client = browser_of(enrolment.person.user)
    ask(enrolment, SYLLABUS)
    body = client.get(page(enrolment), headers={"accept-language": "en"}).content.decode()
    client.post(reverse("set_language"), {"language": "en", "next": page(enrolment)})
    body = client.get(page(enrolment)).content.decode()
    assert "Documents from the university" in body
    assert "ready until Wednesday 25 November 2026" in body


def test_the_secretariat_works_the_queue(enrolment, now, browser_of, secretary):
    asked = ask(enrolment, SYLLABUS)
    ask(enrolment, CERTIFICATE)
    client = browser_of(secretary)
    listed = client.get(reverse("admin:studentrecords_documentrequest_changelist") + "?waits=office")
    body = listed.content.decode()
    assert asked.number in body
    assert "2/20.11.2026" not in body
    where = reverse("admin:studentrecords_documentrequest_change", args=[asked.pk])
    assert "Programa analitică la Fizică" in client.get(where).content.decode()
    act = reverse("admin:studentrecords_documentrequest_act", args=[asked.pk, "ready"])
    empty = client.post(act, {"outcome": "answer", "answer": ""})
    assert empty.status_code == 422
    assert client.post(act, {"outcome": "document", "answer": "Camera 12"}).status_code == 302
    asked.refresh_from_db()
    assert (asked.state, asked.handled_by) == ("ready", secretary)
    assert client.post(act, {"outcome": "document", "answer": "Camera 13"}).status_code == 302
    asked.refresh_from_db()
    assert asked.answer == "Camera 12"
    deliver = reverse("admin:studentrecords_documentrequest_act", args=[asked.pk, "deliver"])
    client.post(deliver)
    asked.refresh_from_db()
    assert asked.state == "delivered"


def test_a_secretary_of_another_faculty_finds_no_application(enrolment, now, browser_of):
    asked = ask(enrolment, SYLLABUS)
    client = browser_of(factories.secretary("CT"))
    act = reverse("admin:studentrecords_documentrequest_act", args=[asked.pk, "deliver"])
    assert client.post(act).status_code == 404
    body = client.get(reverse("admin:studentrecords_documentrequest_changelist")).content.decode()
    assert asked.number not in body


# ---- whoever receives it -----------------------------------------------------------------------------------


def test_a_stranger_checks_a_paper_and_learns_nothing_else(enrolment, now, client):
    paper = made(ask(enrolment, TRANSCRIPT))
    body = client.get(f"/verify/{paper.code}/").content.decode()
    assert paper.number in body
    for private in (enrolment.person.last_name, enrolment.matriculation_number, "14 iunie 2005"):
        assert private not in body


def test_a_forged_code_is_in_no_register(enrolment, now, client):
    paper = made(ask(enrolment))
    last = "A" if paper.code[-1] != "A" else "B"
    for forged in (paper.code[:-1] + last, paper.code[::-1], "0" * len(paper.code), "' OR 1=1"):
        answer = client.get(f"/verify/{forged}/")
        assert answer.status_code == 404
        assert paper.number not in answer.content.decode()


def test_an_issued_transcript_never_changes(enrolment, now):
    paper = made(ask(enrolment, TRANSCRIPT))
    before = paper.sha256
    attempt = enrolment.results.first()
    type(attempt).objects.filter(pk=attempt.pk).update(grade=10)
    assert jobs.run(str(Job.objects.get(key=f"paper:{paper.pk}").pk), at=NOW) is False
    paper.refresh_from_db()
    assert paper.sha256 == before
    assert not ExamAttempt.objects.exists()
    assert rules.is_free("transcript")
