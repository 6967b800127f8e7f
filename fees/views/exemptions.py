"""The student asks for an exemption and follows it; what will be owed, and from when a penalty begins."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fees.forms.exemptions import PAPERS, AskForm
from fees.models import Exemption, ExemptionPaper
from fees.queries import accounts, penalties
from fees.queries import exemptions as queries
from fees.refusal import Refused
from fees.rules.exemptions import Ground
from fees.services import exemptions as services
from studentrecords.models import Enrolment
from studentrecords.requests import help_of, place_of
from upt_portal.kernel import citations, clock, storage, uploads
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb
from upt_portal.kernel.uploads import Examined, UploadRefused


def crumbs(account: Enrolment, *below: Crumb) -> list[Crumb]:
    """Home, the financial page, and the pages below it."""
    return [
        Crumb(_("Home"), reverse("student_home", args=[account.pk])),
        Crumb(_("Financial"), reverse("fees:financial", args=[account.pk])),
        *below,
    ]


@login_required
@require_safe
def ahead(request: HttpRequest, enrolment: int) -> HttpResponse:
    """What will be owed and when, and what a delay costs, before it happens (FEE-002, FEE-063)."""
    place, at = place_of(request, enrolment), clock.now()
    lines = list(accounts.payable_of(place.enrolment))
    context = {
        "enrolment": place.enrolment,
        "previews": penalties.previews(place.enrolment, lines, at),
        "posted": [line for line in lines if line.penalty_of_id],
        "today": clock.local_day(at),
        "article": citations.short("FEE-063"),
        "article_url": citations.address("", "FEE-063"),
        "crumbs": crumbs(place.enrolment, Crumb(_("What will be owed"))),
        "help_box": help_of(place.enrolment),
    }
    return render(request, "fees/ahead.html", context)


@login_required
@require_safe
def own(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The student's requests, with where each one stands."""
    place = place_of(request, enrolment)
    context = {
        "enrolment": place.enrolment,
        "requests": list(queries.own_of(place.enrolment)),
        "can_ask": bool(queries.choices_of(place.enrolment, clock.now())),
        "crumbs": crumbs(place.enrolment, Crumb(_("Exemptions"))),
        "help_box": help_of(place.enrolment),
    }
    return render(request, "fees/exemptions.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Ground, lines, papers (FEE-080 to FEE-083)."""
    place, at = place_of(request, enrolment), clock.now()
    choices = queries.choices_of(place.enrolment, at)
    if not choices:
        messages.info(request, _("There is no line now for which an exemption can be asked."))
        return redirect("fees:exemptions", enrolment=enrolment)
    form = AskForm(
        choices, queries.interrupted_years(place.enrolment), request.POST or None, request.FILES or None
    )
    if request.method == "POST" and form.is_valid():
        examined = examine_papers(request, form)
        if form.is_valid():
            given = form.cleaned_data
            try:
                made = services.ask(
                    enrolment,
                    Ground(given["ground"]),
                    [int(one) for one in given["lines"]],
                    words=given["words"],
                    papers=examined,
                    interrupted_year=given["year"],
                    actor=place.user,
                    at=at,
                )
            except (Refused, UploadRefused) as no:
                form.add_error(None, in_words(no))
            else:
                messages.success(request, _("Your request was sent to the dean's office."))
                return redirect("fees:exemption", enrolment=enrolment, exemption=made.pk)
    above = Crumb(_("Exemptions"), reverse("fees:exemptions", args=[enrolment]))
    context = {
        "enrolment": place.enrolment,
        "form": form,
        "papers": [form[name] for name in PAPERS],
        "crumbs": crumbs(place.enrolment, above, Crumb(_("Ask for an exemption"))),
        "help_box": help_of(place.enrolment),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "fees/exemption_ask.html", context, status=status)


def examine_papers(request: HttpRequest, form: AskForm) -> list[Examined]:
    """The papers that were sent, examined; a reason on the form's field for each that cannot be kept."""
    found = []
    for name in PAPERS:
        if name not in request.FILES:
            continue
        try:
            found.append(uploads.examine(uploads.chosen(request, name)))
        except UploadRefused as refused:
            form.add_error(name, str(refused))
    return found


def in_words(no: Refused | UploadRefused) -> str:
    """Why not, and what would help."""
    if isinstance(no, Refused) and no.answer.cure:
        return f"{no} {no.answer.cure}"
    return str(no)


def _own(request: HttpRequest, enrolment: int, exemption: int) -> Exemption:
    place = place_of(request, enrolment)
    found = queries.own_of(place.enrolment).filter(pk=exemption).first()
    if found is None:
        raise Http404
    return found


@login_required
@require_safe
def one(request: HttpRequest, enrolment: int, exemption: int) -> HttpResponse:
    """One request: what was asked, what was decided, what is left to pay."""
    found = _own(request, enrolment, exemption)
    above = Crumb(_("Exemptions"), reverse("fees:exemptions", args=[enrolment]))
    context = {
        "enrolment": found.enrolment,
        "exemption": found,
        "crumbs": crumbs(found.enrolment, above, Crumb(_("Request"))),
        "help_box": help_of(found.enrolment),
    }
    return render(request, "fees/exemption.html", context)


@login_required
@require_POST
def withdraw(request: HttpRequest, enrolment: int, exemption: int) -> HttpResponse:
    """Withdraw a request that is not decided."""
    found = _own(request, enrolment, exemption)
    try:
        services.withdraw(found.pk, actor=place_of(request, enrolment).user, at=clock.now())
    except MoveRefused:
        messages.warning(request, _("The request was already decided or withdrawn; nothing was changed."))
    else:
        messages.success(request, _("The request was withdrawn."))
    return redirect("fees:exemption", enrolment=enrolment, exemption=exemption)


@login_required
@require_safe
def paper(request: HttpRequest, enrolment: int, exemption: int, proof: int) -> HttpResponseBase:
    """A paper of one's own request."""
    return sent_paper(_own(request, enrolment, exemption), proof)


def sent_paper(exemption: Exemption, paper: int) -> HttpResponseBase:
    """A paper of a request the reader may see; Http404 while it may not be shown."""
    row = ExemptionPaper.objects.select_related("stored").filter(exemption=exemption, pk=paper).first()
    if row is None or not uploads.may_be_shown(row.stored):
        raise Http404
    extension = storage.EXTENSIONS[row.stored.content_type]
    return storage.attachment(
        row.stored.served, filename=f"dovada-{row.pk}{extension}", content_type=row.stored.content_type
    )
