"""The public pages of admissions: what anybody may read before opening an account (ADM-015, ADM-016)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from admissions import parameters
from admissions.forms.public import CYCLES, KINDS, DocumentsForm, LanguageForm
from admissions.models import Campaign
from admissions.queries import checking, figures, public
from admissions.rules import language, papers
from admissions.rules.eligibility import certificate_serves
from admissions.rules.states import Cycle
from admissions.workflow.smaller import CampaignState
from upt_portal.kernel import clock
from upt_portal.kernel.page import Pill, Tab
from upt_portal.kernel.params import Parameter

#: What names the pages, in the order of the tabs.
PAGES = {
    "campaign": gettext_lazy("Calendar"),
    "programmes": gettext_lazy("Programmes"),
    "documents": gettext_lazy("Documents"),
    "language": gettext_lazy("Language"),
    "preparatory": gettext_lazy("Preparatory year"),
    "payment": gettext_lazy("Payment"),
    "refunds": gettext_lazy("Refund"),
    "legal": gettext_lazy("Legal basis"),
}
#: Languages of teaching in words.
TAUGHT = {
    "ro": gettext_lazy("Romanian"),
    "en": gettext_lazy("English"),
    "de": gettext_lazy("German"),
    "fr": gettext_lazy("French"),
}


@dataclass(frozen=True)
class Place:
    """The campaign that the page tells of, None when none is published, and the day."""

    campaign: Campaign | None
    all: list[Campaign]
    today: date

    def text(self, parameter: Parameter[Any]) -> Any:
        """A figure of this campaign, or the university's."""
        if self.campaign is None:
            return parameter.on(self.today)
        return figures.figure(parameter, self.campaign, self.today)


def _place(request: HttpRequest) -> Place:
    """The campaign asked for by its year, else the newest open one, else the newest."""
    known, asked = public.campaigns(), request.GET.get("year", "")
    if asked:
        found = [one for one in known if str(one.start_year) == asked]
        if not found:
            raise Http404
        return Place(found[0], known, clock.today())
    open_ones = [one for one in known if one.state == CampaignState.OPEN]
    return Place(next(iter(open_ones or known), None), known, clock.today())


def _show(request: HttpRequest, page: str, place: Place, context: dict[str, Any]) -> HttpResponse:
    chosen = f"?year={place.campaign.start_year}" if place.campaign and request.GET.get("year") else ""
    return render(
        request,
        f"admissions/public/{page}.html",
        {
            "campaign": place.campaign,
            "tabs": [
                Tab(str(label), reverse(f"admissions:{name}") + chosen, current=name == page)
                for name, label in PAGES.items()
            ],
            "office": place.text(parameters.DRI_OFFICE),
            "office_mail": place.text(parameters.DRI_EMAIL),
            "site": place.text(parameters.OFFICIAL_SITE),
            "today": place.today,
            **context,
        },
    )


@require_safe
def campaign(request: HttpRequest) -> HttpResponse:
    """The calendar of a campaign: every period and every change of it with its date and reason (ADM-012)."""
    place, now = _place(request), clock.now()
    rows = public.periods(place.campaign, now) if place.campaign else []
    return _show(
        request,
        "campaign",
        place,
        {
            "periods": rows,
            "changes": sorted(
                ((row, change) for row in rows for change in row.changes),
                key=lambda pair: pair[1].at,
                reverse=True,
            ),
            "fee": place.text(parameters.PROCESSING_FEE_EUR),
            "years": [
                Pill(str(one), f"?year={one.start_year}", current=one == place.campaign) for one in place.all
            ]
            if len(place.all) > 1
            else [],
        },
    )


@require_safe
def programmes(request: HttpRequest) -> HttpResponse:
    """The offered programmes by cycle, faculty and language, with tuition and the proof of language."""
    place = _place(request)
    context: dict[str, Any] = {"rows": [], "faculties": [], "languages": [], "cycles": CYCLES}
    if place.campaign is not None:
        cycle, faculty, taught = (request.GET.get(name, "")[:12] for name in ("cycle", "faculty", "taught"))
        spoken = public.languages(place.campaign)
        cycle = cycle if cycle in dict(CYCLES) else ""
        taught = taught if taught in {*spoken, public.FOREIGN} else ""
        rows = public.offered(place.campaign, clock.now(), cycle=cycle, faculty=faculty, taught=taught)
        context = {
            "rows": [
                {
                    "offered": row,
                    "language": TAUGHT.get(row.offer.programme.language, row.offer.programme.language),
                    "proofs": [KINDS[kind] for kind in row.proofs],
                }
                for row in rows
            ],
            "faculties": public.faculties(place.campaign),
            "languages": [(code, TAUGHT.get(code, code)) for code in spoken],
            "foreign": public.FOREIGN,
            "cycles": CYCLES,
            "chosen": {"cycle": cycle, "faculty": faculty, "taught": taught},
        }
    return _show(request, "programmes", place, context)


