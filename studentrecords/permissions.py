"""Who may do what with the records; a list page asks the same questions through `queries`."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from studentrecords.models import Programme
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
