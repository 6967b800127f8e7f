"""Penalties posted as lines of their own (FEE-063, §7.2a): by the night, with every act, never edited."""

from contextlib import nullcontext
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client
from django.urls import reverse

from fees import parameters as figures
from fees import tasks
from fees.models import Charge, OfficeDelay, Payment
from fees.queries import accounts, ledger
from fees.queries import penalties as queries
from fees.refusal import Refused
from fees.rules import penalties as rules
from fees.rules.penalties import DailyPenalty, OncePenalty
from fees.services import accounts as account_services
from fees.services import charges, penalties
from fees.services.checkout import PaymentRefused
from fees.workflow import ChargeState
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.cards_kit import Cardholder
from tests.fees.debts_kit import DUE_ON, at, clerk, daily_policy, dec, decide, once_policy, penalties_of
from tests.fees.ledger_kit import DUE, allocate, charge, fee_type, payment, reduce
from tests.races import Gate, at_once
from upt_portal.kernel import audit
from upt_portal.kernel.calendar import end_of_day

D = Decimal
ONE_PER_MILLE = DailyPenalty(rate=D("0.1"), cap=D(10))
ONCE = OncePenalty(limit=D(100), fixed=D(10), percent=D(15), ceiling=D(200))
NONE = D("0.00")


@pytest.fixture(autouse=True)
def kinds(request: pytest.FixtureRequest) -> None:
    """The kinds of fees, also after a test that emptied the tables."""
    if "account" in request.fixturenames:
        request.getfixturevalue("account")
        fee_type("PENALTY")


def paid(line: Charge, amount: str, day: int) -> Payment:
    """Money that came on a day of December and is booked then, as an act on the account."""
    money = payment(line.enrolment, amount, paid_at=dec(day), booked_at=dec(day))
    allocate(money, line, amount)
    account_services.record(line.enrolment_id, "fees.pay", actor=None, at=dec(day))
    return money


def state_of(line: Charge) -> str:
    return str(Charge.objects.values_list("state", flat=True).get(pk=line.pk))


# --- the rule -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "amount", "on", "expected"),
    [
        (ONE_PER_MILLE, "1000", date(2020, 12, 18), "5.00"),
        (None, "1000", date(2020, 12, 18), "0.00"),
        (ONCE, "80", date(2020, 12, 18), "10.00"),
        (ONCE, "1000", date(2020, 12, 18), "150.00"),
        (ONCE, "2000", date(2020, 12, 18), "200.00"),
    ],
)
def test_FEE_063_the_examples_of_the_catalogue(policy: Any, amount: str, on: date, expected: str) -> None:
    due = date(2020, 12, 13)
    assert rules.penalty(policy, D(amount), due_on=due, on=on) == D(expected)


@pytest.mark.parametrize(
    ("excused", "on", "expected"),
    [
        ([(date(2026, 12, 14), date(2026, 12, 15))], 18, "3.00"),
        ([(date(2026, 12, 14), date(2026, 12, 18))], 18, "0.00"),
        ([(date(2026, 12, 1), date(2026, 12, 13))], 18, "5.00"),
        # two findings that overlap are counted once
        ([(date(2026, 12, 14), date(2026, 12, 16)), (date(2026, 12, 15), date(2026, 12, 17))], 18, "1.00"),
    ],
)
def test_CON_082_days_of_the_office_do_not_count(excused: list[Any], on: int, expected: str) -> None:
    borne = rules.penalty(ONE_PER_MILLE, D(1000), due_on=DUE_ON, on=date(2026, 12, on), excused=excused)
    assert borne == D(expected)


def test_CON_082_a_penalty_once_begins_after_the_days_of_the_office() -> None:
    excused = [(date(2026, 12, 14), date(2026, 12, 16))]
    kept = [(date(2026, 12, 16), D(1000))]

    def borne(day: int, **more: Any) -> Decimal:
        on = date(2026, 12, day)
        return rules.penalty(ONCE, D(1000), due_on=DUE_ON, on=on, excused=excused, **more)

    assert (borne(16), borne(17)) == (NONE, D("150.00"))
    assert borne(20, payments=kept) == NONE


