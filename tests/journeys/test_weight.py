"""Pages are light: their words, and what they fetch on the first and on the second visit."""

import gzip

import pytest

from tests.journeys.conftest import Arrives
from tests.journeys.register import Register
from tests.journeys.visitor import PHONE

pytestmark = pytest.mark.browser

RAW, COMPRESSED, FETCHED = 60_000, 15_000, 4
#: Files that travelled, not those the browser had kept.
TRAVELLED = """performance.getEntriesByType("resource")
    .filter((one) => one.transferSize > 0).map((one) => one.name)"""


@pytest.mark.parametrize("page", ["", "contract/", "documents/", "payments/", "contract/history/"])
def test_a_page_is_light_and_fetches_its_files_once(register: Register, arrives: Arrives, page: str):
    someone = register.student("tudor.moraru@student.upt.ro")
    arrives(someone.email, **PHONE)  # signs in, so that the next one comes with an empty cache
    visitor = arrives(someone.email, new=True, **PHONE)
    path = f"/student/{someone.enrolment}/{page}"
    body = visitor.go(path).body()
    assert len(body) < RAW
    assert len(gzip.compress(body)) <= COMPRESSED
    fetched = visitor.page.evaluate(TRAVELLED)
    assert len(fetched) <= FETCHED, fetched
    visitor.go(path)
    assert visitor.page.evaluate(TRAVELLED) == []
