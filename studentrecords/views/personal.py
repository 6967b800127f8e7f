"""A student's own data: everything held, asking for corrections, reporting changes."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from studentrecords.forms.personal import AskForm
from studentrecords.models import DataRequest, Enrolment
from studentrecords.queries import personal as queries
from studentrecords.refusal import Refused
from studentrecords.requests import StudentPlace, help_of, place_of, posted, sent_proof
from studentrecords.rules.personal import CONTACT, FIELD_WORDS, PersonalField
from studentrecords.services import personal as services
from upt_portal.kernel import citations, clock, uploads
from upt_portal.kernel.page import Crumb
from upt_portal.kernel.uploads import UploadRefused


def crumbs(enrolment: Enrolment, *below: Crumb) -> list[Crumb]:
    """Home, the page of one's data, and the pages below it."""
    return [
        Crumb(_("Home"), reverse("student_home", args=[enrolment.pk])),
        Crumb(_("My data"), reverse("studentrecords:profile", args=[enrolment.pk])),
        *below,
    ]


@login_required
@never_cache
@require_safe
def profile(request: HttpRequest, enrolment: int) -> HttpResponse:
    """All personal data held, read-only; the one page with the whole CNP (REC-024, REC-032)."""
    place = place_of(request, enrolment)
    person = place.enrolment.person
    rows = queries.data_of(person)
    context = {
        "enrolment": place.enrolment,
        "identity": [row for row in rows if not row.is_contact],
        "contact": [row for row in rows if row.is_contact],
        "account": place.user,
        "enrolments": queries.own_enrolments(person),
        "requests": list(queries.requests_of(person)),
        "changes": list(queries.changes_of(person)),
        "crumbs": [*crumbs(place.enrolment)[:1], Crumb(_("My data"))],
        "help_box": help_of(place.enrolment),
    }
    return render(request, "studentrecords/person/profile.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, enrolment: int, field: str) -> HttpResponse:
    """Ask for the correction of one piece of data, or report that it changed (REC-032, REC-040)."""
    place = place_of(request, enrolment)
    if (named := queries.field_named(field)) is None:
        raise Http404
    form = AskForm(*posted(request, files=True))
    if request.method == "POST" and form.is_valid() and (made := _asked(request, place, named, form)):
        words = (
            _("The new value is recorded; number %(number)s.")
            if made.decided_at
            else _("Your request was sent to the secretariat; number %(number)s.")
        )
        messages.success(request, words % {"number": made.registration})
        return redirect("studentrecords:profile", enrolment=enrolment)
    context = {
        "enrolment": place.enrolment,
        "form": form,
        "label": FIELD_WORDS[named],
        "value": queries.shown(named, queries.held(place.enrolment.person, named)),
        "is_contact": named in CONTACT,
        "is_day": named == PersonalField.BIRTH_DATE,
        "article": citations.short("REC-040"),
        "article_url": citations.address("", "REC-040"),
        "crumbs": crumbs(place.enrolment, Crumb(str(FIELD_WORDS[named]))),
        "help_box": help_of(place.enrolment),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "studentrecords/person/ask.html", context, status=status)


def _asked(
    request: HttpRequest, place: StudentPlace, field: PersonalField, form: AskForm
) -> DataRequest | None:
    """The registered request; None with the reason on the form."""
    given = form.cleaned_data
    try:
        proof = uploads.examine(uploads.chosen(request, "proof")) if given["proof"] else None
    except UploadRefused as refused:
        form.add_error("proof", str(refused))
        return None
    try:
        return services.ask(
            place.enrolment.pk,
            field,
            given["value"],
            changed_on=form.day_of_change,
            words=given["words"],
            proof=proof,
            actor=place.user,
            at=clock.now(),
        )
    except Refused as no:
        form.add_error(None, f"{no} {no.answer.cure}".strip())
    except UploadRefused as no:
        form.add_error("proof", str(no))
    return None


@login_required
@require_safe
def proof(request: HttpRequest, enrolment: int, asked: int) -> HttpResponseBase:
    """The document one sent with a request."""
    place = place_of(request, enrolment)
    found = queries.requests_of(place.enrolment.person).filter(pk=asked).first()
    return sent_proof(found)
