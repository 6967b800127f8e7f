"""Exemptions: asked by the student or received on paper, decided by the dean, taken back when mistaken."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fees import notices
from fees.models import Charge, Exemption, ExemptionLine, ExemptionPaper, Reduction
from fees.parameters import EXEMPTION_REST_TERM
from fees.queries import exemptions as queries
from fees.queries import ledger
from fees.queries.calendar import closed_days
from fees.refusal import demand, refuse
from fees.rules import exemptions as rules
from fees.rules.exemptions import Ground, Share
from fees.services.accounts import lock_account, record
from fees.services.announcing import announce_exempted
from fees.services.charges import close_pages
from fees.workflow import CHARGE_MOVES, EXEMPTION_MOVES, PAYABLE, ChargeState
from studentrecords.models import AcademicYear
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, outbox, uploads
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.uploads import Examined

PURPOSE = "fees.exemption"
MOST_PAPERS = 3

audit.register_act("fees.exemption_ask", _("An exemption was asked for"))
audit.register_act("fees.exemption_withdraw", _("A request for an exemption was withdrawn"))
audit.register_act("fees.exemption_grant", _("An exemption was recorded"))
audit.register_act("fees.exemption_refuse", _("An exemption was not granted"))
audit.register_act("fees.exemption_back", _("An exemption recorded by mistake was taken back"))


@transaction.atomic
def ask(
    enrolment_id: int,
    ground: Ground,
    charge_ids: Collection[int],
    *,
    actor: User,
    at: datetime,
    words: str = "",
    papers: Sequence[Examined] = (),
    interrupted_year: AcademicYear | None = None,
    asked_at: datetime | None = None,
    late_reason: str = "",
) -> Exemption:
    """Ask for an exemption of some lines (FEE-080 to FEE-083).

    papers: examined by the uploads pipeline before. asked_at: when it was handed in on paper, by default now;
    late_reason: why the office received it after the due date (T9), on paper only.
    Raises Refused in words, UploadRefused for a file that cannot be kept.
    """
    EXEMPTION_MOVES.check("ask", "")
    lock_account(enrolment_id)
    charges = _named(enrolment_id, charge_ids)
    asked_at = asked_at or at
    for charge in charges:
        demand(
            rules.may_ask(
                ground,
                charge.fee_type.code,
                due_at=charge.due_at,
                asked_at=asked_at,
                left=charge.left,
                late_reason=late_reason,
            )
        )
    _demand_whole(ground, papers, interrupted_year)
    made = Exemption.objects.create(
        enrolment_id=enrolment_id,
        ground=ground.value,
        words=words,
        interrupted_year=interrupted_year,
        asked_at=asked_at,
        filed_at=at,
        filed_by=actor,
        late_reason=late_reason[:300],
    )
    ExemptionLine.objects.bulk_create(ExemptionLine(exemption=made, charge=charge) for charge in charges)
    for examined in papers:
        stored = uploads.keep(examined, owner=actor, purpose=PURPOSE, at=at)
        ExemptionPaper.objects.create(exemption=made, stored=stored)
    data = {"exemption": made.pk, "lines": [charge.pk for charge in charges]}
    record(enrolment_id, "fees.exemption_ask", actor=actor, at=at, data=data)
    return made


def _named(enrolment_id: int, charge_ids: Collection[int]) -> list[Charge]:
    """The lines, locked; each the account's own, released, no penalty, and in no other open request."""
    rows = Charge.objects.select_for_update(of=("self",)).filter(
        pk__in=charge_ids,
        enrolment=enrolment_id,
        cancelled_at__isnull=True,
        released_at__isnull=False,
        penalty_of__isnull=True,
    )
    charges = list(rows.select_related("fee_type").order_by("pk"))
    if not charge_ids or len(charges) != len(set(charge_ids)):
        raise refuse(_("Choose at least one line that can be exempted."), "FEE-082")
    if ExemptionLine.objects.filter(charge__in=charges, is_open=True).exists():
        raise refuse(
            _("An exemption of this line was already asked for and waits for the decision."), "FEE-082"
        )
    return charges


def _demand_whole(ground: Ground, papers: Sequence[Examined], year: AcademicYear | None) -> None:
    if rules.needs_papers(ground) and not papers:
        raise refuse(_("Add the papers that prove the ground."), rules.article_of(ground))
    if len(papers) > MOST_PAPERS:
        raise refuse(_("At most %(most)s files go with a request.") % {"most": MOST_PAPERS})
    if (ground == Ground.RESUMPTION) != (year is not None):
        raise refuse(_("Choose the interrupted year."), rules.article_of(ground))


