"""Who may do what with a case: an answer with its reason; lists ask `queries.cases`."""

from contracting.models import Campaign, SignedFile, StudentContracting
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.words import gettext_lazy as _


def is_own(user: User, case: StudentContracting) -> bool:
    """Whether the case is the user's own, as a student."""
    return case.enrolment.person.user_id == user.pk


def may_act(user: User, case: StudentContracting) -> Answer:
    """Whether the user may tick, validate, upload in this case: its student only (CON-012)."""
    return (
        YES
        if is_own(user, case)
        else NO(_("Only the student acts on his or her own contracting."), "CON-012")
    )


def may_open_queue(user: User) -> Answer:
    """Whether the user works on the secretariat's queue; it shows the own faculties only (CON-012)."""
    if has_role(user, *roles.SECRETARIAT):
        return YES
    return NO(_("Contracting is checked by the faculty secretariat."), "CON-012")


def may_review(user: User, case: StudentContracting) -> Answer:
    """Whether the user checks this case: the secretariat of the student's faculty (CON-012)."""
    if not has_role(user, *roles.SECRETARIAT):
        return NO(_("Contracting is checked by the faculty secretariat."), "CON-012")
    faculty = case.enrolment.programme.faculty
    if faculty is None or faculty.code not in faculty_codes(user):
        return NO(_("The student belongs to another faculty."), "CON-012")
    return YES


def may_configure(user: User, campaign: Campaign) -> Answer:
    """Whether the user sets up this campaign: the secretariat of its faculty (actors, §2)."""
    if not has_role(user, *roles.SECRETARIAT):
        return NO(_("Campaigns are set up by the faculty secretariat."), "CON-012")
    if campaign.faculty is None:
        return (
            YES
            if has_role(user, roles.CHIEF_SECRETARY)
            else NO(_("A campaign of the whole university is set up by a chief secretary."), "CON-012")
        )
    if campaign.faculty.code not in faculty_codes(user):
        return NO(_("The campaign belongs to another faculty."), "CON-012")
    return YES


def may_see_file(user: User, signed: SignedFile) -> Answer:
    """Whether the user may open a scan: its owner, or the secretariat of the owner's faculty (CON-068)."""
    case = signed.document.contracting
    return YES if is_own(user, case) else may_review(user, case)
