"""The components of the pages. Every argument is keyword-only; a wrong or missing one is a template error.

Both this library and `formats` are built in: no {% load %} is needed. Text is escaped; a value that is markup
must be a SafeString. Row objects are the dataclasses of `kernel.page`. Tags with an end are marked "…".

Words and links
  {% icon name="clock" %}                               one drawing, hidden from readers (names: kernel.icons)
  {% link label= url= [icon=] [hidden=] [download=False] %}   with its drawing; hidden= words for readers only
  {% button label= [url=] [kind="main"|"secondary"|"danger"|"quiet"|"hero"] [icon=] [key=] [name=] [value=]
            [form=] [formaction=] [wide=False] [hidden=] [busy=] %}   a link when url is given, else submits
  {% key "v" %}                                               a key of the keyboard
  {% state code="sent" [label=] [n=] %}                       status of the dictionary (codes: kernel.status)
  {% tag label= tone="todo|prog|wait|fix|ok|mute|plain" [icon=] %}   the same shape with free words
  {% reason article= [url=] %}why{% endreason %}              § with the article, linked
  {% crumbs items=[Crumb] %}   {% back url= [label=] %}
Blocks
  {% panel [title=] [level=2] [id=] [tight=False] %}…{% endpanel %}
  {% note tone="fix|wait|ok|todo" title= [level=2] [icon=] [role=] %}…{% endnote %}
  {% next_step title= button= url= [due=] [label=] [sum=] [icon=] [aside=] [lamp=True] [post=False] %}why
     {% endnext_step %}
  {% empty title= %}one line{% endempty %}
  {% too_late title= due= [label=] %}the story, panels, reason{% endtoo_late %}   starts with the h1
  {% details label= [open=False] %}…{% enddetails %}          opens and closes without script
Tasks and deadlines
  {% task_group title= count= [id=] [closed_label=] %}task rows{% endtask_group %}
  {% task_row title= [url=] [hint=] [state=] [label=] [due=] %}
  {% tile due= [on_hero=False] %}   {% chip due= %}   {% due_words due= %} tile with words
  {% due_list %}{% due_row title= due= [note=] [url=] %}{% enddue_list %}
Progress
  {% stages items=[Stage] [more_url=] %}   {% timeline items=[TimelineItem] [lamp=False] %}
  {% tabs items=[Tab] label= %}   {% pills items=[Pill] label= %}   {% attempts items=[Attempt] %}
Contract, documents, money (ui_cases), forms and waiting (ui_forms), staff pages (ui_staff) are listed at the
top of those modules and load with this one.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from upt_portal.kernel import clock, dates, page
from upt_portal.kernel.icons import PATHS
from upt_portal.kernel.status import STATUSES
from upt_portal.kernel.templatetags import ui_cases, ui_forms, ui_staff
from upt_portal.kernel.templatetags.formats import language

register = template.Library()
for _part in (ui_cases, ui_forms, ui_staff):
    register.tags.update(_part.register.tags)

Day = date | datetime
SOON = 7  # days; from here on a deadline is drawn as near
TONES = frozenset({"todo", "prog", "wait", "fix", "ok", "mute", "plain"})
KINDS = frozenset({"main", "secondary", "danger", "quiet", "hero"})
NOTE_ICONS = {"fix": "triangle", "wait": "clock", "ok": "check", "todo": "info"}


def _draw(component: str, /, **context: Any) -> SafeString:
    return mark_safe(render_to_string(f"components/{component}.html", context).strip())


# ---- words and links -------------------------------------------------------------------------------


@register.simple_tag
def icon(*, name: str) -> SafeString:
    """One drawing; hidden from readers because words always stand beside it."""
    if not name:
        return mark_safe("")
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{}"/></svg>',
        PATHS[name],
    )


@register.simple_tag
def link(*, label: str, url: str, icon: str = "", hidden: str = "", download: bool = False) -> SafeString:
    return _draw("link", label=label, url=url, icon=icon, hidden=hidden, download=download)


@register.simple_tag
def button(
    *,
    label: str,
    url: str = "",
    kind: str = "main",
    icon: str = "",
    key: str = "",
    name: str = "",
    value: str = "",
    form: str = "",
    formaction: str = "",
    wide: bool = False,
    hidden: str = "",
    busy: str = "",
) -> SafeString:
    """A link with the shape of a button when it has an address, else a submit button.

    busy: words shown from the moment of submitting until the next page ("Sending…").
    """
    if kind not in KINDS:
        raise ValueError(f"a button is one of {sorted(KINDS)}, not {kind!r}")
    return _draw("button", **locals())


@register.simple_tag
def key(letter: str) -> SafeString:
    return format_html('<kbd class="key">{}</kbd>', letter)


@register.simple_tag
def state(*, code: str, label: str = "", n: int | None = None) -> SafeString:
    """The status in the words of the dictionary; `label` only when the room has a more exact word."""
    status = STATUSES[code]
    if status.tone == "none":
        return mark_safe("")
    words = label or str(status.label)
    return tag(
        label=words.replace("{n}", str(n)) if n is not None else words, tone=status.tone, icon=status.icon
    )


@register.simple_tag
def tag(*, label: str, tone: str, icon: str = "") -> SafeString:
    if tone not in TONES:
        raise ValueError(f"a tag is one of {sorted(TONES)}, not {tone!r}")
    return _draw("tag", label=label, tone=tone, icon=icon)


@register.simple_block_tag
def reason(content: SafeString, *, article: str = "", url: str = "") -> SafeString:
    return _draw("reason", content=content, article=article, url=url)


@register.simple_tag
def crumbs(*, items: Sequence[page.Crumb]) -> SafeString:
    return _draw("crumbs", items=items)


@register.simple_tag
def back(*, url: str, label: str = "") -> SafeString:
    return _draw("back", url=url, label=label or gettext("Back"))


@register.simple_tag
def printed_on() -> SafeString:
    """The day at the foot of a printed page; hidden on screen."""
    words = gettext("Printed on %(day)s") % {"day": dates.day_long(clock.today(), language())}
    return format_html('<p class="printed">{}</p>', words)


# ---- blocks ----------------------------------------------------------------------------------------


@register.simple_block_tag
def panel(
    content: SafeString, *, title: str = "", level: int = 2, id: str = "", tight: bool = False
) -> SafeString:
    return _draw("panel", content=content, title=title, level=level, id=id, tight=tight)


@register.simple_block_tag
def note(
    content: SafeString, *, tone: str, title: str, level: int = 2, icon: str = "", role: str = ""
) -> SafeString:
    drawing = icon or NOTE_ICONS[tone]
    return _draw("note", content=content, tone=tone, title=title, level=level, icon=drawing, role=role)


@register.simple_block_tag(takes_context=True)
def next_step(
    context: dict[str, Any],
    content: SafeString,
    *,
    title: str,
    button: str,
    url: str,
    due: Day | None = None,
    label: str = "",
    sum: str = "",
    icon: str = "chevron-right",
    aside: str = "",
    lamp: bool = True,
    post: bool = False,
) -> SafeString:
    """The one green card. lamp: False on a page that has a stage line. post: the button acts, with csrf."""
    words = label or gettext("Next step")
    return _draw(
        "next_step", content=content, title=title, button=button, url=url, due=due, label=words, sum=sum,
        icon=icon, aside=aside, lamp=lamp, post=post, csrf_token=context.get("csrf_token", ""),
    )  # fmt: skip


@register.simple_block_tag
def empty(content: SafeString, *, title: str) -> SafeString:
    return _draw("empty", content=content, title=title)


@register.simple_block_tag
def too_late(content: SafeString, *, title: str, due: Day | None = None) -> SafeString:
    return _draw("too_late", content=content, title=title, due=due)


@register.simple_block_tag
def details(content: SafeString, *, label: str, open: bool = False) -> SafeString:
    return _draw("details", content=content, label=label, open=open)


# ---- tasks and deadlines ---------------------------------------------------------------------------


@register.simple_block_tag
def task_group(
    content: SafeString, *, title: str, count: int, id: str = "", closed_label: str = ""
) -> SafeString:
    """closed_label: words of the closed group ("Show the 4 done"); empty leaves the group open."""
    return _draw("task_group", content=content, title=title, count=count, id=id, closed_label=closed_label)


@register.simple_tag
def task_row(
    *, title: str, url: str = "", hint: str = "", state: str = "", label: str = "", due: Day | None = None
) -> SafeString:
    return _draw("task_row", title=title, url=url, hint=hint, state=state, label=label, due=due)


def _urgency(due: Day) -> str:
    if dates.has_passed(clock.now(), due):
        return "late"
    return "soon" if dates.days_between(clock.today(), due) <= SOON else "calm"


@register.simple_tag
def tile(*, due: Day, on_hero: bool = False) -> SafeString:
    """The calendar leaf; always beside the date in words, hence hidden from readers."""
    return format_html(
        '<span class="tile tile-{}" aria-hidden="true"><span>{}</span><b>{}</b></span>',
        "lamp" if on_hero else _urgency(due), dates.short_month(due, language()), dates.local(due)[0].day,
    )  # fmt: skip


@register.simple_tag
def chip(*, due: Day) -> SafeString:
    return _draw("chip", due=due, urgency=_urgency(due))


@register.simple_tag
def due_words(*, due: Day, on_hero: bool = False) -> SafeString:
    return _draw("due_words", due=due, on_hero=on_hero)


@register.simple_block_tag
def due_list(content: SafeString) -> SafeString:
    return format_html('<ul class="dues">{}</ul>', content)


@register.simple_tag
def due_row(*, title: str, due: Day, note: str = "", url: str = "") -> SafeString:
    return _draw("due_row", title=title, due=due, note=note, url=url)


# ---- progress --------------------------------------------------------------------------------------


@register.simple_tag
def stages(*, items: Sequence[page.Stage], more_url: str = "") -> SafeString:
    now = next((place for place, stage in enumerate(items) if stage.state == "now"), None)
    current = items[now] if now is not None else None
    after = items[now + 1] if now is not None and now + 1 < len(items) else None
    number = (current.number if current else 0) or (now or 0) + 1
    return _draw(
        "stages",
        items=items,
        current=current,
        after=after,
        number=number,
        total=max((stage.number for stage in items), default=0) or len(items),
        more_url=more_url,
    )


@register.simple_tag
def timeline(*, items: Sequence[page.TimelineItem], lamp: bool = False) -> SafeString:
    return _draw("timeline", items=items, lamp=lamp)


@register.simple_tag
def tabs(*, items: Sequence[page.Tab], label: str) -> SafeString:
    return _draw("tabs", items=items, label=label)


@register.simple_tag
def pills(*, items: Sequence[page.Pill], label: str) -> SafeString:
    return _draw("pills", items=items, label=label)


@register.simple_tag
def attempts(*, items: Sequence[page.Attempt]) -> SafeString:
    return _draw("attempts", items=items)