@transaction.atomic
def withdraw(exemption_id: int, *, actor: User, at: datetime) -> Exemption:
    """The student withdraws a request that is not decided. Raises MoveRefused."""
    exemption = _locked(exemption_id)
    EXEMPTION_MOVES.check("withdraw", exemption.state)
    exemption.withdrawn_at = at
    exemption.save(update_fields=["withdrawn_at"])
    exemption.lines.update(is_open=False)
    data = {"exemption": exemption.pk}
    record(exemption.enrolment_id, "fees.exemption_withdraw", actor=actor, at=at, data=data)
    return exemption


def _locked(exemption_id: int) -> Exemption:
    """The request, its account locked first."""
    lock_account(Exemption.objects.values_list("enrolment_id", flat=True).get(pk=exemption_id))
    rows = Exemption.objects.select_for_update(of=("self",)).select_related("enrolment__person__user")
    return rows.get(pk=exemption_id)


@transaction.atomic
def decide(
    exemption_id: int,
    shares: Mapping[int, Share],
    *,
    decision_number: str,
    decision_on: date,
    answer: str = "",
    fifth_month_shown: bool = False,
    actor: User,
    at: datetime,
) -> Exemption:
    """Record the dean's decision: what each named line is exempted from (FEE-082, FEE-083).

    shares: by the key of the request's line; without any the request is refused and `answer` says why.
    fifth_month_shown: the papers of a pregnancy show that the fifth month has begun (FEE-080).
    A decision after the due date counts all the same: the overdue mark goes, and what is left of the lines is
    due some working days later. Raises Refused in words, MoveRefused when it was decided before.
    """
    exemption = _locked(exemption_id)
    granted = bool(shares)
    EXEMPTION_MOVES.check("grant" if granted else "refuse", exemption.state)
    _demand_decision(exemption, granted, decision_number, decision_on, answer, at)
    if granted:
        demand(rules.may_grant(Ground(exemption.ground), fifth_month_shown=fifth_month_shown))
    lines = list(exemption.lines.select_related("charge__fee_type").order_by("pk"))
    charges = {
        one.pk: one
        for one in Charge.objects.select_for_update().filter(pk__in=[line.charge_id for line in lines])
    }
    reason = f"Decizia decanului {decision_number.strip()}/{decision_on:%d.%m.%Y}"
    given = _given(lines, charges, shares)
    if exemption.interrupted_year_id is not None and granted:
        _demand_within_top(exemption, given, lines[0].charge.currency)
    for line in lines:
        _apply(line, charges[line.charge_id], given.get(line.pk), shares.get(line.pk), reason, actor, at)
    _give_time(charges.values(), exemption, at)
    exemption.granted, exemption.decision_number = granted, decision_number.strip()
    exemption.decision_on, exemption.answer = decision_on, answer.strip()
    exemption.decided_at, exemption.decided_by = at, actor
    exemption.save(
        update_fields=["granted", "decision_number", "decision_on", "answer", "decided_at", "decided_by"]
    )
    _tell(exemption, charges.values(), given, reason, actor, at)
    return exemption


def _demand_decision(
    exemption: Exemption, granted: bool, number: str, on: date, answer: str, at: datetime
) -> None:
    if not number.strip():
        raise refuse(_("Write the number of the dean's decision."), "FEE-082")
    if on > local_day(at):
        raise refuse(_("The decision cannot be of a day to come."), "FEE-082")
    if not granted and not answer.strip():
        raise refuse(_("Write why nothing is exempted; the student reads it."), "FEE-082")


def _given(
    lines: Sequence[ExemptionLine], charges: Mapping[int, Charge], shares: Mapping[int, Share]
) -> dict[int, Decimal]:
    """What each line is exempted from, by the key of the request's line; Refused for what is closed."""
    known = {line.pk: line for line in lines}
    given = {}
    for key, share in shares.items():
        if key not in known:
            raise refuse(_("The decision names a line that was not asked for."), "FEE-082")
        charge = charges[known[key].charge_id]
        if charge.state not in queries.OPEN or charge.left <= 0:
            words = _("“%(line)s” was paid or cancelled meanwhile: an exemption never touches it.")
            raise refuse(words % {"line": charge.description}, "FEE-082", _("Leave this line out."))
        try:
            given[key] = rules.exempted(share, charge.amount, charge.left)
        except ValueError as wrong:
            words = _("The sum for “%(line)s” is not within what is left to pay.")
            raise refuse(words % {"line": charge.description}, "FEE-082") from wrong
    return given


