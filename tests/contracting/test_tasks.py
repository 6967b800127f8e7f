"""The clock's work: lapsing, overdue marks, reminders; each once, a missed hour caught up."""

from datetime import date

import pytest

from contracting import tasks
from contracting.models import StudentContracting
from contracting.services import offers, review
from tests import factories
from tests.contracting import kit
from upt_portal.kernel import audit, deadlines, jobs
from upt_portal.kernel.models import Deadline, Job, Mail, Reminder
from upt_portal.kernel.references import reference

pytestmark = pytest.mark.django_db


def pass_at(moment):
    tasks.pass_deadlines(moment.isoformat())


def remind_at(moment):
    return tasks.send_reminders(moment.isoformat())


def mails(name):
    return Mail.objects.filter(template=f"contracting/mail/{name}").count()


def test_offers_lapse_after_the_last_second_and_only_the_unvalidated():
    open_case, done = kit.case(arrears=kit.FIVE_ARREARS), kit.case(arrears=kit.FIVE_ARREARS)
    kit.validated(done)

    pass_at(kit.at("2026-11-25", 23, 59, 59))
    before = set(StudentContracting.objects.values_list("state", flat=True))
    for _time in range(2):
        pass_at(kit.at("2026-11-26"))

    assert before == {"offered", "validated"}
    open_case.refresh_from_db()
    assert open_case.state == "lapsed"
    assert mails("lapsed") == 1
    assert [entry.actor for entry in audit.trail(open_case)] == [None, None]


def test_a_term_missed_by_the_clock_for_a_week_is_caught_up():
    case = kit.case(arrears=kit.FIVE_ARREARS)

    pass_at(kit.at("2026-12-02"))

    case.refresh_from_db()
    assert case.state == "lapsed"


def test_documents_not_uploaded_are_marked_and_told_once_while_the_state_stays():
    case = kit.approved(kit.validated(kit.case(arrears=kit.FIVE_ARREARS)), factories.secretary())

    for _time in range(2):
        pass_at(kit.at("2026-12-05"))

    case.refresh_from_db()
    deadline = Deadline.objects.get(subject=reference(case), kind="contracting.upload")
    assert (case.state, deadline.passed_at) == ("documents_ready", kit.at("2026-12-05"))
    assert mails("upload_overdue") == 1


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        (kit.at("2026-11-23", 8, 59, 59), 0),
        (kit.at("2026-11-23", 9), 1),
        (kit.at("2026-11-25", 23, 59), 1),
        (kit.at("2026-11-26"), 0),
    ],
)
def test_a_reminder_leaves_within_two_days_of_the_term(moment, sent):
    kit.case(arrears=kit.FIVE_ARREARS)

    assert remind_at(moment) == sent


def test_a_reminder_leaves_once_and_again_for_a_moved_term():
    case = kit.case(arrears=kit.FIVE_ARREARS)
    clerk = factories.secretary()

    first = [remind_at(kit.at("2026-11-24")), remind_at(kit.at("2026-11-24", 11))]
    deadline = Deadline.objects.get(subject=reference(case), kind="contracting.validate")
    deadlines.extend(
        deadline.pk, due_at=kit.at("2026-11-30", 23, 59), reason="r", actor=clerk, at=kit.at("2026-11-25")
    )
    second = [
        remind_at(kit.at("2026-11-27")),
        remind_at(kit.at("2026-11-28", 9)),
        remind_at(kit.at("2026-11-30")),
    ]

    assert (first, second) == ([1, 0], [0, 1, 0])
    assert Reminder.objects.count() == 2
    assert mails("term_near") == 2


def test_nobody_is_reminded_of_what_is_done():
    kit.validated(kit.case(arrears=kit.FIVE_ARREARS))

    assert remind_at(kit.at("2026-11-24")) == 0


def test_a_changed_calendar_moves_the_running_terms():
    case = kit.case(arrears=kit.FIVE_ARREARS)

    offers.reschedule(
        case.campaign_id,
        changes={"stage1_until": date(2026, 11, 26)},
        actor=factories.secretary(),
        at=kit.NOW,
        reason="zi liberă",
    )

    term = Deadline.objects.get(subject=reference(case), kind="contracting.validate")
    assert term.due_at == kit.at("2026-11-26", 23, 59, 59).replace(microsecond=999999)
    entry = audit.trail(case.campaign).get()
    assert entry.data["old"] == {"stage1_until": "2026-11-25"}
    assert entry.data["new"] == {"stage1_until": "2026-11-26"}


def test_publishing_builds_the_offers_in_the_background_with_progress(clock):
    kit.price()
    enrolment = factories.with_past(factories.enrolment(), kit.FIVE_ARREARS)
    campaign = factories.campaign()

    job = offers.publish(campaign.pk, actor=factories.secretary(), at=kit.NOW)
    assert jobs.run(str(job.pk), at=kit.NOW)

    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 1, 1)
    assert job.result == {"made": 1, "problems": []}
    assert StudentContracting.objects.get().enrolment == enrolment
    assert mails("offer_published") == 1


def test_a_batch_of_approvals_tells_who_was_refused_and_why(clock):
    clerk = factories.secretary()
    good, open_one = kit.validated(kit.case(arrears=kit.FIVE_ARREARS)), kit.case(arrears=kit.FIVE_ARREARS)

    job = review.enqueue_approvals([good.pk, open_one.pk], actor=clerk, at=kit.NOW)
    again = review.enqueue_approvals([open_one.pk, good.pk], actor=clerk, at=kit.NOW)
    assert jobs.run(str(job.pk), at=kit.NOW)

    job.refresh_from_db()
    assert again.pk == job.pk
    assert job.result["approved"] == [good.pk]
    assert [case for case, _why in job.result["refused"]] == [open_one.pk]
    assert Job.objects.filter(kind="paper").count() == 1
