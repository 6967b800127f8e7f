"""Notices of payments (FEE-100): terms follow the lines, remind before, tell after; each once."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from fees import tasks
from fees.models import Charge
from fees.queries import penalties, terms
from fees.rules import reminding as rules
from fees.services import accounts as account_services
from fees.services import announcing, charges
from fees.services import terms as services
from fees.services.charges import NewCharge
from fees.workflow import ChargeState
from studentrecords.models import Enrolment
from tests import factories
from tests.fees import debts_kit
from tests.fees.debts_kit import DUE_ON, at, clerk, daily_policy, dec, decide
from tests.fees.ledger_kit import DUE, allocate, charge, fee_type, payment
from upt_portal.kernel import params
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.kinds import BadValue
from upt_portal.kernel.models import Deadline, Mail

CASE = "contracting.studentcontracting:17"
NOW = factories.NOW


def post(account: Enrolment, amount: str = "335.00", due: datetime = DUE, **fields: object) -> list[Charge]:
    fee_type()
    line = NewCharge(
        key="12", code="RECONTRACT", amount=Decimal(amount), description_ro="Recontractare: Fizică",
        description_en="Re-contract: Physics",
    )  # fmt: skip
    return charges.post_charges(CASE, account, [line], due, **{"actor": None, "at": NOW, **fields})


def settle(line: Charge, when: datetime = NOW) -> None:
    """The whole line is paid, as an act on its account."""
    allocate(payment(line.enrolment, str(line.left), paid_at=when), line, str(line.left))
    account_services.record(line.enrolment_id, "fees.pay", actor=None, at=when)


def running(account: Enrolment) -> list[datetime]:
    open_terms = terms.terms_of(account.pk).filter(met_at__isnull=True, dropped_at__isnull=True)
    return sorted(open_terms.values_list("due_at", flat=True))


def sent(name: str) -> list[Mail]:
    return list(Mail.objects.filter(template=f"fees/mail/{name}").order_by("pk"))


# --- when reminders leave -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due_on", "days", "expected"),
    [
        (date(2026, 12, 13), 7, "2026-12-06T09:00:00+02:00"),  # a Sunday before a Sunday
        (date(2026, 12, 13), 1, "2026-12-12T09:00:00+02:00"),  # a Saturday
        (date(2027, 3, 28), 1, "2027-03-27T09:00:00+02:00"),  # the clock goes forward on the due day
        (date(2027, 3, 29), 1, "2027-03-28T09:00:00+03:00"),  # on the day of the reminder
        (date(2027, 4, 2), 7, "2027-03-26T09:00:00+02:00"),  # between the two
        (date(2026, 10, 26), 1, "2026-10-25T09:00:00+02:00"),  # the clock goes back
        (date(2027, 1, 2), 1, "2027-01-01T09:00:00+02:00"),  # a public holiday
    ],
)
def test_FEE_100_a_reminder_leaves_at_nine_whatever_the_day(due_on: date, days: int, expected: str) -> None:
    leaves = rules.reminder_at(end_of_day(due_on), days, at(date(2026, 1, 1)))
    assert leaves is not None
    assert leaves.isoformat() == expected


def test_FEE_100_a_line_opened_after_the_reminder_would_leave_gets_none() -> None:
    assert rules.reminder_at(DUE, 1, dec(12, 9)) is None
    assert rules.reminder_at(DUE, 1, dec(12, 8)) is not None


def test_FEE_100_a_due_hour_is_counted_from_its_local_day() -> None:
    just_after_midnight = at(date(2026, 12, 14), 0, 30)  # still the 13th in UTC
    leaves = rules.reminder_at(just_after_midnight, 1, NOW)
    assert leaves == at(date(2026, 12, 13), 9)


# --- the figure ---------------------------------------------------------------------------------------------


def test_FEE_100_the_days_before_are_typed_with_commas() -> None:
    before = params.parameter("REMINDER_BEFORE")
    assert before.default == (7, 1)
    assert before.read("1, 14,3, 3") == (14, 3, 1)
    assert (before.typed((7, 1)), before.store((7, 1))) == ("7, 1", [7, 1])
    assert before.restore([1, 7]) == (7, 1)
    for wrong in ("0", "7, -1", "sapte", ","):
        with pytest.raises(BadValue):
            before.read(wrong)


# --- terms follow the lines ---------------------------------------------------------------------------------


def test_each_due_moment_has_one_term_of_the_student(account: Enrolment) -> None:
    post(account)
    charge(account, due_at=DUE)
    charge(account, due_at=DUE + timedelta(days=60))
    account_services.record(account.pk, "fees.post", actor=None, at=NOW)
    assert running(account) == [DUE, DUE + timedelta(days=60)]
    term = terms.terms_of(account.pk).earliest("due_at")
    assert (term.person, term.rule, term.link) == (
        account.person.user,
        "FEE-004",
        f"/student/{account.pk}/financial/",
    )


def test_a_term_is_met_by_paying_dropped_by_cancelling_and_moved_by_an_extension(account: Enrolment) -> None:
    (line,) = post(account)
    later = DUE + timedelta(days=10)
    charges.extend(CASE, later, reason="spitalizare", actor=clerk(), at=NOW)
    assert running(account) == [later]
    first = Deadline.objects.get(due_at=DUE)
    assert (first.met_at, first.dropped_at) == (None, NOW)

    settle(Charge.objects.get(pk=line.pk))
    assert running(account) == []
    assert Deadline.objects.get(due_at=later).met_at == NOW


def test_a_hidden_line_has_no_term_and_gets_it_back(account: Enrolment) -> None:
    post(account)
    charges.hide(CASE, actor=None, at=NOW)
    assert running(account) == []
    charges.release(CASE, DUE, actor=None, at=NOW + timedelta(days=1))
    assert running(account) == [DUE]


def test_another_account_with_a_number_that_begins_alike_is_not_touched(account: Enrolment) -> None:
    post(account)
    other = factories.enrolment(pk=account.pk * 10 + 1)
    charge(other)
    account_services.record(other.pk, "fees.post", actor=None, at=NOW)
    settle(Charge.objects.get(enrolment=account))
    assert (running(account), running(other)) == ([], [DUE])


# --- released -----------------------------------------------------------------------------------------------


def test_FEE_100_released_sums_are_told_with_what_follows_a_delay(account: Enrolment) -> None:
    daily_policy()
    post(account)
    (mail,) = sent("released")
    assert (mail.subject, mail.recipient) == ("S-au deschis sume de plată", account.person.user)
    assert "– Recontractare: Fizică: 335,00\u00a0lei" in mail.text
    assert "În total: 335,00\u00a0lei" in mail.text
    assert "Din 14.12.2026 se adaugă o penalizare de 0,1 % pe zi din suma neplătită" in mail.text
    assert "335" not in mail.subject


def test_FEE_100_the_notice_is_in_the_readers_language(account: Enrolment) -> None:
    user = account.person.user
    user.language = "en"
    user.save()
    post(account)
    (mail,) = sent("released")
    assert mail.subject == "Sums to pay have opened"
    assert "– Re-contract: Physics: RON\u00a0335.00" in mail.text
    assert "is marked as overdue; no penalty is added." in mail.text


def test_FEE_100_hidden_sums_are_told_when_they_open(account: Enrolment) -> None:
    post(account, released=False)
    assert sent("released") == []
    charges.release(CASE, DUE, actor=None, at=NOW)
    post(account)
    assert len(sent("released")) == 1


# --- reminders ----------------------------------------------------------------------------------------------


def test_FEE_100_reminders_leave_seven_and_one_day_before_each_once(account: Enrolment) -> None:
    post(account)
    counts = []
    for moment in (dec(6, 8), dec(6, 9), dec(6, 10), dec(7), dec(12, 8), dec(12, 9), dec(13, 23)):
        tasks.send_reminders(moment.isoformat())
        counts.append(len(sent("payment_near")))
    assert counts == [0, 1, 1, 1, 1, 2, 2]
    assert "335,00\u00a0lei" in sent("payment_near")[0].text


def test_FEE_100_an_hour_that_was_missed_is_caught_up_and_two_late_ones_are_one_mail(
    account: Enrolment,
) -> None:
    post(account)
    assert tasks.send_reminders(dec(12, 15).isoformat()) == 1
    assert tasks.send_reminders(dec(12, 16).isoformat()) == 0
    assert len(sent("payment_near")) == 1


def test_FEE_100_nothing_is_reminded_of_once_it_is_paid(account: Enrolment) -> None:
    (line,) = post(account)
    settle(line)
    assert tasks.send_reminders(dec(12).isoformat()) == 0


def test_FEE_100_a_payment_between_the_list_and_the_mail_stops_it(account: Enrolment) -> None:
    (line,) = post(account)
    (term,) = services.reminders_due(7, dec(6))
    settle(line)
    assert services.remind(term, days_before=7, at=dec(6)) is False
    assert sent("payment_near") == []


def test_FEE_100_the_days_are_the_universitys_to_set(account: Enrolment) -> None:
    decide(params.parameter("REMINDER_BEFORE"), (3,))
    post(account)
    assert [tasks.send_reminders(dec(day).isoformat()) for day in (6, 10, 12)] == [0, 1, 0]


def test_FEE_100_the_reminder_across_the_change_of_the_clock(account: Enrolment) -> None:
    post(account, due=end_of_day(date(2027, 3, 29)))
    sunday = date(2027, 3, 28)
    tasks.send_reminders(at(sunday, 8, 59).isoformat())
    assert len(sent("payment_near")) == 1  # the one of seven days
    tasks.send_reminders(at(sunday, 9).isoformat())
    assert len(sent("payment_near")) == 2


# --- overdue ------------------------------------------------------------------------------------------------


def test_FEE_100_overdue_is_marked_and_told_once(account: Enrolment, clock: object) -> None:
    (line,) = post(account)
    clock.stand_at(dec(13, 23))  # type: ignore[attr-defined]
    tasks.mark_overdue()
    line.refresh_from_db()
    assert (line.state, sent("payment_overdue")) == (ChargeState.DUE, [])
    clock.stand_at(dec(20))  # type: ignore[attr-defined]  # a week in which the clock stood still
    for _run in range(2):
        tasks.mark_overdue()
    line.refresh_from_db()
    assert line.state == ChargeState.OVERDUE
    (mail,) = sent("payment_overdue")
    assert "13 decembrie 2026" in mail.text
    assert "art. 56 alin. (2) lit. h" in mail.text


def test_FEE_100_the_last_second_of_a_sunday_is_in_time(account: Enrolment) -> None:
    post(account)
    (term,) = terms.terms_of(account.pk)
    assert DUE_ON.strftime("%A") == "Sunday"
    assert services.pass_term(term.pk, at=DUE) is False
    assert services.pass_term(term.pk, at=DUE + timedelta(microseconds=1)) is True
    assert services.pass_term(term.pk, at=DUE + timedelta(hours=1)) is False


def test_FEE_100_a_due_date_moved_meanwhile_is_not_told(account: Enrolment) -> None:
    post(account)
    (term,) = terms.terms_of(account.pk)
    charges.extend(CASE, dec(20), reason="spitalizare", actor=clerk(), at=dec(13))
    assert services.pass_term(term.pk, at=dec(14)) is False
    assert sent("payment_overdue") == []


# --- lapsed -------------------------------------------------------------------------------------------------


def test_FEE_100_a_lapsed_request_is_told(account: Enrolment) -> None:
    line = charge(account, "500.00", fee_type=fee_type("EXTENSION"), description_ro="Taxă de prelungire")
    announcing.tell_lapsed(account.pk, "records.request:3", [line], at=NOW)
    (mail,) = sent("request_lapsed")
    assert "Taxă de prelungire: 500,00" in mail.text


# --- on the pages -------------------------------------------------------------------------------------------


def test_the_term_stands_on_the_students_home(account: Enrolment, browser_of: object) -> None:
    post(account)
    page = browser_of(account.person.user).get(f"/student/{account.pk}/")  # type: ignore[operator]
    assert page.context["terms"] == [
        {"title": "Sume de plată", "due": DUE, "url": f"/student/{account.pk}/financial/"}
    ]


def test_what_the_mail_says_of_penalties_is_the_preview(account: Enrolment) -> None:
    debts_kit.once_policy()
    (line,) = post(account, "1000.00")
    (seen,) = penalties.previews(account, [line], NOW)
    (mail,) = sent("released")
    assert seen.steps[0].amount == Decimal("150.00")
    assert "Din 14.12.2026 se adaugă o singură dată o penalizare de 150,00\u00a0lei." in mail.text
