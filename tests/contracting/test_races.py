"""Double clicks, two tabs, two secretaries, killed workers: on PostgreSQL, each with its control."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, connection

from contracting.models import Annex, OfferLine, SignedFile, StudentContracting
from contracting.refusal import Refused
from contracting.rules import selection as selection_rules
from contracting.services import case as cases
from contracting.services import papers, review, selection, signing
from tests import factories
from tests.contracting import kit
from tests.races import Gate, at_once
from upt_portal.kernel import audit, jobs
from upt_portal.kernel.models import IssuedPaper, Job, Mail
from upt_portal.kernel.moves import MoveRefused

pytestmark = pytest.mark.django_db(transaction=True)


def without_lock(monkeypatch):
    """The control: the case is read as before, but nobody waits for anybody."""

    def read(case_id):
        return StudentContracting.objects.select_related(
            "campaign__year", "enrolment__person__user", "enrolment__programme__faculty"
        ).get(pk=case_id)

    monkeypatch.setattr(cases, "lock", read)


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_validate_pressed_twice_at_once_is_one_validation(monkeypatch, locked):
    case = kit.case(arrears=kit.FIVE_ARREARS)
    gate = Gate()
    monkeypatch.setattr(selection_rules, "same_offer", gate.before(selection_rules.same_offer))
    if not locked:
        without_lock(monkeypatch)

    outcomes = at_once(
        lambda: kit.validated(case, without=(2, 4)), lambda: kit.validated(case, without=(2, 4))
    )

    entries = audit.trail(case).filter(act="contracting.validate").count()
    assert gate.passed == (1 if locked else 2)
    assert entries == (1 if locked else 2)
    assert [outcome.state for outcome in outcomes] == ["validated", "validated"]
    assert Mail.objects.filter(template="contracting/mail/validated").count() == 1


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_two_tabs_with_different_ticks_leave_one_whole_selection(monkeypatch, locked):
    case = kit.case(arrears=kit.FIVE_ARREARS)
    gate = Gate()
    monkeypatch.setattr(selection_rules, "same_offer", gate.before(selection_rules.same_offer))
    if not locked:
        without_lock(monkeypatch)

    at_once(lambda: kit.validated(case, without=(2, 4)), lambda: kit.validated(case, without=(1,)))

    case.refresh_from_db()
    lines = OfferLine.objects.filter(contracting=case)
    assert gate.passed == (1 if locked else 2)
    whole = case.credits == sum(line.credits for line in lines if line.selected)
    assert whole is locked  # the control mixes the two selections


def test_a_tick_that_waited_for_the_validation_changes_nothing(monkeypatch):
    case = kit.case(arrears=kit.FIVE_ARREARS)
    gate = Gate()
    monkeypatch.setattr(selection_rules, "same_offer", gate.before(selection_rules.same_offer))

    _done, refused = at_once(
        lambda: kit.validated(case, without=(2, 4)),
        lambda: (
            selection.tick(case.pk, kit.keys(case), actor=kit.student(case), at=kit.NOW)
            if gate() or True
            else None
        ),
    )

    case.refresh_from_db()
    ticked = {line.position for line in OfferLine.objects.filter(contracting=case) if line.selected}
    assert case.credits == 69
    assert {2, 4}.isdisjoint(ticked)
    assert isinstance(refused, MoveRefused | tuple)


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_two_secretaries_approve_one_annex(monkeypatch, locked):
    case = kit.validated(kit.case(arrears=kit.FIVE_ARREARS))
    first, second = factories.secretary(), factories.secretary()
    gate = Gate()
    monkeypatch.setattr(papers, "demand_complete_packages", gate.before(papers.demand_complete_packages))
    if not locked:
        without_lock(monkeypatch)

    outcomes = at_once(
        lambda: review.approve(case.pk, actor=first, at=kit.NOW),
        lambda: review.approve(case.pk, actor=second, at=kit.NOW),
    )

    assert gate.passed == (1 if locked else 2)
    assert Annex.objects.filter(contracting=case).count() == 1
    assert IssuedPaper.objects.count() == 1
    losers = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert [type(loser) for loser in losers] == [MoveRefused if locked else IntegrityError]


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_two_secretaries_decide_one_scan(monkeypatch, locked):
    clerk = factories.secretary()
    case = kit.approved(kit.validated(kit.case(arrears=kit.FIVE_ARREARS)), clerk)
    document = kit.rendered(case)
    signed = signing.upload(
        document.pk, kit.stored(kit.student(case)), actor=kit.student(case), at=kit.STAGE_4
    )
    gate = Gate()
    undecided = signing._demand_undecided

    def look(*args):
        undecided(*args)
        gate()

    monkeypatch.setattr(signing, "_demand_undecided", look)
    if not locked:
        without_lock(monkeypatch)
        monkeypatch.setattr(
            signing,
            "_locked_file",
            lambda pk: (
                cases.lock(case.pk),
                SignedFile.objects.select_related("stored", "document").get(pk=pk),
            ),
        )
    seen = {"seen_sha256": signed.stored.sha256, "at": kit.STAGE_4}

    outcomes = at_once(
        lambda: signing.accept_file(signed.pk, actor=clerk, **seen),
        lambda: signing.reject_file(signed.pk, reason="neclar", actor=factories.secretary(), **seen),
    )

    assert gate.passed == (1 if locked else 2)
    if locked:
        losers = [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)]
        case.refresh_from_db()
        signed.refresh_from_db()
        assert losers in ([Refused], [MoveRefused])
        assert (signed.state, case.state) in {("accepted", "contracted"), ("rejected", "documents_ready")}


def test_the_same_scan_sent_twice_at_once_is_one_file():
    case = kit.approved(kit.validated(kit.case(arrears=kit.FIVE_ARREARS)), factories.secretary())
    document, student = kit.rendered(case), kit.student(case)

    def send():
        return signing.upload(document.pk, kit.stored(student), actor=student, at=kit.STAGE_4)

    outcomes = at_once(send, send, send)

    assert len({outcome.pk for outcome in outcomes}) == 1
    assert SignedFile.objects.count() == 1


PAPER_WORKER = """
import os, sys
import django
django.setup()
from django.conf import settings
from django.db import connections
settings.DATABASES["default"]["NAME"] = sys.argv[2]
from upt_portal.kernel import clock, jobs, documents, rendering
point = sys.argv[3]
def wait(*_args, **_kwargs):
    print("here", flush=True)
    sys.stdin.readline()
