"""Fee configuration at the desk: price list, tuition of a year, instalments, sums, decisions, second week."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fees import permissions
from fees.forms.tariff import DecisionForm, PlanForm, PriceForm, SumForm
from fees.models import Price, StatusDecision
from fees.queries import finding, requests, tariff
from fees.queries import tuition as tuition_queries
from fees.queries.prices import MissingPrice
from fees.queries.tuition import Left, Preview
from fees.refusal import Refused
from fees.services import other_fees, tuition
from fees.services import tariff as services
from fees.views.desk import asked, show
from studentrecords.models import AcademicYear, Faculty, Financing, Programme
from studentrecords.queries.core import academic_year_of
from studentrecords.services.reads import note_list
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, clock, exports
from upt_portal.kernel.models import Job
from upt_portal.kernel.money import format_money
from upt_portal.kernel.page import Crumb, Pill

A_PAGE = 50
READ = ["GET", "HEAD", "POST"]

audit.register_act("fees.export", gettext_lazy("A list of the finance desk was saved as a file"))


def refused_form(form: Any, refused: object) -> HTTPStatus:
    """Put the reason of a refusal on top of the form; the status of the answer."""
    form.add_error(None, str(refused))
    return HTTPStatus.UNPROCESSABLE_ENTITY


def status_of(form: Any) -> int:
    """422 for a form with faults, else 200."""
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound and form.errors else HTTPStatus.OK


def record_export(
    user: User, what: str, count: int, filters: dict[str, str], enrolments: Iterable[int]
) -> None:
    """Who took which list away, how long it was (ux §10), and on whose accounts (REC-053)."""
    data, at = {"what": what, "count": count, **filters}, clock.now()
    audit.record(f"fees.export:{user.pk}", "fees.export", actor=user, at=at, data=data)
    note_list(enrolments, reader=user, what="fees.export", at=at)


def year_asked(request: HttpRequest) -> AcademicYear:
    """The academic year of the address, by default the running one. Http404 without any."""
    name = request.GET.get("year", "")[:9]
    found = AcademicYear.objects.filter(name=name).first() if name else academic_year_of(clock.today())
    if found is None:
        raise Http404
    return found


def year_pills(current: AcademicYear, kept: dict[str, str] | None = None) -> list[Pill]:
    """The years to choose from: the one shown, the one that runs, those around them."""
    years = AcademicYear.objects.order_by("-name")[:6]
    return [
        Pill(str(year), f"?{urlencode({**(kept or {}), 'year': year.name})}", current=year == current)
        for year in years
    ]


# ---- the price list ----------------------------------------------------------------------------------------


@login_required
@require_safe
def prices(request: HttpRequest) -> HttpResponse:
    """The price list of a year; what is missing stands on top (FEE-001)."""
    user = asked(request, permissions.may_read_tariff)
    year, today = year_asked(request), clock.today()
    context = {
        "year": year,
        "pills": year_pills(year),
        "rows": tariff.rows_of(year, today),
        "gaps": tariff.gaps(year, max(min(today, year.ends_on), year.starts_on)),
        "may_set": bool(permissions.may_set_tariff(user)),
        "today": today,
    }
    return show(request, "fees/desk/tariff.html", context, title=_("Price list"))


def _above() -> list[Crumb]:
    return [Crumb(_("Price list"), reverse("fees:tariff"))]


@login_required
@require_http_methods(READ)
def add_price(request: HttpRequest) -> HttpResponse:
    """A new dated row of the price list; rows in use never change."""
    user = asked(request, permissions.may_set_tariff)
    running = academic_year_of(clock.today())
    first = {
        "year": request.GET.get("year", "") or (running.name if running else ""),
        "kind": request.GET.get("kind", ""),
        "first_day": clock.today(),
        "source": Price.Source.DECISION,
    }
    form = PriceForm(request.POST if request.method == "POST" else None, initial=first)
    status = status_of(form)
    if form.is_bound and form.is_valid():
        try:
            price = _set_price(form.cleaned_data, user)
        except Refused as refused:
            status = refused_form(form, refused)
        else:
            messages.success(
                request, _("The price was added to the list of %(year)s.") % {"year": price.year}
            )
            return redirect(f"{reverse('fees:tariff')}?{urlencode({'year': price.year.name})}")
    return show(
        request,
        "fees/desk/tariff_add.html",
        {"form": form},
        title=_("Add a price"),
        above=_above(),
        status=status,
    )


def _set_price(given: dict[str, Any], user: User) -> Price:
    return services.add_price(
        given["kind"].code,
        given["year"],
        given["amount"],
        first_day=given["first_day"],
        actor=user,
        at=clock.now(),
        **{name: given[name] for name in (
            "currency", "faculty", "programme", "cycle", "form", "citizenship", "promotion", "unit",
            "decision", "source", "note",
        )},
    )  # fmt: skip


# ---- the tuition of a year ---------------------------------------------------------------------------------


@login_required
@require_http_methods(READ)
def generate(request: HttpRequest) -> HttpResponse:
    """Who would be charged, how much and why; the button charges exactly that (FEE-032)."""
    user = asked(request, permissions.may_set_tariff)
    year, today = year_asked(request), clock.today()
    faculty, programme = request.GET.get("faculty", "")[:12], request.GET.get("programme", "")[:24]
    if request.method == "POST":
        return _generate(request, user, year, faculty, programme)
    found = tuition_queries.preview(year, tuition_queries.students_of(faculty, programme), on=today)
    if request.GET.get("format") in {"xlsx", "csv"}:
        return _preview_file(request, user, found, year)
    page = Paginator(_preview_rows(found), A_PAGE).get_page(request.GET.get("page"))
    kept = {"faculty": faculty, "programme": programme}
    context = {
        "year": year,
        "pills": year_pills(year, kept),
        "kept": urlencode({**kept, "year": year.name}),
        "rest": urlencode({**kept, "year": year.name}) + "&",
        "faculties": Faculty.objects.order_by("code"),
        "faculty": faculty,
        "programmes": Programme.objects.filter(**({"faculty__code": faculty} if faculty else {})).order_by(
            "code"
        ),
        "programme": programme,
        "found": found,
        "page": page,
        "totals": sorted(found.totals.items()),
        "why": _counted([*found.standing, *found.nothing]),
        "blocked": _counted(found.blocked),
        "job": _job(request, user),
    }
    return show(request, "fees/desk/generate.html", context, title=_("Generate tuition"))


def _generate(
    request: HttpRequest, user: User, year: AcademicYear, faculty: str, programme: str
) -> HttpResponse:
    try:
        job = tuition.enqueue_generation(
            year,
            faculty=faculty,
            programme=programme,
            fingerprint=request.POST.get("fingerprint", ""),
            actor=user,
            at=clock.now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(request.get_full_path())
    return redirect(f"{request.path}?{urlencode({**request.GET.dict(), 'job': job.pk})}")


def _job(request: HttpRequest, user: User) -> Job | None:
    """The user's own generation that the address names; None otherwise."""
    try:
        wanted = UUID(request.GET.get("job", ""))
    except ValueError:
        return None
    return Job.objects.filter(pk=wanted, actor=user, kind=tuition.GENERATE).first()


