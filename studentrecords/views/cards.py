"""The digital student card: its owner's page, its photograph, the public check (REC-044)."""

from http import HTTPStatus
from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from studentrecords.models import StudentCard
from studentrecords.queries import cards as queries
from studentrecords.refusal import Refused
from studentrecords.requests import StudentPlace, help_of, place_of
from studentrecords.services import cards as services
from studentrecords.views.personal import crumbs
from upt_portal.accounts import limits
from upt_portal.kernel import clock, storage, uploads
from upt_portal.kernel.inspection.findings import JPEG, PNG
from upt_portal.kernel.page import Crumb
from upt_portal.kernel.uploads import UploadRefused


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The card, or the button that makes it; a photograph, a new code."""
    place = place_of(request, enrolment)
    card = queries.in_force(place.enrolment)
    problem, status = "", HTTPStatus.OK
    if request.method == "POST":
        try:
            _act(request, place, card)
        except (Refused, UploadRefused) as no:
            problem, status = str(no), HTTPStatus.UNPROCESSABLE_ENTITY
        else:
            return redirect("studentrecords:card", enrolment=enrolment)
    today = clock.today()
    context: dict[str, Any] = {
        "enrolment": place.enrolment,
        "person": place.enrolment.person,
        "card": card,
        "enrolled": queries.is_enrolled(place.enrolment),
        "until": queries.valid_until(today),
        "problem": problem,
        "crumbs": crumbs(place.enrolment, Crumb(_("Student card"))),
        "help_box": help_of(place.enrolment),
    }
    if card is not None:
        address = settings.SITE_URL + reverse("studentrecords:card_check", args=[card.code])
        context |= {
            "valid": queries.is_valid(card, today),
            "address": address,
            "qr": segno.make(address, error="m", micro=False).svg_data_uri(border=3, omitsize=True),
        }
    return render(request, "studentrecords/person/card.html", context, status=status)


def _act(request: HttpRequest, place: StudentPlace, card: StudentCard | None) -> None:
    """What a button of the page asks for. Raises Refused, UploadRefused."""
    act, at = request.POST.get("act", "issue"), clock.now()
    if card is None or act == "issue":
        services.issue(place.enrolment.pk, actor=place.user, at=at)
        messages.success(request, _("Your student card was issued."))
    elif act == "renew":
        services.renew(card.pk, reason=_("new code asked for by the student"), actor=place.user, at=at)
        messages.success(request, _("The card has a new code; the older one is not valid any more."))
    elif act == "photo":
        photo = uploads.examine(uploads.chosen(request, "photo"), types=(JPEG, PNG))
        services.put_photo(card.pk, photo, actor=place.user, at=at)
        messages.success(request, _("The photograph is on the card."))
    elif act == "no_photo":
        services.put_photo(card.pk, None, actor=place.user, at=at)
        messages.success(request, _("The photograph was taken off the card."))


@login_required
@require_safe
def photo(request: HttpRequest, enrolment: int) -> HttpResponseBase:
    """The photograph of one's own card, for the page of the card."""
    place = place_of(request, enrolment)
    card = queries.in_force(place.enrolment)
    if card is None or card.photo is None or not uploads.may_be_shown(card.photo):
        raise Http404
    stored = card.photo
    name = f"foto{storage.EXTENSIONS[stored.content_type]}"
    return storage.attachment(stored.served, filename=name, content_type=stored.content_type)


@never_cache
@require_safe
def check(request: HttpRequest, code: str) -> HttpResponse:
    """Whether a card is valid: that, a name and the university, nothing else (REC-044)."""
    if not limits.consume_network(request, "card_check"):
        return render(request, "studentrecords/card_wait.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    found = queries.checked(code.strip().upper()[:16], clock.today())
    return render(request, "studentrecords/card_check.html", {"found": found, "today": clock.today()})
