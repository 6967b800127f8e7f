"""The messages of admission (§7). The copy on the platform is the official one (ADM-240)."""

from datetime import datetime, timedelta

from django.db.models import Q

from admissions import parameters
from admissions.models import Clarification, Dossier, Resolution
from admissions.queries import figures
from admissions.workflow.dossier import GIVES_REAPPLICATION
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.outbox import Notice
from upt_portal.kernel.references import reference

_OFFICE = "Departamentul de Relații Internaționale"


def _notice(
    dossier: Dossier, reader: User, name: str, event: str, *, link: str = "", **context: object
) -> Notice:
    programme = dossier.offer.programme
    return Notice(
        recipient=reader,
        template=f"admissions/mail/{name}",
        key=f"admissions:{name}:{event}",
        context={
            "dossier": dossier,
            "programme": programme.name_in(reader.language or "ro"),
            **context,
        },
        link=link or f"/apply/{dossier.pk}/",
        office=_OFFICE,
        reply_to=figures.figure(parameters.DRI_EMAIL, dossier.campaign, local_day(dossier.state_at)),
    )


def _desk(dossier: Dossier) -> str:
    return f"/admissions/{dossier.pk}/"


def office(dossier: Dossier) -> list[User]:
    """Who of the international office is told: the responsible officer, else everybody there (ADM-097)."""
    if dossier.officer is not None:
        return [dossier.officer]
    held = Q(groups__name=roles.DRI_OFFICER) | Q(groups__name=roles.DRI_HEAD)
    return list(User.objects.filter(held, is_active=True).distinct().order_by("pk"))


def deanery(dossier: Dossier) -> list[User]:
    """The deanery of the offer's faculty."""
    faculty = dossier.offer.programme.faculty
    if faculty is None:
        return []
    return list(
        User.objects.filter(
            groups__name=roles.DEANERY, faculty_scopes__faculty_code=faculty.code, is_active=True
        )
        .distinct()
        .order_by("pk")
    )


def submitted(dossier: Dossier, reader: User) -> Notice:
    """T02, to the candidate: number and the list of what was handed in."""
    files = dossier.receipt.get("files", [])
    return _notice(dossier, reader, "submitted", reference(dossier), files=files)


def arrived(dossier: Dossier, reader: User) -> Notice:
    """T02, to the office."""
    return _notice(dossier, reader, "arrived", reference(dossier), link=_desk(dossier))


def draft_cancelled(dossier: Dossier, reader: User) -> Notice:
    """T03 by the clock."""
    return _notice(dossier, reader, "draft_cancelled", reference(dossier))


def clarification_asked(asked: Clarification, reader: User) -> Notice:
    """T04: items, text, day."""
    return _notice(
        asked.dossier,
        reader,
        "clarification_asked",
        reference(asked),
        message=asked.message,
        due_on=asked.due_on,
        items=[item.question or item.get_kind_display() for item in asked.items.all()],
    )


def answered(asked: Clarification, reader: User) -> Notice:
    """T05, to the office."""
    return _notice(asked.dossier, reader, "answered", reference(asked), link=_desk(asked.dossier))


def question_closed(dossier: Dossier, reader: User, reason: str) -> Notice:
    """T05b."""
    return _notice(
        dossier, reader, "question_closed", f"{reference(dossier)}:{dossier.state_at:%s}", reason=reason
    )


def ended(decided: Resolution, reader: User) -> Notice:
    """T06, T07, T10, T11 and a reopened rejection, to the candidate: what was decided, why, what remains."""
    dossier = decided.dossier
    free = dossier.state in GIVES_REAPPLICATION and dossier.kind != "reapplication"
    return _notice(
        dossier,
        reader,
        f"decided_{decided.act}",
        reference(decided),
        reason=decided.reason,
        free=free,
        free_until=_free_until(decided) if free else None,
    )


def _free_until(decided: Resolution) -> object:
    days = figures.figure(parameters.REAPPLY_GRACE_DAYS, decided.dossier.campaign, local_day(decided.at))
    return local_day(decided.at) + timedelta(days=days)


def decided(resolution: Resolution, reader: User) -> Notice:
    """T10 and T11, to the office."""
    dossier = resolution.dossier
    return _notice(
        dossier,
        reader,
        "faculty_decided",
        reference(resolution),
        link=_desk(dossier),
        accepted=resolution.act == "preaccept",
        reason=resolution.reason,
    )


def transmitted(dossier: Dossier, reader: User) -> Notice:
    """T08, to the candidate."""
    return _notice(dossier, reader, "transmitted", f"{reference(dossier)}:{dossier.state_at:%s}")


def for_faculty(dossier: Dossier, reader: User) -> Notice:
    """T08, to the deanery."""
    return _notice(
        dossier,
        reader,
        "for_faculty",
        f"{reference(dossier)}:{dossier.state_at:%s}",
        link=_desk(dossier),
    )


def returned(dossier: Dossier, reader: User, question: str, at: datetime) -> Notice:
    """T09, to the office."""
    return _notice(
        dossier,
        reader,
        "returned_by_faculty",
        f"{reference(dossier)}:{at:%s}",
        link=_desk(dossier),
        question=question,
    )
