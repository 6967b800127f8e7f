"""The exam payment list of a session, and setting a presentation by hand (FEE-040 to FEE-045)."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from fees import permissions
from fees.forms.tariff import PresentationForm, filled
from fees.queries import calendar, finding
from fees.queries import presentations as queries
from fees.queries.calendar import NoSuchSession
from fees.queries.presentations import Listed
from fees.queries.prices import MissingPrice
from fees.refusal import Refused
from fees.rules.presentations import Circumstances, Standing
from fees.services import presentations
from fees.services.presentations import Registered
from fees.views.desk import asked, show
from fees.views.tariff import READ, record_export, refused_form, status_of, year_asked, year_pills
from studentrecords.models import AcademicYear, ExamResult
from upt_portal.accounts.models import User
from upt_portal.kernel import clock, dates, exports
from upt_portal.kernel.page import Crumb, Pill

SHOWN = ("all", "listed", "out")


@login_required
@require_safe
def session_list(request: HttpRequest) -> HttpResponse:
    """Who paid for which exam of a session, in term or late; who is not on the list and why."""
    user = asked(request, permissions.may_enter_desk)
    year, spans = year_asked(request), calendar.sessions_of(year_asked(request))
    session = _session(request, spans)
    rows = queries.session_list(user, year, session) if session else []
    disciplines = _disciplines(rows)
    chosen = request.GET.get("discipline", "")
    discipline = int(chosen) if chosen.isdecimal() and int(chosen) in dict(disciplines) else 0
    rows = [row for row in rows if discipline in (0, row.credit.discipline_id)]
    listed = [row for row in rows if row.answer]
    shown = request.GET.get("show", "all") if request.GET.get("show") in SHOWN else "all"
    kept = {"year": year.name, "session": session, "discipline": str(discipline or "")}
    rows_shown = {"all": rows, "listed": listed, "out": [row for row in rows if not row.answer]}[shown]
    if request.GET.get("format") in {"xlsx", "csv"}:
        return _as_file(request, user, rows_shown, kept)
    context = {
        "year": year,
        "year_pills": year_pills(year),
        "session_pills": [
            Pill(one, f"?{urlencode({'year': year.name, 'session': one})}", current=one == session)
            for one in spans
        ],
        "session": session,
        "span": spans.get(session),
        "disciplines": disciplines,
        "discipline": discipline,
        "rows": rows_shown,
        "shown": shown,
        "kept": urlencode({**kept, "show": shown}),
        "shown_pills": _shown_pills(kept, shown, len(rows), len(listed)),
        "may_set": bool(permissions.may_set_tariff(user)),
    }
    return show(request, "fees/desk/exams.html", context, title=_("Exam payments"))


def _session(request: HttpRequest, spans: dict[str, calendar.Span]) -> str:
    """The session of the address, else the one that runs or comes next, else the last; "" without any."""
    asked_for = request.GET.get("session", "")
    if asked_for in spans:
        return asked_for
    today = clock.today()
    coming = [session for session, span in spans.items() if span.ends_on >= today]
    return coming[0] if coming else next(reversed(spans), "")


def _disciplines(rows: Sequence[Listed]) -> list[tuple[int, str]]:
    names = {
        row.credit.discipline_id: f"{row.credit.discipline.name} ({row.credit.discipline.code})"
        for row in rows
    }
    return sorted(names.items(), key=lambda item: item[1])


def _shown_pills(kept: dict[str, str], shown: str, total: int, listed: int) -> list[Pill]:
    counts = {"all": total, "listed": listed, "out": total - listed}
    words = {"all": _("All"), "listed": _("On the list"), "out": _("Not on the list")}
    return [
        Pill(words[one], f"?{urlencode({**kept, 'show': one})}", current=one == shown, count=counts[one])
        for one in SHOWN
    ]


def _as_file(request: HttpRequest, user: User, rows: Sequence[Listed], kept: dict[str, str]) -> HttpResponse:
    headings = [
        _("Discipline"), _("Code"), _("Matriculation number"), _("Name"), _("Programme"), _("Sum"),
        _("Currency"), _("Paid until"), _("Paid"), _("On the list"), _("Why not"),
    ]  # fmt: skip
    cells: list[list[Any]] = [
        [
            row.credit.discipline.name_ro, row.credit.discipline.code,
            row.credit.enrolment.matriculation_number, row.credit.enrolment.person.list_name,
            row.credit.enrolment.programme.code, row.credit.charge.amount, row.credit.charge.currency,
            row.credit.pay_until, row.paid_at, _("yes") if row.answer else _("no"), str(row.answer.reason),
        ]
        for row in rows
    ]  # fmt: skip
    record_export(user, "exams", len(cells), kept, [row.credit.enrolment_id for row in rows])
    name = f"plata-examenelor-{kept['session']}-{kept['year']}"
    return exports.download(name, headings, cells, as_csv=request.GET["format"] == "csv")


@login_required
@require_http_methods(READ)
def add(request: HttpRequest) -> HttpResponse:
    """Set the fee of one exam presentation, or learn that it is free or already paid."""
    user = asked(request, permissions.may_set_tariff)
    year = year_asked(request)
    form = PresentationForm(
        request.POST if request.method == "POST" else None,
        initial={"session": request.GET.get("session", ""), "standing": Standing.EARLIER},
        accounts=finding.accounts_for(user),
    )
    status = status_of(form)
    if form.is_bound and form.is_valid():
        try:
            found = _register(form.cleaned_data, year, user)
        except (Refused, MissingPrice, NoSuchSession) as refused:
            status = refused_form(form, refused)
        else:
            _tell(request, found)
            kept = urlencode({"year": year.name, "session": form.cleaned_data["session"]})
            return redirect(f"{reverse('fees:exams')}?{kept}")
    above = [Crumb(_("Exam payments"), reverse("fees:exams"))]
    context = {"form": form, "year": year, "sessions": ExamResult.Session.values}
    return show(
        request, "fees/desk/exam_add.html", context, title=_("Set a presentation"), above=above, status=status
    )


def _register(given: dict[str, Any], year: AcademicYear, user: User) -> Registered:
    at = clock.now()
    return presentations.register(
        given["student"].pk,
        given["found"],
        year,
        given["session"],
        standing=Standing(given["standing"]),
        special=Circumstances(**filled(given["special"])),
        exam_on=given["exam_on"],
        form_filed_at=at if given["form_filed"] else None,
        actor=user,
        at=at,
    )


def _tell(request: HttpRequest, found: Registered) -> None:
    if found.credit is None:
        messages.success(request, _("Nothing is charged. %(why)s") % {"why": found.cost.why})
        return
    day = dates.day(found.credit.pay_until, request.LANGUAGE_CODE)
    if found.again:
        messages.success(request, _("A presentation paid earlier serves for this session."))
    else:
        messages.success(
            request, _("The presentation was set: it is paid in time until %(day)s.") % {"day": day}
        )
