"""Who may apply: citizenship, passport, diploma, the certificate of a current graduate, how many dossiers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from admissions.rules.states import ENDED, TURNED_DOWN, Cycle, Kind, State, art, derived
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import Article, cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

_CITIZENSHIP: Mapping[str, Article] = {Cycle.BACHELOR: art("art. 6 (a)"), Cycle.MASTER: art("art. 10 (a)")}
_DIPLOMA: Mapping[str, Article] = {Cycle.BACHELOR: art("art. 6 (b)"), Cycle.MASTER: art("art. 10 (b)")}
REAPPLYING = art("art. 9")


# ---- how many dossiers -------------------------------------------------------------------------------------


class PaidAfterRejection(StrEnum):
    """Which further dossiers with fee a rejected candidate may open in the same campaign (AMB-06)."""

    ANY = "ANY"
    OTHER_PROGRAMME = "OTHER_PROGRAMME"
    NONE = "NONE"


@dataclass(frozen=True)
class Earlier:
    """A dossier of the same candidate in the same campaign.

    programme: any stable name of it; title: what the candidate reads.
    """

    state: str
    kind: str
    programme: str
    title: Sentence = ""


@dataclass(frozen=True)
class NewDossier:
    """Whether a dossier with fee may be opened; what the candidate is told before.

    free_first: an unused free re-application is offered before the paid dossier.
    """

    answer: Answer
    warnings: tuple[Sentence, ...] = ()
    free_first: bool = False


@cites(
    art("art. 2"),
    REAPPLYING,
    derived("ADM-034"),
    rule=("ADM-034", "ADM-110", "ADM-111"),
    words=_(
        "A candidate has one live dossier in a campaign; after one that ended another may be opened, with "
        "a new processing fee."
    ),
)
def may_open_dossier(
    earlier: Sequence[Earlier],
    programme: str,
    *,
    most: int = 1,
    paid_after_rejection: str = PaidAfterRejection.ANY,
    free_right_left: bool = False,
) -> NewDossier:
    """Whether a NEW dossier, with fee, may be opened for a programme.

    earlier: the candidate's dossiers of this campaign. most: MAX_ACTIVE_DOSSIERS. free_right_left: a free
    re-application could still be taken (see `reapplying`).

    Examples:
        one at the faculty -> no
        rejected for A and for B, applies to C -> yes, with fee
        the same with PAID_AFTER_REJECTION = NONE -> no, until the next campaign
    """
    if sum(one.state not in ENDED for one in earlier) >= most:
        return NewDossier(
            NO(
                _("You already have an application in this campaign."),
                derived("ADM-034"),
                _("Follow it to its end, or withdraw it, before you open another one."),
            )
        )
    if any(one.state == State.DEFERRED for one in earlier):
        return NewDossier(
            NO(
                _("You moved your place to the next academic year; there you apply again."),
                REAPPLYING,
            )
        )
    rejected = [one for one in earlier if one.state in TURNED_DOWN]
    if rejected and paid_after_rejection == PaidAfterRejection.NONE:
        return NewDossier(
            NO(
                _("After a rejection no other paid application is taken in this campaign."),
                derived("ADM-034"),
                _("Use your free application to another programme.")
                if free_right_left
                else _("You can apply again in the next campaign."),
            ),
            free_first=free_right_left,
        )
    again = any(one.programme == programme for one in rejected)
    if again and paid_after_rejection == PaidAfterRejection.OTHER_PROGRAMME:
        return NewDossier(
            NO(
                _("This programme has rejected your application in this campaign."),
                derived("ADM-034"),
                _("Choose another programme."),
            )
        )
    warnings: list[Sentence] = []
    if rejected:
        warnings += [
            _("%(programme)s has already rejected your application in this campaign.")
            % {"programme": one.title or one.programme}
            for one in dict.fromkeys(rejected)
        ]
        warnings.append(_("The processing fee of a new application is not returned, whatever the result."))
    free_first = free_right_left and any(one.kind != Kind.REAPPLICATION for one in rejected)
    return NewDossier(YES, tuple(warnings), free_first)


# ---- the two conditions of the cycle -----------------------------------------------------------------------


@cites(
    *_CITIZENSHIP.values(),
    rule="ADM-041",
    words=_(
        "The procedure is for citizens of third countries; a citizenship of the European Union, the "
        "Economic Area or Switzerland leads to the regular admission."
    ),
)
def check_citizenship(
    citizenships: Collection[str], excluded: Collection[str], cycle: str = Cycle.BACHELOR
) -> Answer:
    """Whether the declared citizenships allow the procedure. Codes of ISO 3166; excluded: the list in force.

    Examples:
        MA -> yes
        MA and FR -> no
        none declared -> no
    """
    article = _CITIZENSHIP[Cycle(cycle)]
    if not citizenships:
        return NO(_("No citizenship is entered."), article, _("Enter every citizenship that you have."))
    if set(citizenships) & set(excluded):
        return NO(
            _(
                "This admission is for people who are citizens only of countries outside the European Union, "
                "the European Economic Area and Switzerland."
            ),
            article,
            _("Apply through the regular admission of the university."),
        )
    return YES


@dataclass(frozen=True)
class PassportCheck:
    """Whether the passport is good on the day of submission; warning: what does not block."""

    answer: Answer
    warning: Sentence = ""


@cites(
    *_CITIZENSHIP.values(),
    rule="ADM-042",
    words=_("The passport is valid on the day of submission."),
)
def check_passport(
    expires_on: date, submitted_on: date, *, year_starts_on: date, cycle: str = Cycle.BACHELOR
) -> PassportCheck:
    """Whether a passport that expires on a day, its last good one, serves a submission.

    year_starts_on: first day of the academic year; an earlier expiry is only a warning.

    Examples:
        expires 20 July 2026: submitted 19 July -> yes; submitted 22 July -> no
    """
    if expires_on < submitted_on:
        return PassportCheck(
            NO(
                _("Your passport expired on %(day)s.") % {"day": expires_on},
                _CITIZENSHIP[Cycle(cycle)],
                _("Renew it, then enter its new number and upload a copy."),
            )
        )
    if expires_on < year_starts_on:
        words = _(
            "Your passport expires on %(day)s, before the academic year begins. You will need a new one for "
            "the visa."
        )
        return PassportCheck(YES, words % {"day": expires_on})
    return PassportCheck(YES)


@cites(
    _DIPLOMA[Cycle.BACHELOR],
    rule="ADM-043",
    words=_(
        "The baccalaureate or its equivalent stands in the list of the issuing country; otherwise the "
        "International Relations Department confirms that it is equivalent."
    ),
)
def check_diploma(
    title: str, country: str, recognised: Mapping[str, Collection[str]], confirmed: str = ""
) -> Answer:
    """Whether a secondary diploma opens bachelor studies.

    title: as on the diploma; spaces and case make no difference. recognised: titles by issuing country
    (Annex 5). confirmed: the department's note that it is equivalent.
    """
    listed = {_tidy(one) for one in recognised.get(country, ())}
    if _tidy(title) in listed or confirmed.strip():
        return YES
    return NO(
        _("This diploma is not in the list of recognised diplomas of its country."),
        _DIPLOMA[Cycle.BACHELOR],
        _("The International Relations Department can confirm that it is equivalent, with a note."),
    )


def _tidy(title: str) -> str:
    return " ".join(title.casefold().split())


class Diploma(StrEnum):
    """Degrees that the cycles ask for."""

    BACCALAUREATE = "baccalaureate"
    BACHELOR = "bachelor"


@cites(
    *_DIPLOMA.values(),
    art("art. 11"),
    rule=("ADM-046", "ADM-039"),
    words=_("Bachelor studies need the baccalaureate, master studies the baccalaureate and the bachelor."),
)
def degrees_needed(cycle: str) -> tuple[Diploma, ...]:
    """The degrees that a candidate for a cycle has, the latest last."""
    if Cycle(cycle) is Cycle.MASTER:
        return Diploma.BACCALAUREATE, Diploma.BACHELOR
    return (Diploma.BACCALAUREATE,)


@cites(
    art("art. 6"),
    art("art. 10"),
    rule="ADM-040",
    words=_("Citizenship and diploma are both needed, and each is checked with its evidence."),
)
def eligible(*, citizenship: bool | None, diploma: bool | None, cycle: str = Cycle.BACHELOR) -> Answer:
    """Whether both conditions of the cycle were found to hold; None is not checked yet."""
    for ticked, failed, open_words, article in (
        (
            citizenship,
            _("The citizenship condition is not met."),
            _("The citizenship condition is not checked yet."),
            _CITIZENSHIP[Cycle(cycle)],
        ),
        (
            diploma,
            _("The diploma condition is not met."),
            _("The diploma condition is not checked yet."),
            _DIPLOMA[Cycle(cycle)],
        ),
    ):
        if not ticked:
            return NO(open_words if ticked is None else failed, article)
    return YES


class Reason(StrEnum):
    """Why a dossier is ineligible."""

    CITIZENSHIP = "citizenship"
    PASSPORT = "passport"
    DIPLOMA = "diploma"
    LANGUAGE = "language"
    INCOMPLETE = "incomplete"
    OTHER = "other"


@cites(
    art("art. 6"),
    art("art. 9"),
    art("art. 10"),
    rule="ADM-044",
    words=_("A dossier is declared ineligible with a reason from the list, and in words when it is another."),
)
def check_ineligibility(reason: str, text: str) -> Answer:
    """Whether a dossier may be declared ineligible for this reason."""
    if reason not in set(Reason):
        return NO(_("Choose the reason for which the application is not eligible."), derived("ADM-044"))
    if reason == Reason.OTHER and not text.strip():
        return NO(_("Write the reason in words: the candidate reads it."), derived("ADM-044"))
    return YES


# ---- current graduates -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Graduation:
    """When somebody graduated: the same day twice, or the first and last day of the month that is known."""

    first: date
    last: date


@cites(
    art("art. 6 (b)"),
    art("art. 8 (c)"),
    art("art. 11 (d)"),
    rule="ADM-045",
    words=_("A graduation counts as current from 1 September of the year before the campaign year."),
)
def current_from(campaign_year: int, month: int = 9, day: int = 1, *, years_before: int = 1) -> date:
    """The first day of graduation that counts as current (CURRENT_GRADUATE_FROM).

    Examples:
        2026 -> 1 September 2025
        2026, 1 January of the campaign year itself -> 1 January 2026
    """
    return date(campaign_year - years_before, month, day)


@cites(
    art("art. 6 (b)"),
    art("art. 8 (c)"),
    art("art. 11 (d)"),
    rule=("ADM-045", "ADM-062"),
    words=_(
        "Only a current graduate whose diploma is not issued yet may use a certificate instead, and only one "
        "that lists the results of the future diploma."
    ),
)
def certificate_serves(
    graduation: Graduation, submitted_on: date, *, first_day: date, diploma_issued: bool, lists_results: bool
) -> Answer:
    """Whether a graduation certificate stands in for the diploma.

    first_day: see `current_from`. lists_results: it shows the results that the diploma will carry.

    Examples:
        graduated June 2026, campaign 2026 -> yes
        graduated June 2025 -> no, the diploma is needed
    """
    article = art("art. 8 (c)")
    if diploma_issued:
        return NO(_("Your diploma has been issued."), article, _("Upload the diploma itself."))
    if not is_current(graduation, submitted_on, first_day=first_day):
        return NO(
            _(
                "A certificate is taken only from those who graduated between %(first)s and the day of "
                "submission."
            )
            % {"first": first_day},
            article,
            _("Upload the diploma itself."),
        )
    if not lists_results:
        return NO(
            _("The certificate does not list the results that the diploma will carry."),
            art("art. 6 (b)"),
            _("Ask your school for one that lists them."),
        )
    return YES


@cites(
    art("art. 6 (b)"),
    rule="ADM-045",
    words=_("Where only the month of graduation is known, one fitting day of it is enough."),
)
def is_current(graduation: Graduation, submitted_on: date, *, first_day: date) -> bool:
    """Whether some day of the graduation lies between `first_day` and the submission, both included."""
    return graduation.last >= first_day and graduation.first <= submitted_on


@cites(
    _DIPLOMA[Cycle.MASTER],
    art("art. 11 (b)"),
    rule="ADM-062",
    words=_("Candidates for a master cannot replace the baccalaureate by a certificate."),
)
def replaceable(cycle: str) -> Diploma:
    """The one degree that a certificate may stand in for: the last one the cycle asks for."""
    return degrees_needed(cycle)[-1]


@cites(
    art("art. 8"),
    art("art. 11"),
    rule="ADM-064",
    words=_("What was issued in Nigeria needs the result card; citizenship makes no difference."),
)
def needs_result_card(issued_in: Iterable[str], country: str = "NG") -> bool:
    """Whether a diploma or certificate in the dossier was issued in Nigeria.

    issued_in: countries of the diplomas and of the certificates that replace them.

    Examples:
        Nigerian citizen with an Egyptian diploma -> no
    """
    return country in set(issued_in)
