"""Components of contracts, documents and money. They load with `ui`.

Contract
  {% free_list %}{% free_row name= value= label= [checked=] detail= sum= [arithmetic=] [reason=] [article=]
     [article_url=] [unticked=] [unticked_article=] [unticked_url=] [disabled=False] %}{% endfree_list %}
  {% locked_rows rows=[LockedRow] caption= %}
  {% totals figures=[Figure] total= total_label= [button=] [form=] [url=] [recalculate=] [id="totals"] %}
     second line{% endtotals %}   htmx answers with the same figures, total, total_label in totals_figures
Documents and money
  {% document_card title= [state=] [state_label=] [meta=] [url=] [url_label=] [small=False] %}…
     {% enddocument_card %}
  {% page_strip pages=[PageThumb] %}
  {% summary %}{% summary_row label= [url=] [action=] %}value{% endsummary_row %}{% endsummary %}
  {% receipt payee= sum= [state="paid"] %}summary{% endreceipt %}
  {% data_table caption= [show_caption=False] [cards=False] [scrolls=False] %}
     thead, tbody, tfoot{% enddata_table %}
     cells: class "num" right, "zero" muted, "strong" 600, "sub" second line; with cards give td data-label
"""

from collections.abc import Sequence
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from upt_portal.kernel import page

register = template.Library()


def _draw(component: str, /, **context: Any) -> SafeString:
    return mark_safe(render_to_string(f"components/{component}.html", context).strip())


# ---- contract --------------------------------------------------------------------------------------


@register.simple_block_tag
def free_list(content: SafeString) -> SafeString:
    return format_html('<ul class="list frees">{}</ul>', content)


@register.simple_tag
def free_row(
    *,
    name: str,
    value: str | int,
    label: str,
    detail: str,
    sum: str,
    checked: bool = False,
    arithmetic: str = "",
    reason: str = "",
    unticked: str = "",
    article: str = "",
    article_url: str = "",
    unticked_article: str = "",
    unticked_url: str = "",
    disabled: bool = False,
) -> SafeString:
    """A discipline that may be left out. unticked: what follows from that, shown in place of `reason`,
    with an article of its own."""
    return _draw("free_row", **locals())


@register.simple_tag
def locked_rows(*, rows: Sequence[page.LockedRow], caption: str) -> SafeString:
    return _draw("locked_rows", rows=rows, caption=caption)


@register.simple_block_tag
def totals(
    content: SafeString,
    *,
    figures: Sequence[page.Figure],
    total: str,
    total_label: str,
    button: str = "",
    url: str = "",
    form: str = "",
    busy: str = "",
    recalculate: str = "",
    id: str = "totals",
) -> SafeString:
    """The bar that stays at the bottom. recalculate: value of the button "act" for readers without script."""
    return _draw("totals", **locals())


@register.simple_block_tag
def totals_figures(
    content: SafeString, *, figures: Sequence[page.Figure], total: str, total_label: str
) -> SafeString:
    """What htmx puts inside `#totals` after a tick: the element stays, so the change is announced once."""
    return _draw("totals_figures", content=content, figures=figures, total=total, total_label=total_label)


# ---- documents and money ---------------------------------------------------------------------------


@register.simple_block_tag
def document_card(
    content: SafeString,
    *,
    title: str,
    state: str = "",
    state_label: str = "",
    meta: str = "",
    url: str = "",
    url_label: str = "",
    small: bool = False,
) -> SafeString:
    return _draw("document_card", **locals())


@register.simple_tag
def page_strip(*, pages: Sequence[page.PageThumb]) -> SafeString:
    return _draw("page_strip", pages=pages)


@register.simple_block_tag
def summary(content: SafeString) -> SafeString:
    return format_html('<dl class="facts">{}</dl>', content)


@register.simple_block_tag
def summary_row(content: SafeString, *, label: str, url: str = "", action: str = "") -> SafeString:
    return _draw("summary_row", content=content, label=label, url=url, action=action)


@register.simple_block_tag
def receipt(content: SafeString, *, payee: str, sum: str, state: str = "paid") -> SafeString:
    return _draw("receipt", content=content, payee=payee, sum=sum, state=state)


@register.simple_block_tag
def data_table(
    content: SafeString,
    *,
    caption: str,
    show_caption: bool = False,
    cards: bool = False,
    scrolls: bool = False,
) -> SafeString:
    """cards: on the phone each row becomes a card; its cells carry data-label.

    scrolls: a wide table of the staff, which a narrow screen scrolls; the keyboard reaches it for that.
    """
    return _draw("data_table", **locals())
