"""The messages of contracting: a thing and its reader give a Notice (CON-152)."""

from datetime import date

from contracting.models import ChangeRequest, Clarification, SignedFile, StudentContracting
from contracting.queries import facts
from upt_portal.accounts.models import User
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.models import Deadline, IssuedPaper
from upt_portal.kernel.outbox import Notice
from upt_portal.kernel.references import reference


def _notice(
    case: StudentContracting, reader: User, name: str, event: str, page: str, **context: object
) -> Notice:
    faculty = case.campaign.faculty or case.enrolment.programme.faculty
    return Notice(
        recipient=reader,
        template=f"contracting/mail/{name}",
        key=f"{name}:{event}",
        context={"case": case, **context},
        link=f"/student/{case.enrolment_id}/{page}/",
        office=faculty.office_in(reader.language) if faculty else "",
        reply_to=faculty.office_email if faculty else "",
    )


def offer_published(case: StudentContracting, reader: User) -> Notice:
    """The offer, or the list to contract, is there."""
    windows = facts.windows_of(case.campaign)
    return _notice(
        case,
        reader,
        "offer_published",
        reference(case),
        "contract",
        validate_until=windows.stage_1.ends_at,
        to_validate=case.situation != "S2b",
        documents_from=windows.documents_from,
    )


def validated(case: StudentContracting, reader: User) -> Notice:
    """The list was validated and is with the secretariat."""
    return _notice(case, reader, "validated", f"{reference(case)}:{case.validated_at:%s}", "contract")


def lapsed(case: StudentContracting, reader: User) -> Notice:
    """The list was not validated in time."""
    return _notice(case, reader, "lapsed", f"{reference(case)}:{case.state_at:%s}", "contract")


def extended(case: StudentContracting, reader: User, until: date) -> Notice:
    """A term was extended for this student."""
    return _notice(
        case,
        reader,
        "extended",
        f"{reference(case)}:{case.state}:{until}",
        "contract",
        until=end_of_day(until),
    )


def validated_for(case: StudentContracting, reader: User, reason: str) -> Notice:
    """The secretariat validated the whole list in the student's name."""
    return _notice(
        case, reader, "validated_for", f"{reference(case)}:{case.validated_at:%s}", "contract", reason=reason
    )


def clarification_asked(asked: Clarification, reader: User) -> Notice:
    """The secretariat asks something."""
    return _notice(
        asked.contracting,
        reader,
        "clarification_asked",
        reference(asked),
        "contract",
        question=asked.question,
    )


def documents_ready(case: StudentContracting, reader: User, paper: IssuedPaper) -> Notice:
    """The documents can be downloaded, signed and uploaded."""
    windows = facts.windows_of(case.campaign)
    return _notice(
        case,
        reader,
        "documents_ready",
        reference(paper),
        "documents",
        upload_from=windows.stage_4.opens_at,
        upload_until=windows.stage_4.ends_at,
    )


def file_rejected(signed: SignedFile, reader: User, until: date) -> Notice:
    """A signed document was returned, with the reason."""
    case = signed.document.contracting
    return _notice(
        case,
        reader,
        "file_rejected",
        reference(signed),
        "documents",
        reason=signed.reason,
        until=end_of_day(until),
        document=signed.document,
    )


def contracted(case: StudentContracting, reader: User) -> Notice:
    """The signed documents were accepted."""
    return _notice(
        case,
        reader,
        "contracted",
        f"{reference(case)}:{case.decided_at:%s}",
        "payments",
        to_pay=bool(case.total),
    )


def change_decided(asked: ChangeRequest, reader: User) -> Notice:
    """The dean's office decided on a change."""
    return _notice(
        asked.contracting,
        reader,
        "change_decided",
        f"{reference(asked)}:{asked.state}",
        "contract",
        request=asked,
    )


def term_near(deadline: Deadline, case: StudentContracting, reader: User) -> Notice:
    """A term comes near; can be turned down, decisions cannot."""
    page = "contract" if deadline.kind == "contracting.validate" else "documents"
    return _notice(
        case,
        reader,
        "term_near",
        f"{deadline.pk}:{deadline.due_at:%s}",
        page,
        due_at=deadline.due_at,
        kind=deadline.kind,
    )


def upload_overdue(deadline: Deadline, case: StudentContracting, reader: User) -> Notice:
    """The signed documents did not come in time."""
    return _notice(
        case,
        reader,
        "upload_overdue",
        f"{deadline.pk}:{deadline.due_at:%s}",
        "documents",
        due_at=deadline.due_at,
    )
