"""Reminders after a missed term, and proposals of expulsion for unpaid fees."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _

from fees.models.triggers import APPEND_ONLY, KEPT
from fees.workflow import ProposalState
from studentrecords.models import Enrolment

PROPOSAL_STATE = Case(
    When(decided_at__isnull=False, expelled=True, then=Value(ProposalState.EXPELLED.value)),
    When(decided_at__isnull=False, then=Value(ProposalState.KEPT.value)),
    When(withdrawn_at__isnull=False, then=Value(ProposalState.WITHDRAWN.value)),
    When(reviewed_at__isnull=False, then=Value(ProposalState.REVIEWED.value)),
    When(removed_at__isnull=False, then=Value(ProposalState.REMOVED.value)),
    default=Value(ProposalState.PROPOSED.value),
)


class PaymentReminder(models.Model):
    """A reminder of overdue sums, one a day and account; sent by the clock or by a member of staff."""

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="payment_reminders", verbose_name=_("enrolment")
    )
    day = models.DateField(_("day"))
    sent_at = models.DateTimeField(_("sent"))
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sent by"),
    )

    class Meta:
        ordering = ["day", "pk"]
        verbose_name = _("reminder of payment")
        verbose_name_plural = _("reminders of payment")
        constraints = [models.UniqueConstraint(fields=["enrolment", "day"], name="reminder_one_a_day")]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.enrolment_id}: {self.day}"


class NonPaymentProposal(models.Model):
    """An account listed for the rector's decision (art. 56 (2) h); nothing happens by itself (FEE-075).

    `oldest_due_on`: of the line that was overdue longest when it was listed. Removed when everything overdue
    is paid before the decision, and then reviewed by staff (FEE-077).
    """

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="nonpayment_proposals", verbose_name=_("enrolment")
    )
    oldest_due_on = models.DateField(_("overdue since"))
    made_at = models.DateTimeField(_("listed"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("listed by"),
    )
    removed_at = models.DateTimeField(_("paid meanwhile"), null=True, blank=True)
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decision recorded"), null=True, blank=True)
    expelled = models.BooleanField(_("expelled"), null=True)
    decision_number = models.CharField(_("number of the rector's decision"), max_length=60, blank=True)
    decision_on = models.DateField(_("date of the decision"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )
    state = models.GeneratedField(
        expression=PROPOSAL_STATE,
        output_field=models.CharField(_("state"), max_length=10, choices=ProposalState),
        db_persist=True,
    )

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = _("proposal of expulsion for unpaid fees")
        verbose_name_plural = _("proposals of expulsion for unpaid fees")
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"], name="proposal_one_open", condition=Q(state="proposed")
            ),
            models.CheckConstraint(
                name="proposal_one_end",
                condition=Q(removed_at__isnull=True, withdrawn_at__isnull=True)
                | Q(removed_at__isnull=True, decided_at__isnull=True)
                | Q(withdrawn_at__isnull=True, decided_at__isnull=True),
            ),
            models.CheckConstraint(
                name="proposal_reviewed_was_removed",
                condition=Q(reviewed_at__isnull=True) | Q(removed_at__isnull=False) & ~Q(note=""),
            ),
            models.CheckConstraint(
                name="proposal_withdrawn_says_why", condition=Q(withdrawn_at__isnull=True) | ~Q(note="")
            ),
            models.CheckConstraint(
                name="proposal_decided_whole",
                condition=Q(
                    decided_at__isnull=True,
                    expelled__isnull=True,
                    decision_number="",
                    decision_on__isnull=True,
                )
                | Q(decided_at__isnull=False, expelled__isnull=False, decision_on__isnull=False)
                & ~Q(decision_number=""),
            ),
        ]
        triggers = [
            KEPT,
            pgtrigger.ReadOnly(
                name="proposal_fixed", fields=["enrolment", "oldest_due_on", "made_at", "made_by"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id}: {self.made_at:%Y-%m-%d}"

    @property
    def state_words(self) -> str:
        """Where the proposal stands, in the reader's language."""
        return str(ProposalState(self.state).label)
