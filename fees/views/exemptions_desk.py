"""The dean's office: requests for exemptions that wait, the decision on each, requests received on paper."""

from datetime import datetime, time
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fees import permissions
from fees.forms.exemptions import PAPERS, DecisionForm, RegisterForm, TakeBackForm
from fees.models import Exemption
from fees.queries import exemptions as queries
from fees.queries import finding
from fees.refusal import Refused
from fees.rules.exemptions import Ground, article_of
from fees.services import exemptions as services
from fees.views.desk import account_of, asked, show
from fees.views.exemptions import examine_papers, in_words, sent_paper
from fees.workflow import ExemptionState
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, citations, clock
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb, Pill
from upt_portal.kernel.uploads import UploadRefused

A_PAGE = 50
READ = "fees.exemption"  # what the student sees that was read


@login_required
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """The requests that wait for a decision, the oldest first; or those decided, newest first."""
    user = asked(request, permissions.may_decide_exemptions)
    decided = request.GET.get("show") == "decided"
    rows = queries.for_deciders(user).exclude(state=ExemptionState.ASKED).order_by("-decided_at", "-pk")
    page = Paginator(queries.with_lines(rows if decided else queries.waiting(user)), A_PAGE)
    here = reverse("fees:exemptions_desk")
    context = {
        "page": page.get_page(request.GET.get("page")),
        "decided": decided,
        "keep": "show=decided&" if decided else "",
        "pills": [
            Pill(_("Waiting"), here, current=not decided),
            Pill(_("Decided"), f"{here}?show=decided", current=decided),
        ],
    }
    return show(request, "fees/desk/exemptions.html", context, title=_("Exemptions"))


def _found(request: HttpRequest, exemption: int) -> tuple[User, Exemption]:
    user = asked(request, permissions.may_decide_exemptions)
    found = queries.with_lines(queries.for_deciders(user)).filter(pk=exemption).first()
    if found is None:
        raise Http404
    if (student := found.enrolment.person.user) is not None:
        audit.record_read(student, reader=user, what=READ, at=clock.now())
    return user, found


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, exemption: int) -> HttpResponse:
    """What was asked and on which papers; the dean's decision is recorded here (FEE-082, FEE-083)."""
    user, found = _found(request, exemption)
    ground, lines = Ground(found.ground), list(found.lines.all())
    form = DecisionForm(ground, lines, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.decide(
                found.pk,
                given["shares"],
                decision_number=given["decision_number"],
                decision_on=given["decision_on"],
                answer=given["answer"],
                fifth_month_shown=given.get("fifth_month", False),
                actor=user,
                at=clock.now(),
            )
        except Refused as no:
            form.add_error(None, in_words(no))
        except MoveRefused:
            messages.warning(request, _("The request was decided or withdrawn meanwhile."))
            return redirect("fees:exemption_decide", exemption=exemption)
        else:
            messages.success(request, _("The decision was recorded; the student was told."))
            return redirect("fees:exemptions_desk")
    return _decision_page(request, found, form, TakeBackForm())


def _decision_page(
    request: HttpRequest, found: Exemption, form: DecisionForm, back_form: TakeBackForm
) -> HttpResponse:
    ground = Ground(found.ground)
    top = None
    if found.interrupted_year_id is not None:
        account, year = found.enrolment_id, found.interrupted_year_id
        top = queries.tuition_paid(account, year) - queries.granted_before(account, year)
    context = {
        "exemption": found,
        "enrolment": found.enrolment,
        "form": form,
        "back_form": back_form,
        "open": found.state == ExemptionState.ASKED,
        "article": citations.short(article_of(ground)),
        "article_url": citations.address(article_of(ground)),
        "top": top,
    }
    above = [Crumb(_("Exemptions"), reverse("fees:exemptions_desk"))]
    title = found.enrolment.person.list_name
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors or back_form.errors else HTTPStatus.OK
    return show(request, "fees/desk/exemption.html", context, title=title, above=above, status=status)


@login_required
@require_POST
def take_back(request: HttpRequest, exemption: int) -> HttpResponse:
    """Take back the exemption of one line that was recorded by mistake."""
    user, found = _found(request, exemption)
    form = TakeBackForm(request.POST)
    named = request.POST.get("line", "")
    line = next((one for one in found.lines.all() if str(one.pk) == named), None)
    if not form.is_valid() or line is None:
        if line is None:
            form.add_error(None, _("Choose the line."))
        decision = DecisionForm(Ground(found.ground), list(found.lines.all()))
        return _decision_page(request, found, decision, form)
    try:
        services.take_back(line.pk, reason=form.cleaned_data["reason"], actor=user, at=clock.now())
    except Refused as no:
        messages.warning(request, str(no))
    else:
        messages.success(request, _("The exemption was taken back; the line is asked for again."))
    return redirect("fees:exemption_decide", exemption=exemption)


@login_required
@require_safe
def paper(request: HttpRequest, exemption: int, proof: int) -> HttpResponseBase:
    """A paper that proves the ground; its reading is noted for the student."""
    _user, found = _found(request, exemption)
    return sent_paper(found, proof)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, enrolment: int) -> HttpResponse:
    """A request handed in on paper: received by the office, with the reason when it is late (T9)."""
    user = asked(request, permissions.may_decide_exemptions)
    account, at = account_of(request, enrolment), clock.now()
    choices = queries.choices_of(account, at, late=True)
    form = RegisterForm(
        choices, queries.interrupted_years(account), request.POST or None, request.FILES or None
    )
    if request.method == "POST" and form.is_valid():
        examined = examine_papers(request, form)
        received = form.cleaned_data["received_on"]
        if received > clock.local_day(at):
            form.add_error("received_on", _("The day cannot be one to come."))
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
                    asked_at=min(at, datetime.combine(received, time(12), ROMANIA)),
                    late_reason=given["late_reason"],
                    actor=user,
                    at=at,
                )
            except (Refused, UploadRefused) as no:
                form.add_error(None, in_words(no))
            else:
                messages.success(request, _("The request was registered."))
                return redirect("fees:exemption_decide", exemption=made.pk)
    context = {
        "enrolment": account,
        "form": form,
        "papers": [form[name] for name in PAPERS],
        "choices": choices,
    }
    above = finding.account_crumbs(account, "")[:-1]
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    title = _("A request handed in on paper")
    return show(
        request, "fees/desk/exemption_register.html", context, title=title, above=above, status=status
    )
