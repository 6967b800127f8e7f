"""Approving many unchanged lists: preview, the number in the button, progress, result with refusals."""

from html import unescape

import pytest
from django.core.cache import cache
from django.test import Client

from contracting.models import Campaign, StudentContracting
from contracting.queries.queue import Place
from contracting.services import review
from contracting.workflow import ContractingState
from tests import factories
from tests.conftest import Clock
from tests.contracting import desk_kit, kit
from tests.contracting.desk_kit import Browser, english, fresh, url
from upt_portal.accounts.models import User
from upt_portal.kernel import jobs
from upt_portal.kernel.models import Job

pytestmark = pytest.mark.django_db

_S = ContractingState


@pytest.fixture(autouse=True)
def now(clock: Clock) -> None:
    clock.stand_at(kit.NOW)
    cache.clear()


@pytest.fixture
def desk(secretary: User, browser_of: Browser) -> Client:
    return english(browser_of(secretary))


def waiting(count: int) -> list[StudentContracting]:
    return [kit.validated(case) for case in desk_kit.cases(count)]


def preview(client: Client, *cases: StudentContracting, **more: str) -> str:
    chosen = [str(case.pk) for case in cases]
    answer = client.post(url("approve_many"), {"place": Place.VALIDATED.value, "chosen": chosen, **more})
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def confirmed(client: Client, *cases: StudentContracting) -> Job:
    chosen = ",".join(str(case.pk) for case in cases)
    answer = client.post(url("approve_many"), {"chosen": chosen, "confirmed": "yes"})
    assert answer.status_code == 302
    job = Job.objects.get(kind="contracting.approve_many")
    assert answer.url == url("job", job.pk)
    return job


def done(job: Job) -> Job:
    assert jobs.run(str(job.pk), at=kit.NOW)
    job.refresh_from_db()
    return job


# ---- the preview -------------------------------------------------------------------------------------------


def test_the_preview_counts_names_and_quotes_the_mail(desk: Client):
    cases = waiting(2)
    shown = preview(desk, *cases)
    assert "2 lists selected" in shown
    assert "I approve 2 lists" in shown
    for case in cases:
        assert str(case.enrolment.person) in shown
    assert "Documentele sunt gata de semnat" in shown  # in the student's language
    assert [fresh(case).state for case in cases] == [_S.VALIDATED] * 2
    assert not Job.objects.filter(kind="contracting.approve_many").exists()


def test_what_needs_a_look_is_left_out_with_its_reason(secretary: User, desk: Client):
    campaign = kit.published()
    people = [factories.with_past(factories.enrolment(), {1: False, 2: False}) for _ in range(5)]
    whole, part, asked, taken, ready = (kit.case(of=one, campaign=campaign) for one in people)
    kit.validated(whole)
    kit.validated(part, without=(1, 2))
    desk_kit.answered(asked, secretary)
    review.claim(kit.validated(taken).pk, actor=factories.secretary("AC", last_name="Drăgan"), at=kit.NOW)
    kit.approved(kit.validated(ready), secretary)
    shown = preview(desk, whole, part, asked, taken, ready)
    assert "5 lists selected" in shown
    assert "4 are left out" in shown
    assert "I approve 1 list" in shown
    assert "2 disciplines left out" in shown
    assert "read the answer first" in shown
    assert "Drăgan is working on it" in shown
    assert "the state is now “Documents ready”" in shown


def test_before_stage_2_nothing_is_approved(desk: Client):
    case = waiting(1)[0]
    Campaign.objects.filter(pk=case.campaign_id).update(stage2_from="2026-11-23")
    shown = preview(desk, case)
    assert "Stage 2 opens on 23 November 2026." in shown
    assert 'name="confirmed"' not in shown


def test_all_of_the_filter_without_ticking_each(desk: Client):
    waiting(3)
    assert "I approve 3 lists" in preview(desk, every="yes")


def test_ticking_nothing_leads_back(desk: Client):
    answer = desk.post(url("approve_many"), {"place": "validated"}, follow=True)
    assert "Tick at least one list." in answer.content.decode()


