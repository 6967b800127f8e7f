"""A grade appeal from the posted grade to that of the commission, by everybody with a hand in it."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from playwright.sync_api import FilePayload, expect

from studentrecords.models import (
    Appeal,
    Discipline,
    DisciplineKind,
    Enrolment,
    ExamAttempt,
    ExamSession,
)
from studentrecords.queries.grades import grades_of
from studentrecords.queries.record import grades_by_year
from studentrecords.services import appeals, catalogues
from studentrecords.services.catalogues import Written
from tests.journeys.conftest import Arrives
from tests.journeys.portal import Portal
from tests.journeys.visitor import PHONE, Visitor, plain
from tests.journeys.words import EN, RO
from tests.kernel import files
from upt_portal.accounts.models import User
from upt_portal.demo import exams
from upt_portal.kernel import clock
from upt_portal.kernel.calendar import last_day_before
from upt_portal.kernel.models import Mail

pytestmark = pytest.mark.browser

HORIA, OANA, LARISA = "horia.gavrila@upt.ro", "oana.parvu@upt.ro", "larisa.bucur@upt.ro"
SECRETARY, DEAN = "ana.brumaru@upt.ro", "liviu.chirila@upt.ro"
COMMISSION = ("emanuel.tataru@upt.ro", "simona.hanganu@upt.ro", "octavian.barsan@upt.ro")
#: language → year of study of the student, word of the last step, subject of the last mail.
SAID = {
    RO: (2, "Nota înregistrată și comunicată", "Reevaluarea s-a încheiat"),
    EN: (3, "Grade recorded and communicated", "The re-evaluation has ended"),
}


@dataclass(frozen=True)
class Contested:
    """The result to contest: whose, its key, its discipline and credits, the catalogue."""

    email: str
    enrolment: int
    attempt: int
    discipline: int
    name: dict[str, str]
    credits: int


def user(email: str) -> User:
    return User.objects.get(email=email)


def posted(year: int) -> Contested:
    """A compulsory discipline of an earlier semester failed with 4, its catalogue published a minute ago."""
    session = ExamSession.objects.filter(starts_on__lte=clock.today()).latest("starts_on")
    student = (
        Enrolment.objects.filter(
            programme__code="AC-L-CALC", year_of_study=year, status="enrolled", person__user__isnull=False
        )
        .exclude(person__user__email__in=["andra.valeanu@student.upt.ro", "anca.brezeanu@student.upt.ro"])
        .select_related("person__user", "curriculum")
        .latest("pk")
    )
    compulsory = Discipline.objects.filter(
        curriculum=student.curriculum, kind=DisciplineKind.COMPULSORY, package=None, year=year, evaluation="E"
    )
    discipline = compulsory.exclude(catalogues__session=session).earliest("pk")
    now, holder, second = clock.now(), user(HORIA), user(OANA)
    catalogue = catalogues.plan(
        discipline,
        session,
        held_on=last_day_before(clock.today(), 1, exams.closed_days()),
        holder=holder,
        second=second,
        actor=user(SECRETARY),
        at=now,
    )
    catalogues.open_catalogue(catalogue.pk, actor=None, at=now)
    exams.list_students(catalogue, [student])
    catalogue.rows.exclude(enrolment=student).delete()
    catalogues.enter(
        catalogue.pk,
        {catalogue.rows.get().pk: Written("", "4", card=True, identity=True)},
        actor=holder,
        at=now,
    )
    for who in (holder, second):
        catalogue.refresh_from_db()
        catalogues.sign(catalogue.pk, version=catalogue.version, actor=who, at=now)
    catalogues.publish(catalogue.pk, actor=holder, at=now)
    attempt = ExamAttempt.objects.get(row__catalogue=catalogue)
    owner = student.person.user
    assert owner is not None
    return Contested(
        owner.email,
        student.pk,
        attempt.pk,
        discipline.pk,
        {RO: discipline.name_in("ro"), EN: discipline.name_in("en")},
        discipline.credits,
    )


def stands(of: Contested) -> tuple[str, int, Decimal | None]:
    """Result of record and credits of the discipline, average of its year."""
    student = Enrolment.objects.get(pk=of.enrolment)
    mine = next(one for one in grades_of(student) if one.discipline.pk == of.discipline)
    year = next(one for one in grades_by_year(student, clock.now()) if one.year == mine.discipline.year)
    return mine.result, mine.credits, year.average


def act(visitor: Visitor, appeal: int, name: str, **typed: str | FilePayload) -> None:
    """A step on the page of the appeal, by its form; the next page says what was done."""
    visitor.go(f"/appeals/{appeal}/")
    form = visitor.page.locator(f"form[action$='/{name}/']")
    for field, value in typed.items():
        found = form.locator(f"[name={field}]")
        if isinstance(value, dict):
            found.set_input_files(value)
        elif found.evaluate("one => one.tagName") == "SELECT":
            found.select_option(value)
        else:
            found.fill(value)
    form.locator("button[type=submit]").click()
    expect(visitor.page.locator(".note-ok").first).to_be_visible()


@pytest.mark.parametrize("language", [RO, EN])
def test_an_appeal_to_the_grade_of_the_commission(portal: Portal, arrives: Arrives, language: str):
    year, last_step, last_mail = SAID[language]
    ask = portal.records.ask
    of = ask(lambda: posted(year))
    before = ask(lambda: stands(of))
    assert before[:2] == ("4", 0)

    student = arrives(of.email, language=language, **PHONE)
    student.speak(language)
    student.go(f"/student/{of.enrolment}/grades/")
    student.page.locator(f"a[href$='/appeals/new/{of.attempt}/']").click()
    student.page.locator("[name=ground][value=marking]").check()
    student.page.locator("[name=reasons]").fill("Problema 3 este rezolvată complet.")
    student.page.locator("main form button[type=submit]").click()
    expect(student.page.locator("h1")).to_contain_text(of.name[language])
    key = ask(lambda: Appeal.objects.get(attempt=of.attempt).pk)

    infocenter = arrives(LARISA, language=language)
    infocenter.speak(language)
    act(infocenter, key, "register")
    ask(lambda: appeals.send(key, actor=user(SECRETARY), at=clock.now()))
    teacher = arrives(HORIA, language=language)
    teacher.speak(language)
    act(teacher, key, "answer", words="Rezolvarea nu tratează cazul general.")
    act(infocenter, key, "communicate")

    student.page.reload()
    student.page.locator("[name=reason][value=grid]").check()
    student.page.locator("[name=words]").fill("Grila dă 2 puncte pentru metodă.")
    student.page.locator("#again button[type=submit]").click()
    expect(student.page.locator(".note-ok").first).to_be_visible()

    ask(lambda: appeals.forward(key, actor=user(LARISA), at=clock.now()))
    ask(lambda: appeals.put_before_dean(key, actor=user(SECRETARY), at=clock.now()))
    members = ask(lambda: [user(email) for email in COMMISSION])
    dean = arrives(DEAN, language=language)
    dean.speak(language)
    chosen = {f"member_{n}": str(one.pk) for n, one in enumerate(members, 1)}
    act(dean, key, "appoint", decision="DD 52", **chosen)
    secretary = arrives(SECRETARY, language=language)
    secretary.speak(language)
    act(
        secretary, key, "hand_over",
        copy=FilePayload(name="lucrare.jpg", mimeType="image/jpeg", buffer=files.jpeg()),
    )  # fmt: skip

    first = arrives(COMMISSION[0], language=language)
    first.speak(language)
    for other in members[1:]:
        ask(lambda other=other: appeals.mark(key, "8", "", actor=other, at=clock.now()))
    act(first, key, "mark", mark="8")
    copy = first.page.locator("a[href*='/copy/']").first
    with first.page.expect_download() as coming:
        copy.click()
    assert coming.value.suggested_filename.startswith("lucrare-")
    act(first, key, "report", result="8", words="Metoda este corectă și se punctează integral.")
    seen = ask(lambda: Appeal.objects.get(pk=key).report_version)
    for other in members[1:]:
        ask(lambda other=other: appeals.sign(key, version=seen, actor=other, at=clock.now()))
    act(first, key, "sign")
    act(infocenter, key, "finish")

    student.page.reload()
    course = plain(student.reads("main"))
    assert last_step in course
    assert f"{ask(clock.today).year}" in course
    result, credits, average = ask(lambda: stands(of))
    assert (result, credits) == ("8", of.credits)
    assert average is not None
    assert average > (before[2] or 0)
    student.go(f"/student/{of.enrolment}/grades/")
    row = student.page.locator("tr", has_text=of.name[language]).first
    expect(row).to_contain_text("8")
    mails = ask(
        lambda: list(
            Mail.objects.filter(key__contains=f"appeal:{key}:", recipient__email=of.email).order_by("pk")
        )
    )
    assert {mail.language for mail in mails} == {language}
    assert mails[-1].subject == last_mail
    assert all("8" not in mail.subject for mail in mails)
