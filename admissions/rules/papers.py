"""The documents of a dossier: their letters, which are needed, translations, forms, waivers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from admissions.rules.eligibility import (
    Diploma,
    Graduation,
    degrees_needed,
    is_current,
    needs_result_card,
    replaceable,
)
from admissions.rules.states import Cycle, State, art, derived
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import Article, cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

LIST: Mapping[str, Article] = {Cycle.BACHELOR: art("art. 8"), Cycle.MASTER: art("art. 11")}


class DocumentType(StrEnum):
    """Types of documents, in the order of the list."""

    APPLICATION_FORM = "application_form"
    BAC_DIPLOMA = "bac_diploma"
    BAC_CERT = "bac_cert"
    BACHELOR_DIPLOMA = "bachelor_diploma"
    BACHELOR_CERT = "bachelor_cert"
    TRANSCRIPTS = "transcripts"
    LANGUAGE_PROOF = "language_proof"
    BIRTH_CERT = "birth_cert"
    NAME_CHANGE = "name_change"
    RESIDENCE_ABROAD = "residence_abroad"
    PASSPORT = "passport"
    MEDICAL = "medical"
    PHOTO = "photo"
    GDPR_CONSENT = "gdpr_consent"
    FEE_PROOF = "fee_proof"
    REFUND_AGREEMENT = "refund_agreement"
    NIGERIA_CARD = "nigeria_card"
    PROXY_MANDATE = "proxy_mandate"


@dataclass(frozen=True)
class Paper:
    """A line of the list. letters: by cycle, "" where the list has none. translated: takes two files."""

    title: Sentence
    bachelor: str = ""
    master: str = ""
    translated: bool = False

    def letter(self, cycle: str) -> str:
        return self.master if cycle == Cycle.MASTER else self.bachelor


T = DocumentType
PAPERS: Mapping[DocumentType, Paper] = {
    T.APPLICATION_FORM: Paper(_("request for the acceptance letter (Annex 6)"), "a", "a"),
    T.BAC_DIPLOMA: Paper(_("baccalaureate diploma or its equivalent"), "b", "b", translated=True),
    T.BAC_CERT: Paper(_("certificate of having passed the baccalaureate"), "c", "", translated=True),
    T.BACHELOR_DIPLOMA: Paper(_("bachelor diploma or its equivalent"), "", "c", translated=True),
    T.BACHELOR_CERT: Paper(
        _("certificate of having passed the bachelor examination"), "", "d", translated=True
    ),
    T.TRANSCRIPTS: Paper(_("transcripts or diploma supplements"), "d", "e", translated=True),
    T.LANGUAGE_PROOF: Paper(_("proof of the teaching language"), "e", "f"),
    T.BIRTH_CERT: Paper(_("birth certificate"), "f", "g", translated=True),
    T.NAME_CHANGE: Paper(
        _("marriage certificate or other proof of a changed name"), "g", "h", translated=True
    ),
    T.RESIDENCE_ABROAD: Paper(_("proof of permanent residence abroad"), "h", "i"),
    T.PASSPORT: Paper(_("passport"), "i", "j"),
    T.MEDICAL: Paper(_("medical certificate"), "j", "k"),
    T.PHOTO: Paper(_("passport-type photograph"), "k", "l"),
    T.GDPR_CONSENT: Paper(_("consent to the use of personal data"), "l", "m"),
    T.FEE_PROOF: Paper(_("proof of the processing fee"), "m", "n"),
    T.REFUND_AGREEMENT: Paper(_("agreement on the refund conditions (Annex 12)"), "n", "o"),
    T.NIGERIA_CARD: Paper(_("NECO result card or WAEC scratch card, both sides")),
    T.PROXY_MANDATE: Paper(_("notarial mandate of the proxy")),
}

#: Of each degree its diploma and the certificate that may stand in for it.
_DEGREES = {
    Diploma.BACCALAUREATE: (T.BAC_DIPLOMA, T.BAC_CERT),
    Diploma.BACHELOR: (T.BACHELOR_DIPLOMA, T.BACHELOR_CERT),
}
#: Their translation must be in one of the accepted languages.
DIPLOMAS = frozenset({T.BAC_DIPLOMA, T.BAC_CERT, T.BACHELOR_DIPLOMA, T.BACHELOR_CERT})
_ALWAYS = frozenset(
    {
        T.APPLICATION_FORM, T.TRANSCRIPTS, T.LANGUAGE_PROOF, T.BIRTH_CERT, T.RESIDENCE_ABROAD, T.PASSPORT,
        T.MEDICAL, T.PHOTO, T.GDPR_CONSENT, T.REFUND_AGREEMENT,
    }
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What decides which documents a dossier needs (ADM-061).

    diploma_issued: of the last degree the cycle asks for. graduation: of that degree, None when not entered.
    submitted_on: day of submission, today for a draft. current_from: see `eligibility.current_from`.
    issued_in: countries of diplomas and of the certificates that replace them.
    """

    cycle: str
    diploma_issued: bool
    graduation: Graduation | None
    submitted_on: date
    current_from: date
    name_changed: bool = False
    issued_in: frozenset[str] = field(default_factory=frozenset)
    fee_waived: bool = False
    by_proxy: bool = False


