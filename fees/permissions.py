"""Who may pay and who may read an account (FEE-007, FEE-008)."""

from collections.abc import Sequence

from fees import rules
from fees.models import Charge
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import has_role
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.words import gettext_lazy as _


def may_pay(user: User, charges: Sequence[Charge]) -> Answer:
    """Whether the user may pay these charges together, each to its end.

    They belong to one account of the user's own and to one currency, and each can be paid (FEE-008).
    """
    if not charges:
        return NO(_("Choose at least one line to pay."))
    if any(charge.enrolment.person.user_id != user.pk for charge in charges):
        return NO(_("These lines are not yours."))
    if len({charge.enrolment_id for charge in charges}) > 1 or len({one.currency for one in charges}) > 1:
        return NO(_("Lines of different programmes or currencies are paid one after another."))
    for charge in charges:
        answer = rules.may_be_paid(
            released=charge.released_at is not None,
            closed=charge.cancelled_at is not None,
            left=charge.left,
            amount=charge.left,
        )
        if not answer:
            return answer
    return YES


def may_handle_events(user: User) -> Answer:
    """Whether the user deals with events of the card provider that wait for staff."""
    if has_role(user, roles.FINANCE, roles.ADMINISTRATOR):
        return YES
    return NO(_("Events of the card provider are dealt with by the finance office."))
