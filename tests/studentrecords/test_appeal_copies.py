"""The copy of the paper: for the commission, the dean and the InfoCenter; later files void signatures."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from studentrecords.models import AppealCopy
from studentrecords.refusal import Refused
from studentrecords.rules import appeals as rules
from studentrecords.services import appeal_copies, appeals
from tests import factories
from tests.kernel import files
from tests.studentrecords import appeals_kit as kit
from tests.studentrecords import exams_kit
from upt_portal.accounts import roles
from upt_portal.kernel import uploads
from upt_portal.kernel.moves import MoveRefused

pytestmark = pytest.mark.django_db


def scan() -> SimpleUploadedFile:
    return SimpleUploadedFile("lucrare.jpg", files.jpeg())


def where(name: str, appeal, *rest) -> str:
    return reverse(f"studentrecords:{name}", args=[appeal.pk, *rest])


@pytest.mark.parametrize(
    ("sent", "there", "on_paper", "good"),
    [
        (1, 0, False, True),
        (0, 0, True, True),
        (0, 0, False, False),
        (5, 0, False, True),
        (1, 5, False, False),
    ],
)
def test_REC_198_a_copy_is_a_file_or_on_paper(sent, there, on_paper, good):
    assert bool(rules.copy_answer(sent, there=there, on_paper=on_paper)) is good


def test_REC_198_the_copy_is_opened_by_commission_dean_and_infocenter_alone(clock, browser_of):
    offices = kit.Offices()
    appeal = kit.led_to("commission", offices)
    clock.stand_at(kit.MONDAY)
    secretary = browser_of(offices.secretary)
    act = where("appeal_act", appeal, "hand_over")
    answer = secretary.post(act, {"copy": SimpleUploadedFile("lucrare.jpg", b"no picture")})
    assert (answer.status_code, AppealCopy.objects.count()) == (422, 0)
    assert secretary.post(act, {"copy": scan()}).status_code == 302
    appeal.refresh_from_db()
    assert appeal.papers_at == kit.MONDAY
    copy = appeal.copies.get()
    page = where("appeal_copy", appeal, copy.pk)
    for reader in (offices.members[0], offices.dean, offices.infocenter):
        answer = browser_of(reader).get(page)
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith("attachment")
        assert page in browser_of(reader).get(where("appeal_case", appeal)).content.decode()
    catalogue = kit.catalogue_of(appeal)
    strangers = [kit.student_of(appeal.attempt), offices.secretary, catalogue.holder, exams_kit.teacher()]
    for reader in [*strangers, factories.user(roles.DEANERY, faculties=["CT"])]:
        assert browser_of(reader).get(page).status_code == 404
    body = secretary.get(where("appeal_case", appeal)).content.decode()
    assert "lucrare.jpg" in body
    assert page not in body


def test_REC_198_a_file_that_comes_later_voids_signatures_and_leaves_the_term():
    offices = kit.Offices()
    appeal = kit.led_to("commission", offices)

    def hand_over(*sent, **given):
        return appeal_copies.hand_over(appeal.pk, sent, actor=offices.secretary, at=kit.MONDAY, **given)

    with pytest.raises(Refused):
        hand_over()
    assert not AppealCopy.objects.exists()
    hand_over(on_paper=True)
    for one in offices.members:
        appeals.mark(appeal.pk, "8", "", actor=one, at=kit.MONDAY)
    appeals.report(appeal.pk, "8", "Da.", version=3, actor=offices.members[0], at=kit.MONDAY)
    appeals.sign(appeal.pk, version=4, actor=offices.members[0], at=kit.MONDAY)
    changed = hand_over(uploads.examine(scan()))
    assert (changed.report_version, changed.papers_at) == (5, kit.MONDAY)
    assert not appeal.members.filter(signed_at__isnull=False).exists()
    with pytest.raises(Refused):
        appeals.sign(appeal.pk, version=4, actor=offices.members[1], at=kit.MONDAY)


def test_after_the_report_nothing_is_added():
    offices = kit.Offices()
    appeal = kit.led_to("reported", offices)
    with pytest.raises(MoveRefused):
        appeal_copies.hand_over(appeal.pk, [uploads.examine(scan())], actor=offices.secretary, at=kit.MONDAY)
    assert not AppealCopy.objects.exists()
