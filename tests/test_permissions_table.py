"""Who gets what at every address: one table, `permissions.txt`, read and tried row by row.

An address without a row fails, and so does a row without an address. The rights in the administration stand
in a second table, `permissions_admin.txt`, by model: v(iew), a(dd), c(hange), d(elete).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from contracting.models import OfferLine, SignableDocument, StudentContracting
from contracting.services import review, signing
from fees.models import Charge, OfficeDelay, ProviderEvent, StatusDecision
from fees.rules.exemptions import Ground
from fees.services import exemptions
from studentrecords.models import (
    AddressRequest,
    AppealCopy,
    AttendanceReduction,
    Catalogue,
    CatalogueRow,
    Discipline,
    DocumentRequest,
    Enrolment,
    Equivalence,
    GradeIncrease,
    Person,
    SheetVersion,
)
from studentrecords.services import activation, attendance, exam_requests
from studentrecords.services import papers as school_papers
from tests import factories
from tests.admissions import kit as admission_kit
from tests.contracting import kit
from tests.fees import ledger_kit, refund_kit, statement_kit
from tests.kernel import files
from tests.studentrecords import appeals_kit, exams_kit, person_kit
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import clock, deadlines, documents, feeds, jobs, uploads
from upt_portal.kernel.models import IssuedPaper, Job, Mail
from upt_portal.kernel.references import reference

pytestmark = pytest.mark.django_db  # without the mark no test database would be made

HERE = Path(__file__).parent
COLUMNS = ("anonymous", "owner", "other", "secretary", "secretary_ct", "finance", "teacher", "administrator")
#: Made by the admin for every registered model; tried by rights, not one by one.
GENERATED = ("changelist", "add", "history", "delete", "change")


@dataclass(frozen=True)
class Row:
    """One line of the table. way: GET, or POST without a body. statuses: by column."""

    name: str
    way: str
    statuses: dict[str, str]


def rows(file: str) -> list[list[str]]:
    """Cells of the lines that are not empty and not a comment."""
    lines = (HERE / file).read_text().splitlines()
    return [line.split() for line in lines if line.strip() and not line.startswith("#")]


def table() -> list[Row]:
    head, *body = rows("permissions.txt")
    assert tuple(head[2:]) == COLUMNS
    return [Row(name, way, dict(zip(COLUMNS, statuses, strict=True))) for name, way, *statuses in body]


# ---- every address -----------------------------------------------------------------------------------------


def addresses() -> dict[str, frozenset[str]]:
    """Every named address, "namespace:name", with the arguments it asks for."""
    return dict(_walk(get_resolver(), (), frozenset()))


def _walk(
    resolver: URLResolver, spaces: tuple[str, ...], above: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    for pattern in resolver.url_patterns:
        wanted = above | set(pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, (*spaces, *([pattern.namespace] if pattern.namespace else [])), wanted)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield ":".join((*spaces, pattern.name)), frozenset(wanted)


def generated() -> set[str]:
    """Names of the pages the admin makes for every model."""
    return {
        f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
        for model in admin.site._registry
        for page in GENERATED
    }


def test_every_address_has_its_row_and_every_row_its_address():
    known = [row.name for row in table()]
    assert sorted(known) == sorted(set(known))
    there = set(addresses()) - generated()
    assert there - set(known) == set(), "an address without a row in permissions.txt"
    assert set(known) - there == set(), "a row of permissions.txt without an address"


# ---- the world ---------------------------------------------------------------------------------------------


@dataclass
class World:
    """One student with everything, the others beside; `args` by the name of an address's argument."""

    users: dict[str, User | None]
    args: dict[str, Any]
    own: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once; every request is taken back."""
    with django_db_blocker.unblock(), transaction.atomic(), clock.shifted(kit.STAGE_4):
        yield make_world()
        transaction.set_rollback(True)


def make_world() -> World:
    """A student whose scan waits for the secretariat; beside it, a draft campaign and parked work."""
    factories.faculty("CT")
    clerk = factories.secretary("AC")
    case = kit.approved(kit.validated(kit.case(arrears={1: False, 2: False})), clerk)
    owner = kit.student(case)
    document = SignableDocument.objects.select_related("paper").get(contracting=case, current=True)
    documents.keep(document.paper_id, files.pdf_bytes(2), pages=2, sealed=False, at=kit.NOW)
    sent = SimpleUploadedFile("anexa.jpg", files.jpeg())
    stored = uploads.receive(sent, owner=owner, purpose="contracting.signed_document", at=kit.STAGE_4)
    signed = signing.upload(document.pk, stored, actor=owner, at=kit.STAGE_4)
    job = review.enqueue_approvals([case.pk], actor=clerk, at=kit.NOW)
    examined = uploads.examine(SimpleUploadedFile("adeverinta.jpg", files.jpeg()))
    named = Charge.objects.filter(enrolment=case.enrolment).earliest("pk")
    exemption = exemptions.ask(
        case.enrolment_id, Ground.HOSPITAL, [named.pk], papers=[examined], actor=owner, at=kit.STAGE_4
    )
    args = {
        "dossier": admission_kit.draft().pk,
        "enrolment": case.enrolment_id,
        "document": document.pk,
        "file": stored.pk,
        "message": Mail.objects.filter(recipient=owner).earliest("pk").pk,
        "job": job.pk,
        "code": document.paper.code,
        "exemption": exemption.pk,
        "proof": exemption.papers.get().pk,
        "token": feeds.new_token(owner, at=kit.NOW),
        "rule": "CON-041",
        "key": "not-a-key",
        "session": 1,
        "uidb36": "1",
        "provider_id": "none",
        "app_label": "studentrecords",
        "content_type_id": 1,
        "object_id": 1,
        "pk": case.pk,
        "line": OfferLine.objects.filter(contracting=case, mandatory=False).earliest("pk").pk,
        "signed": signed.pk,
        "name": "cancel",
        "page": 1,
        "paper": 0,
        **money(case.enrolment),
    }
    teacher = factories.user(roles.TEACHER)
    exam = exams_kit.opened(holder=teacher)
    args["catalogue"] = exam.pk
    args["catalogue"], args["discipline"], args["activity"] = exam.pk, exam.discipline_id, "course"
    args["reduction"] = less_attendance(case).pk
    args |= appeals_of(case.enrolment, exam)
    args["asked"] = document_asked(case).pk
    args["year"] = exam.session.year_id
    sheet = sheet_of(exam.discipline, teacher)
    taken = case.enrolment.curriculum.disciplines.order_by("pk")[0]
    read = {"discipline": taken.pk, "version": sheet_of(taken, teacher).pk}
    sheets = {
        "studentrecords:sheet_file": {"version": sheet.pk},
        "admin:studentrecords_equivalence_decide": {"pk": equivalence_of(case.enrolment, clerk).pk},
        "studentrecords:student_sheet": read,
        "studentrecords:student_sheet_file": read,
    }
    return World(
        users={
            "anonymous": None,
            "owner": owner,
            "other": factories.with_past(factories.enrolment()).person.user,
            "secretary": clerk,
            "secretary_ct": factories.secretary("CT"),
            "finance": factories.user(roles.FINANCE),
            "teacher": teacher,
            "administrator": factories.administrator(),
        },
        args=args,
        own=own_objects(case, job) | sheets | person_kit.own_objects(case.enrolment, kit.STAGE_4),
    )


def equivalence_of(enrolment: Enrolment, clerk: User) -> Equivalence:
    """A request to have something passed elsewhere recognised."""
    return Equivalence.objects.create(
        enrolment=enrolment, programme="-", cycle="licenta", methodology="-", asked_on=kit.NOW.date(),
        recorded_by=clerk,
    )  # fmt: skip


def sheet_of(discipline: Discipline, teacher: User) -> SheetVersion:
    """The published sheet of a discipline."""
    stored = uploads.receive(
        SimpleUploadedFile("fisa.pdf", files.pdf_bytes(1)), owner=teacher, purpose="test", at=kit.NOW
    )
    return SheetVersion.objects.create(
        discipline=discipline, year=factories.academic_year(), number=1, stored=stored, standards="-",
        assessment="-", scale="-", published_at=kit.NOW, published_by=teacher,
    )  # fmt: skip


def appeals_of(account: Enrolment, exam: Catalogue) -> dict[str, Any]:
    """Results of the owner: one to contest, one contested and communicated, one that is increased."""
    session = exam.session
    sat = [appeals_kit.result_of(account, session, at=clock.now()) for _n in range(2)]
    appeal = appeals_kit.communicated(sat[0], at=clock.now())
    increase = GradeIncrease.objects.create(
        enrolment=account,
        discipline=sat[1].discipline,
        year=session.year,
        session="B-I",
        state="listed",
        first="6",
        row=CatalogueRow.objects.create(catalogue=exam, enrolment=account, kind="increase"),
        asked_at=clock.now(),
    )
    return {
        "attempt": sat[1].pk,
        "appeal": appeal.pk,
        "increase": increase.pk,
    }


def money(account: Enrolment) -> dict[str, Any]:
    """A statement that was looked at, a transfer that waits, a reference, money on a line."""
    statement_kit.bank_account()
    clerk = factories.user(roles.FINANCE)
    waiting = statement_kit.booked(statement_kit.camt(statement_kit.Moved("5.00", name="?")), clerk)
    line = ledger_kit.charge(account, reference="permissions:1")
    paid = ledger_kit.charge(account, reference="permissions:2")
    return {
        "statement": statement_kit.uploaded(statement_kit.camt(statement_kit.Moved()), clerk).pk,
        "entry": waiting.lines.get().pk,
        "act": "close",
        "reference": statement_kit.reference(account, line.pk).code,
        "payment": (received := ledger_kit.payment(account, payer=account.person.user)).pk,
        "allocation": ledger_kit.allocate(received, paid, "35.00").pk,
    }


def own_objects(case: StudentContracting, job: Job) -> dict[str, dict[str, Any]]:
    """Arguments that are not the same for every address of that name: what somebody can act on."""
    parked = Mail.objects.filter(state=Mail.State.QUEUED).latest("pk")
    parked.state = Mail.State.PARKED
    parked.save(update_fields=["state"])
    stopped = jobs.enqueue("permissions", "permissions", {}, at=kit.NOW)
    Job.objects.filter(pk=stopped.pk).update(state=Job.State.PARKED)
    term = deadlines.set_deadline(case, "contracting.upload", due_at=kit.STAGE_4 + timedelta(days=3))
    event = ProviderEvent.objects.create(
        event_id="evt_1", type="none", raw={}, received_at=kit.NOW, outcome="parked", reason="test"
    )
    draft = factories.campaign(name="Ciornă")
    decision = StatusDecision.objects.create(
        enrolment=factories.enrolment(), year=factories.academic_year(), financing="state", amount=0,
        decision="DR 1", communicated_on=kit.NOW.date(), steps_until=kit.NOW, registered_at=kit.NOW,
    )  # fmt: skip
    paper = document_asked(case)
    return refunds_of(case) | {
        "admin:studentrecords_documentrequest_file": {"pk": paper.pk},
        "admin:studentrecords_documentrequest_act": {"pk": paper.pk, "act": "issue"},
        "admin:studentrecords_documentrequest_scan": {"pk": on_paper(case).pk},
        "studentrecords:catalogue_act": {"name": "sign"},
        "studentrecords:appeal_act": {"name": "send"},
        "studentrecords:appeal_copy": {"copy": copy_of_paper(case).pk},
        "studentrecords:attendance_paper": {"proof": (papers := less_attendance(case).proofs.get()).pk},
        "studentrecords:attendance_proof": {"proof": papers.pk, "reduction": papers.reduction_id},
        **exam_request_of(case),
        "admin:contracting_campaign_publish": {"pk": draft.pk},
        "fees:carry_out": {"decision": decision.pk},
        "admin:contracting_campaign_reschedule": {"pk": case.campaign_id},
        "admin:contracting_campaign_close": {"pk": case.campaign_id},
        "admin:contracting_campaign_complete": {"pk": case.campaign_id},
        "admin:contracting_studentcontracting_job": {"pk": job.pk},
        "admin:kernel_mail_again": {"object_id": parked.pk},
        "admin:kernel_job_again": {"object_id": stopped.pk},
        "admin:kernel_deadline_extend": {"pk": term.pk},
        "admin:studentrecords_person_cnp": {"pk": case.enrolment.person_id},
        "admin:studentrecords_addressrequest_decide": {
            "pk": declared(case.enrolment.person).pk,
            "act": "approve",
        },
        "admin:fees_event_retry": {"pk": event.pk},
        "admin:fees_event_handle": {"pk": event.pk},
    }


def copy_of_paper(case: StudentContracting) -> AppealCopy:
    """A copy of the paper the owner contests: nobody of this table sits in its commission."""
    found = case.enrolment.appeals.get()
    stored = uploads.receive(
        SimpleUploadedFile("lucrare.jpg", files.jpeg()), owner=kit.student(case), purpose="x", at=kit.STAGE_4
    )
    return AppealCopy.objects.create(
        appeal=found, stored=stored, added_at=kit.STAGE_4, added_by=kit.student(case)
    )


def less_attendance(case: StudentContracting) -> AttendanceReduction:
    """The owner's request for a reduction of attendance, with its paper."""
    asked = AttendanceReduction.objects.filter(enrolment=case.enrolment).first()
    if asked is not None:
        return asked
    return attendance.ask_reduction(
        case.enrolment_id,
        factories.academic_year(),
        "employment",
        kit.STAGE_4.date(),
        proofs=[uploads.examine(SimpleUploadedFile("contract.jpg", files.jpeg()))],
        actor=kit.student(case),
        at=kit.STAGE_4,
    )


