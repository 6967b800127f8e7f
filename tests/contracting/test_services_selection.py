"""Stage 1: what ticking, validating, lapsing and extending change, tell and refuse."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from contracting.models import OfferLine, StudentContracting
from contracting.refusal import Refused
from contracting.services import offers, selection
from studentrecords.models import Financing
from tests import factories
from tests.contracting import kit
from upt_portal.kernel import audit
from upt_portal.kernel.models import Deadline, Mail
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.references import reference

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("financing", "without", "credits", "tuition", "rows", "total"),
    [
        (Financing.FEE, (), 80, "4200.00", "1400.00", "5600.00"),
        (Financing.FEE, (2, 4), 69, "4200.00", "630.00", "4830.00"),
        (Financing.STATE, (2, 4), 69, "0.00", "630.00", "630.00"),
    ],
)
def test_the_totals_of_example_7_1_are_stored_at_validation(
    financing, without, credits, tuition, rows, total
):
    case = kit.case(arrears=kit.FIVE_ARREARS, financing=financing)

    done = kit.validated(case, without=without)

    figures = (done.credits, done.tuition, done.rows_amount, done.total)
    assert figures == (credits, Decimal(tuition), Decimal(rows), Decimal(total))


def test_a_state_funded_student_with_mixed_routes_owes_example_7_1_row_4():
    case = kit.case(arrears={2: False, 1: True, 3: False}, financing=Financing.STATE, annual="4000")

    lines = OfferLine.objects.filter(contracting=case, overdue=True).order_by("position")

    assert [(line.credits, line.route, line.amount) for line in lines] == [
        (4, "RE_EXAM", Decimal("0.00")),
        (5, "RE_CONTRACT", Decimal("333.33")),
        (3, "RE_CONTRACT", Decimal("200.00")),
    ]
    assert case.total == Decimal("533.33")


def test_validation_freezes_the_ticks_and_leaves_trace_mail_and_met_term():
    case = kit.case(arrears=kit.FIVE_ARREARS)

    done = kit.validated(case, without=(2, 4))

    assert (done.state, done.validated_by, done.validated_at) == ("validated", kit.student(case), kit.NOW)
    ticked = (
        OfferLine.objects.filter(contracting=case).order_by("position").values_list("selected", flat=True)
    )
    assert list(ticked)[:5] == [True, False, True, False, True]
    assert [(e.act, e.before, e.after) for e in audit.trail(case)] == [
        ("contracting.offer", "", "offered"),
        ("contracting.validate", "offered", "validated"),
    ]
    assert audit.broken_links(audit.trail(case)) == []
    assert Deadline.objects.get(subject=reference(case), kind="contracting.validate").met_at == kit.NOW
    assert Mail.objects.filter(template="contracting/mail/validated").count() == 1


def test_a_second_press_changes_nothing():
    case = kit.case(arrears=kit.FIVE_ARREARS)
    kit.validated(case, without=(2, 4))

    again = kit.validated(case, moment=kit.NOW + timedelta(minutes=1))

    assert (again.credits, again.validated_at) == (69, kit.NOW)
    assert audit.trail(case).count() == 2
    assert Mail.objects.filter(template="contracting/mail/validated").count() == 1


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (kit.at("2026-11-15", 23, 59, 59), "Etapa 1 se deschide"),
        (kit.at("2026-11-26", 0, 0, 0), "Termenul etapei 1"),
    ],
)
def test_validation_outside_stage_1_is_refused_and_leaves_no_trace(moment, words):
    case = kit.case(arrears=kit.FIVE_ARREARS)

    with pytest.raises(Refused) as refused:
        kit.validated(case, moment=moment)

    assert words in str(refused.value)
    case.refresh_from_db()
    assert (case.state, case.validated_at) == ("offered", None)
    assert audit.trail(case).count() == 1


def test_the_last_second_of_stage_1_is_in_time():
    case = kit.case(arrears=kit.FIVE_ARREARS)

    assert kit.validated(case, moment=kit.at("2026-11-25", 23, 59, 59)).state == "validated"


def test_a_stale_page_is_refused_and_the_new_offer_stands():
    case = kit.case(arrears=kit.FIVE_ARREARS)
    line = OfferLine.objects.get(contracting=case, position=1)
    offers.set_mandatory(line.pk, True, actor=factories.secretary(), at=kit.NOW, reason="an absolvent")

    with pytest.raises(Refused) as refused:
        kit.validated(case)

    assert refused.value.answer.cure
    case.refresh_from_db()
    assert case.state == "offered"


def test_a_mandatory_row_left_out_refuses_the_whole_request():
    case = kit.case(arrears=kit.FIVE_ARREARS)
    locked = OfferLine.objects.filter(contracting=case, mandatory=True).first()

    with pytest.raises(Refused) as refused:
        selection.validate(
            case.pk,
            kit.keys(case) - {locked.key},
            fingerprint=case.fingerprint,
            actor=kit.student(case),
            at=kit.NOW,
        )

    assert locked.name_ro in str(refused.value)
    assert OfferLine.objects.filter(contracting=case, selected=False).count() == 0


def test_a_foreign_row_refuses_the_whole_request():
    case = kit.case(arrears=kit.FIVE_ARREARS)

    with pytest.raises(Refused):
        selection.validate(
            case.pk,
            kit.keys(case) | {"999999"},
            fingerprint=case.fingerprint,
            actor=kit.student(case),
            at=kit.NOW,
        )


def test_ticks_are_kept_as_they_are_made_and_totals_follow():
    case = kit.case(arrears=kit.FIVE_ARREARS)

    _case, totals = selection.tick(
        case.pk, kit.keys(case, without=(2, 4)), actor=kit.student(case), at=kit.NOW
    )
    _case, back = selection.tick(case.pk, kit.keys(case, without=(2,)), actor=kit.student(case), at=kit.NOW)

    assert (totals.credits, totals.total) == (69, Decimal("4830.00"))
    assert (back.credits, back.total) == (75, Decimal("5250.00"))
    kept = OfferLine.objects.filter(contracting=case, selected=False).values_list("position", flat=True)
    assert list(kept) == [2]


def test_nothing_is_ticked_after_validation():
    case = kit.case(arrears=kit.FIVE_ARREARS)
    kit.validated(case)

    with pytest.raises(MoveRefused):
        selection.tick(case.pk, kit.keys(case, without=(1,)), actor=kit.student(case), at=kit.NOW)

    assert not OfferLine.objects.filter(contracting=case, selected=False).exists()


def test_without_choice_the_list_is_validated_or_goes_straight_to_documents():
    s2a = kit.case()
    s2b = kit.case(offering=False)

    assert (s2a.situation, s2a.state) == ("S2a", "offered")
    assert (s2b.situation, s2b.state) == ("S2b", "documents_ready")
    with pytest.raises(MoveRefused):
        kit.validated(s2b)


def test_an_offer_not_validated_lapses_once_and_only_after_its_term():
    case = kit.case(arrears=kit.FIVE_ARREARS)

    early = selection.lapse(case.pk, at=kit.at("2026-11-25", 23, 59, 59))
    late = selection.lapse(case.pk, at=kit.at("2026-11-26"))
    again = selection.lapse(case.pk, at=kit.at("2026-11-27"))

    assert (early, late, again) == (False, True, False)
    case.refresh_from_db()
    assert case.state == "lapsed"
    assert Mail.objects.filter(template="contracting/mail/lapsed").count() == 1


def test_an_extension_reopens_a_lapsed_offer_for_its_student_alone():
    case, other = kit.case(arrears=kit.FIVE_ARREARS), kit.case(arrears=kit.FIVE_ARREARS)
    clerk, late = factories.secretary(), kit.at("2026-11-27")
    for each in (case, other):
        selection.lapse(each.pk, at=kit.at("2026-11-26"))

    selection.extend(case.pk, until=date(2026, 11, 30), reason="spitalizare", actor=clerk, at=late)

    assert kit.validated(case, moment=kit.at("2026-11-30", 23, 59, 59)).state == "validated"
    with pytest.raises(MoveRefused):
        kit.validated(other, moment=late)
    deadline = Deadline.objects.get(subject=reference(case), kind="contracting.validate")
    assert deadline.extensions.get().reason == "spitalizare"


@pytest.mark.parametrize(("until", "reason"), [(date(2026, 11, 30), "  "), (date(2026, 11, 25), "motiv")])
def test_an_extension_needs_a_reason_and_a_later_day(until, reason):
    case = kit.case(arrears=kit.FIVE_ARREARS)
    selection.lapse(case.pk, at=kit.at("2026-11-26"))

    with pytest.raises(Refused):
        selection.extend(
            case.pk, until=until, reason=reason, actor=factories.secretary(), at=kit.at("2026-11-27")
        )

    case.refresh_from_db()
    assert (case.state, case.extended_until) == ("lapsed", None)


def test_the_secretariat_validates_everything_for_a_lapsed_student_and_says_so():
    case = kit.case(arrears=kit.FIVE_ARREARS)
    clerk = factories.secretary()
    selection.tick(case.pk, kit.keys(case, without=(2,)), actor=kit.student(case), at=kit.NOW)
    selection.lapse(case.pk, at=kit.at("2026-11-26"))

    done = selection.validate_for(case.pk, reason="cerere nr. 5", actor=clerk, at=kit.at("2026-11-26", 11))

    assert (done.state, done.credits, done.validated_by) == ("validated", 80, clerk)
    mail = Mail.objects.get(template="contracting/mail/validated_for")
    assert "cerere nr. 5" in mail.text


def test_building_offers_twice_adds_nothing():
    case = kit.case(arrears=kit.FIVE_ARREARS)

    again = offers.build(case.campaign_id, actor=None, at=kit.NOW)

    assert (again.made, StudentContracting.objects.count()) == (0, 1)


def test_a_missing_price_leaves_the_student_out_with_the_reason():
    enrolment = factories.with_past(factories.enrolment())
    campaign = kit.published()

    report = offers.build(campaign.pk, actor=None, at=kit.NOW)

    assert report.made == 0
    assert report.problems[0][0] == enrolment.matriculation_number
    assert (
        factories.THIS_YEAR.replace("-", "–") in report.problems[0][1]
        or factories.THIS_YEAR in report.problems[0][1]
    )
