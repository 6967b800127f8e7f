"""Sums that staff set one by one: damages, duplicates, language certificates, final examinations, others."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fees.models import Charge, FeeType
from fees.queries import prices
from fees.refusal import refuse
from fees.rules import other_fees as rules
from fees.services import charges
from fees.services.accounts import lock_account
from fees.services.charges import NewCharge
from studentrecords.queries.core import academic_year_of
from upt_portal.accounts.models import User
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.clock import local_day

#: Kinds that staff may set: by a decision that gives the sum, or by the price list.
BY_DECISION = ("DAMAGES",)
BY_PRICE = ("DUPLICATE", "LANGUAGE_CERT", "FINAL_EXAM", "OTHER")

_RULES = {
    "DAMAGES": ("FEE-076", "art. 59 (2) e"),
    "LANGUAGE_CERT": ("FEE-078", "art. 60 (3)"),
    "DUPLICATE": ("FEE-009", "art. 18 (1)"),
}


@transaction.atomic
def set_sum(
    enrolment_id: int,
    code: str,
    *,
    token: str,
    due_on: date,
    what: str,
    actor: User,
    at: datetime,
    amount: Decimal | None = None,
    decision: str = "",
) -> Charge:
    """Charge one sum (FEE-009, FEE-076, FEE-078).

    amount: of damages, as the sanction decision gives it; any other kind takes the price list's. token: of
    the form, so that pressing its button twice makes one line. what: in words, beside the kind.
    Raises MissingPrice or Refused.
    """
    if code not in BY_DECISION + BY_PRICE:
        raise refuse(_("This kind of fee is set by its own rule."), "FEE-001")
    if due_on < local_day(at):
        raise refuse(_("The due day is not in the past."), "FEE-004")
    account = lock_account(enrolment_id)
    year = academic_year_of(local_day(at))
    if year is None:
        raise refuse(_("No academic year holds this day."), "FEE-001")
    price = None
    if code in BY_DECISION:
        if not decision.strip() or amount is None or amount <= 0:
            raise refuse(_("Damages need the sanction decision and its sum."), "FEE-076")
        owed, currency = rules.damages(amount), "RON"
    else:
        found = prices.price_for(code, account, year, on=local_day(at))
        owed, currency, price = rules.document_fee(found.amount, original=False), found.currency, found.pk
    kind = FeeType.objects.get(code=code)
    beside = f": {what}" if what else ""
    rule, article = _RULES.get(code, ("FEE-001", "art. 13 (q)"))
    line = NewCharge(
        key="sum",
        code=code,
        amount=owed,
        currency=currency,
        description_ro=f"{kind.name_in('ro')}{beside}"[:250],
        description_en=f"{kind.name_in('en')}{beside}"[:250],
        working_ro=f"decizia {decision}"[:200] if decision else "",
        working_en=f"decision {decision}"[:200] if decision else "",
        rule=rule,
        article=article,
        price=price,
    )
    (made,) = charges.post_charges(
        f"fees.sum:{token}", account, [line], end_of_day(due_on), actor=actor, at=at, year=year
    )
    return made
