"""Starting a card payment: one card page for a set of charges, whatever is clicked, and what is refused."""

from datetime import timedelta
from decimal import Decimal

import pytest

from fees.models import CardPayment, Charge, Payment
from fees.services import charges, checkout, provider, reconciliation
from fees.services.accounts import account_reference
from fees.services.checkout import PaymentRefused, start_checkout
from fees.workflow import CardState
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.cards_kit import Cardholder, lines_of
from tests.fees.ledger_kit import allocate, charge, payment
from tests.fees.sandbox_kit import DECLINED, Running
from upt_portal.kernel import audit, jobs
from upt_portal.kernel.models import Job

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
NOW = factories.NOW


def test_the_card_page_shows_the_servers_lines_and_sum(cardholder: Cardholder) -> None:
    first, second = charge(cardholder.account, "335.00"), charge(cardholder.account, "4020.50")
    allocate(payment(cardholder.account, "20.50"), second, "20.50")
    address = cardholder.clicks(first, second)
    attempt = cardholder.attempt
    assert address == f"{cardholder.sandbox.base}/pay/{attempt.session_id}" == attempt.url
    assert (attempt.amount, attempt.currency, attempt.state) == (Decimal("4335.00"), "RON", "initiated")
    assert {line.charge_id: line.amount for line in attempt.lines.all()} == {
        first.pk: Decimal("335.00"),
        second.pk: Decimal("4000.00"),
    }
    session = cardholder.sandbox.client.v1.checkout.sessions.retrieve(attempt.session_id)
    assert (session.amount_total, session.currency, session.locale) == (433500, "ron", "ro")
    assert session.client_reference_id == attempt.key
    assert session.success_url.endswith(
        f"/student/{cardholder.account.pk}/pay/return/?session_id={{CHECKOUT_SESSION_ID}}"
    )
    assert session.cancel_url.endswith(f"/pay/?charge={first.pk}&charge={second.pk}")
    lines = cardholder.sandbox.server.provider.lines(attempt.session_id)
    assert [line["name"] for line in lines] == [first.description_ro, second.description_ro]
    assert [entry.act for entry in audit.trail(account_reference(cardholder.account.pk))] == [
        "fees.begin_card"
    ]


def test_B1_double_click_and_two_tabs_give_one_page(cardholder: Cardholder) -> None:
    first, second = charge(cardholder.account), charge(cardholder.account)
    assert cardholder.clicks(first, second) == cardholder.clicks(second, first)
    assert CardPayment.objects.count() == 1
    assert len(cardholder.sandbox.server.store.all("checkout.session")) == 1


def test_other_lines_close_the_page_that_was_open(cardholder: Cardholder) -> None:
    first, second = charge(cardholder.account), charge(cardholder.account)
    cardholder.clicks(first, second)
    before = cardholder.attempt
    cardholder.clicks(second)
    before.refresh_from_db()
    assert before.state == CardState.EXPIRED
    assert cardholder.sandbox.pay(before.session_id).status_code == 200  # "the page has expired"
    assert (lines_of(cardholder.attempt), cardholder.attempt.amount) == ({second.pk}, second.amount)
    assert not Payment.objects.exists()


def test_B5_a_second_click_after_paying_books_and_never_asks_again(cardholder: Cardholder) -> None:
    line = charge(cardholder.account)
    attempt = cardholder.pays(line)
    assert cardholder.clicks(line) == checkout.return_address(attempt)
    line.refresh_from_db()
    assert line.state == "paid"
    assert CardPayment.objects.count() == 1


def test_money_that_came_for_more_lines_is_booked_before_another_page_opens(cardholder: Cardholder) -> None:
    first, second = charge(cardholder.account), charge(cardholder.account)
    cardholder.pays(first, second)
    with pytest.raises(PaymentRefused, match="already paid"):
        cardholder.clicks(second)
    assert Payment.objects.get().amount == Decimal("670.00")


