"""Tuition that stands in the account before the annex, or has days of its own: never charged twice."""

from datetime import date

import pytest

from contracting.services import settlement, signing
from fees.models import Charge
from fees.queries.ledger import lines_of
from fees.services import tuition
from tests import factories
from tests.contracting import kit
from tests.contracting.pages_kit import browser, text_of, url
from tests.contracting.test_views_payments import handed_in
from tests.fees.ledger_kit import fee_type
from upt_portal.kernel.references import reference

pytestmark = pytest.mark.django_db
DAYS = [date(2026, 12, 13), date(2027, 4, 15)]


@pytest.fixture
def clerk(db):
    fee_type("TUITION"), fee_type("RECONTRACT")
    return factories.secretary()


def all_tuition(case) -> list[str]:
    lines = Charge.objects.filter(
        enrolment=case.enrolment, fee_type__code="TUITION", cancelled_at__isnull=True
    )
    return [str(line.amount) for line in lines.order_by("due_at")]


def plan(days: list[date]) -> None:
    tuition.set_plan(factories.academic_year(), days, decision="HCA 5/2026", actor=None, at=kit.NOW)


def test_FEE_011_a_plan_s_own_days_prevail_over_those_of_the_campaign(clock, clerk):
    plan(DAYS)
    case, _signed = handed_in(clerk, arrears={1: False})
    assert all_tuition(case) == ["2100.00", "2100.00"]
    assert [line.fee_type.code for line in lines_of(reference(case))] == ["RECONTRACT"]
    clock.stand_at(kit.STAGE_4)
    words = text_of(browser(case).get(url(case, "payments")))
    assert "Taxa de studii are termenele ei" in words
    assert "De plătit 280,00 lei" in words


def test_FEE_032_tuition_set_before_is_not_charged_again_by_the_annex(clock, clerk):
    waiting = kit.validated(kit.case(arrears={1: False}))
    tuition.charge_year(waiting.enrolment_id, factories.academic_year(), actor=None, at=kit.NOW)
    case = kit.approved(waiting, clerk)
    document = kit.rendered(case)
    signing.upload(document.pk, kit.stored(kit.student(case)), actor=kit.student(case), at=kit.STAGE_4)
    assert all_tuition(case) == ["4200.00"]
    assert [line.fee_type.code for line in lines_of(reference(case))] == ["RECONTRACT"]


def test_FEE_061_without_a_plan_the_tuition_is_a_line_of_the_annex(clerk):
    case, _signed = handed_in(clerk, arrears={1: False})
    assert all_tuition(case) == ["4200.00"]
    assert tuition.charge_year(case.enrolment_id, factories.academic_year(), actor=None, at=kit.NOW) == []
    assert {line.fee_type.code for line in lines_of(reference(case))} == {"TUITION", "RECONTRACT"}


def test_a_plan_set_after_the_annex_leaves_its_tuition_where_it_is(clerk):
    case, _signed = handed_in(clerk, arrears={1: False})
    plan(DAYS)
    settlement.open_payment(case, at=kit.STAGE_4)
    assert all_tuition(case) == ["4200.00"]