real = {"render": rendering.render, "keep": documents.keep, "finish": jobs._finish}
if point == "render":
    rendering.render = wait
elif point == "keep":
    documents.keep = wait
else:
    jobs._finish = wait
jobs.run(sys.argv[1], at=clock.now())
"""


@pytest.mark.parametrize("point", ["render", "keep", "finish"])
def test_a_worker_killed_while_a_paper_is_made_loses_and_doubles_nothing(point):
    case = kit.approved(kit.validated(kit.case(arrears=kit.FIVE_ARREARS)), factories.secretary())
    job = Job.objects.get(kind="paper")
    worker = subprocess.Popen(
        [sys.executable, "-c", PAPER_WORKER, str(job.pk), connection.settings_dict["NAME"], point],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "upt_portal.settings_test",
            "PORTAL_TEST_FILES": settings.STORAGES["default"]["OPTIONS"]["location"],
        },
    )
    assert worker.stdout.readline().strip() == b"here"
    worker.send_signal(signal.SIGKILL)
    worker.wait()

    job.refresh_from_db()
    held = job.state
    after_lease = job.lease_until + timedelta(seconds=1)
    found = jobs.due(after_lease)
    done = jobs.run(str(job.pk), at=after_lease)

    assert (held, found, done) == ("running", [(str(job.pk), "papers", False)], True)
    paper = IssuedPaper.objects.get(about__endswith=f":{case.pk}")
    assert (paper.state, len(paper.file.read())) == ("valid", paper.size)
    assert Mail.objects.filter(template="contracting/mail/documents_ready").count() == 1