def test_after_expiry_a_new_attempt_with_its_own_key(cardholder: Cardholder) -> None:
    line = charge(cardholder.account)
    cardholder.clicks(line)
    before = cardholder.attempt
    cardholder.sandbox.client.v1.checkout.sessions.expire(before.session_id)
    cardholder.clicks(line)
    before.refresh_from_db()
    assert (before.state, cardholder.attempt.state) == (CardState.EXPIRED, CardState.INITIATED)
    assert before.key.rsplit("-", 2)[0] == f"charge-{line.pk}"
    assert [key.split("-")[2] for key in (before.key, cardholder.attempt.key)] == ["1", "2"]


def test_a_declined_card_leaves_the_page_open(cardholder: Cardholder) -> None:
    line = charge(cardholder.account)
    cardholder.pays(line, card=DECLINED)
    assert cardholder.clicks(line) == cardholder.attempt.url
    assert CardPayment.objects.count() == 1


@pytest.mark.parametrize("facts", [{"released_at": None}, {"cancelled_at": NOW, "cancelled_reason": "x"}])
def test_FEE_008_hidden_and_cancelled_lines_are_not_paid(
    cardholder: Cardholder, facts: dict[str, object]
) -> None:
    with pytest.raises(PaymentRefused):
        cardholder.clicks(charge(cardholder.account, **facts), charge(cardholder.account))
    assert not CardPayment.objects.exists()


def test_FEE_007_lines_of_somebody_else_are_refused(cardholder: Cardholder) -> None:
    stranger = charge(factories.enrolment())
    for lines in ([stranger], [charge(cardholder.account), stranger]):
        with pytest.raises(PaymentRefused, match="not yours"):
            cardholder.clicks(*lines)
    with pytest.raises(PaymentRefused):
        start_checkout({999_999}, payer=cardholder.user, at=NOW)
    with pytest.raises(PaymentRefused):
        start_checkout(set(), payer=cardholder.user, at=NOW)
    assert not CardPayment.objects.exists()


def test_currencies_are_never_added(cardholder: Cardholder) -> None:
    with pytest.raises(PaymentRefused, match="one after another"):
        cardholder.clicks(charge(cardholder.account), charge(cardholder.account, currency="EUR"))


@pytest.mark.parametrize(
    ("amount", "currency", "refused"), [("1.99", "RON", True), ("2.00", "RON", False), ("0.49", "EUR", True)]
)
def test_very_small_sums_are_refused_in_words(
    cardholder: Cardholder, amount: str, currency: str, refused: bool
) -> None:
    line = charge(cardholder.account, amount, currency=currency)
    if refused:
        with pytest.raises(PaymentRefused, match="takes no less than"):
            cardholder.clicks(line)
    else:
        assert cardholder.clicks(line)


# --- when the provider is silent, or the portal falls -------------------------------------------------------


def test_a_silent_provider_takes_nothing_and_the_next_click_goes_on(
    cardholder: Cardholder, settings: object
) -> None:
    line, base = charge(cardholder.account), settings.STRIPE_API_BASE
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(PaymentRefused, match="cannot be reached"):
        cardholder.clicks(line)
    settings.STRIPE_API_BASE = base
    assert cardholder.clicks(line)
    assert CardPayment.objects.count() == 1


def test_B9_a_page_opened_but_never_noted_is_found_again(cardholder: Cardholder) -> None:
    line = charge(cardholder.account)
    cardholder.clicks(line)
    session_id = cardholder.attempt.session_id
    CardPayment.objects.update(session_id="", url="")  # as if the portal fell before writing it down
    assert cardholder.clicks(line).endswith(session_id)
    CardPayment.objects.update(session_id="", url="")
    cardholder.sandbox.pay(session_id)
    assert reconciliation.check_attempt(cardholder.attempt.pk, at=NOW).outcome == "applied"
    line.refresh_from_db()
    assert line.state == "paid"


def test_an_attempt_never_opened_ends_by_itself(cardholder: Cardholder, settings: object) -> None:
    line, base = charge(cardholder.account), settings.STRIPE_API_BASE
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(PaymentRefused):
        cardholder.clicks(line)
    settings.STRIPE_API_BASE = base
    # ten minutes later the provider takes the old opening no more
    cardholder.sandbox.server.provider.clock = lambda: provider.now().timestamp() + 600
    assert reconciliation.check_attempt(cardholder.attempt.pk, at=NOW).reason == "never opened"
    assert cardholder.attempt.state == CardState.EXPIRED
    cardholder.sandbox.server.provider.clock = lambda: provider.now().timestamp()
    assert cardholder.clicks(line)


