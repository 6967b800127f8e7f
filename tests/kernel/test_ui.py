"""Every component: it renders, refuses wrong arguments, escapes hostile words, brings no inline script."""

import inspect
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation

from upt_portal.kernel import clock, page
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.icons import PATHS
from upt_portal.kernel.status import STATUSES
from upt_portal.kernel.templatetags import ui, ui_cases, ui_forms, ui_staff

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=ROMANIA)
SOON = datetime(2026, 11, 23, 23, 59, tzinfo=ROMANIA)
LATE = datetime(2026, 11, 18, 16, 0, tzinfo=ROMANIA)
FAR = datetime(2026, 12, 13, 23, 59, tzinfo=ROMANIA)
HOSTILE = "\"><script>alert(1)</script>'&"


class SampleForm(forms.Form):
    first = forms.CharField(label="Prenumele", help_text="ca în actul de identitate")
    phone = forms.CharField(label="Telefonul", required=False)
    how = forms.ChoiceField(
        label="Cum?", choices=[("a", "prin e-mail"), ("b", "prin telefon")], widget=forms.RadioSelect
    )
    agree = forms.BooleanField(label="Declar")
    scan = forms.FileField(label="Diploma")


WORDS = {
    "nav": [page.NavEntry(HOSTILE, "/a", current=True, count=2)],
    "crumbs": [page.Crumb(HOSTILE, "/a"), page.Crumb("Contract")],
    "stages": [
        page.Stage("Alegeți", "done", "23 oct", "dumneavoastră"),
        page.Stage(HOSTILE, "now", "24 oct", "secretariatul"),
        page.Stage("Plătiți", "later", "13 dec"),
    ],
    "timeline": [page.TimelineItem(HOSTILE, "now", HOSTILE, HOSTILE, "/r"), page.TimelineItem("Trimis")],
    "tabs": [page.Tab(HOSTILE, "/t", current=True, count=1), page.Tab("Plăți", opens=HOSTILE)],
    "pills": [page.Pill(HOSTILE, "/p", current=True, count=42), page.Pill("Toate", "/p")],
    "attempts": [page.Attempt("4", "failed", HOSTILE), page.Attempt("7", "passed", "nota 7")],
    "rows": [
        page.LockedRow(
            HOSTILE, 5, Decimal("0.00"), number="4", detail=HOSTILE, kind="Obligatorie", route="Prima dată"
        )
    ],
    "figures": [
        page.Figure(HOSTILE, HOSTILE, HOSTILE),
        page.Figure("Restanțe", "335,00 lei", on_phone=False),
    ],
    "pages": [
        page.PageThumb(1, "/s/1.png"),
        page.PageThumb(2, state="missing", url="/add"),
        page.PageThumb(3, "/s/3.png", "bad"),
    ],
    "marks": [page.Mark(10, 20, 30, 40, HOSTILE)],
    "columns": ["Student", HOSTILE],
    "cells": [HOSTILE],
    "pairs": [("1", HOSTILE)],
    "soon": SOON,
    "late": LATE,
    "far": FAR,
    "bad": HOSTILE,
}

