"""Exemptions: what a student asks for, on which ground and papers, and what the dean decided."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _

from fees.models.ledger import Charge
from fees.models.reductions import Reduction
from fees.models.tariff import MONEY
from fees.models.triggers import KEPT
from fees.rules.exemptions import WORDS, Ground
from fees.workflow import ExemptionState
from studentrecords.models import AcademicYear, Enrolment
from upt_portal.kernel.crypto import EncryptedText
from upt_portal.kernel.models import StoredFile
from upt_portal.kernel.words import Sentence

EXEMPTION_STATE = Case(
    When(withdrawn_at__isnull=False, then=Value(ExemptionState.WITHDRAWN.value)),
    When(decided_at__isnull=True, then=Value(ExemptionState.ASKED.value)),
    When(granted=True, then=Value(ExemptionState.GRANTED.value)),
    default=Value(ExemptionState.REFUSED.value),
)


class Exemption(models.Model):
    """A request for an exemption and the dean's decision on it (FEE-080 to FEE-083).

    `words` are the student's own; they may speak of health, so they are encrypted, and neither the trace nor
    a mail repeats them or the ground. `late_reason`: why the office received it after the due date (T9).
    `interrupted_year`: whose tuition is the top, on resumption.
    """

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="exemptions", verbose_name=_("enrolment")
    )
    ground = models.CharField(_("ground"), max_length=14)  # a value of `Ground`; see `ground_words`
    words = EncryptedText(_("in the student's words"), blank=True, default="")
    interrupted_year = models.ForeignKey(
        AcademicYear,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("interrupted year"),
    )
    asked_at = models.DateTimeField(_("asked"))
    filed_at = models.DateTimeField(_("registered"))
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("registered by")
    )
    late_reason = models.CharField(_("why it was received late"), max_length=300, blank=True)
    granted = models.BooleanField(_("granted"), null=True)
    decision_number = models.CharField(_("number of the dean's decision"), max_length=60, blank=True)
    decision_on = models.DateField(_("date of the decision"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decision recorded"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    answer = models.CharField(_("what the student is told"), max_length=500, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    state = models.GeneratedField(
        expression=EXEMPTION_STATE,
        output_field=models.CharField(_("state"), max_length=10, choices=ExemptionState),
        db_persist=True,
    )

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = _("exemption")
        verbose_name_plural = _("exemptions")
        constraints = [
            models.CheckConstraint(
                name="exemption_decided_whole",
                condition=Q(
                    decided_at__isnull=True,
                    decided_by__isnull=True,
                    granted__isnull=True,
                    decision_number="",
                    decision_on__isnull=True,
                )
                | Q(
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    granted__isnull=False,
                    decision_on__isnull=False,
                )
                & ~Q(decision_number=""),
            ),
            models.CheckConstraint(
                name="exemption_withdrawn_undecided",
                condition=Q(withdrawn_at__isnull=True) | Q(decided_at__isnull=True),
            ),
            models.CheckConstraint(
                name="exemption_refused_says_why", condition=~Q(granted=False) | ~Q(answer="")
            ),
            models.CheckConstraint(
                name="exemption_resumption_year",
                condition=Q(ground="resumption", interrupted_year__isnull=False)
                | ~Q(ground="resumption") & Q(interrupted_year__isnull=True),
            ),
            models.CheckConstraint(
                name="exemption_ground", condition=Q(ground__in=[one.value for one in Ground])
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], name="exemption_waiting", condition=Q(state="asked")),
        ]
        triggers = [
            KEPT,
            pgtrigger.ReadOnly(
                name="exemption_fixed",
                fields=["enrolment", "ground", "interrupted_year", "asked_at", "filed_at", "filed_by"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id}: {self.asked_at:%Y-%m-%d}"

    @property
    def ground_words(self) -> Sentence:
        """The ground in the reader's language."""
        return WORDS[Ground(self.ground)]

    @property
    def state_words(self) -> str:
        """Where the request stands, in the reader's language."""
        return str(ExemptionState(self.state).label)


class ExemptionPaper(models.Model):
    """A file that proves the ground; read by the student and by those who decide."""

    exemption = models.ForeignKey(Exemption, models.PROTECT, related_name="papers")
    stored = models.OneToOneField(StoredFile, models.PROTECT, related_name="+", verbose_name=_("file"))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("paper of an exemption")
        verbose_name_plural = _("papers of exemptions")

    def __str__(self) -> str:
        return f"{self.exemption_id}: {self.stored_id}"


class ExemptionLine(models.Model):
    """A charge that the request names, and what the decision gave on it: a percentage or a sum."""

    exemption = models.ForeignKey(Exemption, models.PROTECT, related_name="lines")
    charge = models.ForeignKey(
        Charge, models.PROTECT, related_name="exemption_lines", verbose_name=_("charge")
    )
    is_open = models.BooleanField(default=True)
    percent = models.DecimalField(
        _("percentage granted"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    amount = models.DecimalField(_("sum granted"), **MONEY, null=True, blank=True)
    reduction = models.OneToOneField(
        Reduction,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="exemption_line",
        verbose_name=_("reduction"),
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = _("line of an exemption")
        verbose_name_plural = _("lines of exemptions")
        constraints = [
            models.UniqueConstraint(fields=["exemption", "charge"], name="exemption_line_once"),
            models.UniqueConstraint(
                fields=["charge"], name="charge_in_one_open_exemption", condition=Q(is_open=True)
            ),
            models.CheckConstraint(
                name="exemption_line_percent",
                condition=Q(percent__isnull=True) | Q(percent__gt=0, percent__lte=100),
            ),
            models.CheckConstraint(
                name="exemption_line_given_whole",
                condition=Q(reduction__isnull=True, percent__isnull=True, amount__isnull=True)
                | Q(reduction__isnull=False, amount__gt=0, is_open=False),
            ),
        ]
        triggers = [KEPT, pgtrigger.ReadOnly(name="exemption_line_fixed", fields=["exemption", "charge"])]

    def __str__(self) -> str:
        return f"{self.exemption_id}: {self.charge_id}"
