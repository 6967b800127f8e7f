"""The states of a grade appeal and its table of moves (REC §4.4)."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from upt_portal.kernel.moves import NEW, SAME, Move, Moves
from upt_portal.kernel.words import gettext_lazy as _

STUDENT, INFOCENTER, SECRETARIAT, TEACHER = "student", "infocenter", "secretariat", "teacher"
DEAN, MEMBER, SYSTEM = "dean", "member", "system"
HANDS = (STUDENT, INFOCENTER, SECRETARIAT, TEACHER, DEAN, MEMBER, SYSTEM)


class AppealState(TextChoices):
    """Where an appeal stands."""

    SUBMITTED = "submitted", pgettext_lazy("appeal", "Sent")
    REGISTERED = "registered", pgettext_lazy("appeal", "Registered")
    WITH_TEACHER = "with_teacher", pgettext_lazy("appeal", "With the teacher")
    ANSWERED = "answered", pgettext_lazy("appeal", "Answered by the teacher")
    COMMUNICATED = "communicated", pgettext_lazy("appeal", "Answer sent to the student")
    CLOSED = "closed", pgettext_lazy("appeal", "Closed")
    REEVALUATION_REQUESTED = "reevaluation", pgettext_lazy("appeal", "Re-evaluation asked for")
    WITH_DEAN = "with_dean", pgettext_lazy("appeal", "Before the dean")
    REJECTED = "rejected", pgettext_lazy("appeal", "Re-evaluation rejected")
    COMMISSION = "commission", pgettext_lazy("appeal", "With the commission")
    REPORTED = "reported", pgettext_lazy("appeal", "Report signed")
    FINAL = "final", pgettext_lazy("appeal", "Final")


_S = AppealState
_IC, _SEC, _DEAN = frozenset({INFOCENTER}), frozenset({SECRETARIAT}), frozenset({DEAN})

#: Nothing more is to be done.
ENDS = frozenset({_S.CLOSED, _S.REJECTED, _S.FINAL})
#: The teacher of the exam has it, or had it.
SEEN_BY_TEACHER = frozenset(set(_S) - {_S.SUBMITTED, _S.REGISTERED})

#: Whose eyes the copy of the paper is for; the secretariat hands it over and reads only its name.
SEES_COPY = frozenset({MEMBER, DEAN, INFOCENTER})

APPEAL_MOVES = Moves(
    Move("file", frozenset({NEW}), _S.SUBMITTED, frozenset({STUDENT}), _("Send the appeal")),
    Move(
        "register_paper",
        frozenset({NEW}),
        _S.REGISTERED,
        _IC,
        _("Register an appeal on paper"),
        guard_note=_("with the time of its arrival"),
    ),
    Move(
        "register", frozenset({_S.SUBMITTED}), _S.REGISTERED, _IC, _("Register and send to the secretariat")
    ),
    Move("send", frozenset({_S.REGISTERED}), _S.WITH_TEACHER, _SEC, _("Send to the teacher")),
    Move(
        "answer",
        frozenset({_S.WITH_TEACHER}),
        _S.ANSWERED,
        frozenset({TEACHER, SECRETARIAT}),
        _("Answer"),
        guard_note=_("with reasons"),
    ),
    Move("communicate", frozenset({_S.ANSWERED}), _S.COMMUNICATED, _IC, _("Send the answer to the student")),
    Move(
        "close",
        frozenset({_S.COMMUNICATED}),
        _S.CLOSED,
        frozenset({SYSTEM}),
        _("Close the appeal"),
        guard_note=_("the term for a re-evaluation has passed"),
    ),
    Move(
        "ask_again",
        frozenset({_S.COMMUNICATED}),
        _S.REEVALUATION_REQUESTED,
        frozenset({STUDENT, INFOCENTER}),
        _("Ask for a re-evaluation"),
        guard_note=_("in time, on a good reason"),
    ),
    Move("forward", frozenset({_S.REEVALUATION_REQUESTED}), SAME, _IC, _("Forward to the secretariat")),
    Move(
        "put_before_dean",
        frozenset({_S.REEVALUATION_REQUESTED}),
        _S.WITH_DEAN,
        _SEC,
        _("Put before the dean"),
        guard_note=_("forwarded by the InfoCenter"),
    ),
    Move(
        "reject", frozenset({_S.WITH_DEAN}), _S.REJECTED, _DEAN, _("Reject"), guard_note=_("with the reason")
    ),
    Move(
        "appoint",
        frozenset({_S.WITH_DEAN}),
        _S.COMMISSION,
        _DEAN,
        _("Appoint the commission"),
        guard_note=_("three teachers, none of the first evaluation"),
    ),
    Move("hand_over", frozenset({_S.COMMISSION}), SAME, _SEC, _("Hand over the copy of the paper")),
    Move("mark", frozenset({_S.COMMISSION}), SAME, frozenset({MEMBER}), _("Mark")),
    Move("report", frozenset({_S.COMMISSION}), SAME, frozenset({MEMBER}), _("Write the report")),
    Move(
        "sign",
        frozenset({_S.COMMISSION}),
        SAME,
        frozenset({MEMBER}),
        _("Sign the report"),
        guard_note=_("others have still to sign"),
    ),
    Move(
        "sign_last",
        frozenset({_S.COMMISSION}),
        _S.REPORTED,
        frozenset({MEMBER}),
        _("Sign the report as the last one"),
    ),
    Move(
        "finish",
        frozenset({_S.REPORTED}),
        _S.FINAL,
        _IC,
        _("Record the grade and tell the student"),
    ),
    Move(
        "ask_meeting",
        frozenset({_S.REPORTED, _S.FINAL}),
        SAME,
        frozenset({STUDENT}),
        _("Ask for a meeting with the commission"),
    ),
    Move("set_meeting", frozenset({_S.REPORTED, _S.FINAL}), SAME, _SEC, _("Set the meeting")),
)
