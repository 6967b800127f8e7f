"""What the desk's search finds among students, payments and charges."""

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from fees.models import Payment
from fees.queries import desk
from studentrecords.models import Enrolment
from studentrecords.queries.core import enrolments_for_staff, people_named
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import has_role
from upt_portal.kernel import dates
from upt_portal.kernel.money import format_money
from upt_portal.kernel.page import Crumb


def accounts_for(user: User) -> QuerySet[Enrolment]:
    """The accounts a member of staff may open: finance all of them, others of the own faculties (FEE-007)."""
    if has_role(user, *desk.FINANCE_ROLES, roles.SCHOOL_MANAGEMENT):
        return Enrolment.objects.select_related("person__user", "programme__faculty", "curriculum")
    if has_role(user, *desk.FACULTY_ROLES):
        return enrolments_for_staff(user)
    return Enrolment.objects.none()


def payments_for(user: User) -> QuerySet[Payment]:
    """The payments a member of staff may see; those without an account are the finance office's."""
    if has_role(user, *desk.FINANCE_ROLES):
        return Payment.objects.all()
    return Payment.objects.filter(enrolment__in=accounts_for(user))


def account_url(enrolment: int | None) -> str:
    """The account as staff see it."""
    return reverse("fees:desk_account", args=[enrolment])


def payment_url(payment: Payment) -> str:
    """The payment as the finance office sees it, with its acts."""
    return reverse("fees:desk_payment", args=[payment.pk])


def account_crumbs(account: Enrolment, *below: str) -> list[Crumb]:
    """The path to an account of the desk, and to a page below it."""
    own = Crumb(account.person.list_name, account_url(account.pk) if below else "")
    return [Crumb(gettext("Accounts"), reverse("fees:desk_accounts")), own, *(Crumb(one) for one in below)]


def named(words: str, user: User) -> QuerySet[Enrolment]:
    """Accounts by the beginning of names or by the matriculation number."""
    wanted = Q(person__in=people_named(words)) | Q(matriculation_number__iexact=words.strip())
    return accounts_for(user).filter(wanted).order_by("person__sort", "pk")


def _found_accounts(words: str, user: User) -> list[desk.Hit]:
    return [
        desk.Hit(
            account.person.list_name,
            f"{account.matriculation_number} · {account.programme.name}",
            account_url(account.pk),
        )
        for account in named(words, user)[: desk.A_SEARCH]
    ]


def _found_payments(words: str, user: User) -> list[desk.Hit]:
    """By the receipt's number ("2026-000017", "17/2026") or the provider's or bank's reference."""
    wanted = Q(reference__iexact=words)
    year, _dash, number = words.partition("-")
    if "/" in words:
        number, _slash, year = words.partition("/")
    if year.isdecimal() and number.isdecimal() and len(year) == 4 and len(number) < 10:
        wanted |= Q(receipt_year=int(year), receipt_number=int(number))
    language = get_language() or "ro"
    found = payments_for(user).filter(wanted).select_related("enrolment__person")
    return [
        desk.Hit(
            gettext("Receipt %(number)s") % {"number": payment.receipt},
            " · ".join(
                [
                    format_money(payment.amount, payment.currency, language),
                    dates.day(payment.paid_at, language),
                    payment.payer_name,
                ]
            ),
            payment_url(payment)
            if has_role(user, *desk.FINANCE_ROLES)
            else account_url(payment.enrolment_id),
        )
        for payment in found[: desk.A_SEARCH]
    ]


desk.register_page(
    desk.DeskPage(
        "fees:desk_accounts",
        _("Find an account"),
        desk.Group.ACCOUNTS,
        roles=desk.DESK_ROLES,
        below=("fees:desk_account",),
        place=10,
    )
)
desk.register_search(_("Students"), _found_accounts)
desk.register_search(_("Payments"), _found_payments)
desk.register_account_act(desk.AccountAct("fees:cash_receive", _("Receive money at the cash desk"), place=10))
desk.register_account_act(
    desk.AccountAct("fees:desk_papers", _("Papers: statement, certificate"), roles=desk.DESK_ROLES, place=90)
)
