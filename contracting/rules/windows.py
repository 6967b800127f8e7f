"""What may be done at a given moment, and until when."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from contracting.rules.campaign import Situation, StageWindows, Window
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import add_working_days, end_of_day, start_of_day
from upt_portal.kernel.sources import CODE, CONTRACT_GUIDE, DERIVED, Article, cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

STAGE_1 = Article(CONTRACT_GUIDE, "stage 1")
STAGE_2 = Article(CONTRACT_GUIDE, "stage 2")
STAGE_3 = Article(CONTRACT_GUIDE, "stage 3")
STAGE_4 = Article(CONTRACT_GUIDE, "stage 4")
STAGE_5 = Article(CONTRACT_GUIDE, "stage 5")
STEP_3 = Article(CONTRACT_GUIDE, "step 3")
STEP_4 = Article(CONTRACT_GUIDE, "step 4")

#: Working days a student has to replace a returned file (REUPLOAD_GRACE).
REUPLOAD_GRACE = 3

ASK_FOR_EXTENSION = _("Write to the secretariat of your faculty: it can extend the term for a stated reason.")


@cites(
    STAGE_1,
    rule=("CON-004", "CON-043"),
    words=_("The list is chosen and validated in stage 1, or until an individual extension ends."),
)
def may_validate(windows: StageWindows, at: datetime, *, extended_until: date | None = None) -> Answer:
    """Whether a student may tick and validate at `at` (aware).

    extended_until: last day, whole, of an individual extension.

    Examples:
        Sunday 1 November 2020, 23:59:59 -> yes
        Monday 2 November 2020, 00:00:00 -> no
    """
    return _within(windows.stage_1.until(extended_until), 1, STAGE_1, at)


@cites(
    Article(DERIVED, "CON-046"),
    rule="CON-046",
    words=_(
        "A list that is not validated by the end of stage 1 lapses; nobody validates it silently. The "
        "secretariat may extend the term or validate the whole list, giving its reason."
    ),
)
def has_lapsed(windows: StageWindows, at: datetime, *, extended_until: date | None = None) -> bool:
    """Whether an offer still unvalidated at `at` (aware) has lapsed: the term of `may_validate` is over."""
    return at > windows.stage_1.until(extended_until).ends_at


@cites(
    STAGE_2,
    rule=("CON-005", "CON-050"),
    words=_(
        "The secretariat checks, asks and approves from the start of stage 2, also while stage 1 is open for "
        "others. Its own delay is marked as late and never harms the student."
    ),
)
def may_process(windows: StageWindows, at: datetime) -> Answer:
    """Whether the secretariat may check, ask and approve at `at` (aware); with no end (T9)."""
    return _opened(windows.stage_2, 2, STAGE_2, at)


@cites(
    STAGE_2,
    STAGE_3,
    Article(DERIVED, "CON-053"),
    rule="CON-053",
    words=_("A change of the annex is requested in stage 2, or later with an individual extension."),
)
def may_request_change(windows: StageWindows, at: datetime, *, extended_until: date | None = None) -> Answer:
    """Whether a change may be requested at `at` (aware)."""
    return _within(windows.stage_2.until(extended_until), 2, STAGE_2, at)


@cites(
    STAGE_3,
    rule="CON-052",
    words=_("The secretariat updates the annexes with approved changes from stage 3 on."),
)
def may_apply_change(windows: StageWindows, at: datetime) -> Answer:
    """Whether an approved change may be worked into the annex at `at` (aware); with no end (T9)."""
    return _opened(windows.stage_3, 3, STAGE_3, at)


@cites(
    Article(DERIVED, "T9"),
    rule=("CON-050", "CON-052"),
    words=_("What the secretariat does after its stage is marked as late; nothing is refused for it."),
)
def is_late(window: Window, at: datetime) -> bool:
    """Whether a staff step at `at` (aware) comes after its stage."""
    return at > window.ends_at


@cites(
    STEP_3,
    rule="CON-060",
    words=_(
        "Documents appear after the secretariat has processed a validated list; for students with nothing to "
        "validate, from the campaign's document date."
    ),
)
def documents_visible(
    situation: Situation, windows: StageWindows, at: datetime, *, processed: bool
) -> Answer:
    """Whether the Documents tab shows the documents at `at` (aware).

    processed: the secretariat approved the validated list and the documents were made.

    Examples:
        26 October 2020, 09:00, nothing to validate -> documents listed
        26 October 2020, 09:00, validated but not processed -> not yet
    """
    if situation is not Situation.S2B:
        return (
            YES
            if processed
            else NO(
                _("The documents appear here after the secretariat has processed your validated list."),
                article=STEP_3,
                cure=_(
                    "Validate your list in stage 1, if you have not yet. We write to you when they are ready."
                ),
            )
        )
    if at >= start_of_day(windows.documents_from):
        return YES
    return NO(
        _("The documents appear here from %(day)s.") % {"day": windows.documents_from},
        article=STEP_3,
        cure=_("There is nothing to do until then."),
    )


@cites(
    STAGE_4,
    STEP_3,
    Article(DERIVED, "CON-066"),
    rule=("CON-061", "CON-066"),
    words=_(
        "Signed documents are uploaded in stage 4, or until an individual extension ends. A returned file "
        "opens its upload again, by default for 3 working days after the return; an annex made late does too."
    ),
)
def may_upload(
    windows: StageWindows,
    at: datetime,
    *,
    extended_until: date | None = None,
    papers_on: date | None = None,
    closed: Collection[date] = (),
    grace: int = REUPLOAD_GRACE,
) -> Answer:
    """Whether signed documents may be uploaded at `at` (aware).

    papers_on: local day on which the papers last came to the student: a file returned, the annex made late or
    reissued (a delay of the office harms nobody, T9). closed: days that are not working days.
    grace: working days given from then; the day itself is not counted (T2).

    Examples:
        returned Thursday 26 November 2020 -> until Thursday 3 December 2020 (30 November, 1 December closed)
    """
    last = upload_until(
        windows, extended_until=extended_until, papers_on=papers_on, closed=closed, grace=grace
    )
    return _within(windows.stage_4.until(last), 4, STAGE_4, at)


@cites(
    STAGE_4,
    Article(DERIVED, "CON-066"),
    rule=("CON-061", "CON-066"),
    words=_(
        "The last day of upload is that of stage 4, of the extension or of the grace, whichever is latest."
    ),
)
def upload_until(
    windows: StageWindows,
    *,
    extended_until: date | None = None,
    papers_on: date | None = None,
    closed: Collection[date] = (),
    grace: int = REUPLOAD_GRACE,
) -> date:
    """Last day, whole, on which this student uploads; arguments as in `may_upload`."""
    days = [windows.stage_4.last, extended_until]
    if papers_on is not None:
        days.append(add_working_days(papers_on, grace, closed))
    return max(day for day in days if day is not None)


@cites(
    STAGE_4,
    Article(CODE, "art. 59 (1) (a)"),
    rule="CON-067",
    words=_("Documents not uploaded by the end of the term are marked overdue; payment stays closed."),
)
def upload_overdue(at: datetime, until: date) -> bool:
    """Whether documents still missing at `at` (aware) are overdue. until: the day of `upload_until`."""
    return at > end_of_day(until)


@cites(
    STEP_4,
    Article(DERIVED, "CON-082"),
    rule=("CON-080", "CON-082", "FEE-060"),
    words=_(
        "The Payments tab is filled only while the signed documents are in; a returned file hides the unpaid "
        "lines until the new upload."
    ),
)
def payments_visible(signed_documents_in: bool) -> Answer:
    """Whether the Payments tab shows the lines of the annex.

    signed_documents_in: every required file is uploaded and none returned.
    """
    if signed_documents_in:
        return YES
    return NO(
        _("Payments appear here after you upload the signed documents."),
        article=STEP_4,
        cure=_("Upload the signed documents in the Documents tab."),
    )


@cites(
    STAGE_5,
    Article(DERIVED, "CON-082"),
    rule=("FEE-061", "CON-081", "CON-082"),
    words=_(
        "The sums of the annex are due on the campaign's payment end date, weekend or not. After a returned "
        "file they are due no earlier than 3 working days (by default) after they reappear."
    ),
)
def payment_due(
    windows: StageWindows,
    *,
    appeared_on: date | None = None,
    closed: Collection[date] = (),
    grace: int = REUPLOAD_GRACE,
) -> date:
    """Last day, whole, of payment without penalty.

    appeared_on: local day on which the lines came (back) to the student with an upload. Early in the campaign
    it changes nothing; after a return or an extension it keeps the term from lying in the past.

    Examples:
        the campaign of 2020 -> Sunday 13 December 2020
        lines back on Friday 11 December 2020 -> Wednesday 16 December 2020
    """
    if appeared_on is None:
        return windows.payment_end
    return max(windows.payment_end, add_working_days(appeared_on, grace, closed))


def _opened(window: Window, stage: int, article: Article, at: datetime) -> Answer:
    if at >= window.opens_at:
        return YES
    return NO(
        _("Stage %(stage)s opens on %(day)s.") % {"stage": stage, "day": window.first},
        article=article,
        cure=_("Come back then."),
    )


def _within(window: Window, stage: int, article: Article, at: datetime) -> Answer:
    opened = _opened(window, stage, article, at)
    if not opened or at <= window.ends_at:
        return opened
    reason: Sentence = _("The term of stage %(stage)s ended on %(until)s.") % {
        "stage": stage,
        "until": window.ends_at,
    }
    return NO(reason, article=article, cure=ASK_FOR_EXTENSION)
