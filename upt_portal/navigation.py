"""The student's menu and dock, drawn from the address: the programme always stands in it."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from upt_portal.kernel.page import NavEntry


@dataclass(frozen=True)
class StudentPage:
    """An entry of the menu. name: of its address. below: prefixes of the addresses that belong to it."""

    name: str
    label: str
    icon: str
    below: tuple[str, ...]


#: Later parts of the portal add their line here; the dock takes the first four and the menu itself.
STUDENT_PAGES = (
    StudentPage("student_home", gettext_noop("Home"), "home", ("student_home",)),
    StudentPage("contracting:contract", gettext_noop("Contract"), "document", ("contracting:",)),
    StudentPage("fees:financial", gettext_noop("Payments"), "card", ("fees:",)),
    StudentPage("student_messages", gettext_noop("Messages"), "mail", ("student_message",)),
)

#: Pages one comes back to; the others are tasks with a way back and no dock, so that one bar is ever stuck.
HUBS = frozenset(
    {
        "student_home",
        "student_messages",
        "student_message",
        "student_reads",
        "student_calendar",
        "fees:financial",
    }
)


def _place(request: HttpRequest) -> tuple[str, int] | None:
    """Address name and enrolment of a student's page; None elsewhere."""
    match = request.resolver_match
    enrolment = match.kwargs.get("enrolment") if match else None
    if not match or not enrolment or not request.path.startswith("/student/"):
        return None
    return match.view_name, enrolment


def _entry(page: StudentPage, view: str, enrolment: int) -> NavEntry:
    return NavEntry(
        label=str(_(page.label)),
        url=reverse(page.name, args=[enrolment]),
        current=view.startswith(page.below),
        icon=page.icon,
    )


def student_nav(request: HttpRequest) -> list[NavEntry]:
    """The menu under the header of a student's page; empty elsewhere."""
    place = _place(request)
    return [_entry(page, *place) for page in STUDENT_PAGES] if place else []


def student_dock(request: HttpRequest) -> list[NavEntry]:
    """The five links at the foot of a phone, on the pages one comes back to; empty elsewhere."""
    place = _place(request)
    if place is None or place[0] not in HUBS:
        return []
    menu = NavEntry(label=str(_("Menu")), url="#menu", icon="menu")
    return [*(_entry(page, *place) for page in STUDENT_PAGES[:4]), menu]
