"""The figures of the records rulebook that the university may change (REC catalogue, §4.5)."""

from __future__ import annotations

from decimal import Decimal

from upt_portal.kernel.kinds import DayMonth
from upt_portal.kernel.params import FACULTY, PROGRAMME, UNIVERSITY, Parameter
from upt_portal.kernel.words import gettext_lazy as _

WHOLE_UNIVERSITY = (UNIVERSITY,)
BY_PROGRAMME = (UNIVERSITY, FACULTY, PROGRAMME)

# --- curricula ----------------------------------------------------------------------------------------------

CREDIT_MAX = Parameter(
    "CREDIT_MAX",
    30,
    "int",
    unit=_("credits"),
    rule="REC-070",
    help=_("The most credits of one discipline."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)

HOURS_PER_CREDIT_MIN = Parameter(
    "HOURS_PER_CREDIT_MIN",
    25,
    "int",
    unit=_("hours"),
    rule="REC-071",
    help=_("The least hours of work of one credit; the curriculum form warns below."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)
HOURS_PER_CREDIT_MAX = Parameter(
    "HOURS_PER_CREDIT_MAX",
    30,
    "int",
    unit=_("hours"),
    rule="REC-071",
    help=_("The most hours of work of one credit; the curriculum form warns above."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)
TAUGHT_PER_CREDIT_MIN = Parameter(
    "TAUGHT_PER_CREDIT_MIN",
    10,
    "int",
    unit=_("hours"),
    rule="REC-071",
    help=_("The least hours taught of one credit; the curriculum form warns below."),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)
TAUGHT_PER_CREDIT_MAX = Parameter(
    "TAUGHT_PER_CREDIT_MAX",
    12,
    "int",
    unit=_("hours"),
    rule="REC-071",
    help=_("The most hours taught of one credit; the curriculum form warns above."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)
SHEET_PUBLISH = Parameter(
    "SHEET_PUBLISH",
    5,
    "int",
    unit=_("working days"),
    rule="REC-078",
    help=_("So long before the academic year discipline sheets are published at the latest."),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)
SHEET_DISCUSSED = Parameter(
    "SHEET_DISCUSSED",
    2,
    "int",
    unit=_("weeks"),
    rule=("REC-078", "REC-079"),
    help=_(
        "So long from the start of the semester a sheet is discussed; later changes of assessment need votes."
    ),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)
LONG_DAY = Parameter(
    "LONG_DAY",
    8,
    "int",
    unit=_("hours"),
    rule="REC-101",
    help=_("The timetable warns where a day has more hours of class, practical training apart."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)

# --- attendance ---------------------------------------------------------------------------------------------

ATT_APPLICATION = Parameter(
    "ATT_APPLICATION",
    Decimal(100),
    "decimal",
    unit="%",
    rule="REC-090",
    help=_("Least attendance of laboratories, practical classes and projects."),
    minimum=0,
    maximum=100,
    scopes=BY_PROGRAMME,
)
ATT_SEMINAR = Parameter(
    "ATT_SEMINAR",
    Decimal(70),
    "decimal",
    unit="%",
    rule="REC-090",
    help=_("Least attendance of seminars."),
    minimum=0,
    maximum=100,
    scopes=BY_PROGRAMME,
)
ATT_COURSE = Parameter(
    "ATT_COURSE",
    Decimal(50),
    "decimal",
    unit="%",
    rule="REC-090",
    help=_("Least attendance of courses."),
    minimum=0,
    maximum=100,
    scopes=BY_PROGRAMME,
)
ATT_REDUCTION_MAX = Parameter(
    "ATT_REDUCTION_MAX",
    Decimal(50),
    "decimal",
    unit="%",
    rule="REC-091",
    help=_("By how much of it the dean may reduce a minimum."),
    minimum=0,
    maximum=100,
    scopes=WHOLE_UNIVERSITY,
)
ATT_REQUEST_TERM = Parameter(
    "ATT_REQUEST_TERM",
    14,
    "int",
    unit=_("calendar days"),
    rule="REC-092",
    help=_("Within how many days a reduction of attendance is asked for."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)
APPL_RECOVER_MAX = Parameter(
    "APPL_RECOVER_MAX",
    3,
    "int",
    unit=_("meetings"),
    rule="REC-094",
    help=_("How many applications of a discipline and semester are recovered free of charge."),
    minimum=0,
    scopes=BY_PROGRAMME,
)
APPL_ABSENCE = Parameter(
    "APPL_ABSENCE",
    4,
    "int",
    unit=_("meetings"),
    rule="REC-095",
    help=_("From how many missed applications on the discipline is contracted again."),
    minimum=1,
    scopes=BY_PROGRAMME,
)
APPL_PERCENT = Parameter(
    "APPL_PERCENT",
    Decimal(30),
    "decimal",
    unit="%",
    rule="REC-095",
    help=_("From which share of unrecovered applications on the discipline is contracted again."),
    minimum=0,
    maximum=100,
    scopes=BY_PROGRAMME,
)

# --- sessions and timetables --------------------------------------------------------------------------------

C_OTHER_YEARS = Parameter(
    "C_OTHER_YEARS",
    True,
    "bool",
    rule="REC-110",
    help=_("Whether summer practice and mobility open session C to students of every year."),
    scopes=WHOLE_UNIVERSITY,
)
REEXAM_FORM = Parameter(
    "REEXAM_FORM",
    5,
    "int",
    unit=_("calendar days"),
    rule="REC-113",
    help=_("How many days before the session the re-examination form is filed."),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)
LIST_PAID = Parameter(
    "LIST_PAID",
    1,
    "int",
    unit=_("calendar days"),
    rule="REC-114",
    help=_("How many days before the session the lists are completed from the payments."),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)
TIMETABLE_POST = Parameter(
    "TIMETABLE_POST",
    14,
    "int",
    unit=_("calendar days"),
    rule="REC-115",
    help=_("How many days before the session its timetable is posted."),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)
TIMETABLE_AB = Parameter(
    "TIMETABLE_AB",
    28,
    "int",
    unit=_("calendar days"),
    rule="REC-116",
    help=_("How many days before the end of the semester the timetables of A and B are sent."),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)
TIMETABLE_C = Parameter(
    "TIMETABLE_C",
    DayMonth(7, 31),
    "day_month",
    rule="REC-116",
    help=_("The day by which the timetable of session C is sent."),
    scopes=WHOLE_UNIVERSITY,
)
EXAM_GAP_WARN = Parameter(
    "EXAM_GAP_WARN",
    3,
    "int",
    unit=_("days"),
    rule="REC-117",
    help=_("Exams of a group nearer than this in session A are warned about."),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)

# --- catalogues ---------------------------------------------------------------------------------------------

ENTRY_A = Parameter(
    "ENTRY_A",
    5,
    "int",
    unit=_("working days"),
    rule="REC-130",
    help=_("Within how many days after an exam of session A results are entered."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)
ENTRY_LATE = Parameter(
    "ENTRY_LATE",
    3,
    "int",
    unit=_("working days"),
    rule="REC-130",
    help=_("The same at the end of session A, in B and in C."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)
ENTRY_LATE_SPAN = Parameter(
    "ENTRY_LATE_SPAN",
    7,
    "int",
    unit=_("days"),
    rule="REC-130",
    help=_("How many last days of session A have the shorter term."),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)
CATALOGUE_TO_SECRETARIAT = Parameter(
    "CATALOGUE_TO_SECRETARIAT",
    5,
    "int",
    unit=_("working days"),
    rule="REC-134",
    help=_("Within how many days after the exam both teachers have signed."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)
REOPEN = Parameter(
    "REOPEN",
    1,
    "int",
    unit=_("working days"),
    rule="REC-132",
    help=_("After how many days a correction closes by itself."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)
PASS_GRADE = Parameter(
    "PASS_GRADE",
    5,
    "int",
    rule="REC-150",
    help=_("The least grade that passes."),
    minimum=1,
    maximum=10,
    scopes=WHOLE_UNIVERSITY,
)

# --- grade increases and appeals ----------------------------------------------------------------------------

INCREASE_SEMESTER = Parameter(
    "INCREASE_SEMESTER",
    3,
    "int",
    unit=_("disciplines"),
    rule="REC-171",
    help=_("How many grade increases in a semester."),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)
INCREASE_YEAR = Parameter(
    "INCREASE_YEAR",
    6,
    "int",
    unit=_("disciplines"),
    rule="REC-171",
    help=_("How many grade increases in a year."),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)
INCREASE_REQUEST = Parameter(
    "INCREASE_REQUEST",
    2,
    "int",
    unit=_("working days"),
    rule="REC-174",
    help=_("How long before the session a grade increase is asked for."),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)
APPEAL_TERM = Parameter(
    "APPEAL_TERM",
    1,
    "int",
    unit=_("working days"),
    rule="REC-190",
    help=_("How long after its posting a result is contested."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)
APPEAL_STEP = Parameter(
    "APPEAL_STEP",
    1,
    "int",
    unit=_("working days"),
    rule=("REC-193", "REC-194", "REC-196"),
    help=_("How long an office or a teacher has for a step of an appeal."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)
REEVAL_TERM = Parameter(
    "REEVAL_TERM",
    1,
    "int",
    unit=_("working days"),
    rule="REC-195",
    help=_("How long after the answer a re-evaluation is asked for."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)
REEVAL_WORK = Parameter(
    "REEVAL_WORK",
    2,
    "int",
    unit=_("working days"),
    rule="REC-198",
    help=_("How long the commission has from the copy of the paper to its report."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)
COMMISSION_SIZE = Parameter(
    "COMMISSION_SIZE",
    3,
    "int",
    unit=_("teachers"),
    rule="REC-197",
    help=_("How many teachers re-mark."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)
ADMIN_DAY = Parameter(
    "ADMIN_DAY",
    True,
    "bool",
    rule="REC-190",
    help=_("Whether the terms of grade appeals end with the administrative day; otherwise with the day."),
    scopes=WHOLE_UNIVERSITY,
)
ADMIN_OPENS = Parameter(
    "ADMIN_OPENS",
    8,
    "int",
    unit=_("o'clock"),
    rule="REC-190",
    help=_("The hour at which the administrative day begins."),
    minimum=0,
    maximum=12,
    scopes=WHOLE_UNIVERSITY,
)
ADMIN_CLOSES = Parameter(
    "ADMIN_CLOSES",
    16,
    "int",
    unit=_("o'clock"),
    rule="REC-190",
    help=_("The hour at which the administrative day ends."),
    minimum=12,
    maximum=23,
    scopes=WHOLE_UNIVERSITY,
)

# --- personal data, cards, communication --------------------------------------------------------------------

CONTACT_CHANGE_TERM = Parameter(
    "CONTACT_CHANGE_TERM",
    5,
    "int",
    unit=_("working days"),
    rule="REC-040",
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
    help=_("Within how many days of its date a change of identity or contact data is reported."),
)
RAILCARD_AGE = Parameter(
    "RAILCARD_AGE",
    26,
    "int",
    unit=_("years"),
    rule="REC-045",
    minimum=18,
    maximum=99,
    scopes=WHOLE_UNIVERSITY,
    help=_("A railcard is for students under this age on the day of its issue."),
)
CALL_MIN = Parameter(
    "CALL_MIN",
    5,
    "int",
    unit=_("working days"),
    rule="REC-052",
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
    help=_("How long registration for a competition lasts at least."),
)

# --- offices ------------------------------------------------------------------------------------------------

OFFICE_STEP = Parameter(
    "OFFICE_STEP",
    1,
    "int",
    unit=_("working days"),
    rule=("REC-003", "REC-016"),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
    help=_("How long the secretariat has for a step of its own."),
)

# --- school papers ------------------------------------------------------------------------------------------

DOCUMENT_TERM = Parameter(
    "DOCUMENT_TERM",
    3,
    "int",
    unit=_("working days"),
    rule="REC-042",
    help=_("Within how many days of the application a school document is ready."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)

# --- scholarships -------------------------------------------------------------------------------------------

SCHOLARSHIP_BACHELOR = Parameter(
    "SCHOLARSHIP_BACHELOR",
    6,
    "int",
    unit=_("semesters"),
    rule="REC-456",
    help=_("Semesters of scholarship of bachelor studies of that length at most."),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)
SCHOLARSHIP_BACHELOR_LONG = Parameter(
    "SCHOLARSHIP_BACHELOR_LONG",
    8,
    "int",
    unit=_("semesters"),
    rule="REC-456",
    help=_("Semesters of scholarship of longer bachelor studies."),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)
SCHOLARSHIP_MASTER_SHORT = Parameter(
    "SCHOLARSHIP_MASTER_SHORT",
    2,
    "int",
    unit=_("semesters"),
    rule="REC-456",
    help=_("Semesters of scholarship of master studies of that length at most."),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)
SCHOLARSHIP_MASTER = Parameter(
    "SCHOLARSHIP_MASTER",
    4,
    "int",
    unit=_("semesters"),
    rule="REC-456",
    help=_("Semesters of scholarship of longer master studies."),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)
