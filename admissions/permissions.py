"""Who may do what with a dossier: an answer with its reason (actors table, §2; ADM-031, ADM-095, ADM-241)."""

from admissions.models import Dossier
from admissions.workflow.dossier import REGISTERED, SEEN_BY_FACULTY, DossierState
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.words import gettext_lazy as _

_FOR_SECRETARIAT = frozenset({DossierState.VISA_GRANTED, DossierState.ENROLLED})


def is_own(user: User, dossier: Dossier) -> bool:
    """Whether the dossier is the user's own, as a candidate."""
    return dossier.candidate.user_id == user.pk


def may_act(user: User, dossier: Dossier) -> Answer:
    """Whether the user acts in this dossier as its candidate."""
    if is_own(user, dossier):
        return YES
    return NO(_("Only the candidate acts in his or her own dossier."), "ADM-241")


def may_check(user: User, dossier: Dossier) -> Answer:
    """Whether the user works on it for the international office; a draft is the candidate's (ADM-031)."""
    if not has_role(user, roles.DRI_OFFICER, roles.DRI_HEAD):
        return NO(_("Dossiers are checked by the International Relations Department."), "ADM-090")
    if dossier.state not in REGISTERED and dossier.opened_by_id == dossier.candidate.user_id:
        return NO(_("The dossier was not submitted."), "ADM-031")
    return YES


def may_override(user: User) -> Answer:
    """Whether the user sets a rule aside, with a reason: the head of the office (ADM-242)."""
    if has_role(user, roles.DRI_HEAD):
        return YES
    return NO(_("This is decided by the head of the International Relations Department."), "ADM-242")


def may_decide(user: User, dossier: Dossier) -> Answer:
    """Whether the user reads the dossier for the deanery of its faculty, once it was sent there (ADM-095)."""
    faculty = dossier.offer.programme.faculty
    if not has_role(user, roles.DEANERY) or faculty is None or faculty.code not in faculty_codes(user):
        return NO(_("The dossier belongs to another faculty."), "ADM-101")
    if dossier.state not in SEEN_BY_FACULTY:
        return NO(_("The dossier is not with the faculty."), "ADM-095")
    return YES


def may_enrol(user: User, dossier: Dossier) -> Answer:
    """Whether the user sees it for the secretariat of the faculty: from the visa on (ADM-241)."""
    faculty = dossier.offer.programme.faculty
    if not has_role(user, *roles.SECRETARIAT) or faculty is None or faculty.code not in faculty_codes(user):
        return NO(_("Candidates are enrolled by the secretariat of the faculty."), "ADM-241")
    if dossier.state in _FOR_SECRETARIAT or dossier.visa_not_required:
        return YES
    return NO(_("The dossier is not ready for enrolment."), "ADM-241")


def may_see_files(user: User, dossier: Dossier) -> Answer:
    """Whether the user opens the files: owner, DRI, the deanery concerned, the secretariat (ADM-241).

    Files of a refund have their own answer: `may_see_money`.
    """
    if is_own(user, dossier):
        return YES
    for answer in (may_check(user, dossier), may_decide(user, dossier), may_enrol(user, dossier)):
        if answer:
            return YES
    return NO(_("The files of a dossier are shown to those who work on it."), "ADM-241")


def may_see_money(user: User, dossier: Dossier) -> Answer:
    """Whether the user sees bank data and refunds: owner, DRI, Board, Finance; no deanery (ADM-241)."""
    if is_own(user, dossier):
        return YES
    if has_role(user, roles.DRI_OFFICER, roles.DRI_HEAD, roles.BOARD_SECRETARY, roles.FINANCE):
        return YES
    return NO(_("Bank data are shown to the office, the Board and Finance."), "ADM-241")
