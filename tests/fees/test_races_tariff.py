"""Two at once at the tariff's services, each with a control that takes the lock away and sees the harm."""

from unittest import mock

import pytest

from fees.queries import tuition as queries
from fees.services import tuition
from studentrecords.models import Enrolment
from tests import factories
from tests.fees import tariff_kit as kit
from tests.fees.race_kit import Crowd, at_once

pytestmark = pytest.mark.django_db(transaction=True)
NOW = factories.NOW


@pytest.mark.parametrize(("locked", "lines"), [(True, 1), (False, 2)])
def test_FEE_032_two_clerks_charge_one_tuition(locked: bool, lines: int) -> None:
    """The control, without the account's lock and the constraint's key, shows that the race exists."""
    kit.price()
    year, student, crowd = kit.year(), kit.fee_payer(), Crowd(2)
    really = queries.charged_in

    def waits(*args: object) -> object:
        found = really(*args)  # type: ignore[arg-type]
        crowd.wait()
        return found

    references = ["fees.tuition:a", "fees.tuition:b"]
    unlocked = mock.patch("fees.services.tuition.lock_account", lambda pk: Enrolment.objects.get(pk=pk))
    apart = mock.patch("fees.services.tuition.reference_of", side_effect=references)
    with mock.patch("fees.queries.tuition.charged_in", waits):
        if locked:
            at_once(2, lambda _n: tuition.charge_year(student.pk, year, actor=None, at=NOW))
        else:
            with unlocked, apart:
                at_once(2, lambda _n: tuition.charge_year(student.pk, year, actor=None, at=NOW))
    assert len(kit.sums(student)) == lines
