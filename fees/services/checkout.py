"""Starting a card payment: one open card page for a set of charges, whatever is clicked how often."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy

from fees import permissions
from fees.models import CardPayment, CardPaymentLine, Charge
from fees.parameters import CARD_TIMEOUT
from fees.services import provider
from fees.services.accounts import lock_account, record
from fees.services.charges import CLOSE_PAGE
from fees.services.penalties import post_penalties
from fees.services.settlement import end, settle
from fees.workflow import CardState
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, clock, jobs
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.models import Job
from upt_portal.kernel.money import format_money
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

SLACK = timedelta(minutes=1)  # the provider asks for 30 minutes from the moment it reads the request
ROUNDS = 3

audit.register_act("fees.begin_card", gettext_lazy("A card payment was begun"))


class PaymentRefused(Exception):
    """Why a card payment cannot be begun, in words for the reader."""

    def __init__(self, words: Sentence) -> None:
        super().__init__(words)
        self.sentence = words

    def __str__(self) -> str:
        return str(self.sentence)


@dataclass(frozen=True)
class _Claim:
    """The attempt to go on with, or those that stand in its way."""

    card: CardPayment | None
    in_the_way: tuple[int, ...] = ()


def start_checkout(charge_ids: Collection[int], *, payer: User, at: datetime, language: str = "ro") -> str:
    """The address of the card page for these charges: all that is left on each, fixed by the server.

    language: of the card page and the receipt, "ro" or "en".

    A second click, another tab or another device gets the page already open for the same charges; one open
    for other charges is closed first. When the provider says that the money has already come, it is booked
    and the address is that of the return page. Raises PaymentRefused, in words.
    """
    own = Charge.objects.filter(pk__in=charge_ids, enrolment__person__user=payer)
    for account in own.values_list("enrolment_id", flat=True).distinct():
        if post_penalties(account, at=at):
            raise PaymentRefused(
                _("The sums have changed since you opened the page. Look at them again, then pay.")
            )
    for _round in range(ROUNDS):
        claim = _claim(set(charge_ids), payer, at, language)
        if claim.card is not None:
            address = _address_of(claim.card, at)
            if address:
                return address
        for card_id in claim.in_the_way:
            _clear(card_id, at)
    raise PaymentRefused(_("Another payment of these lines is in progress. Try again in a minute."))


@transaction.atomic
def _claim(charge_ids: set[int], payer: User, at: datetime, language: str) -> _Claim:
    """Under the account's lock: the open attempt of exactly these charges, or a new one if none is open."""
    account = Charge.objects.filter(pk__in=charge_ids).values_list("enrolment_id", flat=True).first()
    if account is not None:
        lock_account(account)
    charges = list(
        Charge.objects.filter(pk__in=charge_ids).select_related("enrolment__person").order_by("pk")
    )
    answer = permissions.may_pay(payer, charges)
    if len(charges) != len(charge_ids) or not answer:
        raise PaymentRefused(answer.reason or _("These lines are not yours."))
    total = sum((charge.left for charge in charges), Decimal(0))
    _refuse_small(total, charges[0].currency)
    taken = {
        line.card_payment_id for line in CardPaymentLine.objects.filter(charge__in=charges, is_open=True)
    }
    if not taken:
        return _Claim(_begin(charges, total, payer, at, language))
    for card in CardPayment.objects.filter(pk__in=taken):
        if card.parked_reason:
            raise PaymentRefused(
                _("A payment of these lines is being checked by the finance office. Do not pay again.")
            )
        lines = dict(card.lines.values_list("charge_id", "amount"))
        if lines == {charge.pk: charge.left for charge in charges}:
            return _Claim(card)
    return _Claim(None, tuple(sorted(taken)))


def _refuse_small(total: Decimal, currency: str) -> None:
    smallest = provider.SMALLEST[currency]
    if total < smallest:
        words = _(
            "The card page takes no less than %(smallest)s. Pay this line together with another, "
            "or by bank transfer."
        )
        raise PaymentRefused(words % {"smallest": _Sum(smallest, currency)})