def exam_request_of(case: StudentContracting) -> dict[str, dict[str, Any]]:
    """The owner's request for another form of the exam, with its paper; an exam to ask for."""
    asked = exam_requests.ask(
        case.enrolment_id, factories.academic_year(), "alternative", "temporary", disciplines=[],
        words="oral", proofs=[uploads.examine(SimpleUploadedFile("certificat.jpg", files.jpeg()))],
        actor=kit.student(case), at=kit.STAGE_4,
    )  # fmt: skip
    own = {"asked": asked.pk, "proof": asked.proofs.get().pk, "kind": "open", "session": "B-I"}
    pages = ("ask", "cancel", "request", "request_new", "request_paper", "request_proof")
    return {f"studentrecords:exam_{page}": own for page in pages}


def on_paper(case: StudentContracting) -> DocumentRequest:
    """An application of the owner's that came on paper, with its scan."""
    scan = uploads.examine(SimpleUploadedFile("cerere.jpg", files.jpeg()))
    return school_papers.register_paper(
        case.enrolment_id,
        school_papers.Wish("other", details="o adeverință"),
        school_papers.Arrival("paper", kit.NOW, scan),
        actor=factories.secretary("AC"),
        at=kit.NOW,
    )


def document_asked(case: StudentContracting) -> DocumentRequest:
    """A certificate the portal has made for the owner."""
    owner = kit.student(case)
    wish = school_papers.Wish("certificate", purpose="employer")
    asked = school_papers.ask(case.enrolment_id, wish, actor=owner, at=kit.NOW)
    made = IssuedPaper.objects.get(about=reference(asked))
    documents.keep(made.pk, files.pdf_bytes(1), pages=1, sealed=False, at=kit.NOW)
    return asked