@pytest.mark.parametrize(
    ("code", "bears"),
    [("TUITION", True), ("RECONTRACT", True), ("DAMAGES", True), ("PENALTY", False), ("REEXAM", False),
     ("EXTENSION", False), ("REPETITION", False)],
)  # fmt: skip
def test_FEE_063_what_lapses_and_penalties_themselves_bear_none(code: str, bears: bool) -> None:
    assert rules.bears_penalty(code) is bears


@pytest.mark.parametrize(
    ("rate", "cap", "day"),
    [("0.1", "10", date(2027, 3, 23)), ("0.3", "10", date(2027, 1, 16)), ("0", "10", None)],
)
def test_FEE_063_the_day_on_which_the_ceiling_is_reached(rate: str, cap: str, day: date | None) -> None:
    policy = DailyPenalty(D(rate), D(cap))
    assert rules.cap_reached_on(policy, DUE_ON) == day
    if day:
        full = D(1000) * policy.cap / 100
        assert rules.penalty(policy, D(1000), due_on=DUE_ON, on=day) == full
        assert rules.penalty(policy, D(1000), due_on=DUE_ON, on=day - timedelta(days=1)) < full


# --- posting ------------------------------------------------------------------------------------------------


def test_FEE_063_without_a_decision_nothing_is_posted(account: Enrolment) -> None:
    line = charge(account, "1000.00")
    tasks.post_penalties(dec(18).isoformat())
    charges.mark_overdue(line.pk, at=dec(18))
    assert penalties_of(account) == []
    assert state_of(line) == ChargeState.OVERDUE


def test_FEE_063_each_night_one_line_stands_and_a_second_run_changes_nothing(account: Enrolment) -> None:
    daily_policy()
    line = charge(account, "1000.00")
    seen = []
    for day in (13, 14, 15, 18, 18):
        changed = tasks.post_penalties(dec(day, 0).isoformat())
        seen.append((changed, penalties_of(account)))
    assert seen == [(0, []), (1, ["1.00"]), (1, ["2.00"]), (1, ["5.00"]), (0, ["5.00"])]
    standing = Charge.objects.get(penalty_of=line, cancelled_at__isnull=True)
    assert (standing.rule, standing.state, standing.currency) == ("FEE-063", ChargeState.DUE, "RON")
    assert standing.due_at == end_of_day(date(2026, 12, 18))
    assert standing.working_ro == "0,1 % pe zi din suma neplătită, până la 18.12.2026"
    line.refresh_from_db()
    assert line.amount == D("1000.00")


def test_FEE_063_a_missed_week_is_caught_up(account: Enrolment) -> None:
    daily_policy()
    charge(account, "1000.00")
    tasks.post_penalties(dec(14, 0).isoformat())
    tasks.post_penalties(dec(23, 0).isoformat())
    assert penalties_of(account) == ["10.00"]


def test_FEE_063_once_for_the_line_whatever_the_nights(account: Enrolment) -> None:
    once_policy()
    charge(account, "80.00")
    charge(account, "1000.00")
    charge(account, "2000.00")
    for day in (14, 20, 31):
        tasks.post_penalties(dec(day, 0).isoformat())
    assert penalties_of(account) == ["10.00", "150.00", "200.00"]
    assert Charge.objects.filter(penalty_of__isnull=False).count() == 3


def test_FEE_063_a_policy_of_lei_is_not_laid_on_euros(account: Enrolment) -> None:
    once_policy()
    charge(account, "1000.00", currency="EUR")
    tasks.post_penalties(dec(20).isoformat())
    assert penalties_of(account) == []


