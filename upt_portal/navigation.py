"""The student's menu and dock, drawn from the address: the programme always stands in it."""

from dataclasses import dataclass, replace

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from upt_portal.kernel.page import NavEntry, Pill


@dataclass(frozen=True)
class StudentPage:
    """An entry of the menu. name: of its address. below: prefixes of the addresses that belong to it.

    beside: it stands in a row of links with this page. bar: whether the bar, one line, has it.
    """

    name: str
    label: str
    icon: str
    below: tuple[str, ...]
    beside: str = ""
    bar: bool = True


#: Later parts of the portal add their line here; the dock takes the first four and the menu itself.
STUDENT_PAGES = (
    StudentPage("student_home", gettext_noop("Home"), "home", ("student_home",)),
    StudentPage("contracting:contract", gettext_noop("Contract"), "document", ("contracting:",)),
    StudentPage("fees:financial", gettext_noop("Payments"), "card", ("fees:",)),
    StudentPage("student_messages", gettext_noop("Messages"), "mail", ("student_message",)),
    StudentPage("studentrecords:grades", gettext_noop("Grades"), "list", ("studentrecords:grades",)),
    StudentPage(
        "studentrecords:exams",
        gettext_noop("Exams"),
        "list",
        ("studentrecords:exam",),
        beside="studentrecords:grades",
    ),
    StudentPage(
        "studentrecords:appeals",
        gettext_noop("Grade appeals"),
        "list",
        ("studentrecords:appeal",),
        beside="studentrecords:grades",
        bar=False,
    ),
    StudentPage(
        "studentrecords:increases",
        gettext_noop("Grade increases"),
        "list",
        ("studentrecords:increase",),
        beside="studentrecords:grades",
        bar=False,
    ),
    StudentPage(
        "studentrecords:attendance",
        gettext_noop("Attendance"),
        "list",
        ("studentrecords:attendance",),
        beside="studentrecords:grades",
        bar=False,
    ),
    StudentPage(
        "studentrecords:disciplines",
        gettext_noop("Disciplines"),
        "list",
        ("studentrecords:disciplines", "studentrecords:student_sheet"),
    ),
    StudentPage(
        "studentrecords:history", gettext_noop("School history"), "list", ("studentrecords:history",)
    ),
    StudentPage("studentrecords:papers", gettext_noop("Documents"), "document", ("studentrecords:paper",)),
    StudentPage(
        "studentrecords:own_information",
        gettext_noop("Useful"),
        "info",
        ("studentrecords:own_information", "studentrecords:group"),
    ),
    StudentPage(
        "studentrecords:profile",
        gettext_noop("My data"),
        "user",
        (
            "studentrecords:profile",
            "studentrecords:card",
            "studentrecords:competitions",
            "studentrecords:confidential",
            "student_reads",
        ),
    ),
)

#: Pages one comes back to; the others are tasks with a way back and no dock, so that one bar is ever stuck.
HUBS = frozenset(
    {
        "student_home",
        "student_messages",
        "student_message",
        "student_reads",
        "student_calendar",
        "studentrecords:profile",
        "studentrecords:card",
        "studentrecords:competitions",
        "fees:financial",
        "studentrecords:grades",
        "studentrecords:appeals",
        "studentrecords:increases",
        "studentrecords:attendance",
        "studentrecords:disciplines",
        "studentrecords:history",
        "studentrecords:announcements",
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


def student_menu(request: HttpRequest) -> list[NavEntry]:
    """The whole menu of a student's page, at the foot of a phone; empty elsewhere."""
    place = _place(request)
    return [_entry(page, *place) for page in STUDENT_PAGES] if place else []


def student_nav(request: HttpRequest) -> list[NavEntry]:
    """The bar under the header of a student's page: the menu without what is found beside an entry."""
    place = _place(request)
    if place is None:
        return []
    inside = next((one.beside for one in STUDENT_PAGES if not one.bar and place[0].startswith(one.below)), "")
    bar = []
    for page in STUDENT_PAGES:
        if page.bar:
            entry = _entry(page, *place)
            bar.append(replace(entry, current=True) if page.name == inside else entry)
    return bar


def beside_grades(request: HttpRequest) -> list[Pill]:
    """Grades and the pages beside them, as a row of links on each of them; empty elsewhere."""
    place, above = _place(request), "studentrecords:grades"
    pages = [one for one in STUDENT_PAGES if above in (one.name, one.beside)]
    if place is None or place[0] not in {one.name for one in pages}:
        return []
    return [
        Pill(str(_(page.label)), reverse(page.name, args=[place[1]]), current=page.name == place[0])
        for page in pages
    ]


def student_dock(request: HttpRequest) -> list[NavEntry]:
    """The five links at the foot of a phone, on the pages one comes back to; empty elsewhere."""
    place = _place(request)
    if place is None or place[0] not in HUBS:
        return []
    menu = NavEntry(label=str(_("Menu")), url="#menu", icon="menu")
    return [*(_entry(page, *place) for page in STUDENT_PAGES[:4]), menu]


#: What stands under the university's name on pages outside the student's; the longest beginning wins.
AREAS = {
    "/catalogue/": gettext_noop("Catalogues"),
    "/catalogue/attendance/": gettext_noop("Attendance"),
    "/catalogue/appeals/": gettext_noop("Grade appeals"),
    "/catalogue/increases/": gettext_noop("Grade increases"),
    "/appeals/": gettext_noop("Grade appeals"),
    "/dean/": gettext_noop("Dean's office"),
    "/deanery/": gettext_noop("Dean's office"),
    "/vice-rector/": gettext_noop("Vice-rector"),
    "/finance/": gettext_noop("Finance desk"),
    "/admin/": gettext_noop("Administration"),
}


def area_of(request: HttpRequest) -> str:
    """The office whose page this is, in the reader's language; empty on pages of everybody."""
    begun = [start for start in AREAS if request.path.startswith(start)]
    return str(_(AREAS[max(begun, key=len)])) if begun else ""


#: Where the student's menu leads outside the portal, in its order.
EXTERNAL = {
    "mail": gettext_noop("E-mail and office"),
    "elearning": gettext_noop("E-learning"),
    "library": gettext_noop("Library"),
    "counselling": gettext_noop("Counselling and career"),
}


def external_links(request: HttpRequest) -> list[NavEntry]:
    """The portals of others on a student's page (REC-030, REC-463); empty elsewhere."""
    if _place(request) is None:
        return []
    links = settings.EXTERNAL_LINKS
    return [NavEntry(str(_(label)), links[name]) for name, label in EXTERNAL.items() if links.get(name)]
