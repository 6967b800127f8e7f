"""Who may pay, who works at the finance desk, who may read an account (FEE-007, FEE-008)."""

from collections.abc import Sequence

from fees.models import Charge
from fees.queries import desk
from fees.queries import exemptions as exemption_queries
from fees.queries import overdue as overdue_queries
from fees.rules import paying
from studentrecords.models import Enrolment
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role
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
        answer = paying.may_be_paid(
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


def works_at_finance(user: User) -> Answer:
    """Whether the user works with everybody's money: the finance office and administrators."""
    if has_role(user, *desk.FINANCE_ROLES):
        return YES
    return NO(_("This page belongs to the finance office."))


def may_enter_desk(user: User) -> Answer:
    """Whether the user has anything to do at the finance desk; what exactly, each of its pages asks."""
    if has_role(user, *desk.DESK_ROLES):
        return YES
    return NO(_("The finance desk is for the finance office and the secretariats."))


def may_read_tariff(user: User) -> Answer:
    """Whether the user reads the price list and its plans at the desk."""
    if has_role(user, *desk.FINANCE_ROLES, roles.SCHOOL_MANAGEMENT):
        return YES
    return NO(_("The configuration of fees is for the School Management Center and the finance office."))


def may_set_tariff(user: User) -> Answer:
    """Whether the user sets prices and charges: the School Management Center, and administrators (§2)."""
    if has_role(user, roles.SCHOOL_MANAGEMENT, roles.ADMINISTRATOR):
        return YES
    return NO(_("Prices and charges are set by the School Management Center."))


def may_see_account(user: User, account: Enrolment) -> Answer:
    """Whether a member of staff may read the account of a student: secretariats of the own faculty only.

    The page answers 404 where this says no (FEE-007).
    """
    if has_role(user, *desk.FINANCE_ROLES, roles.SCHOOL_MANAGEMENT):
        return YES
    faculty = account.programme.faculty
    if has_role(user, *desk.FACULTY_ROLES) and faculty is not None and faculty.code in faculty_codes(user):
        return YES
    return NO(_("The account belongs to a student of another faculty."))


def may_decide_exemptions(user: User) -> Answer:
    """Whether the user records the dean's decisions: dean's offices, and the School Management Center."""
    if has_role(user, *exemption_queries.DECIDERS):
        return YES
    return NO(_("Exemptions are decided by the dean's office of the faculty."))


def may_act_on_debts(user: User) -> Answer:
    """Whether the user reminds, proposes, moves due dates: finance and the School Management Center."""
    if has_role(user, *overdue_queries.ACTORS):
        return YES
    return NO(_("Reminders and proposals are made by the finance office."))