def test_FEE_063_the_policy_is_that_of_the_due_date_and_the_nearest_scope(account: Enrolment) -> None:
    daily_policy()
    decide(figures.PENALTY_RATE, D("0.2"), first_day=date(2026, 12, 14))
    line = charge(account, "1000.00")
    other = factories.enrolment(programme=factories.programme(faculty=factories.faculty("CT")))
    charge(other, "1000.00")
    decide(figures.PENALTY_POLICY, "none", scope_kind="faculty", scope_ref="CT", first_day=date(2020, 1, 1))
    tasks.post_penalties(dec(18).isoformat())
    assert (penalties_of(account), penalties_of(other)) == (["5.00"], [])
    assert line.penalties.count() == 1


def test_FEE_063_a_payment_stops_the_penalty_at_its_day(account: Enrolment) -> None:
    daily_policy()
    line = charge(account, "1000.00")
    tasks.post_penalties(dec(16, 0).isoformat())
    paid(line, "400.00", 16)  # 3 days on 1,000
    tasks.post_penalties(dec(18, 0).isoformat())  # 2 days on 600
    assert penalties_of(account) == ["4.20"]
    paid(line, "600.00", 18)
    tasks.post_penalties(dec(31, 0).isoformat())
    assert penalties_of(account) == ["4.20"]


def test_FEE_063_money_booked_later_counts_from_the_day_it_was_paid(account: Enrolment) -> None:
    daily_policy()
    line = charge(account, "1000.00")
    tasks.post_penalties(dec(21, 0).isoformat())
    assert penalties_of(account) == ["8.00"]
    allocate(payment(account, "1000.00", paid_at=dec(18), booked_at=dec(21)), line, "1000.00")
    account_services.record(account.pk, "fees.pay", actor=None, at=dec(21))
    assert penalties_of(account) == ["5.00"]


def test_FEE_063_money_on_a_penalty_that_shrinks_follows_it_and_the_rest_is_left_over(
    account: Enrolment,
) -> None:
    daily_policy()
    line = charge(account, "1000.00")
    tasks.post_penalties(dec(21, 0).isoformat())
    penalty = line.penalties.get()
    money = payment(account, "1008.00", paid_at=dec(18), booked_at=dec(21))
    allocate(money, line, "1000.00")
    allocate(money, penalty, "8.00")
    account_services.record(account.pk, "fees.pay", actor=None, at=dec(21))

    money.refresh_from_db()
    (standing,) = line.penalties.filter(cancelled_at__isnull=True)
    assert (standing.amount, standing.state, money.unallocated) == (D("5.00"), ChargeState.PAID, D("3.00"))
    assert state_of(penalty) == ChargeState.CANCELLED
    (total,) = ledger.totals(accounts.charges_of(account), dec(21))
    assert total.left == NONE


def test_FEE_063_a_paid_penalty_stands_and_only_what_is_new_is_added(account: Enrolment) -> None:
    daily_policy()
    line = charge(account, "1000.00")
    tasks.post_penalties(dec(14, 0).isoformat())
    paid(line.penalties.get(), "1.00", 14)
    tasks.post_penalties(dec(16, 0).isoformat())
    assert penalties_of(account) == ["1.00", "2.00"]


def test_FEE_063_moving_the_due_date_takes_the_penalty_back(account: Enrolment) -> None:
    daily_policy()
    line = charge(account, "1000.00", reference="contracting.annex:9")
    tasks.post_penalties(dec(18, 0).isoformat())
    posted = line.penalties.get()
    charges.extend(line.reference, dec(20), reason="spitalizare", actor=clerk(), at=dec(18))
    assert penalties_of(account) == []
    posted.refresh_from_db()
    assert (posted.state, posted.amount) == (ChargeState.CANCELLED, D("5.00"))
    assert posted.cancelled_reason
    tasks.post_penalties(dec(22, 0).isoformat())
    assert penalties_of(account) == ["2.00"]


