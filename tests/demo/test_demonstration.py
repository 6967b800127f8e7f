"""What stands in the demonstration: every situation, true figures, true papers, nothing after now."""

from collections import Counter
from datetime import datetime
from decimal import Decimal

import pytest
from django.contrib.auth import authenticate
from django.core import mail
from django.core.management import CommandError, call_command

from contracting.models import Campaign, OfferLine, SignedFile, StudentContracting
from contracting.queries import cases, facts
from contracting.rules import selection
from contracting.rules.campaign import campaign_problems
from contracting.workflow import ContractingState
from fees.queries import ledger
from studentrecords.models import Enrolment, EnrolmentStatus, Person
from studentrecords.services import activation
from tests import factories
from tests.demo.conftest import NOW, SMALL
from upt_portal.accounts.models import User
from upt_portal.demo import build, signins
from upt_portal.demo.cast import CAST, PASSWORD, STAFF
from upt_portal.demo.newcomers import NEWCOMERS
from upt_portal.demo.plan import RUNS
from upt_portal.kernel import audit, jobs, uploads
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.cnp import check_cnp
from upt_portal.kernel.models import Job, Mail, TraceEntry
from upt_portal.kernel.names import normalise
from upt_portal.kernel.references import reference

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demonstration")]

#: name → (state, situation) of this year's contracting, in the order of the cast.
STANDS = {
    "Andra Văleanu": ("offered", "S1"),
    "Matei Corbeanu": ("documents_ready", "S2b"),
    "Ilinca Brânzei": ("offered", "S2a"),
    "Tudor Moraru": ("offered", "S1"),
    "Sorin Petrișor": ("validated", "S1"),
    "Bianca Ungureanu": ("clarification", "S1"),
    "Răzvan Niță": ("lapsed", "S1"),
    "Daria Ștefănescu": ("offered", "S1"),
    "Cătălin Roșca": ("validated", "S1"),
    "Mara Țăranu": ("change_requested", "S1"),
    "Vlad Săndulescu": ("change_requested", "S1"),
    "Oana Crivăț": ("documents_ready", "S1"),
    "Horia Stănilă": ("signed_uploaded", "S2a"),
    "Sabina Lazăr": ("documents_ready", "S1"),
    "Dragoș Hodoș": ("contracted", "S2a"),
    "Lavinia Purice": ("documents_ready", "S1"),
    "Rohan Iyer": ("contracted", "S2a"),
    "Teodora Gligor": ("settled", "S2a"),
    "Emil Fântână": ("settled", "S2a"),
    "Loredana Vișan": ("signed_uploaded", "S1"),
    "Tiberiu Scurtu": ("documents_ready", "S2a"),
    "Natalia Dumbravă": ("documents_ready", "S2b"),
    "Iulian Vaida": None,
    "Ruxandra Jitaru": ("contracted", "S2b"),
    "Sânziana Moldovan": ("contracted", "S2a"),
    "Eduard Pleșa": ("settled", "S2b"),
    "Amira Mejri": ("settled", "S2b"),
    "Anca Brezeanu": ("offered", "S1"),
}


def person(name: str) -> Person:
    """Somebody of the cast: the first of that name."""
    first, last = name.split(" ", 1)
    return Person.objects.filter(first_name=first, last_name=last).earliest("pk")


def case_of(name: str) -> StudentContracting:
    """This year's contracting of somebody's first enrolment."""
    enrolment = person(name).enrolments.earliest("pk")
    return StudentContracting.objects.select_related("campaign", "enrolment__person__user").get(
        enrolment=enrolment, campaign__year__name="2026-2027"
    )


def test_everybody_of_the_cast_stands_where_the_plan_says():
    found = {}
    for role in CAST:
        enrolment = person(role.name).enrolments.earliest("pk")
        case = enrolment.contractings.filter(campaign__year__name="2026-2027").first()
        found[role.name] = (case.state, case.situation) if case else None
    assert found == STANDS


def test_the_numbers_are_those_asked_for(demonstration: int):
    assert demonstration == Enrolment.objects.count() >= SMALL
    assert Campaign.objects.filter(state="draft").count() == 9
    assert Campaign.objects.filter(state="closed").count() == 1
    assert Campaign.objects.filter(state="published").count() == len(RUNS)


