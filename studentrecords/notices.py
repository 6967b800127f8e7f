"""The e-mails of the records."""

from datetime import datetime

from django.urls import reverse

from studentrecords.models import (
    Appeal,
    AttendanceReduction,
    Catalogue,
    CatalogueRow,
    DataChange,
    DataRequest,
    DocumentRequest,
    Enrolment,
    Equivalence,
    ExamRequest,
    GroupChange,
    OfficialMessage,
    SheetVersion,
)
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel.outbox import Notice


def result_posted(
    catalogue: Catalogue, row: CatalogueRow, reader: User, *, again: bool, at: datetime
) -> Notice:
    """A result can be read in the portal; the grade itself stands in no mail. again: it was changed."""
    faculty = catalogue.discipline.curriculum.programme.faculty
    return Notice(
        recipient=reader,
        template="studentrecords/mail/result_posted",
        key=f"studentrecords.result:{row.pk}:{at:%s}",
        context={"catalogue": catalogue, "first_name": reader.first_name, "again": again},
        link=reverse("studentrecords:grades", args=[row.enrolment_id]),
        office=faculty.office_in(reader.language) if faculty else "",
        reply_to=faculty.office_email if faculty else "",
    )


def document_ready(asked: DocumentRequest, reader: User) -> Notice:
    """A document the secretariat was asked for is ready, or answered; which one stands in the portal."""
    faculty = asked.enrolment.programme.faculty
    return Notice(
        recipient=reader,
        template="studentrecords/mail/document_ready",
        key=f"studentrecords.document:{asked.pk}:ready",
        context={"asked": asked, "first_name": reader.first_name},
        link=reverse("studentrecords:papers", args=[asked.enrolment_id]),
        office=faculty.office_in(reader.language) if faculty else "",
        reply_to=faculty.office_email if faculty else "",
    )


def document_registered(asked: DocumentRequest, reader: User) -> Notice:
    """The secretariat registered an application that came on paper in the student's name (REC-043)."""
    faculty = asked.enrolment.programme.faculty
    return Notice(
        recipient=reader,
        template="studentrecords/mail/document_registered",
        key=f"studentrecords.document:{asked.pk}:registered",
        context={"asked": asked, "first_name": reader.first_name},
        link=reverse("studentrecords:papers", args=[asked.enrolment_id]),
        office=faculty.office if faculty else "",
        reply_to=faculty.office_email if faculty else "",
    )


def document_late(asked: DocumentRequest, reader: User) -> Notice:
    """A document was not ready in its term: told to the head of the secretariat (REC-042)."""
    return Notice(
        recipient=reader,
        template="studentrecords/mail/document_late",
        key=f"studentrecords.document:{asked.pk}:late",
        context={"asked": asked},
        link=reverse("admin:studentrecords_documentrequest_change", args=[asked.pk]),
    )


def appeal(appeal: Appeal, reader: User, event: str, *, own: bool) -> Notice:
    """A step of a grade appeal; no grade and no reason stands in the mail. own: to the student."""
    faculty = appeal.enrolment.programme.faculty
    link = (
        reverse("studentrecords:appeal", args=[appeal.enrolment_id, appeal.pk])
        if own
        else reverse("studentrecords:appeal_case", args=[appeal.pk])
    )
    return Notice(
        recipient=reader,
        template="studentrecords/mail/appeal",
        key=f"studentrecords.appeal:{appeal.pk}:{event}",
        context={
            "appeal": appeal,
            "event": event,
            "discipline": appeal.attempt.discipline,
            "first_name": reader.first_name,
        },
        link=link,
        office=faculty.office_in(reader.language) if faculty else "",
        reply_to=faculty.office_email if faculty else "",
    )


def reduction_decided(one: AttendanceReduction, reader: User) -> Notice:
    """The dean decided on lower minima; neither ground nor decision stands in the mail (REC-091)."""
    faculty = one.enrolment.programme.faculty
    return Notice(
        recipient=reader,
        template="studentrecords/mail/reduction_decided",
        key=f"studentrecords.reduction:{one.pk}",
        context={"first_name": reader.first_name},
        link=reverse("studentrecords:attendance", args=[one.enrolment_id]),
        office=faculty.office if faculty else "",
        reply_to=faculty.office_email if faculty else "",
    )


def group_decided(asked: GroupChange) -> Notice:
    """A request for another group was decided; the answer stands in the portal (REC-458)."""
    enrolment = asked.enrolment
    reader, faculty = enrolment.person.user, enrolment.programme.faculty
    if reader is None:
        raise ValueError("nobody to write to")
    return Notice(
        recipient=reader,
        template="studentrecords/mail/group_decided",
        key=f"studentrecords.group:{asked.pk}",
        context={"first_name": reader.first_name},
        link=reverse("studentrecords:group_change", args=[enrolment.pk]),
        office=faculty.office_in(reader.language) if faculty else "",
        reply_to=faculty.office_email if faculty else "",
    )