def test_CON_082_a_hidden_line_bears_no_penalty(account: Enrolment) -> None:
    daily_policy()
    line = charge(account, "1000.00", reference="contracting.annex:9")
    tasks.post_penalties(dec(15, 0).isoformat())
    charges.hide(line.reference, actor=None, at=dec(15))
    assert penalties_of(account) == []
    charges.release(line.reference, dec(21), actor=None, at=dec(16))
    tasks.post_penalties(dec(22, 0).isoformat())
    assert penalties_of(account) == ["1.00"]


def test_FEE_063_a_cancelled_line_takes_its_penalty_along(account: Enrolment) -> None:
    daily_policy()
    line = charge(account, "1000.00", reference="contracting.annex:9")
    tasks.post_penalties(dec(15, 0).isoformat())
    charges.cancel_unpaid(line.reference, reason="anexă anulată", actor=None, at=dec(15))
    assert penalties_of(account) == []


def test_FEE_063_an_exempted_part_bears_no_penalty(account: Enrolment) -> None:
    daily_policy()
    line = charge(account, "1000.00")
    tasks.post_penalties(dec(18, 0).isoformat())
    reduce(line, "500.00")
    tasks.post_penalties(dec(18, 0).isoformat())
    assert penalties_of(account) == ["2.50"]


def test_FEE_063_penalties_are_not_compounded(account: Enrolment) -> None:
    daily_policy()
    line = charge(account, "1000.00")
    tasks.post_penalties(dec(14, 0).isoformat())
    tasks.post_penalties(dec(31, 0).isoformat())
    assert Charge.objects.filter(penalty_of__penalty_of__isnull=False).count() == 0
    assert sum(one.amount for one in line.penalties.filter(cancelled_at=None)) == D("18.00")


def test_FEE_063_every_change_is_traced(account: Enrolment) -> None:
    daily_policy()
    line = charge(account, "1000.00")
    tasks.post_penalties(dec(14, 0).isoformat())
    tasks.post_penalties(dec(15, 0).isoformat())
    trail = audit.trail(account_services.account_reference(account.pk))
    assert [entry.data for entry in trail] == [
        {"charge": line.pk, "was": "0.00", "is": "1.00 RON"},
        {"charge": line.pk, "was": "1.00", "is": "2.00 RON"},
    ]


# --- delays of the office -----------------------------------------------------------------------------------


def test_CON_082_a_recorded_delay_of_the_office_takes_its_days_back(account: Enrolment) -> None:
    daily_policy()
    line = charge(account, "1000.00")
    tasks.post_penalties(dec(18, 0).isoformat())
    delay = penalties.record_office_delay(
        line.pk, date(2026, 12, 14), date(2026, 12, 16), reason="scanarea a întârziat", actor=clerk(),
        at=dec(18),
    )  # fmt: skip
    assert penalties_of(account) == ["2.00"]
    penalties.take_back_office_delay(delay.pk, reason="alt student", actor=clerk(), at=dec(18))
    assert penalties_of(account) == ["5.00"]
    with pytest.raises(Refused, match="deja retrasă"):
        penalties.take_back_office_delay(delay.pk, reason="încă o dată", actor=clerk(), at=dec(18))


