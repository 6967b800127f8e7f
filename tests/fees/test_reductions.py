"""What is no longer asked for on a charge: the database keeps the sums, the state follows."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from fees.models import Charge, Reduction
from fees.queries import ledger
from fees.workflow import ChargeState
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.ledger_kit import DUE, allocate, charge, payment, reduce

pytestmark = pytest.mark.django_db
EXEMPTED = {"exempted_at": factories.NOW}


def refused(act: Callable[[], object], words: str) -> None:
    """`act` is refused by a constraint or a trigger, for a reason that holds `words`."""
    with pytest.raises((IntegrityError, ProgrammingError), match=words), transaction.atomic():
        act()


def state_of(line: Charge) -> str:
    return str(Charge.objects.values_list("state", flat=True).get(pk=line.pk))


@pytest.mark.parametrize(
    ("paid", "reduced", "exempted", "state"),
    [
        ("0", "100.00", False, ChargeState.DUE),
        ("100.00", "100.00", False, ChargeState.PARTLY_PAID),
        ("235.00", "100.00", False, ChargeState.PAID),
        ("0", "335.00", True, ChargeState.EXEMPTED),
        ("100.00", "235.00", True, ChargeState.EXEMPTED),
        ("100.00", "235.00", False, ChargeState.PAID),
        ("100.00", "100.00", True, ChargeState.PARTLY_PAID),
    ],
)
def test_the_state_of_a_reduced_charge(
    account: Enrolment, paid: str, reduced: str, exempted: bool, state: str
) -> None:
    line = charge(account)
    reduce(line, reduced)
    if Decimal(paid):
        allocate(payment(account), line, paid)
    if exempted:
        Charge.objects.filter(pk=line.pk).update(exempted_at=factories.NOW)
    assert state_of(line) == state


def test_an_exemption_of_a_late_line_takes_the_overdue_state_away(account: Enrolment) -> None:
    line = charge(account, overdue_at=DUE + timedelta(seconds=1))
    reduce(line, "335.00")
    Charge.objects.filter(pk=line.pk).update(**EXEMPTED)
    assert state_of(line) == ChargeState.EXEMPTED


def test_a_line_is_exempted_only_with_a_reduction(account: Enrolment) -> None:
    line = charge(account)
    refused(lambda: Charge.objects.filter(pk=line.pk).update(**EXEMPTED), "charge_exempted_is_reduced")


def test_no_program_reduces_a_line_by_itself(account: Enrolment) -> None:
    line = charge(account)
    refused(lambda: Charge.objects.filter(pk=line.pk).update(reduced=5), "by reductions only")
    refused(lambda: charge(account, reduced=Decimal(5)), "is not reduced")


def test_FEE_082_an_exemption_never_reaches_what_is_paid(account: Enrolment) -> None:
    line = charge(account)
    allocate(payment(account), line, "300.00")
    refused(lambda: reduce(line, "35.01"), "charge_not_overpaid")
    reduce(line, "35.00")
    line.refresh_from_db()
    assert (line.owed, line.left) == (Decimal("300.00"), Decimal("0.00"))


def test_money_does_not_fall_on_what_is_exempted(account: Enrolment) -> None:
    line = charge(account)
    reduce(line, "300.00")
    refused(lambda: allocate(payment(account), line, "35.01"), "charge_not_overpaid")


def test_a_reduction_is_taken_back_whole_and_once(account: Enrolment) -> None:
    line = charge(account)
    made = reduce(line, "100.00")
    refused(lambda: reduce(line, "-50.00", reverses=made), "takes back one reduction whole")
    reduce(line, "-100.00", reverses=made)
    refused(lambda: reduce(line, "-100.00", reverses=made), "unique")
    line.refresh_from_db()
    assert line.left == Decimal("335.00")


def test_reductions_are_appended_never_changed(account: Enrolment) -> None:
    made = reduce(charge(account), "100.00")
    refused(lambda: Reduction.objects.filter(pk=made.pk).update(amount=5), "Cannot update")
    refused(made.delete, "Cannot")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"amount": Decimal(0)}, "reduction_sign"),
        ({"amount": Decimal(-5)}, "reduction_sign"),
        ({"reason": ""}, "reduction_has_reason"),
        ({"kind": "gift"}, "reduction_kind"),
    ],
)
def test_what_a_reduction_must_say(account: Enrolment, fields: dict[str, object], words: str) -> None:
    line = charge(account)
    refused(lambda: reduce(line, **{"amount": "10.00", **fields}), words)


def test_FEE_005_exempted_lines_do_not_count_in_the_balance(account: Enrolment) -> None:
    whole, part = charge(account, "100.00"), charge(account, "200.00")
    reduce(whole, "100.00")
    reduce(part, "50.00")
    Charge.objects.filter(pk=whole.pk).update(**EXEMPTED)
    (totals,) = ledger.totals(Charge.objects.all(), DUE)
    assert (totals.amount, totals.left) == (Decimal("150.00"), Decimal("150.00"))


def test_FEE_064_a_case_whose_lines_are_paid_or_exempted_is_settled(account: Enrolment) -> None:
    paid, exempted = charge(account), charge(account)
    allocate(payment(account), paid, "335.00")
    assert not ledger.is_settled(paid.reference)
    reduce(exempted, "335.00")
    Charge.objects.filter(pk=exempted.pk).update(**EXEMPTED)
    assert ledger.is_settled(paid.reference)
