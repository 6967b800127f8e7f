"""Asking to sit a paid exam: the re-examination form and the fee in one act, cancelled until listed."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from studentrecords.models import AcademicYear, Catalogue, CatalogueRow, Enrolment, ReexaminationForm
from studentrecords.queries import presenting as queries
from studentrecords.queries.core import academic_year_of
from studentrecords.queries.presenting import Option
from studentrecords.refusal import demand, refuse
from studentrecords.rules import sessions as rules
from studentrecords.rules.sessions import Standing
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel.clock import local_day

audit.register_act("studentrecords.file_reexamination", _("An exam to be paid for was asked for"))
audit.register_act("studentrecords.cancel_reexamination", _("The request for an exam was cancelled"))

Charge = Callable[[Enrolment, AcademicYear, Option, datetime | None, User, datetime], None]
Release = Callable[[Enrolment, AcademicYear, int, str, User, datetime], None]


def _no_charge(
    enrolment: Enrolment,
    year: AcademicYear,
    option: Option,
    form_filed_at: datetime | None,
    actor: User,
    at: datetime,
) -> None:
    raise refuse(_("Nobody keeps the fees of exams."))


def _no_release(
    enrolment: Enrolment, year: AcademicYear, discipline: int, session: str, actor: User, at: datetime
) -> None:
    raise refuse(_("Nobody keeps the fees of exams."))


_charge: Charge = _no_charge
_release: Release = _no_release


def charge_with(charge: Charge, release: Release) -> None:
    """From now on asking for an exam charges by `charge`, and cancelling takes it back by `release`.

    Both raise this room's Refused, in words.
    """
    global _charge, _release
    _charge, _release = charge, release


@transaction.atomic
def file(enrolment_id: int, discipline_id: int, session: str, *, actor: User, at: datetime) -> Option:
    """Ask to sit a discipline in a session: the form of REC-113 where it is needed, and the fee.

    Asked twice it is one. Raises Refused in words: not this session, too late for the form or the fee, free.
    """
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",)).select_related("programme").get(pk=enrolment_id)
    )
    option = queries.option_of(enrolment, discipline_id, session, at)
    year = academic_year_of(local_day(at))
    if option is None or year is None:
        raise refuse(_("This discipline is not among those you may sit."), rules.RE_EXAM)
    if option.asked:
        return option
    demand(option.answer)
    if option.is_free:
        raise refuse(_("This exam is free; you are listed without asking."), rules.SESSIONS)
    form = None
    if option.standing is Standing.EARLIER:
        form = ReexaminationForm.objects.create(
            enrolment=enrolment,
            discipline=option.discipline,
            year=year,
            session=session,
            filed_at=at,
            filed_by=actor,
        )
    _charge(enrolment, year, option, at if form else None, actor, at)
    data = {"discipline": option.discipline.code, "session": session, "form": form is not None}
    audit.record(enrolment, "studentrecords.file_reexamination", actor=actor, at=at, data=data)
    return option


@transaction.atomic
def cancel(enrolment_id: int, discipline_id: int, session: str, *, actor: User, at: datetime) -> bool:
    """Take back a request that is not listed yet; an unpaid fee goes with it, a paid one stays for the year.

    False when there was nothing to take back. Raises Refused once the student is on the list. The lists of
    the exam are locked first, as the clock locks them when it makes them.
    """
    year = academic_year_of(local_day(at))
    if year is None:
        return False
    of_exam = Catalogue.objects.select_for_update(of=("self",)).filter(
        discipline=discipline_id, session__year=year, session__code=session
    )
    exams = list(of_exam.order_by("pk"))
    enrolment = Enrolment.objects.select_for_update(of=("self",)).get(pk=enrolment_id)
    if CatalogueRow.objects.filter(enrolment=enrolment, catalogue__in=exams).exists():
        raise refuse(
            _("You are on the list of this exam already."),
            rules.PAID_LISTS,
            _("Not sat, a paid presentation serves in another session of this year."),
        )
    option = queries.option_of(enrolment, discipline_id, session, at)
    if option is None or not option.asked:
        return False
    ReexaminationForm.objects.filter(
        enrolment=enrolment, discipline=discipline_id, year=year, session=session, withdrawn_at__isnull=True
    ).update(withdrawn_at=at)
    _release(enrolment, year, discipline_id, session, actor, at)
    data = {"discipline": option.discipline.code, "session": session}
    audit.record(enrolment, "studentrecords.cancel_reexamination", actor=actor, at=at, data=data)
    return True
