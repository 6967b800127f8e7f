"""Student card and identity document at an exam (REC-048): ticks of a list, one statement for all of it."""

import pytest
from django.urls import reverse

from studentrecords.refusal import Refused
from studentrecords.rules import catalogues as rules
from studentrecords.services import catalogues
from studentrecords.services.catalogues import Written
from tests.studentrecords import exams_kit as kit

Y, N = True, False


@pytest.mark.parametrize(
    ("result", "card", "identity", "stands"),
    [
        ("8", Y, Y, True),
        ("8", N, Y, False),
        ("8", Y, N, False),
        ("admitted", None, Y, False),
        ("4", None, None, False),
        ("not_admitted", N, N, True),
        ("absent", None, None, True),
        ("", N, N, True),
    ],
)
def test_REC_048_without_both_the_attempt_is_not_admitted(result, card, identity, stands):
    assert bool(rules.presented_answer(result, card, identity)) is stands


def test_REC_048_a_list_is_signed_with_all_its_ticks():
    assert rules.documents_answer([("8", Y, Y), ("absent", None, None), ("not_admitted", N, Y)])
    assert not rules.documents_answer([("8", Y, Y), ("5", None, None)])


def page(catalogue) -> str:
    return reverse("studentrecords:catalogue", args=[catalogue.pk])


def sent(catalogue, *values: str, off: tuple[str, ...] = (), **more: str) -> dict[str, str]:
    """What a browser sends: typed values, both ticks of each row but for those taken off."""
    rows = list(catalogue.rows.order_by("enrolment"))
    given = {f"r{row.pk}": value for row, value in zip(rows, values, strict=True)}
    given |= {f"w{row.pk}": row.result for row in rows if row.result}
    ticks = {f"{letter}{row.pk}": "on" for row in rows for letter in "ci"}
    named = {f"{one[0]}{rows[int(one[1:])].pk}" for one in off}
    return given | {name: on for name, on in ticks.items() if name not in named} | {"ticks": "1"} | more


def ticks(catalogue) -> list[tuple[str, bool | None, bool | None]]:
    return list(catalogue.rows.order_by("enrolment").values_list("result", "card_shown", "identity_shown"))


@pytest.fixture
def now(clock):
    return clock.stand_at(kit.IN_TIME)


@pytest.mark.django_db
def test_REC_048_one_statement_covers_the_list_and_leaves_the_exceptions(now, browser_of):
    catalogue = kit.opened()
    client = browser_of(catalogue.holder)
    given = sent(catalogue, "8", "abs", "neadmis", off=("c2",), all_shown="1")
    assert client.post(page(catalogue), given).status_code == 302
    assert ticks(catalogue) == [("8", Y, Y), ("absent", None, None), ("not_admitted", N, Y)]
    kit.signed(catalogue)
    assert catalogue.state == "signed"


@pytest.mark.django_db
def test_REC_048_a_grade_without_the_card_is_told_at_its_row(now, browser_of):
    catalogue = kit.opened(kit.students(2))
    client = browser_of(catalogue.holder)
    answer = client.post(page(catalogue), sent(catalogue, "8", "9", off=("c1",), all_shown="1"))
    assert answer.status_code == 422
    assert 'value="9"' in answer.content.decode()
    assert ticks(catalogue) == [("", None, None), ("", None, None)]


@pytest.mark.django_db
def test_REC_048_results_are_kept_without_the_statement_and_not_signed(now, browser_of):
    catalogue = kit.opened(kit.students(2))
    client = browser_of(catalogue.holder)
    assert client.post(page(catalogue), sent(catalogue, "8", "9")).status_code == 302
    assert ticks(catalogue) == [("8", None, None), ("9", None, None)]
    catalogue.refresh_from_db()
    with pytest.raises(Refused):
        catalogues.sign(catalogue.pk, version=catalogue.version, actor=catalogue.holder, at=kit.IN_TIME)
    body = client.get(page(catalogue)).content.decode()
    assert "catalogue_act" not in body
    assert reverse("studentrecords:catalogue_act", args=[catalogue.pk, "sign"]) not in body
    # The ticks alone are a change too: both teachers look at the list again.
    seen = catalogue.version
    assert client.post(page(catalogue), sent(catalogue, "8", "9", all_shown="1")).status_code == 302
    catalogue.refresh_from_db()
    assert ticks(catalogue) == [("8", Y, Y), ("9", Y, Y)]
    assert catalogue.version > seen
    assert reverse("studentrecords:catalogue_act", args=[catalogue.pk, "sign"]) in client.get(
        page(catalogue)
    ).content.decode().replace("&amp;", "&")


@pytest.mark.django_db
def test_REC_048_the_service_refuses_a_grade_beside_a_missing_document():
    catalogue = kit.opened(kit.students(1))
    row = catalogue.rows.get()
    for card, identity in ((N, Y), (Y, N), (N, N)):
        with pytest.raises(Refused):
            catalogues.enter(
                catalogue.pk, {row.pk: Written("", "8", card, identity)}, actor=catalogue.holder,
                at=kit.IN_TIME,
            )  # fmt: skip
    catalogues.enter(
        catalogue.pk, {row.pk: Written("", "not_admitted", N, Y)}, actor=catalogue.holder, at=kit.IN_TIME
    )
    assert ticks(catalogue) == [("not_admitted", N, Y)]
    # A grade later on needs the tick as well.
    with pytest.raises(Refused):
        catalogues.enter(
            catalogue.pk, {row.pk: Written("not_admitted", "8")}, actor=catalogue.holder, at=kit.IN_TIME
        )


@pytest.mark.django_db
def test_REC_118_too_few_present_is_kept_with_the_signature():
    from upt_portal.kernel.models import TraceEntry

    catalogue = kit.opened(kit.students(4))
    kit.write(catalogue, "8", "7", "absent", "absent")
    kit.signed(catalogue)
    kept = TraceEntry.objects.filter(act="studentrecords.sign_catalogue").latest("pk")
    assert (kept.data["present"], kept.data["too_few"]) == (2, True)
