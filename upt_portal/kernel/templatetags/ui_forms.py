"""Components for forms, uploads and waiting. Load with {% load ui %} or as built in; write <form novalidate>.

{% error_summary form [other forms…] %}                     top of the page, takes focus; else nothing
{% field form.email [hint=] [label=] [width=4|8|13|20] [autocomplete=] [inputmode=]
   [aside_url= aside_label=] %}
   text, select, text area, box, boxes, radios, file: the widget decides; hint defaults to help_text
{% actions %}buttons{% endactions %}                         the row of buttons under a form
{% upload form.file [hint=] %}                               file field with what is allowed
{% file_row name= [url=] [detail=] [replace_url=] [state=] %}   a file already there
{% progress done= total= label= [words=] [stop_url=] %}
{% job state= done= total= label= url= [result_url=] [result_label=] %}   polled while queued or running
{% language_switch current= next= %}   {% theme_switch current= next= %}
"""

from typing import Any

from django import forms, template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
WAITING = frozenset({"queued", "running"})


def _draw(component: str, /, **context: Any) -> SafeString:
    return mark_safe(render_to_string(f"components/{component}.html", context).strip())


def _shape(bound: forms.BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "box"
    if isinstance(widget, forms.FileInput):
        return "file"
    return "line"


def _target(bound: forms.BoundField) -> str:
    """The id that a link of the error summary leads to."""
    return f"{bound.auto_id}_0" if _shape(bound) == "choices" else str(bound.auto_id)


def _described_by(bound: forms.BoundField, hint: str) -> str:
    hint_id = [f"{bound.auto_id}-hint"] if hint else []
    error_id = [f"{bound.auto_id}-error"] if bound.errors else []
    return " ".join(hint_id + error_id)


@register.simple_tag
def field(
    bound: forms.BoundField,
    *,
    hint: str | None = None,
    label: str = "",
    width: int = 0,
    autocomplete: str = "",
    inputmode: str = "",
    aside_url: str = "",
    aside_label: str = "",
) -> SafeString:
    """A field with its label, hint and error.

    width: in characters, when the answer has a known length. hint: None takes the form's help text, "" none.
    """
    if not isinstance(bound, forms.BoundField):
        raise TypeError(f"field takes a field of a form, not {bound!r}")
    if bound.is_hidden:
        return mark_safe(str(bound))
    words = str(bound.help_text) if hint is None else hint
    attrs: dict[str, str | bool] = {"class": f"input w-{width}" if width else "input"}
    described = _described_by(bound, words)
    given = {"aria-describedby": described, "autocomplete": autocomplete, "inputmode": inputmode}
    attrs |= {name: value for name, value in given.items() if value}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    if "placeholder" in bound.field.widget.attrs:  # a library's; the label says it and stays in sight
        attrs["placeholder"] = ""
    shape = _shape(bound)
    if shape in {"box", "choices"}:
        attrs["class"] = "tick"
    return _draw(
        "field", bound=bound, shape=shape, hint=words, label=label or bound.label, described=described,
        widget=bound.as_widget(attrs=attrs), aside_url=aside_url, aside_label=aside_label,
    )  # fmt: skip


@register.simple_tag
def error_summary(*bound_forms: forms.BaseForm) -> SafeString:
    """Every error of the forms, as links to their fields; empty when there is none."""
    problems: list[tuple[str, str]] = []
    for form in bound_forms:
        if not form or not form.is_bound:
            continue
        problems += [("", str(error)) for error in form.non_field_errors()]
        problems += [(_target(bound), str(error)) for bound in form for error in bound.errors]
    if not problems:
        return mark_safe("")
    return _draw("error_summary", problems=problems)


@register.simple_block_tag
def actions(content: SafeString) -> SafeString:
    return format_html('<div class="actions-row">{}</div>', content)


@register.simple_tag
def upload(bound: forms.BoundField, *, hint: str = "") -> SafeString:
    described = _described_by(bound, "always")
    attrs: dict[str, str | bool] = {
        "class": "input",
        "accept": ".pdf,.jpg,.jpeg,.png",
        "aria-describedby": described,
    }
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return _draw("upload", bound=bound, hint=hint or bound.help_text, widget=bound.as_widget(attrs=attrs))


@register.simple_tag
def file_row(
    *, name: str, url: str = "", detail: str = "", replace_url: str = "", state: str = ""
) -> SafeString:
    return _draw("file_row", name=name, url=url, detail=detail, replace_url=replace_url, state=state)


@register.simple_tag
def progress(*, done: int, total: int, label: str, words: str = "", stop_url: str = "") -> SafeString:
    return _draw("progress", done=done, total=total, label=label, words=words, stop_url=stop_url)


@register.simple_tag
def job(
    *, state: str, done: int, total: int, label: str, url: str, result_url: str = "", result_label: str = ""
) -> SafeString:
    """Long work that may be left; asks `url` for itself every second while it waits or runs."""
    waiting = state in WAITING
    return _draw("job", **locals())


@register.simple_tag(takes_context=True)
def language_switch(context: dict[str, Any], *, current: str, next: str) -> SafeString:
    return _draw("language_switch", current=current, next=next, csrf_token=context.get("csrf_token", ""))


@register.simple_tag(takes_context=True)
def theme_switch(context: dict[str, Any], *, current: str, next: str) -> SafeString:
    return _draw("theme_switch", current=current, next=next, csrf_token=context.get("csrf_token", ""))
