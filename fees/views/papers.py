"""Papers about an account: asked for by its student or by staff, listed, downloaded."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from fees.forms.papers import LanguageForm, StatementForm
from fees.queries import accounts, finding
from fees.services import papers
from fees.views import desk
from fees.views.student import crumbs
from studentrecords.models import Enrolment
from studentrecords.queries.core import academic_year_of
from studentrecords.requests import help_of, place_of
from upt_portal.accounts.models import User
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock, storage

SHOWN = 20  # papers of an account on the page


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The student's own statements and certificates, and the forms that ask for new ones."""
    place = place_of(request, enrolment)
    forms = _forms(request)
    if request.method == "POST" and (answer := _issue(request, place.user, place.enrolment, forms)):
        messages.add_message(request, *answer)
        return redirect("fees:papers", enrolment=enrolment)
    context = {
        "enrolment": place.enrolment,
        **_shown(place.enrolment, forms),
        "crumbs": crumbs(place.enrolment, _("Papers")),
        "help_box": help_of(place.enrolment),
    }
    return render(request, "fees/papers.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def of_account(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The same at the desk, for an account the reader may see."""
    account = desk.account_of(request, enrolment)
    forms = _forms(request)
    if request.method == "POST" and (answer := _issue(request, signed_in(request), account, forms)):
        messages.add_message(request, *answer)
        return redirect("fees:desk_papers", enrolment=enrolment)
    return desk.show(
        request,
        "fees/desk/papers.html",
        {"enrolment": account, **_shown(account, forms)},
        title=_("Papers"),
        above=finding.account_crumbs(account, _("Papers"))[:-1],
    )


@login_required
@require_safe
def own_file(request: HttpRequest, enrolment: int, paper: int) -> HttpResponseBase:
    """One of the student's own papers as a file."""
    return _file(place_of(request, enrolment).enrolment, paper)


@login_required
@require_safe
def account_file(request: HttpRequest, enrolment: int, paper: int) -> HttpResponseBase:
    """The same at the desk."""
    return _file(desk.account_of(request, enrolment), paper)


def _file(account: Enrolment, paper: int) -> HttpResponseBase:
    found = get_object_or_404(accounts.papers_of(account), pk=paper)
    if not found.file:
        raise Http404
    return storage.attachment(found.file, filename=found.filename, content_type="application/pdf")


Forms = tuple[StatementForm, LanguageForm]


def _forms(request: HttpRequest) -> Forms:
    """The two forms; the one whose button was pressed holds what was typed."""
    today, act = clock.today(), request.POST.get("act", "")
    year = academic_year_of(today)
    start = {"first": year.starts_on if year else date(today.year, 1, 1), "last": today}
    language = {"language": "en" if (get_language() or "").startswith("en") else "ro"}
    return (
        StatementForm(
            request.POST if act == "statement" else None, today=today, initial={**start, **language}
        ),
        LanguageForm(request.POST if act == "certificate" else None, initial=language, prefix="certificate"),
    )


def _issue(request: HttpRequest, actor: User, account: Enrolment, forms: Forms) -> tuple[int, str] | None:
    """Issue what was asked for; the message that follows, or None when the form needs another look."""
    statement, certificate = forms
    at = clock.now()
    try:
        if statement.is_bound and statement.is_valid():
            papers.issue_statement(account.pk, **statement.cleaned_data, actor=actor, at=at)
            return messages.SUCCESS, _(
                "The statement of account was issued. The PDF is ready within a minute."
            )
        if certificate.is_bound and certificate.is_valid():
            papers.issue_certificate(account.pk, **certificate.cleaned_data, actor=actor, at=at)
            return messages.SUCCESS, _("The certificate was issued. The PDF is ready within a minute.")
    except papers.TooManyPapers:
        return messages.WARNING, _("This account had many papers today. Use one of those below.")
    return None if statement.is_bound or certificate.is_bound else (messages.WARNING, _("Choose a paper."))


def _shown(account: Enrolment, forms: Forms) -> dict[str, object]:
    statement, certificate = forms
    return {
        "statement_form": statement,
        "certificate_form": certificate,
        "papers": accounts.papers_of(account)[:SHOWN],
        "preparing": accounts.papers_of(account).filter(rendered_at__isnull=True).exists(),
    }
