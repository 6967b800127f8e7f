"""The public pages of the rulebook."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from upt_portal.kernel import clock, overrides, params, rulebook
from upt_portal.kernel.models import ParameterOverride


@dataclass(frozen=True)
class FigureRow:
    """A parameter in force today, somewhere: `where` is empty for the whole university."""

    parameter: params.Parameter[object]
    shown: str
    where: str = ""
    since: date | None = None
    decision: str = ""


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every rule in one line, by rooms."""
    return render(request, "rulebook/index.html", {"chapters": rulebook.chapters()})


@require_safe
def rule(request: HttpRequest, rule: str) -> HttpResponse:
    """One rule: in words, its articles, its figures in force today, its examples."""
    entries = rulebook.entries_of(rule)
    if not entries:
        raise Http404(_("The rulebook has no such rule."))
    parameters = dict.fromkeys(parameter for entry in entries for parameter in entry.parameters)
    context = {"rule": rule, "entries": entries, "figures": _in_force(parameters), "today": clock.today()}
    return render(request, "rulebook/rule.html", context)


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Every parameter with its value in force today."""
    rulebook.load()
    rows = _in_force(sorted(params.PARAMETERS.values(), key=lambda parameter: parameter.name))
    return render(request, "rulebook/figures.html", {"figures": rows, "today": clock.today()})


def _in_force(parameters: Iterable[params.Parameter[object]]) -> list[FigureRow]:
    """The university's value of each parameter, then those of the faculties and so on that differ."""
    day, language, rows = clock.today(), get_language() or "ro", []
    names = dict(ParameterOverride.ScopeKind.choices)
    for parameter in parameters:
        usual = parameter.in_force(day)
        since = usual.decision.first_day if usual.decision else None
        words = usual.decision.decision if usual.decision else ""
        rows.append(FigureRow(parameter, parameter.shown(usual.value, language), "", since, words))
        for kind, ref in sorted({(d.scope_kind, d.scope_ref) for d in overrides.decisions(parameter.name)}):
            here = parameter.in_force(day, params.Scope(**{kind: ref})) if ref else usual
            if here.decision and here.decision.scope_kind != params.UNIVERSITY:
                shown = parameter.shown(here.value, language)
                place = f"{names[kind]} {ref}"
                rows.append(
                    FigureRow(parameter, shown, place, here.decision.first_day, here.decision.decision)
                )
    return rows
