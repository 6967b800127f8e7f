"""The third tab: what the signed annex asks for, and the way to the card page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from contracting.models import Annex
from contracting.queries import dues, frame, standing, wording
from contracting.views.visit import crumbs, tab_context, visit
from contracting.workflow import AnnexState
from upt_portal.kernel.sources import CODE, Article

UNPAID = Article(CODE, "art. 27 (4)")


@login_required
@require_safe
def show(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The sums with their terms and states, or why there are none yet (CON-080, CON-082)."""
    came = visit(request, enrolment)
    if came.case is None:
        return render(request, "contracting/none.html", {"enrolment": came.enrolment, "crumbs": crumbs(came)})
    case = came.case
    answer = frame.payments_visible(case)
    if not answer:
        context = tab_context(came, "payments") | {"refusal": wording.refusal(answer)}
        return render(request, "contracting/payments_closed.html", context)
    found = dues.dues_of(case, came.at)
    annex = Annex.objects.filter(contracting=case, state=AnnexState.CURRENT).first()
    context = tab_context(came, "payments", to_pay=found.to_pay) | {
        "dues": found,
        "tuition_apart": dues.tuition_apart(case, annex),
        "free_of_charge": dues.unpaid_rows(annex),
        "follows": standing.what_follows(
            case, standing.Terms(came.at, pay_by=found.due_at), owed=found.left_amount
        ),
        "unpaid_rule": wording.reason("", UNPAID),
    }
    return render(request, "contracting/payments.html", context)
