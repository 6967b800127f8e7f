"""What a dossier says, in the shape in which the rules want it; the same for candidate and office."""

import calendar
from datetime import date

from admissions import parameters
from admissions.models import (
    Campaign,
    Candidate,
    Clarification,
    ClarificationItem,
    Dossier,
    DossierDocument,
    ProcessingFee,
    StudyLevel,
    StudyRecord,
)
from admissions.queries import figures
from admissions.rules import eligibility, papers
from admissions.rules.states import Cycle
from admissions.workflow.smaller import FeeState
from upt_portal.kernel.answers import Answer


def earlier(candidate: Candidate, campaign: Campaign) -> list[eligibility.Earlier]:
    """The candidate's dossiers of the campaign, the first opened first (ADM-034)."""
    rows = (
        Dossier.objects.filter(candidate=candidate, campaign=campaign)
        .select_related("offer__programme")
        .order_by("pk")
    )
    return [
        eligibility.Earlier(row.state, row.kind, row.offer.programme.code, row.offer.programme.name)
        for row in rows
    ]


def graduation_of(study: StudyRecord) -> eligibility.Graduation | None:
    """When the studies ended: a day, or the month that is known; None when not entered."""
    if (day := study.graduated_on) is None:
        return None
    if not study.month_only:
        return eligibility.Graduation(day, day)
    last = calendar.monthrange(day.year, day.month)[1]
    return eligibility.Graduation(day.replace(day=1), day.replace(day=last))


def last_study(dossier: Dossier, studies: list[StudyRecord]) -> StudyRecord | None:
    """The record of the degree that the cycle asks for last."""
    master = dossier.offer.programme.cycle == Cycle.MASTER
    level = StudyLevel.BACHELOR if master else StudyLevel.SECONDARY
    return next((study for study in studies if study.level == level), None)


def paper_facts(dossier: Dossier, on: date) -> papers.Facts:
    """What decides which documents the dossier needs, on a day (ADM-061)."""
    studies = list(dossier.studies.all())
    last = last_study(dossier, studies)
    fee = ProcessingFee.objects.filter(dossier=dossier).first()
    return papers.Facts(
        cycle=dossier.offer.programme.cycle,
        diploma_issued=last is None or last.issued,
        graduation=graduation_of(last) if last else None,
        submitted_on=on,
        current_from=figures.current_graduates_from(dossier.campaign, on),
        name_changed=dossier.name_changed,
        issued_in=frozenset(study.country for study in studies if study.country),
        fee_waived=fee is not None and fee.state == FeeState.WAIVED,
        by_proxy=dossier.by_proxy,
    )


def current_documents(dossier: Dossier) -> dict[str, DossierDocument]:
    """The current version of each document, by type."""
    rows = DossierDocument.objects.filter(dossier=dossier, current=True).select_related(
        "original", "translation", "back"
    )
    return {row.kind: row for row in rows}


def fits(document: DossierDocument, accepted: frozenset[str]) -> Answer:
    """Whether the slots of a document are filled as wanted: translation, both sides (ADM-063, ADM-064)."""
    if document.kind == papers.DocumentType.NIGERIA_CARD:
        pages = sum(file.pages for file in (document.original, document.back) if file is not None)
        return papers.check_result_card(pages)
    if document.original is None:
        return Answer(document.waived_at is not None)
    language = document.translation_language if document.translation_id else None
    return papers.check_translation(document.kind, document.language, language, accepted)


def uploaded(dossier: Dossier, on: date) -> frozenset[str]:
    """Types with a file in each slot they need, waived ones included (ADM-060)."""
    accepted = figures.codes(parameters.TRANSLATION_LANGUAGES, dossier.campaign, on)
    return frozenset(
        kind
        for kind, row in current_documents(dossier).items()
        if row.waived_at is not None or fits(row, accepted)
    )


def required(dossier: Dossier, on: date) -> tuple[papers.DocumentType, ...]:
    """The documents the dossier needs, in the order of the list."""
    return papers.required_set(paper_facts(dossier, on))


def asked_for(dossier: Dossier) -> frozenset[str]:
    """Types of documents in the open clarification (ADM-069)."""
    return frozenset(
        ClarificationItem.objects.filter(
            clarification__dossier=dossier,
            clarification__answered_at__isnull=True,
            clarification__closed_at__isnull=True,
            kind=ClarificationItem.Kind.DOCUMENT,
        ).values_list("document_kind", flat=True)
    )


def open_clarification(dossier: Dossier) -> Clarification | None:
    """The question that awaits its answer."""
    return Clarification.objects.filter(
        dossier=dossier, answered_at__isnull=True, closed_at__isnull=True
    ).first()
