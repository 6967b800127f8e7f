"""The finance desk: its frame, its first page, its search, and the account of a student as staff see it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from fees import permissions
from fees.queries import desk as queries
from fees.queries import financial, finding
from fees.services.accounts import account_reference
from fees.views.turning import keep, year_pills
from studentrecords.models import Enrolment
from upt_portal.accounts.models import User
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import audit, clock
from upt_portal.kernel.answers import Answer
from upt_portal.kernel.page import Crumb


def asked(request: HttpRequest, may: Any = permissions.works_at_finance) -> User:
    """The signed-in user, if `may(user)` says yes; PermissionDenied with the reason otherwise."""
    user = signed_in(request)
    answer: Answer = may(user)
    if not answer:
        raise PermissionDenied(answer.reason)
    return user


def typed(request: HttpRequest) -> str:
    """The words of a search field, without the letter no database keeps."""
    return request.GET.get("q", "")[:100].replace("\x00", "").strip()


def account_of(request: HttpRequest, enrolment: int) -> Enrolment:
    """The account of the address, if the reader may see it; its opening is noted. Http404 otherwise."""
    user = asked(request, permissions.may_enter_desk)
    account = finding.accounts_for(user).filter(pk=enrolment).first()
    if account is None or not permissions.may_see_account(user, account):
        raise Http404
    if account.person.user is not None:
        audit.record_read(account.person.user, reader=user, what="fees.account", at=clock.now())
    return account


def show(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    title: str,
    above: Sequence[Crumb] = (),
    status: int = 200,
) -> HttpResponse:
    """A page of the desk in its frame: menu with what waits, path, title.

    template: extends "fees/desk/base.html". above: pages between the desk's first page and this one.
    """
    match = request.resolver_match
    first = Crumb(_("Finance desk"), reverse(queries.HOME))
    frame = {
        "title": title,
        "desk_menu": queries.menu_of(signed_in(request), match.view_name if match else ""),
        "crumbs": [first, *above, Crumb(title)],
        "part": _("Finance desk"),
    }
    return render(request, template, {**frame, **context}, status=status)


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What waits at the desk, page by page."""
    asked(request, permissions.may_enter_desk)
    return show(request, "fees/desk/home.html", {"crumbs": []}, title=_("Finance desk"))


@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What the desk knows by a name, a number or a reference; a single hit opens at once."""
    user = asked(request, permissions.may_enter_desk)
    words = typed(request)
    found = queries.search(words, user)
    hits = [hit for kind in found for hit in kind.hits]
    if len(hits) == 1:
        return redirect(hits[0].url)
    context = {"words": words, "found": found}
    return show(request, "fees/desk/search.html", context, title=_("Search"))


@login_required
@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    """Find the account of a student by name or matriculation number."""
    user = asked(request, permissions.may_enter_desk)
    words = typed(request)
    found = list(finding.named(words, user)[: queries.A_SEARCH + 1]) if words else []
    context = {
        "words": words,
        "found": found[: queries.A_SEARCH],
        "more": len(found) > queries.A_SEARCH,
    }
    return show(request, "fees/desk/accounts.html", context, title=_("Find an account"))


@login_required
@require_safe
def account(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The money of one student, as staff see it: lines, documents, history, what can be done (FEE-005)."""
    found = account_of(request, enrolment)
    at = clock.now()
    money = financial.financial_of(
        found,
        at,
        year=request.GET.get("year", ""),
        closed=request.GET.get("closed", "1"),
        payments=request.GET.get("payments", "1"),
        for_staff=True,
    )
    page = finding.account_url(enrolment)
    context = {
        "enrolment": found,
        "found": money,
        "staff": True,
        "now": at,
        "year_pills": year_pills(page, money.years, money.year),
        "keep_closed": keep(year=money.year, payments=money.payments.number),
        "keep_payments": keep(year=money.year, closed=money.closed.number),
        "others": finding.accounts_for(signed_in(request)).filter(person=found.person).exclude(pk=found.pk),
        "acts": queries.account_acts(signed_in(request), found.pk),
        "history": financial.history_of(audit.trail(account_reference(found.pk))),
    }
    above = finding.account_crumbs(found)[:-1]
    return show(request, "fees/desk/account.html", context, title=found.person.list_name, above=above)
