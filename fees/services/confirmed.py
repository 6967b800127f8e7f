"""Fees that admissions confirms before there is an enrolment (FEE-090 to FEE-095).

What admissions calls: `confirm` when money is confirmed, `carry_over` at deferred entry, `show_as_paid` at
enrolment, `keep_as_revenue` after missed terms, `give_back` when the Board has approved a refund.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy

from fees import documents
from fees.models import Allocation, Charge, ConfirmedFee, FeeType, Payment, Refund
from fees.parameters import MINISTRY_SHARE_PCT
from fees.queries import accounts
from fees.queries import confirmed as queries
from fees.refusal import demand, refuse
from fees.rules import refunds as rules
from fees.services import refunds
from fees.services.accounts import lock_account, record
from studentrecords.models import AcademicYear, Enrolment
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel import documents as papers
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.money import format_money
from upt_portal.kernel.numbers import next_number
from upt_portal.kernel.words import gettext_lazy as _

audit.register_act("fees.confirm_fee", gettext_lazy("A fee was confirmed in admissions"))
audit.register_act("fees.carry_over", gettext_lazy("A confirmed fee counts for the deferred entry"))
audit.register_act("fees.show_as_paid", gettext_lazy("Fees confirmed in admissions were shown as paid"))
audit.register_act("fees.keep_as_revenue", gettext_lazy("A fee was kept as own revenue"))


@dataclass(frozen=True)
class Received:
    """Money that admissions has confirmed.

    case: the dossier ("admissions.dossier:17"). code: "PROCESSING" or "TUITION". reference: the bank's own
    number, which is never booked twice.
    """

    case: str
    code: str
    payer: User | None
    payer_name: str
    amount: Decimal
    currency: str
    reference: str
    paid_at: datetime
    method: str = Payment.Method.BANK
    language: str = "ro"


@transaction.atomic
def confirm(received: Received, *, actor: User, at: datetime) -> ConfirmedFee:
    """Book a confirmed fee with its receipt, at that moment (FEE-090); the same confirmation twice is one.

    Raises Refused when another sum stands for the same case.
    """
    standing = (
        ConfirmedFee.objects.select_for_update(of=("self",))
        .select_related("payment")
        .filter(case=received.case, fee_type__code=received.code)
        .first()
    )
    if standing is not None:
        money = standing.payment
        if (money.amount, money.currency, money.reference) != (
            received.amount,
            received.currency,
            received.reference,
        ):
            raise refuse(_("Another sum is already confirmed for this dossier."))
        return standing
    year = local_day(at).year
    payment = Payment.objects.create(
        method=received.method,
        amount=received.amount,
        currency=received.currency,
        payer=received.payer,
        payer_name=received.payer_name,
        reference=received.reference,
        paid_at=received.paid_at,
        booked_at=at,
        receipt_year=year,
        receipt_number=next_number(accounts.RECEIPT, year),
    )
    fee = ConfirmedFee.objects.create(
        case=received.case,
        first_case=received.case,
        fee_type=FeeType.objects.get(code=received.code),
        payment=payment,
        confirmed_at=at,
        confirmed_by=actor,
    )
    audit.record(
        fee,
        "fees.confirm_fee",
        actor=actor,
        at=at,
        data={"case": received.case, "amount": f"{received.amount} {received.currency}"},
    )
    paper = documents.receipt_paper(payment, received.language)
    papers.issue(paper, about=payment, number=payment.receipt, at=at, actor=actor)
    return fee


@transaction.atomic
def carry_over(old_case: str, new_case: str, *, actor: User | None, at: datetime) -> list[ConfirmedFee]:
    """Deferred entry: the fees count for the new dossier, and none is owed again (FEE-094).

    Raises Refused when the new dossier has paid already.
    """
    fees = list(_locked(old_case))
    if fees and queries.fees_of(new_case).exists():
        raise refuse(_("The new dossier already has confirmed fees."))
    for fee in fees:
        fee.case = new_case
        fee.save(update_fields=["case"])
        audit.record(fee, "fees.carry_over", actor=actor, at=at, before=old_case, after=new_case)
    return fees


@transaction.atomic
def show_as_paid(
    case: str,
    enrolment: Enrolment,
    year: AcademicYear,
    *,
    actor: User | None,
    at: datetime,
    tuition_due: Decimal | None = None,
) -> list[Charge]:
    """At enrolment the confirmed fees stand on the account as paid lines, not payable again (FEE-090).

    tuition_due: the tuition of the year; what was credited above it stays unallocated (FEE-095). Twice
    changes nothing.
    """
    lock_account(enrolment.pk)
    made = []
    for fee in _locked(case):
        if fee.charge_id is not None or fee.kept_at is not None:
            continue
        money = fee.payment
        money.enrolment = enrolment
        money.save(update_fields=["enrolment"])
        there = money.unallocated
        owed = there
        if fee.fee_type.code == rules.TUITION and tuition_due is not None:
            owed = min(there, tuition_due)
        if owed <= 0:
            continue
        fee.charge = _paid_line(fee, enrolment, year, owed, at)
        fee.save(update_fields=["charge"])
        made.append(fee.charge)
    if made:
        lines = {line.fee_type.code: f"{line.amount} {line.currency}" for line in made}
        record(enrolment.pk, "fees.show_as_paid", actor=actor, at=at, data={"case": case, "lines": lines})
    return made


def _paid_line(
    fee: ConfirmedFee, enrolment: Enrolment, year: AcademicYear, amount: Decimal, at: datetime
) -> Charge:
    kind = fee.fee_type
    processing = kind.code == rules.PROCESSING
    line = Charge.objects.create(
        enrolment=enrolment,
        fee_type=kind,
        year=year,
        reference=fee.case,
        line_key=kind.code,
        description_ro=kind.name_ro,
        description_en=kind.name_en or kind.name_ro,
        rule="FEE-090",
        article="admission-procedure art. 2" if processing else "admission-procedure art. 8",
        amount=amount,
        currency=fee.payment.currency,
        posted_at=at,
        due_at=max(fee.payment.paid_at, at),
        released_at=at,
    )
    Allocation.objects.create(payment=fee.payment, charge=line, amount=amount, at=at)
    line.refresh_from_db()
    return line


@transaction.atomic
def keep_as_revenue(case: str, *, reason: str, actor: User | None, at: datetime) -> ConfirmedFee:
    """Mark the first-year tuition as own revenue after missed refund terms (FEE-095); the receipt stays.

    Raises Refused when money is on its way back or there is no tuition.
    """
    fee = next((one for one in _locked(case) if one.fee_type.code == rules.TUITION), None)
    if fee is None or fee.charge_id is not None:
        raise refuse(_("This dossier has no tuition that could be kept."))
    if fee.payment.refunded:
        raise refuse(_("A refund of this tuition was made or is under way."))
    if fee.kept_at is None:
        fee.kept_at, fee.kept_reason = at, reason.strip()[:300]
        fee.save(update_fields=["kept_at", "kept_reason"])
        audit.record(fee, "fees.keep_as_revenue", actor=actor, at=at, reason=reason)
    return fee


def net_refund(case: str, commissions: Sequence[Decimal], *, at: datetime) -> rules.NetRefund:
    """What a refund of the tuition of a dossier comes to (FEE-092), with the share of the day.

    Raises Refused without confirmed tuition.
    """
    fee = queries.fees_of(case).filter(fee_type__code=rules.TUITION).first()
    if fee is None:
        raise refuse(_("This dossier has no confirmed tuition."))
    share = MINISTRY_SHARE_PCT.on(local_day(at))
    return rules.admission_refund(fee.payment.amount, commissions, share_percent=share)


@transaction.atomic
def give_back(
    case: str,
    refund_case: str,
    account: refunds.Account,
    commissions: Sequence[Decimal],
    *,
    seen: Decimal,
    decision: str,
    actor: User,
    at: datetime,
    language: str = "ro",
) -> Refund:
    """Begin the refund that the Board has approved; the finance office checks, approves and sends it.

    seen: the net sum on the caller's page. decision: number and date of the Board's decision. The tuition is
    given back only here (FEE-091); the processing fee never. Raises Refused.
    """
    worked = net_refund(case, commissions, at=at)
    fee = next(one for one in _locked(case) if one.fee_type.code == rules.TUITION)
    demand(rules.may_be_returned(fee.fee_type.code, refundable=False, by_admission=True))
    if fee.kept_at is not None:
        raise refuse(_("This tuition is recorded as own revenue; the terms of the refund were missed."))
    if fee.charge_id is not None:
        raise refuse(_("The candidate is enrolled; the tuition is not given back."))
    demand(rules.may_ask_back(seen=seen, there=worked.net))
    wish = refunds.Wish(
        payment=fee.payment_id,
        seen=fee.payment.unallocated,
        amount=worked.net,
        ground=Refund.Ground.OTHER,
        explanation=decision,
        account=account,
        case=refund_case,
        language=language,
    )
    words = {one: _in_words(worked, fee.payment.currency, one) for one in ("ro", "en")}
    return refunds.request(wish, origin=Refund.Origin.ADMISSION, actor=actor, at=at, working=words)


def _in_words(worked: rules.NetRefund, currency: str, language: str) -> str:
    """ "3.000,00 EUR − 15,00 EUR − 150,00 EUR = 2.835,00 EUR"."""
    parts = (worked.tuition, worked.commissions, worked.ministry_share)
    sums = [format_money(one, currency, language) for one in parts]
    return f"{' − '.join(sums)} = {format_money(worked.net, currency, language)}"


def _locked(case: str) -> list[ConfirmedFee]:
    rows = ConfirmedFee.objects.select_for_update(of=("self",)).filter(case=case)
    return list(rows.select_related("fee_type", "payment").order_by("pk"))