def _counted(left: Sequence[Left]) -> list[tuple[str, int]]:
    """Reasons with the number of students, most first."""
    counts: dict[str, int] = {}
    for one in left:
        counts[str(one.why)] = counts.get(str(one.why), 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _preview_rows(found: Preview) -> list[dict[str, Any]]:
    """The students of a preview: those blocked first, then those who will be charged."""
    language = get_language() or "ro"
    blocked = [
        {"enrolment": one.enrolment, "why": str(one.why), "sum": "", "parts": ""} for one in found.blocked
    ]
    owed = [
        {
            "enrolment": one.enrolment,
            "why": "",
            "sum": format_money(one.annual, one.currency, language),
            "parts": ", ".join(f"{part.due_at:%d.%m.%Y}" for part in one.parts),
        }
        for one in found.owed
    ]
    return [*blocked, *owed]


def _preview_file(request: HttpRequest, user: User, found: Preview, year: AcademicYear) -> HttpResponse:
    headings = [
        _("Matriculation number"), _("Name"), _("Programme"), _("Sum"), _("Currency"), _("Instalments"),
        _("Why not"),
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [*_who(one.enrolment), one.annual, one.currency, len(one.parts), ""] for one in found.owed
    ]
    others = [*found.blocked, *found.standing, *found.nothing]
    rows += [[*_who(one.enrolment), None, "", None, str(one.why)] for one in others]
    shown = [one.enrolment.pk for one in found.owed] + [one.enrolment.pk for one in others]
    record_export(user, "tuition", len(rows), {"year": year.name}, shown)
    return exports.download(
        f"taxa-de-studii-{year.name}", headings, rows, as_csv=request.GET["format"] == "csv"
    )


def _who(enrolment: Any) -> list[str]:
    return [enrolment.matriculation_number, enrolment.person.list_name, enrolment.programme.code]


# ---- plans of instalments ----------------------------------------------------------------------------------


@login_required
@require_http_methods(READ)
def plans(request: HttpRequest) -> HttpResponse:
    """The plans in force and those before them; the form sets a new one (FEE-011)."""
    setting = request.method == "POST"
    user = asked(request, permissions.may_set_tariff if setting else permissions.may_read_tariff)
    running = academic_year_of(clock.today())
    form = PlanForm(request.POST if setting else None, initial={"year": running.name if running else ""})
    status = status_of(form)
    if setting and form.is_valid():
        given = form.cleaned_data
        try:
            tuition.set_plan(
                given["year"],
                given["days"],
                decision=given["decision"],
                faculty=given["faculty"],
                programme=given["programme"],
                cycle=given["cycle"],
                actor=user,
                at=clock.now(),
            )
        except Refused as refused:
            status = refused_form(form, refused)
        else:
            messages.success(request, _("The plan of instalments was set."))
            return redirect("fees:plans")
    context = {
        "form": form,
        "plans": tuition_queries.plans(),
        "may_set": bool(permissions.may_set_tariff(user)),
    }
    return show(request, "fees/desk/plans.html", context, title=_("Plans of instalments"), status=status)


# ---- sums set one by one -----------------------------------------------------------------------------------


@login_required
@require_http_methods(READ)
def set_sum(request: HttpRequest) -> HttpResponse:
    """Charge damages, a duplicate, a certificate or another sum to one student (FEE-009, FEE-076)."""
    user = asked(request, permissions.may_set_tariff)
    first = {"token": uuid4(), "student": request.GET.get("student", "")[:20]}
    form = SumForm(
        request.POST if request.method == "POST" else None, initial=first, accounts=finding.accounts_for(user)
    )
    status = status_of(form)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            charge = other_fees.set_sum(
                given["student"].pk,
                given["kind"].code,
                token=str(given["token"]),
                due_on=given["due_on"],
                what=given["what"],
                amount=given["amount"],
                decision=given["decision"],
                actor=user,
                at=clock.now(),
            )
        except (Refused, MissingPrice) as refused:
            status = refused_form(form, refused)
        else:
            messages.success(request, _("%(what)s was set in the account.") % {"what": charge.description})
            return redirect("fees:desk_account", enrolment=charge.enrolment_id)
    return show(request, "fees/desk/set_sum.html", {"form": form}, title=_("Set a sum"), status=status)


# ---- decisions on places -----------------------------------------------------------------------------------


@login_required
@require_http_methods(READ)
def decisions(request: HttpRequest) -> HttpResponse:
    """Rector's decisions on places during the year: to carry out in five working days (FEE-013)."""
    user = asked(request, permissions.may_set_tariff)
    form = DecisionForm(
        request.POST if request.method == "POST" else None,
        initial={"communicated_on": clock.today(), "financing": Financing.FEE},
        accounts=finding.accounts_for(user),
    )
    status = status_of(form)
    if form.is_bound and form.is_valid():
        try:
            _register(form.cleaned_data, user)
        except Refused as refused:
            status = refused_form(form, refused)
        else:
            messages.success(request, _("The decision was registered; it waits to be carried out."))
            return redirect("fees:status_decisions")
    context = {
        "form": form,
        "waiting": tuition_queries.decisions(carried_out=False),
        "done": tuition_queries.decisions(carried_out=True)[:A_PAGE],
        "now": clock.now(),
    }
    return show(request, "fees/desk/decisions.html", context, title=_("Decisions on places"), status=status)


def _register(given: dict[str, Any], user: User) -> StatusDecision:
    year = academic_year_of(given["communicated_on"])
    if year is None:
        raise Http404
    return tuition.register_decision(
        given["student"].pk,
        year,
        Financing(given["financing"]),
        decision=given["decision"],
        amount=given["amount"],
        currency=given["currency"],
        due_on=given["due_on"],
        communicated_on=given["communicated_on"],
        actor=user,
        at=clock.now(),
    )


@login_required
@require_POST
def carry_out(request: HttpRequest, decision: int) -> HttpResponse:
    """Put a decision's amount and term in place of the tuition that stands."""
    user = asked(request, permissions.may_set_tariff)
    if not StatusDecision.objects.filter(pk=decision).exists():
        raise Http404
    try:
        tuition.carry_out_decision(decision, actor=user, at=clock.now())
    except Refused as refused:
        messages.error(request, f"{refused} {refused.answer.cure}".strip())
    else:
        messages.success(request, _("The decision was carried out."))
    return redirect("fees:status_decisions")


# ---- the second week ---------------------------------------------------------------------------------------


@login_required
@require_safe
def second_week(request: HttpRequest) -> HttpResponse:
    """Students in extension or repetition: who paid and stays on the lists, who does not (FEE-057)."""
    user = asked(request, permissions.may_enter_desk)
    year = year_asked(request)
    rows = requests.second_week(user, year)
    if request.GET.get("format") in {"xlsx", "csv"}:
        return _second_week_file(request, user, [row for row in rows if row.listed], year)
    context = {
        "year": year,
        "pills": year_pills(year),
        "listed": [row for row in rows if row.listed],
        "left_out": [row for row in rows if not row.listed],
        "until": _second_week_of(year),
    }
    return show(request, "fees/desk/second_week.html", context, title=_("Lists of the second week"))


def _second_week_of(year: AcademicYear) -> date:
    return year.starts_on + timedelta(weeks=1)


def _second_week_file(
    request: HttpRequest, user: User, rows: Sequence[requests.SecondWeek], year: AcademicYear
) -> HttpResponse:
    headings = [_("Matriculation number"), _("Name"), _("Programme"), _("State")]
    cells = [[*_who(row.enrolment), row.enrolment.get_status_display()] for row in rows]
    shown = [row.enrolment.pk for row in rows]
    record_export(user, "second_week", len(cells), {"year": year.name}, shown)
    return exports.download(
        f"liste-saptamana-2-{year.name}", headings, cells, as_csv=request.GET["format"] == "csv"
    )
