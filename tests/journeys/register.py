"""What the portal's records say, for journeys: who stands where, what was traced, written and charged."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from contracting.models import Campaign, OfferLine, SignableDocument, SignedFile, StudentContracting
from fees.models import Payment
from fees.queries import ledger
from tests.journeys.portal import Portal
from upt_portal.demo.cast import CAST
from upt_portal.kernel import audit, clock
from upt_portal.kernel.models import IssuedPaper, Mail, StoredFile

YEAR = "2026-2027"
CAST_NAMES = frozenset(role.last_name for role in CAST)
SECRETARY, CHIEF = "ana.brumaru@upt.ro", "corina.margineanu@upt.ro"


@dataclass(frozen=True)
class Student:
    """A student of the demonstration with this year's contracting."""

    email: str
    last_name: str
    name: str
    enrolment: int
    case: int
    campaign: int


@dataclass(frozen=True)
class Register:
    """Questions to the running portal's records."""

    portal: Portal
    _taken: set[int] = field(default_factory=set)

    def student(self, email: str) -> Student:
        """Somebody of the cast, by the first enrolment."""
        return self._one(enrolment__person__user__email=email)

    def somebody(self, programme: str, state: str, **conditions: object) -> Student:
        """Somebody of the crowd in a state, whom no other journey has taken."""
        found = self._one(enrolment__programme__code=programme, state=state, **conditions)
        self._taken.add(found.case)
        return found

    def _one(self, **conditions: object) -> Student:
        def found() -> Student:
            rows = StudentContracting.objects.select_related("enrolment__person__user", "campaign")
            rows = rows.filter(**conditions).exclude(campaign__state="closed").exclude(pk__in=self._taken)
            if "enrolment__person__user__email" not in conditions:
                rows = rows.exclude(enrolment__person__last_name__in=CAST_NAMES)
            case = rows.order_by("pk")[0]
            person = case.enrolment.person
            assert person.user is not None
            return Student(
                email=person.user.email,
                last_name=person.last_name,
                name=str(person),
                enrolment=case.enrolment_id,
                case=case.pk,
                campaign=case.campaign_id,
            )

        return self.portal.records.ask(found)

    def state(self, student: Student) -> str:
        """Where the case stands."""
        return self.portal.records.ask(lambda: StudentContracting.objects.get(pk=student.case).state)

    def acts(self, student: Student) -> list[str]:
        """The trace of the case: its acts, oldest first; its chain is whole."""

        def read() -> list[str]:
            entries = list(audit.trail(f"contracting.studentcontracting:{student.case}"))
            assert audit.broken_links(entries) == []
            return [entry.act.removeprefix("contracting.") for entry in entries]

        return self.portal.records.ask(read)

    def total(self, student: Student) -> Decimal:
        """What the case costs in all."""
        return self.portal.records.ask(lambda: StudentContracting.objects.get(pk=student.case).total)

    def charges(self, student: Student) -> list[tuple[Decimal, str]]:
        """Amount and state of each charge of the case."""

        def read() -> list[tuple[Decimal, str]]:
            lines = ledger.lines_of(f"contracting.studentcontracting:{student.case}").order_by("pk")
            return [(line.amount, line.state) for line in lines]

        return self.portal.records.ask(read)

    def mails(self, student: Student) -> list[Mail]:
        """The messages written to a student since the portal started, oldest first.

        Without those of results: the clock posts some of them in the demonstration at its first turn.
        """
        rows = Mail.objects.filter(recipient__email=student.email, created_at__gte=self.portal.started_at)
        told = rows.exclude(template="studentrecords/mail/result_posted")
        return self.portal.records.ask(lambda: list(told.order_by("pk")))

    def paper(self, student: Student) -> IssuedPaper:
        """The annex in force."""

        def read() -> IssuedPaper:
            rows = SignableDocument.objects.select_related("paper")
            return rows.get(contracting=student.case, kind="annex", current=True).paper

        return self.portal.records.ask(read)

    def papers_waiting(self) -> int:
        """How many issued papers no worker has made yet."""
        return self.portal.records.ask(lambda: IssuedPaper.objects.filter(rendered_at=None).count())

    def document(self, student: Student) -> int:
        """The key of the annex among the papers to sign."""

        def read() -> int:
            rows = SignableDocument.objects.filter(contracting=student.case, kind="annex", current=True)
            return rows.values_list("pk", flat=True).get()

        return self.portal.records.ask(read)

    def paid(self, student: Student) -> list[Decimal]:
        """The payments of an enrolment."""

        def read() -> list[Decimal]:
            rows = Payment.objects.filter(enrolment=student.enrolment).order_by("pk")
            return list(rows.values_list("amount", flat=True))

        return self.portal.records.ask(read)

    def receipt(self, student: Student) -> int:
        """The key of the first payment."""
        rows = Payment.objects.filter(enrolment=student.enrolment).order_by("pk")
        return self.portal.records.ask(lambda: rows.values_list("pk", flat=True)[0])

    def scan(self, student: Student) -> int:
        """The key of the scan that waits to be checked."""
        rows = SignedFile.objects.filter(document__contracting=student.case, state="uploaded")
        return self.portal.records.ask(lambda: rows.values_list("pk", flat=True).get())

    def replaced(self, student: Student) -> IssuedPaper:
        """The annex that the one in force replaced."""
        newest = self.paper(student).pk
        return self.portal.records.ask(lambda: IssuedPaper.objects.get(superseded_by=newest))

    def files(self, student: Student) -> int:
        """How many uploaded files are kept of a student."""
        return self.portal.records.ask(lambda: StoredFile.objects.filter(owner__email=student.email).count())

    def lines(self, student: Student) -> list[OfferLine]:
        """The rows of the offer, in order."""
        rows = OfferLine.objects.filter(contracting=student.case).order_by("position")
        return self.portal.records.ask(lambda: list(rows))

    def today(self) -> date:
        """The portal's day."""
        return self.portal.records.ask(clock.today)

    def campaign(self, campaign: int) -> Campaign:
        """A campaign with its dates."""
        return self.portal.records.ask(lambda: Campaign.objects.get(pk=campaign))
