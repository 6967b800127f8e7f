"""The daily proof at the finance desk: each day beside the provider and the bank, with what is unmatched."""

from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from fees.queries import proof as queries
from fees.services import proof as services
from fees.services import provider
from fees.views.desk import asked, show
from upt_portal.kernel import clock
from upt_portal.kernel.page import Crumb, Pill

A_PAGE = 60


@login_required
@require_safe
def proofs(request: HttpRequest) -> HttpResponse:
    """Every proved day, the newest first; or only those that differ."""
    user = asked(request)
    only = request.GET.get("only") == "differing"
    rows = queries.differing(user) if only else queries.latest()
    here = reverse("fees:proof")
    count = queries.differing(user).count()
    pills = [
        Pill(_("All days"), here, current=not only),
        Pill(_("With a difference"), f"{here}?only=differing", current=only, count=count),
    ]
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "pills": pills, "only": only, "count": count}
    return show(request, "fees/desk/proofs.html", context, title=_("Daily proof"))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404 from None


@login_required
@require_safe
def proof_day(request: HttpRequest, day: str) -> HttpResponse:
    """One day: both sides by currency, and every item that stands on one side only."""
    asked(request)
    when = _day(day)
    rows = [(one, [(item, Decimal(item["amount"])) for item in one.items]) for one in queries.youngest(when)]
    context = {"day": when, "rows": rows, "may_prove": when < clock.today()}
    above = [Crumb(_("Daily proof"), reverse("fees:proof"))]
    return show(request, "fees/desk/proof_day.html", context, title=_("Proof of a day"), above=above)


@login_required
@require_POST
def proof_again(request: HttpRequest, day: str) -> HttpResponse:
    """Prove a day anew, after what was missing was entered."""
    asked(request)
    when = _day(day)
    if when >= clock.today():
        raise Http404
    try:
        made = services.prove(when, at=clock.now())
    except provider.Unreachable:
        messages.error(request, _("The card provider cannot be reached now. Try again in a few minutes."))
    else:
        if all(one.holds for one in made):
            messages.success(request, _("The day was proved: nothing differs."))
        else:
            messages.warning(request, _("The day was proved: there is a difference."))
    return redirect("fees:proof_day", day=when.isoformat())