@pytest.mark.parametrize("chosen", ["abc", "1;drop", "9" * 40, "-1"])
def test_what_is_no_number_is_no_list(desk: Client, chosen: str):
    answer = desk.post(url("approve_many"), {"chosen": chosen})
    assert answer.url.startswith(url("queue"))


# ---- the work ----------------------------------------------------------------------------------------------


def test_the_lists_are_approved_in_the_background(secretary: User, desk: Client):
    cases = waiting(3)
    job = done(confirmed(desk, *cases))
    assert [fresh(case).state for case in cases] == [_S.DOCUMENTS_READY] * 3
    assert {fresh(case).approved_by for case in cases} == {secretary}
    assert (job.done, job.total) == (3, 3)
    shown = desk.get(url("job", job.pk)).content.decode()
    assert "3 lists approved" in shown
    assert "Nobody was left out." in shown


def test_one_refusal_spoils_one_case(secretary: User, desk: Client):
    first, second, third = waiting(3)
    job = confirmed(desk, first, second, third)
    review.ask(second.pk, question="De ce?", actor=secretary, at=kit.NOW)  # meanwhile, by a colleague
    done(job)
    assert [fresh(case).state for case in (first, second, third)] == [
        _S.DOCUMENTS_READY,
        _S.CLARIFICATION,
        _S.DOCUMENTS_READY,
    ]
    shown = unescape(desk.get(url("job", job.pk)).content.decode())
    assert "2 lists approved" in shown
    assert "1 was left out" in shown
    assert str(second.enrolment.person) in shown
    assert "nu este posibil" in shown  # in the words of the one who asked, as the work was done
    table = desk.get(url("job", job.pk), {"format": "csv"}).content.decode("utf-8-sig")
    assert len(table.strip().splitlines()) == 2
    assert second.enrolment.matriculation_number in table


def test_a_worker_lost_midway_counts_nobody_twice(desk: Client, secretary: User):
    first, second = waiting(2)
    job = confirmed(desk, first, second)
    review.approve(first.pk, actor=secretary, at=kit.NOW)  # done, then the worker died
    done(job)
    assert sorted(job.result["approved"]) == sorted([first.pk, second.pk])
    assert job.result["refused"] == []


def test_pressing_twice_is_one_job(desk: Client):
    cases = waiting(2)
    confirmed(desk, *cases)
    confirmed(desk, *cases)
    assert Job.objects.filter(kind="contracting.approve_many").count() == 1


def test_progress_without_script_and_by_htmx(desk: Client):
    job = confirmed(desk, *waiting(2))
    page = desk.get(url("job", job.pk)).content.decode()
    assert "http-equiv" in page
    piece = desk.get(url("job", job.pk), headers={"HX-Request": "true"})
    assert (piece.status_code, "<html" in piece.content.decode()) == (200, False)
    done(job)
    assert desk.get(url("job", job.pk), headers={"HX-Request": "true"}).status_code == 286
    assert "http-equiv" not in desk.get(url("job", job.pk)).content.decode()


def test_parked_work_says_so(desk: Client):
    job = confirmed(desk, *waiting(1))
    Job.objects.filter(pk=job.pk).update(state=Job.State.PARKED, error="OperationalError: gone")
    shown = desk.get(url("job", job.pk)).content.decode()
    assert "The work stopped before its end" in shown
    assert "An administrator can start it again." in shown


# ---- nobody else's -----------------------------------------------------------------------------------------


def test_foreign_lists_are_not_approved(browser_of: Browser):
    cases = waiting(2)
    stranger = browser_of(factories.secretary("CT"))
    answer = stranger.post(
        url("approve_many"), {"chosen": ",".join(str(case.pk) for case in cases), "confirmed": "yes"}
    )
    assert answer.url.startswith(url("queue"))
    assert not Job.objects.filter(kind="contracting.approve_many").exists()


def test_a_result_is_for_the_one_who_asked(desk: Client, browser_of: Browser):
    job = done(confirmed(desk, *waiting(1)))
    assert browser_of(factories.secretary("AC")).get(url("job", job.pk)).status_code == 404
