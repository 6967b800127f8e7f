"""The front door: public page, the student's home, messages, readers and calendar address, where staff go."""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from contracting.queries import cases
from contracting.queries import home as contracting_home
from fees.queries import terms as fee_terms
from studentrecords.queries import announcements as announcing
from studentrecords.queries import appeals as appeal_queries
from studentrecords.queries import core as records
from studentrecords.requests import place_of
from studentrecords.services import announcements as visits
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import has_role
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import audit, clock, deadlines, feeds
from upt_portal.kernel.models import FeedToken, Mail, RecordRead
from upt_portal.kernel.page import Crumb, Pill, Task

LAST_MESSAGES, A_PAGE = 5, 50
CALENDAR_TOKEN = "calendar_token"  # noqa: S105  name of a session key


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The public front page; somebody signed in goes to his own place of work."""
    user = request.user
    if not user.is_authenticated:
        return render(request, "home.html")
    if has_role(user, roles.FINANCE):
        return redirect("fees:desk")
    if has_role(user, roles.VICE_RECTOR):
        return redirect("studentrecords:confidential_desk")
    if user.is_staff:
        return redirect("admin:index")
    if has_role(user, roles.TEACHER):
        return redirect("studentrecords:catalogues")
    return redirect("student")


@login_required
@require_safe
def choose_enrolment(request: HttpRequest) -> HttpResponse:
    """The student's programmes; the only one opens at once, at its offer while a campaign runs (CON-002)."""
    user = signed_in(request)
    enrolments = list(records.enrolments_of(user))
    if len(enrolments) == 1:
        enrolment = enrolments[0]
        if cases.running_for(enrolment, clock.now()):
            return redirect("contracting:contract", enrolment=enrolment.pk)
        return redirect("student_home", enrolment=enrolment.pk)
    return render(request, "student/choose.html", {"enrolments": enrolments})


