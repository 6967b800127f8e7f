"""What is wrong is said in the words of the house, in both languages, and leaves nothing behind."""

from collections.abc import Callable

import pytest
from pikepdf import Dictionary, Encryption, Name, Permissions, String
from playwright.sync_api import expect

from tests.journeys import steps
from tests.journeys.conftest import Arrives
from tests.journeys.pages import Documents, Offer, Secretariat
from tests.journeys.register import SECRETARY, Register
from tests.journeys.words import EN, REFUSALS, RO, said
from tests.kernel import files

pytestmark = pytest.mark.browser

LARGEST = 5 * 1024 * 1024


def with_password() -> bytes:
    return files.saved(files.blank_pdf(), encryption=Encryption(owner="o", user="u", allow=Permissions()))


def with_script() -> bytes:
    pdf = files.blank_pdf()
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert('!')"))
    return files.saved(pdf)


#: What is sent: refusal, name, bytes. An honest beginning does not help a wrong inside.
BAD: tuple[tuple[str, str, Callable[[], bytes]], ...] = (
    ("type", "anexa.docx", lambda: b"PK\x03\x04" + b"x" * 500),
    ("type", "anexa.pdf", lambda: b"<html><script>alert(1)</script></html>"),
    ("size", "anexa.pdf", lambda: files.grown(files.pdf_bytes(), LARGEST + 1)),
    ("empty", "anexa.pdf", lambda: b""),
    ("password", "anexa.pdf", with_password),
    ("unreadable", "anexa.pdf", lambda: files.pdf_bytes()[:200]),
    ("script", "anexa.pdf", with_script),
    ("bomb", "anexa.png", lambda: files.png_header(60_000, 60_000)),
)


def test_a_bad_file_is_refused_in_words_and_not_kept(register: Register, arrives: Arrives):
    someone = register.somebody("AC-L-AIA", "documents_ready")
    student = arrives(someone.email)
    documents = Documents(student, someone.enrolment)
    before = (register.state(someone), register.acts(someone), register.files(someone))
    for language in (RO, EN):
        student.speak(language)
        documents.open("documents")
        documents.go_to_upload()
        student.press("send")
        says(documents, "none")
        for refusal, name, made in BAD:
            documents.send(name, made(), "application/pdf")
            says(documents, refusal)
    assert (register.state(someone), register.acts(someone), register.files(someone)) == before


def says(documents: Documents, refusal: str) -> None:
    """The words stand in the summary, which has the focus, and beside the field."""
    student = documents.visitor
    words = REFUSALS[refusal][student.language == EN]
    summary = student.page.locator(".problems")
    expect(summary).to_contain_text(words)
    expect(summary).to_be_focused()
    assert said("problem", student.language) in student.reads(".problems")
    field = student.page.locator("input[type=file]")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert words in student.reads(".field-wrong")
    prefix = "Error: " if student.language == EN else "Eroare: "
    assert student.page.title().startswith(prefix)


def test_a_page_that_is_out_of_date_is_shown_anew(register: Register, arrives: Arrives):
    """The secretariat makes a row mandatory while the student looks at the confirmation."""
    someone = register.somebody("AC-L-CALC", "offered", situation="S1")
    student = arrives(someone.email)
    student.speak(RO)
    offer = Offer(student, someone.enrolment)
    offer.open("contract")
    offer.go_on()
    line = next(line for line in register.lines(someone) if not line.mandatory)
    secretary = Secretariat(arrives(SECRETARY))
    secretary.find("offered", someone.name)
    secretary.make_mandatory(line.pk, "Hotărârea consiliului departamentului.")

    student.press("validate")
    expect(student.page.locator(".problems")).to_contain_text(said("changed offer", RO))
    assert register.state(someone) == "offered"
    assert "validate" not in register.acts(someone)
    offer.go_on()
    offer.validate()
    assert register.state(someone) == "validated"


def test_a_closed_stage_says_since_when_and_what_can_be_done(register: Register, arrives: Arrives):
    """Upload before stage 4 begins: a page with the reason; a file that comes nevertheless is not kept."""
    someone = register.somebody("AC-L-TI", "documents_ready")
    student = arrives(someone.email)
    for language, opens in ((RO, "Etapa 4 se deschide pe"), (EN, "Stage 4 opens on")):
        student.speak(language)
        student.go(f"/student/{someone.enrolment}/documents/")
        assert opens in student.reads("#papers")
        assert student.page.locator("a[href$='/upload/']").count() == 0
        student.go(f"/student/{someone.enrolment}/documents/{register.document(someone)}/upload/")
        assert student.heading() == said("upload closed", language)
        assert opens in student.reads()
    assert register.files(someone) == 0


def test_what_belongs_to_somebody_else_does_not_exist(register: Register, arrives: Arrives):
    mine = register.somebody("AC-L-AIA", "documents_ready")
    other = register.somebody("AC-L-AIA", "documents_ready")
    student = arrives(mine.email)
    foreign = (
        f"/student/{other.enrolment}/",
        f"/student/{other.enrolment}/contract/",
        f"/student/{other.enrolment}/documents/",
        f"/student/{other.enrolment}/payments/",
        f"/student/{mine.enrolment}/documents/{register.document(other)}/upload/",
        f"/student/{mine.enrolment}/documents/{register.document(other)}/paper/",
        f"/student/{other.enrolment}/documents/{register.document(other)}/paper/",
        "/student/999999/contract/",
    )
    for path in foreign:
        assert (path, student.go(path).status) == (path, 404)
        assert "Pagina nu există" in student.reads("body")
        assert "This page does not exist" in student.reads("body")
        assert other.last_name not in student.reads("body")


def test_somebody_who_may_not_is_told_so(register: Register, arrives: Arrives):
    """A student at the secretariat's door; the secretary of another faculty at a file."""
    someone = register.student("sorin.petrisor@student.upt.ro")
    student, stranger = arrives(someone.email), arrives("gabriela.oltean@upt.ro")
    assert student.go("/admin/contracting/studentcontracting/queue/").status in (302, 403)
    assert stranger.go(f"/admin/contracting/studentcontracting/{someone.case}/change/").status == 404
    assert someone.last_name not in stranger.reads("body")


def test_a_late_page_keeps_what_was_ticked(register: Register, arrives: Arrives):
    someone = register.somebody("AC-L-TI", "lapsed")
    student = arrives(someone.email)
    student.speak(EN)
    student.go(f"/student/{someone.enrolment}/contract/")
    assert student.heading() == said("too late", EN)
    student.go(f"/student/{someone.enrolment}/contract/validate/")
    assert student.path() == f"/student/{someone.enrolment}/contract/"
    assert student.heading() == said("too late", EN)
    assert steps.events(student, someone)[-1] == "The term passed without validation"
