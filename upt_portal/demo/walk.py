"""One student's way through a campaign: the same buttons, pressed on the days before today."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from contracting.models import (
    Campaign,
    ChangeRequest,
    OfferLine,
    SignableDocument,
    SignedFile,
    StudentContracting,
)
from contracting.services import changes, review, selection, signing
from upt_portal.accounts.models import User
from upt_portal.demo import payments, scans
from upt_portal.kernel import clock
from upt_portal.kernel.dates import ROMANIA


@dataclass
class Walk:
    """One student's way through a campaign; each act has a moment between the stages' days and now.

    today: the day the demonstration is made; nothing happens after it began.
    """

    case: StudentContracting
    secretary: User
    today: date
    now: datetime
    draw: Random = field(init=False)

    def __post_init__(self) -> None:
        self.draw = Random(self.case.enrolment.matriculation_number)  # noqa: S311  repeatable, no secret

    @property
    def campaign(self) -> Campaign:
        return self.case.campaign

    @property
    def student(self) -> User:
        user = self.case.enrolment.person.user
        assert user is not None  # noqa: S101  every student of the demonstration has an account
        return user

    def moment(self, first: date, last: date, part: float) -> datetime:
        """A moment at `part` (0 to 1) of the days from `first` to `last`, in the day, not after now."""
        span = max((min(last, self.today) - first).days, 0)
        day = first + timedelta(days=round(span * part))
        hour, minute = self.draw.randrange(8, 20), self.draw.randrange(60)
        return min(datetime.combine(day, time(hour, minute), ROMANIA), self.now)

    def lines(self) -> list[OfferLine]:
        return list(self.case.lines.order_by("position"))

    # ---- stage 1 -----------------------------------------------------------------------------------------

    def validate(self, *, leave_out: int = 0, part: float | None = None, at: datetime | None = None) -> None:
        """Validate the list, leaving out that many of the rows that may be left out."""
        campaign = self.campaign
        when = at or self.moment(
            campaign.stage1_from, campaign.stage1_until, self.draw.random() * 0.7 if part is None else part
        )
        lines = self.lines()
        free = [line.key for line in lines if not line.mandatory][:leave_out]
        ticked = {line.key for line in lines} - set(free)
        with clock.shifted(when):
            self.case = selection.validate(
                self.case.pk, ticked, fingerprint=self.case.fingerprint, actor=self.student, at=when
            )

    def lapse(self) -> None:
        """Let the term pass: what the clock does in the first minute after stage 1."""
        when = datetime.combine(self.campaign.stage1_until + timedelta(days=1), time(0, 1), ROMANIA)
        with clock.shifted(when):
            selection.lapse(self.case.pk, at=when)
        self.case.refresh_from_db()

    # ---- stages 2 and 3 ----------------------------------------------------------------------------------

    def in_stage2(self, part: float) -> datetime:
        """A moment of stage 2, after the list was validated."""
        first = max(self.campaign.stage2_from, self.campaign.stage1_from)
        at = self.moment(first, self.campaign.stage2_until, part)
        validated = self.case.validated_at
        return at if validated is None or at > validated else min(validated + timedelta(hours=3), self.now)

    def ask(self, question: str) -> None:
        when = self.in_stage2(0.5)
        with clock.shifted(when):
            review.ask(self.case.pk, question=question, actor=self.secretary, at=when)

    def approve(self, part: float = 0.8) -> None:
        when = self.in_stage2(part)
        with clock.shifted(when):
            review.approve(self.case.pk, actor=self.secretary, at=when)
        self.case.refresh_from_db()

    def ask_change(self, text: str) -> ChangeRequest:
        """Ask that the first overdue row be left out."""
        row = next(line for line in self.lines() if line.selected and line.overdue)
        when = self.in_stage2(0.9)
        with clock.shifted(when):
            return changes.request(
                self.case.pk, text=text, add=(), drop={row.key}, actor=self.student, at=when
            )

    def approve_change(self, asked: ChangeRequest) -> None:
        """Record the dean's approval, on the day after the request where that is not in the future."""
        when = min(asked.asked_at + timedelta(hours=20), self.now)
        dropped = [line.key for line in asked.drop_lines.all()]
        with clock.shifted(when):
            changes.decide(
                asked.pk,
                approved=True,
                number=f"DD {310 + asked.pk}",
                on=clock.local_day(when),
                named=dropped,
                actor=self.secretary,
                at=when,
            )

    def apply_change(self, asked: ChangeRequest) -> None:
        when = self.moment(self.campaign.stage3_from, self.campaign.stage3_until, 0.5)
        with clock.shifted(when):
            changes.apply(asked.pk, actor=self.secretary, at=when)
        self.case.refresh_from_db()

    # ---- stages 4 and 5 ----------------------------------------------------------------------------------

    def upload(self, *, part: float = 0.4, spoilt: bool = False) -> list[SignedFile]:
        """Upload a scan of every document that waits for one."""
        when = self.moment(self.campaign.stage4_from, self.campaign.stage4_until, part)
        files = []
        for document in SignableDocument.objects.filter(contracting=self.case, current=True).select_related(
            "paper"
        ):
            made = scans.rendered(document.paper, at=self.made_at(when))
            stored = scans.upload(made, owner=self.student, at=when, spoilt=spoilt)
            with clock.shifted(when):
                files.append(signing.upload(document.pk, stored, actor=self.student, at=when))
        self.case.refresh_from_db()
        return files

    def made_at(self, before: datetime) -> datetime:
        """When the worker made the paper: a minute after it was issued."""
        return min(self.case.state_at + timedelta(minutes=1), before)

    def accept(self, files: Collection[SignedFile]) -> None:
        for signed in files:
            when = min(signed.uploaded_at + timedelta(hours=21), self.now)
            with clock.shifted(when):
                signing.accept_file(
                    signed.pk, seen_sha256=signed.stored.sha256, actor=self.secretary, at=when
                )
        self.case.refresh_from_db()

    def reject(self, files: Collection[SignedFile], reason: str) -> None:
        for signed in files:
            when = min(signed.uploaded_at + timedelta(hours=22), self.now)
            with clock.shifted(when):
                signing.reject_file(
                    signed.pk, seen_sha256=signed.stored.sha256, reason=reason, actor=self.secretary, at=when
                )
        self.case.refresh_from_db()

    def pay(self) -> None:
        """Pay everything by card, two days after the documents went in."""
        assert self.case.uploaded_at is not None  # noqa: S101  sums open with the upload
        when = min(self.case.uploaded_at + timedelta(days=2), self.now)
        with clock.shifted(when):
            payments.pay_all(self.case, at=when)
        self.case.refresh_from_db()