def test_the_journey_has_the_figures_of_example_7_1_at_the_fee_of_the_programme():
    case = case_of("Andra Văleanu")
    lines = list(case.lines.order_by("position"))
    rows, terms = facts.rows_of(lines), facts.terms_of(case)
    fee = case.annual_fee
    assert fee == Decimal("4020.00")
    assert [line.credits for line in lines if line.overdue] == [4, 5, 2, 6, 3]
    assert {line.route for line in lines if line.overdue} == {"RE_CONTRACT"}

    everything = selection.totals(rows, {row.key for row in rows}, terms)
    assert (everything.credits, everything.overdue, everything.total) == (
        80,
        fee * 20 / 60,
        fee + fee * 20 / 60,
    )
    assert everything.total == Decimal("5360.00")

    without = {line.key for line in lines} - {lines[1].key, lines[3].key}
    trimmed = selection.totals(rows, without, terms)
    assert (trimmed.credits, trimmed.overdue, trimmed.total) == (69, fee * 9 / 60, fee + fee * 9 / 60)
    assert (trimmed.overdue, trimmed.total) == (Decimal("603.00"), Decimal("4623.00"))


def test_each_stage_is_open_somewhere_today():
    today = local_day(NOW)
    open_stages = Counter()
    for campaign in Campaign.objects.filter(state="published"):
        assert campaign_problems(facts.windows_of(campaign)) == []
        for stage in (1, 2, 3, 4):
            if getattr(campaign, f"stage{stage}_from") <= today <= getattr(campaign, f"stage{stage}_until"):
                open_stages[stage] += 1
        if campaign.stage4_until < today <= campaign.payment_until:
            open_stages[5] += 1
    assert set(open_stages) == {1, 2, 3, 4, 5}


def test_the_drafts_can_be_published():
    for campaign in Campaign.objects.filter(state="draft"):
        assert campaign_problems(facts.windows_of(campaign)) == []


def test_the_office_made_one_row_mandatory_and_one_is_only_an_exam():
    lines = OfferLine.objects.filter(contracting=case_of("Tudor Moraru"), overdue=True).order_by("position")
    assert [(line.route, line.mandatory) for line in lines] == [
        ("RE_EXAM", True),
        ("RE_CONTRACT", False),
        ("RE_CONTRACT", False),
    ]


def test_somebody_studies_in_two_programmes_and_somebody_not_at_all():
    assert person("Natalia Dumbravă").enrolments.count() == 2
    assert person("Iulian Vaida").enrolments.get().status == EnrolmentStatus.INTERRUPTED


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("Horia Stănilă", {"due"}),
        ("Sabina Lazăr", {"configured"}),
        ("Dragoș Hodoș", {"due"}),
        ("Teodora Gligor", {"paid"}),
        ("Emil Fântână", set()),
    ],
)
def test_charges_follow_the_papers(name: str, states: set[str]):
    assert {charge.state for charge in ledger.lines_of(reference(case_of(name)))} == states


def test_one_sum_was_not_paid_in_time():
    charge = ledger.lines_of(reference(case_of("Ruxandra Jitaru"))).get()
    assert charge.due_at < NOW
    assert (charge.amount, charge.left) == (Decimal("3900.00"), Decimal("3900.00"))


def test_a_third_country_citizen_owes_euro():
    case = case_of("Rohan Iyer")
    assert (case.currency, case.total) == ("EUR", Decimal("2430.00"))
    assert case.enrolment.person.user.language == "en"


def test_accepted_scans_are_pictures_of_the_paper_in_colour():
    signed = SignedFile.objects.filter(state="accepted").select_related("document__paper", "stored").first()
    assert signed is not None
    assert (signed.stored.has_colour, signed.stored.pages) == (True, signed.document.paper.pages)
    with signed.stored.served.open("rb") as scan:
        codes = uploads.qr_codes(scan.read())
    assert codes
    assert all(signed.document.paper.code in text for _page, text in codes)


def test_the_returned_scan_is_grey():
    signed = SignedFile.objects.get(state="rejected")
    assert signed.stored.has_colour is False
    assert signed.reason


def test_every_trace_is_whole_and_nothing_happens_after_now():
    subjects = set(
        TraceEntry.objects.filter(subject__startswith="contracting.").values_list("subject", flat=True)
    )
    assert subjects
    for subject in subjects:
        entries = list(audit.trail(subject))
        assert audit.broken_links(entries) == []
        moments = [entry.at for entry in entries]
        assert moments == sorted(moments)
        assert moments[-1] <= NOW


