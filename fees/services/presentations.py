"""Exam presentations: charged, used by an attempt, kept for another session, ended with the year."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fees.models import PresentationCredit
from fees.parameters import REEXAM_TERM
from fees.queries import calendar, prices
from fees.queries import presentations as queries
from fees.refusal import refuse
from fees.rules import presentations as rules
from fees.rules import terms
from fees.rules.presentations import Circumstances, Cost, Standing
from fees.services import charges
from fees.services.accounts import lock_account, trace
from fees.services.charges import NewCharge
from fees.workflow import CLOSED, ChargeState
from studentrecords.models import AcademicYear, Discipline, Enrolment
from studentrecords.queries.presenting import Option
from studentrecords.services import presenting
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel.calendar import in_time
from upt_portal.kernel.clock import local_day

audit.register_act("fees.presentation_kept", _("A paid presentation was kept for another session"))
audit.register_act("fees.presentation_used", _("A paid presentation was used"))
audit.register_act("fees.presentation_lapsed", _("A presentation lapsed"))


@dataclass(frozen=True)
class Registered:
    """What asking for an exam came to. credit: None when it is free; again: an earlier payment serves."""

    cost: Cost
    credit: PresentationCredit | None = None
    again: bool = False


@transaction.atomic
def register(
    enrolment_id: int,
    discipline: Discipline,
    year: AcademicYear,
    session: str,
    *,
    standing: Standing,
    special: Circumstances = rules.NOTHING_SPECIAL,
    exam_on: date | None = None,
    form_filed_at: datetime | None = None,
    actor: User | None,
    at: datetime,
) -> Registered:
    """Charge an exam presentation, or let one that was paid and not used serve (FEE-040 to FEE-046).

    A free one writes nothing. The same session asked for twice is one row. Raises MissingPrice,
    NoSuchSession, or Refused when the term is over and nothing paid serves.
    """
    account = lock_account(enrolment_id)
    cost = _cost(account, year, session, standing, special, at)
    if cost.is_free:
        return Registered(cost)
    due_at = _due_at(account, year, session, exam_on, at)
    rows = queries.standing_rows(enrolment_id, discipline.pk, year)
    for row in rows:
        if row.session == session:
            return Registered(cost, _with_form(row, form_filed_at))
    attempts = queries.attempts_of(enrolment_id, discipline.pk, year)
    spans, today = calendar.sessions_of(year), local_day(at)
    for row in rows:
        if queries.serves_again(row, attempts, spans, today):
            return Registered(
                cost, _serve(row, session, due_at, exam_on, form_filed_at, actor, at), again=True
            )
    if any(not row.session for row in rows):
        raise refuse(_("The fee set at the start of the year for this discipline is not paid."), "FEE-051")
    if not in_time(at, due_at):
        raise refuse(
            _("The fee of this session could be paid until %(day)s.") % {"day": f"{due_at:%d.%m.%Y}"},
            "FEE-041",
            _("Choose another session of the year."),
        )
    return Registered(
        cost,
        _charge(
            account, discipline, year, session, cost, due_at,
            exam_on=exam_on, needs_form=standing is Standing.EARLIER, form_filed_at=form_filed_at,
            actor=actor, at=at,
        ),
    )  # fmt: skip


def _cost(
    account: Enrolment,
    year: AcademicYear,
    session: str,
    standing: Standing,
    special: Circumstances,
    at: datetime,
) -> Cost:
    """The cost with the year's price; a free presentation needs none."""
    free = rules.presentation_cost(rules.ZERO, session, standing, special)
    if free.rule != "FEE-040":
        return free
    price = prices.price_for(queries.REEXAM, account, year, on=local_day(at))
    return rules.presentation_cost(price.amount, session, standing, special)


def _due_at(
    account: Enrolment, year: AcademicYear, session: str, exam_on: date | None, at: datetime
) -> datetime:
    starts_on = calendar.session_of(year, session).starts_on
    return terms.presentation_due_at(
        session,
        starts_on,
        calendar.closed_days(starts_on),
        final_year=queries.is_final_year(account),
        exam_on=exam_on,
        days=REEXAM_TERM.on(local_day(at)),
    )


def _with_form(row: PresentationCredit, form_filed_at: datetime | None) -> PresentationCredit:
    if form_filed_at and not row.form_filed_at:
        row.form_filed_at = form_filed_at
        row.save(update_fields=["form_filed_at"])
    return row


def _serve(
    row: PresentationCredit,
    session: str,
    due_at: datetime,
    exam_on: date | None,
    form_filed_at: datetime | None,
    actor: User | None,
    at: datetime,
) -> PresentationCredit:
    """Let a paid presentation serve for another session of its year (FEE-045)."""
    before, row.session = row.session, session
    row.pay_until, row.exam_on, row.form_filed_at, row.freed_at = due_at, exam_on, form_filed_at, at
    row.save(update_fields=["session", "pay_until", "exam_on", "form_filed_at", "freed_at"])
    data = {"discipline": row.discipline_id, "from": before, "to": session}
    trace(row.enrolment_id, "fees.presentation_kept", actor=actor, at=at, data=data)
    return row