@require_safe
def documents(request: HttpRequest) -> HttpResponse:
    """Which documents a case needs, by the rule that the dossier itself obeys (ADM-060, ADM-061)."""
    place = _place(request)
    asked = bool(request.GET.get("cycle"))
    form = DocumentsForm(request.GET if asked else None)
    context: dict[str, Any] = {"form": form, "rows": [], "year_asked": request.GET.get("year", "")}
    if place.campaign is not None and asked and form.is_valid():
        first_day = figures.current_graduates_from(place.campaign, place.today)
        facts = form.facts(place.today, first_day)
        context["rows"] = [
            {
                "letter": papers.PAPERS[kind].letter(facts.cycle),
                "title": papers.PAPERS[kind].title,
                "translated": papers.PAPERS[kind].translated,
                "annex": _annex(kind, facts.cycle),
            }
            for kind in papers.required_set(facts)
        ]
        if not facts.diploma_issued and facts.graduation:
            context["certificate"] = certificate_serves(
                facts.graduation, place.today, first_day=first_day, diploma_issued=False, lists_results=True
            )
    context["languages"] = [
        TAUGHT.get(code, code) for code in place.text(parameters.TRANSLATION_LANGUAGES).split()
    ]
    context["most_mb"] = place.text(parameters.UPLOAD_MAX_MB)
    return _show(request, "documents", place, context)


def _annex(kind: papers.DocumentType, cycle: str) -> str:
    if kind != papers.DocumentType.GDPR_CONSENT:
        return ""
    return _("Annex 9") if cycle == Cycle.MASTER else _("Annex 7")


@require_safe
def language_proof(request: HttpRequest) -> HttpResponse:
    """Whether what a candidate has proves the language of the programme, by the rule of the dossier."""
    place = _place(request)
    context: dict[str, Any] = {"year_asked": request.GET.get("year", "")}
    if place.campaign is not None:
        needed = checking.language_figures(place.campaign, place.today)
        asked = bool(request.GET.get("taught"))
        form = LanguageForm(request.GET if asked else None, tests=dict(needed.tests))
        context |= {
            "form": form,
            "figures": needed,
            "tests": [name.replace("_", " ") for name in needed.tests],
        }
        if asked and form.is_valid():
            taught = form.cleaned_data["taught"]
            spoken = language.ROMANIAN if taught == language.ROMANIAN else "en"
            context["answer"] = language.may_submit(form.proofs(spoken), spoken, needed)
            context["romanian"] = spoken == language.ROMANIAN
    return _show(request, "language", place, context)


@require_safe
def preparatory(request: HttpRequest) -> HttpResponse:
    """The preparatory year of Romanian, for whom it is and its fields (ADM-074, Annex 4)."""
    return _show(request, "preparatory", _place(request), {"fields": public.preparatory_fields()})


@require_safe
def payment(request: HttpRequest) -> HttpResponse:
    """The account for the processing fee and the tuition, and what each covers (ADM-080 to ADM-086)."""
    place = _place(request)
    return _show(
        request,
        "payment",
        place,
        {
            "fee": place.text(parameters.PROCESSING_FEE_EUR),
            "details": [part.strip() for part in place.text(parameters.PAYMENT_DETAILS).split(";")],
            "tuition_days": place.text(parameters.TUITION_DAYS),
        },
    )


@require_safe
def refunds(request: HttpRequest) -> HttpResponse:
    """When tuition is returned, until when it is asked for and what is kept (Art. 22-24)."""
    place = _place(request)
    caps = figures.year_terms(place.campaign, place.today) if place.campaign else None
    return _show(
        request,
        "refunds",
        place,
        {
            "caps": caps,
            "visa_days": place.text(parameters.VISA_APPLY_DAYS),
            "notice_days": place.text(parameters.REFUSAL_NOTICE_DAYS),
            "refund_days": place.text(parameters.REFUND_VISA_DAYS),
            "event_days": place.text(parameters.REFUND_FM_DAYS),
            "completion_days": place.text(parameters.REFUND_COMPLETION_DAYS),
        },
    )


@require_safe
def legal(request: HttpRequest) -> HttpResponse:
    """The acts the procedure rests on, the office, and where the Interlingua test is announced (ADM-016)."""
    return _show(request, "legal", _place(request), {})
