"""The figures of accounts that the university may change (REC catalogue, §4.5)."""

from upt_portal.kernel.params import UNIVERSITY, Parameter
from upt_portal.kernel.words import gettext_lazy as _

_SCOPES = (UNIVERSITY,)

ACTIVATION_TTL = Parameter(
    "ACTIVATION_TTL",
    2,
    "int",
    unit=_("hours"),
    rule="REC-014",
    minimum=1,
    maximum=24,
    scopes=_SCOPES,
    help=_("How long the link of an activation message works."),
)
RESET_TTL = Parameter(
    "RESET_TTL",
    2,
    "int",
    unit=_("hours"),
    rule="REC-018",
    minimum=1,
    maximum=24,
    scopes=_SCOPES,
    help=_("How long the link for a new password works."),
)
LOGIN_ATTEMPTS = Parameter(
    "LOGIN_ATTEMPTS",
    5,
    "int",
    unit=_("attempts"),
    rule="REC-017",
    minimum=3,
    maximum=100,
    scopes=_SCOPES,
    help=_("Attempts for one person or address before a pause: sign-in, activation, new password."),
)
ATTEMPTS_WINDOW = Parameter(
    "ATTEMPTS_WINDOW",
    15,
    "int",
    unit=_("minutes"),
    rule="REC-017",
    minimum=1,
    maximum=1440,
    scopes=_SCOPES,
    help=_("How long attempts are counted, and how long the pause lasts."),
)
NETWORK_ATTEMPTS = Parameter(
    "NETWORK_ATTEMPTS",
    60,
    "int",
    unit=_("attempts"),
    rule="REC-017",
    minimum=5,
    maximum=10000,
    scopes=_SCOPES,
    help=_("Attempts from one network address in the same time: a room full of students shares one."),
)
IDLE_SIGN_OUT = Parameter(
    "IDLE_SIGN_OUT",
    30,
    "int",
    unit=_("minutes"),
    rule="REC-021",
    minimum=5,
    maximum=720,
    scopes=_SCOPES,
    help=_("After so long without a click the sign-in ends."),
)
ACCOUNT_CLOSE_AFTER = Parameter(
    "ACCOUNT_CLOSE_AFTER",
    365,
    "int",
    unit=_("days"),
    rule="REC-016",
    minimum=30,
    maximum=3660,
    scopes=_SCOPES,
    help=_("Days after the last enrolment ended until the account of a former student is closed."),
)
