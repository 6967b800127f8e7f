"""A catalogue by keyboard alone: results typed or pasted, both teachers sign, the results are published."""

from collections import Counter

import pytest
from playwright.sync_api import expect

from studentrecords.models import Catalogue, ExamAttempt
from tests.journeys.conftest import Arrives
from tests.journeys.portal import Portal
from tests.journeys.visitor import Visitor
from tests.journeys.words import EN, RO, said

pytestmark = pytest.mark.browser

HORIA, OANA = "horia.gavrila@upt.ro", "oana.parvu@upt.ro"
TYPED = ("9", "7", "abs", "10", "4", "neadmis")


def open_catalogues(portal: Portal) -> list[tuple[int, int]]:
    """Key and number of rows of the open catalogues, the longest first."""

    def found() -> list[tuple[int, int]]:
        rows = [(one.pk, one.rows.count()) for one in Catalogue.objects.filter(state="open")]
        return sorted(rows, key=lambda one: -one[1])

    return portal.records.ask(found)


def results(portal: Portal, catalogue: int) -> Counter[str]:
    def found() -> Counter[str]:
        return Counter(Catalogue.objects.get(pk=catalogue).rows.values_list("result", flat=True))

    return portal.records.ask(found)


def press(visitor: Visitor, name: str) -> None:
    """A button reached and pressed by the keyboard."""
    button = visitor.button(name)
    button.focus()
    visitor.page.keyboard.press("Enter")


def all_presented(visitor: Visitor) -> None:
    """One key says it of the whole list (REC-048)."""
    statement = visitor.page.locator("#all-shown")
    statement.focus()
    if not statement.is_checked():  # it stands already where a list was begun
        visitor.page.keyboard.press("Space")


def reads(visitor: Visitor, name: str) -> None:
    """The page that follows says so."""
    expect(visitor.page.locator("body")).to_contain_text(said(name, visitor.language))


def sign_and_publish(portal: Portal, arrives: Arrives, first: Visitor, other: str, catalogue: int) -> None:
    press(first, "sign catalogue")
    reads(first, "catalogue signed")
    second = arrives(other, language=first.language)
    second.speak(first.language)
    second.go(f"/catalogue/{catalogue}/")
    press(second, "sign catalogue")
    reads(second, "catalogue signed")
    press(second, "publish results")
    reads(second, "catalogue published")
    count = sum(results(portal, catalogue).values())
    posted = portal.records.ask(lambda: ExamAttempt.objects.filter(row__catalogue=catalogue).count())
    assert posted == count


def test_120_results_are_typed_signed_and_published_by_keyboard(portal: Portal, arrives: Arrives):
    catalogue, size = open_catalogues(portal)[0]
    assert size == 120
    teacher = arrives(HORIA, language=RO)
    teacher.speak(RO)
    teacher.go(f"/catalogue/{catalogue}/")
    keyboard, fields = teacher.page.keyboard, teacher.page.locator("[data-next]")
    fields.first.focus()
    for place in range(size):
        keyboard.type(TYPED[place % len(TYPED)])
        keyboard.press("ArrowDown" if place % 2 else "Enter")
    keyboard.press("ArrowUp")
    expect(fields.nth(size - 2)).to_be_focused()
    all_presented(teacher)
    fields.last.focus()
    keyboard.press("Control+Enter")
    teacher.page.wait_for_load_state()
    expect(teacher.button("sign catalogue")).to_be_visible()
    found = results(portal, catalogue)
    assert found == {"9": 20, "7": 20, "absent": 20, "10": 20, "4": 20, "not_admitted": 20}
    sign_and_publish(portal, arrives, teacher, OANA, catalogue)


def test_a_column_of_a_spreadsheet_is_pasted_in_english(portal: Portal, arrives: Arrives):
    catalogue, size = open_catalogues(portal)[-1]
    teacher = arrives(OANA, language=EN)
    teacher.speak(EN)
    teacher.go(f"/catalogue/{catalogue}/")
    fields = teacher.page.locator("[data-next]")
    numbers = [fields.nth(place).get_attribute("data-next") for place in range(size)]
    # A column fills downwards; lines with numbers find their own rows, in any order.
    paste(teacher, "\n".join(["8"] * size))
    assert [fields.nth(place).input_value() for place in range(size)] == ["8"] * size
    paste(teacher, f"{numbers[-1]}\tsomebody\t10\nXX0\tnobody\t3\n{numbers[0]}\tsomebody\tabs\n")
    assert fields.first.input_value() == "abs"
    assert fields.last.input_value() == "10"
    expect(teacher.page.locator("#pasted")).to_contain_text("not in this list: 1")
    all_presented(teacher)
    press(teacher, "save results")
    expect(teacher.button("sign catalogue")).to_be_visible()
    assert results(portal, catalogue) == {"8": size - 2, "absent": 1, "10": 1}
    sign_and_publish(portal, arrives, teacher, HORIA, catalogue)


def paste(visitor: Visitor, text: str) -> None:
    """As a spreadsheet's cells arrive in the first field."""
    visitor.page.locator("[data-next]").first.evaluate(
        """(field, text) => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            field.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, cancelable: true}));
        }""",
        text,
    )
