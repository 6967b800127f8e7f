"""Parameters: kinds, scopes, days, the number of queries, and the administration's words."""

from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import translation

from upt_portal.kernel import audit, clock, kinds, overrides, params
from upt_portal.kernel.kinds import BadValue, DayMonth
from upt_portal.kernel.models import ParameterOverride
from upt_portal.kernel.params import Parameter, Scope

TODAY = date(2026, 11, 20)
AC = Scope(faculty="AC")
CAMPAIGN = Scope(faculty="AC", programme="AC-L-CALC", campaign="7")


@pytest.fixture(autouse=True)
def _own_register(monkeypatch):
    """The parameters of these tests and no others, and any code of a scope."""
    monkeypatch.setattr(params, "PARAMETERS", {})
    monkeypatch.setattr(params, "_known_scopes", {})
    monkeypatch.setattr("upt_portal.kernel.rulebook.load", list)


@pytest.fixture
def term():
    return Parameter(
        "TERM", 5, "int", "working days", ("CON-100", "CON-101"), "Days to sign", minimum=1, maximum=30
    )


def decide(name="TERM", value=7, first_day=date(2026, 1, 1), kind="university", ref="", decision="HS 1/2026"):
    return ParameterOverride.objects.create(
        name=name, value=value, first_day=first_day, scope_kind=kind, scope_ref=ref, decision=decision
    )


# --- Values in force ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_without_a_decision_the_default_holds(term):
    assert params.value("TERM", TODAY) == 5
    assert term.in_force(TODAY, CAMPAIGN).decision is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "days"),
    [
        (date(2025, 12, 31), 5),
        (date(2026, 1, 1), 7),
        (date(2026, 11, 19), 7),
        (date(2026, 11, 20), 9),
        (date(2027, 11, 20), 9),
    ],
)
def test_a_case_keeps_the_value_of_its_day(term, day, days):
    decide(value=9, first_day=date(2026, 11, 20))
    decide(value=7, first_day=date(2026, 1, 1))
    assert params.value("TERM", on=day) == days


@pytest.mark.django_db
def test_the_nearest_scope_wins_then_the_latest_day(term):
    decide(value=6, first_day=date(2026, 11, 1))
    decide(value=7, kind="faculty", ref="AC")
    decide(value=8, kind="faculty", ref="AC", first_day=date(2026, 2, 1))
    decide(value=9, kind="programme", ref="AC-L-CALC")
    decide(value=10, kind="campaign", ref="7", first_day=date(2026, 11, 21))
    assert params.value("TERM", TODAY) == 6
    assert params.value("TERM", TODAY, Scope(faculty="MEC")) == 6
    assert params.value("TERM", TODAY, AC) == 8
    assert params.value("TERM", TODAY, Scope(faculty="AC", campaign="8")) == 8
    assert params.value("TERM", TODAY, CAMPAIGN) == 9
    assert params.value("TERM", date(2026, 11, 21), CAMPAIGN) == 10
    assert term.in_force(TODAY, AC).decision.decision == "HS 1/2026"


@pytest.mark.django_db
def test_a_scope_the_parameter_does_not_know_changes_nothing():
    Parameter("DOMAIN", "student.upt.ro", "email_domain", scopes=("university",))
    decide("DOMAIN", "x.ro", kind="faculty", ref="AC")
    assert params.value("DOMAIN", TODAY, AC) == "student.upt.ro"


@pytest.mark.django_db
def test_a_figure_can_be_switched_off_again():
    Parameter("CAP", 10, "int", optional=True)
    decide("CAP", params.NOTHING)
    assert params.value("CAP", TODAY) is None


@pytest.mark.django_db
def test_a_stored_value_of_the_wrong_kind_is_an_error_and_no_figure(term):
    decide(value="many")
    with pytest.raises(BadValue):
        params.value("TERM", TODAY)


def test_an_unknown_name_is_an_error():
    with pytest.raises(LookupError, match="'NO_SUCH'"):
        params.value("NO_SUCH", TODAY)