def _charge(
    account: Enrolment,
    discipline: Discipline,
    year: AcademicYear,
    session: str,
    cost: Cost,
    due_at: datetime,
    *,
    exam_on: date | None,
    needs_form: bool,
    form_filed_at: datetime | None,
    actor: User | None,
    at: datetime,
) -> PresentationCredit:
    price = prices.price_for(queries.REEXAM, account, year, on=local_day(at))
    line = NewCharge(
        key=session,
        code=queries.REEXAM,
        amount=cost.amount,
        currency=price.currency,
        description_ro=f"Reexaminare, sesiunea {session}: {discipline.name_in('ro')}"[:250],
        description_en=f"Re-examination, session {session}: {discipline.name_in('en')}"[:250],
        rule=cost.rule,
        article=cost.article.place,
        price=price.pk,
    )
    case = f"fees.presentation:{account.pk}:{year.name}:{discipline.pk}"
    made = charges.post_charges(case, account, [line], due_at, actor=actor, at=at, year=year)
    return PresentationCredit.objects.create(
        enrolment=account,
        discipline=discipline,
        year=year,
        charge=next(one for one in made if one.line_key == session),
        session=session,
        exam_on=exam_on,
        pay_until=due_at,
        needs_form=needs_form,
        form_filed_at=form_filed_at,
    )


@transaction.atomic
def follow(credit_id: int, *, at: datetime) -> str:
    """Bring one presentation up to date: "used", "lapsed", or "" when nothing changed.

    Sat with its fee paid: used. Its session over and the fee not paid: lapsed, the charge cancelled and a
    part payment unallocated. Its year over: lapsed; what was paid is not given back (FEE-042, FEE-045).
    """
    enrolment_id = PresentationCredit.objects.values_list("enrolment_id", flat=True).get(pk=credit_id)
    lock_account(enrolment_id)
    row = PresentationCredit.objects.select_related("charge", "year").get(pk=credit_id)
    if row.used_by_id or row.lapsed_at:
        return ""
    paid = row.charge.state in CLOSED and row.charge.state != ChargeState.CANCELLED
    attempt = queries.attempt_of(row)
    if attempt is not None and not attempt.absent:
        return _use(row, attempt.pk, at) if paid else ""
    spans, today = calendar.sessions_of(row.year), local_day(at)
    over = row.session in spans and spans[row.session].ends_on < today
    if row.year.ends_on < today or (not paid and (over or attempt is not None)):
        return _lapse(row, paid=paid, at=at)
    return ""


def _use(row: PresentationCredit, attempt_id: int, at: datetime) -> str:
    row.used_by_id = attempt_id
    row.save(update_fields=["used_by"])
    data = {"discipline": row.discipline_id, "session": row.session}
    trace(row.enrolment_id, "fees.presentation_used", actor=None, at=at, data=data)
    return "used"


def _lapse(
    row: PresentationCredit, *, paid: bool, at: datetime, actor: User | None = None, reason: str = ""
) -> str:
    row.lapsed_at = at
    row.save(update_fields=["lapsed_at"])
    data = {"discipline": row.discipline_id, "session": row.session, "paid": paid}
    trace(row.enrolment_id, "fees.presentation_lapsed", actor=actor, at=at, data=data)
    if not paid and row.charge.state != ChargeState.CANCELLED:
        where = f"sesiunea {row.session}" if row.session else "anul"
        charges.withdraw(
            row.charge.reference,
            keys=[row.charge.line_key],
            reason=reason or f"{where} s-a încheiat, taxa neplătită",
            actor=actor,
            at=at,
        )
    return "lapsed"


# ---- asked for and taken back by the student ---------------------------------------------------------------


@transaction.atomic
def release(
    enrolment: Enrolment, year: AcademicYear, discipline: int, session: str, *, actor: User, at: datetime
) -> str:
    """Take back a presentation that is not listed yet: "lapsed", "kept", or "" when there is none.

    Unpaid, it lapses and its charge is withdrawn. Paid with a form, the payment waits for another session
    of the year (FEE-045). Raises Refused for a paid one of session C without a form: no session follows.
    """
    lock_account(enrolment.pk)
    rows = queries.standing_rows(enrolment.pk, discipline, year)
    row = next((one for one in rows if one.session == session), None)
    if row is None:
        return ""
    if queries.paid_at_of(row) is None:
        return _lapse(row, paid=False, at=at, actor=actor, reason="cererea a fost retrasă de student")
    if not row.needs_form:
        raise refuse(_("The fee is paid, and no session of this year follows."), "FEE-045")
    row.form_filed_at, row.freed_at = None, at
    row.save(update_fields=["form_filed_at", "freed_at"])
    data = {"discipline": row.discipline_id, "from": session, "to": ""}
    trace(row.enrolment_id, "fees.presentation_kept", actor=actor, at=at, data=data)
    return "kept"


def _charge_option(
    enrolment: Enrolment,
    year: AcademicYear,
    option: Option,
    form_filed_at: datetime | None,
    actor: User,
    at: datetime,
) -> None:
    try:
        register(
            enrolment.pk,
            option.discipline,
            year,
            option.session,
            standing=option.standing,
            special=option.special,
            exam_on=option.exam.held_on if option.exam else None,
            form_filed_at=form_filed_at,
            actor=actor,
            at=at,
        )
    except (prices.MissingPrice, calendar.NoSuchSession) as missing:
        raise refuse(missing.sentence, "FEE-001") from missing


def _release_option(
    enrolment: Enrolment, year: AcademicYear, discipline: int, session: str, actor: User, at: datetime
) -> None:
    release(enrolment, year, discipline, session, actor=actor, at=at)


presenting.charge_with(_charge_option, _release_option)