def _demand_within_top(exemption: Exemption, given: Mapping[int, Decimal], currency: str) -> None:
    account, year = exemption.enrolment_id, exemption.interrupted_year_id or 0
    total = sum(given.values(), Decimal(0))
    paid, before = queries.tuition_paid(account, year), queries.granted_before(account, year)
    demand(rules.within_top(total, paid, before, currency))


def _apply(
    line: ExemptionLine,
    charge: Charge,
    amount: Decimal | None,
    share: Share | None,
    reason: str,
    actor: User,
    at: datetime,
) -> None:
    line.is_open = False
    if amount is not None and share is not None:
        whole = amount == charge.left
        CHARGE_MOVES.check("exempt" if whole else "exempt_part", charge.state)
        line.reduction = Reduction.objects.create(
            charge=charge,
            kind=Reduction.Kind.EXEMPTION,
            amount=amount,
            at=at,
            reason=reason,
            recorded_by=actor,
        )
        line.percent, line.amount = share.percent, amount
        if whole:
            Charge.objects.filter(pk=charge.pk).update(exempted_at=at)
        charge.refresh_from_db()
    line.save(update_fields=["is_open", "reduction", "percent", "amount"])


def _give_time(charges: Collection[Charge], exemption: Exemption, at: datetime) -> None:
    """What is left of the lines is not late because the decision was: it is due some days after (T9)."""
    today = local_day(at)
    days, closed = EXEMPTION_REST_TERM.on(today), closed_days(today)
    for charge in charges:
        if charge.state not in PAYABLE or charge.due_at >= at or exemption.asked_at > charge.due_at:
            continue
        back = ChargeState.PARTLY_PAID if charge.allocated else ChargeState.DUE
        CHARGE_MOVES.check("extend", charge.state, back=back)
        charge.due_at = rules.rest_due_at(charge.due_at, today, closed, days)
        charge.overdue_at = None
        charge.save(update_fields=["due_at", "overdue_at"])


def _tell(
    exemption: Exemption,
    charges: Collection[Charge],
    given: Mapping[int, Decimal],
    reason: str,
    actor: User,
    at: datetime,
) -> None:
    act = "fees.exemption_grant" if given else "fees.exemption_refuse"
    data = {
        "exemption": exemption.pk,
        "lines": {str(line.charge_id): str(line.amount) for line in exemption.lines.filter(pk__in=given)},
    }
    record(exemption.enrolment_id, act, actor=actor, at=at, reason=reason, data=data)
    close_pages(charges, at)
    if student := exemption.enrolment.person.user:
        outbox.post(notices.exemption_decided(exemption, student), at=at)
    for reference in sorted({charge.reference for charge in charges}):
        if given and ledger.is_settled(reference):
            announce_exempted(reference, exemption.pk, at=at)


@transaction.atomic
def take_back(line_id: int, *, reason: str, actor: User, at: datetime) -> ExemptionLine:
    """Take back the exemption of a line that was recorded by mistake, by a reversing row with its reason.

    Raises Refused without a reason, or when it was taken back before.
    """
    if not reason.strip():
        raise refuse(_("Write why the exemption is taken back."))
    account = ExemptionLine.objects.values_list("exemption__enrolment_id", flat=True).get(pk=line_id)
    lock_account(account)
    line = ExemptionLine.objects.select_for_update(of=("self",)).select_related("reduction").get(pk=line_id)
    made = line.reduction
    if made is None or Reduction.objects.filter(reverses=made).exists():
        raise refuse(_("The exemption of this line was already taken back."))
    charge = Charge.objects.select_for_update().get(pk=line.charge_id)
    if charge.state == ChargeState.CANCELLED:
        raise refuse(_("The line was cancelled; there is nothing to take back."))
    if charge.state == ChargeState.EXEMPTED:
        CHARGE_MOVES.check("restore", charge.state, back=_state_without(charge))
    charge.exempted_at = None
    charge.save(update_fields=["exempted_at"])
    Reduction.objects.create(
        charge=charge,
        kind=made.kind,
        amount=-made.amount,
        at=at,
        reason=reason.strip()[:300],
        recorded_by=actor,
        reverses=made,
    )
    data = {"exemption": line.exemption_id, "charge": charge.pk, "amount": str(made.amount)}
    record(account, "fees.exemption_back", actor=actor, at=at, reason=reason, data=data)
    return line


def _state_without(charge: Charge) -> str:
    """Where an exempted line returns to."""
    if charge.released_at is None:
        return ChargeState.CONFIGURED
    if charge.overdue_at is not None:
        return ChargeState.OVERDUE
    return ChargeState.PARTLY_PAID if charge.allocated else ChargeState.DUE
