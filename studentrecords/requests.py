"""Whose pages a request is on: the enrolment of the address, found among the signed-in person's own."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest

from studentrecords import queries
from studentrecords.models import Enrolment
from upt_portal.accounts.models import User
from upt_portal.accounts.requests import signed_in

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