# One use of every tag, with hostile words in every argument that takes text, and what must be seen in it.
USES: dict[str, tuple[str, str]] = {
    "icon": ('{% icon name="clock" %}', 'aria-hidden="true"'),
    "link": ('{% link label=bad url="/x" icon="download" hidden=bad %}', 'href="/x"'),
    "button": (
        '{% button label=bad kind="danger" icon="plus" key="r" name="act" value=bad busy=bad hidden=bad %}',
        'type="submit"',
    ),
    "key": ("{% key bad %}", "<kbd"),
    "state": ('{% state code="needs_correction" label=bad %}', "tag-fix"),
    "tag": ('{% tag label=bad tone="wait" icon="clock" %}', "tag-wait"),
    "reason": ('{% reason article=bad url="/r" %}{{ bad }}{% endreason %}', 'href="/r"'),
    "crumbs": ("{% crumbs items=crumbs %}", 'aria-current="page"'),
    "back": ('{% back url="/b" label=bad %}', 'href="/b"'),
    "printed_on": ("{% printed_on %}", "20 noiembrie 2026"),
    "panel": ('{% panel title=bad id="p" %}{{ bad }}{% endpanel %}', "<h2>"),
    "note": ('{% note tone="fix" title=bad role="alert" %}{{ bad }}{% endnote %}', 'role="alert"'),
    "next_step": (
        '{% next_step title=bad button=bad url="/n" due=soon label=bad sum=bad aside=bad post=True %}'
        "{{ bad }}{% endnext_step %}",
        "până luni, 23 noiembrie 2026, ora 23:59",
    ),
    "empty": ("{% empty title=bad %}{{ bad }}{% endempty %}", "empty-title"),
    "too_late": ("{% too_late title=bad due=late %}{{ bad }}{% endtoo_late %}", "<h1>"),
    "details": ("{% details label=bad open=True %}{{ bad }}{% enddetails %}", "<details"),
    "task_group": (
        '{% task_group title=bad count=2 id="g" closed_label=bad %}x{% endtask_group %}',
        "<summary>",
    ),
    "task_row": (
        '{% task_row title=bad url="/t" hint=bad state="sent" label=bad due=soon %}',
        "mai sunt 3 zile",
    ),
    "tile": ("{% tile due=late %}", "tile-late"),
    "chip": ("{% chip due=far %}", "până pe 13 decembrie"),
    "due_words": ("{% due_words due=far %}", "mai sunt 23 de zile"),
    "due_list": ("{% due_list %}x{% enddue_list %}", "<ul"),
    "due_row": ('{% due_row title=bad due=soon note=bad url="/d" %}', "luni, ora 23:59"),
    "stages": ('{% stages items=stages more_url="/all" %}', "Etapa 2 din 3"),
    "timeline": ("{% timeline items=timeline lamp=True %}", "timeline-lit"),
    "tabs": ("{% tabs items=tabs label=bad %}", "închis"),
    "pills": ("{% pills items=pills label=bad %}", "<b>42</b>"),
    "attempts": ("{% attempts items=attempts %}", "is-passed"),
    "free_list": ("{% free_list %}x{% endfree_list %}", "<ul"),
    "free_row": (
        '{% free_row name="line" value=7 label=bad checked=True detail=bad sum=bad arithmetic=bad reason=bad '
        'unticked=bad article=bad article_url="/r" unticked_article=bad unticked_url="/u" %}',
        'name="line" value="7" checked',
    ),
    "locked_rows": ("{% locked_rows rows=rows caption=bad %}", "blocată, rămâne bifată"),
    "totals": (
        "{% totals figures=figures total=bad total_label=bad button=bad recalculate=bad busy=bad %}"
        "{{ bad }}{% endtotals %}",
        'role="status"',
    ),
    "totals_figures": (
        "{% totals_figures figures=figures total=bad total_label=bad %}{{ bad }}{% endtotals_figures %}",
        "totals-total",
    ),
    "document_card": (
        '{% document_card title=bad state="accepted" state_label=bad meta=bad url="/d" url_label=bad %}'
        "{{ bad }}{% enddocument_card %}",
        "tag-plain",
    ),
    "page_strip": ("{% page_strip pages=pages %}", "lipsește; adăugați-o"),
    "summary": ("{% summary %}x{% endsummary %}", "<dl"),
    "summary_row": ('{% summary_row label=bad url="/s" action=bad %}{{ bad }}{% endsummary_row %}', "<dt>"),
    "receipt": ("{% receipt payee=bad sum=bad %}{{ bad }}{% endreceipt %}", "Plătit"),
    "data_table": (
        "{% data_table caption=bad cards=True %}<tbody></tbody>{% enddata_table %}",
        "table-cards",
    ),
    "field": (
        "{% field form.first label=bad hint=bad aside_url='/f' aside_label=bad %}",
        'aria-invalid="true"',
    ),
    "error_summary": ("{% error_summary form %}", "Există o problemă"),
    "actions": ("{% actions %}x{% endactions %}", "actions-row"),
    "upload": ("{% upload form.scan hint=bad %}", 'accept=".pdf,.jpg,.jpeg,.png"'),
    "file_row": ('{% file_row name=bad url="/f" detail=bad replace_url="/r" state="sent" %}', "Înlocuiți"),
    "progress": ('{% progress done=19 total=31 label=bad words=bad stop_url="/s" %}', 'value="19"'),
    "job": ('{% job state="running" done=1 total=3 label=bad url="/jobs/1/" %}', 'hx-get="/jobs/1/"'),
    "language_switch": ('{% language_switch current="ro" next=bad %}', 'action="/language/"'),
    "theme_switch": ('{% theme_switch current="dark" next=bad %}', 'action="/theme/"'),
    "queue_head": ('{% queue_head title=bad meta=bad next_url="/n" next_label=bad %}', 'data-key="n"'),
    "search_box": ("{% search_box label=bad value=bad %}", 'role="search"'),
    "bulk": ("{% bulk words=bad %}x{% endbulk %}", "bulk"),
    "queue_table": ("{% queue_table caption=bad columns=columns %}x{% endqueue_table %}", "<thead>"),
    "queue_row": (
        '{% queue_row id=3 url="/q" who=bad cells=cells seen=bad tone="fix" icon="triangle" claimed=bad '
        "selected=True %}",
        'value="3" checked',
    ),
    "review_bar": (
        '{% review_bar back_url="/q" who=bad meta=bad place=7 total=42 due=soon next_url="/n" %}',
        'max="42"',
    ),
    "review": ("{% review %}x{% endreview %}", "review"),
    "review_thumbs": ("{% review_thumbs pages=pages current=1 %}", 'aria-current="page"'),
    "review_pane": (
        '{% review_pane title=bad id="scan" meta=bad tools=True other="issued" other_label=bad %}'
        "{{ bad }}{% endreview_pane %}",
        'data-zoom="+"',
    ),
    "sheet": ('{% sheet src="/p.png" alt=bad width=960 height=1350 marks=marks %}', 'viewBox="0 0 960 1350"'),
    "verdict": ("{% verdict %}x{% endverdict %}", "verdict"),
    "review_actions": ("{% review_actions %}x{% endreview_actions %}", "verdict-actions"),
    "check_row": ("{% check_row label=bad detail=bad ok=False %}", "de văzut:"),
    "reasons": ("{% reasons items=pairs %}", "<kbd"),
    "undo_strip": ('{% undo_strip text=bad url="/u" %}', 'data-key="u"'),
    "keys_help": ("{% keys_help items=pairs %}", "<details"),
}