def declared(person: Person) -> AddressRequest:
    """An address that somebody declared for the owner's account."""
    activation.identified(person.pk, "alta@exemplu.ro", at=kit.NOW)
    return AddressRequest.objects.get(person=person)


def refunds_of(case: StudentContracting) -> dict[str, dict[str, Any]]:
    """A transfer on its way to the student, its bank file, and a dispute."""
    owner = kit.student(case)
    money = ledger_kit.payment(case.enrolment, payer=owner, method="bank")
    asked = refund_kit.asked(money, account=refund_kit.ACCOUNT)
    attempt = refund_kit.sent_by_bank(asked)
    own = {"refund": asked.pk, "attempt": attempt.pk, "batch": attempt.batch_id}
    dispute = refund_kit.dispute_of(ledger_kit.payment(case.enrolment, payer=owner))
    today = date(2026, 11, 19)
    delay = OfficeDelay.objects.create(
        charge=Charge.objects.filter(enrolment=case.enrolment).earliest("pk"),
        first_day=today, last_day=today, reason="scanare", at=kit.STAGE_4, recorded_by=owner,
    )  # fmt: skip
    refund_pages = ("refund", "refund_withdraw", "refund_note", "refund_proof")
    desk_pages = ("refund_desk", "refund_proof_desk", "refund_batch", "refund_batch_file")
    return {
        **{f"fees:{name}": own for name in refund_pages + desk_pages},
        "fees:debtor_delay_back": {"enrolment": case.enrolment_id, "delay": delay.pk},
        "fees:refund_act": {**own, "name": "refuse"},
        "fees:refund_attempt": {**own, "end": "failed"},
        "fees:dispute_handle": {"dispute": dispute.pk},
        "fees:proof_day": {"day": "2026-11-19"},
        "fees:proof_again": {"day": "2026-11-19"},
    }


