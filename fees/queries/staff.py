"""What tasks and staff look for."""

from datetime import date, datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fees.models import CardPayment, Charge, ProviderEvent
from fees.queries import desk
from fees.workflow import CardState, ChargeState
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import has_role
from upt_portal.kernel.page import NavEntry, NavGroup


def attempts_to_check(before: datetime) -> list[int]:
    """Card payments begun before a moment that are still open and wait for nobody; oldest first."""
    rows = CardPayment.objects.filter(state=CardState.INITIATED, parked_reason="", started_at__lt=before)
    return list(rows.order_by("started_at").values_list("pk", flat=True))


def past_due(at: datetime) -> list[int]:
    """Charges whose due date is over and that are not marked yet."""
    late = Charge.objects.filter(state__in=[ChargeState.DUE, ChargeState.PARTLY_PAID], due_at__lt=at)
    return list(late.order_by("due_at").values_list("pk", flat=True))


def waiting_for_their_year(today: date) -> list[str]:
    """Cases of tuition that was set before its year began and that is to open now (FEE-032)."""
    hidden = Charge.objects.filter(
        state=ChargeState.CONFIGURED, reference__startswith="fees.tuition:", year__starts_on__lte=today
    )
    return sorted(set(hidden.values_list("reference", flat=True)))


def parked_events() -> QuerySet[ProviderEvent]:
    """Events of the provider that wait for staff, oldest first."""
    waiting = ProviderEvent.objects.filter(outcome=ProviderEvent.Outcome.PARKED, handled_at__isnull=True)
    return waiting.order_by("received_at", "pk")


def staff_queues(user: User) -> list[NavGroup]:
    """The finance desk for the side menu of the administration: its pages where work waits; one query."""
    if not has_role(user, *desk.FINANCE_ROLES):
        return []
    home = NavEntry(label=gettext("Finance desk"), url=reverse(desk.HOME))
    waiting = [entry for group in desk.menu_of(user) for entry in group.entries if entry.count]
    return [NavGroup(gettext("Finance"), [home, *waiting])]


desk.register_page(
    desk.DeskPage(
        "admin:fees_providerevent_changelist",
        _("Card events that wait"),
        desk.Group.PAYMENTS,
        waiting=lambda user: parked_events(),
        query="outcome__exact=parked&handled_at__isnull=True",
        place=90,
    )
)
