"""Receipts after the day they were issued."""

from datetime import datetime

from django.db import transaction

from fees import notices
from fees.models import Payment
from upt_portal.accounts.models import User
from upt_portal.kernel import outbox
from upt_portal.kernel.models import Mail

MOST_MAILS = 5


@transaction.atomic
def mail_again(payment_id: int, reader: User, *, at: datetime) -> bool:
    """Send the mail about a payment once more; False when the reader already had it five times."""
    payment = Payment.objects.select_related("enrolment__programme__faculty").get(pk=payment_id)
    first = notices.payment_booked(payment, reader)
    sent = Mail.objects.filter(
        recipient=reader, key__startswith=f"{first.key}:", template=first.template
    ).count()
    if sent >= MOST_MAILS:
        return False
    outbox.post(notices.payment_booked(payment, reader, again=sent), at=at)
    return True
