"""What the check of a dossier found, in the shape in which the rules want it (ADM-091 to ADM-094)."""

from datetime import date
from decimal import Decimal

from admissions import parameters
from admissions.models import (
    Campaign,
    Condition,
    Dossier,
    LanguageProof,
    ProcessingFee,
    ProofState,
    ProxyMandate,
    Scope,
)
from admissions.queries import dossiers, figures
from admissions.rules import eligibility, language, transmission
from admissions.rules.states import Cycle
from admissions.workflow.smaller import MandateState, Verdict
from upt_portal.kernel.answers import Answer


def language_figures(campaign: Campaign, on: date) -> language.LanguageFigures:
    """What a campaign asks of a proof of language."""
    tests = figures.figure(parameters.LANGUAGE_TESTS, campaign, on).split()
    least = (figures.figure(parameters.LANGUAGE_TEST_MIN_SCORE, campaign, on) or "").split()
    return language.LanguageFigures(
        tests=dict(pair.split(":", 1) for pair in tests),
        consecutive_years=figures.figure(parameters.RO_CONSECUTIVE_YEARS, campaign, on),
        least_level=figures.figure(parameters.RO_MIN_LEVEL, campaign, on),
        foreign_years=figures.figure(parameters.FOREIGN_LANG_YEARS, campaign, on),
        minimum={name: Decimal(score) for name, score in (pair.split(":", 1) for pair in least)},
    )


def proof_of(row: LanguageProof) -> language.Proof:
    """A kept proof as the rules read it."""
    return language.Proof(
        kind=row.kind,
        language=row.language,
        test=row.test,
        passed=row.passed,
        score=row.score,
        level=row.level,
        issuer=row.issuer_class or language.Issuer.OTHER,
        years=tuple(row.years),
        authorised=row.authorised,
        romanian_system=row.romanian_system,
        verified=row.state == ProofState.VERIFIED,
    )


def proofs(dossier: Dossier) -> list[language.Proof]:
    """The proofs that count now; one the office refused does not."""
    rows = LanguageProof.objects.filter(dossier=dossier, current=True).exclude(state=ProofState.REFUSED)
    return [proof_of(row) for row in rows]


def language_for_submission(dossier: Dossier, on: date) -> Answer:
    """Whether the proof of language suffices for submission (ADM-070 to ADM-079)."""
    return language.may_submit(
        proofs(dossier), dossier.offer.programme.language, language_figures(dossier.campaign, on)
    )


def ticks(dossier: Dossier) -> dict[str, bool]:
    """The conditions checked so far."""
    return dict(dossier.ticks.values_list("condition", "holds"))


def eligible(dossier: Dossier) -> Answer:
    """Whether both conditions of the cycle were ticked (ADM-040); the passport belongs to the first."""
    found = ticks(dossier)
    citizenship = _both(found.get(Condition.CITIZENSHIP), found.get(Condition.PASSPORT))
    diploma = found.get(Condition.DIPLOMA)
    cycle = dossier.offer.programme.cycle
    if cycle == Cycle.MASTER:
        diploma = _both(diploma, found.get(Condition.BACHELOR))
    return eligibility.eligible(citizenship=citizenship, diploma=diploma, cycle=cycle)


def _both(one: bool | None, other: bool | None) -> bool | None:
    """No as soon as one is no; unknown while one is."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def checked(dossier: Dossier, on: date) -> transmission.Checked:
    """The dossier as the office has checked it, for the guard of the transmission (ADM-094)."""
    documents = dossiers.current_documents(dossier)
    fee = ProcessingFee.objects.filter(dossier=dossier).first()
    verified = None
    if dossier.by_proxy:
        verified = ProxyMandate.objects.filter(
            dossier=dossier, state=MandateState.VERIFIED, scopes__contains=[Scope.SUBMIT]
        ).exists()
    return transmission.Checked(
        cycle=dossier.offer.programme.cycle,
        required=dossiers.required(dossier, on),
        verdicts={kind: row.verdict for kind, row in documents.items() if row.verdict != Verdict.PENDING},
        eligible=eligible(dossier),
        language=language.may_transmit(
            proofs(dossier), dossier.offer.programme.language, language_figures(dossier.campaign, on)
        ),
        fee=fee.state if fee else "",
        waived=frozenset(kind for kind, row in documents.items() if row.waived_at is not None),
        proxy_verified=verified,
        open_clarification=dossiers.open_clarification(dossier) is not None,
    )
