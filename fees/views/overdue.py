"""The desk's list of overdue accounts, with reminders, proposals and export; one account with its acts."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from fees import permissions
from fees.forms.overdue import DelayBackForm, DelayForm, ExtendForm, NoteForm, RectorForm
from fees.models import Charge, NonPaymentProposal, OfficeDelay, PaymentReminder
from fees.queries import accounts, finding, penalties
from fees.queries import overdue as queries
from fees.queries.overdue import Filter
from fees.refusal import Refused
from fees.rules.nonpayment import GROUND_H
from fees.services import charges, nonpayment
from fees.services import penalties as penalty_services
from fees.views.desk import account_of, asked, show
from studentrecords.models import Enrolment
from studentrecords.services.reads import note_list
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, citations, clock, exports
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb, Pill

A_PAGE = 50
MOST = 500  # accounts of one act
MOST_ROWS = 20_000  # of an export


def _filter(request: HttpRequest) -> Filter:
    given = request.GET
    age = given.get("age", "")
    stage = given.get("stage", "")
    return Filter(
        kind=given.get("kind", "")[:24].replace("\x00", ""),
        faculty=given.get("faculty", "")[:12].replace("\x00", ""),
        age=int(age) if age in {str(one) for one in queries.AGES} else 0,
        stage=stage if stage in ("proposed", "ready") else "",
    )


def _query(wanted: Filter, **changed: object) -> str:
    values = {**wanted.__dict__, **changed}
    return urlencode({name: value for name, value in values.items() if value})


@login_required
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Who owes what since when; by kind of fee, faculty, delay and stage (FEE-007, FEE-075)."""
    user, at = asked(request, permissions.may_enter_desk), clock.now()
    wanted = _filter(request)
    page = Paginator(queries.debtors(user, wanted, at), A_PAGE).get_page(request.GET.get("page"))
    here = reverse("fees:overdue")
    stages = [("", _("Everybody")), ("ready", _("May be proposed")), ("proposed", _("Proposed"))]
    context = {
        "page": page,
        "rows": queries.with_sums(list(page.object_list), at),
        "wanted": wanted,
        "keep": f"{_query(wanted)}&" if _query(wanted) else "",
        "filter_query": _query(wanted),
        "kinds": queries.kinds_of_fees(),
        "faculties": queries.faculties_for(user),
        "ages": queries.AGES,
        "pills": [
            Pill(words, f"{here}?{_query(wanted, stage=stage)}", current=wanted.stage == stage)
            for stage, words in stages
        ],
        "may_act": bool(permissions.may_act_on_debts(user)),
        "article": citations.short(GROUND_H),
        "article_url": citations.address(GROUND_H),
        "to_review": list(
            queries.to_review(user).select_related("enrolment__person").order_by("removed_at")[:A_PAGE]
        ),
    }
    return show(request, "fees/desk/overdue.html", context, title=_("Overdue sums"))


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The whole list of the filter as a table; who took it is recorded."""
    user, at = asked(request, permissions.may_enter_desk), clock.now()
    wanted = _filter(request)
    found = list(queries.debtors(user, wanted, at)[:MOST_ROWS])
    as_csv = request.GET.get("format") == "csv"
    data = {"rows": len(found), "filter": _query(wanted), "format": "csv" if as_csv else "xlsx"}
    audit.record(user, "fees.overdue_export", actor=user, at=at, data=data)
    note_list([one.pk for one in found], reader=user, what="fees.export", at=at)
    headings = [
        _("Matriculation number"), _("Student"), _("Faculty"), _("Programme"), _("Overdue since"),
        _("Days"), _("Kinds of fees"), _("Currency"), _("Overdue sum"), _("Reminders"), _("Proposed on"),
    ]  # fmt: skip
    name = f"restante-{clock.local_day(at):%Y-%m-%d}"
    return exports.download(name, headings, _cells(found, at), as_csv=as_csv)


def _cells(found: Sequence[Enrolment], at: Any) -> Iterator[list[Any]]:
    for row in queries.with_sums(found, at):
        account = row.account
        faculty = account.programme.faculty
        for currency, amount in row.sums.items():
            yield [
                account.matriculation_number, account.person.list_name, faculty.code if faculty else "",
                account.programme.name, row.oldest_due_on, row.days, ", ".join(row.kinds), currency, amount,
                row.reminders, clock.local_day(row.proposal.made_at) if row.proposal else None,
            ]  # fmt: skip


def _ticked(request: HttpRequest, user: User) -> list[int]:
    """The accounts that were ticked, those the user may see only."""
    numbers = [int(one) for one in request.POST.getlist("account") if one.isdecimal() and len(one) < 19]
    seen = finding.accounts_for(user).filter(pk__in=numbers[:MOST])
    return list(seen.order_by("pk").values_list("pk", flat=True))


def _back(request: HttpRequest) -> HttpResponse:
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{reverse('fees:overdue')}?{query}" if query else "fees:overdue")


@login_required
@require_POST
def remind(request: HttpRequest) -> HttpResponse:
    """Remind the ticked accounts, each once a day."""
    user, at = asked(request, permissions.may_act_on_debts), clock.now()
    ticked = _ticked(request, user)
    if not ticked:
        messages.info(request, _("Tick at least one account."))
        return _back(request)
    sent = sum(nonpayment.remind(account, actor=user, at=at) for account in ticked)
    words = ngettext("%(count)d reminder was sent.", "%(count)d reminders were sent.", sent) % {"count": sent}
    messages.success(request, words)
    if left := len(ticked) - sent:
        words = ngettext(
            "%(count)d account had its reminder today, or owes nothing overdue any more.",
            "%(count)d accounts had their reminder today, or owe nothing overdue any more.",
            left,
        )
        messages.info(request, words % {"count": left})
    return _back(request)


@login_required
@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """List the ticked accounts for the rector; each that may not be listed says why."""
    user, at = asked(request, permissions.may_act_on_debts), clock.now()
    ticked = _ticked(request, user)
    if not ticked:
        messages.info(request, _("Tick at least one account."))
    listed_now, refused = 0, {}
    for account in ticked:
        try:
            nonpayment.propose(account, actor=user, at=at)
            listed_now += 1
        except Refused as no:
            refused[account] = str(no)
    if listed_now:
        words = ngettext("%(count)d account was listed.", "%(count)d accounts were listed.", listed_now)
        messages.success(request, words % {"count": listed_now})
    names = dict(Enrolment.objects.filter(pk__in=refused).values_list("pk", "matriculation_number"))
    for account, why in list(refused.items())[:10]:
        messages.warning(request, f"{names[account]}: {why}")
    return _back(request)


# ---- one account -------------------------------------------------------------------------------------------


@login_required
@require_safe
def debtor(request: HttpRequest, enrolment: int) -> HttpResponse:
    """One account: what is overdue, what a delay costs, reminders, proposals and the acts on them."""
    account = account_of(request, enrolment)
    return _debtor_page(request, account)


def _open_lines(account: Enrolment) -> list[Charge]:
    return [line for line in accounts.payable_of(account) if line.penalty_of_id is None]


def _debtor_page(
    request: HttpRequest,
    account: Enrolment,
    *,
    back_of: int | None = None,
    back_form: DelayBackForm | None = None,
    **forms: Any,
) -> HttpResponse:
    at = clock.now()
    user = asked(request, permissions.may_enter_desk)
    lines = list(accounts.payable_of(account))
    own = [line for line in lines if line.penalty_of_id is None]
    proposals = list(
        NonPaymentProposal.objects.filter(enrolment=account).select_related("made_by", "closed_by")
    )
    context = {
        "enrolment": account,
        "today": clock.local_day(at),
        "previews": penalties.previews(account, own, at),
        "posted": [line for line in lines if line.penalty_of_id],
        "delays": [
            (one, back_form if one.pk == back_of else DelayBackForm(one.pk))
            for one in penalties.delays_of(account.pk)
        ],
        "back_form": back_form,
        "reminders": PaymentReminder.objects.filter(enrolment=account)
        .select_related("sent_by")
        .order_by("-day"),
        "proposals": proposals,
        "current": next((one for one in proposals if one.state in ("proposed", "removed")), None),
        "answer": queries.answer_for(account.pk, at),
        "may_act": bool(permissions.may_act_on_debts(user)),
        "extend_form": ExtendForm(own),
        "delay_form": DelayForm(own),
        "note_form": NoteForm(),
        "rector_form": RectorForm(),
        **forms,
    }
    above = [Crumb(_("Overdue sums"), reverse("fees:overdue"))]
    status = 422 if forms or back_form else 200
    return show(
        request, "fees/desk/debtor.html", context, title=account.person.list_name, above=above, status=status
    )


def _acting(request: HttpRequest, enrolment: int) -> tuple[User, Enrolment]:
    user = asked(request, permissions.may_act_on_debts)
    return user, account_of(request, enrolment)


@login_required
@require_POST
def extend(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Move the due date of one line, with the reason (T9)."""
    user, account = _acting(request, enrolment)
    form = ExtendForm(_open_lines(account), request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            charges.extend_line(
                int(given["line"]),
                end_of_day(given["until"]),
                reason=given["reason"],
                actor=user,
                at=clock.now(),
            )
        except MoveRefused as no:
            messages.warning(request, str(no))
        except ValueError:
            form.add_error("until", _("The new day must be later than the present one"))
        else:
            messages.success(request, _("The due date was moved."))
    if not form.is_valid():
        return _debtor_page(request, account, extend_form=form)
    return redirect("fees:debtor", enrolment=enrolment)


@login_required
@require_POST
def office_delay(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Record days of delay that were the office's: they bear no penalty (CON-082)."""
    user, account = _acting(request, enrolment)
    form = DelayForm(_open_lines(account), request.POST)
    if not form.is_valid():
        return _debtor_page(request, account, delay_form=form)
    given = form.cleaned_data
    penalty_services.record_office_delay(
        int(given["line"]), given["first"], given["last"], reason=given["reason"], actor=user, at=clock.now()
    )
    messages.success(request, _("The delay was recorded; the penalty was recomputed."))
    return redirect("fees:debtor", enrolment=enrolment)


@login_required
@require_POST
def office_delay_back(request: HttpRequest, enrolment: int, delay: int) -> HttpResponse:
    """Take back a delay of the office recorded by mistake; a second click is told so."""
    user, account = _acting(request, enrolment)
    found = get_object_or_404(OfficeDelay, pk=delay, charge__enrolment_id=account.pk, takes_back__isnull=True)
    form = DelayBackForm(found.pk, request.POST)
    if not form.is_valid():
        return _debtor_page(request, account, back_of=found.pk, back_form=form)
    reason = form.cleaned_data["reason"]
    try:
        penalty_services.take_back_office_delay(found.pk, reason=reason, actor=user, at=clock.now())
    except Refused as no:
        messages.warning(request, str(no))
    else:
        messages.success(request, _("The delay was taken back; the penalty was recomputed."))
    return redirect("fees:debtor", enrolment=enrolment)


@login_required
@require_POST
def proposal(request: HttpRequest, enrolment: int) -> HttpResponse:
    """An act on the account's proposal: make, withdraw, review, record the rector's decision."""
    user, account = _acting(request, enrolment)
    act = request.POST.get("act", "")
    named = request.POST.get("proposal", "")
    rows = NonPaymentProposal.objects.filter(enrolment=account)
    found = rows.filter(pk=int(named)).first() if named.isdecimal() and len(named) < 19 else None
    if act not in ("propose", "withdraw", "review", "decide") or (act != "propose" and found is None):
        raise Http404
    form = RectorForm(request.POST) if act == "decide" else NoteForm(request.POST)
    if act != "propose" and not form.is_valid():
        if act == "decide":
            return _debtor_page(request, account, rector_form=form)
        return _debtor_page(request, account, note_form=form)
    try:
        _do(act, account, found, form, user)
    except (MoveRefused, Refused) as no:
        messages.warning(request, str(no))
    else:
        messages.success(request, _("Recorded."))
    return redirect("fees:debtor", enrolment=enrolment)


def _do(act: str, account: Enrolment, found: NonPaymentProposal | None, form: Any, user: User) -> None:
    at = clock.now()
    if found is None:
        nonpayment.propose(account.pk, actor=user, at=at)
    elif act == "withdraw":
        nonpayment.withdraw(found.pk, reason=form.cleaned_data["note"], actor=user, at=at)
    elif act == "review":
        nonpayment.review(found.pk, note=form.cleaned_data["note"], actor=user, at=at)
    elif act == "decide":
        nonpayment.record_decision(found.pk, **form.cleaned_data, actor=user, at=at)