def test_a_parameter_is_registered_once(term):
    assert Parameter(**vars(term)) == term
    with pytest.raises(ValueError, match="TERM is registered twice"):
        Parameter("TERM", 6, "int")


@pytest.mark.parametrize(
    ("kind", "default", "more"),
    [("int", "5", {}), ("bool", 1, {}), ("choice", "c", {"choices": ("a", "b")}), ("int", 0, {"minimum": 1})],
)
def test_a_default_of_the_wrong_kind_is_an_error(kind, default, more):
    with pytest.raises(ValueError, match=r".+"):
        Parameter("BAD", default, kind, **more)


def test_a_rule_knows_its_figures(term):
    other = Parameter("OTHER", True, "bool", rule="CON-101")
    assert params.quoted_by("CON-101") == [term, other]
    assert params.quoted_by("CON-10") == []


# --- Queries -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 30])
def test_inside_a_request_all_figures_cost_one_query(term, rows, django_assert_num_queries):
    Parameter("OTHER", True, "bool")
    for number in range(rows):
        decide(kind="faculty", ref=f"F{number}")
    overrides._begin()
    with django_assert_num_queries(1):
        for number in range(rows):
            assert params.value("TERM", TODAY, Scope(faculty=f"F{number}")) == 7
            assert params.value("OTHER", TODAY) is True
    overrides._end()


@pytest.mark.django_db
def test_a_decision_made_inside_a_request_holds_at_once_and_outside_nothing_is_kept(term):
    with overrides.snapshot():
        assert params.value("TERM", TODAY) == 5
        row = decide()
        assert params.value("TERM", TODAY) == 7
        ParameterOverride.objects.filter(pk=row.pk).update(value=8)  # another process
        assert params.value("TERM", TODAY) == 7
    assert params.value("TERM", TODAY) == 8


@pytest.mark.django_db
def test_a_task_reads_once_unless_it_runs_inside_a_request(term, django_assert_num_queries):
    with django_assert_num_queries(1):
        overrides._begin_task(task_id="a")
        assert [params.value("TERM", TODAY) for _ in range(3)] == [5, 5, 5]
        overrides._end_task(task_id="a")
    with overrides.snapshot(), django_assert_num_queries(1):
        overrides._begin_task(task_id="b")
        params.value("TERM", TODAY)
        overrides._end_task(task_id="b")
        params.value("TERM", TODAY)


# --- Kinds -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "typed", "value", "stored", "shown_ro", "shown_en"),
    [
        ("int", "5", 5, 5, "5", "5"),
        ("int", "-5", -5, -5, "-5", "-5"),
        ("decimal", "0,1", D("0.1"), "0.1", "0,1", "0.1"),
        ("decimal", "0.10", D("0.10"), "0.10", "0,10", "0.10"),
        ("bool", "Da", True, True, "da", "yes"),
        ("bool", "no", False, False, "nu", "no"),
        ("date", "20.11.2026", TODAY, "2026-11-20", "20 noiembrie 2026", "20 November 2026"),
        ("date", "2026-11-20", TODAY, "2026-11-20", "20 noiembrie 2026", "20 November 2026"),
        ("day_month", "13.12", DayMonth(12, 13), "12-13", "13 decembrie", "13 December"),
        ("day_month", "15 2", DayMonth(2, 15), "02-15", "15 februarie", "15 February"),
        ("text", " scan ", "scan", "scan", "scan", "scan"),
        (
            "email_domain",
            "@Student.UPT.ro",
            "student.upt.ro",
            "student.upt.ro",
            "student.upt.ro",
            "student.upt.ro",
        ),
        ("types", "png, jpg", ("JPEG", "PNG"), ["JPEG", "PNG"], "JPEG, PNG", "JPEG, PNG"),
        ("counts", "1, 7,7", (7, 1), [7, 1], "7, 1", "7, 1"),
    ],
)
def test_what_is_typed_is_read_stored_shown_and_typed_again(kind, typed, value, stored, shown_ro, shown_en):
    parameter = Parameter("P", value, kind)
    assert parameter.read(typed) == value
    assert parameter.store(value) == stored
    assert parameter.restore(stored) == value
    assert (parameter.shown(value, "ro"), parameter.shown(value, "en")) == (shown_ro, shown_en)
    for language in ("ro", "en"):
        with translation.override(language):
            assert parameter.read(parameter.typed(value)) == value


