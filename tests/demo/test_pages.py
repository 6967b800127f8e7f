"""Every page opens for everybody of the demonstration: no situation is without its page."""

import pytest
from django.test import Client
from django.urls import reverse

from contracting.models import SignableDocument
from tests.demo.test_demonstration import person
from upt_portal.accounts.models import User
from upt_portal.demo.cast import CAST, STAFF
from upt_portal.demo.situations import SITUATIONS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demonstration")]

PAGES = (
    "student_home",
    "student_messages",
    "contracting:contract",
    "contracting:documents",
    "contracting:payments",
    "fees:financial",
)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="upt_portal.accounts.backends.PortalBackend")
    return client


@pytest.mark.parametrize("name", [role.name for role in CAST])
def test_every_page_of_a_student_opens(name: str):
    who = person(name)
    client = browser(who.user)
    for enrolment in who.enrolments.all():
        for page in PAGES:
            assert client.get(reverse(page, args=[enrolment.pk])).status_code == 200, (page, enrolment)
        this_year = SignableDocument.objects.filter(current=True, contracting__campaign__state="published")
        for document in this_year.filter(contracting__enrolment=enrolment):
            where = reverse("contracting:upload", args=[enrolment.pk, document.pk])
            assert client.get(where).status_code in (200, 302), where


@pytest.mark.parametrize("name", [member.name for member in STAFF if member.roles != ("teacher",)])
def test_the_administration_opens_for_staff(name: str):
    first, last = name.split(" ", 1)
    user = User.objects.get(first_name=first, last_name=last, person=None)
    assert browser(user).get(reverse("admin:index")).status_code == 200


def test_every_situation_has_somebody_to_sign_in_as():
    assert set(SITUATIONS) == {role.situation for role in CAST} - {"none"}
