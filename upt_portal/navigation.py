"""The student's menu and dock, drawn from the address: the programme always stands in it."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from upt_portal.kernel.page import NavEntry

# (address name, label, icon of the dock, in the dock); later parts of the portal add their line here.
STUDENT_PAGES = [
    ("student_home", "Home", "home", True),
    ("contracting:contract", "Contract", "document", True),
    ("contracting:documents", "Documents", "upload", True),
    ("contracting:payments", "Payments", "card", True),
    ("fees:financial", "Financial", "chart", False),
    ("student_messages", "Messages", "mail", True),
]


def _labels() -> dict[str, str]:
    return {
        "Home": _("Home"),
        "Contract": _("Contract"),
        "Documents": _("Documents"),
        "Payments": _("Payments"),
        "Financial": _("Financial"),
        "Messages": _("Messages"),
    }


def _entries(request: HttpRequest, *, dock: bool) -> list[NavEntry]:
    match = request.resolver_match
    enrolment = match.kwargs.get("enrolment") if match else None
    if not match or not enrolment or not request.path.startswith("/student/"):
        return []
    labels = _labels()
    return [
        NavEntry(
            label=labels[label],
            url=reverse(name, kwargs={"enrolment": enrolment}),
            current=match.view_name == name,
            icon=icon if dock else "",
        )
        for name, label, icon, in_dock in STUDENT_PAGES
        if in_dock or not dock
    ]


def student_nav(request: HttpRequest) -> list[NavEntry]:
    """The menu under the header of a student's page; empty elsewhere."""
    return _entries(request, dock=False)


def student_dock(request: HttpRequest) -> list[NavEntry]:
    """The five links at the foot of a phone; empty elsewhere."""
    return _entries(request, dock=True)