@pytest.mark.parametrize(
    ("kind", "default", "typed", "words"),
    [
        ("int", 5, "five", "Enter a whole number, for example 5."),
        ("int", 5, "5.5", "Enter a whole number, for example 5."),
        ("int", 5, "", "Enter a whole number, for example 5."),
        ("decimal", D(1), "NaN", "Enter a number, for example 0,1."),
        ("decimal", D(1), "x", "Enter a number, for example 0,1."),
        ("bool", True, "maybe", "Enter “yes” or “no”."),
        ("date", TODAY, "30.02.2026", "Enter a date like 20.11.2026."),
        ("day_month", DayMonth(1, 1), "29.02", "Enter a day and month of every year, for example 13.12."),
        ("day_month", DayMonth(1, 1), "x", "Enter a day and month of every year, for example 13.12."),
        ("text", "a", "  ", "Enter a text."),
        (
            "email_domain",
            "upt.ro",
            "ana@upt.ro",
            "Enter the part of the address after @, for example student.upt.ro.",
        ),
        ("types", ("PDF",), "PDF, EXE", "Enter one or more of PDF, JPEG, PNG, with commas between them."),
        *(
            (
                "counts",
                (7, 1),
                typed,
                "Enter one or more whole numbers above 0 with commas between them, for example 7, 1.",
            )
            for typed in ("7, x", "0", "7;1", "-1")
        ),
    ],
)
def test_what_does_not_fit_is_refused_saying_what_is_expected(kind, default, typed, words):
    parameter = Parameter("P", default, kind)
    with pytest.raises(BadValue) as refused:
        parameter.read(typed)
    with translation.override("en"):
        assert str(refused.value) == words
    with translation.override("ro"):
        assert str(refused.value).startswith("Introduceți ")


@pytest.mark.parametrize(
    ("typed", "words"),
    [("0", "Enter 1 or more."), ("31", "Enter 30 or less."), ("1", ""), ("30", "")],
)
def test_limits_are_inclusive(term, typed, words):
    with translation.override("en"):
        if not words:
            assert term.read(typed) == int(typed)
            return
        with pytest.raises(BadValue, match=words):
            term.read(typed)


def test_a_choice_names_what_may_be_chosen():
    mode = Parameter("MODE", "flat", "choice", choices=("flat", "credit"))
    assert mode.read("credit") == "credit"
    with pytest.raises(BadValue) as refused:
        mode.read("hourly")
    with translation.override("en"):
        assert str(refused.value) == "Enter one of: flat, credit."


def test_the_unit_follows_the_figure(term):
    assert term.shown(5, "ro") == "5 (working days)"
    assert Parameter("SHARE", D("12.5"), "decimal", "%").shown(D("12.5"), "ro") == "12,5\u00a0%"
    assert Parameter("CAP", None, "int", "credits").shown(None, "ro") == "–"


def test_every_kind_is_tried_here():
    assert set(kinds.KINDS) == {
        "int", "decimal", "bool", "date", "day_month", "choice", "text", "email_domain", "types", "counts",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("day", "start", "there"),
    [
        (DayMonth(12, 13), date(2026, 9, 28), date(2026, 12, 13)),
        (DayMonth(2, 15), date(2026, 9, 28), date(2027, 2, 15)),
        (DayMonth(7, 31), date(2024, 9, 30), date(2025, 7, 31)),
        (DayMonth(9, 28), date(2026, 9, 28), date(2026, 9, 28)),
    ],
)
def test_a_day_of_every_year_takes_its_year_from_the_academic_year(day, start, there):
    assert day.on_or_after(start) == there


# --- The administration ------------------------------------------------------------------------------------