@dataclass(frozen=True)
class _Sum:
    """A sum inside a sentence, written in the language in which it is shown."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return format_money(self.amount, self.currency, get_language() or "ro")


def _begin(charges: list[Charge], total: Decimal, payer: User, at: datetime, language: str) -> CardPayment:
    lowest = charges[0]
    attempt = CardPaymentLine.objects.filter(charge=lowest).count() + 1
    minutes = timedelta(minutes=CARD_TIMEOUT.on(local_day(at)))
    card = CardPayment.objects.create(
        enrolment_id=lowest.enrolment_id,
        payer=payer,
        amount=total,
        currency=lowest.currency,
        language="en" if language.startswith("en") else "ro",
        # the random part keeps two databases apart that speak to the same provider
        key=f"charge-{lowest.pk}-{attempt}-{token_hex(8)}",
        started_at=at,
        opens_until=provider.now() + minutes + SLACK,
    )
    CardPaymentLine.objects.bulk_create(
        CardPaymentLine(card_payment=card, charge=charge, amount=charge.left) for charge in charges
    )
    record(
        lowest.enrolment_id,
        "fees.begin_card",
        actor=payer,
        at=at,
        data={"key": card.key, "amount": f"{total} {card.currency}"},
    )
    return card


def _address_of(card: CardPayment, at: datetime) -> str:
    """Where the payer goes on with an attempt; "" when it has just ended and another must begin."""
    fresh = card.opens_until - provider.now() > timedelta(minutes=CARD_TIMEOUT.on(local_day(at)))
    try:
        facts = provider.facts_of(card.session_id) if card.session_id else _open(card)
    except provider.Unreachable as silent:
        raise _unreachable() from silent
    except provider.Rejected as refused:
        _end_unopened(card, at)
        if card.session_id or not fresh:
            return ""
        raise PaymentRefused(
            _("The card provider did not accept this payment. No money was taken. Ask the finance office.")
        ) from refused
    if facts.status == "open":
        return facts.url
    settle(card.pk, at=at)
    return return_address(card) if facts.paid else ""


def _open(card: CardPayment) -> provider.Facts:
    """Open the card page of an attempt; the same key gives the same page, also after a lost answer."""
    lines = [
        provider.Line(line.charge.description_in(card.language), line.amount)
        for line in card.lines.select_related("charge")
    ]
    facts = provider.open_page(
        provider.Opening(
            key=card.key,
            currency=card.currency,
            lines=lines,
            language=card.language,
            opens_until=card.opens_until,
            success_url=f"{settings.SITE_URL}{_return_path(card)}?session_id={{CHECKOUT_SESSION_ID}}",
            cancel_url=f"{settings.SITE_URL}{_pay_path(card)}",
        )
    )
    CardPayment.objects.filter(pk=card.pk, session_id="").update(session_id=facts.session_id, url=facts.url)
    card.session_id = facts.session_id
    return facts


def reopen(card: CardPayment, *, at: datetime) -> bool:
    """Open the page of an attempt again under its key, when the portal fell before noting the first answer.

    False when the provider knows no such page and takes the opening no more: the attempt is ended.
    Raises provider.Unreachable.
    """
    try:
        _open(card)
    except provider.Rejected:
        _end_unopened(card, at)
        return False
    return True


def _end_unopened(card: CardPayment, at: datetime) -> None:
    with transaction.atomic():
        row = CardPayment.objects.select_for_update(of=("self",)).get(pk=card.pk)
        if row.state == CardState.INITIATED and not row.session_id:
            end(row, at=at)


def _clear(card_id: int, at: datetime) -> None:
    """End an open attempt for other charges: its card page is closed, or its money booked if it came."""
    card = CardPayment.objects.get(pk=card_id)
    try:
        if not card.session_id and not reopen(card, at=at):
            return
        with suppress(provider.Rejected):  # already complete or expired: settling says which
            provider.close_page(card.session_id)
        settle(card_id, at=at)
    except provider.Unreachable as silent:
        raise _unreachable() from silent


@jobs.handler(CLOSE_PAGE)
def close_page(job: Job) -> Mapping[str, Any]:
    """Close the card page of an attempt whose charges are no longer asked for, or book what came before."""
    card_id, at = job.payload["card_payment"], clock.now()
    if CardPayment.objects.filter(pk=card_id, state=CardState.INITIATED, parked_reason="").exists():
        _clear(card_id, at)
    return {}


def _unreachable() -> PaymentRefused:
    return PaymentRefused(
        _("The card page cannot be reached now. No money was taken. Try again in a few minutes.")
    )


@transaction.atomic
def note_return(card_id: int, *, at: datetime) -> None:
    """Note that the payer came back from the card page: until the provider answers, the page says so.

    The note books nothing and proves nothing.
    """
    CardPayment.objects.filter(pk=card_id, returned_at__isnull=True, state=CardState.INITIATED).update(
        returned_at=at
    )


def return_address(card: CardPayment) -> str:
    """The page that waits for the confirmation of an attempt."""
    return f"{_return_path(card)}?{urlencode({'session_id': card.session_id})}"


def _return_path(card: CardPayment) -> str:
    return reverse("fees:return", args=[card.enrolment_id])


def _pay_path(card: CardPayment) -> str:
    charges = [("charge", pk) for pk in card.lines.values_list("charge_id", flat=True)]
    return f"{reverse('fees:pay', args=[card.enrolment_id])}?{urlencode(charges)}"