def test_CON_082_a_delay_recorded_by_mistake_is_taken_back_with_a_button(
    account: Enrolment, client: Client, clock: Any
) -> None:
    daily_policy()
    line = charge(account, "1000.00")
    clock.stand_at(dec(18))
    tasks.post_penalties(dec(18, 0).isoformat())
    delay = penalties.record_office_delay(
        line.pk, date(2026, 12, 14), date(2026, 12, 16), reason="alt student", actor=clerk(), at=dec(18)
    )
    client.force_login(clerk())
    page = reverse("fees:debtor", args=[account.pk])
    button = reverse("fees:debtor_delay_back", args=[account.pk, delay.pk])
    assert button in client.get(page).text
    assert client.post(button, {"reason": " "}).status_code == 422
    assert client.post(button, {"reason": "x" * 301}).context["back_form"].data["reason"] == "x" * 301
    assert penalties_of(account) == ["2.00"]
    assert client.post(button, {"reason": "era altcineva"}).status_code == 302
    assert (penalties_of(account), button in client.get(page).text) == (["5.00"], False)
    again = client.post(button, {"reason": "al doilea tab"}, follow=True)
    assert (again.status_code, OfficeDelay.objects.count()) == (200, 2)
    assert [one.level_tag for one in again.context["messages"]] == ["warning"]
    stranger = charge(factories.enrolment(), "10.00").enrolment
    elsewhere = reverse("fees:debtor_delay_back", args=[stranger.pk, delay.pk])
    assert client.post(elsewhere, {"reason": "id străin"}).status_code == 404


def test_CON_082_the_delay_of_a_line_paid_since_can_still_be_taken_back(
    account: Enrolment, client: Client, clock: Any
) -> None:
    clock.stand_at(dec(18))
    line = charge(account, "1000.00")
    delay = penalties.record_office_delay(
        line.pk, date(2026, 12, 14), date(2026, 12, 16), reason="alt student", actor=clerk(), at=dec(18)
    )
    paid(line, "1000.00", 18)
    client.force_login(clerk())
    page = client.get(reverse("fees:debtor", args=[account.pk])).text
    assert reverse("fees:debtor_delay_back", args=[account.pk, delay.pk]) in page


@pytest.mark.parametrize(("first", "last", "reason"), [(14, 16, " "), (16, 14, "scanare")])
def test_a_delay_of_the_office_has_a_reason_and_days_in_order(
    account: Enrolment, first: int, last: int, reason: str
) -> None:
    line = charge(account)
    with pytest.raises(ValueError, match="needs a reason and days"):
        penalties.record_office_delay(
            line.pk, date(2026, 12, first), date(2026, 12, last), reason=reason, actor=clerk(), at=dec(18)
        )
    assert not OfficeDelay.objects.exists()


def test_delays_of_the_office_are_appended(account: Enrolment) -> None:
    line = charge(account)
    delay = penalties.record_office_delay(
        line.pk, DUE_ON, DUE_ON, reason="scanare", actor=clerk(), at=dec(18)
    )
    with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
        OfficeDelay.objects.filter(pk=delay.pk).update(reason="altul")


# --- at payment time ----------------------------------------------------------------------------------------


def test_FEE_063_a_click_after_a_missed_night_posts_first_and_asks_to_look_again(
    cardholder: Cardholder, english: None
) -> None:
    daily_policy("40", "90")
    late = charge(cardholder.account, "100.00", due_at=factories.NOW - timedelta(days=1))
    with pytest.raises(PaymentRefused, match="sums have changed"):
        cardholder.clicks(late)
    assert penalties_of(cardholder.account) == ["40.00"]
    cardholder.clicks(late, late.penalties.get())
    assert cardholder.attempt.amount == D("140.00")


def test_FEE_063_a_line_on_an_open_card_page_waits_for_the_next_run(cardholder: Cardholder) -> None:
    daily_policy("40", "90")
    account, due = cardholder.account, factories.NOW - timedelta(days=1)
    late = charge(account, "100.00", due_at=due)
    penalties.post_penalties(account.pk, at=factories.NOW)
    standing = late.penalties.get()
    cardholder.pays(late, standing)
    assert penalties.post_penalties(account.pk, at=factories.NOW + timedelta(days=1)) == 0
    cardholder.receives()
    assert (state_of(late), state_of(standing)) == (ChargeState.PAID, ChargeState.PAID)
    assert penalties_of(account) == ["40.00"]