@cites(
    *LIST.values(),
    rule=("ADM-061", "ADM-062", "ADM-064", "ADM-083", "ADM-036", "ADM-160"),
    words=_(
        "Which documents are needed follows from the cycle, the diploma and its country, the graduation, a "
        "changed name, the fee and a proxy."
    ),
)
def required_set(facts: Facts) -> tuple[DocumentType, ...]:
    """The documents that a dossier needs, in the order of the list.

    Examples:
        bachelor, Moroccan diploma issued, name not changed -> a b d e f h i j k l m n
        bachelor, graduated June 2026, diploma not issued -> c instead of b
    """
    needed = set(_ALWAYS)
    last = replaceable(facts.cycle)
    for degree in degrees_needed(facts.cycle):
        diploma, certificate = _DEGREES[degree]
        needed.add(certificate if degree is last and _waits_for_diploma(facts) else diploma)
    if facts.name_changed:
        needed.add(T.NAME_CHANGE)
    if not facts.fee_waived:
        needed.add(T.FEE_PROOF)
    if needs_result_card(facts.issued_in):
        needed.add(T.NIGERIA_CARD)
    if facts.by_proxy:
        needed.add(T.PROXY_MANDATE)
    return tuple(one for one in DocumentType if one in needed)


def _waits_for_diploma(facts: Facts) -> bool:
    return (
        not facts.diploma_issued
        and facts.graduation is not None
        and is_current(facts.graduation, facts.submitted_on, first_day=facts.current_from)
    )


class _Listing:
    """Documents with their letters in one sentence: "b) passport, h) photograph"."""

    def __init__(self, types: Iterable[DocumentType], cycle: str) -> None:
        self._parts = [(PAPERS[one].letter(cycle), PAPERS[one].title) for one in types]

    def __str__(self) -> str:
        return ", ".join(f"{letter}) {title}" if letter else str(title) for letter, title in self._parts)


@cites(
    *LIST.values(),
    rule="ADM-060",
    words=_("A dossier is submitted with every document it needs; the missing ones are named by letter."),
)
def check_complete(facts: Facts, uploaded: Collection[str]) -> Answer:
    """Whether everything needed is there. uploaded: types with a file in each slot they need."""
    missing = [one for one in required_set(facts) if one not in uploaded]
    if not missing:
        return YES
    return NO(
        _("Still missing: %(documents)s.") % {"documents": _Listing(missing, facts.cycle)},
        LIST[Cycle(facts.cycle)],
        _("Upload these documents, then submit."),
    )


@cites(
    art("art. 8 (b)"),
    art("art. 11 (b)"),
    rule="ADM-063",
    words=_(
        "Documents to be translated take the copy and the translation; the translation may be left out when "
        "the original is in an accepted language."
    ),
)
def translation_needed(kind: str, source_language: str, accepted: Collection[str]) -> bool:
    """Whether the slot for the translation must be filled.

    source_language: of the original, "" when not entered. accepted: TRANSLATION_LANGUAGES.

    Examples:
        birth certificate in Arabic -> yes
        birth certificate in French -> no
        passport -> no
    """
    return PAPERS[DocumentType(kind)].translated and source_language not in accepted


@cites(
    art("art. 8 (b)"),
    art("art. 11 (b)"),
    art("art. 11 (c)"),
    rule="ADM-063",
    words=_("A diploma is translated into Romanian, English or French."),
)
def check_translation(
    kind: str, source_language: str, translation_language: str | None, accepted: Collection[str]
) -> Answer:
    """Whether the translation of a document is as wanted. translation_language: None is no file."""
    if translation_language is None:
        if not translation_needed(kind, source_language, accepted):
            return YES
        return NO(
            _("The legalised translation is missing."),
            art("art. 8"),
            _("Upload it beside the copy of the original."),
        )
    if DocumentType(kind) in DIPLOMAS and translation_language not in accepted:
        return NO(
            _("A diploma is translated into Romanian, English or French; this translation is not."),
            art("art. 8 (b)"),
            _("Upload a legalised translation into one of these languages."),
        )
    return YES