def draw(text: str, **context: Any) -> str:
    """The template in Romanian, on 20 November 2026 at 9."""
    form = SampleForm({"how": "c"})
    with clock.shifted(NOW), translation.override("ro"):
        return Template(text).render(Context({**WORDS, "form": form, "csrf_token": "token", **context}))


def functions() -> dict[str, Callable[..., Any]]:
    """Each tag with the function behind it."""
    return {
        name: inspect.unwrap(getattr(module, name))
        for module in (ui, ui_cases, ui_forms, ui_staff)
        for name in module.register.tags
        if hasattr(module, name)
    }


def test_every_tag_has_a_use_here() -> None:
    assert set(USES) == set(ui.register.tags)


@pytest.mark.parametrize("name", USES)
def test_component_shows_what_it_is_for(name: str) -> None:
    text, seen = USES[name]
    assert seen in " ".join(draw(text).split())


@pytest.mark.parametrize("name", USES)
def test_hostile_words_stay_words(name: str) -> None:
    drawn = draw(USES[name][0])
    assert drawn.count("alert(1)") == drawn.count(
        "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#x27;&amp;"
    )


@pytest.mark.parametrize("name", USES)
def test_component_brings_no_inline_style_or_script(name: str) -> None:
    drawn = draw(USES[name][0])
    assert not re.search(r"<(style|script)\b|\sstyle=|\son[a-z]+=", drawn)


@pytest.mark.parametrize("name", USES)
def test_unknown_argument_is_a_template_error(name: str) -> None:
    opened = USES[name][0].split(" %}")[0]
    with pytest.raises(TemplateSyntaxError):
        Template(
            f"{opened} nonsense=1 %}}{{% end{name} %}}"
            if f"end{name}" in USES[name][0]
            else f"{opened} nonsense=1 %}}"
        )


@pytest.mark.parametrize("name", sorted(functions()))
def test_missing_argument_is_a_template_error(name: str) -> None:
    signature = inspect.signature(functions()[name])
    needed = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind is not parameter.VAR_POSITIONAL
        and parameter.name not in {"content", "context"}
    ]
    end = f"{{% end{name} %}}" if f"end{name}" in USES[name][0] else ""
    if not needed:
        assert draw(f"{{% {name} %}}{end}") is not None
        return
    with pytest.raises(TemplateSyntaxError):
        Template(f"{{% {name} %}}{end}")


