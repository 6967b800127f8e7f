"""Fees confirmed in admissions, as the rooms above ask for them."""

from datetime import date
from decimal import Decimal

from django.db.models import QuerySet, Sum

from fees.models import ConfirmedFee, Refund


def fees_of(case: str) -> QuerySet[ConfirmedFee]:
    """The confirmed fees of a dossier with their payments."""
    return ConfirmedFee.objects.filter(case=case).select_related("fee_type", "payment")


def refunds_for(case: str) -> QuerySet[Refund]:
    """The refunds that a case of a room above asked for ("admissions.refund:3"), newest first."""
    return Refund.objects.filter(case=case).select_related("payment").order_by("-pk")


def tuition_received(since: date, until: date) -> dict[str, Decimal]:
    """Tuition of candidates received in a period, by currency, for the ministry's share (ADM-199).

    Days are inclusive; refunds are not deducted.
    """
    rows = ConfirmedFee.objects.filter(
        fee_type__code="TUITION", payment__paid_at__date__gte=since, payment__paid_at__date__lte=until
    )
    sums = rows.values("payment__currency").annotate(sum=Sum("payment__amount"))
    return {row["payment__currency"]: row["sum"] for row in sums}
