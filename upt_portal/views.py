"""The front door: public page, the student's home and messages, where staff go."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from contracting import queries as contracting_queries
from studentrecords import queries as records
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock
from upt_portal.kernel.models import Mail


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The public front page; somebody signed in goes to his own place of work."""
    user = request.user
    if not user.is_authenticated:
        return render(request, "home.html")
    if user.is_staff:
        return redirect("admin:index")
    return redirect("student")


@login_required
@require_safe
def choose_enrolment(request: HttpRequest) -> HttpResponse:
    """The student's programmes; with one only, straight to it: to the offer while a campaign runs (CON-002)."""
    user = signed_in(request)
    enrolments = list(records.enrolments_of(user))
    if len(enrolments) == 1:
        enrolment = enrolments[0]
        if contracting_queries.running_for(enrolment, clock.now()):
            return redirect("contracting:contract", enrolment=enrolment.pk)
        return redirect("student_home", enrolment=enrolment.pk)
    return render(request, "student/choose.html", {"enrolments": enrolments})


@login_required
@require_safe
def student_home(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Home of one enrolment: what is late, the next step, tasks by group, terms, last messages."""
    user = signed_in(request)
    chosen = get_object_or_404(records.enrolments_of(user), pk=enrolment)
    now = clock.now()
    context = contracting_queries.home_of(chosen, now)
    context |= {
        "enrolment": chosen,
        "mails": Mail.objects.filter(recipient=user).order_by("-created_at")[:5],
        "now": now,
    }
    return render(request, "student/home.html", context)


@login_required
@require_safe
def student_messages(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Every message the portal sent to the student, newest first: each mail has its twin here."""
    user = signed_in(request)
    chosen = get_object_or_404(records.enrolments_of(user), pk=enrolment)
    mails = Mail.objects.filter(recipient=user).order_by("-created_at")
    return render(request, "student/messages.html", {"enrolment": chosen, "mails": mails})


@login_required
@require_safe
def student_message(request: HttpRequest, enrolment: int, message: int) -> HttpResponse:
    """One message, as it was sent."""
    user = signed_in(request)
    chosen = get_object_or_404(records.enrolments_of(user), pk=enrolment)
    mail = get_object_or_404(Mail, pk=message, recipient=user)
    Mail.objects.filter(pk=mail.pk, read_at__isnull=True).update(read_at=clock.now())
    return render(request, "student/message.html", {"enrolment": chosen, "mail": mail})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "accessibility.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What the portal keeps about people, why and how long."""
    return render(request, "privacy.html")
