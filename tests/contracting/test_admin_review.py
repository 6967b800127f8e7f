"""The scan beside the issued paper: what the machine saw, accepting, returning, pages, and other eyes."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import translation

from contracting.models import SignedFile, StudentContracting
from contracting.queries import scans
from contracting.services import review, signing
from contracting.workflow import ContractingState
from tests import factories
from tests.conftest import Clock
from tests.contracting import desk_kit, kit
from tests.contracting.desk_kit import Browser, english, fresh, url
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, jobs
from upt_portal.kernel.models import Job, RecordRead, StoredFile

pytestmark = pytest.mark.django_db

_S = ContractingState


@pytest.fixture(autouse=True)
def now(clock: Clock) -> None:
    clock.stand_at(kit.STAGE_4)
    cache.clear()


@pytest.fixture
def desk(secretary: User, browser_of: Browser) -> Client:
    return english(browser_of(secretary))


@pytest.fixture
def scan(secretary: User) -> SignedFile:
    """A scan that waits; the annex has two pages."""
    return desk_kit.uploaded(desk_kit.cases(1)[0], secretary)


def case_of(scan: SignedFile) -> StudentContracting:
    return fresh(scan.document.contracting)


def address(scan: SignedFile, query: str = "") -> str:
    return url("review", scan.document.contracting_id, scan.pk) + query


def decide(client: Client, scan: SignedFile, verdict: str, *, seen: str = "", query: str = "", **given: Any):
    values = {"verdict": verdict, "seen_sha256": seen or scan.stored.sha256, **given}
    return client.post(address(scan, query), values)


# ---- what the machine saw ----------------------------------------------------------------------------------


def read(scan: SignedFile, *pages: int, code: str = "", version: int = 1, **result: Any) -> scans.Seen:
    """The checks when the QR codes of these pages of a paper were read."""
    code = code or scan.document.paper.code
    marks = [
        [place, f"https://portal.example/verify/{code}/?v={version}&p={page}", [0.1, 0.9, 0.08, 0.06]]
        for place, page in enumerate(pages, 1)
    ]
    with translation.override("en"):
        return scans.seen_on(scan, result or {"marks": marks})


def words(seen: scans.Seen) -> list[tuple[str, bool | None]]:
    return [(check.word or check.label, check.ok) for check in seen.checks]


def with_file(scan: SignedFile, **fields: Any) -> SignedFile:
    for name, value in fields.items():
        setattr(scan.stored, name, value)
    return scan


def test_all_pages_of_the_version_in_force(scan: SignedFile):
    seen = read(with_file(scan, pages=2), 1, 2)
    assert [check.ok for check in seen.checks] == [True, True, True, None]
    assert (seen.tone, seen.icon, seen.to_see) == ("plain", "check", 1)


def test_a_missing_page_is_named(scan: SignedFile):
    seen = read(with_file(scan, pages=1), 1)
    assert [check.word for check in seen.failed] == ["Page 2 missing"]
    assert (seen.tone, seen.icon) == ("fix", "triangle")


def test_too_few_pages_without_any_code(scan: SignedFile):
    seen = read(with_file(scan, pages=1))
    assert [check.ok for check in seen.checks] == [False, None, True, None]


def test_pages_in_another_order_are_all_there(scan: SignedFile):
    assert read(with_file(scan, pages=2), 2, 1).failed == []


def test_codes_that_cannot_be_read_leave_it_to_the_eye(scan: SignedFile):
    seen = read(with_file(scan, pages=2))
    assert [check.ok for check in seen.checks] == [None, None, True, None]
    assert seen.failed == []


def test_an_older_version_and_another_document_are_told_apart(scan: SignedFile):
    scan.document.paper.version = 2
    older = read(with_file(scan, pages=2), 1, 2, code="7K4M-9QXD-2FHT", version=1)
    other = read(with_file(scan, pages=2), 1, 2, code="7K4M-9QXD-2FHT", version=2)
    assert words(older)[1] == ("Version 1, replaced", False)
    assert words(other)[1] == ("Another document", False)


def test_a_replaced_document_needs_no_codes(scan: SignedFile):
    scan.document.current = False
    assert words(read(with_file(scan, pages=2)))[1] == ("Version 1, replaced", False)


def test_black_and_white_is_a_warning_only(scan: SignedFile):
    seen = read(with_file(scan, pages=2, has_colour=False), 1, 2)
    assert (words(seen)[2], seen.tone, seen.icon) == (("Black and white", False), "wait", "info")
    untold = read(with_file(scan, pages=2, has_colour=None), 1, 2)
    assert untold.failed == []


def test_a_scan_that_cannot_be_opened(scan: SignedFile):
    assert words(read(scan, refusal="unreadable")) == [("Cannot be read", False)]


def test_a_scan_held_for_the_virus_check_is_not_shown(scan: SignedFile, desk: Client):
    StoredFile.objects.filter(pk=scan.stored_id).update(verdict=StoredFile.Verdict.HELD)
    scan.refresh_from_db()
    assert words(read(scan, 1, 2)) == [("Held for the virus scan", False)]
    assert "cannot be shown" in desk.get(address(scan)).content.decode()


def test_a_code_of_somebody_else_proves_nothing(scan: SignedFile):
    seen = scans.seen_on(
        with_file(scan, pages=2),
        {"marks": [[1, "https://example.org/", [0, 0, 0.1, 0.1]], [2, "", [0, 0, 1, 1]]]},
    )
    assert [check.ok for check in seen.checks] == [None, None, True, None]


def test_the_worker_reads_a_scan_once(secretary: User):
    signed = desk_kit.scan_of(desk_kit.issued(desk_kit.cases(1)[0], secretary))
    job = Job.objects.get(kind=scans.READ_SCAN)
    assert jobs.run(str(job.pk), at=kit.STAGE_4)
    job.refresh_from_db()
    assert (job.state, job.result) == (Job.State.DONE, {"marks": []})
    assert scans.results_of([signed]) == {signed.pk: {"marks": []}}


def test_a_held_scan_is_read_later(scan: SignedFile):
    StoredFile.objects.filter(pk=scan.stored_id).update(verdict=StoredFile.Verdict.HELD)
    job = Job.objects.get(kind=scans.READ_SCAN)
    assert not jobs.run(str(job.pk), at=kit.STAGE_4)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED


# ---- the decision ------------------------------------------------------------------------------------------


def test_accepting_a_scan(secretary: User, desk: Client, scan: SignedFile):
    answer = decide(desk, scan, "accept")
    scan.refresh_from_db()
    assert (scan.state, scan.decided_by, scan.decided_at) == ("accepted", secretary, kit.STAGE_4)
    assert case_of(scan).state in {_S.CONTRACTED, _S.SETTLED}
    assert answer.url == url("change", scan.document.contracting_id)


def test_after_a_decision_the_next_scan_follows(secretary: User, desk: Client):
    first, second = (desk_kit.uploaded(case, secretary) for case in desk_kit.cases(2))
    answer = decide(desk, first, "accept", query="?place=uploaded")
    assert desk.get(answer.url).url == address(second, "?place=uploaded")


@pytest.mark.parametrize(
    ("language", "reason", "begins"),
    [
        ("ro", "pages", "Din scanare lipsește"),
        ("en", "pages", "A page of the document is missing"),
        ("ro", "signature", "Lipsește semnătura"),
        ("en", "version", "The scan is of another document"),
    ],
)
def test_a_usual_reason_is_in_the_students_language(
    desk: Client, scan: SignedFile, language: str, reason: str, begins: str
):
    User.objects.filter(pk=kit.student(case_of(scan)).pk).update(language=language)
    decide(desk, scan, "return", reason=reason, text="")
    scan.refresh_from_db()
    assert scan.state == "rejected"
    assert scan.reason.startswith(begins)


def test_the_secretarys_own_words_prevail(desk: Client, scan: SignedFile):
    decide(desk, scan, "return", reason="pages", text="Lipsește pagina 2, cea cu semnătura.")
    scan.refresh_from_db()
    assert scan.reason == "Lipsește pagina 2, cea cu semnătura."
    assert case_of(scan).state == _S.DOCUMENTS_READY


def test_returning_without_a_reason_is_refused(desk: Client, scan: SignedFile):
    answer = decide(desk, scan, "return")
    scan.refresh_from_db()
    assert answer.status_code == 422
    assert "Write why the document is returned" in answer.content.decode()
    assert scan.state == "uploaded"


def test_the_second_of_two_secretaries_is_refused_in_words(
    desk: Client, browser_of: Browser, scan: SignedFile
):
    colleague = factories.secretary("AC", first_name="Mihaela", last_name="Drăgan")
    decide(browser_of(colleague), scan, "accept")
    answer = decide(desk, scan, "return", text="Lipsește o pagină.")
    shown = unescape(answer.content.decode())
    assert answer.status_code == 409
    assert "The document was already accepted by Mihaela Drăgan on Monday 30 November 2026, 10:00" in shown
    assert "Lipsește o pagină." not in shown or "Nothing was recorded" in shown
    scan.refresh_from_db()
    assert (scan.state, scan.decided_by) == ("accepted", colleague)


def test_a_file_replaced_meanwhile_is_looked_at_first(secretary: User, desk: Client, scan: SignedFile):
    signing.reject_file(
        scan.pk, seen_sha256=scan.stored.sha256, reason="Neclar", actor=secretary, at=kit.STAGE_4
    )
    owner = kit.student(case_of(scan))
    newer = signing.upload(
        scan.document_id, kit.stored(owner, "nou", kit.STAGE_4), actor=owner, at=kit.STAGE_4
    )
    answer = decide(desk, scan, "accept")
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "The student replaced the file." in shown
    assert address(newer) in shown
    newer.refresh_from_db()
    assert newer.state == "uploaded"


def test_other_bytes_than_those_seen_are_not_accepted(desk: Client, scan: SignedFile):
    assert decide(desk, scan, "accept", seen="0" * 64).status_code == 409
    scan.refresh_from_db()
    assert scan.state == "uploaded"


def test_a_decided_scan_offers_no_button(secretary: User, desk: Client, scan: SignedFile):
    decide(desk, scan, "accept")
    shown = desk.get(address(scan)).content.decode()
    assert 'data-key="v"' not in shown
    assert "accepted by" in shown


def test_opening_a_scan_claims_it_and_tells_a_colleague(desk: Client, browser_of: Browser, scan: SignedFile):
    desk.get(address(scan))
    colleague = english(browser_of(factories.secretary("AC")))
    shown = unescape(colleague.get(address(scan)).content.decode())
    assert "A colleague has this scan open" in shown
    assert "is working on this case since" in shown


def test_the_place_in_the_queue(secretary: User, desk: Client):
    scans_ = [desk_kit.uploaded(case, secretary) for case in desk_kit.cases(3)]
    shown = desk.get(address(scans_[1], "?place=uploaded")).content.decode()
    assert '<progress max="3" value="2"' in shown


def test_opening_a_scan_is_noted_for_the_student(secretary: User, desk: Client, scan: SignedFile):
    desk.get(address(scan))
    assert RecordRead.objects.get().reader == secretary


# ---- pages as pictures -------------------------------------------------------------------------------------


def test_pages_of_scan_and_paper_are_drawn_and_kept(
    secretary: User, desk: Client, monkeypatch: pytest.MonkeyPatch
):
    signed = desk_kit.scan_of(desk_kit.issued(desk_kit.cases(1)[0], secretary))
    case = signed.document.contracting
    first = desk.get(url("scan_page", case.pk, signed.stored_id, 2))
    paper = desk.get(url("paper_page", case.pk, signed.document_id, 1))
    thumb = desk.get(url("scan_page", case.pk, signed.stored_id, 1), {"w": "thumb"})
    for answer in (first, paper, thumb):
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
        assert "no-store" in answer["Cache-Control"]
    assert scans.size_of(thumb.content)[0] <= scans.THUMB_WIDTH < scans.size_of(first.content)[0]
    monkeypatch.setattr("upt_portal.kernel.uploads.page_picture", None)  # drawn again, it would fail
    assert desk.get(url("scan_page", case.pk, signed.stored_id, 2)).content == first.content


def test_a_page_that_is_not_there_is_not_found(secretary: User, desk: Client):
    signed = desk_kit.scan_of(desk_kit.issued(desk_kit.cases(1)[0], secretary), pages=1)
    case = signed.document.contracting
    assert desk.get(url("scan_page", case.pk, signed.stored_id, 2)).status_code == 404
    assert desk.get(address(signed, "?page=7")).status_code == 200  # the last page there is


def test_the_workspace_turns_pages_by_key(secretary: User, desk: Client):
    signed = desk_kit.scan_of(desk_kit.issued(desk_kit.cases(1)[0], secretary))
    first = desk.get(address(signed)).content.decode()
    assert 'data-key="]"' in first
    assert 'data-key="["' not in first
    assert 'data-key="["' in desk.get(address(signed, "?page=2")).content.decode()
    for key in "vrso1234":
        assert f'data-key="{key}"' in first


def test_found_codes_are_boxed(scan: SignedFile):
    codes = scans.codes_of({"marks": [[1, "https://x/verify/7K4M/?v=1&p=1", [0.1, 0.9, 0.1, 0.05]]]})
    marks = scans.marks_on(codes, 1, (1000, 1400), 2)
    assert [(mark.x, mark.y, mark.width, mark.height) for mark in marks] == [(92, 1252, 116, 86)]
    assert scans.marks_on(codes, 2, (1000, 1400), 2) == []


def test_CON_065_the_box_around_the_code_of_another_document_says_so():
    address = "https://portal.example/verify/NXA2-RQBE-NC7Z/?v=1&p=1"
    codes = scans.codes_of({"marks": [[1, address, [0.1, 0.9, 0.08, 0.06]]]})

    with translation.override("ro"):
        own, strange = (
            scans.marks_on(codes, 1, (1000, 1400), 2, code)[0].label
            for code in ("NXA2-RQBE-NC7Z", "237G-96YA-TYNK")
        )

    assert (own, strange) == ("QR 1 din 2", "QR al altui document")


# ---- nobody else's scans -----------------------------------------------------------------------------------


def test_every_door_of_a_foreign_scan_is_shut(secretary: User, browser_of: Browser):
    signed = desk_kit.scan_of(desk_kit.issued(desk_kit.cases(1)[0], secretary))
    case = signed.document.contracting
    stranger = browser_of(factories.secretary("CT"))
    for shut in (
        address(signed),
        url("scan_page", case.pk, signed.stored_id, 1),
        url("paper_page", case.pk, signed.document_id, 1),
    ):
        assert stranger.get(shut).status_code == 404
    assert decide(stranger, signed, "accept").status_code == 404
    signed.refresh_from_db()
    assert signed.state == "uploaded"
    assert not RecordRead.objects.exists()


def test_a_scan_is_not_found_under_another_case(secretary: User, desk: Client, scan: SignedFile):
    own = desk_kit.cases(1)[0]
    assert desk.get(url("review", own.pk, scan.pk)).status_code == 404
    assert desk.get(url("scan_page", own.pk, scan.stored_id, 1)).status_code == 404
    assert desk.get(url("paper_page", own.pk, scan.document_id, 1)).status_code == 404


def test_tables_of_contracting_show_the_own_faculty_only(secretary: User, browser_of: Browser):
    case = kit.case(arrears=kit.FIVE_ARREARS)
    asked = desk_kit.answered(case, secretary)
    signed = desk_kit.uploaded(desk_kit.cases(1)[0], secretary)
    change = desk_kit.change_asked(desk_kit.cases(1)[0])
    contract = factories.study_contract(asked.enrolment)
    stranger, own = browser_of(factories.secretary("CT")), browser_of(secretary)
    rows = {
        "annex": signed.document.annex_id,
        "signedfile": signed.pk,
        "clarification": asked.clarifications.get().pk,
        "changerequest": change.pk,
        "studycontract": contract.pk,
    }
    for model, pk in rows.items():
        changelist = reverse(f"admin:contracting_{model}_changelist")
        row = reverse(f"admin:contracting_{model}_change", args=[pk])
        history = reverse(f"admin:contracting_{model}_history", args=[pk])
        assert own.get(changelist).context["cl"].result_count == 1
        assert stranger.get(changelist).context["cl"].result_count == 0
        assert own.get(row).status_code == 200
        assert [stranger.get(row).status_code, stranger.get(history).status_code] == [302, 404]
        assert own.post(row, {"state": "accepted"}).status_code == 403


def test_nothing_of_a_case_can_be_edited(secretary: User, browser_of: Browser, scan: SignedFile):
    client = browser_of(secretary)
    row = reverse("admin:contracting_signedfile_change", args=[scan.pk])
    assert client.post(row, {"state": "accepted"}).status_code == 403
    assert client.post(reverse("admin:contracting_signedfile_delete", args=[scan.pk])).status_code == 403
    assert client.get(reverse("admin:contracting_annex_add")).status_code == 403


def test_a_quarter_of_an_hour_later_a_colleague_is_not_told(
    desk: Client, browser_of: Browser, scan: SignedFile, clock: Clock
):
    desk.get(address(scan))
    clock.stand_at(kit.STAGE_4 + timedelta(minutes=15))
    shown = browser_of(factories.secretary("AC")).get(address(scan)).content.decode()
    assert "note-wait" not in shown.split("verdict")[1].split("checks")[0]


def test_a_decision_does_not_wait_for_the_claim_of_a_colleague(
    desk: Client, browser_of: Browser, scan: SignedFile
):
    """A claim is a courtesy: who goes on past the note may decide, and only the first decision counts."""
    colleague = factories.secretary("AC")
    review.claim(scan.document.contracting_id, actor=colleague, at=kit.STAGE_4)
    assert decide(desk, scan, "accept").status_code == 302
    assert [entry.act for entry in audit.trail(case_of(scan))].count("contracting.accept_file") == 1