@pytest.fixture
def administrator(db, client):
    user = get_user_model().objects.create_superuser(
        "admin@upt.example", "x", first_name="Ada", last_name="Pop"
    )
    client.force_login(user)
    return user


ADD = {
    "name": "TERM",
    "scope_kind": "university",
    "scope_ref": "",
    "first_day": "2026-12-01",
    "decision": "HS 2/2026",
}


def post(client, **fields):
    with clock.shifted(datetime(2026, 11, 20, 10, tzinfo=UTC)):
        return client.post(reverse("admin:kernel_parameteroverride_add"), {**ADD, **fields})


def test_a_decision_is_entered_as_text_and_traced(client, administrator, term):
    assert post(client, typed="7").status_code == 302
    row = ParameterOverride.objects.get()
    assert (row.value, row.first_day, row.created_by) == (7, date(2026, 12, 1), administrator)
    (entry,) = audit.trail(row)
    assert (entry.act, entry.actor, entry.reason) == ("kernel.set_parameter", administrator, "HS 2/2026")
    assert entry.data["value"] == 7


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"typed": "many"}, "typed", "Introduceți un număr întreg, de exemplu 5."),
        ({"typed": "31"}, "typed", "Introduceți cel mult 30."),
        (
            {"typed": "7", "scope_ref": "AC"},
            "scope_ref",
            "Lăsați gol: valoarea este a întregii universități.",
        ),
        (
            {"typed": "7", "scope_kind": "faculty"},
            "scope_ref",
            "Introduceți codul facultății sau al programului, ori campania.",
        ),
        (
            {"typed": "7", "scope_kind": "faculty", "scope_ref": "XX"},
            "scope_ref",
            "Nimic nu are codul „XX”. Comparați-l cu lista.",
        ),
        (
            {"typed": "7", "scope_kind": "campaign", "scope_ref": "1"},
            "scope_kind",
            "Acest parametru se poate stabili pentru: Universitate, Facultate.",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(client, administrator, fields, field, words):
    Parameter("TERM", 5, "int", minimum=1, maximum=30, scopes=("university", "faculty"))
    params.know_scope("faculty", {"AC"}.__contains__)
    response = post(client, **fields)
    assert response.status_code == 200
    assert response.context["adminform"].form.errors == {field: [words]}
    assert not ParameterOverride.objects.exists()


def test_a_known_scope_and_no_value_at_all_are_accepted(client, administrator):
    Parameter("TERM", None, "int")
    params.know_scope("faculty", {"AC"}.__contains__)
    assert post(client, typed="", scope_kind="faculty", scope_ref="AC").status_code == 302
    assert params.value("TERM", date(2026, 12, 1), AC) is None


@pytest.mark.parametrize(("first_day", "open_"), [(date(2026, 11, 19), False), (TODAY, True)])
def test_a_value_in_force_is_shown_and_cannot_be_changed(client, administrator, term, first_day, open_):
    row = decide(first_day=first_day)
    address = reverse("admin:kernel_parameteroverride_change", args=[row.pk])
    with clock.shifted(datetime(2026, 11, 20, 10, tzinfo=UTC)):
        page = client.get(address)
        answer = client.post(address, {**ADD, "typed": "8"})
        delete = client.post(reverse("admin:kernel_parameteroverride_delete", args=[row.pk]), {"post": "yes"})
    assert page.status_code == 200
    assert answer.status_code == delete.status_code == (302 if open_ else 403)
    assert ParameterOverride.objects.count() == (0 if open_ else 1)
    assert [entry.act for entry in audit.trail(f"kernel.parameteroverride:{row.pk}")] == (
        ["kernel.set_parameter", "kernel.drop_parameter"] if open_ else []
    )


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(
    client, administrator, term, rows, django_assert_max_num_queries
):
    for number in range(rows):
        decide(kind="faculty", ref=f"F{number}")
    with django_assert_max_num_queries(10):
        response = client.get(reverse("admin:kernel_parameteroverride_changelist"))
    assert response.content.decode().count("7 (working days)") == rows