def address(name: str, world: World) -> str:
    """The address by its name, each argument with the owner's object."""
    given = {**world.args, **world.own.get(name, {})}
    return reverse(name, kwargs={one: given[one] for one in addresses()[name]})


def status(world: World, column: str, way: str, where: str) -> str:
    """What somebody gets there; "login" for being sent to sign in. Whatever it changed is taken back."""
    with transaction.atomic():
        client, user = Client(), world.users[column]
        if user is not None:
            client.force_login(user, backend="upt_portal.accounts.backends.PortalBackend")
        response = client.get(where) if way == "GET" else client.post(where)
        if target_of(response).startswith(reverse("admin:login")):
            response = client.get(target_of(response))  # the administration's door asks who it is
        transaction.set_rollback(True)
    return "login" if target_of(response).startswith(reverse("account_login")) else str(response.status_code)


def target_of(response: HttpResponse) -> str:
    """Where a response sends the browser, by itself or through htmx."""
    return str(response.headers.get("Location") or response.headers.get("HX-Redirect") or "")


@pytest.mark.parametrize("row", table(), ids=lambda row: row.name)
def test_everybody_gets_what_the_table_says(row: Row, world: World):
    where = address(row.name, world)
    found = {column: status(world, column, row.way, where) for column in COLUMNS}
    assert found == row.statuses, where