@login_required
@require_safe
def student_home(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Home of one enrolment: what is late, the next step, tasks by group, terms, last messages."""
    place = place_of(request, enrolment)
    now = clock.now()
    case = cases.current_of(place.enrolment)
    tasks = contracting_home.next_steps(case, now) if case else []
    to_do = _soonest_first([task for task in tasks if task.group == "now"])
    context = {
        "enrolment": place.enrolment,
        "late": next((task for task in to_do if task.late), None),
        "next": to_do[0] if to_do else None,
        "to_do": to_do,
        "waiting": [task for task in tasks if task.group == "waiting"],
        "later": [task for task in tasks if task.group == "later"],
        "done": [task for task in tasks if task.group == "done"],
        "terms": _terms(place.user),
        "mails": Mail.objects.filter(recipient=place.user)
        .only(*MAIL_ROW)
        .order_by("-created_at")[:LAST_MESSAGES],
        "announcements": list(announcing.seen_by(place.enrolment, place.user, clock.today())),
        "last_visit": visits.note_visit(place.user, at=now),
        "now": now,
    }
    return render(request, "student/home.html", context)


MAIL_ROW = ("subject", "language", "office", "created_at", "read_at", "recipient")


def _soonest_first(tasks: list[Task]) -> list[Task]:
    """What is late stands first, then by term; a task without a term waits."""
    return sorted(tasks, key=lambda task: (not task.late, task.due is None, str(task.due or "")))


def _terms(user: User) -> list[dict[str, object]]:
    """The running terms of the person, from every room, by their words; one query."""
    return [
        {
            "title": contracting_home.term_name(row.kind)
            or fee_terms.term_name(row.kind)
            or appeal_queries.term_name(row.kind)
            or _("A term of yours"),
            "due": row.due_at,
            "url": row.link,
        }
        for row in deadlines.open_for(user)
    ]


@login_required
@require_safe
def student_messages(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Every message the portal sent to the student, newest first: each mail has its twin here."""
    place = place_of(request, enrolment)
    mails = Mail.objects.filter(recipient=place.user).only(*MAIL_ROW).order_by("-created_at", "-pk")
    page = Paginator(mails, A_PAGE).get_page(request.GET.get("page"))
    context = {"enrolment": place.enrolment, "page": page, "crumbs": _crumbs(enrolment, _("Messages"))}
    return render(request, "student/messages.html", context)


@login_required
@require_safe
def student_message(request: HttpRequest, enrolment: int, message: int) -> HttpResponse:
    """One message, as it was sent."""
    place = place_of(request, enrolment)
    mail = get_object_or_404(Mail, pk=message, recipient=place.user)
    Mail.objects.filter(pk=mail.pk, read_at__isnull=True).update(read_at=clock.now())
    above = Crumb(_("Messages"), reverse("student_messages", args=[enrolment]))
    crumbs = [*_crumbs(enrolment), above]
    return render(
        request, "student/message.html", {"enrolment": place.enrolment, "mail": mail, "crumbs": crumbs}
    )


@login_required
@require_safe
def student_reads(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Which offices opened the student's file, and when."""
    place = place_of(request, enrolment)
    every = RecordRead.objects.filter(person=place.user)
    kinds = sorted(set(every.order_by().values_list("what", flat=True).distinct()))
    chosen = request.GET.get("what", "")
    found = every.filter(what=chosen) if chosen in kinds else every
    found = found.select_related("reader").prefetch_related("reader__groups").order_by("-at")
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "enrolment": place.enrolment,
        "page": page,
        "reads": [_read(row) for row in page],
        "pills": _kinds_read(kinds, chosen) if len(kinds) > 1 else [],
        "kept": f"&what={chosen}" if chosen in kinds else "",
        "crumbs": _crumbs(enrolment, _("Who opened my file")),
    }
    return render(request, "student/reads.html", context)


def _read(row: RecordRead) -> dict[str, object]:
    """One reading: the office, not the person (ux §3)."""
    labels = [
        str(roles.LABELS[group.name]) for group in row.reader.groups.all() if group.name in roles.LABELS
    ]
    return {
        "office": ", ".join(labels) or _("The administration"),
        "what": audit.read_in_words(row.what),
        "at": row.at,
    }


def _kinds_read(kinds: Sequence[str], chosen: str) -> list[Pill]:
    """What the list is narrowed to: everything, or one kind of page."""
    every = Pill(_("Everything"), "?", current=chosen not in kinds)
    return [
        every,
        *(
            Pill(audit.read_in_words(one).capitalize(), f"?what={one}", current=one == chosen)
            for one in kinds
        ),
    ]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def student_calendar(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The private address of the terms for a calendar programme: made, made anew, taken back (ux §10)."""
    place = place_of(request, enrolment)
    if request.method == "POST":
        if request.POST.get("act") == "revoke":
            feeds.revoke(place.user)
            messages.success(request, _("The calendar address no longer works."))
        else:
            # Kept as a hash: the address can be shown once, on the page that follows.
            request.session[CALENDAR_TOKEN] = feeds.new_token(place.user, at=clock.now())
            messages.success(request, _("The calendar address was made."))
        return redirect("student_calendar", enrolment=enrolment)
    token = request.session.pop(CALENDAR_TOKEN, "")
    path = reverse("calendar_feed", args=[token]) if token else ""
    context = {
        "enrolment": place.enrolment,
        "address": request.build_absolute_uri(path) if path else "",
        "made": FeedToken.objects.filter(user=place.user).first(),
        "crumbs": _crumbs(enrolment, _("Terms in your calendar")),
    }
    return render(request, "student/calendar.html", context)


def _crumbs(enrolment: int, *below: str) -> Sequence[Crumb]:
    return [Crumb(_("Home"), reverse("student_home", args=[enrolment])), *(Crumb(label) for label in below)]


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "accessibility.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What the portal keeps about people, why and how long."""
    return render(request, "privacy.html")
