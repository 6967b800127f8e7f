"""Whose pages a request is on: the enrolment of the address, found among the signed-in person's own."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from studentrecords.models import DataRequest, Enrolment
from studentrecords.queries import core as queries
from upt_portal.accounts.models import User
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import storage, uploads
from upt_portal.kernel.page import HelpBox

_KEPT = "student_place"


@dataclass(frozen=True)
class StudentPlace:
    """The reader and the enrolment of the page. several: the person has other enrolments to choose from."""

    user: User
    enrolment: Enrolment
    several: bool


def place_of(request: HttpRequest, enrolment: int) -> StudentPlace:
    """The reader's own enrolment `enrolment`, kept on the request for the page's header and help box.

    One query for all enrolments of the person. Http404 when it is not theirs (CON-012).
    """
    user = signed_in(request)
    own = list(queries.enrolments_of(user))
    found = next((row for row in own if row.pk == enrolment), None)
    if found is None:
        raise Http404
    place = StudentPlace(user, found, several=len(own) > 1)
    setattr(request, _KEPT, place)
    return place


def kept_place(request: HttpRequest) -> StudentPlace | None:
    """The place a view has found for this request; None on pages that are nobody's."""
    return getattr(request, _KEPT, None)


def help_of(enrolment: Enrolment, note: str = "") -> HelpBox:
    """Whom the student asks: the secretariat of the own faculty (CON-010). note: a line of the campaign."""
    faculty = enrolment.programme.faculty
    if faculty is None:
        return HelpBox(office=_("The secretariat of your faculty"), note=note)
    language = get_language() or "ro"
    return HelpBox(
        office=faculty.office_in(language) or _("Secretariat of %(faculty)s") % {"faculty": faculty.name},
        hours=faculty.hours_in(language),
        phone=faculty.office_phone,
        mail=faculty.office_email,
        reference=enrolment.matriculation_number,
        note="" if note.strip() == faculty.office_email else note,
    )


def place_in_words(enrolment: Enrolment) -> str:
    """ "Calculatoare · anul 3 · buget": which programme the page is about."""
    year = _("year %(year)s") % {"year": enrolment.year_of_study}
    return f"{enrolment.programme.name} · {year} · {enrolment.get_financing_display()}"


def sent_proof(found: DataRequest | None) -> HttpResponseBase:
    """The document of a request the reader may see; Http404 without one, or while it may not be shown."""
    if found is None or found.proof is None or not uploads.may_be_shown(found.proof):
        raise Http404
    extension = storage.EXTENSIONS[found.proof.content_type]
    return storage.attachment(
        found.proof.served, filename=f"dovada-{found.pk}{extension}", content_type=found.proof.content_type
    )


def posted(request: HttpRequest, *, files: bool = False) -> tuple[Any, ...]:
    """What a form is bound to: the data sent, an empty body included; nothing on the first look."""
    if request.method != "POST":
        return ()
    return (request.POST, request.FILES) if files else (request.POST,)