def test_a_page_opened_before_the_night_leads_back_to_the_account(
    account: Enrolment, student_of: Any, clock: Any
) -> None:
    daily_policy()
    line = charge(account, "1000.00")
    tasks.post_penalties(dec(14, 0).isoformat())
    old = line.penalties.get()
    tasks.post_penalties(dec(15, 0).isoformat())
    clock.stand_at(dec(15))
    page = student_of(account).get(
        f"/student/{account.pk}/pay/?charge={line.pk}&charge={old.pk}", follow=True
    )
    assert page.redirect_chain == [(f"/student/{account.pk}/financial/", 302)]
    assert "Sumele s-au schimbat" in page.content.decode()


@pytest.fixture
def student_of(browser_of: Any) -> Any:
    def browser(account: Enrolment) -> Client:
        return browser_of(account.person.user)  # type: ignore[no-any-return]

    return browser


# --- what will be owed --------------------------------------------------------------------------------------


def test_FEE_063_the_preview_says_when_a_penalty_begins_and_what_it_comes_to(account: Enrolment) -> None:
    daily_policy()
    line = charge(account, "1000.00")
    (seen,) = queries.previews(account, [line], factories.NOW)
    assert (seen.begins_on, seen.today, seen.stops_on) == (date(2026, 12, 14), NONE, date(2027, 3, 23))
    assert [(step.on, step.amount) for step in seen.steps] == [
        (date(2026, 12, 14), D("1.00")),
        (date(2026, 12, 20), D("7.00")),
        (date(2027, 1, 12), D("30.00")),
    ]


def test_FEE_063_what_the_preview_said_is_what_is_posted(account: Enrolment) -> None:
    daily_policy()
    line = charge(account, "335.00")
    (seen,) = queries.previews(account, [line], factories.NOW)
    for step in seen.steps:
        tasks.post_penalties(at(step.on, 0, 30).isoformat())
        assert penalties_of(account) == [str(step.amount)]


def test_FEE_063_once_has_one_step_and_no_policy_none(account: Enrolment) -> None:
    line = charge(account, "1000.00")
    (none,) = queries.previews(account, [line], factories.NOW)
    assert (none.begins_on, none.steps, none.policy) == (None, (), None)
    once_policy()
    (once,) = queries.previews(account, [line], factories.NOW)
    assert [(step.on, step.amount) for step in once.steps] == [(date(2026, 12, 14), D("150.00"))]


def test_the_preview_asks_as_much_for_many_lines_as_for_one(
    account: Enrolment, django_assert_num_queries: Any
) -> None:
    lines = [charge(account) for _n in range(5)]
    for some in (lines[:1], lines):
        chosen = list(Charge.objects.filter(pk__in=[line.pk for line in some]).select_related("fee_type"))
        with django_assert_num_queries(3 + len(some)):  # outside a request every figure is a query
            queries.previews(account, chosen, factories.NOW)


# --- two nights at once -------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_FEE_063_two_runs_at_once_post_one_line(monkeypatch: pytest.MonkeyPatch, locked: bool) -> None:
    """The control takes the account's lock away: both runs post, and only the database's key stops one."""
    factories.academic_year()
    account = factories.enrolment()
    fee_type("PENALTY")
    daily_policy()
    charge(account, "1000.00")
    gate = Gate()
    monkeypatch.setattr(penalties, "_post", gate.before(penalties._post))
    if not locked:
        monkeypatch.setattr(penalties, "lock_account", lambda pk: nullcontext())
        monkeypatch.setattr(penalties, "trace", lambda *args, **kwargs: None)
    run = lambda: penalties.post_penalties(account.pk, at=dec(18))  # noqa: E731
    got = at_once(run, run)
    assert penalties_of(account) == ["5.00"]
    if locked:
        assert (sorted(got), gate.passed) == ([0, 1], 1)
    else:
        assert gate.passed == 2
        assert sum(isinstance(one, IntegrityError) for one in got) == 1


def test_DUE_is_the_day_of_the_examples() -> None:
    assert end_of_day(DUE_ON) == DUE