def test_an_old_unopened_attempt_makes_room_for_a_new_one(
    cardholder: Cardholder, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, base = charge(cardholder.account), settings.STRIPE_API_BASE
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(PaymentRefused):
        cardholder.clicks(line)
    settings.STRIPE_API_BASE = base
    later = provider.now() + timedelta(minutes=10)
    monkeypatch.setattr(provider, "now", lambda: later)
    cardholder.sandbox.server.provider.clock = later.timestamp
    assert cardholder.clicks(line)
    assert CardPayment.objects.count() == 2


def test_the_portals_clock_may_be_shifted_the_providers_is_not(cardholder: Cardholder) -> None:
    line = charge(cardholder.account)
    start_checkout({line.pk}, payer=cardholder.user, at=NOW + timedelta(days=400))
    attempt = cardholder.attempt
    assert timedelta(minutes=30) < attempt.opens_until - provider.now() <= timedelta(minutes=31)


def test_what_the_provider_does_not_accept_is_said_and_freed(
    cardholder: Cardholder, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = charge(cardholder.account)
    monkeypatch.setattr(provider, "hundredths", lambda amount: -1)
    with pytest.raises(PaymentRefused, match="did not accept"):
        cardholder.clicks(line)
    assert cardholder.attempt.state == CardState.EXPIRED
    monkeypatch.undo()


def test_a_note_of_return_proves_nothing(cardholder: Cardholder) -> None:
    line = charge(cardholder.account)
    cardholder.clicks(line)
    checkout.note_return(cardholder.attempt.pk, at=NOW)
    assert (cardholder.attempt.returned_at, cardholder.attempt.state) == (NOW, CardState.INITIATED)
    assert Charge.objects.get(pk=line.pk).state == "due"


def test_sessions_of_two_databases_do_not_meet(account: Enrolment, provider: Running) -> None:
    holder = Cardholder(account, provider)
    holder.clicks(charge(account))
    assert len(holder.attempt.key.rsplit("-", 1)[1]) == 16


# --- charges that are no longer asked for -------------------------------------------------------------------


def run_jobs() -> list[str]:
    """Do the waiting jobs of the room; the states they end in."""
    waiting = Job.objects.filter(kind="fees.close_page").order_by("created_at")
    for job in waiting:
        jobs.run(str(job.pk), at=NOW)
    return list(waiting.values_list("state", flat=True))


@pytest.mark.parametrize("act", ["hide", "cancel_unpaid", "reissue"])
def test_the_open_page_of_a_charge_no_longer_asked_for_is_closed(cardholder: Cardholder, act: str) -> None:
    line = charge(cardholder.account)
    cardholder.clicks(line)
    if act == "hide":
        charges.hide(line.reference, actor=None, at=NOW)
    elif act == "cancel_unpaid":
        charges.cancel_unpaid(line.reference, reason="retras", actor=None, at=NOW)
    else:
        charges.reissue(line.reference, "x:2", cardholder.account, [], NOW, reason="v2", actor=None, at=NOW)
    assert run_jobs() == ["done"]
    assert cardholder.attempt.state == CardState.EXPIRED
    assert "expirat" in cardholder.sandbox.pay(cardholder.attempt.session_id).text


def test_money_that_came_before_the_page_was_closed_is_booked(cardholder: Cardholder) -> None:
    line = charge(cardholder.account)
    cardholder.pays(line)
    charges.cancel_unpaid(line.reference, reason="retras", actor=None, at=NOW)
    assert run_jobs() == ["done"]
    assert Payment.objects.get().unallocated == Decimal("335.00")


def test_a_silent_provider_leaves_the_closing_for_later(cardholder: Cardholder, settings: object) -> None:
    line = charge(cardholder.account)
    cardholder.clicks(line)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    charges.hide(line.reference, actor=None, at=NOW)
    assert run_jobs() == ["failed"]
    assert cardholder.attempt.state == CardState.INITIATED