def exam_request_decided(asked: ExamRequest) -> Notice:
    """A request about exams was decided; neither ground nor answer stands in the mail (REC-098, REC-122)."""
    enrolment = asked.enrolment
    reader, faculty = enrolment.person.user, enrolment.programme.faculty
    if reader is None:
        raise ValueError("nobody to write to")
    return Notice(
        recipient=reader,
        template="studentrecords/mail/exam_request_decided",
        key=f"studentrecords.exam_request:{asked.pk}",
        context={"first_name": reader.first_name},
        link=reverse("studentrecords:exams", args=[enrolment.pk]),
        office=faculty.office if faculty else "",
        reply_to=faculty.office_email if faculty else "",
    )


# ---- personal data, official messages ----------------------------------------------------------------------


def data_registered(request: DataRequest, reader: User) -> Notice:
    """A request about personal data has its number; the value stands in no mail (REC-043)."""
    return _about_data(request, reader, "data_registered", f"studentrecords.data:{request.pk}")


def data_decided(request: DataRequest, reader: User) -> Notice:
    """The secretariat answered a request about personal data (REC-043)."""
    return _about_data(request, reader, "data_decided", f"studentrecords.data_decided:{request.pk}")


def _about_data(request: DataRequest, reader: User, template: str, key: str) -> Notice:
    faculty = request.enrolment.programme.faculty
    return Notice(
        recipient=reader,
        template=f"studentrecords/mail/{template}",
        key=key,
        context={"request": request, "recorded": request.state == "recorded"},
        link=reverse("studentrecords:profile", args=[request.enrolment_id]),
        office=faculty.office_in(reader.language) if faculty else "",
        reply_to=faculty.office_email if faculty else "",
    )


def data_corrected(change: DataChange, reader: User) -> Notice:
    """The secretariat corrected a value without being asked in the portal; the value stands in no mail."""
    enrolment = change.person.enrolments.order_by("-pk").first()
    return Notice(
        recipient=reader,
        template="studentrecords/mail/data_corrected",
        key=f"studentrecords.data_change:{change.pk}",
        context={"field": change.field_words, "reason": change.reason},
        link=reverse("studentrecords:profile", args=[enrolment.pk]) if enrolment else "",
    )


def official(message: OfficialMessage, reader: User) -> Notice:
    """An official message or a rector's decision, in the reader's language where it has one (REC-049)."""
    english = reader.language == "en"
    return Notice(
        recipient=reader,
        template="studentrecords/mail/official",
        key=f"official:{message.pk}",
        context={
            "subject": (english and message.subject_en) or message.subject_ro,
            "words": (english and message.text_en) or message.text_ro,
            "message": message,
        },
        office=str(roles.LABELS[roles.SECRETARY_GENERAL if message.kind == "decision" else roles.INFOCENTER]),
    )


def confidential_arrived(reader: User, number: int, year: int) -> Notice:
    """Something waits for the vice-rector: neither who nor what."""
    return Notice(
        recipient=reader,
        template="studentrecords/mail/confidential",
        key=f"confidential:{year}:{number}",
        link=reverse("studentrecords:confidential_desk"),
    )


def confidential_sent_on(reader: User, forwarded: int) -> Notice:
    """The vice-rector sent something on to this dean's office: neither who nor what."""
    return Notice(
        recipient=reader,
        template="studentrecords/mail/confidential",
        key=f"confidential_sent_on:{forwarded}",
        link=reverse("studentrecords:sent_on"),
    )


def sheet_changed(version: SheetVersion, enrolment: Enrolment, reader: User) -> Notice:
    """The sheet of a discipline has a new version; what changed stands in the portal (REC-078)."""
    faculty = enrolment.programme.faculty
    return Notice(
        recipient=reader,
        template="studentrecords/mail/sheet_changed",
        key=f"studentrecords.sheet:{version.pk}:{enrolment.pk}",
        context={"version": version, "discipline": version.discipline, "first_name": reader.first_name},
        link=reverse("studentrecords:student_sheet", args=[enrolment.pk, version.discipline_id]),
        office=faculty.office if faculty else "",
        reply_to=faculty.office_email if faculty else "",
    )


def equivalence_decided(found: Equivalence) -> Notice:
    """The commission decided on a request for equivalence; the answer stands in the portal (REC-076)."""
    enrolment = found.enrolment
    reader, faculty = enrolment.person.user, enrolment.programme.faculty
    if reader is None:
        raise ValueError("nobody to write to")
    return Notice(
        recipient=reader,
        template="studentrecords/mail/equivalence_decided",
        key=f"studentrecords.equivalence:{found.pk}",
        context={"first_name": reader.first_name},
        link=reverse("studentrecords:own_information", args=[enrolment.pk]),
        office=faculty.office if faculty else "",
        reply_to=faculty.office_email if faculty else "",
    )
