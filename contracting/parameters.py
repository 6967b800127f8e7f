"""The figures of contracting that the university may change (CON catalogue, §4.5)."""

from upt_portal.kernel.params import ANY_SCOPE, Parameter
from upt_portal.kernel.words import gettext_lazy as _

OVERDUE_DESELECTABLE = Parameter(
    "OVERDUE_DESELECTABLE",
    True,
    "bool",
    rule="CON-024",
    scopes=ANY_SCOPE,
    help=_("Whether a student may leave out overdue disciplines."),
)
CURRENT_YEAR_LOCKED = Parameter(
    "CURRENT_YEAR_LOCKED",
    True,
    "bool",
    rule="CON-024",
    scopes=ANY_SCOPE,
    help=_("Whether the disciplines of the current year are mandatory."),
)
RECONTRACT_AT_ONCE = Parameter(
    "RECONTRACT_AT_ONCE",
    False,
    "bool",
    rule="CON-024",
    scopes=ANY_SCOPE,
    help=_("Whether disciplines to re-contract may not be put off to a later year."),
)
OVERDUE_FLOOR = Parameter(
    "OVERDUE_FLOOR",
    None,
    "int",
    unit=_("credits"),
    rule="CON-033",
    minimum=0,
    scopes=ANY_SCOPE,
    help=_("Overdue credits that stay ticked; blank is no floor."),
)
OVERDUE_FLOOR_ABOVE = Parameter(
    "OVERDUE_FLOOR_ABOVE",
    None,
    "int",
    unit=_("credits"),
    rule="CON-033",
    minimum=0,
    scopes=ANY_SCOPE,
    help=_("A student with no more overdue credits than this leaves none out; blank is no limit."),
)
MAX_CONTRACTED_CREDITS = Parameter(
    "MAX_CONTRACTED_CREDITS",
    None,
    "int",
    unit=_("credits"),
    rule="CON-047",
    minimum=1,
    scopes=ANY_SCOPE,
    help=_("The most credits contracted in a year; blank is no limit."),
)
TUITION_MODE = Parameter(
    "TUITION_MODE",
    "flat",
    "choice",
    rule="CON-041",
    choices=("flat", "per_credit"),
    scopes=ANY_SCOPE,
    help=_("Tuition of the year: one sum, or by the credits of the current year."),
)
UPLOAD_MAX_BYTES = Parameter(
    "UPLOAD_MAX_BYTES",
    5 * 1024 * 1024,
    "int",
    unit=_("bytes"),
    rule="CON-063",
    minimum=1,
    help=_("The largest signed document that is received."),
)
REUPLOAD_GRACE = Parameter(
    "REUPLOAD_GRACE",
    3,
    "int",
    unit=_("working days"),
    rule=("CON-066", "CON-082"),
    minimum=1,
    scopes=ANY_SCOPE,
    help=_("Working days for a new upload after a document is returned."),
)
REMINDER_BEFORE = Parameter(
    "CONTRACTING_REMINDER_BEFORE",
    2,
    "int",
    unit=_("days"),
    rule="CON-152",
    minimum=1,
    help=_("Days before a term of contracting at which the reminder leaves."),
)