#: With an own enrolment in the address, somebody else's object in it is as good as none.
FOREIGN = (
    "contracting:upload",
    "contracting:paper",
    "contracting:file",
    "student_message",
    "fees:receipt",
    "fees:receipt_pdf",
    "studentrecords:paper",
    "studentrecords:student_sheet",
    "studentrecords:student_sheet_file",
)


@pytest.mark.parametrize("name", FOREIGN)
def test_somebody_else_s_object_in_an_own_address_is_not_there(name: str, world: World):
    other = world.users["other"]
    assert other is not None
    own = other.person.enrolments.get().pk
    given = {**world.args, **world.own.get(name, {}), "enrolment": own}
    where = reverse(name, kwargs={one: given[one] for one in addresses()[name]})
    assert status(world, "other", "GET", where) == "404"


# ---- rights in the administration --------------------------------------------------------------------------

STAFF = (
    roles.SECRETARY,
    roles.CHIEF_SECRETARY,
    roles.DEANERY,
    roles.FINANCE,
    roles.SCHOOL_MANAGEMENT,
    roles.TEACHER,
    roles.ADMINISTRATOR,
)
ACTS = ("view", "add", "change", "delete")


def letters(model_admin: admin.ModelAdmin, user: User) -> str:
    """What the admin of a model lets somebody do: "v", "vac" …; "-" for nothing."""
    request = RequestFactory().get("/admin/")
    request.user = user
    allowed = "".join(act[0] for act in ACTS if getattr(model_admin, f"has_{act}_permission")(request))
    return allowed or "-"


def test_each_role_s_rights_in_the_administration():
    head, *body = rows("permissions_admin.txt")
    assert tuple(head[1:]) == (*STAFF, "superuser")
    expected = {model: dict(zip(head[1:], cells, strict=True)) for model, *cells in body}
    users = {role: factories.user(role, faculties=["AC"], is_staff=True) for role in STAFF}
    users["superuser"] = factories.administrator()
    found = {
        model._meta.label_lower: {who: letters(model_admin, user) for who, user in users.items()}
        for model, model_admin in admin.site._registry.items()
    }
    assert found == expected


MODELS = {model._meta.label: model for model in admin.site._registry}


@pytest.mark.parametrize("label", sorted(MODELS))
def test_every_list_of_the_administration_opens(label: str, world: World):
    """And only for those who may see it: cases of students are no matter of the administrator's."""
    where = reverse(f"admin:{label.lower().replace('.', '_')}_changelist")
    seen_by = {"contracting.StudentContracting": "secretary"}.get(label, "administrator")
    assert status(world, seen_by, "GET", where) in ("200", "302")  # the queue stands in for a list
    assert status(world, "anonymous", "GET", where) == "login"
    assert status(world, "other", "GET", where) == "403"
