"""The tuition of a year in the accounts: generated for many, set for one, changed with the place."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fees.models import Charge, InstalmentPlan, StatusDecision
from fees.parameters import HALF_SHARE, STATUS_STEPS
from fees.queries import calendar, prices, tuition
from fees.queries.tuition import NoPlan, Part, Plans, reference_of
from fees.refusal import demand, refuse
from fees.rules import terms
from fees.rules import tuition as rules
from fees.services import charges
from fees.services.accounts import lock_account, record
from fees.services.charges import NewCharge
from studentrecords.models import AcademicYear, Enrolment, Faculty, Financing, Programme
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, jobs
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.models import Job
from upt_portal.kernel.money import format_money
from upt_portal.kernel.references import reference

GENERATE = "fees.generate_tuition"
RULE, ARTICLE = "FEE-010", "art. 13 (q)"
EVERY = 20  # students between two reports of a job's progress

audit.register_act("fees.set_plan", _("A plan of instalments was set"))
audit.register_act("fees.status_decision", _("A decision on the place was registered"))
audit.register_act("fees.status_carried_out", _("A decision on the place was carried out"))


# ---- plans of instalments ----------------------------------------------------------------------------------


@transaction.atomic
def set_plan(
    year: AcademicYear,
    due_on: list[date],
    *,
    decision: str,
    actor: User | None,
    at: datetime,
    faculty: Faculty | None = None,
    programme: Programme | None = None,
    cycle: str = "",
) -> InstalmentPlan:
    """Set the due days of the instalments of a year for a scope; charges made before keep theirs (FEE-011).

    Raises Refused when the days do not go forward or lie outside the year.
    """
    if list(due_on) != sorted(set(due_on)) or not due_on:
        raise refuse(_("The due days of instalments go forward, each day once."), "FEE-011")
    if due_on[-1] > year.ends_on:
        raise refuse(
            _("The last instalment is due before the year ends, on %(day)s.")
            % {"day": f"{year.ends_on:%d.%m.%Y}"},
            "FEE-011",
        )
    plan = InstalmentPlan.objects.create(
        year=year,
        faculty=faculty,
        programme=programme,
        cycle=cycle,
        due_on=list(due_on),
        decision=decision,
        set_at=at,
    )
    days = [day.isoformat() for day in due_on]
    audit.record(plan, "fees.set_plan", actor=actor, at=at, reason=decision, data={"days": days})
    return plan


# ---- one account -------------------------------------------------------------------------------------------


@transaction.atomic
def charge_year(
    enrolment_id: int,
    year: AcademicYear,
    *,
    actor: User | None,
    at: datetime,
    amount: Decimal | None = None,
    currency: str = "",
    price: int | None = None,
) -> list[Charge]:
    """Charge the tuition of a year, in the instalments of its plan (FEE-010, FEE-011, FEE-016, FEE-032).

    Nothing is done where tuition of that year stands already or none is owed. Before the year starts the
    lines are set and stay hidden; they open with the year.
    amount: the tuition already fixed elsewhere (an annex), with its currency and price row.
    Raises MissingPrice or NoPlan, in words, with nothing changed.
    """
    account = lock_account(enrolment_id)
    if tuition.charged_in(year, [enrolment_id]):
        return []
    if amount is None:
        if tuition.not_owed(account, local_day(at)):
            return []
        amount, currency, price = _price_of(account, year, local_day(at))
    return _post(account, year, amount, currency, price, actor=actor, at=at)


def _price_of(account: Enrolment, year: AcademicYear, on: date) -> tuple[Decimal, str, int]:
    found = prices.tuition_tariff(year, [account], on=on).get(account.pk)
    if found is None:
        raise prices.MissingPrice(prices.missing_tuition(account, year))
    return found.amount, found.currency, found.price


def _post(
    account: Enrolment,
    year: AcademicYear,
    amount: Decimal,
    currency: str,
    price: int | None,
    *,
    actor: User | None,
    at: datetime,
    share: Decimal | None = None,
) -> list[Charge]:
    """The instalments of a sum. share: per cent of the annual fee that it is, for the working."""
    owed = (
        amount
        if share is None
        else rules.transfer_tuition(amount, fee_paying=True, from_second_semester=True, half_share=share)
    )
    parts = Plans(year).parts(account.programme, owed, local_day(at))
    lines = [_line(part, year, amount, currency, price, share) for part in parts if part.amount]
    return charges.post_charges(
        reference_of(account, year),
        account,
        lines,
        parts[-1].due_at,
        actor=actor,
        at=at,
        year=year,
        released=local_day(at) >= year.starts_on,
    )


def _line(
    part: Part, year: AcademicYear, annual: Decimal, currency: str, price: int | None, share: Decimal | None
) -> NewCharge:
    ro, en = f"Taxă de studii {year}", f"Tuition {year}"
    work = {language: format_money(annual, currency, language) for language in ("ro", "en")}
    if share is not None:
        work = {language: f"{said} × {share.normalize():f} %" for language, said in work.items()}
    if part.of > 1:
        ro, en = f"{ro}, rata {part.number} din {part.of}", f"{en}, instalment {part.number} of {part.of}"
        work = {language: f"{said} ÷ {part.of}" for language, said in work.items()}
    plain = part.of == 1 and share is None
    return NewCharge(
        key=f"tuition-{part.number}",
        code=prices.TUITION,
        amount=part.amount,
        currency=currency,
        description_ro=ro,
        description_en=en,
        working_ro="" if plain else work["ro"],
        working_en="" if plain else work["en"],
        rule="FEE-015" if share is not None else RULE,
        article="art. 42 (10)" if share is not None else ARTICLE,
        price=price,
        due_at=part.due_at,
    )


@transaction.atomic
def charge_transfer(
    enrolment_id: int, year: AcademicYear, *, from_second_semester: bool, actor: User, at: datetime
) -> list[Charge]:
    """The tuition of the year of a transfer: all of it, or the half share from semester II (FEE-015).

    Nothing on a state-funded place. Raises MissingPrice, NoPlan, Refused when tuition stands already.
    """
    account = lock_account(enrolment_id)
    if account.financing != Financing.FEE:
        return []
    if tuition.charged_in(year, [enrolment_id]):
        raise refuse(_("The tuition of this year stands in the account."), "FEE-015")
    amount, currency, price = _price_of(account, year, local_day(at))
    share = HALF_SHARE.on(local_day(at)) if from_second_semester else None
    return _post(account, year, amount, currency, price, actor=actor, at=at, share=share)


# ---- many accounts -----------------------------------------------------------------------------------------


@transaction.atomic
def enqueue_generation(
    year: AcademicYear, *, faculty: str, programme: str, fingerprint: str, actor: User, at: datetime
) -> Job:
    """Generate the tuition of a scope in the background (FEE-032); a confirmation sent twice is one job.

    fingerprint: of the preview the office saw. Raises Refused when something changed since.
    """
    found = tuition.preview(year, tuition.students_of(faculty, programme), on=local_day(at))
    if found.fingerprint != fingerprint:
        raise refuse(_("Something changed since the preview: look at it again, then confirm."), "FEE-032")
    key = f"{GENERATE}:{year.name}:{faculty}:{programme}:{fingerprint}:{at:%Y-%m-%d %H:%M}"
    payload = {"year": year.pk, "enrolments": [one.enrolment.pk for one in found.owed], "actor": actor.pk}
    return jobs.enqueue(GENERATE, key, payload, actor=actor, total=len(found.owed), queue="bulk", at=at)


@jobs.handler(GENERATE)
def generate(job: Job) -> Mapping[str, Any]:
    """One account after another, each in a transaction of its own; a second run adds nothing."""
    from upt_portal.kernel import clock

    year = AcademicYear.objects.get(pk=job.payload["year"])
    made, blocked = 0, []
    for done, enrolment_id in enumerate(job.payload["enrolments"], 1):
        try:
            made += bool(charge_year(enrolment_id, year, actor=job.actor, at=clock.now()))
        except (prices.MissingPrice, NoPlan) as missing:
            blocked.append([enrolment_id, str(missing)])
        if done % EVERY == 0:
            jobs.step(job, done)
    return {"made": made, "blocked": blocked}


# ---- changes of the place ----------------------------------------------------------------------------------


@transaction.atomic
def reclassify(
    enrolment_id: int, year: AcademicYear, financing: Financing, *, decision: str, actor: User, at: datetime
) -> list[Charge]:
    """Let the tuition of a coming year follow a reclassification (FEE-012).

    To a fee-paying place: it is set. To a state-funded one: it is cancelled; a part already paid becomes
    unallocated money for staff. Returns the lines that stand afterwards. Raises Refused once the year runs.
    """
    demand(terms.may_reclassify(local_day(at), year.starts_on))
    account = lock_account(enrolment_id)
    if financing == Financing.STATE:
        for case in _own_cases(account, year):
            charges.withdraw(case, reason=decision, actor=actor, at=at)
        return []
    if tuition.charged_in(year, [enrolment_id]):
        return list(Charge.objects.filter(reference=reference_of(account, year), cancelled_at__isnull=True))
    amount, currency, price = _price_of(account, year, local_day(at))
    return _post(account, year, amount, currency, price, actor=actor, at=at)


def _own_cases(account: Enrolment, year: AcademicYear) -> list[str]:
    """The cases of fees under which tuition of the year stands; Refused when it stands in an annex."""
    cases = sorted(tuition.charged_in(year, [account.pk]).get(account.pk, ()))
    if any(not case.startswith(("fees.tuition:", "fees.statusdecision:")) for case in cases):
        raise refuse(
            _("The tuition of this year belongs to a contracting annex."),
            "FEE-013",
            _("Have the annex made anew; its sums are compared then."),
        )
    return cases


@transaction.atomic
def register_decision(
    enrolment_id: int,
    year: AcademicYear,
    financing: Financing,
    *,
    decision: str,
    amount: Decimal,
    due_on: date | None,
    communicated_on: date,
    actor: User,
    at: datetime,
    currency: str = "RON",
) -> StatusDecision:
    """Register a rector's decision on a place during the year; its steps have five working days (FEE-013).

    amount: the tuition owed for the year after it. The same decision twice is one row. Raises Refused.
    """
    if financing == Financing.STATE and amount:
        raise refuse(_("A state-funded place owes no tuition."), "FEE-010")
    if amount and due_on is None:
        raise refuse(_("The decision needs the term of its amount."), "FEE-013")
    if communicated_on > local_day(at):
        raise refuse(_("The day of communication is not in the future."), "FEE-013")
    lock_account(enrolment_id)
    days = STATUS_STEPS.on(communicated_on)
    row, fresh = StatusDecision.objects.get_or_create(
        enrolment_id=enrolment_id,
        decision=decision,
        defaults={
            "year": year,
            "financing": financing,
            "amount": amount,
            "currency": currency,
            "due_on": due_on if amount else None,
            "communicated_on": communicated_on,
            "steps_until": terms.decision_steps_until(
                communicated_on, calendar.closed_days(communicated_on), days
            ),
            "registered_at": at,
        },
    )
    if fresh:
        record(enrolment_id, "fees.status_decision", actor=actor, at=at, reason=decision)
    return row


@transaction.atomic
def carry_out_decision(decision_id: int, *, actor: User, at: datetime) -> StatusDecision:
    """Put the decision's amount and term in place of the tuition that stands; a second time changes nothing.

    Money paid on the old lines becomes unallocated. Raises Refused when the tuition stands in an annex.
    """
    found = StatusDecision.objects.select_related("enrolment", "year").get(pk=decision_id)
    account = lock_account(found.enrolment_id)
    row = StatusDecision.objects.select_for_update().get(pk=decision_id)
    if row.carried_out_at:
        return row
    for case in _own_cases(account, found.year):
        charges.withdraw(case, reason=row.decision, actor=actor, at=at)
    if row.amount and row.due_on:
        line = NewCharge(
            key="tuition",
            code=prices.TUITION,
            amount=row.amount,
            currency=row.currency,
            description_ro=f"Taxă de studii {found.year}, decizia {row.decision}"[:250],
            description_en=f"Tuition {found.year}, decision {row.decision}"[:250],
            rule="FEE-013",
            article="art. 16 (3)",
        )
        charges.post_charges(
            reference(row), account, [line], end_of_day(row.due_on), actor=actor, at=at, year=found.year
        )
    row.carried_out_at, row.carried_out_by = at, actor
    row.save(update_fields=["carried_out_at", "carried_out_by"])
    record(row.enrolment_id, "fees.status_carried_out", actor=actor, at=at, reason=row.decision)
    return row


@transaction.atomic
def open_year(reference: str, *, at: datetime) -> int:
    """Open the tuition that was set before its year began; returns how many lines (FEE-032)."""
    first = Charge.objects.filter(reference=reference).order_by("due_at").first()
    return len(charges.release(reference, first.due_at, actor=None, at=at)) if first else 0