def test_mails_of_earlier_days_are_sent_and_speak_the_reader_s_language():
    assert not Mail.objects.filter(created_at__lt=NOW.replace(hour=0)).exclude(state="sent").exists()
    assert set(
        Mail.objects.filter(recipient=person("Rohan Iyer").user).values_list("language", flat=True)
    ) == {"en"}


def test_cnps_are_valid_and_nobody_s_twice():
    people = list(Person.objects.all())
    assert all(check_cnp(one.cnp) for one in people)
    assert len({one.cnp for one in people}) == len(people)
    assert all(one.cnp_last == one.cnp[-4:] for one in people)


def test_names_have_comma_letters():
    assert all(one.list_name == normalise(one.list_name) for one in Person.objects.all())


def test_everybody_in_the_table_can_sign_in():
    rows = signins.table()
    assert len(rows) == sum(bool(one.try_it) for one in (*CAST, *STAFF))
    for email, _role, _words in rows:
        account = authenticate(username=email, password=PASSWORD)
        assert account is not None, email
        assert account.emailaddress_set.filter(verified=True, primary=True).exists(), email


def test_REC_016_two_people_wait_for_their_account_one_with_an_address_on_file(
    capsys: pytest.CaptureFixture[str],
):
    rows = signins.to_activate()
    assert [words.split(".")[0] for _cnp, _born, words in rows] == [one.name for one in NEWCOMERS]
    call_command("signins", skip_checks=True)
    said = capsys.readouterr().out
    for cnp, born, _words in rows:
        assert check_cnp(cnp)
        assert f"{cnp}  {born}" in said
    known, unknown = (person(one.name) for one in NEWCOMERS)
    assert known.user is not None
    assert (known.user.state, known.user.has_usable_password()) == ("not_activated", False)
    assert (unknown.user, unknown.email) == (None, "")
    assert not StudentContracting.objects.filter(enrolment__person__in=[known, unknown]).exists()

    number, born, _words = rows[0]
    activation.ask(number, datetime.strptime(born, "%d.%m.%Y").date(), "alta@exemplu.ro", at=NOW)
    for kind in ("studentrecords.identify", "accounts.send_activation"):
        assert jobs.run(str(Job.objects.get(kind=kind, state=Job.State.QUEUED).pk), at=NOW)
    assert [message.to for message in mail.outbox] == [[known.user.email]]


def test_a_secretary_sees_her_own_faculty_only():
    of_ct = User.objects.get(email="gabriela.oltean@upt.ro")
    of_ac = User.objects.get(email="ana.brumaru@upt.ro")
    assert cases.visible_to(of_ct).count() == 0
    assert cases.visible_to(of_ac).count() == StudentContracting.objects.count()


# ---- the commands ------------------------------------------------------------------------------------------


def test_running_it_again_changes_nothing(capsys: pytest.CaptureFixture[str]):
    before = (Enrolment.objects.count(), TraceEntry.objects.count())
    call_command("demo", "--if-empty", skip_checks=True)
    assert capsys.readouterr().out == ""
    call_command("demo", skip_checks=True)
    assert "there already" in capsys.readouterr().out
    assert (Enrolment.objects.count(), TraceEntry.objects.count()) == before


def test_the_table_of_sign_ins_is_printed(capsys: pytest.CaptureFixture[str]):
    call_command("signins", skip_checks=True)
    said = capsys.readouterr().out
    assert PASSWORD in said
    assert "andra.valeanu@student.upt.ro" in said
    assert "Secretary of AC" in said


def test_it_can_be_taken_away_and_its_mark_with_it():
    build.take_away()
    assert build.is_empty()
    assert build.mark() is None
    assert not User.objects.exists()


def test_students_that_were_not_invented_are_left_alone():
    build.mark().delete()
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("demo", "--reset", skip_checks=True)
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("demo", skip_checks=True)
    assert not build.is_empty()
    factories.enrolment()  # still a working database


def test_states_of_the_crowd_follow_their_campaign():
    """Nobody of a crowd stands where the campaign's stage could not have brought him."""
    for campaign in Campaign.objects.filter(state="published"):
        stands = set(campaign.contractings.values_list("state", flat=True))
        if campaign.stage4_from > local_day(NOW):
            assert not stands & {ContractingState.SIGNED_UPLOADED, ContractingState.CONTRACTED}
        if campaign.stage1_until >= local_day(NOW):
            assert ContractingState.LAPSED not in stands
