"""Who may do what with the records; a list page asks the same questions through `queries`."""

from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from studentrecords.models import Appeal, Catalogue, MovingFile, Programme
from studentrecords.queries import appeals as appeal_queries
from studentrecords.queries import catalogues as catalogue_queries
from studentrecords.workflow.appeals import SEES_COPY
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.kernel.answers import NO, YES, Answer

#: Roles that keep the curricula of every faculty.
CURRICULA_OF_ALL: Final = (roles.SCHOOL_MANAGEMENT, roles.ADMINISTRATOR)


def may_import_curricula(user: User) -> Answer:
    """Curricula are imported by chief secretaries, the School Management Center and administrators."""
    if has_role(user, roles.CHIEF_SECRETARY, *CURRICULA_OF_ALL):
        return YES
    return NO(_("Curricula are imported by the chief secretary of the faculty."))


def may_import_into(user: User, programme: Programme) -> Answer:
    """A chief secretary imports curricula of the own faculties, the School Management Center of all."""
    if not (answer := may_import_curricula(user)):
        return answer
    if has_role(user, *CURRICULA_OF_ALL):
        return YES
    if programme.faculty is None or programme.faculty.code not in faculty_codes(user):
        return NO(_("This programme belongs to another faculty."))
    return YES


def may_move_in(user: User) -> Answer:
    """Students, enrolments and results move in by chief secretaries and the School Management Center."""
    if has_role(user, roles.CHIEF_SECRETARY, roles.SCHOOL_MANAGEMENT):
        return YES
    return NO(_("Records are brought in and taken out by the chief secretary of the faculty."))


def moving_scope(user: User) -> str:
    """Codes of the faculties for which the user brings records in, with blanks between; empty for all."""
    if has_role(user, roles.SCHOOL_MANAGEMENT):
        return ""
    return " ".join(sorted(faculty_codes(user))) or "-"


def moving_files_of(user: User) -> QuerySet[MovingFile]:
    """The files somebody may open: the own ones, for the School Management Center all."""
    files = MovingFile.objects.select_related("sent_by")
    if has_role(user, roles.SCHOOL_MANAGEMENT):
        return files
    return files.filter(sent_by=user) if may_move_in(user) else files.none()


def may_decide_addresses(user: User) -> Answer:
    """Declared addresses are decided by the secretariats and the School Management Center."""
    if has_role(user, *roles.SECRETARIAT, roles.SCHOOL_MANAGEMENT):
        return YES
    return NO(_("Declared addresses are decided by the secretariat of the faculty."))


def may_prepare_documents(user: User) -> Answer:
    """School documents are prepared by the secretariats and the School Management Center."""
    if has_role(user, *roles.SECRETARIAT, roles.SCHOOL_MANAGEMENT):
        return YES
    return NO(_("Documents are prepared by the secretariat of the faculty."))


def may_decide_data(user: User) -> Answer:
    """Personal data are corrected by the secretariats and the School Management Center (REC-032)."""
    if has_role(user, *roles.SECRETARIAT, roles.SCHOOL_MANAGEMENT):
        return YES
    return NO(_("Personal data are corrected by the secretariat of the faculty."))


def may_read_confidential(user: User) -> Answer:
    """Confidential notifications reach the vice-rector alone, no superuser (REC-051)."""
    if has_role(user, roles.VICE_RECTOR):
        return YES
    return NO(_("Only the vice-rector reads confidential notifications."))


def may_read_sent_on(user: User) -> Answer:
    """What the vice-rector sent on is read by the dean's office it was sent to."""
    if has_role(user, roles.DEANERY):
        return YES
    return NO(_("What the vice-rector sends on is read by the dean's office."))


def may_handle_railcards(user: User) -> Answer:
    """Railcards are handed out at the Student InfoCenter (REC-045)."""
    if has_role(user, roles.INFOCENTER):
        return YES
    return NO(_("Railcards are handed out at the Student InfoCenter."))


def may_enter_catalogues(user: User) -> Answer:
    """The pages of catalogues are for teachers, secretariats and the School Management Center."""
    if has_role(user, roles.TEACHER, *roles.SECRETARIAT, roles.SCHOOL_MANAGEMENT):
        return YES
    return NO(_("Catalogues are opened by teachers and by secretariats."))


def catalogues_of(user: User) -> QuerySet[Catalogue]:
    """The catalogues somebody may open: a teacher's own, a secretariat's of its faculties."""
    if has_role(user, *roles.SECRETARIAT, roles.SCHOOL_MANAGEMENT):
        return catalogue_queries.catalogues_for_staff(user)
    return catalogue_queries.own_catalogues(user)


def may_enter_appeals(user: User) -> Answer:
    """The appeals desk is for the InfoCenter, secretariats, dean's offices and directors of departments."""
    if has_role(user, *appeal_queries.OFFICES):
        return YES
    return NO(_("Grade appeals are handled by the InfoCenter, the secretariats and the dean's offices."))


def may_register_appeals(user: User) -> Answer:
    """What comes on paper is registered by the InfoCenter."""
    if has_role(user, roles.INFOCENTER):
        return YES
    return NO(_("Appeals on paper are registered by the InfoCenter."))


def may_answer_appeals(user: User) -> Answer:
    """The teachers' page of appeals."""
    if has_role(user, roles.TEACHER):
        return YES
    return NO(_("Appeals are answered by the examining teachers."))


def may_see_copy(user: User, appeal: Appeal) -> Answer:
    """The copy of a contested paper is for the commission, the dean and the InfoCenter (REC-198)."""
    if appeal_queries.hands_of(user, appeal) & SEES_COPY:
        return YES
    return NO(_("The copy of the paper is for the commission, the dean and the InfoCenter."))


def may_decide_groups(user: User) -> Answer:
    """Requests for another group are decided by the management of the faculty (REC-458)."""
    if has_role(user, roles.DEANERY):
        return YES
    return NO(_("Requests for another group are decided by the dean's office."))


def may_decide_equivalence(user: User) -> Answer:
    """Requests for equivalence are decided by the recognition commission of the faculty (REC-075)."""
    if has_role(user, roles.RECOGNITION):
        return YES
    return NO(_("Requests for equivalence are decided by the recognition commission."))


def teaches(user: User) -> bool:
    """Whether somebody's pages are those of a teacher, not of an office."""
    return not has_role(user, *roles.SECRETARIAT, roles.SCHOOL_MANAGEMENT)


def may_decide_reductions(user: User) -> Answer:
    """Reductions of attendance are decided at the dean's office."""
    if has_role(user, roles.DEANERY, roles.ADMINISTRATOR):
        return YES
    return NO(_("Reductions of attendance are decided at the dean's office."))


def may_open_exam_requests(user: User) -> Answer:
    """Requests about exams are decided at the dean's office; the secretariat dates open sessions."""
    if has_role(user, roles.DEANERY, roles.ADMINISTRATOR, *roles.SECRETARIAT):
        return YES
    return NO(_("Requests about exams are decided at the dean's office."))
