"""The rulebook: complete, cited, readable by anybody."""

import subprocess
import sys
from datetime import date
from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import translation

from upt_portal.kernel import clock, params, rulebook, sources
from upt_portal.kernel.models import ParameterOverride
from upt_portal.kernel.params import Parameter
from upt_portal.kernel.rulebook import Example
from upt_portal.kernel.sources import CODE, Article, cites


@pytest.fixture
def english(client, settings):
    """A browser whose language switch stands on English."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


@pytest.fixture
def sample(monkeypatch):
    """A rule of a made-up room with a figure of its own."""
    monkeypatch.setattr(sources, "REGISTER", dict(sources.REGISTER))
    monkeypatch.setattr(rulebook, "REGISTER", sources.REGISTER)
    monkeypatch.setattr(params, "PARAMETERS", dict(params.PARAMETERS))
    figure = Parameter("SAMPLE_TERM", 5, "int", "days", "ZZZ-001", "Days of the sample")

    def sample_deadline(day):
        """Last day of the sample.

        day: local day of the event.

        Examples:
            Friday -> Monday
            a plain remark
        """
        return day

    sample_deadline.__module__ = "upt_portal.kernel.calendar"
    cites(Article(CODE, "art. 99 (9)"), rule=("ZZZ-001", "ZZZ-002"))(sample_deadline)
    return figure


def test_an_entry_is_made_of_the_docstring_the_citation_and_the_figures(sample):
    (entry,) = rulebook.entries_of("ZZZ-001")
    assert rulebook.entries_of("ZZZ-002") == [entry]
    assert entry.summary == "Last day of the sample."
    assert entry.story == ("day: local day of the event.",)
    assert entry.examples == (Example("Friday", "Monday"), Example("a plain remark"))
    assert entry.articles == (Article(CODE, "art. 99 (9)"),)
    assert entry.parameters == (sample,)


def test_rules_stand_by_catalogue_in_the_order_of_their_numbers(sample):
    terms, contracting, *_, unlisted = rulebook.chapters()
    assert [rule for rule, _ in terms.rules] == ["T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9"]
    assert {rule[:4] for rule, _ in contracting.rules} == {"CON-"}
    assert (unlisted.title, [rule for rule, _ in unlisted.rules]) == ("ZZZ", ["ZZZ-001", "ZZZ-002"])


def test_a_rule_carried_out_in_two_places_names_both():
    names = [entry.name for entry in rulebook.entries_of("T2")]
    assert names == ["add_working_days", "end_of_day"]


def test_every_rule_function_of_the_rooms_cites_an_article():
    assert rulebook.without_citation() == []


def test_every_rule_is_said_in_words_that_are_translated():
    for entry in rulebook.entries():
        with translation.override("en"):
            english = str(entry.words)
        with translation.override("ro"):
            assert english, f"{entry.function} has no words"
            assert str(entry.words) != english, f"{entry.function} is not translated"


@pytest.mark.parametrize(("articles", "rule"), [([], "X-1"), ([Article(CODE, "art. 1")], ""), ([], ())])
def test_a_citation_names_article_and_rule(articles, rule):
    with pytest.raises(ValueError, match="at least one article"):
        cites(*articles, rule=rule)


def test_the_command_lists_rule_article_and_function():
    out = StringIO()
    call_command("rulebook", stdout=out)
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert ["T3", "derived", "T3", "upt_portal.kernel.calendar.first_working_days"] in lines
    call_command("rulebook", "--check", stdout=out)


def test_the_check_fails_for_a_rule_that_cites_nothing(monkeypatch):
    module = ModuleType("room.rules")

    def bare():
        """A rule that cites nothing."""

    def _helper():
        """Not a rule."""

    for function in (bare, _helper):
        function.__module__ = "room.rules"
        setattr(module, function.__name__, function)
    module.borrowed = rulebook.load  # from another module: not this room's rule
    monkeypatch.setitem(sys.modules, "room.rules", module)
    monkeypatch.setattr(rulebook, "load", lambda: [module])
    assert rulebook.without_citation() == ["room.rules.bare"]
    with pytest.raises(CommandError, match=r"room\.rules\.bare"):
        call_command("rulebook", "--check", stdout=StringIO())


def test_the_page_of_the_documentation(sample):
    out = StringIO()
    with translation.override("en"):
        call_command("rulebook", "--markdown", stdout=out)
    assert "| ZZZ-001 | Last day of the sample. | Student code" in out.getvalue()
    assert out.getvalue().startswith("# Rulebook\n")


def test_the_page_of_the_documentation_is_up_to_date():
    """Made again by: script/manage rulebook --markdown >docs/rulebook.md.

    In a process of its own: other tests cite articles too.
    """
    command = [sys.executable, "manage.py", "rulebook", "--markdown"]
    made = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True).stdout
    page = Path(settings.BASE_DIR, "docs", "rulebook.md").read_text()
    assert made.splitlines() == page.splitlines()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "title", "words"),
    [
        ("ro", "Regulile portalului", "O zi lucrătoare este o zi de luni până vineri"),
        ("en", "Rulebook", "A working day is a Monday to Friday"),
    ],
)
def test_anybody_reads_the_rulebook_in_both_languages(client, settings, language, title, words):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = client.get(reverse("rulebook")).content.decode()
    assert f"<h1>{title}</h1>" in page
    assert words in page
    assert f'href="{reverse("rule", args=["T1"])}"' in page


@pytest.mark.django_db
def test_the_page_of_a_rule_shows_source_figures_and_examples(english, sample, django_assert_max_num_queries):
    for number, (kind, ref) in enumerate([("university", ""), ("faculty", "AC"), ("faculty", "MEC")]):
        ParameterOverride.objects.create(
            name="SAMPLE_TERM", scope_kind=kind, scope_ref=ref, first_day=date(2026, 1, 1), value=6 + number,
            decision=f"HS {number}",
        )  # fmt: skip
    with clock.shifted(clock.now().replace(2026, 11, 20)), django_assert_max_num_queries(1):
        page = english.get(reverse("rule", args=["ZZZ-001"])).content.decode()
    for words in ("Last day of the sample.", "art. 99 (9)", "Friday", "Monday", "a plain remark"):
        assert words in page
    for words in (
        "Days of the sample",
        "6 (days)",
        "7 (days)",
        "Faculty AC",
        "8 (days)",
        "HS 2",
        "1 Jan 2026",
    ):
        assert words in page


@pytest.mark.django_db
def test_all_figures_on_one_page_with_one_query(english, sample, django_assert_max_num_queries):
    with django_assert_max_num_queries(1):
        page = english.get(reverse("rulebook_figures")).content.decode()
    assert "Days of the sample" in page
    assert "as the sources give it" in page


@pytest.mark.django_db
def test_an_unknown_rule_is_not_found(client):
    assert client.get(reverse("rule", args=["NO-1"])).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["rulebook", "rulebook_figures"])
def test_the_rulebook_is_only_read(client, address):
    assert client.post(reverse(address)).status_code == 405