def test_arguments_have_names() -> None:
    """Only what reads well without a name is positional: the letter of a key, a field, forms of a summary."""
    positional = {
        name: [
            parameter.name
            for parameter in inspect.signature(function).parameters.values()
            if parameter.kind is not parameter.KEYWORD_ONLY and parameter.name not in {"content", "context"}
        ]
        for name, function in functions().items()
    }
    assert {name: names for name, names in positional.items() if names} == {
        "key": ["letter"],
        "field": ["bound"],
        "upload": ["bound"],
        "error_summary": ["bound_forms"],
    }


@pytest.mark.parametrize(
    "text",
    [
        '{% state code="nonsense" %}',
        '{% tag label="x" tone="pink" %}',
        '{% button label="x" kind="huge" %}',
        '{% icon name="nope" %}',
    ],
)
def test_word_outside_the_dictionary_is_refused(text: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        draw(text)


# ---- the dictionary --------------------------------------------------------------------------------


@pytest.mark.parametrize("code", STATUSES)
def test_every_status_has_a_shape_and_both_languages(code: str) -> None:
    status = STATUSES[code]
    assert status.tone in ui.TONES | {"none"}
    assert not status.icon or status.icon in PATHS
    with translation.override("en"):
        english = str(status.label)
    with translation.override("ro"):
        assert str(status.label) != english


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("to_upload", "De încărcat"),
        ("in_progress", "Început"),
        ("sent", "Trimis, în verificare"),
        ("needs_correction", "De corectat"),
        ("accepted", "Validat"),
        ("cannot_start", "Nu se poate începe încă"),
        ("confirming_payment", "Confirmăm plata"),
        ("complete_not_sent", "Completat, dar netrimis"),
    ],
)
def test_status_speaks_the_dictionary(code: str, words: str) -> None:
    assert words in draw(f'{{% state code="{code}" %}}')


def test_status_names_its_page() -> None:
    assert "Pagina 2 lipsește" in draw('{% state code="page_missing" n=2 %}')


def test_task_to_do_shows_no_tag() -> None:
    assert draw('{% state code="to_do" %}') == ""


# ---- deadlines -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "shape"),
    [
        (FAR, "tile-calm"),
        (datetime(2026, 11, 28, 0, 0, tzinfo=ROMANIA), "tile-calm"),
        (datetime(2026, 11, 27, 23, 59, tzinfo=ROMANIA), "tile-soon"),
        (datetime(2026, 11, 20, 9, 1, tzinfo=ROMANIA), "tile-soon"),
        (datetime(2026, 11, 20, 8, 59, tzinfo=ROMANIA), "tile-late"),
        (date(2026, 11, 20), "tile-soon"),
        (date(2026, 11, 19), "tile-late"),
    ],
)
def test_tile_is_near_from_seven_days_and_late_to_the_minute(due: date, shape: str) -> None:
    assert shape in draw("{% tile due=due %}", due=due)


# ---- forms -----------------------------------------------------------------------------------------


def test_field_ties_hint_and_error_to_the_input() -> None:
    drawn = draw("{% field form.first %}")
    assert 'aria-describedby="id_first-hint id_first-error"' in drawn
    assert 'id="id_first-hint"' in drawn
    assert 'id="id_first-error"' in drawn
    assert "Eroare:" in drawn


def test_optional_field_says_so_and_required_one_carries_no_star() -> None:
    assert "Telefonul (opțional)" in draw("{% field form.phone %}")
    assert "*" not in draw("{% field form.first %}")


def test_links_of_the_error_summary_lead_to_inputs() -> None:
    summary = draw("{% error_summary form %}")
    fields = draw("{% for bound in form %}{% field bound %}{% endfor %}")
    targets = re.findall(r'href="#([^"]+)"', summary)
    assert targets == ["id_first", "id_how_0", "id_agree", "id_scan"]
    for target in targets:
        assert f'id="{target}"' in fields


def test_error_summary_is_silent_when_all_is_well() -> None:
    assert draw("{% error_summary form %}", form=SampleForm()) == ""


def test_choices_stand_in_a_fieldset() -> None:
    drawn = draw("{% field form.how %}")
    assert "<fieldset" in drawn
    assert "<legend>Cum?</legend>" in drawn
    assert drawn.count('type="radio"') == 2


def test_typed_value_is_kept() -> None:
    assert 'value="Ana"' in draw("{% field form.first %}", form=SampleForm({"first": "Ana"}))


def test_job_stops_asking_when_done() -> None:
    done = draw(
        '{% job state="done" done=3 total=3 label="Anexele sunt gata" url="/j" result_url="/r" '
        'result_label="Descărcați" %}'
    )
    assert "hx-get" not in done
    assert 'href="/r"' in done