@cites(
    *LIST.values(),
    rule="ADM-064",
    words=_("The result card is shown on both sides."),
)
def check_result_card(sides: int) -> Answer:
    """Whether both sides of the card are there. sides: pages or pictures uploaded."""
    if sides >= 2:
        return YES
    return NO(_("The card is needed on both sides."), art("art. 8"), _("Upload the front and the back."))


@cites(
    art("art. 8 (a)"),
    art("art. 11 (a)"),
    rule="ADM-065",
    words=_("The request for the acceptance letter is filled in everywhere, with photo, date and signature."),
)
def check_form(*, filled: bool, photo: bool, dated: bool, signed: bool) -> Answer:
    """Whether the request (document a) is conform."""
    for holds, words in (
        (filled, _("Some boxes of the request are empty.")),
        (photo, _("The request has no photograph.")),
        (dated, _("The request has no date.")),
        (signed, _("The request is not signed.")),
    ):
        if not holds:
            return NO(words, art("art. 8 (a)"), _("Upload the request again, complete."))
    return YES


@cites(
    derived("ADM-066"),
    rule="ADM-066",
    words=_("A file is of an accepted type, found by its content, and not larger than the limit."),
)
def check_file(found: str, size: int, *, accepted: Collection[str], most_mb: int) -> Answer:
    """Whether a file may be kept.

    found: type by its content ("pdf"). size: bytes; a MB is 1,048,576 of them.
    """
    if found not in accepted:
        return NO(
            _("Files of this type are not taken. Accepted: %(types)s.")
            % {"types": ", ".join(sorted(accepted))},
            derived("ADM-066"),
        )
    if size > most_mb * 1024 * 1024:
        return NO(_("The file is larger than %(most)s MB.") % {"most": most_mb}, derived("ADM-066"))
    return YES


@cites(
    art("art. 8 (l)"),
    art("art. 11 (m)"),
    rule="ADM-068",
    words=_(
        "Candidates for a bachelor sign the consent of Annex 7, candidates for a master that of Annex 9."
    ),
)
def check_consent(annex: int, cycle: str) -> Answer:
    """Whether the consent form is the one of the cycle."""
    wanted = 9 if Cycle(cycle) is Cycle.MASTER else 7
    if annex == wanted:
        return YES
    return NO(
        _("The consent for this cycle is Annex %(wanted)s.") % {"wanted": wanted},
        art("art. 11 (m)") if wanted == 9 else art("art. 8 (l)"),
        _("Sign that form and upload it."),
    )


@cites(
    derived("ADM-069"),
    rule="ADM-069",
    words=_("After submission a document is replaced only while it is asked for in an open clarification."),
)
def may_replace(kind: str, state: str, asked_for: Collection[str]) -> Answer:
    """Whether the candidate may put another file in a slot. asked_for: types in the open clarification."""
    if state == State.DRAFT or (state == State.CLARIFICATION and kind in asked_for):
        return YES
    return NO(
        _("This document cannot be replaced now: the application is submitted and nobody asked for it."),
        derived("ADM-069"),
        _("If it is wrong, write to the International Relations Department."),
    )


@cites(
    art("art. 8 (j)"),
    art("art. 11 (k)"),
    rule="ADM-050",
    words=_("The medical certificate is in a widely used language, unless it is accepted with a note."),
)
def check_medical(language: str, accepted: Collection[str], note: str = "") -> Answer:
    """Whether the medical certificate can be read. accepted: INTERNATIONAL_LANGUAGES; Romanian is too."""
    if language == "ro" or language in accepted or note.strip():
        return YES
    return NO(
        _("The medical certificate is not in a widely used language."),
        art("art. 8 (j)"),
        _("Ask for one in English or French, or add a translation."),
    )


@cites(
    art("art. 8 (n)"),
    art("art. 11 (o)"),
    derived("ADM-064"),
    rule=("ADM-064", "ADM-197", "ADM-242"),
    words=_(
        "The head of the International Relations Department may waive a document with a reason; the "
        "agreement on the refund conditions cannot be waived."
    ),
)
def may_waive(kind: str, reason: str) -> Answer:
    """Whether a required document may be waived for one dossier."""
    if kind == T.REFUND_AGREEMENT:
        return NO(_("The agreement on the refund conditions cannot be waived."), art("art. 22"))
    if not reason.strip():
        return NO(_("Write the reason for which the document is not needed."), derived("ADM-242"))
    return YES
