"""Components of the staff pages: queues and the review workspace. They load with `ui`.

{% queue_head title= [meta=] [next_url=] [next_label=] %}
{% search_box [value=] label= [name="q"] [url=""] %}          focused by /
{% bulk words= %}buttons{% endbulk %}                         strip over the table, inside the same form
{% queue_table caption= columns=[str] [selectable=True] %}queue rows{% endqueue_table %}
{% queue_row id= url= who= cells=[str] seen= [tone="plain"] [icon="check"] [claimed=] [selected=]
   [selectable=True] %}
{% review_bar back_url= who= [meta=] [place=] [total=] [due=] [next_url=] %}
{% review %}…{% endreview %} holds, in this order:
   {% review_thumbs pages=[PageThumb] current= %}
   {% review_pane title= id= [meta=] [tools=False] [other= other_label=] %}
        {% sheet src= alt= width= height= [marks=[Mark]] %}{% endreview_pane %}
   {% verdict %}…{% review_actions %}buttons{% endreview_actions %}{% endverdict %}
{% check_row label= [detail=] [ok=True] %} inside <ul class="checks">;  {% reasons items=[(digit, words)] %}
{% undo_strip text= url= %}   {% keys_help items=[(key, words)] %}
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from upt_portal.kernel import page

register = template.Library()


def _draw(component: str, /, **context: Any) -> SafeString:
    return mark_safe(render_to_string(f"components/{component}.html", context).strip())


@register.simple_tag
def queue_head(*, title: str, meta: str = "", next_url: str = "", next_label: str = "") -> SafeString:
    return _draw(
        "queue_head", title=title, meta=meta, next_url=next_url, next_label=next_label or gettext("Next")
    )


@register.simple_tag
def search_box(*, label: str, value: str = "", name: str = "q", url: str = "") -> SafeString:
    return _draw("search_box", label=label, value=value, name=name, url=url)


@register.simple_block_tag
def bulk(content: SafeString, *, words: str) -> SafeString:
    return _draw("bulk", content=content, words=words)


@register.simple_block_tag
def queue_table(
    content: SafeString, *, caption: str, columns: Sequence[str], selectable: bool = True
) -> SafeString:
    return _draw("queue_table", content=content, caption=caption, columns=columns, selectable=selectable)


@register.simple_tag
def queue_row(
    *,
    id: int | str,
    url: str,
    who: str,
    cells: Sequence[str],
    seen: str,
    tone: str = "plain",
    icon: str = "check",
    claimed: str = "",
    selected: bool = False,
    selectable: bool = True,
) -> SafeString:
    """One case of a queue. seen: what the machine saw, with its reason; claimed: who took it."""
    return _draw("queue_row", **locals())


@register.simple_tag
def review_bar(
    *,
    back_url: str,
    who: str,
    meta: str = "",
    place: int = 0,
    total: int = 0,
    due: date | datetime | None = None,
    next_url: str = "",
) -> SafeString:
    return _draw("review_bar", **locals())


@register.simple_block_tag
def review(content: SafeString) -> SafeString:
    return format_html('<div class="review">{}</div>', content)


@register.simple_tag
def review_thumbs(*, pages: Sequence[page.PageThumb], current: int) -> SafeString:
    return _draw("review_thumbs", pages=pages, current=current)


@register.simple_block_tag
def review_pane(
    content: SafeString,
    *,
    title: str,
    id: str,
    meta: str = "",
    tools: bool = False,
    other: str = "",
    other_label: str = "",
) -> SafeString:
    """Half of the split. other: id of the pane that takes its place on a screen too narrow for both."""
    return _draw("review_pane", **locals())


@register.simple_tag
def sheet(*, src: str, alt: str, width: int, height: int, marks: Sequence[page.Mark] = ()) -> SafeString:
    """One page as a picture, found things boxed. width, height, marks: pixels of the picture."""
    size = max(width // 32, 1)
    return _draw(
        "sheet", src=src, alt=alt, width=width, height=height, marks=marks, size=size, edge=size * 0.4
    )


@register.simple_block_tag
def verdict(content: SafeString) -> SafeString:
    return format_html('<section class="verdict">{}</section>', content)


@register.simple_block_tag
def review_actions(content: SafeString) -> SafeString:
    return format_html('<div class="verdict-actions">{}</div>', content)


@register.simple_tag
def check_row(*, label: str, detail: str = "", ok: bool = True) -> SafeString:
    return _draw("check_row", label=label, detail=detail, ok=ok)


@register.simple_tag
def reasons(*, items: Sequence[tuple[str, str]]) -> SafeString:
    return _draw("reasons", items=items)


@register.simple_tag(takes_context=True)
def undo_strip(context: dict[str, Any], *, text: str, url: str) -> SafeString:
    return _draw("undo_strip", text=text, url=url, csrf_token=context.get("csrf_token", ""))


@register.simple_tag
def keys_help(*, items: Sequence[tuple[str, str]]) -> SafeString:
    return _draw("keys_help", items=items)
