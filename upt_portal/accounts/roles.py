"""The roles of the portal: Django groups by these names, made by a migration."""

from django.utils.translation import gettext_lazy as _

STUDENT = "student"
SECRETARY = "secretary"
CHIEF_SECRETARY = "chief_secretary"
DEANERY = "deanery"
FINANCE = "finance"
SCHOOL_MANAGEMENT = "school_management"
TEACHER = "teacher"
SECRETARY_GENERAL = "secretary_general"
VICE_RECTOR = "vice_rector"
DRI_OFFICER = "dri_officer"
DRI_HEAD = "dri_head"
BOARD_SECRETARY = "board_secretary"
ADMISSIONS_ADMIN = "admissions_admin"
COUNSELLOR = "counsellor"
PSYCHOLOGIST = "psychologist"
STUDENT_OFFICE = "student_office"
CCOC_COORDINATOR = "ccoc_coordinator"
CANDIDATE = "candidate"
INFOCENTER = "infocenter"
DEPARTMENT_DIRECTOR = "department_director"
RECOGNITION = "recognition"
ADMINISTRATOR = "administrator"

LABELS = {
    STUDENT: _("Student"),
    SECRETARY: _("Secretary"),
    CHIEF_SECRETARY: _("Chief secretary"),
    DEANERY: _("Dean's office"),
    FINANCE: _("Finance office"),
    SCHOOL_MANAGEMENT: _("School Management Center"),
    TEACHER: _("Teacher"),
    SECRETARY_GENERAL: _("Secretary General of the university"),
    VICE_RECTOR: _("Vice-rector for students"),
    DRI_OFFICER: _("International office"),
    DRI_HEAD: _("Head of the international office"),
    BOARD_SECRETARY: _("Secretary of the Board"),
    ADMISSIONS_ADMIN: _("Administrator of admissions"),
    COUNSELLOR: _("Counsellor"),
    PSYCHOLOGIST: _("Psychologist"),
    STUDENT_OFFICE: _("Student office"),
    CCOC_COORDINATOR: _("Coordinator of the counselling centre"),
    CANDIDATE: _("Candidate"),
    INFOCENTER: _("Student InfoCenter"),
    DEPARTMENT_DIRECTOR: _("Director of department"),
    RECOGNITION: _("Recognition and equivalence commission"),
    ADMINISTRATOR: _("Administrator"),
}

FACULTY_ROLES = frozenset(
    {SECRETARY, CHIEF_SECRETARY, DEANERY, RECOGNITION}
)  # see the students of their faculties only
SECRETARIAT = frozenset({SECRETARY, CHIEF_SECRETARY})
