"""The e-mails of fees."""

from django.urls import reverse

from fees.models import Payment
from upt_portal.accounts.models import User
from upt_portal.kernel.outbox import Notice


def payment_booked(payment: Payment, reader: User, *, again: int = 0) -> Notice:
    """A payment was registered: its receipt is in the portal. No sum and no cause in the subject.

    again: how often the reader has asked for the mail again; each is a message of its own.
    """
    account = payment.enrolment
    faculty = account.programme.faculty if account else None
    return Notice(
        recipient=reader,
        template="fees/mail/payment_booked",
        key=f"fees.payment:{payment.pk}" + (f":{again}" if again else ""),
        context={"payment": payment, "first_name": reader.first_name},
        link=reverse("fees:receipt", args=[payment.enrolment_id, payment.pk]),
        office=faculty.office if faculty else "",
        reply_to=faculty.office_email if faculty else "",
    )
