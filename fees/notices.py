"""The e-mails of fees."""

from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext

from fees.models import DailyProof, Exemption, NonPaymentProposal, Payment, Refund
from fees.queries.terms import Owed
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel.models import Deadline
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
        office=faculty.office_in(reader.language) if faculty else "",
        reply_to=faculty.office_email if faculty else "",
    )


def money_received(payment: Payment, reader: User) -> Notice:
    """Money came by transfer or at the cash desk and was booked: the day, the receipt, what is over."""
    account = payment.enrolment
    faculty = account.programme.faculty if account else None
    return Notice(
        recipient=reader,
        template="fees/mail/money_received",
        key=f"fees.payment:{payment.pk}",
        context={
            "payment": payment,
            "first_name": reader.first_name,
            "by_bank": payment.method == Payment.Method.BANK,
        },
        link=reverse("fees:receipt", args=[payment.enrolment_id, payment.pk]),
        office=faculty.office_in(reader.language) if faculty else "",
        reply_to=faculty.office_email if faculty else "",
    )


def payment_reversed(payment: Payment, reader: User, reason: str) -> Notice:
    """A payment was taken back: its lines are to be paid again. The reason stands in the text only."""
    account = payment.enrolment
    faculty = account.programme.faculty if account else None
    return Notice(
        recipient=reader,
        template="fees/mail/payment_reversed",
        key=f"fees.payment_reversed:{payment.pk}",
        context={"payment": payment, "first_name": reader.first_name, "reason": reason},
        link=reverse("fees:financial", args=[payment.enrolment_id]),
        office=faculty.office_in(reader.language) if faculty else "",
        reply_to=faculty.office_email if faculty else "",
    )


def _about_sums(name: str, event: str, found: Owed, reader: User, **context: object) -> Notice:
    """A message about lines of an account; it leads to the financial page. No sum in the subject."""
    faculty = found.account.programme.faculty
    return Notice(
        recipient=reader,
        template=f"fees/mail/{name}",
        key=f"fees.{name}:{event}",
        context={"owed": found, **context},
        link=reverse("fees:financial", args=[found.account.pk]),
        office=faculty.office_in(reader.language) if faculty else "",
        reply_to=faculty.office_email if faculty else "",
    )


def sums_released(reference: str, found: Owed, reader: User, *, at: datetime) -> Notice:
    """Sums can be paid from now on: what for, how much, until when, what follows a delay."""
    due_at = min(line.due_at for line in found.lines)
    return _about_sums("released", f"{reference}:{at:%s}", found, reader, due_at=due_at)


def payment_near(deadline: Deadline, found: Owed, reader: User) -> Notice:
    """A due date comes near; each reminder is a message of its own."""
    event = f"{deadline.pk}:{deadline.due_at:%s}:{len(deadline.reminders.all())}"
    return _about_sums("payment_near", event, found, reader, due_at=deadline.due_at)


def payment_overdue(deadline: Deadline, found: Owed, reader: User) -> Notice:
    """A due date has passed and something is unpaid."""
    event = f"{deadline.pk}:{deadline.due_at:%s}"
    return _about_sums("payment_overdue", event, found, reader, due_at=deadline.due_at)


def request_lapsed(reference: str, found: Owed, reader: User, *, at: datetime) -> Notice:
    """A request is no longer in force because its fee was not paid in time."""
    due_at = min(line.due_at for line in found.lines)
    return _about_sums("request_lapsed", f"{reference}:{at:%s}", found, reader, due_at=due_at)


def to_payer(refund: Refund, template: str, key: str, *, owed: Owed | None = None) -> list[Notice]:
    """What becomes of a refund, told to the student of the account or else to who paid; nobody, nothing.

    owed: the lines that the money had paid and that are owed again.
    """
    account = refund.payment.enrolment
    reader = account.person.user if account else refund.payment.payer
    if reader is None:
        return []
    faculty = account.programme.faculty if account else None
    return [
        Notice(
            recipient=reader,
            template=f"fees/mail/{template}",
            key=key,
            context={"refund": refund, "first_name": reader.first_name, "owed": owed},
            link=reverse("fees:refund", args=[account.pk, refund.pk]) if account else "",
            office=faculty.office_in(reader.language) if faculty else "",
            reply_to=faculty.office_email if faculty else "",
        )
    ]


def money_left(origin: str) -> str:
    """Why money left without the portal, for the lines that are owed again."""
    if origin == Refund.Origin.DISPUTE:
        return gettext("The cardholder's bank took the payment back.")
    return gettext("The money was given back in the card provider's pages.")


def proof_differs(proof: DailyProof) -> list[Notice]:
    """The ledger and the other side differ on a day: told once to everybody in the finance office."""
    key = f"fees.proof:{proof.day:%Y-%m-%d}:{proof.side}:{proof.currency}"
    readers = User.objects.filter(groups__name=roles.FINANCE, is_active=True).order_by("pk")
    context = {"proof": proof}
    link = reverse("fees:proof_day", args=[proof.day.isoformat()])
    return [Notice(reader, "fees/mail/proof_differs", key, context, link) for reader in readers]


def exemption_decided(exemption: Exemption, reader: User) -> Notice:
    """The dean decided on a request for an exemption. Neither the ground nor the student's words are told."""
    faculty = exemption.enrolment.programme.faculty
    return Notice(
        recipient=reader,
        template="fees/mail/exemption_decided",
        key=f"fees.exemption:{exemption.pk}",
        context={
            "exemption": exemption,
            "lines": list(exemption.lines.select_related("charge").order_by("pk")),
        },
        link=reverse("fees:exemption", args=[exemption.enrolment_id, exemption.pk]),
        office=faculty.office_in(reader.language) if faculty else "",
        reply_to=faculty.office_email if faculty else "",
    )


def overdue_reminder(found: Owed, reader: User, *, day: date) -> Notice:
    """Sums are still unpaid after their term."""
    return _about_sums("overdue_reminder", f"{found.account.pk}:{day}", found, reader)


def expulsion_proposed(proposal: NonPaymentProposal, found: Owed, reader: User) -> Notice:
    """The account was listed for the rector: what is unpaid, and that paying takes it off the list."""
    return _about_sums("expulsion_proposed", str(proposal.pk), found, reader)
