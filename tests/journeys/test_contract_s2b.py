"""An S2b student has two stages, signed papers and payment: nothing to choose, nothing to validate."""

import pytest

from tests.journeys import steps
from tests.journeys.conftest import Arrives
from tests.journeys.devices import DESKTOP
from tests.journeys.pages import Secretariat
from tests.journeys.register import SECRETARY, Register
from tests.journeys.visitor import PHONE
from tests.journeys.words import EN, RO

pytestmark = pytest.mark.browser

ACTS = ["offer", "upload_file", "upload", "accept_file", "accept", "settle"]


@pytest.mark.parametrize(
    ("language", "device"), [pytest.param(RO, DESKTOP, id="romanian"), pytest.param(EN, PHONE, id="english")]
)
def test_two_stages(register: Register, arrives: Arrives, language: str, device: dict[str, object]):
    someone = (
        register.student("matei.corbeanu@student.upt.ro")
        if language == RO
        else register.somebody("AC-M-SE", "documents_ready", enrolment__financing="fee", total__gt=0)
    )
    student = arrives(someone.email, **device)
    student.speak(language)
    assert student.path() == f"/student/{someone.enrolment}/contract/"
    assert student.sees("to sign")
    assert student.page.locator(".stages li").count() == 2

    steps.sign_and_upload(student, someone)
    secretary = Secretariat(arrives(SECRETARY))
    secretary.find("uploaded", someone.name)
    secretary.accept()
    steps.pay(student, someone, register.total(someone))
    steps.expect_settled(student, someone)
    assert register.state(someone) == "settled"
    assert register.acts(someone) == ACTS
